"""The regions in which every service that the stacks use exists."""

from __future__ import annotations

# Commercial regions only: the stacks write ARNs of the partition `aws`, and other partitions differ in more
# than that. A test compares this list with the endpoints that botocore knows and with CloudFormation's
# schemas of each region (cfn-lint), for every resource type in our templates. Which regions have API
# Gateway's security policies and which run functions on arm64 is in no such list:
# docs/prerequisites.md says how to find out.
REGIONS = (
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
