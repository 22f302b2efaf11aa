"""Master keys that share one administrator; two such stacks, so that no administrator holds both factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from constructs import Construct

from stacks.constructs.master_key import MasterKey, MasterKeyProps
from stacks.constructs.statement import Statement
from stacks.identities import Identities
from stacks.workload_stack import WorkloadStack


@dataclass(frozen=True, kw_only=True)
class MasterKeySpec:
    """What one master key is for, and who may use it."""

    description: str
    uses: Sequence[Statement]


class Keys(WorkloadStack):
    """Promises ENC-6, ENC-8: rotating master keys, administered by this stack's execution role alone.

    No person can take that role: the bootstrap template of the account makes it for CloudFormation alone.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        identities: Identities,
        administrator: str,
        rotation_days: int,
        keys: Mapping[str, MasterKeySpec],
    ) -> None:
        super().__init__(scope, construct_id, identities=identities, execution_role=administrator)
        self.keys = {
            name: MasterKey(
                self,
                name,
                MasterKeyProps(
                    description=spec.description,
                    identities=identities,
                    administrator=administrator,
                    rotation_days=rotation_days,
                    uses=spec.uses,
                ),
            )
            for name, spec in keys.items()
        }
