"""Every property of a created resource is kept or listed as not kept: none is dropped in silence."""

from collections.abc import Iterable, Mapping
from typing import Any

from local_cloud.errors import LocalCloudError
from local_cloud.template import Resource


def check_known(resource: Resource, properties: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse a resource with a property that nobody here has thought about.

    Raises: LocalCloudError naming the property.
    """
    unknown = sorted(set(properties) - set(known))
    if unknown:
        raise LocalCloudError(
            f"{resource} ({resource.type}): {', '.join(unknown)} is not known to the local cloud"
        )
