"""A name that is unique in a whole account, or in the world, says which region it belongs to."""

import re

from policies.resource import Resource
from policies.rule import Rule
from policies.verdict import DOES_NOT_APPLY, HOLDS, Verdict, broken

# AWS's page calls names of users, groups, roles and instance profiles unique in the account. The other
# types of IAM are here because their ARNs have no region either.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
NAMES = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::SAMLProvider": "Name",
    "AWS::IAM::ServerCertificate": "ServerCertificateName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::VirtualMFADevice": "VirtualMfaDeviceName",
    "AWS::S3::Bucket": "BucketName",
}

RULE = Rule(
    id="SP_CFN_2",
    claim="ENV-8",
    title="Global name holds the region",
    why="The same stacks in a second region would ask for a name that exists, and fail.",
    fix="Leave the name to CloudFormation, or put the region into it.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    resource_types=tuple(NAMES),
)

_REGION = re.compile(r"\$\{AWS::Region\}|\b[a-z]{2}(-[a-z]+)+-[1-9]\b")


def judge(resource: Resource) -> Verdict:
    """No name, or one with a region in it."""
    name = resource.at(NAMES[resource.type])
    if not name.present:
        return DOES_NOT_APPLY
    if not _REGION.search(name.text()):
        return broken(f"{name.path} is {name.text()}, the same in every region")
    return HOLDS
