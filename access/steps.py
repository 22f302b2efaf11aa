"""The ways in which one principal comes to act as another, or to change what protects a resource.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html and
https://docs.aws.amazon.com/service-authorization/latest/reference/ (dependent actions of each service).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from access.environment import Environment, Principal, Resource
from access.symbolic.targets import Target

Then: TypeAlias = Literal["as before", "within its boundary", "freely"]
"""What someone may do afterwards; `freely` is all that guards and resource policies do not deny."""


@dataclass(frozen=True)
class Need:
    """One permission that a way takes; `given` is a condition block that the request meets."""

    action: str
    on: str | Target
    given: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Way:
    """How someone comes to act as `to`, in words: every permission it takes, and what `to` may do then."""

    words: str
    needs: tuple[Need, ...]
    to: Principal
    then: Then = "as before"
    with_token: bool = False

    def is_open_to(self, principal: Principal) -> bool:
        """Whether a principal could go this way at all: a token speaks for who signed in, not for a role."""
        return self.with_token is (principal.kind == "federated")


# What starts something that acts as a role passed to the service, and what it acts on; `{account}` is filled.
_STARTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "lambda.amazonaws.com": (
        ("lambda:CreateFunction", "arn:aws:lambda:*:{account}:function:*"),
        ("lambda:UpdateFunctionConfiguration", "arn:aws:lambda:*:{account}:function:*"),
    ),
    "cloudformation.amazonaws.com": (
        ("cloudformation:CreateStack", "arn:aws:cloudformation:*:{account}:stack/*"),
        ("cloudformation:UpdateStack", "arn:aws:cloudformation:*:{account}:stack/*"),
        ("cloudformation:CreateChangeSet", "arn:aws:cloudformation:*:{account}:stack/*"),
    ),
    "ec2.amazonaws.com": (
        ("ec2:RunInstances", "arn:aws:ec2:*:{account}:instance/*"),
        ("ec2:AssociateIamInstanceProfile", "arn:aws:ec2:*:{account}:instance/*"),
    ),
    "ecs-tasks.amazonaws.com": (("ecs:RegisterTaskDefinition", "arn:aws:ecs:*:{account}:task-definition/*"),),
    "states.amazonaws.com": (("states:CreateStateMachine", "arn:aws:states:*:{account}:stateMachine:*"),),
    "codebuild.amazonaws.com": (("codebuild:CreateProject", "arn:aws:codebuild:*:{account}:project/*"),),
    "glue.amazonaws.com": (("glue:CreateJob", "arn:aws:glue:*:{account}:job/*"),),
    "scheduler.amazonaws.com": (("scheduler:CreateSchedule", "arn:aws:scheduler:*:{account}:schedule/*/*"),),
    "sagemaker.amazonaws.com": (
        ("sagemaker:CreateNotebookInstance", "arn:aws:sagemaker:*:{account}:notebook-instance/*"),
    ),
}
_RUNS = ("Role", "RoleArn", "RoleARN", "ExecutionRoleArn", "ServiceRole")
"""Properties that name the role a resource acts as."""

_CHANGES_CODE = {
    "AWS::Lambda::Function": ("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
    "AWS::StepFunctions::StateMachine": ("states:UpdateStateMachine",),
    "AWS::CodeBuild::Project": ("codebuild:UpdateProject",),
    "AWS::Glue::Job": ("glue:UpdateJob",),
}
_CHANGES_POLICY = {
    "AWS::KMS::Key": ("kms:PutKeyPolicy", "kms:CreateGrant"),
    "AWS::S3::Bucket": ("s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    "AWS::DynamoDB::Table": ("dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy"),
    "AWS::DynamoDB::GlobalTable": ("dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy"),
    "AWS::SQS::Queue": ("sqs:SetQueueAttributes", "sqs:AddPermission"),
    "AWS::SNS::Topic": ("sns:SetTopicAttributes", "sns:AddPermission"),
    "AWS::Lambda::Function": ("lambda:AddPermission",),
    "AWS::SecretsManager::Secret": ("secretsmanager:PutResourcePolicy",),
    "AWS::IAM::Role": ("iam:UpdateAssumeRolePolicy",),
}
_ROLE_POLICIES = (
    ("iam:PutRolePolicy", "puts a policy on"),
    ("iam:AttachRolePolicy", "attaches a policy to"),
    ("iam:DeleteRolePolicy", "takes a policy from"),
    ("iam:DetachRolePolicy", "detaches a policy from"),
    ("iam:DeleteRolePermissionsBoundary", "takes the boundary from"),
    ("iam:PutRolePermissionsBoundary", "changes the boundary of"),
)
_USER_POLICIES = (("iam:PutUserPolicy", "puts a policy on"), ("iam:AttachUserPolicy", "attaches a policy to"))
_USER_KEYS = (
    ("iam:CreateAccessKey", "makes an access key of"),
    ("iam:CreateLoginProfile", "gives a password to"),
    ("iam:UpdateLoginProfile", "changes the password of"),
)


@dataclass
class Ways:
    """All ways to the principals of one environment."""

    environment: Environment
    _found: dict[str, tuple[Way, ...]] = field(default_factory=dict)

    def to(self, principal: Principal) -> tuple[Way, ...]:
        """The ways by which others come to act as a role, a user, or a member of a group."""
        if principal.arn not in self._found:
            ways = {"role": self._to_role, "user": _to_user, "group": _to_group}.get(principal.kind)
            self._found[principal.arn] = tuple(ways(principal)) if ways else ()
        return self._found[principal.arn]

    def _to_role(self, role: Principal) -> Iterator[Way]:
        yield Way("assumes", (Need("sts:AssumeRole", role.arn),), role)
        for kind in ("WebIdentity", "SAML"):
            needs = (Need(f"sts:AssumeRoleWith{kind}", role.arn),)
            yield Way(f"signs in ({kind}) to", needs, role, with_token=True)
        yield Way("changes the trust of", (Need("iam:UpdateAssumeRolePolicy", role.arn),), role)
        for action, words in _ROLE_POLICIES:
            then: Then = "freely" if "Boundary" in action else "within its boundary"
            yield Way(words, (Need(action, role.arn),), role, then)
        for managed in self._managed_policies(role):
            for action in ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"):
                yield Way(
                    f"changes {managed.name}, a policy of",
                    (Need(action, managed.arn),),
                    role,
                    "within its boundary",
                )
        for service in sorted(_services_trusted_by(role)):
            yield from _passing(role, service)
        if "cloudformation.amazonaws.com" in _services_trusted_by(role):
            # A stack keeps the role it was given: updating it needs no iam:PassRole.
            stacks = Target.to_be_made(f"arn:aws:cloudformation:*:{role.account}:stack/*", role.account)
            for action in ("cloudformation:UpdateStack", "cloudformation:ExecuteChangeSet"):
                yield Way("updates a stack that acts as", (Need(action, stacks),), role)
        for resource in self.environment.resources:
            if role.arn in [resource.properties.get(name) for name in _RUNS]:
                for action in _CHANGES_CODE.get(resource.type, ()):
                    words = f"changes {resource.name} ({action.partition(':')[2]}), which acts as"
                    yield Way(words, (Need(action, resource.arn),), role)

    def _managed_policies(self, role: Principal) -> Iterator[Resource]:
        named = {policy.place.logical_id for policy in role.identity} - {role.place.logical_id}
        for resource in self.environment.resources:
            if resource.type == "AWS::IAM::ManagedPolicy" and resource.place.logical_id in named:
                yield resource


def ways_to_change(resource: Resource) -> tuple[Need, ...]:
    """The permissions each of which rewrites who may use a resource."""
    return tuple(Need(action, resource.arn) for action in _CHANGES_POLICY.get(resource.type, ()))


def _passing(role: Principal, service: str) -> Iterator[Way]:
    passed = {"StringEqualsIfExists": {"iam:PassedToService": service}}
    for action, made in _STARTS.get(service, ()):
        target = Target.to_be_made(made.format(account=role.account), role.account)
        needs = (Need("iam:PassRole", role.arn, passed), Need(action, target))
        yield Way(f"starts {service.partition('.')[0]} ({action.partition(':')[2]}) as", needs, role)


def _to_user(user: Principal) -> Iterator[Way]:
    for action, words in _USER_KEYS:
        yield Way(words, (Need(action, user.arn),), user)
    for action, words in _USER_POLICIES:
        yield Way(words, (Need(action, user.arn),), user, "within its boundary")


def _to_group(group: Principal) -> Iterator[Way]:
    yield Way("joins", (Need("iam:AddUserToGroup", group.arn),), group)
    for action in ("iam:PutGroupPolicy", "iam:AttachGroupPolicy"):
        yield Way("puts a policy on", (Need(action, group.arn),), group, "within its boundary")


def _services_trusted_by(role: Principal) -> set[str]:
    statements = role.trust.statements if role.trust else ()
    return {
        pattern.value
        for statement in statements
        for pattern in (statement.principals.patterns if statement.principals else ())
        if pattern.type == "Service"
    }
