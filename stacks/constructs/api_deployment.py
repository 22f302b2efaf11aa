"""The snapshot of the API that its stage serves, renewed by whatever is changed in the API."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

# Beside the API, and not in a snapshot of it: what serves it, what may call a function, where is logged.
_OUTSIDE = (apigateway.CfnDeployment, apigateway.CfnStage, lambda_.CfnPermission, logs.CfnLogGroup)


class ApiDeployment(Construct):
    """A deployment whose logical id is made from every property of every resource in the API.

    Nearly every change of an API is live only after a new deployment, so is a changed security policy, access
    mode or media type. CloudFormation makes a new one only when the deployment is another resource: of its
    properties only the API and the canary's settings demand a replacement.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/updating-api.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-deployment.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-update.html
    """

    def __init__(self, scope: Construct, construct_id: str, *, api: Construct, rest_api_id: str) -> None:
        """`api` is the construct that holds the whole API, this one too."""
        super().__init__(scope, construct_id)
        self._api = api
        self.resource = apigateway.CfnDeployment(
            self, "Default", rest_api_id=rest_api_id, description="The whole API"
        )
        name = cdk.Stack.of(self).get_logical_id(self.resource)
        # At synthesis, so that what is changed after this construct was made counts as well.
        self.resource.override_logical_id(cdk.Lazy.string(_LogicalId(self, name)))
        self.id = self.resource.attr_deployment_id
        # The snapshot is taken when everything that belongs into it is there; the API itself is named above.
        others = (part for part in self._parts() if not isinstance(part, apigateway.CfnRestApi))
        self.resource.node.add_dependency(*others)

    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that another API would not have."""
        parts: dict[str, Any] = {part.node.path: part._cfn_properties for part in self._parts()}
        resolved = cdk.Stack.of(self).resolve(parts)
        return hashlib.sha256(json.dumps(resolved, sort_keys=True).encode()).hexdigest()[:16]

    def _parts(self) -> list[cdk.CfnResource]:
        resources = (each for each in self._api.node.find_all() if isinstance(each, cdk.CfnResource))
        return [each for each in resources if not isinstance(each, _OUTSIDE)]


@jsii.implements(cdk.IStableStringProducer)
class _LogicalId:
    def __init__(self, deployment: ApiDeployment, name: str) -> None:
        self._deployment, self._name = deployment, name

    def produce(self) -> str:
        return f"{self._name}{self._deployment.fingerprint()}"
