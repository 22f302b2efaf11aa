"""The CDK app: every stack of every environment, from one settings file."""

import gc
import sys
from pathlib import Path


def main() -> None:
    """Synthesize; what prevents it is said in plain lines, and the exit status is 2."""
    # One short burst that allocates and ends: collecting garbage would be a quarter of its time. Hence
    # before the imports, which allocate most.
    gc.disable()
    from stacks.lambda_asset import LambdaAssetError
    from stacks.settings import Settings, SettingsError
    from stacks.synthesis import build

    try:
        build(Settings.load(Path(__file__).parent / "settings.toml")).synth()
    except (SettingsError, LambdaAssetError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    gc.freeze()  # and nothing is looked through on the way out


if __name__ == "__main__":
    main()
