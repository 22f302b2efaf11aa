"""Policy statements as the documents that are deployed, written so that they read as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Statement = dict[str, Any]
Conditions = Mapping[str, Mapping[str, Any]]

# The session tag that names the person; KMS, S3 and DynamoDB compare with it, our code does not.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
USER = "${aws:PrincipalTag/user}"

ANYONE = "*"


def allow(
    sid: str,
    *,
    can: str | Sequence[str],
    on: str | Sequence[str] | None = "*",
    to: Any = None,
    where: Conditions | None = None,
) -> Statement:
    """A statement that permits; `to` is left out in identity policies, `on` (None) in trust policies."""
    return _statement(sid, "Allow", can, on, "Resource", to, where)


def deny(
    sid: str,
    *,
    cannot: str | Sequence[str] = "*",
    on: str | Sequence[str] | None = "*",
    to: Any = None,
    where: Conditions | None = None,
) -> Statement:
    """A statement that refuses, whatever else permits."""
    return _statement(sid, "Deny", cannot, on, "Resource", to, where)


def only_over_tls(cannot: str, *, on: str | Sequence[str] | None) -> Statement:
    """Promise ENC-2: whoever does not come over TLS is refused, on the resource's own policy.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
    """
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    return deny("OnlyOverTls", to=ANYONE, cannot=cannot, on=on, where=insecure)


def deny_elsewhere(sid: str, *, than: str | Sequence[str], where: Conditions) -> Statement:
    """A refusal on every resource but these."""
    return _statement(sid, "Deny", "*", than, "NotResource", None, where)


def policy(*statements: Statement) -> dict[str, Any]:
    """A policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def all_of(*conditions: Conditions) -> dict[str, dict[str, Any]]:
    """Conditions joined; a key demanded twice by one operator is a mistake and refused."""
    joined: dict[str, dict[str, Any]] = {}
    for condition in conditions:
        for operator, keys in condition.items():
            block = joined.setdefault(operator, {})
            if twice := block.keys() & keys.keys():
                raise ValueError(f"condition keys {sorted(twice)} appear twice under {operator}")
            block.update(keys)
    return joined


def present(*keys: str) -> dict[str, dict[str, str]]:
    """Demand that the request carries these keys: several operators hold when a key is absent."""
    return {"Null": dict.fromkeys(keys, "false")}


def role_is(*arns: str) -> dict[str, dict[str, Any]]:
    """The caller is one of these roles, or a session of one.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    return {"ArnEquals": {"aws:PrincipalArn": _one_or_many(arns)}}


def role_is_none_of(*arns: str) -> dict[str, dict[str, Any]]:
    """The caller is no role of these; true also for a caller that has no ARN."""
    return {"ArnNotEquals": {"aws:PrincipalArn": _one_or_many(arns)}}


def service(name: str) -> dict[str, str]:
    """An AWS service as principal."""
    return {"Service": f"{name}.amazonaws.com"}


def _statement(
    sid: str,
    effect: str,
    actions: str | Sequence[str],
    resources: str | Sequence[str] | None,
    resource_key: str,
    principal: Any,
    where: Conditions | None,
) -> Statement:
    statement: Statement = {"Sid": sid, "Effect": effect}
    if principal is not None:
        statement["Principal"] = principal
    statement["Action"] = _one_or_many([actions] if isinstance(actions, str) else actions)
    if resources is not None:
        statement[resource_key] = _one_or_many([resources] if isinstance(resources, str) else resources)
    if where:
        statement["Condition"] = {operator: dict(keys) for operator, keys in where.items()}
    return statement


def _one_or_many(values: Iterable[str]) -> Any:
    values = list(values)
    return values[0] if len(values) == 1 else values
