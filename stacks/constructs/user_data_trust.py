"""Who may take the role `UserData`: a person with their own token, from inside our network."""

from __future__ import annotations

import json
from typing import Any

from stacks.constructs.identity_provider import IdentityProvider
from stacks.constructs.statement import all_of, allow, policy, present
from stacks.settings import SettingsError

# The default quota for a role's trust policy; an account may ask for up to 8,192.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
LONGEST_TRUST_POLICY = 2048


def user_data_trust(provider: IdentityProvider, *, vpc_id: str, account: str) -> dict[str, Any]:
    """The trust policy: a token of our tenant, for one of our apps, for this role, for exactly one person.

    Raises: SettingsError when issuer and client ids make it longer than IAM takes.
    """
    _check_length(provider, account)
    return _policy(provider, provider.arn, vpc_id)


def _policy(provider: IdentityProvider, provider_arn: str, vpc_id: str) -> dict[str, Any]:
    token = {"Federated": provider_arn}
    return policy(
        allow(
            "APersonsOwnToken",
            to=token,
            can="sts:AssumeRoleWithWebIdentity",
            on=None,
            where=all_of(
                {"StringEquals": {provider.claim("aud"): list(provider.environment.client_ids)}},
                # Whether "the identity provider authorized the role via the roles claim in the OIDC token".
                # https://docs.aws.amazon.com/service-authorization/latest/reference/list_sts.html
                {"Bool": {"sts:RoleAuthorizedByIdp": "true"}},
                # In the Allow, so that a request without the key is refused as well. The key is there "only
                # if the requester uses a VPC endpoint to make the request"; STS's own page does not list it.
                # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcevpc
                # docs/decisions/0019-sessions-only-inside.md
                {"StringEquals": {"aws:SourceVpc": vpc_id}},
                _one_person(),
            ),
        ),
        # A statement of its own: for this action AWS lists the keys of tags, not `sts:RoleAuthorizedByIdp`,
        # and a condition on a key that is absent would refuse every session. By itself it gives no session.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_sts.html
        allow("TaggedAsOnePerson", to=token, can="sts:TagSession", on=None, where=_one_person()),
    )


def _one_person() -> dict[str, dict[str, Any]]:
    """The session has the tag `user` and no other.

    A tag value may hold "/" and space, a user id may not: with "/" the prefix of one person's objects could
    lie inside another's.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules_creating
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
    """
    return all_of(
        {"StringLike": {"aws:RequestTag/user": "?*"}},
        {"StringNotLike": {"aws:RequestTag/user": ["*/*", "* *"]}},
        {"ForAllValues:StringEquals": {"aws:TagKeys": ["user"]}},
        present("aws:RequestTag/user"),
    )


def _check_length(provider: IdentityProvider, account: str) -> None:
    environment = provider.environment
    arn = f"arn:aws:iam::{account}:oidc-provider/{environment.issuer_host}"
    # CloudFormation puts in the VPC's id, which has at most 17 digits.
    longest = _policy(provider, arn, f"vpc-{'0' * 17}")
    length = len(json.dumps(longest, separators=(",", ":")))
    if length > LONGEST_TRUST_POLICY:
        raise SettingsError(
            f"environments.{environment.name}: issuer and client_ids make the trust policy of UserData"
            f" {length} characters long, expected at most {LONGEST_TRUST_POLICY}"
        )
