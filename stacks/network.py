"""The network from which user data is reached, and its record."""

from __future__ import annotations

from aws_cdk import CfnResource
from constructs import Construct

from stacks.constructs.dns_firewall import DnsFirewall, DnsFirewallProps, names_of
from stacks.constructs.dns_query_log import DnsQueryLog
from stacks.constructs.flow_log import FlowLog
from stacks.constructs.isolated_network import IsolatedNetwork, IsolatedNetworkProps
from stacks.constructs.sealed_log_group import SealedLogGroupProps
from stacks.identities import Identities
from stacks.settings import PrefixLists
from stacks.workload_stack import WorkloadStack


class Network(WorkloadStack):
    """Promise ENV-2: functions live where no road and no name leads out, and both are on record."""

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
        vpc = self.isolated.vpc
        FlowLog(self, "FlowLog", vpc=vpc, identities=identities, logs=logs)
        DnsQueryLog(self, "DnsQueryLog", vpc=vpc, identities=identities, logs=logs)
        firewall = DnsFirewall(
            self,
            "DnsFirewall",
            DnsFirewallProps(
                vpc=vpc, allowed_names=names_of(self.isolated.services, region=identities.region)
            ),
        )
        firewall.made_last([one for one in self.node.find_all() if isinstance(one, CfnResource)])
