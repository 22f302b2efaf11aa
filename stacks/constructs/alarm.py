"""One thing that must not go unnoticed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.constructs.alarm_topic import AlarmTopic


@dataclass(frozen=True, kw_only=True)
class AlarmProps:
    """A metric, and the value in each of so many periods in a row at which a person should look.

    missing: the trouble is that too little happens, and a period without a data point counts as too little.
    """

    topic: AlarmTopic
    description: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str] = field(default_factory=dict)
    statistic: Literal["Sum", "Maximum"] = "Sum"
    threshold: int = 1
    period_seconds: int = 300
    periods: int = 1
    missing: bool = False

    def __post_init__(self) -> None:
        if self.threshold < 1 or self.periods < 1:
            raise ValueError(
                f"threshold and periods must be at least 1, got {self.threshold} and {self.periods}"
            )
        # Periods of an hour and more may cover seven days together, shorter ones one day.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        longest = 7 * 86_400 if self.period_seconds >= 3600 else 86_400
        if self.period_seconds % 60 or not 60 <= self.period_seconds * self.periods <= longest:
            raise ValueError(
                f"period_seconds must be a multiple of 60 and cover at most {longest} s in all periods, "
                f"got {self.periods} periods of {self.period_seconds}"
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
            statistic=props.statistic,
            period=props.period_seconds,
            evaluation_periods=props.periods,
            threshold=props.threshold,
            comparison_operator="LessThanThreshold" if props.missing else "GreaterThanOrEqualToThreshold",
            # Without requests there are no data points: silence is no trouble, unless it is the trouble.
            treat_missing_data="breaching" if props.missing else "notBreaching",
            alarm_actions=[props.topic.arn],
            ok_actions=[props.topic.arn],
        )
