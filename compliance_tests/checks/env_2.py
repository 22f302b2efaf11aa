"""ENV-2: the API is the only way in, functions have no way out, and a token is worth nothing elsewhere."""

from collections.abc import Iterator

from compliance_tests.checks.access_model import Access, access_of
from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.fails_closed import fails_closed
from compliance_tests.checks.functions import functions, is_authorizer
from compliance_tests.checks.picture_service import told
from compliance_tests.checks.policy_documents import documents
from compliance_tests.checks.resource_types import WAYS_IN, unknown_types
from policies.assembly import Assembly
from policies.finding import Finding
from policies.resource import Resource
from policies.verdict import HOLDS, broken, cannot_tell, holds_unless

_RULES = (
    "SP_S3_2",
    "SP_LAMBDA_1",
    "SP_API_2",
    "SP_NET_2",
    "SP_NET_3",
    "SP_NET_4",
    "SP_KMS_3",
    "SP_IAM_4",
    "SP_IAM_7",
    "SP_MSG_2",
)
_NEEDS = (
    "AWS::S3::Bucket",
    "AWS::ApiGateway::Method",
    "AWS::Lambda::Function",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
)

_OUTSIDE = ("anonymous", "federated", "foreign_account")

_SOURCES = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceowner")

# With a token of our identity provider a person becomes a session; what that may do is ISO-3.
_SIGNING_IN = ("sts:AssumeRoleWithWebIdentity", "sts:TagSession")


@fails_closed
def check(assembly: Assembly) -> tuple[Finding, ...]:
    """No open endpoint, no request of a stranger is allowed, no function outside the isolated subnets."""
    access = access_of(assembly)
    return (
        *by_rules(assembly, *_RULES, needs=_NEEDS),
        *unknown_types(assembly),
        *_nothing_for_strangers(access),
        *_sessions_only_inside(access),
        *_sources_are_ours(assembly, access),
        *_endpoints_of_sts(assembly, access),
        *(_placement(function) for function in functions(assembly)),
    )


def _nothing_for_strangers(access: Access) -> Iterator[Finding]:
    """No request of nobody, of any other account or of any token is allowed on anything but the API."""
    strangers = access.everyone.where(lambda principal: principal.kind in _OUTSIDE, "strangers")
    for resource in access.environment.resources:
        if resource.type not in WAYS_IN:
            signing_in = {"Action": list(_SIGNING_IN)} if resource.type == "AWS::IAM::Role" else None
            yield from access.nobody("no-stranger", strangers, resource, unless=signing_in)


def _sessions_only_inside(access: Access) -> Iterator[Finding]:
    """A token buys a session only in our network, and there of one role alone."""
    (user_data,) = access.roles("sessions of people", [told(access, "USER_DATA_ROLE_ARN")]).principals
    (role,) = (resource for resource in access.all("AWS::IAM::Role") if resource.arn == user_data.arn)
    networks = [vpc.arn.rpartition("/")[2] for vpc in access.all("AWS::EC2::VPC")]
    endpoints = [endpoint for endpoint in access.environment.endpoints if endpoint.service == "sts"]
    if not networks or not endpoints:
        missing = f"{access.name}: {len(networks)} networks and {len(endpoints)} endpoints of STS"
        yield Finding("session-only-inside", access.name, cannot_tell(missing))
    inside = {
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"aws:SourceVpc": networks}},
    }
    # Tagging gives nobody a session; ISO-3 says what it may do.
    yield from access.nobody(
        "session-only-inside",
        access.everyone,
        role,
        can=["sts:*"],
        given={"NotAction": "sts:TagSession"},
        unless=inside,
    )
    for endpoint in endpoints:
        yield access.nobody_passes(
            "no-other-session",
            endpoint,
            can="sts:*",
            # It tells callers who they are, and no policy can refuse that.
            given={"NotAction": "sts:GetCallerIdentity"},
            unless={"Action": list(_SIGNING_IN), "Resource": role.arn},
        )


def _endpoints_of_sts(assembly: Assembly, access: Access) -> Iterator[Finding]:
    """Each Allow of such an endpoint names one role: the model knows no role of somebody else's account."""
    role = told(access, "USER_DATA_ROLE_ARN")
    for endpoint, statement in documents(assembly):
        if endpoint.type != "AWS::EC2::VPCEndpoint" or not statement.allows:
            continue
        if not endpoint.at("ServiceName").text().endswith(".sts"):
            continue
        others = [action for action in statement.actions if action not in _SIGNING_IN]
        wide = statement.not_actions or statement.not_resources or others or statement.resources != (role,)
        problem = f"{statement.name} lets {statement.actions} through for {statement.resources}"
        yield Finding("no-other-session", endpoint.place, broken(problem) if wide else HOLDS)


def _sources_are_ours(assembly: Assembly, access: Access) -> Iterator[Finding]:
    """Wherever a policy says for whom a service acts, it names an account of this environment."""
    ours = {*access.environment.accounts, "${AWS::AccountId}"}
    for resource, statement in documents(assembly):
        if not statement.allows:
            continue
        named = [
            (key, value)
            for keys in statement.conditions.values()
            for key, values in keys.items()
            for value in values
            if key.lower() in _SOURCES
        ]
        if named:
            foreign = (
                f"{statement.name}: {key} is {value}" for key, value in named if not _ours(value, ours)
            )
            yield Finding("source-is-ours", resource.place, holds_unless(foreign))


def _ours(value: str, accounts: set[str]) -> bool:
    """Whether a source is an account of ours, or an ARN in one; a placeholder is a resource of our stacks."""
    return (value.split(":", 5)[4] if value.startswith("arn:") else value) in accounts or (
        value.startswith("${") and not value.startswith("${AWS::")
    )


def _placement(function: Resource) -> Finding:
    """Every function is in subnets of ours; the authorizer alone may be outside, for the key set."""
    place = function.place
    if is_authorizer(function):
        return Finding("isolated-function", place, HOLDS)
    subnets = [subnet.reference() for subnet in function.at("VpcConfig.SubnetIds").each()]
    if not subnets:
        return Finding("isolated-function", place, broken("it is in no subnet: it reaches the internet"))
    if any(subnet is None or subnet.resource_type != "AWS::EC2::Subnet" for subnet in subnets):
        return Finding("isolated-function", place, broken("one of its subnets is not made by these stacks"))
    return Finding("isolated-function", place, HOLDS)
