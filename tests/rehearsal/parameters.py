"""The parameters of a template, and the rules that it puts on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.rehearsal.scope import Scope
from tests.rehearsal.template import TemplateError


def parameters(
    body: Mapping[str, Any], given: Mapping[str, str], stored: Callable[[str], str | None]
) -> dict[str, Any]:
    """The values of a template's parameters; `stored` reads Systems Manager.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """
    declared = body.get("Parameters", {})
    if unknown := sorted(given.keys() - declared.keys()):
        raise TemplateError(f"Parameters: {unknown} do not exist in the template")
    found: dict[str, Any] = {}
    for name, declaration in declared.items():
        if name not in given and "Default" not in declaration:
            raise TemplateError(f"Parameters: [{name}] must have values")
        text = str(given.get(name, declaration.get("Default")))
        kind = declaration["Type"]
        if kind.startswith("AWS::SSM::Parameter::Value<"):
            value = stored(text)
            if value is None:
                raise TemplateError(
                    f"Unable to fetch parameters [{text}] from parameter store for this account."
                )
            text, kind = value, kind.removeprefix("AWS::SSM::Parameter::Value<").removesuffix(">")
        _check_parameter(name, text, declaration)
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            found[name] = [item.strip() for item in text.split(",")]
        else:
            found[name] = text
    return found


def _check_parameter(name: str, text: str, declaration: Mapping[str, Any]) -> None:
    allowed = declaration.get("AllowedValues")
    if allowed and text not in map(str, allowed):
        raise TemplateError(f"Parameter {name} must be one of AllowedValues")
    pattern = declaration.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, text):
        raise TemplateError(f"Parameter {name} failed to satisfy constraint: {pattern}")


def assert_rules(body: Mapping[str, Any], scope: Scope) -> None:
    """Check the assertions of a template's Rules.

    Raises: TemplateError for an assertion that fails, or a function that is not known here.
    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
    """
    for name, rule in body.get("Rules", {}).items():
        if "RuleCondition" in rule and not _holds(rule["RuleCondition"], scope, name):
            continue
        for assertion in rule["Assertions"]:
            if not _holds(assertion["Assert"], scope, name):
                raise TemplateError(f"Template validation error: {assertion.get('AssertDescription', name)}")


def _holds(expression: Mapping[str, Any], scope: Scope, rule: str) -> bool:
    [(function, operands)] = expression.items()
    if function == "Fn::Contains":
        strings, wanted = (scope.value(operand, rule) for operand in operands)
        return wanted in strings
    if function == "Fn::Not":
        return not _holds(operands[0], scope, rule)
    if function in ("Fn::And", "Fn::Or"):
        truths = [_holds(operand, scope, rule) for operand in operands]
        return all(truths) if function == "Fn::And" else any(truths)
    if function == "Fn::Equals":
        left, right = (scope.value(operand, rule) for operand in operands)
        return bool(left == right)
    raise TemplateError(f"the rule {rule} uses {function}, which is not known here")
