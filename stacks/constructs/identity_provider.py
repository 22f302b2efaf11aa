"""The identity provider of one environment, as IAM knows it."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.settings import EnvironmentSettings


class IdentityProvider(Construct):
    """Promise AUT-2: STS checks a person's token a second time, against this tenant and these apps only.

    No thumbprint: AWS checks the issuer's certificate against its own library of certificate authorities. IAM
    then fetches a thumbprint by itself, which counts only where that check cannot be made.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
    """

    def __init__(self, scope: Construct, construct_id: str, environment: EnvironmentSettings) -> None:
        super().__init__(scope, construct_id)
        self.environment = environment
        self.resource = iam.CfnOIDCProvider(
            self, "Default", url=environment.issuer, client_id_list=list(environment.client_ids)
        )

    @property
    def arn(self) -> str:
        """The provider's ARN, the principal of a trust policy."""
        return self.resource.attr_arn

    def claim(self, name: str) -> str:
        """The condition key of a claim of this provider's tokens."""
        return f"{self.environment.issuer_host}:{name}"
