"""What one user may read: his own pictures, and those shared with him."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from lambdas.pictures.environment import Environment
from lambdas.pictures.errors import aws_errors
from lambdas.pictures.ledger import COMPLETE, own_grant_key, picture_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryOutputTypeDef


class Grant(NamedTuple):
    """A wrap made for the user, of a picture that may be somebody else's."""

    owner: str
    wrapped_key: bytes


class OwnPicture(NamedTuple):
    """What the database holds of a complete picture of the user's own."""

    size: int
    metadata: bytes


class Listed(NamedTuple):
    """Rows of a listing as the API shows them, and the id after which to go on, if there may be more."""

    pictures: list[dict[str, Any]]
    go_on_after: str | None


class Library:
    """One user's readable pictures. Every method raises Unavailable or AwsRefused when DynamoDB fails."""

    def __init__(self, dynamodb: "DynamoDBClient", environment: Environment, user: str) -> None:
        self._dynamodb = dynamodb
        self._pictures = environment.pictures_table
        self._grants = environment.grants_table
        self._by_reader = environment.grants_by_reader_index
        self._user = user

    def own(self, picture: str) -> OwnPicture | None:
        """The user's own picture of this id, if it is complete."""
        item = self._item(self._pictures, picture_key(self._user, picture))
        if item is None or item["state"]["S"] != COMPLETE:
            return None
        return OwnPicture(size=int(item["size"]["N"]), metadata=item["metadata"]["B"])

    def own_grant(self, picture: str) -> Grant | None:
        """The wrap that opens the user's own picture."""
        item = self._item(self._grants, own_grant_key(self._user, picture))
        return None if item is None else _grant(item)

    def shared_grant(self, picture: str) -> Grant | None:
        """The wrap that another owner made for the user; one made this very second may not be seen yet."""
        found = self._shared("AND picture = :picture", {":picture": {"S": picture}})["Items"]
        return _grant(found[0]) if found else None

    def own_after(self, picture: str, *, limit: int) -> Listed:
        """Up to `limit` of the user's own pictures with ids above this one; unfinished ones are left out."""
        with aws_errors("Query"):
            page = self._dynamodb.query(
                TableName=self._pictures,
                KeyConditionExpression="#owner = :user AND picture > :picture",
                FilterExpression="#state = :complete",
                ProjectionExpression="picture, #owner, #size, created_at",
                ExpressionAttributeNames={"#owner": "owner", "#size": "size", "#state": "state"},
                ExpressionAttributeValues={
                    ":user": {"S": self._user},
                    ":picture": {"S": picture},
                    ":complete": {"S": COMPLETE},
                },
                Limit=limit,
                ConsistentRead=True,
            )
        rows = [
            _shown(row) | {"size": int(row["size"]["N"]), "created_at": row["created_at"]["S"]}
            for row in page["Items"]
        ]
        return Listed(rows, _last_id(page))

    def shared_after(self, picture: str, *, limit: int) -> Listed:
        """Up to `limit` pictures shared with the user, with ids above this one.

        Their sizes and times are in rows that only the owner may read.
        """
        page = self._shared("AND picture > :picture", {":picture": {"S": picture}})
        rows = [_shown(row) for row in page["Items"]]
        if len(rows) > limit:
            return Listed(rows[:limit], rows[limit - 1]["id"])
        return Listed(rows, _last_id(page))

    def _shared(self, condition: str, values: Mapping[str, "AttributeValueTypeDef"]) -> "QueryOutputTypeDef":
        # Without a Limit: it would count the user's own wraps, which the filter leaves out only afterwards.
        with aws_errors("Query"):
            return self._dynamodb.query(
                TableName=self._grants,
                IndexName=self._by_reader,
                KeyConditionExpression=f"reader = :user {condition}",
                FilterExpression="#owner <> :user",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":user": {"S": self._user}, **values},
            )

    def _item(self, table: str, key: dict[str, "AttributeValueTypeDef"]) -> Mapping[str, Any] | None:
        with aws_errors("GetItem"):
            return self._dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def _grant(item: Mapping[str, Any]) -> Grant:
    return Grant(owner=item["owner"]["S"], wrapped_key=item["wrapped_key"]["B"])


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row["picture"]["S"], "owner": row["owner"]["S"]}


def _last_id(page: Mapping[str, Any]) -> str | None:
    last = page.get("LastEvaluatedKey")
    return last["picture"]["S"] if last else None
