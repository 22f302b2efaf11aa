"""All environments as one CDK app; also in process, for whoever wants to look at a weakened one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from stacks.bootstrap import Bootstrap
from stacks.environment import Environment
from stacks.lambda_asset import ROOT, staged
from stacks.settings import Settings


def build(settings: Settings, outdir: Path | None = None) -> cdk.App:
    """Every environment in one app, not yet written; the CDK CLI says where to unless `outdir` does."""
    # Analytics would add a resource to every template, and tree.json repeats what the templates say.
    app = cdk.App(
        outdir=str(outdir) if outdir else None,
        analytics_reporting=False,
        tree_metadata=False,
        # The CDK's command line adds the second, so that every resource says its construct's path.
        context={
            **json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"],
            "aws:cdk:enable-path-metadata": True,
        },
    )
    asset = staged(settings)
    bootstraps = Construct(app, "Bootstrap")
    for environment in settings.environments:
        Bootstrap(bootstraps, settings, environment)
        Environment(app, settings, environment, asset)
    return app


def synthesize(settings: Settings, outdir: Path, mutate: Callable[[cdk.App], None] | None = None) -> Path:
    """Write the assembly of all environments to a folder, changed on purpose before that if wished.

    Returns: the folder, which holds the manifest and one template for each stack.
    Raises:  LambdaAssetError when the functions' asset is not staged and cannot be.
    """
    app = build(settings, outdir)
    if mutate:
        mutate(app)
    app.synth()
    return outdir
