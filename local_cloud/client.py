"""What a program does with a local cloud: start or find one, sign people in, call the API, look behind it."""

import base64
import json
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Self

import httpx

from local_cloud import state as state_file
from local_cloud.decisions import DecidedCall, Decider
from local_cloud.errors import LocalCloudError
from local_cloud.expected import Refusal, check
from local_cloud.gate.call import Call
from local_cloud.gate.records import FORGOTTEN
from local_cloud.state import State
from local_cloud.synthesis import ROOT

OTP_GRANT = "http://auth0.com/oauth/grant-type/passwordless/otp"


class LocalCloud:
    """A local cloud of one's own, in a process of its own; a context manager that leaves nothing behind.

    Every call that its functions made is decided at the end, with the policies of its assembly: each must be
    allowed, or be one of those that `refused` says will not be.
    """

    def __init__(
        self,
        *,
        environment: str = "development",
        assembly: Path | None = None,
        function_root: Path | None = None,
        log: Path | None = None,
        tap_data_keys: bool = False,
        refused: tuple[Refusal, ...] = (),
        decided: bool = True,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Say what to start; nothing runs before the `with`.

        refused: the calls that the flow makes and AWS must refuse; each of them must be denied.
        decided: False only for a cloud that is killed and so cannot be asked; a test lists who says so.
        """
        chosen = {"assembly": assembly, "function-root": function_root, "log": log}
        self._arguments = ["--environment", environment]
        self._arguments += [
            word
            for name, path in chosen.items()
            if path is not None
            for word in (f"--{name}", str(path.absolute()))
        ]
        self._arguments += ["--tap-data-keys"] if tap_data_keys else []
        self._refused, self._decided = refused, decided
        self._progress = progress
        self._process: subprocess.Popen[str] | None = None
        self._state: State | None = None
        self._decider: Decider | None = None

    @classmethod
    def running(cls) -> "LocalCloud | None":
        """Return the one that `soulpicks up` runs, or None; it goes on running afterwards."""
        found = state_file.read()
        if found is None:
            return None
        cloud = cls()
        cloud._state = found
        return cloud

    def __enter__(self) -> Self:
        if self._state is None:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, our own arguments
                [sys.executable, "-m", "local_cloud", *self._arguments],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                # Ctrl-C goes to the one who started us, who then ends us in order.
                start_new_session=True,
            )
            try:
                self._state = self._await_ready(self._process)
            except BaseException:
                self.__exit__()
                raise
        self._tls = ssl.create_default_context(cafile=self.state.authority)
        self._inspection = httpx.Client(
            base_url=self.state.inspection_url,
            headers={"Authorization": f"Bearer {self.state.inspection_key}"},
            verify=self._tls,
            trust_env=False,
            timeout=30,
        )
        return self

    def __exit__(self, failure: object = None, *_: object) -> None:
        """End it. Raises: CallsNotAllowed, NotOfTheAssembly, unless the flow itself has failed."""
        if self._process is None:
            return
        try:
            if self._decided and self._state is not None and failure is None:
                check(self.decisions(), self._refused)
        finally:
            self._end()

    def _end(self) -> None:
        if self._process is None:
            return
        _pipe(self._process.stdin).close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        _pipe(self._process.stdout).close()

    @property
    def is_ours(self) -> bool:
        """Whether we started it, rather than found it running."""
        return self._process is not None

    @property
    def state(self) -> State:
        """Where the cloud can be reached."""
        if self._state is None:
            raise LocalCloudError("the local cloud has not been started")
        return self._state

    def sign_in(self, email: str) -> str:
        """Sign a person in by one-time code; return the access token."""
        with self._client(self.state.issuer_url) as issuer:
            start = {"client_id": self.state.client_id, "connection": "email", "email": email, "send": "code"}
            issuer.post("/passwordless/start", json=start).raise_for_status()
            form = {
                "grant_type": OTP_GRANT,
                "client_id": self.state.client_id,
                "username": email,
                "otp": self._code(email),
                "realm": "email",
                "audience": self.state.audience,
                "scope": "openid email",
            }
            answer = issuer.post("/oauth/token", data=form).raise_for_status()
            return str(answer.json()["access_token"])

    def api(self, token: str | None = None) -> httpx.Client:
        """Return a client of the API that sends this token."""
        client = self._client(self.state.api_url)
        if token is not None:
            client.headers["Authorization"] = f"Bearer {token}"
        return client

    def records(self) -> list[dict[str, Any]]:
        """Return what the gate saw: every AWS call with principal, accesses and context.

        Raises: LocalCloudError when there were more calls than are kept.
        """
        answer = self._inspect("/records")
        if answer.headers[FORGOTTEN] != "0":
            raise LocalCloudError(f"{answer.headers[FORGOTTEN]} calls are no longer recorded")
        return [json.loads(line) for line in answer.text.splitlines()]

    def names(self) -> dict[tuple[str, str], dict[str, str]]:
        """Return what everything is called here: by stack and logical id, what `Ref` and attributes give."""
        entries = (json.loads(line) for line in self._inspect("/names").text.splitlines())
        return {(entry["stack"], entry["logical_id"]): entry["returned"] for entry in entries}

    def decisions(self) -> tuple[DecidedCall, ...]:
        """Return AWS's decision on every call so far, with the policies of the assembly.

        Raises: NotOfTheAssembly, AccessError.
        """
        calls = [Call.from_record(record) for record in self.records()]
        if not calls:
            return ()
        if self._decider is None:
            self._decider = Decider.of(Path(self.state.assembly), self.names())
        return tuple(map(self._decider.decide, calls))

    def stored_bytes(self) -> Iterator[tuple[str, bytes]]:
        """Yield every stored byte with its place: objects, items, log events, keys, the gate's records."""
        for line in self._inspect("/stored").text.splitlines():
            entry = json.loads(line)
            yield entry["place"], base64.b64decode(entry["content"])

    def data_keys(self) -> list[bytes]:
        """Return the plaintext data keys that KMS gave out; only with `tap_data_keys`."""
        return [base64.b64decode(key) for key in self._inspect("/data-keys").json()]

    def _code(self, email: str) -> str:
        return str(self._inspect("/code", email=email).json()["code"])

    def _inspect(self, path: str, **parameters: str) -> httpx.Response:
        return self._inspection.get(path, params=parameters).raise_for_status()

    def _client(self, url: str) -> httpx.Client:
        return httpx.Client(base_url=url, verify=self._tls, trust_env=False, timeout=35)

    def _await_ready(self, process: "subprocess.Popen[str]") -> State:
        for line in _pipe(process.stdout):
            event = json.loads(line)
            if "ready" in event:
                return State(**event["ready"])
            if "error" in event:
                raise LocalCloudError(event["error"])
            self._progress(event["progress"])
        raise LocalCloudError("the local cloud ended without a word")


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise LocalCloudError("the local cloud was started without pipes")
    return stream
