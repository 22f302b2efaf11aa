"""The register is refused unless every promise says everything."""

import pytest

from policies.claims import RegisterError, load

GOOD = """
[ENC-8]
area = "a"
promise = "p"
scope = "s"
evidence = ["template"]
status = "asserted"
limits = []
"""


@pytest.fixture
def register(tmp_path):
    def write(text):
        path = tmp_path / "claims.toml"
        path.write_text(text)
        return load(path)

    return write


def test_a_complete_promise_is_read(register):
    (claim,) = register(GOOD)
    assert (claim.id, claim.asserted, claim.evidence) == ("ENC-8", True, ("template",))


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("[ENC-8]", "[ENC8]", "claim id must look like ENC-8"),
        ('promise = "p"', 'promise = " "', "promise must be a text"),
        ('promise = "p"', "", "promise must be a text"),
        ('["template"]', '["hearsay"]', "evidence must be some of"),
        ('["template"]', "[]", "evidence must be some of"),
        ('"asserted"', '"surely"', "status must be asserted or waiting"),
        ('"asserted"', '"waiting"', "must say in not_yet what it waits for"),
        ("limits = []", 'limits = "none"', "limits must be a list of texts"),
        ("limits = []", "limits = []\nowner = 'x'", "unknown field owner"),
    ],
)
def test_a_promise_that_is_not_complete_is_refused_by_name(register, good, bad, said):
    with pytest.raises(RegisterError, match=said):
        register(GOOD.replace(good, bad))


def test_a_register_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(RegisterError, match=r"claims\.toml"):
        load(tmp_path / "claims.toml")
