"""Which calls AWS makes in a caller's name when it serves a call: those of S3 and DynamoDB to KMS.

Such a call has the caller's identity and session, and neither the VPC nor the endpoint of the first call:
"the condition key values for aws:SourceVpce, aws:SourceVpc, and aws:VpcSourceIp from the initial request are
not used in FAS requests", https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from access.environment import Environment, Resource
from local_cloud.gate.call import Access, Call, Context

# What the network of the first call told, and the function that made it.
NOT_PASSED_ON = frozenset({"aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "lambda:sourcefunctionarn"})


@dataclass(frozen=True, kw_only=True)
class Implied:
    """One call that a service makes; with its own context in full."""

    service: str
    access: Access


@dataclass(frozen=True, kw_only=True)
class ImpliedCalls:
    """What is known about the calls that one call implies; `unknown` says what is not."""

    calls: tuple[Implied, ...] = ()
    unknown: tuple[str, ...] = ()


class _NotKnown(Exception):
    """Which calls are implied cannot be told; the message says why."""


@dataclass(frozen=True)
class _Needs:
    """The KMS actions that an operation needs on the key of its target, and of the object it copies."""

    target: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    not_known: str = ""
    only_with: Mapping[str, str] = field(default_factory=dict)


_NONE = _Needs()
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html: uploading needs
# kms:GenerateDataKey, downloading kms:Decrypt. For each part of a multipart upload S3's pages name both
# actions, without saying which call makes which: both are demanded of each.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
_PARTS = _Needs(target=("Decrypt", "GenerateDataKey"))
S3: Mapping[str, _Needs] = {
    "PutObject": _Needs(target=("GenerateDataKey",)),
    "CopyObject": _Needs(target=("GenerateDataKey",), source=("Decrypt",)),
    "GetObject": _Needs(target=("Decrypt",)),
    # Only "if you enable x-amz-checksum-mode": https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    "HeadObject": _Needs(target=("Decrypt",), only_with={"x-amz-checksum-mode": "ENABLED"}),
    "GetObjectAttributes": _Needs(
        not_known="S3's pages do not say whether reading the attributes of an object decrypts"
    ),
    "CreateMultipartUpload": _PARTS,
    "UploadPart": _PARTS,
    "UploadPartCopy": _Needs(target=("Decrypt", "GenerateDataKey"), source=("Decrypt",)),
    "CompleteMultipartUpload": _PARTS,
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
    "ListParts": _Needs(target=("Decrypt",)),
    "AbortMultipartUpload": _NONE,
    **dict.fromkeys(
        (
            "DeleteObject",
            "DeleteObjectTagging",
            "GetObjectAcl",
            "GetObjectTagging",
            "PutObjectAcl",
            "PutObjectTagging",
        ),
        _NONE,
    ),
    **dict.fromkeys(
        (
            "DeleteBucketPolicy",
            "GetBucketEncryption",
            "GetBucketLocation",
            "GetBucketPolicy",
            "GetBucketVersioning",
            "HeadBucket",
            "ListMultipartUploads",
            "ListObjects",
            "ListObjectsV2",
            "ListObjectVersions",
            "PutBucketEncryption",
            "PutBucketPolicy",
            "PutBucketVersioning",
        ),
        _NONE,
    ),
}
# "When you access an encrypted DynamoDB table, DynamoDB needs to decrypt the table key"; "the user is the
# principal in your AWS account who is accessing the table". It keeps the key for five minutes; here each call
# has to be allowed to ask for it.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-cmk-trail
_ROWS = _Needs(target=("Decrypt",))
DYNAMODB: Mapping[str, _Needs] = {
    **dict.fromkeys(("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"), _ROWS),
    **dict.fromkeys(("TransactWriteItems", "TransactGetItems", "BatchGetItem", "BatchWriteItem"), _ROWS),
    **dict.fromkeys(("DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups"), _NONE),
}
KMS: Mapping[str, _Needs] = dict.fromkeys(
    (
        "Decrypt",
        "DescribeKey",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GetKeyPolicy",
        "GetKeyRotationStatus",
        "ListGrants",
        "ListKeyPolicies",
        "ListKeyRotations",
        "ListResourceTags",
        "ReEncrypt",
    ),
    _NONE,
)
STS: Mapping[str, _Needs] = {"AssumeRoleWithWebIdentity": _NONE}
OPERATIONS: Mapping[str, Mapping[str, _Needs]] = {"s3": S3, "dynamodb": DYNAMODB, "kms": KMS, "sts": STS}

# The headers that choose the encryption of a new object.
_CHOOSING = "x-amz-server-side-encryption"


def implied_calls(call: Call, environment: Environment) -> ImpliedCalls:
    """Return the calls that AWS makes in the caller's name for one call.

    The encryption settings of buckets and tables are those of the templates.
    """
    service, _, name = call.operation.partition(":")
    needs = OPERATIONS.get(service, {}).get(name)
    if needs is None:
        return ImpliedCalls(unknown=(f"which calls {call.operation} implies is not listed",))
    if needs.not_known:
        return ImpliedCalls(unknown=(needs.not_known,))
    try:
        return ImpliedCalls(calls=tuple(_calls(call, service, needs, environment)))
    except _NotKnown as cause:
        return ImpliedCalls(unknown=(f"{call.operation}: {cause}",))


def _calls(call: Call, service: str, needs: _Needs, environment: Environment) -> Iterator[Implied]:
    asked: set[tuple[str, str]] = set()
    for access in call.accesses:
        actions = needs.source if _is_source(call, access) else needs.target
        if not actions or not needs.only_with.items() <= access.storage.items():
            continue
        for action in actions:
            resource = environment.resource(access.resource)
            if resource is None:
                raise _NotKnown(f"{access.resource} is not in the assembly, so its key is not known")
            found = _KEYS[service](access, resource)
            if found is not None and (action, str(found)) not in asked:
                asked.add((action, str(found)))
                yield _to_kms(call, service, action, *found)


def _is_source(call: Call, access: Access) -> bool:
    """A copy's source is what it reads; its target is what it writes."""
    return call.operation in ("s3:CopyObject", "s3:UploadPartCopy") and access.action.startswith("s3:Get")


