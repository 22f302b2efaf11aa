"""The demonstration ends, without a tick, at the first step that is not true."""

import base64
import io
import json
import os
from types import SimpleNamespace

import httpx
import pytest
from rich.console import Console

from local_cloud.demo import run
from local_cloud.demo.steps import Steps, Untrue
from local_cloud.demo.story import Story

PHOTOGRAPH = b"\xff\xd8\xff" + os.urandom(20_000)
PICTURE = "p" * 22
SESSION = "arn:aws:sts::1:assumed-role/UserData/alice"


class FakeCloud:
    """Answers as a good local cloud does; a test makes one thing of it bad."""

    state = SimpleNamespace(issuer="https://people/", issuer_url="https://127.0.0.1:1")

    def __init__(self):
        self.created = 201
        self.content = PHOTOGRAPH
        self.message = os.urandom(len(PHOTOGRAPH) + 200)
        self.file_name = b"\x02sealed"
        self.bob_status, self.bob_sees = 404, []
        self.stranger_status = 401
        self.allowed = True
        self.principal, self.reader = SESSION, "alice"

    def sign_in(self, email):
        return f"{email.partition('@')[0]}.payload.signature"

    def api(self, token=None):
        who = (token or ".").partition(".")[0]
        forged = token is None or token.endswith("erutangis")

        def answer(request):
            if forged:
                return httpx.Response(self.stranger_status)
            if request.method == "POST":
                return httpx.Response(self.created, headers={"Location": f"/pictures/{PICTURE}"})
            if request.url.path == "/pictures":
                return httpx.Response(200, json={"pictures": [{"id": each} for each in self.bob_sees]})
            if who == "alice":
                return httpx.Response(200, content=self.content)
            found = PICTURE in request.url.path
            return httpx.Response(
                self.bob_status if found else 404, json={"detail": "there is no such picture"}
            )

        return httpx.Client(base_url="https://api", transport=httpx.MockTransport(answer))

    def stored_bytes(self):
        yield f"s3://b/alice/{PICTURE}/00000?versionId=1", self.message
        yield f"s3://b/alice/{PICTURE}/00000?versionId=1#headers", b"{}"
        yield f"dynamodb://Pictures/alice/{PICTURE}#metadata", self.file_name
        yield f"dynamodb://Grants/alice|alice/{PICTURE}#wrapped_key", b"\x00\x01"

    def records(self):
        context = {
            f"kms:encryptioncontext:{key}": [value]
            for key, value in {"picture": PICTURE, "owner": "alice"}.items()
        }
        context["kms:encryptioncontext:reader"] = [self.reader]
        return [
            {
                "principal": self.principal,
                "context": {"aws:principaltag/user": ["alice"]},
                "accesses": [{"action": f"kms:{action}", "context": context}],
            }
            for action in ("GenerateDataKey", "Decrypt")
        ]

    def decisions(self):
        part = SimpleNamespace(made_by="")
        return (SimpleNamespace(allowed=self.allowed, reason="it is denied", parts=(part,)),)


def tell(cloud) -> str:
    output = io.StringIO()
    console = Console(file=output, width=200)
    try:
        Story(cloud=cloud, steps=Steps(console), photograph=PHOTOGRAPH).tell()
    finally:
        cloud.printed = output.getvalue()
    return cloud.printed


def test_a_good_environment_has_every_tick():
    assert tell(FakeCloud()).count("✓") == 9


UNTRUE = {
    "the upload is refused": ({"created": 500}, "uploads"),
    "another picture comes back": ({"content": PHOTOGRAPH[:-1] + b"x"}, "reads it back"),
    "the bucket holds the photograph": ({"message": b"header" + PHOTOGRAPH}, "ciphertext only"),
    "the bucket holds text": ({"message": base64.b64encode(os.urandom(20_000))}, "ciphertext only"),
    "the file name is readable": (
        {"file_name": json.dumps({"filename": "photograph.jpg"}).encode()},
        "sealed",
    ),
    "somebody else used the key": ({"reader": "bob"}, "KMS was asked"),
    "a role that is no session used the key": ({"principal": "arn:aws:iam::1:user/x"}, "KMS was asked"),
    "Bob is told that it exists": ({"bob_status": 403}, "Bob asks"),
    "Bob's list shows it": ({"bob_sees": [PICTURE]}, "Bob asks"),
    "a call is not allowed": ({"allowed": False}, "allow every call"),
    "a stranger is let in": ({"stranger_status": 200}, "without a token"),
}


@pytest.mark.parametrize(("changes", "step"), UNTRUE.values(), ids=UNTRUE.keys())
def test_what_is_not_true_ends_it_at_its_step(changes, step):
    cloud = FakeCloud()
    vars(cloud).update(changes)
    with pytest.raises(Untrue):
        tell(cloud)
    assert step in next(line for line in cloud.printed.splitlines() if "✗" in line)


def file_of(tmp_path, content: bytes):
    file = tmp_path / "picture"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path / "absent.jpg", "cannot be read: No such file or directory"),
        (lambda path: path, "cannot be read: Is a directory"),
        (lambda path: file_of(path, b"<svg onload=alert(1)>"), "is not a picture"),
        (lambda path: file_of(path, b""), "is not a picture"),
        (
            lambda path: file_of(path, b"\xff\xd8\xff" + bytes(4 * 2**20)),
            "at most 4,194,304 (4 MiB) can be sent",
        ),
    ],
    ids=["absent", "a directory", "no picture", "empty", "too large"],
)
def test_a_bad_photograph_is_one_clear_message_and_starts_nothing(
    make, message, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("local_cloud.demo.demonstration.LocalCloud", None)
    assert run(make(tmp_path)) == 2
    assert message in capsys.readouterr().out
