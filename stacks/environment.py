"""One whole environment: the stacks of a workload account, in the order they are deployed."""

from __future__ import annotations

import aws_cdk as cdk
from constructs import Construct

from stacks import key_uses
from stacks.api import Api, ApiProps
from stacks.constructs.sealed_log_group import SealedLogGroupProps
from stacks.data import Data, DataProps
from stacks.identities import ENVIRONMENT_TAG, Identities
from stacks.keys import Keys, MasterKeySpec
from stacks.lambda_asset import LambdaAsset
from stacks.network import Network
from stacks.operations import Operations, OperationsProps
from stacks.settings import EnvironmentSettings, Settings


class Environment(Construct):
    """Promise ISO-1: everything of one environment, in its own account, sharing nothing with another.

    Not a CDK stage: the stacks stand in the app itself, where `cdk diff` and `cdk deploy` look for them.
    docs/decisions/0015-stacks-where-the-cdk-looks.md
    """

    def __init__(
        self, scope: Construct, settings: Settings, environment: EnvironmentSettings, asset: LambdaAsset
    ) -> None:
        super().__init__(scope, environment.name.capitalize())
        cdk.Tags.of(self).add(ENVIRONMENT_TAG, environment.name)
        identities = Identities.of(environment, settings.region)
        storage_keys = Keys(
            self,
            "StorageKeys",
            identities=identities,
            administrator=identities.storage_key_administrator,
            rotation_days=settings.master_key_rotation_days,
            keys={
                "StorageKey": MasterKeySpec(
                    description="Under the bucket, the tables and their backups.",
                    uses=key_uses.of_storage_key(identities),
                ),
                "OperationsKey": MasterKeySpec(
                    description="Under logs, function environments and alarms.",
                    uses=key_uses.of_operations_key(identities),
                ),
            },
        ).keys
        storage_key, operations_key = storage_keys["StorageKey"], storage_keys["OperationsKey"]
        network = Network(
            self,
            "Network",
            identities=identities,
            prefix_lists=settings.prefix_lists,
            logs=SealedLogGroupProps(
                operations_key=operations_key, retention_days=settings.log_retention_days
            ),
        ).isolated
        picture_key = Keys(
            self,
            "PictureKeys",
            identities=identities,
            administrator=identities.picture_key_administrator,
            rotation_days=settings.master_key_rotation_days,
            keys={
                "PictureKey": MasterKeySpec(
                    description="Wraps the key of every picture, for each of its readers.",
                    uses=key_uses.of_picture_key(identities, network.vpc_id),
                )
            },
        ).keys["PictureKey"]
        data = Data(
            self,
            "Data",
            DataProps(
                environment=environment,
                identities=identities,
                picture_key=picture_key,
                storage_key=storage_key,
                vpc_id=network.vpc_id,
            ),
        )
        api = Api(
            self,
            "Api",
            ApiProps(
                settings=settings,
                environment=environment,
                identities=identities,
                operations_key=operations_key,
                picture_key=picture_key,
                network=network,
                data=data,
                asset=asset,
            ),
        )
        Operations(
            self,
            "Operations",
            OperationsProps(
                environment=environment,
                identities=identities,
                operations_key=operations_key,
                keys=[picture_key, storage_key, operations_key],
                data=data,
                api=api,
            ),
        )
