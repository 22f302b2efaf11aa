"""The CDK app: every stack of every environment, from one settings file."""

import gc
import sys
from pathlib import Path

from stacks.lambda_asset import LambdaAssetError
from stacks.settings import Settings, SettingsError
from stacks.synthesis import build

if __name__ == "__main__":
    # One short burst that allocates and ends: collecting garbage would be a fifth of its time.
    gc.disable()
    try:
        build(Settings.load(Path(__file__).parent / "settings.toml")).synth()
    except (SettingsError, LambdaAssetError) as error:
        sys.exit(str(error))
