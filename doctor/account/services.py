"""Settings of whole services in the account, and what is there already under a name of ours."""

from __future__ import annotations

from botocore.exceptions import ClientError

from doctor.account.account import Account
from doctor.result import Result, compared
from stacks.identities import ENVIRONMENT_TAG

BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def s3_public_access(account: Account) -> Result:
    """No bucket of the account can be opened to the public, whatever its own policy says.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html
    """
    number = account.environment.account
    try:
        answer = account.client("s3control").get_public_access_block(AccountId=number)
        found = answer["PublicAccessBlockConfiguration"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        found = {}
    missing = [block for block in BLOCKS if not found.get(block)]
    return compared(
        not missing,
        found=f"not set: {', '.join(missing)}" if missing else "all four blocks",
        expected="all four blocks for the account",
        todo=f"run `aws s3control put-public-access-block --account-id {number} "
        f"--public-access-block-configuration {','.join(f'{block}=true' for block in BLOCKS)}`",
    )


def dynamodb_backup(account: Account) -> Result:
    """AWS Backup manages backups of DynamoDB in full, so that they lie under the vault's own key.

    Backups lie under the vault's key only with the advanced features for DynamoDB:
    https://docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html
    The opt-in of the service does not matter: a resource that a plan names is copied whatever it says.
    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRegionSettings.html
    """
    answer = account.client("backup").describe_region_settings()
    found = answer.get("ResourceTypeManagementPreference", {}).get("DynamoDB", False)
    return compared(
        found,
        found=f"DynamoDB: {str(found).lower()}",
        expected="DynamoDB: true",
        todo="run `aws backup update-region-settings --resource-type-management-preference DynamoDB=true`",
    )


def identity_provider(account: Account) -> Result:
    """Nobody else has registered the issuer with IAM, which takes each issuer once.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
    """
    host = account.environment.issuer_host.rstrip("/")
    client = account.client("iam")
    listed = [each["Arn"] for each in client.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    arns = [arn for arn in listed if arn.partition(":oidc-provider/")[2].rstrip("/") == host]
    expected = f"no provider {host}, or ours"
    if not arns:
        return compared(True, found="no such provider", expected=expected, todo="")
    tags = client.get_open_id_connect_provider(OpenIDConnectProviderArn=arns[0]).get("Tags", [])
    ours = {"Key": ENVIRONMENT_TAG, "Value": account.environment.name} in tags
    return compared(
        ours,
        found="ours" if ours else arns[0],
        expected=expected,
        todo=f"find out who uses it, then run `aws iam delete-open-id-connect-provider "
        f"--open-id-connect-provider-arn {arns[0]}`",
    )
