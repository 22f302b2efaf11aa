"""ENC-5: every picture has its own key."""

from collections import Counter
from collections.abc import Iterator

from compliance_tests.checks.access_model import access_of
from compliance_tests.checks.fails_closed import fails_closed
from compliance_tests.checks.picture_key import picture_key, uses
from compliance_tests.checks.picture_service import PictureService
from compliance_tests.running import Flow
from policies.assembly import Assembly
from policies.finding import Finding
from policies.verdict import HOLDS, broken, cannot_tell, holds_unless

# Whoever may call these could wrap one key twice, or a key that KMS did not draw.
_OTHER_WAYS_TO_MAKE_A_WRAP = (
    "kms:Encrypt",
    "kms:GenerateDataKeyPair",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:GenerateDataKeyWithoutPlaintext",
)


# ReEncrypt makes a wrap out of another; a grant could let somebody do any of these, unseen by any policy.
_NOBODY_MAY = (*_OTHER_WAYS_TO_MAKE_A_WRAP, "kms:CreateGrant", "kms:ReEncryptFrom", "kms:ReEncryptTo")


@fails_closed
def check(assembly: Assembly) -> tuple[Finding, ...]:
    """Under the picture key nothing but GenerateDataKey makes a wrap: no statement, and no request."""
    return (*_no_statement(assembly), *_no_request(assembly))


def _no_request(assembly: Assembly) -> Iterator[Finding]:
    """Of everybody, the root user and services included."""
    access = access_of(assembly)
    service = PictureService.of(access)
    key = service.picture_key
    yield access.somebody("nobody-wraps-otherwise", service.sessions, key, can="kms:GenerateDataKey")
    yield from access.nobody("nobody-wraps-otherwise", access.everyone, key, can=_NOBODY_MAY)


def _no_statement(assembly: Assembly) -> tuple[Finding, ...]:
    """Not even where another policy would still refuse it."""
    key = picture_key(assembly)
    statements = list(uses(assembly, key))
    makers = [s for _, s in statements if s.covers("kms:GenerateDataKey")]
    if not makers:
        return (Finding("one-way-to-a-wrap", key.place, cannot_tell("nobody may make a wrap at all")),)
    return tuple(
        Finding(
            "one-way-to-a-wrap",
            resource.place,
            holds_unless(
                f"{statement.name} allows {action}"
                for action in _OTHER_WAYS_TO_MAKE_A_WRAP
                if statement.covers(action)
            ),
        )
        for resource, statement in statements
    )


def check_run(flow: Flow) -> tuple[Finding, ...]:
    """As many pictures as new data keys, all different, and none sealed more than one picture."""
    return tuple(_run(flow))


def _run(flow: Flow) -> Iterator[Finding]:
    drawn = list(flow.data_keys)
    if len(flow.pictures) < 2 or not drawn:
        yield Finding(
            "own-key", flow.name, cannot_tell(f"{len(flow.pictures)} pictures, {len(drawn)} keys seen")
        )
        return
    if len(drawn) != len(flow.pictures):
        found = f"{len(flow.pictures)} pictures were uploaded and {len(drawn)} data keys drawn"
        yield Finding("own-key", flow.name, broken(found))
    repeated = [key for key, times in Counter(drawn).items() if times > 1]
    yield Finding("own-key", flow.name, broken("a data key was drawn twice") if repeated else HOLDS)
    for picture in flow.pictures:
        sealed_by = [key for key in set(drawn) if picture.opens_with(key)]
        found = f"{len(sealed_by)} of the data keys open it, expected one"
        yield Finding("own-key", picture.id, HOLDS if len(sealed_by) == 1 else broken(found))
    for key in set(drawn):
        opened = [picture.id for picture in flow.pictures if picture.opens_with(key)]
        if len(opened) > 1:
            yield Finding("own-key", flow.name, broken(f"one data key seals {len(opened)} pictures"))
