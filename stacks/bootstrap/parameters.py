"""What is decided when an account is bootstrapped, and what the CDK's command line says on its own."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from stacks.identities import QUALIFIER

# The command line refuses to write another variant over a bootstrap.
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
VARIANT = "Soulpicks"


class Parameters(Construct):
    """The parameters of the bootstrap; its conditions say which of them are used."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        first_deployers = self._of(
            "FirstDeployers",
            "ARNs of users that may deploy with MFA; empty once CI has deployed every stack.",
            kind="CommaDelimitedList",
            default="",
            # Of each value in the list: never a whole account, never everybody, and no
            # role: its sessions say nothing of MFA.
            # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
            pattern="(arn:aws:iam::[0-9]{12}:user/[A-Za-z0-9_+=,.@/-]+)?",
        )
        provider = self._of(
            "GitHubProvider",
            "IAM holds one provider of GitHub's tokens an account: 'exists' in a second region.",
            default="make",
            allowed=["make", "exists"],
        )
        self.first_deployers = first_deployers.value_as_list
        self.somebody_deploys_first = cdk.CfnCondition(
            self,
            "SomebodyDeploysFirst",
            expression=cdk.Fn.condition_not(
                cdk.Fn.condition_equals(cdk.Fn.join("", first_deployers.value_as_list), "")
            ),
        )
        self.somebody_deploys_first.override_logical_id("SomebodyDeploysFirst")
        self.provider_is_made = cdk.CfnCondition(
            self,
            "ProviderIsMade",
            expression=cdk.Fn.condition_equals(provider.value_as_string, "make"),
        )
        self.provider_is_made.override_logical_id("ProviderIsMade")
        self._of_the_command_line()

    def _of_the_command_line(self) -> None:
        """`cdk bootstrap` sends these whatever the template, and CloudFormation refuses unknown ones.

        Each takes the one value that this template keeps: it chooses nothing.
        """
        fixed = {
            "BootstrapVariant": (VARIANT, "whose bootstrap this is"),
            "Qualifier": (QUALIFIER, "the qualifier of cdk.json"),
            "PublicAccessBlockConfiguration": ("true", "public access is always blocked"),
            "FileAssetsBucketKmsKeyId": ("AWS_MANAGED_KEY", "the bucket lies under the key of this template"),
        }
        for name, (value, why) in fixed.items():
            parameter = self._of(name, f"Always {value}: {why}.", default=value, allowed=[value])
            cdk.CfnRule(
                self,
                f"{name}IsFixed",
                assertions=[
                    cdk.CfnRuleAssertion(
                        assert_=cdk.Fn.condition_equals(parameter.value_as_string, value),
                        assert_description=f"{name} must be {value}: {why}",
                    )
                ],
            ).override_logical_id(f"{name}IsFixed")

    def _of(
        self,
        name: str,
        description: str,
        *,
        kind: str = "String",
        default: str,
        allowed: list[str] | None = None,
        pattern: str | None = None,
    ) -> cdk.CfnParameter:
        parameter = cdk.CfnParameter(
            self,
            name,
            type=kind,
            description=description,
            default=default,
            allowed_values=allowed,
            allowed_pattern=pattern,
        )
        parameter.override_logical_id(name)
        return parameter
