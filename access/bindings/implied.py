"""Principals that no template makes: root, strangers, nobody, and whom policies name."""

from collections.abc import Iterable, Iterator

from access.environment import Principal, Resource
from access.language.policy import Policy, parse_policy
from access.place import Place

_EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def implied_principals(
    accounts: Iterable[str], made: Iterable[Principal], resources: Iterable[Resource], partition: str
) -> Iterator[Principal]:
    """Everyone else who can try.

    Root users, other principals of an account and other accounts' principals are given every permission by
    identity: for root that is so, of the others nothing is known.
    """
    accounts, made = tuple(accounts), tuple(made)
    everything = _everything()
    for account in accounts:
        prefix = f"arn:{partition}:iam::{account}"
        yield Principal(
            kind="root", arn=f"{prefix}:root", account=account, name=f"root of {account}", identity=everything
        )
        yield Principal(
            kind="other_principal_of_account", arn=f"{prefix}:role/another-principal", account=account,
            name=f"another principal of {account}", identity=everything,
        )  # fmt: skip
    foreign = next(f"{digit * 12}" for digit in "9876543" if digit * 12 not in accounts)
    yield Principal(
        kind="foreign_account", arn=f"arn:{partition}:iam::{foreign}:role/stranger", account=foreign,
        name="any foreign account", identity=everything,
    )  # fmt: skip
    yield Principal(kind="anonymous", arn="", name="anonymous")
    yield from _named(accounts, made, resources, partition, everything)


def _named(
    accounts: tuple[str, ...],
    made: tuple[Principal, ...],
    resources: Iterable[Resource],
    partition: str,
    everything: tuple[Policy, ...],
) -> Iterator[Principal]:
    """Services, identity providers and other accounts that a trust or resource policy names."""
    known = {principal.arn for principal in made}
    policies = [p.trust for p in made if p.trust] + [r.policy for r in resources if r.policy]
    named = {
        (pattern.type, pattern.value)
        for policy in policies
        for statement in policy.statements
        if statement.principals is not None and not statement.principals.negated
        for pattern in statement.principals.patterns
        if pattern.value != "*"
    }
    for kind, value in sorted(named):
        if kind == "Service":
            yield Principal(kind="service", arn=value, name=value)
        elif kind == "Federated":
            account = value.split(":")[4] if value.count(":") >= 5 else ""
            yield Principal(kind="federated", arn=value, account=account, name=value)
        elif kind == "AWS":
            arn = value if value.startswith("arn:") else f"arn:{partition}:iam::{value}:root"
            account = arn.split(":")[4] if arn.count(":") >= 5 else ""
            if arn in known or (account in accounts and arn.endswith(":root")) or not account.isdigit():
                continue
            if arn.endswith(":root"):
                arn = f"arn:{partition}:iam::{account}:role/another-principal"
            inside = account in accounts
            yield Principal(
                kind="other_principal_of_account" if inside else "foreign_account", arn=arn, account=account,
                name=arn, identity=everything,
            )  # fmt: skip


def _everything() -> tuple[Policy, ...]:
    return (parse_policy(_EVERYTHING, place=Place(), kind="identity", name="every permission (implied)"),)