def _to_kms(call: Call, service: str, action: str, key: str, encryption_context: Context) -> Implied:
    region = call.context["aws:requestedregion"][0]
    principal = f"{service}.amazonaws.com"
    context = {name: value for name, value in call.context.items() if name not in NOT_PASSED_ON} | {
        "aws:viaawsservice": ("true",),
        # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
        "kms:viaservice": (f"{service}.{region}.amazonaws.com",),
        "kms:calleraccount": (call.caller.account,),
        "kms:encryptioncontextkeys": tuple(sorted(encryption_context)),
        **{f"kms:encryptioncontext:{name.lower()}": value for name, value in encryption_context.items()},
    }
    if service == "dynamodb":
        # The page on FAS gives the key to every such call, the key's own page lists services, and S3 is not
        # among them: for S3 it is not told.
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia
        context |= dict.fromkeys(("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"), (principal,))
    return Implied(service=principal, access=Access(action=f"kms:{action}", resource=key, context=context))


def _key_of_object(access: Access, bucket: Resource) -> tuple[str, Context] | None:
    """The key under which S3 keeps an object, and the encryption context it uses; None without KMS.

    The context is the object's ARN, or with a bucket key the bucket's:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
    """
    rule = _rule(bucket)
    default = rule.get("ServerSideEncryptionByDefault", {})
    algorithm, key = default.get("SSEAlgorithm", "AES256"), default.get("KMSMasterKeyID")
    for header, chosen in access.storage.items():
        expected = {_CHOOSING: algorithm, f"{_CHOOSING}-aws-kms-key-id": key}.get(header)
        if header.startswith(_CHOOSING) and chosen != expected:
            raise _NotKnown(f"the request chooses {header} {chosen!r}, the bucket's setting is {expected!r}")
    if _CHOOSING in access.storage and f"{_CHOOSING}-aws-kms-key-id" not in access.storage:
        # S3 then "uses the AWS managed key (aws/s3)", and not the bucket's.
        raise _NotKnown(f"the request chooses {_CHOOSING} without a key, which is the key aws/s3")
    if algorithm == "AES256":
        return None
    if algorithm != "aws:kms" or not isinstance(key, str) or ":key/" not in key:
        raise _NotKnown(f"{bucket} is encrypted by {algorithm!r} under {key!r}, expected a key's ARN")
    arn = bucket.arn if rule.get("BucketKeyEnabled") is True else access.resource
    return key, {"aws:s3:arn": (arn,)}


def _rule(bucket: Resource) -> Mapping[str, Any]:
    """The one rule of a bucket's default encryption; without any, S3 uses keys of its own."""
    encryption = bucket.properties.get("BucketEncryption")
    if encryption is None:
        return {}
    try:
        (rule,) = encryption["ServerSideEncryptionConfiguration"]
        return dict(rule)
    except (KeyError, TypeError, ValueError) as cause:
        raise _NotKnown(f"{bucket} has no single rule of encryption") from cause


def _key_of_table(access: Access, table: Resource) -> tuple[str, Context] | None:
    """The key of a table, and DynamoDB's encryption context; None when AWS owns the key.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-encryption-context
    """
    settings = table.properties.get("SSESpecification") or {}
    if settings.get("SSEEnabled") in (None, False):
        return None
    key = settings.get("KMSMasterKeyId")
    if not isinstance(key, str) or ":key/" not in key:
        raise _NotKnown(f"{table} is encrypted under {key!r}, expected a key's ARN")
    name = access.resource.partition(":table/")[2].partition("/")[0]
    return key, {"aws:dynamodb:tableName": (name,), "aws:dynamodb:subscriberId": (table.account,)}


_KEYS: Mapping[str, Callable[[Access, Resource], tuple[str, Context] | None]] = {
    "s3": _key_of_object,
    "dynamodb": _key_of_table,
}
