"""What every stack of an environment has in common: its name, and the role that CloudFormation takes."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from stacks.identities import ENVIRONMENT_TAG, QUALIFIER, Identities, stack_name


class WorkloadStack(cdk.Stack):
    """A stack of one environment, deployed under a named execution role.

    No termination protection: docs/decisions/0017a-a-first-deployment-can-be-repeated.md
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        identities: Identities,
        execution_role: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            env=cdk.Environment(account=identities.account, region=identities.region),
            stack_name=stack_name(scope.node.id, construct_id),
            synthesizer=cdk.DefaultStackSynthesizer(
                qualifier=QUALIFIER, cloud_formation_execution_role=execution_role
            ),
            # On every role of the stack: the bootstrap lets a deployment make no other.
            permissions_boundary=cdk.PermissionsBoundary.from_arn(identities.boundary),
            # In the manifest this says which environment a stack belongs to.
            tags={ENVIRONMENT_TAG: identities.environment},
        )
