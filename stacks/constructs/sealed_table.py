"""A table of facts about people's pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from stacks.constructs.master_key import MasterKey
from stacks.constructs.statement import ANYONE, deny, only_over_tls, policy, role_is_none_of
from stacks.identities import Identities

# Everything that reads or writes rows, or sends them into a bucket or a stream of Kinesis; what backs up,
# restores, describes or changes a table is not among it.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-iam-actions.html
ROW_ACTIONS = (
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:EnableKinesisStreamingDestination",
    "dynamodb:ExportTableToPointInTime",
    "dynamodb:GetItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLSelect",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)


@dataclass(frozen=True, kw_only=True)
class Index:
    """A second way to look rows up, holding whole rows; both keys are strings."""

    name: str
    partition_key: str
    sort_key: str


@dataclass(frozen=True, kw_only=True)
class SealedTableProps:
    """The table's keys (strings), and who may touch its rows from where."""

    partition_key: str
    sort_key: str
    storage_key: MasterKey
    identities: Identities
    vpc_id: str
    index: Index | None = None
    recoverable_days: int = 35

    def __post_init__(self) -> None:
        if not 1 <= self.recoverable_days <= 35:
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
            raise ValueError(f"recoverable_days must be from 1 to 35, got {self.recoverable_days}")
        if self.partition_key == self.sort_key:
            raise ValueError(f"partition_key and sort_key must differ, got {self.partition_key!r} twice")


class SealedTable(Construct):
    """Promises ENC-3, ENC-8, ISO-3: rows under our key, recoverable, for sessions of people only."""

    def __init__(self, scope: Construct, construct_id: str, props: SealedTableProps) -> None:
        super().__init__(scope, construct_id)
        names = {props.partition_key, props.sort_key}
        if props.index:
            names |= {props.index.partition_key, props.index.sort_key}
        self.resource = dynamodb.CfnTable(
            self,
            "Default",
            attribute_definitions=[{"attributeName": name, "attributeType": "S"} for name in sorted(names)],
            key_schema=_key_schema(props.partition_key, props.sort_key),
            global_secondary_indexes=[
                {
                    "indexName": index.name,
                    "keySchema": _key_schema(index.partition_key, index.sort_key),
                    "projection": {"projectionType": "ALL"},
                }
                for index in (props.index,)
                if index
            ]
            or None,
            billing_mode="PAY_PER_REQUEST",
            sse_specification={"sseEnabled": True, "sseType": "KMS", "kmsMasterKeyId": props.storage_key.arn},
            point_in_time_recovery_specification={
                "pointInTimeRecoveryEnabled": True,
                "recoveryPeriodInDays": props.recoverable_days,
            },
            deletion_protection_enabled=True,
            resource_policy={"policyDocument": _policy(props)},
        )
        # Not "except on create": deletion protection refuses a rollback as well, which would fail for it.
        self.resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        self.arn = self.resource.attr_arn
        self.name = self.resource.ref


def _key_schema(partition_key: str, sort_key: str) -> list[dict[str, str]]:
    return [
        {"attributeName": partition_key, "keyType": "HASH"},
        {"attributeName": sort_key, "keyType": "RANGE"},
    ]


def _policy(props: SealedTableProps) -> dict[str, Any]:
    # The table's own ARN does not exist yet while it is made, and a policy that names another ARN takes no
    # effect. So "*", as in the page's own denial of all but one VPC endpoint. By the page a wildcard covers
    # the table and its indexes, also those that are made later.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-examples.html
    return policy(
        only_over_tls("dynamodb:*", on="*"),
        deny(
            "RowsOnlyFromOurNetwork",
            to=ANYONE,
            cannot=ROW_ACTIONS,
            where={"StringNotEquals": {"aws:SourceVpc": props.vpc_id}},
        ),
        deny(
            "RowsOnlyForSessionsOfPeople",
            to=ANYONE,
            cannot=ROW_ACTIONS,
            where=role_is_none_of(props.identities.user_data),
        ),
    )
