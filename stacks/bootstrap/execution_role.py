"""The role that CloudFormation takes for every stack but those of the keys."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.bootstrap.asset_bucket import AssetBucket
from stacks.bootstrap.execution_policies import POLICIES, Scope
from stacks.bootstrap.key_administrators import by_cloudformation
from stacks.bootstrap.never import never
from stacks.constructs.acknowledge import INLINE_POLICY, PATTERNS, acknowledge
from stacks.constructs.master_key import MasterKey
from stacks.constructs.statement import policy
from stacks.identities import Identities
from stacks.settings import EnvironmentSettings


class ExecutionRole(Construct):
    """Promise ISO-2: what a deployment may do is what its handlers need, in this environment's names.

    No administrator's access: a test compares these policies with CloudFormation's own list of what the
    handlers of our resource types call, in both directions.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        identities: Identities,
        environment: EnvironmentSettings,
        assets: AssetBucket,
        key: MasterKey,
    ) -> None:
        super().__init__(scope, construct_id)
        given = Scope(
            identities=identities,
            hosted_zone_id=environment.hosted_zone_id,
            issuer_host=environment.issuer_host.rstrip("/"),
            assets_arn=assets.arn,
            assets_key_arn=key.arn,
        )
        # Policies of their own, because all of them are longer than what a role can hold itself.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
        made = []
        for name, statements in POLICIES.items():
            written = statements(given)
            each = iam.CfnManagedPolicy(
                self,
                name,
                managed_policy_name=identities.bootstrap_name(name),
                description=f"What a deployment may do: {name}.",
                policy_document=policy(*written),
            )
            acknowledge(each, PATTERNS)
            made.append(each.ref)
        role = iam.CfnRole(
            self,
            "Default",
            role_name=identities.cdk_role_name("cfn-exec"),
            description="What CloudFormation takes to deploy the stacks of this environment.",
            assume_role_policy_document=policy(by_cloudformation()),
            managed_policy_arns=made,
            policies=[{"policyName": "Never", "policyDocument": policy(*never(identities))}],
        )
        acknowledge(role, INLINE_POLICY)
