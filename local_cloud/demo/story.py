"""The story: Alice uploads a photograph and reads it back, and Bob is refused."""

import base64
import hashlib
import math
from collections import Counter
from dataclasses import dataclass, field

import httpx

from local_cloud.client import LocalCloud
from local_cloud.demo.steps import Steps

ALICE, BOB = "alice@example.org", "bob@example.org"
FILE_NAME = "photograph.jpg"
WINDOW, WINDOW_STEP = 32, 4099


@dataclass
class Story:
    """Tells it step by step, on a running local cloud."""

    cloud: LocalCloud
    steps: Steps
    photograph: bytes
    tokens: dict[str, str] = field(default_factory=dict)
    picture: str = ""

    def tell(self) -> None:
        """Tell all of it; raises `Untrue` at the first step that is not so."""
        self.sign_in()
        self.upload()
        self.read_back()
        self.look_into_the_bucket()
        self.look_into_the_tables()
        self.look_at_the_key()
        self.refuse_bob()
        self.refuse_a_stranger()
        self.decide_the_calls()

    def sign_in(self) -> None:
        """Both people, by one-time code."""
        with self.steps.step("Alice and Bob sign in by one-time code, without a password") as step:
            self.tokens = {person: self.cloud.sign_in(person) for person in (ALICE, BOB)}
            step.show("the codes are printed by the local cloud, never e-mailed")
            step.show(f"tokens by {self.cloud.state.issuer}, here from {self.cloud.state.issuer_url}")

    def upload(self) -> None:
        """One tus creation that carries the whole picture."""
        with self.steps.step("Alice uploads a photograph through the API") as step:
            name = base64.b64encode(FILE_NAME.encode()).decode()
            with self.cloud.api(self.tokens[ALICE]) as api:
                answer = api.post(
                    "/pictures",
                    content=self.photograph,
                    headers={
                        "Tus-Resumable": "1.0.0",
                        "Upload-Length": str(len(self.photograph)),
                        "Upload-Metadata": f"filename {name}",
                        "Content-Type": "application/offset+octet-stream",
                    },
                )
            step.check(answer.status_code == 201, f"POST /pictures answered {_said(answer)}")
            self.picture = answer.headers["Location"].rpartition("/")[2]
            step.show(f"POST /pictures  201  {answer.headers['Location']}")
            step.show(f"{len(self.photograph):,} bytes, SHA-256 {_digest(self.photograph)}")

    def read_back(self) -> None:
        """Byte for byte."""
        with self.steps.step("Alice reads it back, identical byte for byte") as step:
            with self.cloud.api(self.tokens[ALICE]) as api:
                answer = api.get(f"/pictures/{self.picture}")
            step.check(answer.status_code == 200, f"GET answered {_said(answer)}")
            step.check(answer.content == self.photograph, f"SHA-256 is {_digest(answer.content)}")
            step.show(f"{len(answer.content):,} bytes, SHA-256 {_digest(answer.content)}")

    def look_into_the_bucket(self) -> None:
        """Ciphertext, and no window of the photograph in it."""
        with self.steps.step("The bucket holds ciphertext only") as step:
            stored = [content for place, content in self._stored("s3://") if "#" not in place]
            step.check(len(stored) == 1, f"the picture has {len(stored)} objects in the bucket, not one")
            [message] = stored
            leaks = _shows(self.photograph, message)
            step.check(not leaks, "a part of the photograph lies readable in the bucket")
            body = message[len(message) // 10 :]
            dense = _entropy(body) > 8 - _entropy_deficit(len(body))
            step.check(dense, f"only {_entropy(body):.3f} bits a byte: that is not ciphertext")
            step.show(f"sent    {self.photograph[:24].hex(' ')}")
            step.show(f"stored  {message[:24].hex(' ')}")
            step.show(f"{len(message):,} bytes, {_entropy(body):.4f} bits of entropy a byte")

    def look_into_the_tables(self) -> None:
        """Ids, sizes and times in the clear; the file name sealed; the key wrapped."""
        with self.steps.step("The tables hold ids, sizes and times; file name and key are sealed") as step:
            rows: dict[str, dict[str, bytes]] = {}
            for place, content in self._stored("dynamodb://"):
                item, _, attribute = place.partition("#")
                rows.setdefault(item, {})[attribute] = content
            step.check(len(rows) == 2, f"expected a picture and a grant, found {len(rows)} rows")
            for row in rows.values():
                named = any(FILE_NAME.encode() in content for content in row.values())
                step.check(not named, "the file name lies readable in a table")
                step.show("  ".join(f"{name}={_shown(content)}" for name, content in sorted(row.items())))

    def look_at_the_key(self) -> None:
        """Every use of the master key, by whom and for whom."""
        with self.steps.step("KMS was asked by Alice's own session only, for Alice and this picture") as step:
            calls = [
                (record, access)
                for record in self.cloud.records()
                for access in record["accesses"]
                if access["action"].startswith("kms:")
                and access["context"].get("kms:encryptioncontext:picture") == [self.picture]
            ]
            step.check(len(calls) == 2, f"expected GenerateDataKey and Decrypt, saw {len(calls)} calls")
            for record, access in calls:
                session = record["principal"].partition(":assumed-role/")[2]
                user = record["context"].get("aws:principaltag/user", [""])[0]
                owner, reader = (
                    access["context"][f"kms:encryptioncontext:{key}"][0] for key in ("owner", "reader")
                )
                step.check(bool(session), f"{record['principal']} is no user's session")
                step.check(user == owner == reader, f"session of {user!r}, wrap of {owner!r} for {reader!r}")
                step.show(f"{access['action']}  by {session}  tag user={user}")
                step.show(f"    encryption context: owner={owner} reader={reader} picture={self.picture}")

    def refuse_bob(self) -> None:
        """He learns nothing, not even that it exists."""
        with self.steps.step("Bob asks for it and is refused, as if it did not exist") as step:
            with self.cloud.api(self.tokens[BOB]) as api:
                his, absent = api.get(f"/pictures/{self.picture}"), api.get(f"/pictures/{'A' * 22}")
                listed = api.get("/pictures")
            step.check(his.status_code == 404, f"GET answered {_said(his)}")
            step.check(his.content == absent.content, "the answer differs from the one for an absent picture")
            ids = [each["id"] for each in listed.json()["pictures"]]
            step.check(self.picture not in ids, "his list shows it")
            step.show(f"GET /pictures/{self.picture}  404  {his.json().get('detail', '')}")
            step.show(f"GET /pictures  200  {len(ids)} pictures")

    def refuse_a_stranger(self) -> None:
        """No token, a broken one, one of nobody's."""
        with self.steps.step("A request without a token, or with a forged one, is refused") as step:
            header, payload, signature = self.tokens[ALICE].split(".")
            forged = f"{header}.{payload}.{signature[::-1]}"
            for name, token in (("no token", None), ("forged token", forged)):
                with self.cloud.api(token) as api:
                    answer = api.get(f"/pictures/{self.picture}")
                step.check(answer.status_code == 401, f"with {name}, GET answered {_said(answer)}")
                step.show(f"GET /pictures/{self.picture}  401  {name}")

    def decide_the_calls(self) -> None:
        """With the policies that would be deployed, the calls of S3 and DynamoDB to KMS included."""
        with self.steps.step("The policies of the templates allow every call to AWS that this took") as step:
            decided = self.cloud.decisions()
            refused = [call.reason for call in decided if not call.allowed]
            step.check(bool(decided), "no call was recorded")
            step.check(not refused, f"{len(refused)} of {len(decided)} calls are not allowed: {refused[:1]}")
            parts = [part for call in decided for part in call.parts]
            made = sum(bool(part.made_by) for part in parts)
            step.show(f"{len(decided)} calls: all allowed, none refused ({len(parts)} permissions decided,")
            step.show(f"    {made} of them for what S3 and DynamoDB ask of KMS in the caller's name)")

    def _stored(self, kind: str) -> list[tuple[str, bytes]]:
        return [
            (place, content)
            for place, content in self.cloud.stored_bytes()
            if place.startswith(kind) and self.picture in place
        ]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _shows(photograph: bytes, message: bytes) -> bool:
    """Whether any of the windows, taken all over the photograph, occurs in the message."""
    return any(
        photograph[at : at + WINDOW] in message for at in range(0, len(photograph) - WINDOW, WINDOW_STEP)
    )


def _entropy(content: bytes) -> float:
    """Shannon entropy in bits a byte; 8 is what endless random bytes have."""
    return -sum(n / len(content) * math.log2(n / len(content)) for n in Counter(content).values())


def _entropy_deficit(size: int) -> float:
    """Twice what `size` random bytes are expected to lack (Miller and Madow), and a little."""
    return 2 * 255 / (2 * size * math.log(2)) + 0.001


def _shown(content: bytes) -> str:
    """Text as it is, everything else by its length: binary attributes are what is sealed."""
    text = content.decode("ascii", "ignore")
    return text if text.isprintable() and len(text) == len(content) else f"<{len(content)} sealed bytes>"


def _said(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:200]}"
