"""The CDK app: every stack of every environment, from one settings file."""

from pathlib import Path

import aws_cdk as cdk

from stacks.settings import Settings
from stacks.synthesis import build

SETTINGS = Path(__file__).parent / "settings.toml"

if __name__ == "__main__":
    build(cdk.App(), Settings.load(SETTINGS)).synth()
