"""What is installed is decided by a lock: ours is not overruled, and no command goes without one."""

import hashlib
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from stacks import lambda_asset, outside_tools
from stacks.lambda_asset import ROOT, Staging
from stacks.outside_tools import ToolError

# --- the lock beats the project's own overrides -------------------------------------------------------------


def wheel(folder: Path, version: str) -> Path:
    """A release of the package `tiny` that holds its version and nothing else."""
    path = folder / f"tiny-{version}-py3-none-any.whl"
    metadata = f"tiny-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny.py", f"VERSION = {version!r}\n")
        archive.writestr(f"{metadata}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
        archive.writestr(
            f"{metadata}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(
            f"{metadata}/RECORD",
            f"tiny.py,,\n{metadata}/METADATA,,\n{metadata}/WHEEL,,\n{metadata}/RECORD,,\n",
        )
    return path


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose lock pins tiny 1.0, whose overrides lift it to 2.0, on an index with both."""
    index = tmp_path / "index"
    index.mkdir()
    old, _ = wheel(index, "1.0"), wheel(index, "2.0")
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text(
        '[project]\nname = "whole"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["tiny>=1"]\n'
        '[tool.uv]\noverride-dependencies = ["tiny>=2"]\n'
    )
    requirements = f"tiny==1.0 --hash=sha256:{hashlib.sha256(old.read_bytes()).hexdigest()}\n".encode()
    monkeypatch.chdir(root)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    # Where packages come from is the caller's: here, nowhere but the folder of the test.
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(index))
    monkeypatch.setenv("UV", outside_tools.uv(ROOT))
    staging = Staging(python_runtime="3.13", architecture="x86_64", root=root)
    return staging, requirements, tmp_path / "installed"


def test_the_release_that_the_lock_pins_is_installed_although_an_override_asks_for_a_newer(project):
    staging, requirements, target = project
    staging._install(requirements, target)
    assert (target / "tiny.py").read_text() == "VERSION = '1.0'\n"


def test_without_no_config_the_same_installation_fails(project, monkeypatch):
    """The test above can fail: this is how it looked when the project's overrides were read."""
    staging, requirements, target = project
    run = outside_tools.run
    monkeypatch.setattr(
        lambda_asset.outside_tools, "run", lambda *command: run(*(c for c in command if c != "--no-config"))
    )
    with pytest.raises(ToolError, match=r"tiny"):
        staging._install(requirements, target)
    assert not (target / "tiny.py").exists()


# --- every command that installs is on a list ---------------------------------------------------------------

# A file, what its line holds, and why a lock decides what that command installs.
GOVERNED = {
    ("Makefile", "pip install"): ("--require-hashes", "one program, by the hashes in the file that it names"),
    ("Makefile", "uv sync"): ("--frozen", "uv.lock, which holds every hash"),
    ("Makefile", "npm ci"): ("npm ci", "package-lock.json, which `npm ci` refuses to change"),
    (".ci/long.py", "uv sync"): ("--frozen", "uv.lock, which holds every hash"),
    ("stacks/lambda_asset.py", "pip install"): (
        "--no-config",
        "the hashes that `uv export` gives from uv.lock",
    ),
    ("stacks/lambda_asset.py", "npm ci"): ("ci", "stacks/lambda_compiler/package-lock.json"),
    ("benchmarks/access_evaluate.py", "npm ci"): ("ci", "benchmarks/peers/package-lock.json"),
}

COMMAND = re.compile(
    r"(?<![\w-])(?P<tool>uv|pip3?|npm|npx|pnpm|yarn|pipx|poetry|uvx|corepack)(?:\(\))?(?P<rest>(?:\s+-\S+)*"
    r"\s+(?:pip install|install|sync|add|tool|run|ci|i|exec|x|dlx|\S+@\S+|\w+))?(?![\w-])"
)
INSTALLS = {
    "uv": {"sync", "add", "tool", "pip install", "run"},
    "pip": {"install"},
    "pip3": {"install"},
    "npm": {"ci", "install", "i", "add", "exec", "x"},
    "pnpm": {"install", "i", "add", "dlx"},
    "yarn": {"install", "add", "dlx"},
    "pipx": {"install", "run"},
    "poetry": {"install", "add"},
    "corepack": {"install"},
}
ALWAYS = {"npx", "uvx"}


def commands(text: str) -> list[str]:
    """Every command in a text that installs packages, as tool and verb, lists for subprocess too."""
    plain = re.sub(r"#.*|^\s*\"\"\".*|echo .*", "", text, flags=re.MULTILINE)
    plain = re.sub(r"[\"'`\[\](){},*]|\\\n", " ", plain)
    plain = re.sub(r"outside_tools\.|BIN /|map str|[\w./$-]*/(?=(?:uv|pip|npm|npx)\b)", " ", plain)
    plain = re.sub(r"\bself\.root\b|\bUV\b", lambda match: "uv" if match[0] == "UV" else " ", plain)
    plain = re.sub(r"[ \t\n]+", " ", plain)
    found = []
    for match in COMMAND.finditer(plain):
        verb = re.sub(r"(?:\s+-\S+)*\s+", " ", match["rest"] or "", count=1).strip()
        if match["tool"] in ALWAYS or verb in INSTALLS.get(match["tool"], ()):
            found.append(f"{match['tool']} {verb}".strip())
    return found


def files() -> list[Path]:
    """What can run a command: every tracked file but tests, documents, locks and data."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    skipped = ("tests/", "docs/", "compliance_tests/", "policies/examples/")
    ends = (".md", ".lock", "package-lock.json", ".yaml", ".csv", ".txt")
    names = [n for n in listed.stdout.splitlines() if not n.startswith(skipped) and not n.endswith(ends)]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def test_every_command_that_installs_is_on_the_list_and_governed_by_a_lock():
    seen = set()
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text("utf-8", errors="replace")
        for command in commands(text):
            entry = next((key for key in GOVERNED if key[0] == name and command.endswith(key[1])), None)
            assert entry, f"{name} runs `{command}`: no lock is named that decides what it installs"
            demanded, why = GOVERNED[entry]
            assert demanded in text, f"{name} runs `{command}` without {demanded}: {why}"
            seen.add(entry)
    assert seen == set(GOVERNED), f"on the list, but not in the repository: {sorted(set(GOVERNED) - seen)}"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("\t@.tools/bin/pip install --quiet uv==1\n", "pip install"),
        ('subprocess.run([sys.executable, "-m", "pip", "install", "boto3"])', "pip install"),
        ('run(uv(root), *("pip", "install", "--target", x))', "pip install"),
        ('clock.run(UV, "sync", "--frozen")', "uv sync"),
        ('run(BIN / "npm", "install", "--prefix", x)', "npm install"),
        ('{"scripts": {"deploy": "npx cdk@latest deploy"}}', "npx"),
        ("uvx ruff check\n", "uvx"),
        ("uv --quiet run --with requests x.py\n", "uv run"),
        ("npm --silent i left-pad\n", "npm i"),
    ],
)
def test_a_command_that_installs_is_seen_however_it_is_written(text, command):
    assert any(found.startswith(command) for found in commands(text)), commands(text)


@pytest.mark.parametrize("text", ["uv lock --check", "npm ls --all", "# pip install x", "uv export --frozen"])
def test_a_command_that_installs_nothing_is_not(text):
    assert commands(text) == []


def test_the_makefile_and_the_hashes_name_the_same_uv():
    named = re.search(r"^UV_VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert f"\nuv=={named[1]} " in (ROOT / ".ci" / "uv-requirements.txt").read_text()
