"""What importing the envelope costs and draws: no AWS client library, and nothing random."""

import subprocess
import sys

import pytest

LOADED = "import sys, lambdas.envelope; print(*sorted(m.partition('.')[0] for m in sys.modules))"
# `random` seeds itself when it is imported, by whoever that is; we do not use it.
RANDOM_AT_IMPORT = """
import os, random
import cryptography.hazmat.primitives.ciphers.aead
def refused(*_):
    raise SystemExit("randomness was drawn at import")
os.urandom = os.getrandom = refused
import lambdas.envelope, lambdas.envelope.wraps
from lambdas.envelope import DataKey, seal
{then}
"""


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_the_envelope_loads_no_aws_library():
    ran = run(LOADED)
    assert ran.returncode == 0, ran.stderr
    loaded = set(ran.stdout.split())
    assert "cryptography" in loaded
    assert not loaded & {"boto3", "botocore", "aws_encryption_sdk"}


@pytest.mark.parametrize(
    ("then", "outcome"),
    [
        ("", ""),
        (
            "seal(b'', data_key=DataKey(bytes(32)), picture='p', owner='o')",
            "randomness was drawn at import\n",
        ),
    ],
)
def test_randomness_is_drawn_when_sealing_and_never_at_import(then, outcome):
    """A snapshot of an initialized function is restored many times over.

    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-uniqueness.html
    """
    assert run(RANDOM_AT_IMPORT.format(then=then)).stderr == outcome
