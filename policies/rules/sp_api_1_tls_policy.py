"""Apps reach the API over TLS with forward secrecy and a post-quantum key exchange."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import HOLDS, Verdict, broken

RULE = Rule(
    id="SP_API_1",
    claim="ENC-1",
    title="API and domain use the strongest TLS policy",
    why="A recorded connection without forward secrecy is read the day the key leaks.",
    fix="Set SecurityPolicy to SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09 and EndpointAccessMode to STRICT.",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html",
    resource_types=(
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGateway::DomainName",
        "AWS::ApiGateway::DomainNameV2",
    ),
)

STRONG = ("SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09",)


def judge(resource: Resource) -> Verdict:
    """The API's own policy decides for calls through its domain too, so both must be strong."""
    policy = resource.at("SecurityPolicy").text()
    if policy not in STRONG:
        return broken(f"SecurityPolicy is {policy or 'absent'}, expected {' or '.join(STRONG)}")
    mode = resource.at("EndpointAccessMode").text()
    if mode != "STRICT":
        return broken(f"EndpointAccessMode is {mode or 'absent'}, expected STRICT")
    return HOLDS
