"""The name under which the API is reached, and its certificate."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from constructs import Construct

from stacks.constructs.picture_api import SECURITY_POLICY, PictureApi


@dataclass(frozen=True, kw_only=True)
class ApiDomainProps:
    """Which name, in which hosted zone of this account, leads to which API."""

    domain_name: str
    hosted_zone_id: str
    api: PictureApi


class ApiDomain(Construct):
    """Promise ENC-1: our own name, with the same TLS policy as the API behind it, and no other name.

    A request through the domain is negotiated by the API's policy; that the domain has the same is AWS's
    advice.
    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-update.html
    """

    def __init__(self, scope: Construct, construct_id: str, props: ApiDomainProps) -> None:
        super().__init__(scope, construct_id)
        self._props = props
        certificate = acm.CfnCertificate(
            self,
            "Certificate",
            domain_name=props.domain_name,
            validation_method="DNS",
            key_algorithm="EC_prime256v1",
            domain_validation_options=[
                {"domainName": props.domain_name, "hostedZoneId": props.hosted_zone_id}
            ],
        )
        certificate.add_resource_dependency(self._issuers())
        domain = apigateway.CfnDomainName(
            self,
            "Default",
            domain_name=props.domain_name,
            regional_certificate_arn=certificate.ref,
            endpoint_configuration={"types": ["REGIONAL"]},
            security_policy=SECURITY_POLICY,
            # The name in the TLS handshake must be the one in the request: no fronting by another name.
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html#apigateway-security-policies-endpoint-access-mode
            endpoint_access_mode="STRICT",
        )
        mapping = apigateway.CfnBasePathMapping(
            self,
            "Mapping",
            domain_name=domain.ref,
            rest_api_id=props.api.id,
            stage=props.api.stage.stage_name,
        )
        mapping.add_resource_dependency(props.api.stage)
        route53.CfnRecordSet(
            self,
            "Record",
            hosted_zone_id=props.hosted_zone_id,
            name=props.domain_name,
            type="A",
            alias_target={
                "dnsName": domain.attr_regional_domain_name,
                "hostedZoneId": domain.attr_regional_hosted_zone_id,
            },
        )

    def _issuers(self) -> route53.CfnRecordSet:
        """Amazon's authority alone may issue for this name, and nobody a wildcard.

        ACM issues where a record names one of amazon.com, amazontrust.com, awstrust.com and amazonaws.com.
        https://docs.aws.amazon.com/acm/latest/userguide/setup-caa.html
        """
        return route53.CfnRecordSet(
            self,
            "Issuers",
            hosted_zone_id=self._props.hosted_zone_id,
            name=self._props.domain_name,
            type="CAA",
            ttl="300",
            resource_records=['0 issue "amazon.com"', '0 issuewild ";"'],
        )
