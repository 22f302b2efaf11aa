"""Wraps: KMS opens a data key for the reader it was made for, and for nobody else."""

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from botocore.stub import Stubber
from moto import mock_aws

from lambdas.envelope import KeyRefused, KeyUnavailable, open_message, seal
from lambdas.envelope.wraps import MAX_WRAP_LENGTH, WrapContext, new_data_key, unwrap

ALICE = WrapContext(picture="p", owner="email:a1", reader="email:a1")
KEY_ARN = "arn:aws:kms:eu-west-1:111111111111:key/5ca1ab1e-0000-4000-8000-000000000000"


@pytest.fixture
def kms_client():
    return boto3.client(
        "kms",
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


@pytest.fixture
def kms(kms_client):
    with mock_aws():
        yield kms_client


@pytest.fixture
def key_arn(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


def test_the_key_that_comes_back_opens_what_the_new_one_sealed(kms, key_arn):
    data_key, wrap = new_data_key(kms, key_arn=key_arn, context=ALICE)
    sealed = seal(b"a picture", data_key=data_key, picture="p", owner="email:a1")
    again = unwrap(kms, wrap, key_arn=key_arn, context=ALICE)
    assert open_message(sealed, data_key=again, picture="p", owner="email:a1") == b"a picture"


def test_every_picture_gets_a_key_of_its_own(kms, key_arn):
    made = [new_data_key(kms, key_arn=key_arn, context=ALICE) for _ in range(20)]
    assert len({wrap for _, wrap in made}) == 20
    # A commitment speaks for its key: equal keys would commit to a message alike.
    assert len({data_key.derive(bytes(32)).commitment for data_key, _ in made}) == 20


@pytest.mark.parametrize("field", ["picture", "owner", "reader"])
def test_a_wrap_opens_with_no_other_picture_owner_or_reader(field, kms, key_arn):
    _, wrap = new_data_key(kms, key_arn=key_arn, context=ALICE)
    names = {"picture": "p", "owner": "email:a1", "reader": "email:a1", field: "another"}
    with pytest.raises(KeyRefused, match="InvalidCiphertextException"):
        unwrap(kms, wrap, key_arn=key_arn, context=WrapContext(**names))


def test_what_is_asked_of_kms_names_the_key_and_the_whole_context(kms_client):
    context = {"picture": "p", "owner": "email:a1", "reader": "email:a1"}
    with Stubber(kms_client) as stub:
        stub.add_response(
            "generate_data_key",
            {"Plaintext": bytes(32), "CiphertextBlob": b"wrap", "KeyId": KEY_ARN},
            {"KeyId": KEY_ARN, "KeySpec": "AES_256", "EncryptionContext": context},
        )
        stub.add_response(
            "decrypt",
            {"Plaintext": bytes(32), "KeyId": KEY_ARN},
            {
                "KeyId": KEY_ARN,
                "CiphertextBlob": b"wrap",
                "EncryptionContext": context,
                "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            },
        )
        _, wrap = new_data_key(kms_client, key_arn=KEY_ARN, context=ALICE)
        unwrap(kms_client, wrap, key_arn=KEY_ARN, context=ALICE)
        stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDeniedException", KeyRefused),
        ("InvalidCiphertextException", KeyRefused),
        ("IncorrectKeyException", KeyRefused),
        ("DisabledException", KeyUnavailable),
        ("KMSInvalidStateException", KeyUnavailable),
        ("KMSInternalException", KeyUnavailable),
        ("NotFoundException", KeyUnavailable),
        ("ThrottlingException", KeyUnavailable),
        ("ExpiredTokenException", KeyUnavailable),
    ],
)
def test_what_kms_answers_becomes_refused_or_unavailable(code, error, kms_client):
    with Stubber(kms_client) as stub:
        for call in ("decrypt", "generate_data_key"):
            stub.add_client_error(call, code, "says something about email:a1")
        with pytest.raises(error) as opening:
            unwrap(kms_client, b"wrap", key_arn=KEY_ARN, context=ALICE)
        with pytest.raises(error) as making:
            new_data_key(kms_client, key_arn=KEY_ARN, context=ALICE)
    for raised in (opening.value, making.value):
        assert code in str(raised)
        assert "email:a1" not in str(raised), "an error of ours names a person"


@pytest.mark.parametrize("failure", [ConnectTimeoutError, EndpointConnectionError])
def test_no_answer_from_kms_is_unavailable(failure):
    class Unreachable:
        def decrypt(self, **_):
            raise failure(endpoint_url="https://kms.eu-west-1.amazonaws.com")

    with pytest.raises(KeyUnavailable, match=failure.__name__):
        unwrap(Unreachable(), b"wrap", key_arn=KEY_ARN, context=ALICE)


@pytest.mark.parametrize("length", [0, MAX_WRAP_LENGTH + 1])
def test_a_wrap_of_an_impossible_length_is_refused_without_asking(length):
    with pytest.raises(KeyRefused, match=f"got {length}"):
        unwrap(None, bytes(length), key_arn=KEY_ARN, context=ALICE)
