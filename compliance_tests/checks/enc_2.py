"""ENC-2: traffic inside the cloud is encrypted."""

from collections.abc import Iterator

from compliance_tests.checks.access_model import access_of
from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.fails_closed import fails_closed
from policies.assembly import Assembly
from policies.finding import Finding

_NEEDS = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::Lambda::Function")
_STORES = ("AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue")

_PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#example-object-tls-version
_OLD_TLS = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}


@fails_closed
def check(assembly: Assembly) -> tuple[Finding, ...]:
    """Stores, topics and queues refuse every plain request of everybody; no function is told to make one."""
    rules = by_rules(assembly, "SP_S3_3", "SP_DYNAMODB_4", "SP_MSG_2", "SP_LAMBDA_4", needs=_NEEDS)
    return (*rules, *_no_plain_request(assembly))


def _no_plain_request(assembly: Assembly) -> Iterator[Finding]:
    access = access_of(assembly)
    for store in access.all(*_STORES):
        yield from access.nobody("no-plain-request", access.everyone, store, given=_PLAIN)
        if store.type == "AWS::S3::Bucket":
            yield from access.nobody("no-old-tls", access.everyone, store, given=_OLD_TLS)
    for topic in access.all("AWS::SNS::Topic"):
        # What carries content; the rest of SNS speaks of the topic's settings.
        yield from access.nobody(
            "no-plain-request", access.everyone, topic, can=["sns:Publish"], given=_PLAIN
        )
