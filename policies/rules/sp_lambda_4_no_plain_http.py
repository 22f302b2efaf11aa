"""No function is told to speak without TLS."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import DOES_NOT_APPLY, Verdict, holds_unless

RULE = Rule(
    id="SP_LAMBDA_4",
    claim="ENC-2",
    title="Function is configured with no http endpoint",
    why="One http address in an environment sends what follows in the clear.",
    fix="Use an https address, and remove whatever turns verification off.",
    source="https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html",
    resource_types=("AWS::Lambda::Function",),
)

# Each makes a client of the function skip or replace the check of the peer's certificate.
_WEAKENS_TLS = (
    "PYTHONHTTPSVERIFY",
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "SSLKEYLOGFILE",
)
_REDIRECTS = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def judge(resource: Resource) -> Verdict:
    """No value holds an http address; no name turns off or redirects TLS."""
    variables = dict(resource.at("Environment.Variables").items())
    if not variables:
        return DOES_NOT_APPLY
    problems = [
        f"{name} holds an http address" for name, v in variables.items() if "http://" in v.text().lower()
    ]
    problems += [f"{name} changes whom TLS trusts" for name in variables if name.upper() in _WEAKENS_TLS]
    problems += [f"{name} sends traffic through a proxy" for name in variables if name.upper() in _REDIRECTS]
    return holds_unless(problems)
