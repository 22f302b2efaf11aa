"""The API: what people's apps talk to, and the functions behind it."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from stacks.constructs.api_domain import ApiDomain, ApiDomainProps
from stacks.constructs.api_routes import Route
from stacks.constructs.cross_origin import CrossOrigin
from stacks.constructs.function_code import FunctionCode
from stacks.constructs.gateway_log_role import GatewayLogRole, GatewayLogRoleProps
from stacks.constructs.isolated_network import IsolatedNetwork
from stacks.constructs.master_key import MasterKey
from stacks.constructs.name_of_its_stack import name_of_its_stack
from stacks.constructs.picture_api import PictureApi, PictureApiProps
from stacks.constructs.sealed_log_group import SealedLogGroupProps
from stacks.constructs.service_function import ServiceFunction, ServiceFunctionProps
from stacks.constructs.web_acl import WebAcl, WebAclProps
from stacks.data import GRANTS_BY_READER, Data
from stacks.identities import Identities
from stacks.lambda_asset import LambdaAsset
from stacks.settings import EnvironmentSettings, Settings
from stacks.workload_stack import WorkloadStack

ROUTES = (
    Route(method="POST", path="/pictures", required_headers=("Upload-Length",)),
    Route(method="GET", path="/pictures"),
    Route(method="GET", path="/pictures/{id}"),
)

# Of everybody together; what one address and one token may send is derived from it.
REQUESTS_PER_SECOND = 200


@dataclass(frozen=True, kw_only=True)
class ApiProps:
    """Everything that the functions are told and stand on."""

    settings: Settings
    environment: EnvironmentSettings
    identities: Identities
    operations_key: MasterKey
    picture_key: MasterKey
    network: IsolatedNetwork
    data: Data
    asset: LambdaAsset


class Api(WorkloadStack):
    """Promises ENV-2, ENC-1, AUT-3: the one way in; `authorize` judges, `pictures` answers."""

    def __init__(self, scope: Construct, construct_id: str, props: ApiProps) -> None:
        super().__init__(scope, construct_id, identities=props.identities)
        settings, environment, identities = props.settings, props.environment, props.identities
        logs = SealedLogGroupProps(
            operations_key=props.operations_key, retention_days=settings.log_retention_days
        )
        cross_origin = CrossOrigin(environment.web_origins)
        code = FunctionCode(
            self,
            "Code",
            asset=props.asset,
            python_runtime=settings.python_runtime,
            architecture=settings.architecture,
        )
        # Outside our network: it needs the issuer's key set, and has nothing that could be carried out.
        self.authorize = ServiceFunction(
            self,
            "Authorize",
            ServiceFunctionProps(
                name="authorize",
                handler="lambdas.authorize.handler.handle",
                description="Says whose an access token is, or refuses it.",
                code=code,
                identities=identities,
                logs=logs,
                memory_mb=256,
                timeout_seconds=5,
                reserved_concurrency=settings.reserved_concurrency or None,
                variables={
                    "ISSUER": environment.issuer,
                    "AUDIENCE": environment.audience,
                    "CLIENT_IDS": ",".join(environment.client_ids),
                },
            ),
        )
        self.pictures = ServiceFunction(
            self,
            "Pictures",
            ServiceFunctionProps(
                name="pictures",
                handler="lambdas.pictures.handler.handle",
                description="Takes pictures in and gives them back, under the session of whoever asks.",
                code=code,
                identities=identities,
                logs=logs,
                memory_mb=1024,
                timeout_seconds=29,
                reserved_concurrency=settings.reserved_concurrency or None,
                network=props.network,
                variables={
                    "PICTURES_TABLE": props.data.pictures.name,
                    "GRANTS_TABLE": props.data.grants.name,
                    "GRANTS_BY_READER_INDEX": GRANTS_BY_READER,
                    "PICTURES_BUCKET": props.data.bucket.name,
                    "PICTURE_KEY_ARN": props.picture_key.arn,
                    "USER_DATA_ROLE_ARN": props.data.user_data.arn,
                    "WEB_ORIGINS": ",".join(cross_origin.origins),
                },
            ),
        )
        self.api = PictureApi(
            self,
            "PictureApi",
            PictureApiProps(
                identities=identities,
                routes=ROUTES,
                pictures=self.pictures,
                authorize=self.authorize,
                authorizer_cache_seconds=settings.authorizer_cache_seconds,
                cross_origin=cross_origin,
                logs=logs,
                requests_per_second=REQUESTS_PER_SECOND,
                burst=2 * REQUESTS_PER_SECOND,
            ),
        )
        ApiDomain(
            self,
            "Domain",
            ApiDomainProps(
                domain_name=settings.api_host(environment),
                hosted_zone_id=environment.hosted_zone_id,
                api=self.api,
            ),
        )
        logging = GatewayLogRole(
            self,
            "GatewayLogs",
            GatewayLogRoleProps(identities=identities, access_log=self.api.access_log, logs=logs),
        )
        self.api.stage.add_resource_dependency(logging.resource)
        acl = WebAcl(
            self,
            "WebAcl",
            WebAclProps(
                identities=identities,
                stage_arn=self.api.stage_arn,
                requests_per_second=REQUESTS_PER_SECOND,
                cross_origin=cross_origin,
                logs=SealedLogGroupProps(
                    operations_key=props.operations_key,
                    retention_days=settings.log_retention_days,
                    # WAF writes only to groups whose name begins like this.
                    # https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
                    log_group_name=name_of_its_stack(self, f"aws-waf-logs-soulpicks-{environment.name}"),
                ),
            ),
        )
        acl.association.add_resource_dependency(self.api.stage)
