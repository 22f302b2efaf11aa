"""The cryptography: pictures as messages of the AWS Encryption SDK, under keys that only KMS can unwrap.

The format is specified in docs/envelope_format.md. Wraps, which need boto3, are in `envelope.wraps`.
"""

from lambdas.envelope.binding import Part
from lambdas.envelope.errors import CannotOpen, EnvelopeError, KeyRefused, KeyUnavailable, Reason
from lambdas.envelope.keys import DataKey
from lambdas.envelope.layout import FRAME_LENGTH, SEGMENT_LENGTH, Layout, Piece, Span
from lambdas.envelope.opening import Opener, open_message
from lambdas.envelope.sealing import Progress, Sealer, seal

__all__ = [
    "FRAME_LENGTH",
    "SEGMENT_LENGTH",
    "CannotOpen",
    "DataKey",
    "EnvelopeError",
    "KeyRefused",
    "KeyUnavailable",
    "Layout",
    "Opener",
    "Part",
    "Piece",
    "Progress",
    "Reason",
    "Sealer",
    "Span",
    "open_message",
    "seal",
]
