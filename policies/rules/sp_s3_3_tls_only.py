"""Buckets answer only over TLS 1.2 or newer."""

from collections.abc import Iterator

from policies.resource import Resource
from policies.rule import Rule
from policies.statement import Statement, statements
from policies.verdict import Verdict, broken, holds_unless

RULE = Rule(
    id="SP_S3_3",
    claim="ENC-2",
    title="Bucket refuses requests without TLS 1.2",
    why="S3 also answers over plain HTTP unless the bucket's policy says no.",
    fix="Deny s3:* to everyone where aws:SecureTransport is false and where s3:TlsVersion is below 1.2.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
    resource_types=("AWS::S3::Bucket",),
)


def judge(resource: Resource) -> Verdict:
    """The bucket's own policy, in the same stack, holds both denials for the bucket and its objects."""
    policies = [
        policy
        for policy in resource.template.of_type("AWS::S3::BucketPolicy")
        if resource.is_meant_by(policy.at("Bucket").reference())
    ]
    if not policies:
        return broken("no bucket policy belongs to it")
    denials = [
        s for policy in policies for s in statements(policy.at("PolicyDocument")) if _total(s, resource)
    ]
    return holds_unless(_problems(denials))


def _problems(denials: list[Statement]) -> Iterator[str]:
    if not any(_is_only(s, "Bool", "aws:SecureTransport", "false") for s in denials):
        yield "no statement denies everything without TLS"
    if not any(_is_only(s, "NumericLessThan", "s3:TlsVersion", "1.2") for s in denials):
        yield "no statement denies everything below TLS 1.2"


def _is_only(statement: Statement, operator: str, key: str, value: str) -> bool:
    """Whether the statement has this one condition and no other, which would make it narrower."""
    return len(statement.condition_keys()) == 1 and statement.condition(operator, key) == (value,)


def _total(statement: Statement, bucket: Resource) -> bool:
    """Whether it denies every action, to everyone, on the bucket and on all its objects."""
    arn = f"${{{bucket.template.name}/{bucket.logical_id}.Arn}}"
    return (
        not statement.allows
        and ("AWS", "*") in statement.principals
        and bool({"s3:*", "*"} & set(statement.actions))
        and {arn, f"{arn}/*"} <= set(statement.resources)
    )
