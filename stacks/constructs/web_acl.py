"""What is refused before it reaches the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from stacks.constructs.gateway_problems import problem
from stacks.constructs.sealed_log_group import SealedLogGroup, SealedLogGroupProps
from stacks.constructs.statement import allow, policy, service
from stacks.identities import Identities

# Rules of the common set that read the body as text. Bodies here are pictures: opaque bytes that nothing
# interprets, longer than the 8 KB that the set allows, and now and then looking like anything at all.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
_BODY_RULES = (
    "SizeRestrictions_BODY",
    "CrossSiteScripting_BODY",
    "EC2MetaDataSSRF_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
)
_BAD_INPUT_BODY_RULES = ("JavaDeserializationRCE_BODY", "Log4JRCE_BODY")

# A Content-Length above 4194304, written out, since WAF compares the length of a header and not its number.
MORE_THAN_4_MIB = (
    "^0*([1-9][0-9]{7,}|[5-9][0-9]{6}|4[2-9][0-9]{5}|419[5-9][0-9]{3}"
    "|4194[4-9][0-9]{2}|41943[1-9][0-9]|419430[5-9])$"
)


@dataclass(frozen=True, kw_only=True)
class WebAclProps:
    """Which stage is guarded, and how many requests one address may send in five minutes."""

    identities: Identities
    stage_arn: str
    logs: SealedLogGroupProps
    requests_per_address: int = 2000

    def __post_init__(self) -> None:
        # https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based-high-level-settings.html
        if not 10 <= self.requests_per_address <= 2_000_000_000:
            raise ValueError(
                f"requests_per_address must be from 10 to 2000000000, got {self.requests_per_address}"
            )


class WebAcl(Construct):
    """Promise ENV-2: known attacks, floods and oversized bodies end before any code of ours runs.

    AUT-3: the token is cut out of every line it logs.
    """

    def __init__(self, scope: Construct, construct_id: str, props: WebAclProps) -> None:
        super().__init__(scope, construct_id)
        self.name = f"soulpicks-{props.identities.environment}"
        self.resource = waf.CfnWebACL(
            self,
            "Default",
            name=self.name,
            scope="REGIONAL",
            default_action={"allow": {}},
            visibility_config=_visibility("all"),
            custom_response_bodies={
                "TooLarge": {"contentType": "APPLICATION_JSON", "content": problem("REQUEST_TOO_LARGE")},
                "TooMany": {"contentType": "APPLICATION_JSON", "content": problem("THROTTLED")},
            },
            rules=[
                {
                    "name": "FloodOfOneAddress",
                    "priority": 0,
                    "statement": {
                        "rateBasedStatement": {
                            "limit": props.requests_per_address,
                            "aggregateKeyType": "IP",
                        }
                    },
                    "action": _refuse(429, "TooMany"),
                    "visibilityConfig": _visibility("flood"),
                },
                {
                    "name": "MoreThanOneSegment",
                    "priority": 1,
                    "statement": {
                        "regexMatchStatement": {
                            "fieldToMatch": {"singleHeader": {"Name": "content-length"}},
                            "regexString": MORE_THAN_4_MIB,
                            "textTransformations": [{"priority": 0, "type": "NONE"}],
                        }
                    },
                    "action": _refuse(413, "TooLarge"),
                    "visibilityConfig": _visibility("oversized"),
                },
                _managed(2, "AWSManagedRulesCommonRuleSet", counted=_BODY_RULES),
                _managed(3, "AWSManagedRulesKnownBadInputsRuleSet", counted=_BAD_INPUT_BODY_RULES),
                _managed(4, "AWSManagedRulesAmazonIpReputationList"),
            ],
        )
        self.association = waf.CfnWebACLAssociation(
            self, "Association", resource_arn=props.stage_arn, web_acl_arn=self.resource.attr_arn
        )
        self._log(props)

    def _log(self, props: WebAclProps) -> None:
        group = SealedLogGroup(self, "LogGroup", props.logs)
        account, region = props.identities.account, props.identities.region
        # WAF would write this policy itself, with the rights of whoever deploys; then nobody would review it.
        # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
        delivery = logs.CfnResourcePolicy(
            self,
            "LogDelivery",
            policy_name=f"{self.name}-web-acl",
            policy_document=cdk.Stack.of(self).to_json_string(
                policy(
                    allow(
                        "WebAclWritesItsLog",
                        to=service("delivery.logs"),
                        can=["logs:CreateLogStream", "logs:PutLogEvents"],
                        on=group.arn_of_streams,
                        where={
                            "StringEquals": {"aws:SourceAccount": account},
                            "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account}:*"},
                        },
                    )
                ),
            ),
        )
        logging = waf.CfnLoggingConfiguration(
            self,
            "Logging",
            resource_arn=self.resource.attr_arn,
            log_destination_configs=[group.arn],
            redacted_fields=[{"singleHeader": {"Name": "authorization"}}],
        )
        logging.add_resource_dependency(delivery)


def _managed(priority: int, name: str, counted: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "name": name,
        "priority": priority,
        "overrideAction": {"none": {}},
        "statement": {
            "managedRuleGroupStatement": {
                "vendorName": "AWS",
                "name": name,
                "ruleActionOverrides": [{"name": rule, "actionToUse": {"count": {}}} for rule in counted],
            }
        },
        "visibilityConfig": _visibility(name),
    }


def _refuse(status: int, body: str) -> dict[str, Any]:
    return {"block": {"customResponse": {"responseCode": status, "customResponseBodyKey": body}}}


def _visibility(name: str) -> dict[str, Any]:
    # No sampled requests: a sample holds headers, the token among them, and the console shows them.
    return {"cloudWatchMetricsEnabled": True, "metricName": name, "sampledRequestsEnabled": False}
