"""Resource policies that no template spells out: what a permission writes, and what AWS gives by default."""

from collections.abc import Callable, Mapping

from access.bindings.documents import policy_at
from access.language.policy import Policy, PolicyKind, parse_policy
from access.templates.scope import StackScope
from access.templates.template import unexpected
from access.templates.values import Value


def permission(scope: StackScope, logical_id: str) -> Callable[[str], Policy]:
    """The policy that Lambda writes for one permission, once the function's ARN is known.

    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    properties = scope.properties(logical_id)
    principal = required(scope, logical_id, "Principal")
    if isinstance(principal, str) and principal.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        principal = {"Service": principal}
    elif principal != "*":
        principal = {"AWS": str(principal) if isinstance(principal, int) else principal}
    conditions: dict[str, dict[str, Value]] = {}
    for key, operator, condition_key in (
        ("SourceArn", "ArnLike", "aws:SourceArn"),
        ("SourceAccount", "StringEquals", "aws:SourceAccount"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
        ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
        ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
        ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
    ):
        if key in properties:
            conditions.setdefault(operator, {})[condition_key] = properties[key]
    name = properties["FunctionName"]
    qualifier = name.rsplit("function:", 1)[-1].partition(":")[2] if isinstance(name, str) else ""

    def statement(function_arn: str) -> Policy:
        document = {
            "Version": "2012-10-17",
            "Statement": {
                "Sid": logical_id,
                "Effect": "Allow",
                "Principal": principal,
                "Action": properties.get("Action", "lambda:InvokeFunction"),
                "Resource": f"{function_arn}:{qualifier}" if qualifier else function_arn,
                "Condition": conditions,
            },
        }
        return policy_at(scope, logical_id, (), document, kind="resource", name=logical_id)

    return statement


def bus_policy(scope: StackScope, logical_id: str) -> Policy:
    """The policy that one `AWS::Events::EventBusPolicy` writes, in its newer or older form."""
    properties = scope.properties(logical_id)
    statement = properties.get("Statement")
    if statement is None:
        principal = required(scope, logical_id, "Principal")
        statement = {
            "Sid": str(properties.get("StatementId", logical_id)),
            "Effect": "Allow",
            "Principal": "*" if principal == "*" else {"AWS": principal},
            "Action": required(scope, logical_id, "Action"),
        }
        condition = properties.get("Condition")
        if isinstance(condition, dict):
            operator, key = str(condition.get("Type")), str(condition.get("Key"))
            statement["Condition"] = {operator: {key: condition.get("Value")}}
        elif condition is not None:
            statement["Condition"] = condition
    document = {"Version": "2012-10-17", "Statement": statement}
    return policy_at(scope, logical_id, ("Statement",), document, kind="resource", name=logical_id)


def default_policy(scope: StackScope, logical_id: str, arn: str) -> Policy | None:
    """The policy that AWS gives a resource whose template names none; None for types that get none."""
    kind = scope.type_of(logical_id)
    if kind in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey"):
        # https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        root = f"arn:{scope.partition}:iam::{scope.account}:root"
        statement = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
        return _parsed(scope, logical_id, "key", statement)
    if kind == "AWS::SNS::Topic":
        # The owner's principals may use it. SNS writes aws:SourceOwner, which for a caller's own request is
        # the caller's account: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
        operations = (
            *("Publish", "RemovePermission", "SetTopicAttributes", "DeleteTopic", "ListSubscriptionsByTopic"),
            *("GetTopicAttributes", "AddPermission", "Subscribe"),
        )
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [f"sns:{operation}" for operation in operations],
            "Resource": arn,
            "Condition": {"StringEquals": {"aws:PrincipalAccount": scope.account}},
        }
        return _parsed(scope, logical_id, "resource", statement)
    return None


def _parsed(scope: StackScope, logical_id: str, kind: PolicyKind, statement: Mapping[str, object]) -> Policy:
    document = {"Version": "2012-10-17", "Statement": dict(statement)}
    name = f"{logical_id} (AWS default)"
    return parse_policy(document, place=scope.place(logical_id), kind=kind, name=name)


def required(scope: StackScope, logical_id: str, key: str) -> Value:
    """A property without which the resource means nothing."""
    value = scope.properties(logical_id).get(key)
    if value is None:
        place = scope.place(logical_id, "Properties")
        raise unexpected(place, found=f"no {key}", expected=f"what {scope.type_of(logical_id)} needs")
    return value
