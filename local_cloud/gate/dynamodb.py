"""What a DynamoDB request asks IAM for.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from local_cloud.backend import Backend
from local_cloud.gate.call import Access
from local_cloud.gate.operation import Operation
from local_cloud.gate.refusals import Cause, Refused

ITEM = {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"}
TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
TABLE = {"DescribeTable", "DescribeTimeToLive", "DescribeContinuousBackups"}
SEVERAL = {"TransactWriteItems", "TransactGetItems", "BatchGetItem", "BatchWriteItem"}
UNDERSTOOD = frozenset(ITEM | TABLE | SEVERAL)
EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
NAME = re.compile(r"(?<![:\w#])(#?[A-Za-z_]\w*)(?!\w*\()")
WORDS = {"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"}


def accesses(operation: Operation, backend: Backend) -> tuple[Access, ...]:
    """Return what the operation needs: one access for each table, index or item it names.

    Raises: Refused for operations that are not understood here, PartiQL among them.
    """
    return tuple(
        Access(
            action=f"dynamodb:{action}",
            resource=_resource(request, backend),
            context=_context(action, request, backend) | enclosing,
        )
        for action, request, enclosing in _requests(operation)
    )


def _requests(operation: Operation) -> Iterator[tuple[str, Mapping[str, Any], dict[str, tuple[str, ...]]]]:
    """Yield each action with its own parameters, and the operation around it."""
    if operation.name not in UNDERSTOOD:
        raise Refused(Cause.NOT_UNDERSTOOD, f"dynamodb {operation.name} is not understood here")
    parameters = operation.parameters
    around: dict[str, tuple[str, ...]] = {"dynamodb:enclosingoperation": (operation.name,)}
    match operation.name:
        case name if name in ITEM or name in TABLE:
            yield name, parameters, {}
        case "TransactWriteItems":
            for item in parameters.get("TransactItems", []):
                for kind, request in item.items():
                    yield TRANSACTION[kind], request, around
        case "TransactGetItems":
            for item in parameters.get("TransactItems", []):
                yield "GetItem", item["Get"], around
        case "BatchGetItem":
            for table, request in parameters.get("RequestItems", {}).items():
                yield "BatchGetItem", {**request, "TableName": table}, {}
        case "BatchWriteItem":
            for table, writes in parameters.get("RequestItems", {}).items():
                keys = [
                    write.get("PutRequest", {}).get("Item") or write["DeleteRequest"]["Key"]
                    for write in writes
                ]
                yield "BatchWriteItem", {"TableName": table, "Keys": keys}, {}
        case name:
            raise NotImplementedError(f"dynamodb {name} is listed as understood, and is not")


def _table(request: Mapping[str, Any]) -> str:
    named = request.get("TableName")
    if not isinstance(named, str):
        raise Refused(Cause.NOT_UNDERSTOOD, "the request names no table")
    return named.rpartition("/")[2]


def _resource(request: Mapping[str, Any], backend: Backend) -> str:
    arn = f"arn:aws:dynamodb:{backend.region}:{backend.account}:table/{_table(request)}"
    return f"{arn}/index/{request['IndexName']}" if "IndexName" in request else arn


def _context(action: str, request: Mapping[str, Any], backend: Backend) -> dict[str, tuple[str, ...]]:
    context: dict[str, tuple[str, ...]] = {}
    if action in TABLE:
        return context
    leading = _leading_keys(request, _partition_key(request, backend))
    if leading:
        context["dynamodb:leadingkeys"] = leading
    attributes = _attributes(request)
    if attributes:
        context["dynamodb:attributes"] = attributes
    for name in ("Select", "ReturnValues", "ReturnConsumedCapacity"):
        if name in request:
            context[f"dynamodb:{name.lower()}"] = (request[name],)
    return context


def _partition_key(request: Mapping[str, Any], backend: Backend) -> str:
    """Return the partition key's name: of the index when one is queried, of the table otherwise."""
    client = backend.client("dynamodb")
    try:
        table = client.describe_table(TableName=_table(request))["Table"]
    except client.exceptions.ResourceNotFoundException as error:
        raise Refused(Cause.DENIED, "the table does not exist, or is not of this account") from error
    schema = table["KeySchema"]
    for index in table.get("GlobalSecondaryIndexes", []):
        if index["IndexName"] == request.get("IndexName"):
            schema = index["KeySchema"]
    return next(str(part["AttributeName"]) for part in schema if part["KeyType"] == "HASH")


def _leading_keys(request: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return the partition key values the request touches; none for a Scan, which touches all."""
    items = [request[name] for name in ("Item", "Key") if name in request] + list(request.get("Keys", []))
    found = [value for item in items if key in item for value in item[key].values()]
    if key in request.get("KeyConditions", {}):
        found += [
            v for each in request["KeyConditions"][key].get("AttributeValueList", []) for v in each.values()
        ]
    names = request.get("ExpressionAttributeNames", {})
    for name, placeholder in re.findall(r"(#?\w+)\s*=\s*(:\w+)", request.get("KeyConditionExpression", "")):
        if names.get(name, name) == key:
            found += request.get("ExpressionAttributeValues", {}).get(placeholder, {}).values()
    return tuple(sorted({str(value) for value in found}))


def _attributes(request: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of all attributes the request names, top level only."""
    names = request.get("ExpressionAttributeNames", {})
    found = {*request.get("Item", {}), *request.get("Key", {}), *request.get("AttributesToGet", [])}
    found |= {name for item in request.get("Keys", []) for name in item}
    for expression in EXPRESSIONS:
        for name in NAME.findall(request.get(expression, "")):
            if name.upper() not in WORDS:
                found.add(names.get(name, name))
    return tuple(sorted(found))
