"""Finds every rule by importing policies/rules; a file there that is no rule is an error."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from policies import rules as rules_package
from policies.rule import CataloguedRule, Rule


class CatalogueError(Exception):
    """The rules folder contradicts itself; names the file."""


@cache
def rules() -> tuple[CataloguedRule, ...]:
    """Every rule, in the order of its file names.

    Raises: CatalogueError when a module lacks RULE or judge, when a stem does not begin with the
            id, or when an id occurs twice.
    """
    found: dict[str, CataloguedRule] = {}
    for module_info in pkgutil.iter_modules(rules_package.__path__):
        stem = module_info.name
        module = importlib.import_module(f"{rules_package.__name__}.{stem}")
        rule, judge = getattr(module, "RULE", None), getattr(module, "judge", None)
        if not isinstance(rule, Rule) or not callable(judge):
            raise CatalogueError(f"policies/rules/{stem}.py must define RULE and judge")
        if not stem.startswith(f"{rule.id.lower()}_"):
            raise CatalogueError(f"policies/rules/{stem}.py holds {rule.id}: the name must begin with the id")
        if rule.id in found:
            raise CatalogueError(f"{rule.id} is both {found[rule.id].stem} and {stem}")
        found[rule.id] = CataloguedRule(stem, rule, judge)
    return tuple(found.values())
