"""Each byte of a clone is counted once, and what needs a part comes from the lock."""

import os

from benchmarks.install import dependents, sizes

LOCK = """
[[package]]
name = "whole"
dependencies = [{ name = "direct" }]
[package.dev-dependencies]
dev = [{ name = "judge" }]
[[package]]
name = "direct"
[package.optional-dependencies]
extra = [{ name = "dotted-name" }]
[[package]]
name = "dotted-name"
[[package]]
name = "judge"
dependencies = [{ name = "dotted-name" }]
"""


def test_a_package_has_its_files_their_compiled_modules_and_the_name_of_the_lock(tmp_path):
    library = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    about = library / "dotted.name-1.dist-info"
    (library / "__pycache__").mkdir(parents=True)
    about.mkdir()
    (library / "dotted.py").write_bytes(b"x" * 100)
    (library / "__pycache__" / "dotted.cpython-311.pyc").write_bytes(b"x" * 30)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: dotted.name\nVersion: 1\n")
    (about / "RECORD").write_text("dotted.py,,\n")
    assert sizes(tmp_path)["dotted-name"] == 130


def test_a_file_with_two_names_is_counted_once_where_it_is_used(tmp_path):
    used, cached = tmp_path / ".venv" / "used", tmp_path / ".cache" / "uv" / "cached"
    for file in (used, cached):
        file.parent.mkdir(parents=True)
    cached.write_bytes(b"x" * 50)
    os.link(cached, used)
    parts = sizes(tmp_path)
    assert (parts[".venv"], parts[".cache/uv"]) == (50, 0)


def test_the_parts_are_the_whole(tmp_path):
    for name in ("README", ".cache/jsii/a/b", ".cache/uv/c", ".tools/bin/uv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 7)
    assert sum(sizes(tmp_path).values()) == 28


def test_what_needs_a_package_is_a_package_an_extra_or_a_group():
    assert dependents(LOCK) == {
        "direct": "needed by whole",
        "judge": "needed by our group dev",
        "dotted-name": "needed by direct, judge",
    }
