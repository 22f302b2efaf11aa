"""The ledger of one user's uploads: a row for each picture, and the wrap made for its owner.

Every picture has a row in Pictures before anything else of it exists and until nothing else of it is left: so
what a dead upload left behind can be found. Keys always begin with the session's own user; the role's policy
demands the same (dynamodb:LeadingKeys) and does not rely on this code.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from lambdas.pictures.environment import Environment
from lambdas.pictures.errors import IdTaken, aws_errors, cancellation_reasons

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

UPLOADING = "uploading"
COMPLETE = "complete"


@dataclass(frozen=True, kw_only=True)
class NewPicture:
    """A picture about to be stored: what the database says in the clear, and its sealed metadata."""

    picture: str
    size: int
    created_at: datetime
    metadata: bytes
    wrapped_key: bytes


def timestamp(moment: datetime) -> str:
    """ISO 8601 to the second, of a moment in UTC: sorts as it compares."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def picture_key(user: str, picture: str) -> dict[str, "AttributeValueTypeDef"]:
    """The key of a user's own picture in Pictures."""
    return {"owner": {"S": user}, "picture": {"S": picture}}


def own_grant_key(user: str, picture: str) -> dict[str, "AttributeValueTypeDef"]:
    """The key, in Grants, of the wrap that opens a user's own picture to himself."""
    return {"owner_reader": {"S": f"{user}|{user}"}, "picture": {"S": picture}}


class Ledger:
    """One user's uploads. Every method raises Unavailable or AwsRefused when DynamoDB does not do it."""

    def __init__(self, dynamodb: "DynamoDBClient", environment: Environment, user: str) -> None:
        self._dynamodb = dynamodb
        self._pictures = environment.pictures_table
        self._grants = environment.grants_table
        self._user = user

    def begin(self, new: NewPicture) -> None:
        """Write the row and the owner's own wrap: both or neither, and never over others.

        Raises: IdTaken when there are. A retry after a lost answer meets its own, by its token, and succeeds.
        Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
        """
        created_at = timestamp(new.created_at)
        row: dict[str, AttributeValueTypeDef] = {
            **picture_key(self._user, new.picture),
            "state": {"S": UPLOADING},
            "size": {"N": str(new.size)},
            "segments": {"N": "1"},
            "created_at": {"S": created_at},
            "metadata": {"B": new.metadata},
        }
        grant: dict[str, AttributeValueTypeDef] = {
            **own_grant_key(self._user, new.picture),
            "owner": {"S": self._user},
            "reader": {"S": self._user},
            "wrapped_key": {"B": new.wrapped_key},
            "wrapped_at": {"S": created_at},
        }
        unused = "attribute_not_exists(picture)"
        with aws_errors("TransactWriteItems"):
            try:
                self._dynamodb.transact_write_items(
                    TransactItems=[
                        {"Put": {"TableName": self._pictures, "Item": row, "ConditionExpression": unused}},
                        {"Put": {"TableName": self._grants, "Item": grant, "ConditionExpression": unused}},
                    ]
                )
            except self._dynamodb.exceptions.TransactionCanceledException as error:
                if "ConditionalCheckFailed" in cancellation_reasons(error):
                    raise IdTaken("TransactWriteItems: picture id in use") from error
                raise

    def complete(self, picture: str) -> None:
        """Let the picture be read, now that all of it is there.

        The condition holds for a complete row too: a retry after a lost answer must not look like a failure.
        """
        with aws_errors("UpdateItem"):
            self._dynamodb.update_item(
                TableName=self._pictures,
                Key=picture_key(self._user, picture),
                UpdateExpression="SET #state = :complete",
                ConditionExpression="attribute_exists(picture)",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={":complete": {"S": COMPLETE}},
            )

    def unfinish(self, picture: str) -> bool:
        """Let the picture not be read, whatever became of completing it; False when it has no row."""
        with aws_errors("UpdateItem"):
            try:
                self._dynamodb.update_item(
                    TableName=self._pictures,
                    Key=picture_key(self._user, picture),
                    UpdateExpression="SET #state = :uploading",
                    ConditionExpression="attribute_exists(picture)",
                    ExpressionAttributeNames={"#state": "state"},
                    ExpressionAttributeValues={":uploading": {"S": UPLOADING}},
                )
            except self._dynamodb.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def forget_wrap(self, picture: str) -> None:
        """Delete the owner's wrap: from here on nobody can open the picture."""
        with aws_errors("DeleteItem"):
            self._dynamodb.delete_item(TableName=self._grants, Key=own_grant_key(self._user, picture))

    def forget(self, picture: str) -> None:
        """Delete the row, now that nothing else is left of the picture."""
        with aws_errors("DeleteItem"):
            self._dynamodb.delete_item(TableName=self._pictures, Key=picture_key(self._user, picture))

    def unfinished(self, *, before: datetime) -> Iterator[str]:
        """The pictures whose upload began before a moment and never ended."""
        with aws_errors("Query"):
            for page in self._dynamodb.get_paginator("query").paginate(
                TableName=self._pictures,
                KeyConditionExpression="#owner = :user",
                FilterExpression="#state = :uploading AND created_at < :before",
                ProjectionExpression="picture",
                ExpressionAttributeNames={"#owner": "owner", "#state": "state"},
                ExpressionAttributeValues={
                    ":user": {"S": self._user},
                    ":uploading": {"S": UPLOADING},
                    ":before": {"S": timestamp(before)},
                },
            ):
                yield from (row["picture"]["S"] for row in page["Items"])
