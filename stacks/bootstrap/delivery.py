"""Who may deploy: one workflow of one repository, and people only until CI has done it once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.bootstrap.parameters import Parameters
from stacks.constructs.acknowledge import INLINE_POLICY, acknowledge
from stacks.constructs.statement import allow, policy
from stacks.identities import Identities
from stacks.settings import Delivery as DeliverySettings
from stacks.settings import EnvironmentSettings

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class DeliveryProps:
    """The repository, the environment whose approval is needed, and who may deploy by hand at first."""

    identities: Identities
    repository: DeliverySettings
    environment: EnvironmentSettings
    parameters: Parameters


class Delivery(Construct):
    """Promise ISO-2: one role alone takes the roles of the CDK, and a reviewed workflow alone takes it."""

    def __init__(self, scope: Construct, construct_id: str, props: DeliveryProps) -> None:
        super().__init__(scope, construct_id)
        identities = props.identities
        # No thumbprint: for GitHub, IAM checks the certificate against its own trusted authorities.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
        provider = iam.CfnOIDCProvider(self, "GitHub", url=f"https://{ISSUER}", client_id_list=[AUDIENCE])
        provider.cfn_options.condition = props.parameters.provider_is_made
        trusted = f"arn:aws:iam::{identities.account}:oidc-provider/{ISSUER}"
        # The trust names the provider, made here or not. Where it is made here, the tag names it by
        # reference, so that CloudFormation makes it before the role.
        made = cdk.Fn.condition_if(props.parameters.provider_is_made.logical_id, provider.ref, trusted)
        role = iam.CfnRole(
            self,
            "Role",
            role_name=identities.bootstrap_name("Delivery"),
            description="What CI takes to deploy; it can take the roles of the CDK and nothing else.",
            max_session_duration=3600,
            tags=[cdk.CfnTag(key="soulpicks:trusts", value=cdk.Token.as_string(made))],
            assume_role_policy_document=policy(_the_workflow(props, trusted), _the_first(props.parameters)),
            policies=[
                {
                    "policyName": "TakeTheRolesOfTheCdk",
                    "policyDocument": policy(
                        allow(
                            "TakeTheRolesOfTheCdk",
                            can="sts:AssumeRole",
                            on=[
                                identities.cdk_role(task) for task in ("deploy", "file-publishing", "lookup")
                            ],
                        )
                    ),
                }
            ],
        )
        acknowledge(role, INLINE_POLICY)
        self.arn = role.attr_arn


def subjects(repository: DeliverySettings, environment: EnvironmentSettings) -> list[str]:
    """The two forms that GitHub gives the subject of a job in a protected environment.

    Repositories that were made or renamed since 15 July 2026 have the ids in it.
    https://docs.github.com/en/actions/reference/security/oidc
    """
    with_ids = f"{repository.owner}@{repository.owner_id}/{repository.repository}@{repository.repository_id}"
    return [
        f"repo:{name}:environment:{environment.protected_environment}"
        for name in (f"{repository.owner}/{repository.repository}", with_ids)
    ]


def _the_workflow(props: DeliveryProps, provider: str) -> dict[str, Any]:
    """Each claim that IAM can compare is compared, and none with a wildcard.

    `sub` and `aud` alone would be any workflow of the repository that names the environment. Ids stay when a
    name is given away. `workflow_ref` is no condition key; a job that calls no other workflow has the same
    value in `job_workflow_ref`.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
    """
    repository, branch = props.repository, f"refs/heads/{props.repository.branch}"
    claims = {
        "aud": AUDIENCE,
        "sub": subjects(repository, props.environment),
        "repository_id": repository.repository_id,
        "repository_owner_id": repository.owner_id,
        "ref": branch,
        "environment": props.environment.protected_environment,
        "job_workflow_ref": f"{repository.owner}/{repository.repository}/{repository.workflow}@{branch}",
    }
    return allow(
        "TheReviewedWorkflow",
        to={"Federated": provider},
        can="sts:AssumeRoleWithWebIdentity",
        on=None,
        where={"StringEquals": {f"{ISSUER}:{claim}": value for claim, value in claims.items()}},
    )


def _the_first(parameters: Parameters) -> Any:
    """Nobody unless the parameter names them: a statement without a principal would be refused.

    The MFA of the call that takes the role counts, so a person takes it with their device's code. By the page
    only a user has such a device: a session of a role, or a federated one, never satisfies these conditions,
    so the parameter takes users alone.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    """
    statement = allow(
        "FirstDeployers",
        to={"AWS": parameters.first_deployers},
        can="sts:AssumeRole",
        on=None,
        where={
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "NumericLessThanEquals": {"aws:MultiFactorAuthAge": "3600"},
        },
    )
    return cdk.Fn.condition_if(parameters.somebody_deploys_first.logical_id, statement, cdk.Aws.NO_VALUE)
