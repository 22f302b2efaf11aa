"""Values in the light of each other."""

import pytest

from stacks.settings.checking import Checking
from stacks.settings.relations import RELATIONS

USER = "arn:aws:iam::111111111111:user/"
# What is changed, and how each line begins that says so. `dev`, `stag` and `prod` are written for short.
REFUSED = [
    ({"region": "us-east-1"}, ["prefix_lists.us-east-1: missing"]),
    (
        {"prefix_lists.eu-west-1.dynamodb": "pl-6da54004"},
        ["prefix_lists.eu-west-1.dynamodb: got 'pl-6da54004', expected another one than S3 has"],
    ),
    (
        {"dev.audience": "https://api.soulpicks.example"},
        ["dev.audience: got 'https://api.soulpicks.example'"],
    ),
    ({"dev.audience": "https://api.development.other.example"}, ["dev.audience: got"]),
    ({"stag.audience": "https://api.production.soulpicks.example"}, ["stag.audience: got"]),
    ({"dev.web_origins": ("https://pictures.other.example",)}, ["dev.web_origins: got"]),
    ({"dev.web_origins": ("https://notsoulpicks.example",)}, ["dev.web_origins: got"]),
    (
        {"dev.web_origins": ("https://pictures.production.soulpicks.example",)},
        ["dev.web_origins: got", "prod.web_origins: got"],
    ),
    ({"dev.web_origins": ("https://staging.soulpicks.example",)}, ["dev.web_origins: got"]),
    ({"dev.web_origins": ("https://api.development.soulpicks.example",)}, ["dev.web_origins: got"]),
    (
        {f"{name}.web_origins": ("https://soulpicks.example",) for name in ("dev", "prod")},
        ["prod.web_origins: got 'https://soulpicks.example', which development has too"],
    ),
    ({"dev.issuer": "https://login.production.soulpicks.example/"}, ["dev.issuer: got"]),
    ({"dev.issuer": "https://api.development.soulpicks.example/"}, ["dev.issuer: got"]),
    (
        {"stag.issuer": "https://soulpicks-development.eu.auth0.com/"},
        ["stag.issuer: got 'https://soulpicks-development.eu.auth0.com/', which development has too"],
    ),
    ({"stag.account": "111111111111"}, ["stag.account: got '111111111111', which development has too"]),
    ({"prod.hosted_zone_id": "Z0111111111111111111"}, ["prod.hosted_zone_id: got"]),
    ({"prod.client_ids": ("StagingWebApp0123456789012345678",)}, ["prod.client_ids: got"]),
    (
        {"prod.protected_environment": "Staging"},
        ["prod.protected_environment: got 'Staging', which staging has too"],
    ),
    (
        {"prod.restorers": (f"{USER}alice",)},
        [f"prod.restorers: got '{USER}alice', expected a user who is not"],
    ),
    (
        {"dev.bootstrap_administrator": "cdk-soulpicks-deploy-role"},
        ["dev.bootstrap_administrator: got 'cdk-soulpicks-deploy-role', expected a role that people take"],
    ),
    (
        {"dev.bootstrap_administrator": "aws-service-role/x.amazonaws.com/AWSServiceRoleForX"},
        ["dev.bootstrap_administrator: got"],
    ),
]
SHORT = {"dev.": "development.", "stag.": "staging.", "prod.": "production."}


def in_full(key):
    for short, name in SHORT.items():
        if key.startswith(short):
            return f"environments.{name}{key.removeprefix(short)}"
    return key


CASES = [
    ({in_full(key): value for key, value in changes.items()}, list(map(in_full, lines)))
    for changes, lines in REFUSED
]


@pytest.mark.parametrize(("changes", "expected"), CASES, ids=lambda value: str(value)[:60])
def test_values_that_do_not_go_together_are_refused_by_name(said, changes, expected):
    lines = said(changes)
    assert len(lines) == len(expected), lines
    assert all(line.startswith(begin) for line, begin in zip(lines, expected, strict=True)), lines


def test_every_relation_refuses_something(changed):
    """A relation that no case breaks would be a check that cannot fail."""

    def broken_by(changes):
        sound = Checking(changed(changes)).sound
        return {relation for relation in RELATIONS if list(relation(sound))}

    cases = [*(changes for changes, _ in CASES), {"domain": f"{'a' * 43}.example"}]
    assert set().union(*map(broken_by, cases)) == set(RELATIONS)
    assert broken_by({}) == set()


def of_domain(domain):
    changes = {"domain": domain}
    for name in ("development", "staging", "production"):
        changes[f"environments.{name}.audience"] = f"https://api.{name}.{domain}"
        changes[f"environments.{name}.web_origins"] = ()
    return changes


def test_a_domain_fits_a_certificate_under_every_name_that_is_derived_from_it(said):
    # api.development.<domain> is the longest: 16 characters and the domain.
    assert said(of_domain(f"{'a' * 40}.example")) == []
    (line,) = said(of_domain(f"{'a' * 41}.example"))
    assert line.startswith("domain: got 'aaa")
    assert "expected at most 48 characters, so that api.development.<domain>" in line


def test_a_bad_value_is_not_blamed_a_second_time_for_what_it_would_be_compared_with(said):
    accounts = [f"environments.{name}.account" for name in ("development", "staging")]
    lines = said({"domain": "soulpicks", **dict.fromkeys(accounts, "1")})
    assert [line.partition(":")[0] for line in lines] == ["domain", *accounts]
