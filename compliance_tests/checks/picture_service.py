"""What the picture service is made of, read from what its functions are told."""

from __future__ import annotations

from dataclasses import dataclass

from access.claims import Group
from access.environment import Resource
from compliance_tests.checks.access_model import Access
from policies.node import UnresolvedError

STORES = (
    "AWS::Backup::BackupVault",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
)

# Whatever reads, writes or tests a row, by any of DynamoDB's interfaces.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
ROWS = (
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PartiQL*",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)

# Whatever turns a key into plaintext, ciphertext, or somebody else's right to either.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
CRYPTOGRAPHIC = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DeriveSharedSecret",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:GenerateMac",
    "kms:ReEncrypt*",
    "kms:Sign",
    "kms:Verify*",
)


@dataclass(frozen=True)
class PictureService:
    """The keys, stores and the role of one environment."""

    access: Access
    picture_key: Resource
    storage_key: Resource
    bucket: Resource
    pictures: Resource
    grants: Resource
    grants_by_reader_index: str
    user_data: Resource

    @classmethod
    def of(cls, access: Access) -> PictureService:
        """Find every part. Raises: UnresolvedError when one is missing, or named twice."""
        bucket = _named(access, "AWS::S3::Bucket", told(access, "PICTURES_BUCKET"))
        return cls(
            access=access,
            picture_key=_named(access, "AWS::KMS::Key", told(access, "PICTURE_KEY_ARN")),
            storage_key=_named(access, "AWS::KMS::Key", _storage_key(bucket)),
            bucket=bucket,
            pictures=_named(access, "AWS::DynamoDB::Table", told(access, "PICTURES_TABLE")),
            grants=_named(access, "AWS::DynamoDB::Table", told(access, "GRANTS_TABLE")),
            grants_by_reader_index=told(access, "GRANTS_BY_READER_INDEX"),
            user_data=_named(access, "AWS::IAM::Role", told(access, "USER_DATA_ROLE_ARN")),
        )

    @property
    def sessions(self) -> Group:
        """Every session of every person."""
        return self.access.roles("sessions of people", [self.user_data.arn])

    @property
    def others(self) -> Group:
        """Everybody and everything but the sessions of people."""
        return self.access.everyone.but(self.sessions, "everyone but sessions of people")


def stores_and_keys(access: Access) -> tuple[Resource, ...]:
    """Wherever data lies, and every key.

    Raises: UnresolvedError when there is none of a kind that the service cannot do without.
    """
    for needed in ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::KMS::Key"):
        if not access.all(needed):
            raise UnresolvedError(f"{access.name}: no {needed} in any stack")
    return access.all(*STORES, "AWS::KMS::Key")


def told(access: Access, name: str) -> str:
    """The one value that the functions find in their environment under a name.

    Raises: UnresolvedError when there is none, more than one, or one that the templates do not settle.
    """
    values = {
        variables[name]
        for function in access.all("AWS::Lambda::Function")
        if name in (variables := function.properties.get("Environment", {}).get("Variables", {}))
    }
    if len(values) != 1 or not isinstance(value := next(iter(values)), str):
        raise UnresolvedError(
            f"{access.name}: functions know {len(values)} values of {name}, expected one text"
        )
    return value


def _storage_key(bucket: Resource) -> str:
    try:
        (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        return str(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"])
    except (KeyError, TypeError, ValueError) as cause:
        raise UnresolvedError(f"{bucket}: it does not name one key of its own") from cause


def _named(access: Access, kind: str, name: str) -> Resource:
    found = [r for r in access.all(kind) if r.arn == name or r.arn.endswith((f":::{name}", f":table/{name}"))]
    if len(found) != 1:
        raise UnresolvedError(f"{access.name}: {len(found)} of {kind} are {name!r}, expected one")
    return found[0]
