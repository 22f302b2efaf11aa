"""Props refuse, when they are made, what would break the construct's promise."""

from typing import Any
from unittest.mock import sentinel

import pytest

from stacks.constructs.alarm import AlarmProps
from stacks.constructs.alarm_topic import AlarmTopicProps
from stacks.constructs.api_routes import Route
from stacks.constructs.backup_vault import BackupVaultProps
from stacks.constructs.event_alarm import EventAlarmProps
from stacks.constructs.master_key import MasterKeyProps
from stacks.constructs.picture_api import PictureApiProps
from stacks.constructs.sealed_bucket import SealedBucketProps
from stacks.constructs.sealed_log_group import SealedLogGroupProps
from stacks.constructs.sealed_table import SealedTableProps
from stacks.constructs.service_function import ServiceFunctionProps
from stacks.constructs.web_acl import WebAclProps

STORE = {"storage_key": sentinel.key, "identities": sentinel.identities}
KEY = {
    "description": "",
    "identities": sentinel.identities,
    "administrator": "",
    "rotation_days": 90,
    "uses": [{}],
}
TABLE = STORE | {"vpc_id": "vpc-1", "partition_key": "owner", "sort_key": "picture"}
FUNCTION = {
    "name": "",
    "handler": "",
    "description": "",
    "code": sentinel.code,
    "identities": sentinel.identities,
    "logs": sentinel.logs,
    "memory_mb": 256,
    "timeout_seconds": 5,
    "reserved_concurrency": 1,
}
API = {
    "identities": sentinel.identities,
    "routes": (),
    "pictures": sentinel.function,
    "authorize": sentinel.function,
    "authorizer_cache_seconds": 60,
    "cross_origin": sentinel.cross_origin,
    "logs": sentinel.logs,
    "requests_per_second": 200,
    "burst": 400,
}
ALARM = {"topic": sentinel.topic, "description": "", "namespace": "", "metric": ""}
TOPIC = {"operations_key": sentinel.key, "identities": sentinel.identities, "addresses": ("a@b.example",)}
EVENT = {"path": sentinel.path, "description": "", "pattern": {"source": ["aws.kms"]}}
ACL = {
    "identities": sentinel.identities,
    "stage_arn": "",
    "requests_per_second": 200,
    "cross_origin": sentinel.cross_origin,
    "logs": sentinel.logs,
}


@pytest.mark.parametrize(
    ("props", "good", "bad", "message"),
    [
        (MasterKeyProps, KEY, {"rotation_days": 366}, "rotation_days must be from 90 to 365, got 366"),
        (MasterKeyProps, KEY, {"rotation_days": 89}, "got 89"),
        (MasterKeyProps, KEY, {"uses": []}, "nobody could use the key"),
        (SealedBucketProps, STORE | {"vpc_id": "vpc-1"}, {"recoverable_days": 36}, "from 1 to 35, got 36"),
        (SealedTableProps, TABLE, {"recoverable_days": 0}, "from 1 to 35, got 0"),
        (SealedTableProps, TABLE, {"sort_key": "owner"}, "must differ"),
        (
            BackupVaultProps,
            STORE | {"tables": [], "immutable": True},
            {"retention_days": 36},
            "from 1 to 35, got 36",
        ),
        (AlarmTopicProps, TOPIC, {"addresses": ()}, "nobody would hear"),
        (EventAlarmProps, EVENT, {"schedule": "rate(1 day)"}, "not both"),
        (EventAlarmProps, EVENT, {"pattern": None}, "not both"),
        (
            SealedLogGroupProps,
            {"operations_key": sentinel.key, "retention_days": 30},
            {"retention_days": 31},
            "31",
        ),
        (ServiceFunctionProps, FUNCTION, {"timeout_seconds": 30}, "from 1 to 29, got 30"),
        (ServiceFunctionProps, FUNCTION, {"memory_mb": 64}, "from 128 to 10240, got 64"),
        (ServiceFunctionProps, FUNCTION, {"reserved_concurrency": 0}, "at least 1, got 0"),
        (PictureApiProps, API, {"authorizer_cache_seconds": 301}, "from 0 to 300, got 301"),
        (Route, {"method": "GET", "path": "/pictures"}, {"path": "pictures"}, "must start with /"),
        (Route, {"method": "GET", "path": "/pictures"}, {"path": "/pictures/"}, "not end with it"),
        (AlarmProps, ALARM, {"threshold": 0}, "at least 1"),
        (AlarmProps, ALARM, {"period_seconds": 90}, "multiple of 60"),
        (AlarmProps, ALARM, {"periods": 289}, "at most 86400 s"),
        (AlarmProps, ALARM, {"period_seconds": 3600, "periods": 169}, "at most 604800 s"),
        (Route, {"method": "GET", "path": "/pictures"}, {"method": "OPTIONS"}, "answered by the gateway"),
        (WebAclProps, ACL, {"requests_per_second": 0}, "from 1 to 100000, got 0"),
    ],
)
def test_a_value_that_would_break_a_promise_is_refused(
    props: Any, good: dict[str, Any], bad: dict[str, Any], message: str
):
    props(**good)
    with pytest.raises(ValueError, match=r".") as refused:
        props(**good | bad)
    assert message in str(refused.value)
