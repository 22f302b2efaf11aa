"""The rules of the groups that AWS keeps for its firewall, as AWS's pages list them."""

from __future__ import annotations

from dataclasses import dataclass

# Read on AWS's pages as of 26 September 2026. AWS may add a rule on any day; `web_acl_rules` says what
# happens then.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html


@dataclass(frozen=True, kw_only=True)
class ManagedGroup:
    """One group: its name, the namespace of its labels, and what each rule calls its label."""

    name: str
    namespace: str
    labels: dict[str, str]

    @property
    def of_the_body(self) -> tuple[str, ...]:
        """The full labels of the rules that read the body of a request: their names end so."""
        return tuple(self._label(rule) for rule in self.labels if rule.endswith("_BODY"))

    @property
    def beside_the_body(self) -> tuple[str, ...]:
        """The full labels of the rules that read paths, queries, headers, cookies and the method."""
        return tuple(self._label(rule) for rule in self.labels if not rule.endswith("_BODY"))

    def _label(self, rule: str) -> str:
        return f"{self.namespace}{self.labels[rule]}"


COMMON = ManagedGroup(
    name="AWSManagedRulesCommonRuleSet",
    namespace="awswaf:managed:aws:core-rule-set:",
    labels={
        "NoUserAgent_HEADER": "NoUserAgent_Header",
        "UserAgent_BadBots_HEADER": "BadBots_Header",
        "SizeRestrictions_QUERYSTRING": "SizeRestrictions_QueryString",
        "SizeRestrictions_Cookie_HEADER": "SizeRestrictions_Cookie_Header",
        "SizeRestrictions_BODY": "SizeRestrictions_Body",
        "SizeRestrictions_URIPATH": "SizeRestrictions_URIPath",
        "EC2MetaDataSSRF_BODY": "EC2MetaDataSSRF_Body",
        "EC2MetaDataSSRF_COOKIE": "EC2MetaDataSSRF_Cookie",
        "EC2MetaDataSSRF_URIPATH": "EC2MetaDataSSRF_URIPath",
        "EC2MetaDataSSRF_QUERYARGUMENTS": "EC2MetaDataSSRF_QueryArguments",
        "GenericLFI_QUERYARGUMENTS": "GenericLFI_QueryArguments",
        "GenericLFI_URIPATH": "GenericLFI_URIPath",
        "GenericLFI_BODY": "GenericLFI_Body",
        "RestrictedExtensions_URIPATH": "RestrictedExtensions_URIPath",
        "RestrictedExtensions_QUERYARGUMENTS": "RestrictedExtensions_QueryArguments",
        "GenericRFI_QUERYARGUMENTS": "GenericRFI_QueryArguments",
        "GenericRFI_BODY": "GenericRFI_Body",
        "GenericRFI_URIPATH": "GenericRFI_URIPath",
        "CrossSiteScripting_COOKIE": "CrossSiteScripting_Cookie",
        "CrossSiteScripting_QUERYARGUMENTS": "CrossSiteScripting_QueryArguments",
        "CrossSiteScripting_BODY": "CrossSiteScripting_Body",
        "CrossSiteScripting_URIPATH": "CrossSiteScripting_URIPath",
    },
)

KNOWN_BAD_INPUTS = ManagedGroup(
    name="AWSManagedRulesKnownBadInputsRuleSet",
    namespace="awswaf:managed:aws:known-bad-inputs:",
    labels={
        "JavaDeserializationRCE_HEADER": "JavaDeserializationRCE_Header",
        "JavaDeserializationRCE_BODY": "JavaDeserializationRCE_Body",
        "JavaDeserializationRCE_URIPATH": "JavaDeserializationRCE_URIPath",
        "JavaDeserializationRCE_QUERYSTRING": "JavaDeserializationRCE_QueryString",
        "Host_localhost_HEADER": "Host_Localhost_Header",
        "PROPFIND_METHOD": "Propfind_Method",
        "ExploitablePaths_URIPATH": "ExploitablePaths_URIPath",
        "Log4JRCE_HEADER": "Log4JRCE_Header",
        "Log4JRCE_QUERYSTRING": "Log4JRCE_QueryString",
        "Log4JRCE_BODY": "Log4JRCE_Body",
        "Log4JRCE_URIPATH": "Log4JRCE_URIPath",
        "ReactJSRCE_BODY": "ReactJSRCE_Body",
    },
)

# Lists of addresses that AWS has seen take part in attacks, floods and searches for weak places: of a request
# they read its source address alone. The rule about floods, AWSManagedIPDDoSList, only counts by default, and
# we leave it so: what refuses a flood here is the limit of an address.
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-ip-rep.html
IP_REPUTATION = "AWSManagedRulesAmazonIpReputationList"
