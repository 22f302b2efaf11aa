"""Files become plain values, or one error that says where and why."""

from pathlib import Path

import pytest

from access.errors import AccessError
from access.templates.template import MAX_BYTES, MAX_DEPTH, read_template

RESOURCE = "Resources: {Queue: {Type: 'AWS::SQS::Queue'}}\n"


def read(tmp_path: Path, text: str | bytes):
    path = tmp_path / "template.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_template(path, label="template.yaml").body


def error(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(AccessError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith("template.yaml")
    return str(caught.value)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref A", {"Ref": "A"}),
        ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ("!Sub 'x-${A}'", {"Fn::Sub": "x-${A}"}),
        ("!Join ['-', [a, !Ref B]]", {"Fn::Join": ["-", ["a", {"Ref": "B"}]]}),
        ("!If [C, 1, 2]", {"Fn::If": ["C", 1, 2]}),
        ("!Condition C", {"Condition": "C"}),
        ("!ImportValue x", {"Fn::ImportValue": "x"}),
        ("!Select [0, !Split [',', a]]", {"Fn::Select": [0, {"Fn::Split": [",", "a"]}]}),
    ],
)
def test_a_short_form_reads_as_its_long_form(tmp_path, short, long):
    assert read(tmp_path, f"{RESOURCE}Mappings: {{M: {short}}}\n")["Mappings"]["M"] == long


@pytest.mark.parametrize("text", ["2012-10-17", "012345670123", "1:30", "0x1f", "1_000"])
def test_what_yaml_would_read_as_a_date_or_an_odd_number_stays_the_text_that_was_written(tmp_path, text):
    assert read(tmp_path, f"{RESOURCE}Mappings: {{M: {text}}}\n")["Mappings"]["M"] == text


def test_booleans_and_plain_numbers_keep_their_type(tmp_path):
    body = read(tmp_path, f"{RESOURCE}Mappings: {{A: true, B: 15, C: 1.5, D: null}}\n")
    assert body["Mappings"] == {"A": True, "B": 15, "C": 1.5, "D": None}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing"),
        ("[]", "a list"),
        ("Description: x", "Resources"),
        ("{", "expected"),
        ('{"Resources": {}, "Resources": {}}', "twice"),
        ("Resources: {}\nResources: {}\n", "stands twice"),
        ("a: &x [1]\nb: *x\n", "alias at line 2"),
        ("Resources: {Q: {Type: !Nope x}}", "unknown tag !Nope at line 1"),
        ("Resources: {Q: {Type: !!python/object:os.system x}}", "could not determine a constructor"),
        ("Resources: {Q: []}", "a list, expected a mapping"),
        ("Resources: {Q: {}}", "the resource type"),
        ("Resources: {Q: {Type: T, Properties: []}}", "a list, expected a mapping"),
        ("Resources: {[1]: {Type: T}}", "not text"),
        ("Resources: {Q: {Type: T, Properties: {A: [}}}", "at line 1"),
        ('{"Resources": {"Q": {"Type": "T", "Properties": {"A": NaN}}}}', "NaN"),
        ('{"Resources": {"Q": {"Type": "T", "Properties": {"A": ' + "9" * 5000 + "}}}}", "JSON"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"Resources: {Q: \x00}", "expected YAML"),
    ],
)
def test_a_malformed_file_is_one_clear_error(tmp_path, text, says):
    assert says in error(tmp_path, text)


@pytest.mark.parametrize("opened", ["[", '{"a":', "- "])
@pytest.mark.parametrize("times", [MAX_DEPTH + 5, 20_000])
def test_deep_nesting_is_refused_before_it_can_exhaust_the_stack(tmp_path, opened, times):
    assert "nesting" in error(
        tmp_path, f"Resources: {{}}\nDeep:\n  {opened * times}" if opened == "- " else opened * times
    ) or ("JSON" in error(tmp_path, opened * times))


def test_closed_deep_json_is_refused(tmp_path):
    assert "nesting" in error(tmp_path, '{"Resources": ' + "[" * 500 + "]" * 500 + "}")


def test_an_absurdly_large_file_is_refused_unread(tmp_path):
    assert "bytes" in error(tmp_path, " " * (MAX_BYTES + 1))


def test_a_missing_file_is_an_error_and_no_traceback(tmp_path):
    with pytest.raises(AccessError, match="No such file"):
        read_template(tmp_path / "absent.yaml")


def test_a_doubling_of_aliases_is_refused_at_the_first_alias(tmp_path):
    laughs = "a: &a [x]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "alias at line 2" in error(tmp_path, laughs)
