"""One flow through the running environment, and all that it left behind: what the checks of a run look at."""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from lambdas.envelope import CannotOpen, DataKey, open_message
from local_cloud.decisions import DecidedCall

PICTURE_BYTES = 100_000


class Cloud(Protocol):
    """What a flow needs of a running environment; `run_of_the_code.Running` is one."""

    def sign_in(self, email: str) -> str:
        """An access token of a person."""

    def api(self, token: str | None) -> httpx.Client:
        """A client that sends this token, or none."""

    def stored_bytes(self) -> Iterable[tuple[str, bytes]]:
        """Place and content of everything stored."""

    def records(self) -> Sequence[Any]:
        """Every call that reached AWS."""

    def decisions(self) -> Sequence[DecidedCall]:
        """AWS's decision on every call that reached AWS, in the order of the records."""

    def key_set(self) -> dict[str, Any]:
        """The provider's public keys."""

    def data_keys(self) -> Sequence[bytes]:
        """Every data key that KMS drew, in the clear."""


@dataclass(frozen=True)
class Answer:
    """What the API said to one attempt, what it should have said, and the harm done if any was."""

    name: str
    expected: int
    status: int
    harm: str = ""

    def problems(self) -> Iterator[str]:
        """What is wrong with it."""
        if self.status != self.expected:
            yield f"answered {self.status}, not {self.expected}"
        if self.harm:
            yield self.harm


@dataclass(frozen=True)
class Response:
    """What one request was, and the headers of its answer in lower case, whoever gave it."""

    name: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Picture:
    """An uploaded picture: who sent which bytes, and what the bucket holds of it."""

    id: str
    owner: str
    content: bytes
    message: bytes

    def opens_with(self, data_key: bytes) -> bool:
        """Whether this data key, and by key commitment no other, opens the stored message."""
        key = DataKey(data_key)
        try:
            return open_message(self.message, data_key=key, picture=self.id, owner=self.owner) == self.content
        except CannotOpen:
            return False


@dataclass(frozen=True)
class Flow:
    """Everything that one flow did and left; `tokens` are pairs of person and token."""

    name: str
    pictures: tuple[Picture, ...]
    tokens: tuple[tuple[str, str], ...]
    data_keys: tuple[bytes, ...]
    stored: tuple[tuple[str, bytes], ...]
    answers: tuple[Answer, ...]
    calls: tuple[DecidedCall, ...]
    responses: tuple[Response, ...]


class FlowError(Exception):
    """The flow itself did not work, so it shows nothing; says at which step."""


def run_flow(cloud: Cloud) -> Flow:
    """Two people upload and read; each tries what is the other's. Nothing of it is chosen in advance.

    Raises: FlowError when an upload or an own read does not work.
    """
    drawn_before, calls_before = len(cloud.data_keys()), len(cloud.records())
    people = {name: cloud.sign_in(f"{name}-{os.urandom(4).hex()}@example.org") for name in ("alice", "bob")}
    clients = {name: cloud.api(token) for name, token in people.items()}
    responses: list[Response] = []
    stranger = cloud.api(None)
    for client in (*clients.values(), stranger):
        client.event_hooks["response"].append(lambda given: responses.append(_response(given)))
    uploads = [(name, _photograph()) for name in ("alice", "alice", "bob", "alice")]
    sent = [(name, content, _upload(clients[name], content)) for name, content in uploads]
    answers = [
        answer for owner, content, picture in sent for answer in _reads(clients, owner, content, picture)
    ]
    answers += _listings(clients, [(owner, picture) for owner, _, picture in sent])
    _ask_the_gateway(stranger)
    stored = tuple(cloud.stored_bytes())
    pictures = tuple(Picture(picture, *_object(stored, picture, content)) for _, content, picture in sent)
    return Flow(
        name="the run",
        pictures=pictures,
        tokens=tuple(people.items()),
        data_keys=tuple(cloud.data_keys()[drawn_before:]),
        stored=stored,
        answers=tuple(answers),
        calls=tuple(cloud.decisions()[calls_before:]),
        responses=tuple(responses),
    )


def _response(given: httpx.Response) -> Response:
    name = f"{given.request.method} {given.request.url.path} {given.status_code}"
    return Response(name, {name.lower(): value for name, value in given.headers.items()})


def _ask_the_gateway(stranger: httpx.Client) -> None:
    """What the gateway answers by itself: preflights, bad tokens, no such route, a bad media type."""
    for path in ("/pictures", f"/pictures/{'A' * 22}"):
        stranger.options(path, headers={"Origin": "https://evil.example"})
        stranger.get(path)
        stranger.get(path, headers={"Authorization": "Bearer a.b.c"})
        stranger.delete(path)
        stranger.options(path, headers={"Content-Type": "text/plain"})
    stranger.get("/elsewhere")


def _photograph() -> bytes:
    """A GIF of noise: no two are alike, and no piece of one occurs anywhere by chance."""
    return b"GIF89a" + struct.pack("<HH", 512, 512) + b"\0\0\0" + os.urandom(PICTURE_BYTES)


def upload(client: httpx.Client, content: bytes) -> httpx.Response:
    """A tus creation that carries the whole picture."""
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(content)),
        "Upload-Metadata": f"filename {base64.b64encode(b'canary-holiday.gif').decode()}",
        "Content-Type": "application/offset+octet-stream",
    }
    return client.post("/pictures", content=content, headers=headers)


def _upload(client: httpx.Client, content: bytes) -> str:
    answer = upload(client, content)
    if answer.status_code != 201:
        raise FlowError(f"an upload was answered {answer.status_code}: {answer.text[:200]}")
    return answer.headers["location"].rpartition("/")[2]


def _reads(clients: dict[str, httpx.Client], owner: str, content: bytes, picture: str) -> Iterator[Answer]:
    for reader, client in clients.items():
        answer = client.get(f"/pictures/{picture}")
        mine = reader == owner
        if mine and answer.status_code == 200 and answer.content != content:
            raise FlowError(f"{owner} got other bytes back than were sent")
        harm = "the answer holds the picture" if not mine and content[100:132] in answer.content else ""
        yield Answer(f"{reader} reads a picture of {owner}", 200 if mine else 404, answer.status_code, harm)


def _listings(clients: dict[str, httpx.Client], sent: list[tuple[str, str]]) -> Iterator[Answer]:
    for reader, client in clients.items():
        answer = client.get("/pictures")
        others = [picture for owner, picture in sent if owner != reader and picture in answer.text]
        missing = [picture for owner, picture in sent if owner == reader and picture not in answer.text]
        harm = "; ".join(
            ["it lists another's picture"] * bool(others) + ["it misses an own picture"] * bool(missing)
        )
        yield Answer(f"{reader} lists pictures", 200, answer.status_code, harm)


def _object(stored: tuple[tuple[str, bytes], ...], picture: str, content: bytes) -> tuple[str, bytes, bytes]:
    """Owner and stored message of a picture, from the name of its only object: owner/picture/segment."""
    for place, body in stored:
        if place.startswith("s3://") and f"/{picture}/" in place and "#" not in place:
            return place.split("/")[3], content, body
    raise FlowError(f"the bucket holds no object of picture {picture}")
