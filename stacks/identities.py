"""The roles whose names are fixed, because a policy speaks of them before they exist."""

from __future__ import annotations

from dataclasses import dataclass

from stacks.settings import EnvironmentSettings

QUALIFIER = "soulpicks"
ENVIRONMENT_TAG = "soulpicks:environment"


def stack_name(environment: str, stack: str) -> str:
    """The name of a stack of an environment."""
    return f"Soulpicks-{environment}-{stack}"


@dataclass(frozen=True, kw_only=True)
class Identities:
    """Who is spoken of in the policies of one environment, by ARN."""

    account: str
    region: str
    environment: str
    bootstrap_administrator: str

    @classmethod
    def of(cls, environment: EnvironmentSettings, region: str) -> Identities:
        """The identities of one environment's account."""
        return cls(
            account=environment.account,
            region=region,
            environment=environment.name,
            bootstrap_administrator=environment.bootstrap_administrator,
        )

    @property
    def everyone_here(self) -> dict[str, str]:
        """The account as principal; never used without a condition that names a role."""
        return {"AWS": f"arn:aws:iam::{self.account}:root"}

    @property
    def user_data_name(self) -> str:
        """The name of the role that a person's token buys, and nothing else does."""
        return self._role_name("UserData")

    @property
    def user_data(self) -> str:
        """The role under whose sessions all user data is read and written."""
        return self._role(self.user_data_name)

    @property
    def backup_name(self) -> str:
        """The name of the role that AWS Backup takes."""
        return self._role_name("Backup")

    @property
    def backup(self) -> str:
        """The role with which AWS Backup copies the tables into the vault."""
        return self._role(self.backup_name)

    @property
    def restore_name(self) -> str:
        """The name of the role that people take to restore a table."""
        return self._role_name("Restore")

    @property
    def restore(self) -> str:
        """The role under which a person starts a restore."""
        return self._role(self.restore_name)

    @property
    def backup_restore_name(self) -> str:
        """The name of the role that AWS Backup takes while it restores."""
        return self._role_name("BackupRestore")

    @property
    def backup_restore(self) -> str:
        """The role with which AWS Backup makes a table of a copy in the vault."""
        return self._role(self.backup_restore_name)

    @property
    def event_alarms_name(self) -> str:
        """The name of the role that EventBridge takes."""
        return self._role_name("EventAlarms")

    @property
    def event_alarms(self) -> str:
        """The role with which EventBridge publishes to the alarm topic."""
        return self._role(self.event_alarms_name)

    @property
    def picture_key_administrator(self) -> str:
        """The CloudFormation execution role of the stack PictureKeys; made by the bootstrap template."""
        return self._role(self.bootstrap_name("PictureKeyAdministrator"))

    @property
    def storage_key_administrator(self) -> str:
        """The CloudFormation execution role of the stack StorageKeys; made by the bootstrap template."""
        return self._role(self.bootstrap_name("StorageKeyAdministrator"))

    @property
    def bootstrapper(self) -> str:
        """The role that deploys the bootstrap itself; settings name it.

        In an account that an organization made it can be the one that AWS makes there:
        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
        """
        return self._role(self.bootstrap_administrator)

    @property
    def delivery(self) -> str:
        """The role that CI takes with GitHub's token, and that alone takes the roles of the CDK."""
        return self._role(self.bootstrap_name("Delivery"))

    @property
    def deployer(self) -> str:
        """The CloudFormation execution role of every other stack, under the CDK's own bootstrap name.

        The page has the form of the name; `cfn-exec-role` stands in the bootstrap template.
        Source: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html#bootstrapping-env-roles
        """
        return self.cdk_role("cfn-exec")

    def cdk_role(self, task: str) -> str:
        """A role of the bootstrap under the name by which the CDK's command line looks for it."""
        return self._role(self.cdk_role_name(task))

    def cdk_role_name(self, task: str) -> str:
        """The name of such a role."""
        return f"cdk-{QUALIFIER}-{task}-role-{self.account}-{self.region}"

    def bootstrap_name(self, name: str) -> str:
        """The name of a role or policy of the bootstrap; no pattern for the environment's own matches it."""
        return f"soulpicks-bootstrap-{self.region}-{name}"

    @property
    def boundary(self) -> str:
        """The permissions boundary that every role of the environment carries; made by the bootstrap."""
        return f"arn:aws:iam::{self.account}:policy/{self.boundary_name}"

    @property
    def boundary_name(self) -> str:
        """The name of that boundary."""
        return self.bootstrap_name("Boundary")

    @property
    def assets_bucket_name(self) -> str:
        """The bucket for what a deployment brings along, under the name that the CDK gives it."""
        return f"cdk-{QUALIFIER}-assets-{self.account}-{self.region}"

    @property
    def own_roles(self) -> list[str]:
        """The roles that a deployment makes, by the names that they have and that CloudFormation makes up.

        CloudFormation begins a name with that of the stack.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
        """
        return [self._role(self._role_name("*")), self._role(f"{self.stack_prefix}*")]

    @property
    def stack_prefix(self) -> str:
        """How the name of every stack of the environment begins."""
        return stack_name(self.environment.capitalize(), "")

    def function(self, name: str) -> str:
        """A function of this environment, by the name it will have."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function_name(name)}"

    def function_name(self, name: str) -> str:
        """The full name of a function; fixed, so that its own role's policy can name it."""
        return f"soulpicks-{self.environment}-{name}"

    def _role_name(self, name: str) -> str:
        """With the region: a role's name is unique in the whole account, and a second region has these too.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names
        """
        return f"soulpicks-{self.environment}-{self.region}-{name}"

    def _role(self, name: str) -> str:
        return f"arn:aws:iam::{self.account}:role/{name}"
