"""There is no machine of ours to break into."""

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import Verdict, broken

RULE = Rule(
    id="SP_NET_1",
    claim="ENV-1",
    title="No instance, container host or self-run database",
    why="A machine of ours is a machine that we have to patch, and that somebody can log in to.",
    fix="Use a managed serverless service.",
    source="https://docs.aws.amazon.com/whitepapers/latest/security-overview-aws-lambda/the-shared-responsibility-model.html",
    resource_types=(
        "AWS::AppRunner::Service",
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::AutoScaling::LaunchConfiguration",
        "AWS::Batch::ComputeEnvironment",
        "AWS::DAX::Cluster",
        "AWS::DocDB::DBCluster",
        "AWS::DocDB::DBInstance",
        "AWS::EC2::Host",
        "AWS::EC2::Instance",
        "AWS::EC2::LaunchTemplate",
        "AWS::EC2::SpotFleet",
        "AWS::ECS::Cluster",
        "AWS::ECS::Service",
        "AWS::ECS::TaskDefinition",
        "AWS::EFS::FileSystem",
        "AWS::EKS::Cluster",
        "AWS::EKS::Nodegroup",
        "AWS::ElastiCache::CacheCluster",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::ElasticBeanstalk::Environment",
        "AWS::EMR::Cluster",
        "AWS::Elasticsearch::Domain",
        "AWS::Lightsail::Container",
        "AWS::Lightsail::Instance",
        "AWS::MSK::Cluster",
        "AWS::Neptune::DBCluster",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::Redshift::Cluster",
        "AWS::SageMaker::NotebookInstance",
    ),
)


def judge(resource: Resource) -> Verdict:
    """The type alone decides."""
    return broken(f"{resource.type} is a machine that we would have to run")
