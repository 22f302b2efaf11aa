"""Creates what an environment's templates ask for, in the order in which it refers to itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.backend import Backend
from local_cloud.errors import LocalCloudError
from local_cloud.intrinsics import Physical, Resolver
from local_cloud.resources import dynamodb, iam, kms, logs, s3
from local_cloud.resources.described import DESCRIBED, describe
from local_cloud.template import Environment, Resource

Create = Callable[[Backend, Resource, dict[str, Any]], Physical]

CREATED: Mapping[str, Create] = {
    "AWS::DynamoDB::Table": dynamodb.create_table,
    "AWS::IAM::OIDCProvider": iam.create_oidc_provider,
    "AWS::IAM::Role": iam.create_role,
    "AWS::KMS::Alias": kms.create_alias,
    "AWS::KMS::Key": kms.create_key,
    "AWS::Logs::LogGroup": logs.create_log_group,
    "AWS::S3::Bucket": s3.create_bucket,
}
# Created after all others: they attach to resources and are never referred to.
ATTACHED: Mapping[str, Create] = {
    "AWS::IAM::Policy": iam.attach_policy,
    "AWS::S3::BucketPolicy": s3.attach_policy,
}


@dataclass(frozen=True, kw_only=True)
class Created:
    """The environment with the names of everything in it."""

    resolver: Resolver
    described: tuple[Resource, ...]
    names: Mapping[tuple[str, str], Physical]


def create(environment: Environment, backend: Backend) -> Created:
    """Create every resource that runs here, each after those it refers to.

    Raises: LocalCloudError for a type that is neither created nor known to be only described, and for
    resources that refer to each other in a circle.
    """
    names: dict[tuple[str, str], Physical] = {}
    underway: list[Resource] = []

    def physical(resource: Resource) -> Physical:
        key = (resource.stack.name, resource.logical_id)
        if key not in names:
            if key in ((each.stack.name, each.logical_id) for each in underway):
                raise LocalCloudError(f"{' -> '.join(map(str, underway))} -> {resource}: a circle")
            underway.append(resource)
            names[key] = _create_one(resource, resolver, backend)
            underway.pop()
        return names[key]

    resolver = Resolver(environment, physical)
    resources = list(environment.resources())
    unknown = sorted({each.type for each in resources} - CREATED.keys() - ATTACHED.keys() - DESCRIBED.keys())
    if unknown:
        raise LocalCloudError(
            f"the local cloud does not know {', '.join(unknown)}: local_cloud/resources says what it must"
        )
    for resource in sorted(resources, key=lambda each: each.type in ATTACHED):
        physical(resource)
    described = tuple(each for each in resources if DESCRIBED.get(each.type))
    return Created(resolver=resolver, described=described, names=names)


def _create_one(resource: Resource, resolver: Resolver, backend: Backend) -> Physical:
    creator = CREATED.get(resource.type) or ATTACHED.get(resource.type)
    if creator is None:
        return describe(resource, account=backend.account)
    properties = resolver.properties(resource)
    try:
        return creator(backend, resource, properties)
    except LocalCloudError:
        raise
    except Exception as error:
        raise LocalCloudError(f"{resource} ({resource.type}) could not be created: {error}") from error
