"""What is refused before it reaches the API."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from stacks.constructs.acknowledge import acknowledge
from stacks.constructs.answer_headers import OF_THE_EDGE
from stacks.constructs.cross_origin import CrossOrigin
from stacks.constructs.gateway_problems import problem
from stacks.constructs.sealed_log_group import SealedLogGroup, SealedLogGroupProps
from stacks.constructs.web_acl_log import WebAclLog, protected
from stacks.constructs.web_acl_rules import WINDOW_SECONDS, rules, visibility
from stacks.identities import Identities


@dataclass(frozen=True, kw_only=True)
class WebAclProps:
    """Which stage is guarded, and how many requests a second that stage takes of everybody together."""

    identities: Identities
    stage_arn: str
    requests_per_second: int
    cross_origin: CrossOrigin
    logs: SealedLogGroupProps

    def __post_init__(self) -> None:
        # The lowest limit of a rate-based rule is 10, and a token's limit is a twentieth of the stage's.
        # https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-high-level-settings.html
        if not 1 <= self.requests_per_second <= 100_000:
            raise ValueError(f"requests_per_second must be from 1 to 100000, got {self.requests_per_second}")

    @property
    def requests_per_address(self) -> int:
        """In five minutes: half of what the stage takes.

        Thousands of people may share the address of a mobile carrier; no address may take everything.
        """
        return self.requests_per_second * WINDOW_SECONDS // 2

    @property
    def requests_per_token(self) -> int:
        """In five minutes: a twentieth of what the stage takes, far more than one person's phone sends."""
        return self.requests_per_second * WINDOW_SECONDS // 20


class WebAcl(Construct):
    """Promise ENV-2: known attacks, floods and oversized bodies end before any code of ours runs.

    AUT-3: no line it logs holds a token, a cookie, a query, a path or a file name, and no request is sampled.
    """

    def __init__(self, scope: Construct, construct_id: str, props: WebAclProps) -> None:
        super().__init__(scope, construct_id)
        name = f"soulpicks-{props.identities.environment}"
        # A custom response of WAF goes before the gateway's own, so it carries the same headers.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
        bodies = {"TooLarge": "REQUEST_TOO_LARGE", "TooMany": "THROTTLED", "Refused": "WAF_FILTERED"}
        self.resource = waf.CfnWebACL(
            self,
            "Default",
            name=name,
            scope="REGIONAL",
            default_action={"allow": {}},
            visibility_config=visibility("all"),
            data_protection_config=protected(),
            custom_response_bodies={
                key: {"contentType": "APPLICATION_JSON", "content": problem(response_type)}
                for key, response_type in bodies.items()
            },
            rules=rules(
                requests_per_address=props.requests_per_address,
                requests_per_token=props.requests_per_token,
                headers=OF_THE_EDGE | props.cross_origin.of_constant_answer,
            ),
        )
        acknowledge(
            self.resource,
            {
                "CKV_AWS_192": "what the set finds is put on the request as labels, and later rules "
                "block by them",
            },
        )
        self.association = waf.CfnWebACLAssociation(
            self, "Association", resource_arn=props.stage_arn, web_acl_arn=self.resource.attr_arn
        )
        WebAclLog(
            self,
            "Log",
            identities=props.identities,
            name=name,
            web_acl_arn=self.resource.attr_arn,
            group=SealedLogGroup(self, "LogGroup", props.logs),
        )
