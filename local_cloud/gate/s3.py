"""What an S3 request asks IAM for.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from urllib.parse import unquote

from local_cloud.gate.call import Access
from local_cloud.gate.operation import Operation
from local_cloud.gate.refusals import Cause, Refused
from local_cloud.gate.wire import WireRequest

# Operations and the actions they need on the object; an operation in neither table is refused.
OBJECT_ACTIONS = {
    "GetObject": ("GetObject",),
    "HeadObject": ("GetObject",),
    "GetObjectAttributes": ("GetObject", "GetObjectAttributes"),
    "PutObject": ("PutObject",),
    "CopyObject": ("PutObject",),
    "DeleteObject": ("DeleteObject",),
    "CreateMultipartUpload": ("PutObject",),
    "UploadPart": ("PutObject",),
    "UploadPartCopy": ("PutObject",),
    "CompleteMultipartUpload": ("PutObject",),
    "AbortMultipartUpload": ("AbortMultipartUpload",),
    "ListParts": ("ListMultipartUploadParts",),
    "GetObjectAcl": ("GetObjectAcl",),
    "PutObjectAcl": ("PutObjectAcl",),
    "GetObjectTagging": ("GetObjectTagging",),
    "PutObjectTagging": ("PutObjectTagging",),
    "DeleteObjectTagging": ("DeleteObjectTagging",),
}
BUCKET_ACTIONS = {
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "GetBucketLocation": "GetBucketLocation",
    "GetBucketPolicy": "GetBucketPolicy",
    "PutBucketPolicy": "PutBucketPolicy",
    "DeleteBucketPolicy": "DeleteBucketPolicy",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketVersioning": "GetBucketVersioning",
    "PutBucketVersioning": "PutBucketVersioning",
}
UNDERSTOOD = frozenset(OBJECT_ACTIONS.keys() | BUCKET_ACTIONS.keys())
# Naming a version is an action of its own.
VERSIONED = {
    "GetObject",
    "DeleteObject",
    "GetObjectAcl",
    "PutObjectAcl",
    "GetObjectTagging",
    "GetObjectAttributes",
}
# A header that sets more than the object's content needs a further permission.
HEADER_ACTIONS = {"x-amz-acl": "PutObjectAcl", "x-amz-tagging": "PutObjectTagging"}
CONTEXT_HEADERS = (
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "if-none-match",
    "if-match",
)
# What a request says about the encryption of an object; never a key that the caller brings.
STORAGE_HEADERS = (
    "x-amz-checksum-mode",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-context",
    "x-amz-server-side-encryption-customer-algorithm",
)
CONTEXT_PARAMETERS = {"Prefix": "s3:prefix", "Delimiter": "s3:delimiter", "MaxKeys": "s3:max-keys"}


def accesses(
    operation: Operation, request: WireRequest, *, account: str, tls_version: str
) -> tuple[Access, ...]:
    """Return what the operation needs; raises Refused for operations that are not understood here."""
    context = {
        "s3:authtype": ("REST-HEADER",),
        "s3:signatureversion": ("AWS4-HMAC-SHA256",),
        "s3:tlsversion": (tls_version,),
        "s3:resourceaccount": (account,),
    }
    context |= {f"s3:{name}": (request.headers[name],) for name in CONTEXT_HEADERS if name in request.headers}
    context |= {
        key: (operation.parameters[name],)
        for name, key in CONTEXT_PARAMETERS.items()
        if name in operation.parameters
    }
    bucket = f"arn:aws:s3:::{operation.parameters.get('Bucket', '')}"
    if operation.name in BUCKET_ACTIONS:
        return (Access(action=f"s3:{BUCKET_ACTIONS[operation.name]}", resource=bucket, context=context),)
    if operation.name not in OBJECT_ACTIONS:
        raise Refused(Cause.NOT_UNDERSTOOD, f"s3 {operation.name} is not understood here")
    actions = list(OBJECT_ACTIONS[operation.name])
    if "VersionId" in operation.parameters:
        context["s3:versionid"] = (operation.parameters["VersionId"],)
        actions = [f"{action}Version" if action in VERSIONED else action for action in actions]
    actions += [
        action for name, action in HEADER_ACTIONS.items() if name in request.headers and action not in actions
    ]
    target = f"{bucket}/{operation.parameters['Key']}"
    storage = {name: request.headers[name] for name in STORAGE_HEADERS if name in request.headers}
    needed = [
        Access(action=f"s3:{action}", resource=target, context=context, storage=storage) for action in actions
    ]
    source = operation.parameters.get("CopySource")
    if source is not None:
        path, _, version = unquote(source).removeprefix("/").partition("?versionId=")
        action = "s3:GetObjectVersion" if version else "s3:GetObject"
        needed.append(Access(action=action, resource=f"arn:aws:s3:::{path}", context=context))
    return tuple(needed)
