"""The two roles under which CloudFormation makes and changes master keys."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.bootstrap.cdk_roles import version_parameter
from stacks.constructs.acknowledge import INLINE_POLICY, PATTERNS, acknowledge
from stacks.constructs.master_key import ADMINISTRATION
from stacks.constructs.statement import allow, policy, service
from stacks.identities import Identities


class KeyAdministrators(Construct):
    """Promise ENC-6: each master key's administrator is a role that no person takes and that uses no key.

    Which keys a role may administer, the policy of each key says: it names one of the two.
    """

    def __init__(self, scope: Construct, construct_id: str, *, identities: Identities) -> None:
        super().__init__(scope, construct_id)
        for name in ("PictureKeyAdministrator", "StorageKeyAdministrator"):
            statements = [
                allow("MakeKeys", can="kms:CreateKey"),
                # AWS makes up the id of a key.
                allow(
                    "AdministerKeys",
                    can=ADMINISTRATION,
                    on=f"arn:aws:kms:{identities.region}:{identities.account}:key/*",
                ),
                # The templates check the version; under whose permissions is not documented.
                allow("ReadTheVersion", can="ssm:GetParameters", on=version_parameter(identities)),
            ]
            role = iam.CfnRole(
                self,
                name,
                role_name=identities.bootstrap_name(name),
                description="What CloudFormation takes to make and change master keys, and to use none.",
                assume_role_policy_document=policy(by_cloudformation()),
                policies=[{"policyName": "AdministerKeys", "policyDocument": policy(*statements)}],
            )
            acknowledge(role, {**INLINE_POLICY, **PATTERNS})


def by_cloudformation() -> dict[str, object]:
    """CloudFormation of this account takes the role, for whoever may pass it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
    """
    return allow(
        "CloudFormationOfThisAccount",
        to=service("cloudformation"),
        can="sts:AssumeRole",
        on=None,
    )
