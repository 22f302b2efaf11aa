"""Tables are encrypted under a key of our own."""

from policies.customer_key import names_our_key
from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, broken, overall

RULE = Rule(
    id="SP_DYNAMODB_1",
    claim="ENC-3",
    title="Table is encrypted under our key",
    why="DynamoDB's default key belongs to Amazon: nobody's policy guards it and no log names its use.",
    fix="Set SSESpecification with SSEType KMS and one of our keys; in a GlobalTable for every replica.",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/EncryptionAtRest.html",
    resource_types=("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"),
)


def judge(resource: Resource) -> Verdict:
    """SSE is on with KMS; a Table names our key itself, a GlobalTable in each of its replicas."""
    specification = resource.at("SSESpecification")
    if not specification.at("SSEEnabled").flag(default=False):
        return broken("SSESpecification.SSEEnabled is off: DynamoDB would use its own key")
    if specification.at("SSEType").text(default="KMS") != "KMS":
        return broken("SSESpecification.SSEType is not KMS")
    if resource.type == "AWS::DynamoDB::Table":
        return names_our_key(specification.at("KMSMasterKeyId"))
    return overall(
        names_our_key(replica.at("SSESpecification.KMSMasterKeyId"))
        for replica in resource.at("Replicas").each()
    )
