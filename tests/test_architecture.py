"""The house keeps its shape: which folder may import which."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# What each folder may import of ours. Everything else of ours is out of reach for it.
MAY_IMPORT = {
    "lambdas": set(),
    "access": set(),
    "policies": {"access"},
    "stacks": {"policies"},
    "evidence": {"policies", "access"},
    "local_cloud": {"access"},
    # The tenant's keys are judged by the code that Lambda gets.
    "doctor": {"stacks", "policies", "lambdas"},
}
OURS = set(MAY_IMPORT) | {"cli", "app", "compliance_tests", "tests", "benchmarks"}


def imports(source: str, path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and top-level package of every import, those inside functions too."""
    for node in ast.walk(ast.parse(source, filename=str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(ROOT).parts[0] if node.level else (node.module or "")
            yield node.lineno, package.partition(".")[0]


def trespasses(folder: str, source: str, path: Path) -> list[str]:
    allowed = MAY_IMPORT[folder] | {folder}
    return [
        f"{path.relative_to(ROOT)}:{line} imports {package}"
        for line, package in imports(source, path)
        if package in OURS - allowed
    ]


@pytest.mark.parametrize("folder", sorted(MAY_IMPORT))
def test_imports_point_one_way(folder):
    modules = sorted((ROOT / folder).rglob("*.py"))
    assert modules, f"{folder} has no modules"
    found = [line for path in modules for line in trespasses(folder, path.read_text(), path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line", ["import stacks", "from stacks.keys import KeysStack", "def f():\n    import policies.rule"]
)
def test_an_import_against_the_direction_is_seen(line):
    assert trespasses("lambdas", line, ROOT / "lambdas" / "example.py")
