"""What the templates say about a function."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.errors import LocalCloudError
from local_cloud.intrinsics import Resolver
from local_cloud.template import Environment, Resource


@dataclass(frozen=True, kw_only=True)
class Function:
    """One Lambda function, resolved."""

    name: str
    arn: str
    handler: str
    runtime: str
    role_arn: str
    timeout_seconds: int
    memory_mb: int
    log_group: str
    json_logs: bool
    vpc: str | None
    concurrency: int | None
    environment: Mapping[str, str]


def functions_of(environment: Environment, resolver: Resolver) -> dict[str, Function]:
    """Return the environment's functions by their ARN."""
    subnets = _vpc_of_subnets(environment, resolver)
    found = (
        _function(resource, resolver, subnets) for resource in environment.resources("AWS::Lambda::Function")
    )
    return {function.arn: function for function in found}


def _function(resource: Resource, resolver: Resolver, vpc_of_subnet: Mapping[str, str]) -> Function:
    properties = resolver.properties(resource)
    name = resolver.resolve({"Ref": resource.logical_id}, resource.stack)
    logging = properties.get("LoggingConfig", {})
    vpcs = {vpc_of_subnet[subnet] for subnet in properties.get("VpcConfig", {}).get("SubnetIds", [])}
    if len(vpcs) > 1:
        raise LocalCloudError(f"{resource}: a function cannot be in {len(vpcs)} networks")
    return Function(
        name=name,
        arn=resolver.resolve({"Fn::GetAtt": [resource.logical_id, "Arn"]}, resource.stack),
        handler=_required(resource, properties, "Handler"),
        runtime=_required(resource, properties, "Runtime"),
        role_arn=_required(resource, properties, "Role"),
        timeout_seconds=int(properties.get("Timeout", 3)),
        memory_mb=int(properties.get("MemorySize", 128)),
        log_group=logging.get("LogGroup", f"/aws/lambda/{name}"),
        json_logs=logging.get("LogFormat") == "JSON",
        vpc=next(iter(vpcs), None),
        concurrency=properties.get("ReservedConcurrentExecutions"),
        environment={k: str(v) for k, v in properties.get("Environment", {}).get("Variables", {}).items()},
    )


def _required(resource: Resource, properties: Mapping[str, Any], name: str) -> str:
    if name not in properties:
        raise LocalCloudError(f"{resource}: {name} is missing, only functions from a zip run here")
    return str(properties[name])


def _vpc_of_subnets(environment: Environment, resolver: Resolver) -> dict[str, str]:
    return {
        resolver.resolve({"Ref": subnet.logical_id}, subnet.stack): resolver.properties(subnet)["VpcId"]
        for subnet in environment.resources("AWS::EC2::Subnet")
    }
