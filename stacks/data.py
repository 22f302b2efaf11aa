"""Where people's pictures and the facts about them lie, and the one role that reaches them."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from stacks.constructs.backup_vault import BackupVault, BackupVaultProps
from stacks.constructs.identity_provider import IdentityProvider
from stacks.constructs.master_key import MasterKey
from stacks.constructs.restore_roles import RestoreRoles, RestoreRolesProps
from stacks.constructs.sealed_bucket import SealedBucket, SealedBucketProps
from stacks.constructs.sealed_table import Index, SealedTable, SealedTableProps
from stacks.constructs.user_data_role import UserDataRole, UserDataRoleProps
from stacks.identities import Identities
from stacks.settings import EnvironmentSettings
from stacks.workload_stack import WorkloadStack

GRANTS_BY_READER = "by-reader"


@dataclass(frozen=True, kw_only=True)
class DataProps:
    """Both keys, the network, and the environment whose people these are."""

    environment: EnvironmentSettings
    identities: Identities
    picture_key: MasterKey
    storage_key: MasterKey
    vpc_id: str


class Data(WorkloadStack):
    """Promises ENC-3, ISO-3: every store of user data, and the role `UserData`."""

    def __init__(self, scope: Construct, construct_id: str, props: DataProps) -> None:
        super().__init__(scope, construct_id, identities=props.identities)
        identities, storage_key, vpc_id = props.identities, props.storage_key, props.vpc_id
        self.bucket = SealedBucket(
            self,
            "PicturesBucket",
            SealedBucketProps(storage_key=storage_key, identities=identities, vpc_id=vpc_id),
        )
        self.pictures = SealedTable(
            self,
            "PicturesTable",
            SealedTableProps(
                partition_key="owner",
                sort_key="picture",
                storage_key=storage_key,
                identities=identities,
                vpc_id=vpc_id,
            ),
        )
        self.grants = SealedTable(
            self,
            "GrantsTable",
            SealedTableProps(
                partition_key="owner_reader",
                sort_key="picture",
                index=Index(name=GRANTS_BY_READER, partition_key="reader", sort_key="picture"),
                storage_key=storage_key,
                identities=identities,
                vpc_id=vpc_id,
            ),
        )
        tables = [self.pictures, self.grants]
        self.user_data = UserDataRole(
            self,
            "UserData",
            UserDataRoleProps(
                identities=identities,
                identity_provider=IdentityProvider(self, "Auth0", props.environment),
                vpc_id=vpc_id,
                picture_key=props.picture_key,
                storage_key=storage_key,
                bucket=self.bucket,
                pictures=self.pictures,
                grants=self.grants,
                grants_by_reader_index=GRANTS_BY_READER,
            ),
        )
        self.vault = BackupVault(
            self,
            "Vault",
            BackupVaultProps(
                identities=identities,
                storage_key=storage_key,
                tables=tables,
                # Elsewhere an environment can be taken down again before its last copy is gone.
                immutable=props.environment.name == "production",
            ),
        )
        self.restore = RestoreRoles(
            self,
            "Restore",
            RestoreRolesProps(
                identities=identities,
                storage_key=storage_key,
                tables=tables,
                vault=self.vault,
                restorers=props.environment.restorers,
            ),
        )
