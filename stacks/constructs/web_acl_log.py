"""What the firewall keeps of a request: that it was refused and why, and nothing that is private."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from stacks.constructs.managed_rules import COMMON, KNOWN_BAD_INPUTS
from stacks.constructs.sealed_log_group import SealedLogGroup
from stacks.constructs.statement import allow, policy, service
from stacks.identities import Identities

# Headers that may hold a token, a name, an id of a picture, a digest of its content, or an address. Each is
# named, because the log can be redacted by name only; protection without names would cover every header.
# https://docs.aws.amazon.com/waf/latest/APIReference/API_FieldToProtect.html
PRIVATE_HEADERS = (
    "authorization",
    "content-disposition",
    "content-location",
    "cookie",
    "dpop",
    "forwarded",
    "if-match",
    "if-none-match",
    "if-range",
    "proxy-authorization",
    "referer",
    "upload-checksum",
    "upload-concat",
    "upload-metadata",
    "x-amz-security-token",
    "x-api-key",
    "x-forwarded-for",
)

# Every picture is longer than the common set allows a body to be: that alone is no reason to keep a line.
_SUSPICIOUS_BODIES = tuple(
    label
    for group in (COMMON, KNOWN_BAD_INPUTS)
    for label in group.of_the_body
    if label != f"{COMMON.namespace}SizeRestrictions_Body"
)


def protected() -> dict[str, Any]:
    """What is replaced by REDACTED in all that the firewall writes or shows; a path cannot be protected so.

    It covers the details of matched rules and of rate-based rules too, of which no field is excepted. Of the
    header `cookie` it replaces the values; the names of cookies stay.
    https://docs.aws.amazon.com/waf/latest/developerguide/data-protection-masking.html
    https://docs.aws.amazon.com/waf/latest/developerguide/data-protection-exceptions.html
    https://docs.aws.amazon.com/waf/latest/developerguide/data-protection-limitations.html
    """
    fields = [
        {"fieldType": "SINGLE_HEADER", "fieldKeys": list(PRIVATE_HEADERS)},
        {"fieldType": "QUERY_STRING"},
        {"fieldType": "BODY"},
    ]
    return {"dataProtections": [{"action": "SUBSTITUTION", "field": field} for field in fields]}


class WebAclLog(Construct):
    """Promises AUT-3, ENC-3: lines about refused requests only, without path, query and private headers.

    The path can only be redacted here, and a header redacted here still appears where a rule reads all
    headers;
    hence both. https://docs.aws.amazon.com/waf/latest/APIReference/API_LoggingConfiguration.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        identities: Identities,
        name: str,
        web_acl_arn: str,
        group: SealedLogGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        delivery = self._delivery(identities, name, group)
        logging = waf.CfnLoggingConfiguration(
            self,
            "Default",
            resource_arn=web_acl_arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                {"uriPath": {}},
                {"queryString": {}},
                *({"singleHeader": {"Name": header}} for header in PRIVATE_HEADERS),
            ],
            logging_filter={
                "DefaultBehavior": "DROP",
                "Filters": [
                    {
                        "Behavior": "KEEP",
                        "Requirement": "MEETS_ANY",
                        "Conditions": [
                            {"ActionCondition": {"Action": "BLOCK"}},
                            *({"LabelNameCondition": {"LabelName": label}} for label in _SUSPICIOUS_BODIES),
                        ],
                    }
                ],
            },
        )
        logging.add_resource_dependency(delivery)

    def _delivery(self, identities: Identities, name: str, group: SealedLogGroup) -> logs.CfnResourcePolicy:
        """The permission to write, where it can be reviewed. AWS adds one itself where it finds none.

        AWS may still add the same permission to the group itself: its page says that it does not where a
        policy of the account grants "through wildcards", and does not say whether ours counts as one.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
        """
        account, region = identities.account, identities.region
        return logs.CfnResourcePolicy(
            self,
            "Delivery",
            policy_name=f"{name}-web-acl",
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
