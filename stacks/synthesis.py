"""All environments as one CDK app; also in process, for whoever wants to look at a weakened one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk

from stacks.environment import Environment
from stacks.lambda_asset import staged
from stacks.settings import Settings


def build(app: cdk.App, settings: Settings) -> cdk.App:
    """Add every environment to an app."""
    asset = staged(settings)
    for environment in settings.environments:
        Environment(app, settings, environment, asset)
    return app


def synthesize(settings: Settings, outdir: Path, mutate: Callable[[cdk.App], None] | None = None) -> Path:
    """Write the assembly of all environments to a folder, changed on purpose before that if wished.

    Returns: the folder, which holds one `assembly-<Stage>/` for each environment.
    """
    app = build(cdk.App(outdir=str(outdir), analytics_reporting=False), settings)
    if mutate:
        mutate(app)
    app.synth()
    return outdir
