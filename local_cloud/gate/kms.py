"""What a KMS request asks IAM and the key policy for.

Source: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from local_cloud.backend import Backend
from local_cloud.gate.call import Access
from local_cloud.gate.operation import Operation
from local_cloud.gate.refusals import Cause, Refused

KEY_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
CRYPTOGRAPHIC = {"Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt"}
# Calls that need one action on one key, and no condition key that is not given below.
READING = {
    "DescribeKey",
    "GetKeyPolicy",
    "GetKeyRotationStatus",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListResourceTags",
}
UNDERSTOOD = frozenset(CRYPTOGRAPHIC | READING)


def accesses(operation: Operation, backend: Backend) -> tuple[Access, ...]:
    """Return what the operation needs: one access, or two for `ReEncrypt`.

    Raises: Refused for operations that are not understood here, and when the key of a cryptographic one is
    not enabled, which moto does not look at.
    """
    if operation.name not in UNDERSTOOD:
        raise Refused(Cause.NOT_UNDERSTOOD, f"kms {operation.name} is not understood here")
    parameters = operation.parameters
    if operation.name == "ReEncrypt":
        source = _key(parameters.get("SourceKeyId") or _key_of(parameters.get("CiphertextBlob")), backend)
        target = _key(parameters.get("DestinationKeyId"), backend)
        same = {"kms:reencryptonsamekey": (str(source == target).lower(),)}
        return (
            _access(
                "ReEncryptFrom", source, parameters.get("SourceEncryptionContext"), operation, backend, same
            ),
            _access(
                "ReEncryptTo",
                target,
                parameters.get("DestinationEncryptionContext"),
                operation,
                backend,
                same,
            ),
        )
    named = parameters.get("KeyId")
    if named is None and "CiphertextBlob" in parameters:
        named = _key_of(parameters["CiphertextBlob"])
    return (
        _access(
            operation.name, _key(named, backend), parameters.get("EncryptionContext"), operation, backend, {}
        ),
    )


def _access(
    action: str,
    key: str,
    encryption_context: Mapping[str, str] | None,
    operation: Operation,
    backend: Backend,
    more: Mapping[str, tuple[str, ...]],
) -> Access:
    context: dict[str, tuple[str, ...]] = {"kms:calleraccount": (backend.account,), **more}
    if encryption_context:
        context["kms:encryptioncontextkeys"] = tuple(sorted(encryption_context))
        context |= {f"kms:encryptioncontext:{name}": (value,) for name, value in encryption_context.items()}
    if operation.name in CRYPTOGRAPHIC:
        metadata = backend.client("kms").describe_key(KeyId=key)["KeyMetadata"]
        if metadata["KeyState"] != "Enabled":
            raise Refused(Cause.INVALID_STATE, f"{key} is {metadata['KeyState']}")
        context |= {
            "kms:keyspec": (metadata.get("KeySpec", "SYMMETRIC_DEFAULT"),),
            "kms:keyusage": (metadata.get("KeyUsage", "ENCRYPT_DECRYPT"),),
            "kms:keyorigin": (metadata.get("Origin", "AWS_KMS"),),
            "kms:multiregion": (str(metadata.get("MultiRegion", False)).lower(),),
            "kms:encryptionalgorithm": (
                operation.parameters.get("EncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
            ),
        }
    return Access(action=f"kms:{action}", resource=key, context=context)


def _key(named: Any, backend: Backend) -> str:
    """Return the ARN of a key named by id, alias or ARN; an unknown one stays as it was named."""
    if isinstance(named, str) and named:
        try:
            return str(backend.client("kms").describe_key(KeyId=named)["KeyMetadata"]["Arn"])
        except backend.client("kms").exceptions.ClientError:
            pass
    raise Refused(Cause.DENIED, "the key does not exist, or is not of this account")


def _key_of(ciphertext_b64: Any) -> str | None:
    """Read the key's id from the head of a ciphertext, where moto writes it."""
    try:
        head = base64.b64decode(ciphertext_b64, validate=True)[:36].decode("ascii")
    except (TypeError, ValueError, binascii.Error):
        return None
    return head if KEY_ID.fullmatch(head) else None
