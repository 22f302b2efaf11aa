"""What holds data outlives its stack, and does not stand in the way of the next attempt."""

import json
import re
from collections.abc import Iterator

from policies.resource import Resource
from policies.rule import Rule
from policies.statement import Statement, statements
from policies.verdict import Verdict, holds_unless

# Types that keep something, by the property that names one in its account and region; "" where AWS names it.
NAMES = {
    "AWS::Backup::BackupVault": "BackupVaultName",
    "AWS::CloudFormation::Stack": "",
    "AWS::Cognito::UserPool": "",
    "AWS::DocDB::DBCluster": "DBClusterIdentifier",
    "AWS::DocDB::DBInstance": "DBInstanceIdentifier",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::EC2::Volume": "",
    "AWS::EFS::FileSystem": "",
    "AWS::EMR::Cluster": "",
    "AWS::ElastiCache::CacheCluster": "ClusterName",
    "AWS::ElastiCache::ReplicationGroup": "ReplicationGroupId",
    "AWS::Elasticsearch::Domain": "DomainName",
    "AWS::FSx::FileSystem": "",
    "AWS::KMS::Key": "",
    "AWS::KMS::ReplicaKey": "",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Neptune::DBCluster": "DBClusterIdentifier",
    "AWS::Neptune::DBInstance": "DBInstanceIdentifier",
    "AWS::OpenSearchService::Domain": "DomainName",
    "AWS::Organizations::Account": "",
    "AWS::QLDB::Ledger": "Name",
    "AWS::RDS::DBCluster": "DBClusterIdentifier",
    "AWS::RDS::DBInstance": "DBInstanceIdentifier",
    "AWS::Redshift::Cluster": "ClusterIdentifier",
    "AWS::S3::Bucket": "BucketName",
    "AWS::S3::BucketPolicy": "",
    "AWS::SDB::Domain": "",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SecretsManager::Secret": "Name",
}

# Names that an AWS service gives and nobody can choose. What lies there is the service's own, so it goes with
# its stack: kept, it would block the next.
NAMED_BY_AWS = {("AWS::Logs::LogGroup", "/aws/apigateway/welcome")}

# The name by which the CDK's command line looks for the bucket of a bootstrap; an empty one that is left over
# goes by hand, as the runbook of the bootstrap says.
# https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
_NAMED_BY_THE_CDK = re.compile(r"cdk-[a-z0-9]+-assets-\d{12}-[a-z]{2}(-[a-z]+)+-\d")

RULE = Rule(
    id="SP_CFN_1",
    claim="ENV-8",
    title="Store outlives its stack, and goes with a creation that failed",
    why="'Retain' also keeps what a failed first deployment made, and a name that is taken blocks the next.",
    fix="UpdateReplacePolicy Retain, DeletionPolicy RetainExceptOnCreate (Retain where the resource refuses "
    "its deletion from the start), and no name, or one with AWS::StackId in it.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-attribute-deletionpolicy.html",
    resource_types=tuple(NAMES),
)


def judge(resource: Resource) -> Verdict:
    """Both policies of the stack, and the name."""
    return holds_unless(_problems(resource))


def _problems(resource: Resource) -> Iterator[str]:
    given = resource.at(NAMES[resource.type] or "NoName")
    if isinstance(given.raw, str) and (resource.type, given.raw) in NAMED_BY_AWS:
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.attribute(policy).text(default="Delete") != "Delete":
                yield f"{policy} is not Delete: what AWS names stays behind and blocks the next attempt"
        return
    replaced = resource.attribute("UpdateReplacePolicy").text(default="absent")
    if replaced != "Retain":
        yield f"UpdateReplacePolicy is {replaced}: a replacement deletes what it holds"
    deleted = resource.attribute("DeletionPolicy").text(default="absent")
    refuses = _refuses_deletion(resource)
    expected = "Retain" if refuses else "RetainExceptOnCreate"
    if deleted != expected:
        why = (
            "a rollback would try to delete what refuses it, and fail"
            if refuses and deleted == "RetainExceptOnCreate"
            else "a creation that fails leaves it behind"
            if deleted == "Retain"
            else "it goes with its stack"
        )
        yield f"DeletionPolicy is {deleted}, expected {expected}: {why}"
    name = resource.at(NAMES[resource.type] or "NoName")
    if resource.type == "AWS::S3::Bucket" and _NAMED_BY_THE_CDK.fullmatch(str(name.raw)):
        return
    if name.present and "AWS::StackId" not in json.dumps(name.raw):
        yield f"{name.path} is fixed: what is left over under it blocks the next attempt"


def _refuses_deletion(resource: Resource) -> bool:
    """Whether it cannot be deleted from the moment it exists, by a rollback neither.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
    """
    if resource.type == "AWS::DynamoDB::Table":
        return resource.at("DeletionProtectionEnabled").flag(default=False)
    if resource.type == "AWS::DynamoDB::GlobalTable":
        replicas = resource.at("Replicas").each()
        return any(replica.at("DeletionProtectionEnabled").flag(default=False) for replica in replicas)
    if resource.type in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey"):
        return any(_nobody_deletes(statement) for statement in statements(resource.at("KeyPolicy")))
    return False


def _nobody_deletes(statement: Statement) -> bool:
    everyone = not statement.allows and statement.for_everyone and not statement.conditions
    return everyone and statement.covers("kms:ScheduleKeyDeletion")
