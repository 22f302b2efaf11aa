"""The network from which user data is reached, and its record."""

from __future__ import annotations

from constructs import Construct

from stacks.constructs.flow_log import FlowLog
from stacks.constructs.isolated_network import IsolatedNetwork, IsolatedNetworkProps
from stacks.constructs.sealed_log_group import SealedLogGroupProps
from stacks.identities import Identities
from stacks.settings import PrefixLists
from stacks.workload_stack import WorkloadStack


class Network(WorkloadStack):
    """Promise ENV-2: functions live where no road leads out, and every connection is on record."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        identities: Identities,
        prefix_lists: PrefixLists,
        logs: SealedLogGroupProps,
    ) -> None:
        super().__init__(scope, construct_id, identities=identities)
        self.isolated = IsolatedNetwork(
            self, "Vpc", IsolatedNetworkProps(identities=identities, prefix_lists=prefix_lists)
        )
        FlowLog(self, "FlowLog", vpc=self.isolated.vpc, identities=identities, logs=logs)
