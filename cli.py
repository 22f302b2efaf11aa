"""`soulpicks`: the environment on this machine, the promises, and who may do what.

One function for each verb, and nothing else: what a verb does lives in the package that it names.
The exit status of every verb: 0 holds, 1 broken, 2 could not run, 3 cannot tell.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

SETTINGS = Path(__file__).resolve().parent / "settings.toml"

# Verbs of `access`, handed on as they were typed: it knows its own options.
ACCESS_VERBS = {
    "who-can": "list who may do an action on a resource, and under which condition",
    "explain": "say why one request is allowed or denied",
    "prove": "prove that nobody, or only somebody, may do something; or show a witness",
    "reach": "say whether somebody comes to a permission in several steps",
    "compare": "say what a change newly allows and newly refuses",
}


def demo(arguments: argparse.Namespace) -> int:
    """Send a photograph through the whole environment on this machine, and say which promises hold."""
    check_settings()
    from evidence.verification import verify
    from local_cloud.client import LocalCloud
    from local_cloud.demo import run

    def promises(cloud: LocalCloud) -> int:
        # One that ran before us does not keep the data keys that the proofs search for.
        return verify(assembly=Path(cloud.state.assembly), cloud=cloud if cloud.is_ours else None)

    return run(arguments.photograph, then=promises)


def up(arguments: argparse.Namespace) -> int:
    """Start the environment on this machine and stay until Ctrl-C."""
    check_settings()
    from local_cloud.up import main

    return main(environment=arguments.environment, port=arguments.port)


def verify(arguments: argparse.Namespace) -> int:
    """Print every promise with its verdict; fail unless all that are asserted hold."""
    check_settings()
    from evidence.verification import verify

    return verify(as_json=arguments.json)


def doctor(arguments: argparse.Namespace) -> int:
    """Say whether everything is there that this machine, or an AWS account, must have before it is used."""
    from doctor.run import Asked, doctor, machine_of

    asked = Asked(
        environment=arguments.environment,
        online=arguments.online,
        aws=arguments.aws,
        as_json=arguments.json,
    )
    return doctor(asked, machine_of(SETTINGS.parent))


def check_settings() -> None:
    """Stop before any work when the settings are wrong or the functions cannot be staged.

    Raises: SettingsError, LambdaAssetError.
    """
    from stacks.lambda_asset import staged
    from stacks.settings import Settings

    staged(Settings.load(SETTINGS))


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    whole = argparse.ArgumentParser(prog="soulpicks", description=__doc__.partition("\n")[0])
    verbs = whole.add_subparsers(dest="verb", metavar="VERB", required=True)

    def add(run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        verb = verbs.add_parser(run.__name__, help=run.__doc__, description=run.__doc__)
        verb.set_defaults(run=run)
        return verb

    add(demo).add_argument(
        "photograph", type=Path, nargs="?", help="a JPEG, PNG, GIF, WebP or HEIF file (default: the example)"
    )
    start = add(up)
    start.add_argument(
        "--environment", default="development", help="which one's templates (default: development)"
    )
    start.add_argument("--port", type=int, help="the API's port (default: a free one)")
    add(verify).add_argument("--json", action="store_true", help="print JSON instead of a table")
    health = add(doctor)
    health.add_argument(
        "--aws", action="store_true", help="also ask the account of the credentials; only reads"
    )
    health.add_argument("--online", action="store_true", help="also ask the identity providers")
    health.add_argument(
        "--environment", help="with --aws or --online, which one (default: all, or the credentials' own)"
    )
    health.add_argument("--json", action="store_true", help="print JSON instead of lines")
    for name, purpose in ACCESS_VERBS.items():
        verbs.add_parser(name, help=purpose, add_help=False)
    return whole


VERBS = ("demo", "up", "verify", "doctor", *ACCESS_VERBS)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in ACCESS_VERBS:
        from access.cli import main as access

        return access(words, program="soulpicks")
    arguments = parser().parse_args(words)
    from stacks.lambda_asset import LambdaAssetError
    from stacks.settings import SettingsError

    try:
        return int(arguments.run(arguments))
    except (SettingsError, LambdaAssetError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
