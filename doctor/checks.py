"""Every check there is, in the order in which they are made; docs/prerequisites.md explains each by name."""

from __future__ import annotations

from doctor import machine, tenant
from doctor.account import bootstrap, places, quotas, records, services
from doctor.account.account import Account
from doctor.machine import Machine
from doctor.result import Check
from doctor.tenant import Tenant

MACHINE: tuple[Check[Machine], ...] = (
    Check("settings", machine.settings),
    Check("system", machine.system),
    Check("python", machine.python),
    Check("make", machine.make),
    Check("git", machine.git),
    Check("uv", machine.uv),
    Check("node", machine.node),
    Check("lock", machine.lock),
    Check("packages", machine.packages),
    Check("node-packages", machine.node_packages),
    Check("functions", machine.functions),
)

TENANT: tuple[Check[Tenant], ...] = (
    Check("issuer", tenant.issuer),
    Check("signing-keys", tenant.signing_keys),
)

ACCOUNT: tuple[Check[Account], ...] = (
    Check("region", places.region),
    Check("zones", places.zones),
    Check("bootstrap", bootstrap.bootstrap),
    Check("bootstrap-version", bootstrap.bootstrap_version),
    Check("first-deployers", bootstrap.first_deployers),
    Check("zone", places.zone),
    Check("delegation", places.delegation),
    Check("prefix-lists", places.prefix_lists),
    Check("identity-provider", services.identity_provider),
    Check("lambda-concurrency", quotas.lambda_concurrency),
    Check("kms-requests", quotas.kms_requests),
    Check("vpcs", quotas.vpcs),
    Check("interface-endpoints", quotas.interface_endpoints),
    Check("gateway-endpoints", quotas.gateway_endpoints),
    Check("trail", records.trail),
    Check("welcome-logs", records.welcome_logs),
    Check("log-policies", records.log_policies),
    Check("s3-public-access", services.s3_public_access),
    Check("dynamodb-backup", services.dynamodb_backup),
)
