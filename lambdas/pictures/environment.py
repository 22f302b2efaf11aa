"""What the function is told through its environment variables."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The stores, the key and the role of one environment."""

    pictures_table: str
    grants_table: str
    grants_by_reader_index: str
    pictures_bucket: str
    picture_key_arn: str
    user_data_role_arn: str
    region: str

    @classmethod
    def from_variables(cls, variables: Mapping[str, str]) -> "Environment":
        """Read every variable. Raises: KeyError naming the one that is missing."""
        return cls(
            pictures_table=variables["PICTURES_TABLE"],
            grants_table=variables["GRANTS_TABLE"],
            grants_by_reader_index=variables["GRANTS_BY_READER_INDEX"],
            pictures_bucket=variables["PICTURES_BUCKET"],
            picture_key_arn=variables["PICTURE_KEY_ARN"],
            user_data_role_arn=variables["USER_DATA_ROLE_ARN"],
            region=variables["AWS_REGION"],
        )
