"""One Checkov run over every example, shared by all tests of this folder."""

from pathlib import Path

import pytest

from policies.checkov_scan import Scan, scan

EXAMPLES = Path(__file__).parents[2] / "policies" / "examples"


@pytest.fixture(scope="session")
def examples() -> Path:
    return EXAMPLES


@pytest.fixture(scope="session")
def checkov_on_examples() -> Scan:
    return scan(EXAMPLES)


@pytest.fixture
def template(tmp_path):
    """Writes a template and gives the environment that it alone makes."""
    from policies.assembly import Assembly

    def write(text: str) -> Assembly:
        path = tmp_path / "stack.yaml"
        path.write_text(text)
        return Assembly.of_file(path)

    return write
