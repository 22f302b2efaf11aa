"""One picture, its key, and the official AWS Encryption SDK as the oracle."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import aws_encryption_sdk as sdk
import pytest
from aws_encryption_sdk.identifiers import AlgorithmSuite, CommitmentPolicy
from aws_encryption_sdk.key_providers.base import MasterKey, MasterKeyConfig
from aws_encryption_sdk.structures import DataKey as SdkDataKey
from aws_encryption_sdk.structures import MasterKeyInfo

from lambdas.envelope import DataKey

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture as the tests know it: its ids, and its key in the clear."""

    picture: str
    owner: str
    key_octets: bytes

    @property
    def names(self):
        return {"picture": self.picture, "owner": self.owner}

    @property
    def data_key(self):
        return DataKey(self.key_octets)

    @property
    def bound(self):
        return {**self.names, "data_key": self.data_key}


@pytest.fixture
def picture():
    return Picture(
        picture="kD3s0m3Rand0mP1ctureId", owner="email:6543210fedcba9876543210f", key_octets=os.urandom(32)
    )


@pytest.fixture
def other_picture():
    return Picture(
        picture="An0therP1ctureId000000", owner="email:00000000000000000000beef", key_octets=os.urandom(32)
    )


class _KnownKeyConfig(MasterKeyConfig):
    provider_id = "soulpicks"


class _KnownKey(MasterKey):
    """A master key of the SDK that knows one data key and wraps it as nothing, as our format does."""

    provider_id = "soulpicks"
    _config_class = _KnownKeyConfig

    def __init__(self, **kwargs):
        self.key_octets = b""

    def _data_key(self):
        return SdkDataKey(
            key_provider=MasterKeyInfo(self.provider_id, self.key_id),
            data_key=self.key_octets,
            encrypted_data_key=b"",
        )

    def _generate_data_key(self, algorithm, encryption_context):
        return self._data_key()

    def _encrypt_data_key(self, data_key, algorithm, encryption_context):
        raise NotImplementedError("one key is enough")

    def _decrypt_data_key(self, encrypted_data_key, algorithm, encryption_context):
        assert encrypted_data_key.encrypted_data_key == b""
        return self._data_key()


class OfficialSdk:
    """The SDK of AWS with our data key, refusing every suite without commitment."""

    def __init__(self):
        self._client = sdk.EncryptionSDKClient(
            commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
        )

    def _key(self, picture):
        key = _KnownKey(key_id=picture.picture.encode())
        key.key_octets = picture.key_octets
        return key

    def encrypt(self, plaintext, picture, *, frame_length, context=None):
        message, _ = self._client.encrypt(
            source=plaintext,
            key_provider=self._key(picture),
            algorithm=AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
            encryption_context=picture.names if context is None else context,
            frame_length=frame_length,
        )
        return message

    def decrypt(self, message, picture):
        plaintext, header = self._client.decrypt(source=bytes(message), key_provider=self._key(picture))
        return plaintext, header.encryption_context


@pytest.fixture(scope="session")
def official():
    return OfficialSdk()


@pytest.fixture(scope="session")
def commitment_vectors():
    """The published vectors of four implementations, which are kept outside this repository."""
    given = os.environ.get("SOULPICKS_CONFORMANCE")
    folder = Path(given) if given else ROOT.parent / "shared" / "conformance"
    path = folder / "envelope" / "commitment-test-vectors.json"
    return json.loads(path.read_text())["tests"]
