"""The code of all functions, as it travels with the assembly."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from stacks.lambda_asset import LambdaAsset


class FunctionCode(Construct):
    """One zip for all functions, copied into the assembly and named by the hash of what went into it.

    Without the Asset construct of S3, which models a bucket for it and takes longer than everything else here.
    """

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
        staging = cdk.AssetStaging(
            self,
            "Default",
            source_path=str(asset.path),
            asset_hash=asset.hash,
            asset_hash_type=cdk.AssetHashType.CUSTOM,
        )
        stack = cdk.Stack.of(self)
        location = stack.synthesizer.add_file_asset(
            file_name=staging.relative_staged_path(stack),
            packaging=cdk.FileAssetPackaging.FILE,
            source_hash=staging.asset_hash,
        )
        self.bucket, self.key = location.bucket_name, location.object_key
