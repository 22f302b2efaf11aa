"""Whether a role's trust lets a web identity in: the part of the condition language that such a trust needs.

Whatever is not understood here refuses: an unknown operator, key or element never lets anybody in.
"""

import fnmatch
import re
from collections.abc import Callable, Mapping
from typing import Any

Keys = Mapping[str, tuple[str, ...]]

ASSUME, TAG = "sts:AssumeRoleWithWebIdentity", "sts:TagSession"
AUTHORIZED_BY_IDP = "sts:roleauthorizedbyidp"
ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Condition"}


class NotUnderstood(Exception):
    """A trust policy says something that cannot be evaluated here."""


def admits(trust: Mapping[str, Any], *, provider_arn: str, keys: Keys) -> bool:
    """Whether `trust` lets a token of this provider take the role, with tags when the token carries some.

    Raises: NotUnderstood when the answer hangs on something that is not understood.
    """
    if not _allowed(trust, ASSUME, provider_arn, keys):
        return False
    if not any(key.startswith("aws:requesttag/") for key in keys):
        return True
    # AWS lists this key for the first action alone; a trust that asks for it here must not work by chance.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_sts.html
    of_tags = {key: values for key, values in keys.items() if key != AUTHORIZED_BY_IDP}
    return _allowed(trust, TAG, provider_arn, of_tags)


def _allowed(trust: Mapping[str, Any], action: str, provider_arn: str, keys: Keys) -> bool:
    effects = {
        statement["Effect"]
        for statement in _listed(trust.get("Statement"))
        if _applies(statement, action, provider_arn, keys)
    }
    return effects == {"Allow"}


def _applies(statement: Mapping[str, Any], action: str, provider_arn: str, keys: Keys) -> bool:
    unknown = set(statement) - ELEMENTS
    if unknown:
        raise NotUnderstood(f"element {', '.join(sorted(unknown))}")
    actions = (str(name).lower() for name in _listed(statement.get("Action")))
    if not any(fnmatch.fnmatchcase(action.lower(), pattern) for pattern in actions):
        return False
    if not _names(statement.get("Principal"), provider_arn):
        return False
    return all(
        _holds(operator, key, _listed(wanted), keys)
        for operator, tests in statement.get("Condition", {}).items()
        for key, wanted in tests.items()
    )


def _names(principal: Any, provider_arn: str) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        raise NotUnderstood("principal")
    return any(name in ("*", provider_arn) for name in _listed(principal.get("Federated")))


def _holds(operator: str, key: str, wanted: list[Any], keys: Keys) -> bool:
    values = keys.get(key.lower())
    if operator == "Null":
        return [str(each).lower() for each in wanted] == [str(values is None).lower()]
    quantifier, _, name = operator.rpartition(":")
    if_exists = name.endswith("IfExists")
    test = OPERATORS.get(name.removesuffix("IfExists"))
    if test is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise NotUnderstood(f"operator {operator}")
    if any("${" in str(each) for each in wanted):
        raise NotUnderstood(f"a policy variable in {key}")
    if values is None:
        # A negated operator also holds for a key that is absent; so does ForAllValues.
        return if_exists or quantifier == "ForAllValues" or name.startswith("StringNot")
    matches = [test(value, [str(each) for each in wanted]) for value in values]
    return any(matches) if quantifier == "ForAnyValue" else all(matches)


def _like(value: str, wanted: list[str]) -> bool:
    patterns = (re.escape(each).replace(r"\*", ".*").replace(r"\?", ".") for each in wanted)
    return any(re.fullmatch(pattern, value, re.DOTALL) for pattern in patterns)


OPERATORS: Mapping[str, Callable[[str, list[str]], bool]] = {
    "StringEquals": lambda value, wanted: value in wanted,
    "StringNotEquals": lambda value, wanted: value not in wanted,
    "StringLike": _like,
    "StringNotLike": lambda value, wanted: not _like(value, wanted),
    "Bool": lambda value, wanted: value.lower() in [each.lower() for each in wanted],
}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
