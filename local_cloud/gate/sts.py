"""What an STS request asks the role's trust policy for.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from local_cloud.gate.call import Access
from local_cloud.gate.operation import Operation
from local_cloud.gate.refusals import Cause, Refused
from local_cloud.gate.trust import AUTHORIZED_BY_IDP
from local_cloud.gate.web_identity import Identity

UNDERSTOOD = frozenset({"AssumeRoleWithWebIdentity"})


def accesses(operation: Operation, identity: Identity | None) -> tuple[Access, ...]:
    """Return what the exchange of a token needs; `identity` is None when STS does not believe the token.

    Raises: Refused for operations that are not understood here.
    """
    if operation.name not in UNDERSTOOD:
        raise Refused(Cause.NOT_UNDERSTOOD, f"sts {operation.name} is not understood here")
    role = operation.parameters.get("RoleArn", "")
    context: dict[str, tuple[str, ...]] = {
        "sts:rolesessionname": (operation.parameters.get("RoleSessionName", ""),)
    }
    if identity is not None:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html: this key is
        # there "when the resulting role session's temporary credentials are used", so after the exchange.
        context |= {key: values for key, values in identity.keys.items() if key != "aws:federatedprovider"}
    # AWS lists this key for the exchange and not for the tags; a token that is not believed names no role.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_sts.html
    named = "true" if identity is not None and identity.names(role) else "false"
    exchange = {**context, AUTHORIZED_BY_IDP: (named,)}
    needed = [Access(action=f"sts:{operation.name}", resource=role, context=exchange)]
    if identity is not None and identity.tags:
        # "In addition to the action that matches the API operation", tags need this permissions-only action:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
        needed.append(Access(action="sts:TagSession", resource=role, context=context))
    return tuple(needed)
