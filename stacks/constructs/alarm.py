"""One thing that must not go unnoticed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.constructs.alarm_topic import AlarmTopic


@dataclass(frozen=True, kw_only=True)
class AlarmProps:
    """A metric, and the sum over five minutes at which a person should look."""

    topic: AlarmTopic
    description: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    threshold: int = 1
    periods: int = 1

    def __post_init__(self) -> None:
        if self.threshold < 1 or self.periods < 1:
            raise ValueError(
                f"threshold and periods must be at least 1, got {self.threshold} and {self.periods}"
            )


class Alarm(Construct):
    """Promise ENV-8: a person hears of it within minutes, and again when it is over."""

    def __init__(self, scope: Construct, construct_id: str, props: AlarmProps) -> None:
        super().__init__(scope, construct_id)
        self.resource = cloudwatch.CfnAlarm(
            self,
            "Default",
            alarm_description=props.description,
            namespace=props.namespace,
            metric_name=props.metric,
            dimensions=[{"name": name, "value": value} for name, value in sorted(props.dimensions.items())],
            statistic="Sum",
            period=300,
            evaluation_periods=props.periods,
            threshold=props.threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            # No request, no data point: silence is not trouble.
            treat_missing_data="notBreaching",
            alarm_actions=[props.topic.arn],
            ok_actions=[props.topic.arn],
        )
