"""An account that answers what a test says, through botocore's own stubs, which check calls and answers."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from doctor.account.account import CONFIG, Account
from doctor.account.templates import Templates, read
from stacks.lambda_asset import ROOT
from stacks.settings import EnvironmentSettings, Settings
from stacks.synthesis import synthesize


@dataclass
class FakeAws:
    """Clients whose calls are answered in order; `calls` keeps what was asked."""

    session: boto3.Session
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    stubs: dict[str, Stubber] = field(default_factory=dict)
    refusal: Exception | None = None

    def answer(self, service: str, operation: str, response: Any, **expected: Any) -> None:
        """Answer the next call of a service; a string is the code of an error."""
        stub = self._stub(service)
        if isinstance(response, str):
            code, _, message = response.partition(": ")
            stub.add_client_error(operation, service_error_code=code, service_message=message)
        else:
            # Copied: botocore rewrites an answer while it reads it.
            stub.add_response(operation, copy.deepcopy(response), expected or None)

    def __call__(self, service: str, region: str) -> Any:
        """What an account calls to get a client."""
        client = self._stub(service).client

        def record(params: Any, model: Any, **_: Any) -> None:
            self.calls.append((service, region, model.name))
            if self.refusal is not None:
                raise self.refusal

        client.meta.events.register_first("provide-client-params.*.*", record, unique_id="record")
        return client

    def _stub(self, service: str) -> Stubber:
        if service not in self.stubs:
            client = self.session.client(service, region_name="eu-west-1", config=CONFIG)
            self.stubs[service] = Stubber(client)
            self.stubs[service].activate()
        return self.stubs[service]


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings.load(ROOT / "settings.toml")


@pytest.fixture(scope="session")
def development(settings) -> EnvironmentSettings:
    return settings.environments[0]


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="AKIAEXAMPLE", aws_secret_access_key="example")


BOOTSTRAP = {
    "Parameters": {"FirstDeployers": {"Type": "String", "Default": ""}},
    "Resources": {
        "Version": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "30"}}
    },
}


@pytest.fixture(scope="session")
def templates(settings, development, tmp_path_factory) -> Templates:
    """What the repository makes for development, with a bootstrap that is small enough to read."""
    found = read(synthesize(settings, tmp_path_factory.mktemp("assembly")), development)
    return Templates(
        stacks=found.stacks,
        bootstrap=BOOTSTRAP,
        bootstrap_version=found.bootstrap_version,
        bootstrap_version_parameter=found.bootstrap_version_parameter,
    )


@pytest.fixture
def aws(session) -> FakeAws:
    return FakeAws(session)


@pytest.fixture
def account(settings, development, templates, aws) -> Account:
    return Account(settings=settings, environment=development, clients=aws, templates=lambda: templates)


@pytest.fixture
def look(account, aws) -> Callable[..., Any]:
    """Answer the calls of one check of the account and return its result."""
    from doctor.checks import ACCOUNT
    from doctor.run import answers

    checks = {check.name: check for check in ACCOUNT}

    def call(name: str, *calls: tuple[Any, ...]) -> Any:
        for service, operation, response, *expected in calls:
            aws.answer(service, operation, response, **(expected[0] if expected else {}))
        (answer,) = answers([checks[name]], account)
        for stub in aws.stubs.values():
            stub.assert_no_pending_responses()
        return answer.result

    return call
