"""The temporary credentials that this run has given out, and whose they are."""

import base64
import os
import secrets
import string
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

ALPHABET = string.ascii_uppercase + "234567"


@dataclass(frozen=True, kw_only=True)
class Role:
    """An IAM role of the templates."""

    name: str
    arn: str
    unique_id: str
    trust: Mapping[str, object]
    max_session_seconds: int = 3600
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Session:
    """One role session: its credentials and all that AWS would know of its principal."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    token: str = field(repr=False)
    role: Role
    name: str
    account: str
    issued_at: float
    expires_at: float
    tags: Mapping[str, str] = field(default_factory=dict)
    federated_provider: str | None = None
    function_arn: str | None = None
    policy: str | None = None

    @property
    def arn(self) -> str:
        """The ARN of the session, as CloudTrail names it."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role.name}/{self.name}"

    @property
    def user_id(self) -> str:
        """What `aws:userid` holds for a role session."""
        return f"{self.role.unique_id}:{self.name}"


class Sessions:
    """Gives out credentials and finds them again; expired ones are forgotten."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._sessions: dict[str, Session] = {}

    def open(
        self,
        role: Role,
        name: str,
        *,
        seconds: int,
        tags: Mapping[str, str] | None = None,
        federated_provider: str | None = None,
        function_arn: str | None = None,
        policy: str | None = None,
    ) -> Session:
        """Give out credentials of `role` that work for `seconds`."""
        now = time.time()
        # An hour longer than they work: an expired key is answered as expired, not as unknown.
        self._sessions = {k: s for k, s in self._sessions.items() if s.expires_at > now - 3600}
        session = Session(
            access_key_id="ASIA" + "".join(secrets.choice(ALPHABET) for _ in range(16)),
            secret_access_key=base64.b64encode(os.urandom(30)).decode(),
            token=base64.b64encode(os.urandom(180)).decode(),
            role=role,
            name=name,
            account=self._account,
            issued_at=now,
            expires_at=now + seconds,
            tags=tags or {},
            federated_provider=federated_provider,
            function_arn=function_arn,
            policy=policy,
        )
        self._sessions[session.access_key_id] = session
        return session

    def find(self, access_key_id: str) -> Session | None:
        """Return the session of an access key, expired or not."""
        return self._sessions.get(access_key_id)
