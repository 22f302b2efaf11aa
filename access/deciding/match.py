"""Whether one statement applies to one request, element by element."""

from __future__ import annotations

from functools import cached_property

from access.deciding import operators
from access.deciding.kleene import Tri
from access.language import arn, glob
from access.language.statement import Effect, Element, Statement
from access.language.variables import expand
from access.request import Context, Request, tied_context


class Asked:
    """A request, with what its policies ask about it worked out once and only if they ask."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.action = request.action.lower()

    @cached_property
    def context(self) -> Context:
        """Complete the context by what follows from who asks; what the request states itself is kept."""
        request = self.request
        return request.context.with_defaults(tied_context(request.caller, request.resource_account))


def applies(statement: Statement, asked: Asked) -> Tri:
    """Tell whether action, resource and conditions match; the principal is the caller's business."""
    result: Tri = action_matches(statement.action, asked.action)
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
    """Match Action or NotAction; `action` is lower case, since prefix and name are case-insensitive.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    for pattern in element.patterns:
        if pattern == "*" or glob.matches(pattern.lower(), action):
            return not element.negated
    return _unmatched(element, any(glob.matches(pattern.lower(), action) for pattern in element.maybe))


def resource_matches(statement: Statement, asked: Asked) -> Tri:
    """Match Resource or NotResource; a variable without a value matches no resource."""
    element, request = statement.resource, asked.request
    if element is None:
        return True
    if request.resource == "*" and not request.wildcard_only_action:
        return _some_resource(statement, element)
    for pattern in element.patterns:
        if pattern == "*" or _names_resource(pattern, statement, asked):
            return not element.negated
    return _unmatched(element, any(_names_resource(pattern, statement, asked) for pattern in element.maybe))


def _names_resource(pattern: str, statement: Statement, asked: Asked) -> bool:
    if asked.request.wildcard_only_action:
        return pattern == "*"
    if statement.variables and "${" in pattern:
        expanded = expand(pattern, asked.context)
        return expanded is not None and arn.matches_resource(expanded, asked.request.resource)
    return arn.matches_resource(pattern, asked.request.resource)


def _some_resource(statement: Statement, element: Element) -> Tri:
    """Match a question about some resource: an Allow for any one counts, a Deny only if it covers all."""
    everything = "*" in element.patterns
    if statement.effect is Effect.DENY:
        certain = not element.patterns and not element.maybe if element.negated else everything
    else:
        certain = not everything if element.negated else bool(element.patterns)
    return True if certain else None if element.maybe else False


def _unmatched(element: Element, maybe: bool) -> Tri:
    """Answer for an element of which no known pattern matched, and perhaps an unresolved one."""
    return None if maybe else element.negated
