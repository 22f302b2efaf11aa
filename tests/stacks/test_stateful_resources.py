"""A changed logical id replaces a resource, and what it stored with it."""

STATEFUL = {
    ("Api", "AuthorizeLogGroup827B246A", "AWS::Logs::LogGroup"),
    ("Api", "GatewayLogsWelcomeA03A82A3", "AWS::Logs::LogGroup"),
    ("Api", "PictureApiAccessLog4D2EFE64", "AWS::Logs::LogGroup"),
    ("Api", "PicturesLogGroupEA75BFB8", "AWS::Logs::LogGroup"),
    ("Api", "WebAclLogGroup6DE13B4D", "AWS::Logs::LogGroup"),
    ("Bootstrap", "Assets", "AWS::S3::Bucket"),
    ("Bootstrap", "AssetsKey", "AWS::KMS::Key"),
    ("Bootstrap", "AssetsPolicy944CB1C2", "AWS::S3::BucketPolicy"),
    ("Data", "GrantsTable", "AWS::DynamoDB::Table"),
    ("Data", "PicturesBucket", "AWS::S3::Bucket"),
    ("Data", "PicturesBucketPolicy0839BCF7", "AWS::S3::BucketPolicy"),
    ("Data", "PicturesTable", "AWS::DynamoDB::Table"),
    ("Data", "Vault", "AWS::Backup::BackupVault"),
    ("Network", "DnsQueryLogLogGroup7B0D693D", "AWS::Logs::LogGroup"),
    ("Network", "FlowLogLogGroupE45F977D", "AWS::Logs::LogGroup"),
    ("Operations", "EventPathUndeliveredC5007B43", "AWS::SQS::Queue"),
    ("PictureKeys", "PictureKey", "AWS::KMS::Key"),
    ("StorageKeys", "OperationsKey", "AWS::KMS::Key"),
    ("StorageKeys", "StorageKey", "AWS::KMS::Key"),
}
# AWS fixes its name and writes one line of its own into it: kept, it would only block the next deployment.
GOES_WITH_ITS_STACK = {"GatewayLogsWelcomeA03A82A3"}
KINDS = {kind for _, _, kind in STATEFUL}


def test_what_stores_something_keeps_its_logical_id(environment):
    found = {
        (stack, name, resource["Type"])
        for stack, template in environment.items()
        for name, resource in template.body["Resources"].items()
        if resource["Type"] in KINDS
    }
    assert found == STATEFUL


# What refuses its own deletion from the start: a rollback that tried would fail for it.
REFUSES_DELETION = {"AWS::DynamoDB::Table", "AWS::KMS::Key"}


def test_what_stores_something_outlives_its_stack_and_goes_with_a_creation_that_failed(environment):
    for stack, name, kind in STATEFUL:
        resource = environment[stack].body["Resources"][name]
        if name in GOES_WITH_ITS_STACK:
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Delete", name
            continue
        expected = "Retain" if kind in REFUSES_DELETION else "RetainExceptOnCreate"
        assert resource["DeletionPolicy"] == expected, (stack, name)
        assert resource["UpdateReplacePolicy"] == "Retain", (stack, name)
