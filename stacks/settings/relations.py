"""What settings must be in the light of each other; only sound values get here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from stacks.settings.checking import Sound
from stacks.settings.fields import ENVIRONMENTS
from stacks.settings.host_names import is_within
from stacks.settings.problems import Problem, shown, wrong

Relation = Callable[[Sound], Iterator[Problem]]

# "The length of the domain name (technically, the Common Name) that you provide cannot exceed 64 octets."
# https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
LONGEST_CERTIFICATE_NAME = 64

# Roles that the stacks and the bootstrap make. None of them may restore: each has a task of its own.
OUR_ROLES = ("soulpicks-", "cdk-soulpicks-", "Soulpicks-")


def api_host(environment: str, domain: str) -> str:
    """The name under which the API of an environment is reached."""
    return f"api.{environment}.{domain}"


def lists_of_the_region(sound: Sound) -> Iterator[Problem]:
    """The region has prefix lists of its own, and its two services have different ones.

    The ids differ from region to region, and one id can mean S3 in one and DynamoDB in another.
    """
    region = sound.values.get("region")
    if region and region not in sound.prefix_lists:
        yield Problem(
            key=f"prefix_lists.{region}", found="missing", expected="the prefix lists of the region you chose"
        )
    for name, lists in sound.prefix_lists.items():
        if "s3" in lists and lists["s3"] == lists.get("dynamodb"):
            yield wrong(
                f"prefix_lists.{name}.dynamodb", lists["dynamodb"], "another one than S3 has in that region"
            )


def names_that_a_certificate_can_hold(sound: Sound) -> Iterator[Problem]:
    """The API's longest name fits into a certificate."""
    domain = sound.values.get("domain", "")
    longest = max((api_host(name, domain) for name in ENVIRONMENTS), key=len)
    spare = LONGEST_CERTIFICATE_NAME - len(longest)
    if domain and spare < 0:
        yield wrong(
            "domain",
            domain,
            f"at most {len(domain) + spare} characters, so that {longest.removesuffix(domain)}<domain> has "
            f"at most {LONGEST_CERTIFICATE_NAME}, the most that a certificate's first name may have",
        )


def audience_is_the_api(sound: Sound) -> Iterator[Problem]:
    """Tokens are for the API of their own environment, under the name that it has."""
    domain = sound.values.get("domain", "")
    for name, values in sound.environments.items() if domain else ():
        expected = f"https://{api_host(name, domain)}"
        if values.get("audience", expected) != expected:
            yield wrong(f"environments.{name}.audience", values["audience"], f"{expected}, where the API is")


def origins_are_ours(sound: Sound) -> Iterator[Problem]:
    """A page that may call the API stands on our domain, in no other environment, and is not the API."""
    domain = sound.values.get("domain", "")
    for name, values in sound.environments.items() if domain else ():
        for origin in values.get("web_origins", ()):
            host = origin.removeprefix("https://")
            if not is_within(host, domain) or _belongs_to_another(host, name, domain):
                yield wrong(
                    f"environments.{name}.web_origins",
                    origin,
                    f"{domain} or below it, in no other environment",
                )
            elif host == api_host(name, domain):
                yield wrong(f"environments.{name}.web_origins", origin, "a page, not the API's own address")


def issuers_are_apart(sound: Sound) -> Iterator[Problem]:
    """The identity provider is not the API, and does not stand in another environment."""
    domain = sound.values.get("domain", "")
    for name, values in sound.environments.items() if domain else ():
        issuer = values.get("issuer", "")
        host = issuer.removeprefix("https://").rstrip("/")
        if host == api_host(name, domain) or _belongs_to_another(host, name, domain):
            yield wrong(
                f"environments.{name}.issuer", issuer, "neither the API's host nor one of another environment"
            )


def restorers_are_people(sound: Sound) -> Iterator[Problem]:
    """Who may restore comes from the environment's own account or from one that runs no environment."""
    accounts = {values["account"]: name for name, values in sound.environments.items() if "account" in values}
    for name, values in sound.environments.items():
        for restorer in values.get("restorers", ()):
            account = restorer.split(":")[4]
            if accounts.get(account, name) != name:
                yield wrong(
                    f"environments.{name}.restorers",
                    restorer,
                    f"a user who is not in the account of {accounts[account]}",
                )


def administrators_are_people(sound: Sound) -> Iterator[Problem]:
    """Who deploys the bootstrap is there before it, and is no role that it or a service of AWS makes."""
    for name, values in sound.environments.items():
        role = values.get("bootstrap_administrator", "")
        if role.rpartition("/")[2].startswith(OUR_ROLES) or role.startswith("aws-service-role/"):
            yield wrong(f"environments.{name}.bootstrap_administrator", role, "a role that people take")


def nothing_is_shared(sound: Sound) -> Iterator[Problem]:
    """Production shares nothing: a value used twice would join two environments.

    Audiences are apart already, since each is the address of its own environment's API.
    """
    for key in ("account", "hosted_zone_id", "issuer", "protected_environment"):
        yield from _distinct(sound, key, lambda value: [value])
    for key in ("client_ids", "web_origins"):
        yield from _distinct(sound, key, list)


RELATIONS: tuple[Relation, ...] = (
    lists_of_the_region,
    names_that_a_certificate_can_hold,
    audience_is_the_api,
    origins_are_ours,
    issuers_are_apart,
    restorers_are_people,
    administrators_are_people,
    nothing_is_shared,
)


def _belongs_to_another(host: str, environment: str, domain: str) -> bool:
    return any(is_within(host, f"{other}.{domain}") for other in ENVIRONMENTS if other != environment)


def _distinct(sound: Sound, key: str, parts: Callable[[Any], list[str]]) -> Iterator[Problem]:
    # Compared without case: GitHub's environments are the same whatever their case
    # (https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments),
    # and of the others no two that differ only in case are meant.
    first: dict[str, str] = {}
    for name, values in sound.environments.items():
        for part in parts(values[key]) if key in values else ():
            other = first.setdefault(part.casefold(), name)
            if other != name:
                yield Problem(
                    key=f"environments.{name}.{key}",
                    found=f"got {shown(part)}, which {other} has too",
                    expected="a different one in each environment",
                )
