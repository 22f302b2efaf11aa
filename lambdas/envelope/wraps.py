"""Wraps: a picture's data key as KMS keeps it for one reader.

KMS, not this code, decides who may open one: its key policy speaks of the encryption context.
Source: docs/envelope_format.md, "Wraps";
https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.envelope.errors import KeyRefused, KeyUnavailable
from lambdas.envelope.keys import DataKey

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

# https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html: "Length Constraints"
MAX_WRAP_LENGTH = 6144

# What KMS answers to a session that may not, or to a wrap that is not the one it was said to be: made for
# another reader or picture, or by another key. Everything else is an outage or our own fault, and is
# worth another attempt rather than "no such picture".
REFUSALS = frozenset({"AccessDeniedException", "InvalidCiphertextException", "IncorrectKeyException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapContext:
    """Which picture's key, made by whom, for whom: KMS binds a wrap to all three."""

    picture: str
    owner: str
    reader: str

    def as_encryption_context(self) -> dict[str, str]:
        """The words KMS authenticates and its policies speak of."""
        return {"picture": self.picture, "owner": self.owner, "reader": self.reader}


def new_data_key(kms: "KMSClient", *, key_arn: str, context: WrapContext) -> tuple[DataKey, bytes]:
    """Have KMS make a picture's data key; give it with its wrap.

    Raises: KeyRefused, KeyUnavailable.
    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
    """
    with _typed_errors():
        made = kms.generate_data_key(
            KeyId=key_arn, KeySpec="AES_256", EncryptionContext=context.as_encryption_context()
        )
    return DataKey(made["Plaintext"]), made["CiphertextBlob"]


def unwrap(kms: "KMSClient", wrap: bytes, *, key_arn: str, context: WrapContext) -> DataKey:
    """Have KMS open a wrap, which it does only for the reader it was made for.

    The key is named although the wrap names it too: otherwise KMS would open a wrap under whichever key
    an attacker chose to make it with.
    Raises: KeyRefused, KeyUnavailable.
    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
    """
    if not 1 <= len(wrap) <= MAX_WRAP_LENGTH:
        raise KeyRefused(f"a wrap has 1 to {MAX_WRAP_LENGTH} bytes, got {len(wrap)}")
    with _typed_errors():
        opened = kms.decrypt(
            KeyId=key_arn,
            CiphertextBlob=wrap,
            EncryptionContext=context.as_encryption_context(),
            EncryptionAlgorithm="SYMMETRIC_DEFAULT",
        )
    return DataKey(opened["Plaintext"])


@contextmanager
def _typed_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        if code in REFUSALS:
            raise KeyRefused(f"KMS refused: {code}") from error
        raise KeyUnavailable(f"KMS failed: {code}") from error
    except BotoCoreError as error:
        raise KeyUnavailable(f"KMS did not answer: {type(error).__name__}") from error
