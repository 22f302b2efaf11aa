"""Works out which API operation a request is, and with which parameters, from AWS's own service models."""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel

from local_cloud.gate.refusals import Cause, Refused
from local_cloud.gate.wire import WireRequest


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation by its name in the API reference, and its parameters by theirs."""

    service: str
    name: str
    parameters: Mapping[str, Any]


def resolve(service: str, request: WireRequest) -> Operation:
    """Return the operation of `service` that this request is.

    Raises: Refused when no operation of the service looks like it: an action that is not understood can be
    neither recorded nor, later, decided.
    """
    model = _model(service)
    match model.metadata["protocol"]:
        case "json":
            prefix, _, name = request.headers.get("x-amz-target", "").partition(".")
            parameters = _json(request.body)
            known = prefix == model.metadata["targetPrefix"]
        case "query":
            parameters = request.form_values
            name = parameters.pop("Action", "")
            known = parameters.pop("Version", "") == model.api_version
        case _:
            name, parameters = _resolve_rest(service, request)
            known = bool(name)
    if not known or name not in model.operation_names:
        raise Refused(Cause.NOT_UNDERSTOOD, f"{service} has no such operation")
    return Operation(service=service, name=name, parameters=parameters)


@functools.cache
def _model(service: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(service)


def _json(body: bytes) -> dict[str, Any]:
    try:
        parameters = json.loads(body or b"{}")
    except ValueError as error:
        raise Refused(Cause.NOT_UNDERSTOOD, "the body is not JSON") from error
    if not isinstance(parameters, dict):
        raise Refused(Cause.NOT_UNDERSTOOD, "the body is not a JSON object")
    return parameters


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a REST operation looks on the wire."""

    name: str
    method: str
    path: re.Pattern[str]
    query: frozenset[tuple[str, str]]
    needed_query: frozenset[str]
    needed_headers: frozenset[str]
    query_members: Mapping[str, str]
    header_members: Mapping[str, str]

    @property
    def weight(self) -> int:
        """How much it demands: the most demanding operation that fits is the one that was meant."""
        return len(self.query) + len(self.needed_query) + len(self.needed_headers)

    def fit(self, request: WireRequest, query: Mapping[str, str]) -> dict[str, str] | None:
        """Return the labels of the path when the request has all that marks this operation."""
        labels = self.path.fullmatch(request.path)
        fits = (
            self.method == request.method
            and all(query.get(name) == value for name, value in self.query)
            and self.needed_query <= query.keys()
            and self.needed_headers <= request.headers.keys()
        )
        return labels.groupdict() if labels and fits else None


def _resolve_rest(service: str, request: WireRequest) -> tuple[str, dict[str, Any]]:
    query = request.query_values
    for shape in _shapes(service):
        labels = shape.fit(request, query)
        if labels is not None:
            parameters = {name: unquote(value) for name, value in labels.items()}
            parameters |= {m: query[wire] for wire, m in shape.query_members.items() if wire in query}
            parameters |= {
                m: request.headers[wire]
                for wire, m in shape.header_members.items()
                if wire in request.headers
            }
            return shape.name, parameters
    return "", {}


@functools.cache
def _shapes(service: str) -> tuple[Shape, ...]:
    model = _model(service)
    shapes = (_shape(model.operation_model(name)) for name in model.operation_names)
    return tuple(sorted(shapes, key=lambda shape: shape.weight, reverse=True))


def _shape(operation: OperationModel) -> Shape:
    path, _, query = operation.http["requestUri"].partition("?")
    pairs = frozenset(
        (name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)
    )
    query_members: dict[str, str] = {}
    header_members: dict[str, str] = {}
    required: set[str] = set()
    if operation.input_shape is not None:
        required = set(operation.input_shape.required_members)
        for name, member in operation.input_shape.members.items():
            wire = member.serialization.get("name", name)
            if member.serialization.get("location") == "querystring":
                query_members[wire] = name
            elif member.serialization.get("location") == "header":
                header_members[wire.lower()] = name
    return Shape(
        name=operation.name,
        method=operation.http["method"],
        path=_path_pattern(path),
        query=pairs,
        needed_query=frozenset(wire for wire, name in query_members.items() if name in required),
        needed_headers=frozenset(wire for wire, name in header_members.items() if name in required),
        query_members=query_members,
        header_members=header_members,
    )


def _path_pattern(path: str) -> re.Pattern[str]:
    """`/{Bucket}/{Key+}` as a pattern: a label is one segment, a label with a plus all that is left."""
    pattern = ""
    for part in re.split(r"(\{\w+\+?\})", path):
        if part.startswith("{"):
            name = part.strip("{}")
            pattern += f"(?P<{name[:-1]}>.+)" if name.endswith("+") else f"(?P<{name}>[^/]+)"
        else:
            pattern += re.escape(part)
    # S3 clients may end a bucket's path with a slash.
    return re.compile(pattern if "+}" in path else pattern.rstrip("/") + "/?")
