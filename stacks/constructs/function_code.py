"""The code of all functions, as it travels with the assembly."""

from __future__ import annotations

from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from stacks.lambda_asset import LambdaAsset


class FunctionCode(Construct):
    """One zip for all functions, copied into the assembly and named by the hash of what went into it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        asset: LambdaAsset,
        python_runtime: str,
        architecture: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self.python_runtime, self.architecture = python_runtime, architecture
        staged = assets.Asset(self, "Default", path=str(asset.path), asset_hash=asset.hash)
        self.bucket, self.key = staged.s3_bucket_name, staged.s3_object_key
