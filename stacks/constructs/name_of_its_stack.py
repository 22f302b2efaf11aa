"""A name for what must be given one, that is another one in another stack."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import IConstruct


def name_of_its_stack(scope: IConstruct, prefix: str) -> str:
    """The prefix with eight digits of the stack's own id: what an earlier stack left blocks nothing.

    The id of a stack ends in a UUID, and a stack that is made again has another one. Eight digits fit into
    the 50 characters that AWS Backup allows a vault's name.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
    https://docs.aws.amazon.com/aws-backup/latest/devguide/create-a-vault.html
    """
    uuid = cdk.Fn.select(2, cdk.Fn.split("/", cdk.Stack.of(scope).stack_id))
    return f"{prefix}-{cdk.Fn.select(0, cdk.Fn.split('-', uuid))}"
