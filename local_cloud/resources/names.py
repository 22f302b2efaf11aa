"""Names that CloudFormation would generate, the same in every run."""

import hashlib

from local_cloud.template import Resource


def generated_name(resource: Resource, *, limit: int = 255) -> str:
    """Make the name that CloudFormation would generate: stack, logical id, twelve characters."""
    return f"{f'{resource.stack.name}-{resource.logical_id}'[: limit - 13]}-{digest(resource)[:12]}"


def digest(resource: Resource) -> str:
    """Hexadecimal digits that belong to this resource alone."""
    return hashlib.sha256(str(resource).encode()).hexdigest()
