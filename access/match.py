"""Whether one statement applies to one request, element by element."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from access import arn, glob, operators
from access.kleene import Tri, negate
from access.request import Context, Request, tied_context
from access.statement import Condition, Effect, Element, Statement
from access.variables import expand


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with its context completed by what follows from who asks."""

    request: Request
    context: Context

    @classmethod
    def of(cls, request: Request) -> Asked:
        """Complete the context; a value that the request states itself is kept."""
        return cls(
            request, request.context.with_defaults(tied_context(request.caller, request.resource_account))
        )


def applies(statement: Statement, asked: Asked) -> Tri:
    """Tell whether action, resource and conditions match; the principal is the caller's business."""
    result: Tri = action_matches(statement.action, asked.request.action)
    if result is False:
        return False
    if statement.resource is not None:
        resource = resource_matches(statement, asked)
        if resource is False:
            return False
        result = result and resource
    for condition in statement.conditions:
        held = operators.holds(condition, asked.context, variables=statement.variables)
        if held is False:
            return False
        result = result and held
    return result


def action_matches(element: Element, action: str) -> Tri:
    """Match Action or NotAction; prefix and name are case-insensitive.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    return _element(element, lambda pattern: pattern == "*" or glob.matches_ignoring_case(pattern, action))


def resource_matches(statement: Statement, asked: Asked) -> Tri:
    """Match Resource or NotResource; a variable without a value matches no resource."""
    element = statement.resource
    if element is None:
        return True
    request = asked.request
    if request.wildcard_only_action:
        return _element(element, lambda pattern: pattern == "*")
    if request.resource == "*":
        return _some_resource(statement, element)

    def matches(pattern: str) -> bool:
        text = expand(pattern, asked.context) if statement.variables else pattern
        return text is not None and arn.matches_resource(text, request.resource)

    return _element(element, matches)


def _some_resource(statement: Statement, element: Element) -> Tri:
    """Match a question about some resource: an Allow for any one counts, a Deny only if it covers all."""
    everything = "*" in element.patterns
    if statement.effect is Effect.DENY:
        certain = not element.patterns and not element.maybe if element.negated else everything
    else:
        certain = not everything if element.negated else bool(element.patterns)
    return True if certain else None if element.maybe else False


def _element(element: Element, matches: Callable[[str], bool]) -> Tri:
    if any(matches(pattern) for pattern in element.patterns):
        found: Tri = True
    else:
        found = None if any(matches(pattern) for pattern in element.maybe) else False
    return negate(found) if element.negated else found


def unsettled_conditions(statement: Statement, asked: Asked) -> Iterator[Condition]:
    """Yield the conditions whose answer is not known."""
    for condition in statement.conditions:
        if operators.holds(condition, asked.context, variables=statement.variables) is None:
            yield condition
