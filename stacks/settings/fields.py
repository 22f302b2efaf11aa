"""What each setting must be by itself, whatever the others are."""

from __future__ import annotations

from collections.abc import Mapping

from policies.rules.sp_kms_2_rotation_within_a_year import LONGEST_DAYS as LONGEST_ROTATION_DAYS
from policies.rules.sp_kms_2_rotation_within_a_year import SHORTEST_DAYS as SHORTEST_ROTATION_DAYS
from policies.rules.sp_lambda_3_supported_runtime import SUPPORTED
from policies.rules.sp_logs_2_retention import LONGEST_DAYS as LONGEST_RETENTION_DAYS
from stacks.settings.host_names import can_be_ours, is_host_name
from stacks.settings.regions import REGIONS
from stacks.settings.rule import Rule, one_of, several, text, whole_number

ENVIRONMENTS = ("development", "staging", "production")

# The retention periods CloudWatch Logs knows, from one month up to the longest that rule SP_LOGS_2 allows.
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = tuple(
    days
    for days in (30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
    if days <= LONGEST_RETENTION_DAYS
)


def _is_address_of_a_host(value: str) -> bool:
    # What has a port, a path or a user is no host name, so one test refuses all three.
    return value.startswith("https://") and is_host_name(value.removeprefix("https://"))


def _is_issuer(value: str) -> bool:
    return value.endswith("/") and _is_address_of_a_host(value[:-1])


def _is_mail_address(value: str) -> bool:
    local, at, host = value.rpartition("@")
    # RFC 5321, 4.5.3.1: 64 characters before the @, 254 in all.
    return bool(at) and len(local) <= 64 and len(value) <= 254 and ".." not in local and is_host_name(host)


def _is_user(value: str) -> bool:
    return _is_path_and_name(value.partition(":user/")[2])


def _is_path_and_name(value: str) -> bool:
    # 64 characters for the name, 512 for the path.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    path, _, name = value.rpartition("/")
    return len(name) <= 64 and len(path) <= 510 and "//" not in value


_ORIGIN = text(
    "an https address of a host, in lower case and without a slash at its end", _is_address_of_a_host
)
_PREFIX_LIST = text("a prefix list id such as pl-6da54004", r"pl-(?:[0-9a-f]{8}|[0-9a-f]{17})")

PREFIX_LIST_FIELDS: Mapping[str, Rule] = {"s3": _PREFIX_LIST, "dynamodb": _PREFIX_LIST}

ENVIRONMENT_FIELDS: Mapping[str, Rule] = {
    "account": text(
        "an AWS account id, 12 digits in quotes and not all 0", r"[0-9]{12}", lambda account: int(account) > 0
    ),
    "hosted_zone_id": text("a Route 53 hosted zone id such as Z0111111111111111111", r"Z[0-9A-Z]{9,31}"),
    # Auth0 writes the issuer with a slash at its end, and tokens are compared with it letter by letter.
    "issuer": text(
        "an https address of a host, in lower case, without a port or a path, ending in /", _is_issuer
    ),
    "client_ids": several(1, 10, text("a client id of 1 to 64 letters and digits", "[A-Za-z0-9]{1,64}")),
    "audience": _ORIGIN,
    "web_origins": several(0, 10, _ORIGIN),
    "alarm_addresses": several(
        1,
        10,
        text("an e-mail address", r"[A-Za-z0-9_%+-][A-Za-z0-9._%+-]*(?<!\.)@.+", _is_mail_address),
    ),
    "restorers": several(
        0,
        10,
        text(
            "the ARN of a person's user, arn:aws:iam::<account>:user/<path and name>",
            r"arn:aws:iam::(?!0{12})[0-9]{12}:user/[A-Za-z0-9_+=,.@/-]*[A-Za-z0-9_+=,.@-]",
            _is_user,
        ),
    ),
    # 255 characters at most; a colon would end it early in the subject of GitHub's tokens.
    # https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments
    "protected_environment": text(
        "the name of a GitHub environment, of 1 to 255 letters, digits, '_' and '-'", r"[A-Za-z0-9_-]{1,255}"
    ),
    # Without the account, so that it is a role of the environment's own.
    "bootstrap_administrator": text(
        "the path and name of a role in the account such as OrganizationAccountAccessRole",
        r"[A-Za-z0-9_+=,.@-][A-Za-z0-9_+=,.@/-]*(?<!/)",
        _is_path_and_name,
    ),
}

# GitHub numbers owners and repositories from 1.
_GITHUB_ID = text("GitHub's number for it, in quotes", r"[1-9][0-9]{0,18}")
DELIVERY_FIELDS: Mapping[str, Rule] = {
    # Not documented; GitHub's sign-up page says so. What an enterprise manages ends in `_` and a code.
    "owner": text(
        "a GitHub account of 1 to 39 letters, digits and single hyphens, none at either end",
        r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}(?:_[A-Za-z0-9]+)?",
        lambda owner: len(owner) <= 39,
    ),
    "owner_id": _GITHUB_ID,
    "repository": text(
        "a GitHub repository without its owner, of 1 to 100 letters, digits, '.', '_' and '-'",
        r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}",
        lambda repository: not repository.lower().endswith((".git", ".wiki")),
    ),
    "repository_id": _GITHUB_ID,
    # https://git-scm.com/docs/git-check-ref-format
    "branch": text(
        "the name of a branch such as main, without a wildcard and without refs/heads/",
        r"(?![./-])(?!refs/)[A-Za-z0-9._/-]{1,255}(?<![./])",
        lambda branch: not any(wrong in f"{branch}/" for wrong in ("..", "//", "/.", ".lock/")),
        lambda branch: branch != "HEAD",
    ),
    "workflow": text(
        "a path such as .github/workflows/deploy.yml",
        r"\.github/workflows/[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}\.ya?ml",
    ),
}

SETTINGS_FIELDS: Mapping[str, Rule] = {
    "region": one_of(
        REGIONS, "a commercial AWS region listed in stacks/settings/regions.py such as eu-west-1"
    ),
    "domain": text(
        "a domain name in lower case that your company can own, such as soulpicks.example",
        is_host_name,
        can_be_ours,
    ),
    "python_runtime": one_of(tuple(runtime.removeprefix("python") for runtime in SUPPORTED)),
    "architecture": one_of(("arm64", "x86_64")),
    "master_key_rotation_days": whole_number(SHORTEST_ROTATION_DAYS, LONGEST_ROTATION_DAYS),
    "log_retention_days": one_of(RETENTION_DAYS),
    # How long a revoked token may still be let in; the published limit is five minutes.
    "authorizer_cache_seconds": whole_number(0, 300),
    # 0 reserves nothing. Lambda leaves at least 100 of an account's concurrency unreserved.
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    "reserved_concurrency": whole_number(0, 10_000),
}
