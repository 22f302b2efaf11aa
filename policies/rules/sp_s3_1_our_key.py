"""Buckets are encrypted under a key of our own."""

from policies.customer_key import names_our_key
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, broken, overall

RULE = Rule(
    id="SP_S3_1",
    claim="ENC-3",
    title="Bucket is encrypted under our key",
    why="Under Amazon's key anyone who may read the bucket may read what it holds.",
    fix="Set SSEAlgorithm aws:kms and KMSMasterKeyID to one of our keys.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
    resource_types=("AWS::S3::Bucket",),
)


def judge(resource: Resource) -> Verdict:
    """Each default-encryption rule names KMS (single or dual layer) and our key."""
    rules = resource.at("BucketEncryption.ServerSideEncryptionConfiguration").each()
    if not rules:
        return broken("BucketEncryption is absent: S3 would use its own key")
    verdicts = []
    for rule in rules:
        default = rule.at("ServerSideEncryptionByDefault")
        algorithm = default.at("SSEAlgorithm").text(default="AES256")
        if algorithm not in ("aws:kms", "aws:kms:dsse"):
            verdicts.append(broken(f"SSEAlgorithm is {algorithm}, expected aws:kms or aws:kms:dsse"))
        verdicts.append(names_our_key(default.at("KMSMasterKeyID")))
    return overall(verdicts)
