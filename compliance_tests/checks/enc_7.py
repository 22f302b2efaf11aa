"""ENC-7: picture keys are stored only encrypted under the master key."""

import base64
from collections.abc import Iterator

from compliance_tests.checks.by_rules import by_rules
from compliance_tests.checks.fails_closed import fails_closed
from compliance_tests.checks.picture_key import picture_key, uses
from compliance_tests.running import Flow
from policies.assembly import Assembly
from policies.finding import Finding
from policies.statement import Statement
from policies.verdict import cannot_tell, holds_unless

CONTEXT = ("owner", "picture", "reader")

# A window of this size that turns up in a store cannot be there by chance (2^-256).
_WINDOW_BYTES = 32
_WINDOWS = 16


@fails_closed
def check(assembly: Assembly) -> tuple[Finding, ...]:
    """Every use of a key needs a context; the picture key's needs picture, owner and reader."""
    return (*by_rules(assembly, "SP_KMS_5", needs=("AWS::KMS::Key",)), *_context_is_whole(assembly))


def _context_is_whole(assembly: Assembly) -> Iterator[Finding]:
    key = picture_key(assembly)
    statements = list(uses(assembly, key))
    if not statements:
        yield Finding("whole-context", key.place, cannot_tell("nobody may use the picture key at all"))
    for resource, statement in statements:
        yield Finding("whole-context", resource.place, holds_unless(_missing(statement)))


def _missing(statement: Statement) -> Iterator[str]:
    for name in CONTEXT:
        if statement.condition("Null", f"kms:EncryptionContext:{name}") != ("false",):
            yield f"{statement.name} does not demand {name} in the encryption context"


def check_run(flow: Flow) -> tuple[Finding, ...]:
    """No stored byte anywhere holds a data key or a piece of a picture, in any usual spelling."""
    keys = set(flow.data_keys)
    if not keys or not flow.pictures:
        return (Finding("sealed-only", flow.name, cannot_tell("the run drew no key or stored no picture")),)
    secrets = [(f"data key {n}", key) for n, key in enumerate(sorted(keys))]
    secrets += [(f"picture {p.id}", window) for p in flow.pictures for window in _windows(p.content)]
    needles = [(what, spelled) for what, secret in secrets for spelled in _spellings(secret)]
    findings: list[Finding] = []
    for place, stored in flow.stored:
        found = sorted({what for what, spelled in needles if spelled in stored})
        findings.append(
            Finding("sealed-only", place, holds_unless(f"holds {what} in the clear" for what in found))
        )
    for kind in ("s3://", "dynamodb://", "logs://"):
        if not any(place.startswith(kind) for place, _ in flow.stored):
            findings.append(Finding("sealed-only", kind, cannot_tell("the run stored nothing there")))
    return tuple(findings)


def _windows(content: bytes) -> list[bytes]:
    """Pieces spread over a picture, first and last included."""
    last = max(len(content) - _WINDOW_BYTES, 0)
    return [
        content[at : at + _WINDOW_BYTES]
        for at in sorted({last * n // (_WINDOWS - 1) for n in range(_WINDOWS)})
    ]


def _spellings(secret: bytes) -> set[bytes]:
    """The bytes themselves, hexadecimal in both cases, and every alignment of both alphabets of base64."""
    spellings = {secret, secret.hex().encode(), secret.hex().upper().encode(), repr(secret)[2:-1].encode()}
    for shift in range(3):
        # Whole groups only: what stands before or after in a store changes the first and last characters.
        whole = secret[(3 - shift) % 3 :]
        whole = whole[: len(whole) // 3 * 3]
        spellings |= {base64.b64encode(whole), base64.urlsafe_b64encode(whole)}
    return spellings
