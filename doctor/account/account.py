"""The account that is looked at: its settings, read-only clients, and the templates it is to get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from doctor.account.templates import Templates, synthesized
from stacks.settings import EnvironmentSettings, Settings

# Nobody waits minutes for an answer that does not come.
CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"total_max_attempts": 2, "mode": "standard"},
    tcp_keepalive=False,
)
# Enabled in every account of the commercial partition; others have to be enabled first.
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
ALWAYS_ENABLED = "us-east-1"

# A client for a service in a region.
Clients = Callable[[str, str], Any]


@dataclass(frozen=True, kw_only=True)
class Account:
    """One environment's account, as its credentials see it."""

    settings: Settings
    environment: EnvironmentSettings
    clients: Clients
    templates: Callable[[], Templates]

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of a service in the region of the settings, or in another."""
        return self.clients(service, region or self.settings.region)


def clients_of(session: boto3.Session) -> Clients:
    """Clients that give up soon, one for each service and region."""

    @cache
    def client(service: str, region: str) -> Any:
        return session.client(service, region_name=region, config=CONFIG)  # type: ignore[call-overload]

    return client


def account_of(settings: Settings, environment: EnvironmentSettings, clients: Clients) -> Account:
    """The account of an environment; its templates are synthesized when the first check asks for them."""

    @cache
    def templates() -> Templates:
        return synthesized(settings, environment)

    return Account(settings=settings, environment=environment, clients=clients, templates=templates)
