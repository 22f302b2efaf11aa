"""The bootstrap of one account: what `cdk bootstrap` and `cdk deploy` need, and nothing of the CDK's own."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.bootstrap.asset_bucket import AssetBucket, AssetBucketProps
from stacks.bootstrap.asset_key_uses import of_assets_key
from stacks.bootstrap.boundary import Boundary
from stacks.bootstrap.cdk_roles import VERSION_PARAMETER, CdkRoles
from stacks.bootstrap.delivery import Delivery, DeliveryProps
from stacks.bootstrap.execution_role import ExecutionRole
from stacks.bootstrap.key_administrators import KeyAdministrators
from stacks.bootstrap.parameters import Parameters
from stacks.constructs.master_key import MasterKey, MasterKeyProps
from stacks.identities import ENVIRONMENT_TAG, Identities
from stacks.settings import EnvironmentSettings, Settings

# The CDK's own name, by which its command line finds the stack.
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
STACK = "CDKToolkit"

# What the CDK's own template of this number gives a command line, this one gives it, images excepted.
VERSION = "33"


class Bootstrap(cdk.Stack):
    """Promises ENC-6, ISO-2: the roles that deploy, and who may take them.

    It stands in the assembly like every other stack, so that everything that reads the assembly judges it.
    docs/decisions/0016-a-bootstrap-of-our-own.md
    """

    def __init__(self, scope: Construct, settings: Settings, environment: EnvironmentSettings) -> None:
        identities = Identities.of(environment, settings.region)
        super().__init__(
            scope,
            environment.name.capitalize(),
            env=cdk.Environment(account=identities.account, region=identities.region),
            stack_name=STACK,
            description="Who deploys into this account, and how far that goes.",
            # Nothing that it needs exists before it.
            synthesizer=cdk.BootstraplessSynthesizer(),
            # CloudFormation takes 51,200 bytes without a bucket, and white space counts.
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
            suppress_template_indentation=True,
            tags={ENVIRONMENT_TAG: identities.environment},
        )
        parameters = Parameters(self, "Parameters")
        key = MasterKey(
            self,
            "AssetsKey",
            MasterKeyProps(
                description="Under the code and the templates that are deployed.",
                identities=identities,
                administrator=identities.bootstrapper,
                rotation_days=settings.master_key_rotation_days,
                uses=of_assets_key(identities),
            ),
        )
        bucket = AssetBucket(
            self,
            "Assets",
            AssetBucketProps(identities=identities, key=key, administrator=identities.bootstrapper),
        )
        Boundary(self, "Boundary", identities=identities)
        delivery = Delivery(
            self,
            "Delivery",
            DeliveryProps(
                identities=identities,
                repository=settings.delivery,
                environment=environment,
                parameters=parameters,
            ),
        )
        CdkRoles(self, "CdkRoles", identities=identities, delivery=delivery.arn, bucket=bucket, key=key)
        ExecutionRole(
            self, "ExecutionRole", identities=identities, environment=environment, assets=bucket, key=key
        )
        KeyAdministrators(self, "KeyAdministrators", identities=identities)
        self._tell_the_command_line(bucket)

    def _tell_the_command_line(self, bucket: AssetBucket) -> None:
        """What the CDK's command line reads by these names to know that an account has a bootstrap."""
        version = ssm.CfnParameter(
            self, "CdkBootstrapVersion", type="String", name=VERSION_PARAMETER, value=VERSION
        )
        version.override_logical_id("CdkBootstrapVersion")
        cdk.CfnOutput(self, "BucketName", value=bucket.name)
        cdk.CfnOutput(self, "BucketDomainName", value=bucket.domain_name)
        cdk.CfnOutput(self, "BootstrapVersion", value=VERSION)
