"""Which condition keys the gate can tell: their value, or that the request does not have them.

A key that is in neither list is not known here: a policy that asks for it cannot be decided.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from access.actions import action_info, arn_formats
from access.language.glob import matches
from access.request import Context
from local_cloud.gate.call import Call

# About the connection and the time. "This key is included in the request context only if the requester uses a
# VPC endpoint" (aws:SourceVpc, aws:SourceVpce); the keys of a service that calls for a resource of its own
# (aws:SourceArn, aws:SourceAccount) are in no call that a principal makes.
ALWAYS = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:securetransport",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:viaawsservice",
    }
)
# About a role session. The age of a multi-factor sign-in and a user's name are never there.
OF_SESSIONS = frozenset(
    {
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principaltag/*",
        "aws:principaltype",
        "aws:tokenissuetime",
        "aws:userid",
        "aws:username",
    }
)
# Whoever brings a token, or nothing, is no principal of AWS yet, and has none of these.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
OF_OTHERS = frozenset({"aws:principalaccount", "aws:principalarn", "aws:principaltag/*"})
# aws:CalledVia is "not present when the principal makes the call directly". Whether a service passes
# lambda:SourceFunctionArn on is not documented.
OF_DIRECT_CALLS = frozenset(
    {"aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "lambda:sourcefunctionarn"}
)
# Keys of a service that a request has exactly when the gate gives them.
OF_SERVICES = frozenset(
    {
        "aws:requesttag/*",
        "aws:tagkeys",
        "dynamodb:attributes",
        "dynamodb:enclosingoperation",
        "dynamodb:leadingkeys",
        "kms:calleraccount",
        "kms:encryptioncontext:*",
        "kms:encryptioncontextkeys",
        "kms:viaservice",
        "s3:delimiter",
        "s3:if-match",
        "s3:if-none-match",
        "s3:max-keys",
        "s3:prefix",
        "s3:versionid",
        "s3:x-amz-acl",
        "s3:x-amz-copy-source",
        "s3:x-amz-server-side-encryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "s3:x-amz-server-side-encryption-customer-algorithm",
        "s3:x-amz-storage-class",
        "sts:transitivetagkeys",
    }
)
# Given for whoever reads a record, and not what AWS would give: an address is this machine's, and how AWS
# writes an OIDC provider in aws:FederatedProvider is not documented.
NOT_AS_IN_AWS = frozenset({"aws:federatedprovider", "aws:sourceip", "aws:vpcsourceip"})


def can_tell(key: str, action: str, context: Context, call: Call, *, direct: bool) -> bool:
    """Whether the value, or the absence, of a lower-case condition key is as it would be in AWS.

    `direct` is False for a call that a service makes in its caller's name.
    """
    if key in NOT_AS_IN_AWS:
        return False
    if key in context or _listed(key, ALWAYS | OF_SERVICES):
        return True
    if _listed(key, OF_DIRECT_CALLS):
        return direct
    if key.startswith("aws:"):
        return _listed(key, OF_SESSIONS if call.caller.kind == "session" else OF_OTHERS)
    # Another service's key, or one that AWS does not give to this action, is never there.
    info = action_info(action)
    return bool(info and arn_formats(key.partition(":")[0])) and not (info and info.supports_key(key))


def _listed(key: str, names: frozenset[str]) -> bool:
    return key in names or any(matches(name, key) for name in names if name.endswith("*"))
