"""Roles with their trust and inline policies, and OIDC providers."""

import json
from typing import Any

from local_cloud.backend import Backend
from local_cloud.errors import LocalCloudError
from local_cloud.intrinsics import Physical
from local_cloud.resources.names import generated_name
from local_cloud.resources.settings import check_known
from local_cloud.template import Resource

ROLE = {
    "AssumeRolePolicyDocument",
    "Description",
    "MaxSessionDuration",
    "Path",
    "Policies",
    "RoleName",
    "Tags",
}
ROLE_NOT_KEPT = {"PermissionsBoundary"}


def create_role(backend: Backend, resource: Resource, properties: dict[str, Any]) -> Physical:
    """Create a role; one with a managed policy is refused, the templates attach none."""
    check_known(resource, properties, ROLE | ROLE_NOT_KEPT)
    client = backend.client("iam")
    name = properties.get("RoleName") or generated_name(resource, limit=64)
    role = client.create_role(
        RoleName=name,
        Path=properties.get("Path", "/"),
        AssumeRolePolicyDocument=json.dumps(properties["AssumeRolePolicyDocument"]),
        Description=properties.get("Description", ""),
        MaxSessionDuration=int(properties.get("MaxSessionDuration", 3600)),
        Tags=properties.get("Tags", []),
    )["Role"]
    for policy in properties.get("Policies", []):
        client.put_role_policy(
            RoleName=name,
            PolicyName=policy["PolicyName"],
            PolicyDocument=json.dumps(policy["PolicyDocument"]),
        )
    return Physical(ref=name, attributes={"Arn": role["Arn"], "RoleId": role["RoleId"]})


def attach_policy(backend: Backend, resource: Resource, properties: dict[str, Any]) -> Physical:
    """Write an inline policy into its roles."""
    check_known(resource, properties, {"PolicyDocument", "PolicyName", "Roles"})
    for role in properties["Roles"]:
        backend.client("iam").put_role_policy(
            RoleName=role,
            PolicyName=properties["PolicyName"],
            PolicyDocument=json.dumps(properties["PolicyDocument"]),
        )
    return Physical(ref=properties["PolicyName"])


def create_oidc_provider(backend: Backend, resource: Resource, properties: dict[str, Any]) -> Physical:
    """Create an OIDC provider."""
    check_known(resource, properties, {"ClientIdList", "Tags", "ThumbprintList", "Url"})
    if not properties.get("ClientIdList"):
        raise LocalCloudError(f"{resource}: an OIDC provider without client ids lets nobody in")
    arn = backend.client("iam").create_open_id_connect_provider(
        Url=properties["Url"],
        ClientIDList=properties["ClientIdList"],
        ThumbprintList=properties.get("ThumbprintList", []),
        Tags=properties.get("Tags", []),
    )["OpenIDConnectProviderArn"]
    return Physical(ref=arn, attributes={"Arn": arn})
