"""Makes AWS clients: unsigned for STS, with one user's own credentials for everything else.

botocore and not boto3: a boto3 session over a shared botocore session writes each user's credentials into it,
for the next client to find. Here the shared part holds the services' models and no credentials at all.
"""

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, cast

from botocore import UNSIGNED
from botocore.config import Config
from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient


class Credentials(NamedTuple):
    """The temporary credentials of one user's session; they never show themselves."""

    access_key_id: str
    secret_access_key: str
    session_token: str

    def __repr__(self) -> str:
        return "Credentials(hidden)"


# One call takes about 6 s at worst (8 s at S3) before it fails, so that a function of 29 s comes to say so.
# Should it be stopped half-way even so, a later session of the same user cleans up.
_QUICK = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 2},
    max_pool_connections=2,
)
_OBJECTS = _QUICK.merge(Config(read_timeout=3))
# The function's own role is allowed nothing, so its credentials must not even be tried.
_NOBODY = _QUICK.merge(Config(signature_version=UNSIGNED))

_MODELS = Session()


def sts_client(region: str) -> "STSClient":
    """An STS client of the region, without credentials: a web identity token is its own proof."""
    return cast("STSClient", _MODELS.create_client("sts", region_name=region, config=_NOBODY))


class UserClients:
    """The clients of one user's session, each made when first used; a service's second client takes 2 ms."""

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """Pictures and Grants."""
        return cast("DynamoDBClient", self._client("dynamodb", _QUICK))

    @cached_property
    def kms(self) -> "KMSClient":
        """The master key."""
        return cast("KMSClient", self._client("kms", _QUICK))

    @cached_property
    def s3(self) -> "S3Client":
        """The bucket of ciphertext."""
        return cast("S3Client", self._client("s3", _OBJECTS))

    def _client(self, service: str, config: Config) -> object:
        return _MODELS.create_client(
            service,
            region_name=self._region,
            config=config,
            aws_access_key_id=self._credentials.access_key_id,
            aws_secret_access_key=self._credentials.secret_access_key,
            aws_session_token=self._credentials.session_token,
        )
