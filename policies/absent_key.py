"""What a condition says of a request that does not carry its key.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from access.deciding.operators import OPERATORS
from policies.node import UnresolvedError


def holds_without_its_key(operator: str) -> bool:
    """Whether a condition with this operator is met by a request that lacks the condition's key.

    A negated operator is: "not equal" is true of nothing. So is every operator with `IfExists`, and every one
    under `ForAllValues`. `Null` is left out: it asks for the absence itself.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    Raises: UnresolvedError for an operator that is not known.
    """
    quantifier, colon, name = operator.rpartition(":")
    base = name.removesuffix("IfExists")
    if base == "Null" and not colon and base == name:
        return False
    if base not in OPERATORS or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise UnresolvedError(f"condition operator {operator!r} is not known")
    if base != name or quantifier == "ForAllValues":
        return True
    return quantifier == "" and OPERATORS[base].negated
