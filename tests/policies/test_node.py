"""A value is read only when the templates settle it; otherwise it is unresolved, never a default."""

import pytest

from policies.assembly import Assembly
from policies.node import UnresolvedError
from policies.template import TemplateError

HEAD = """
Resources:
  Key: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true}}
  It:
    Type: Any::Thing::Here
    Properties:
"""


@pytest.fixture
def value(template):
    def read(text):
        return template(f"{HEAD}      Value: {text}\n").templates[0].resource("It").at("Value")

    return read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("!Sub 'a-${AWS::Region}-${Key.Arn}'", "a-${AWS::Region}-${stack/Key.Arn}"),
        ("!Sub ['${a}-b', {a: !Ref Key}]", "${stack/Key.Ref}-b"),
        ("!Sub '${!aws:PrincipalTag/user}'", "${aws:PrincipalTag/user}"),
        ("!Join ['/', [a, !GetAtt Key.Arn]]", "a/${stack/Key.Arn}"),
        ("{'Fn::GetAtt': [Key, Arn]}", "${stack/Key.Arn}"),
        ("!Ref AWS::AccountId", "${AWS::AccountId}"),
    ],
)
def test_a_text_is_rendered_with_a_mark_where_a_deployment_fills_in_a_name(value, text, expected):
    assert value(text).text() == expected


@pytest.mark.parametrize(
    "text",
    [
        "!Ref Parameter",
        "!If [Condition, a, b]",
        "!ImportValue elsewhere",
        "!FindInMap [a, b, c]",
        "!Sub '${Unknown.Arn}'",
        "!Join ['', [a, !Ref Parameter]]",
    ],
)
def test_what_only_a_deployment_settles_is_unresolved(value, text):
    with pytest.raises(UnresolvedError):
        value(text).text()


@pytest.mark.parametrize(
    ("text", "expected"), [("true", True), ("'false'", False), ("!Ref AWS::NoValue", True)]
)
def test_a_flag_is_read_in_every_spelling(value, text, expected):
    assert value(text).flag(default=True) is expected


@pytest.mark.parametrize("text", ["!If [C, true, false]", "'yes, please'", "{a: b}", "1"])
def test_a_flag_that_is_none_is_unresolved(value, text):
    with pytest.raises(UnresolvedError):
        value(text).flag(default=True)


@pytest.mark.parametrize("text", ["!Ref Days", "'ninety'", "true", "[1]"])
def test_a_number_that_is_none_is_unresolved(value, text):
    with pytest.raises(UnresolvedError):
        value(text).number(default=1)


def test_an_intrinsic_on_the_way_to_a_value_is_unresolved_and_not_an_absence(value):
    with pytest.raises(UnresolvedError):
        value("!If [C, {Inner: a}, {}]").at("Inner")


def test_a_reference_to_another_stack_is_followed_through_its_export(tmp_path):
    (tmp_path / "a.template.yaml").write_text(
        "Resources: {Key: {Type: AWS::KMS::Key}}\n"
        "Outputs: {Arn: {Value: !GetAtt Key.Arn, Export: {Name: 'keys:Arn'}}}\n"
    )
    (tmp_path / "b.template.yaml").write_text(
        "Resources: {It: {Type: Any::Thing::Here, Properties: {Value: !ImportValue 'keys:Arn'}}}\n"
    )
    (it,) = Assembly.load(tmp_path).of_type("Any::Thing::Here")
    reference = it.at("Value").reference()
    assert (reference.template.name, reference.logical_id, reference.attribute) == ("a", "Key", "Arn")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "expected an object with Resources"),
        ("Resources: {It: {}}", "resource It has no Type"),
        ("Resources: {on: {Type: A::B::C}}", "True is no string"),
        ("Resources: {", "cannot read template"),
    ],
)
def test_a_file_that_is_no_template_is_refused_with_its_name(template, text, said):
    with pytest.raises(TemplateError, match=said) as refused:
        template(text)
    assert "stack.yaml" in str(refused.value)


def test_a_folder_without_templates_is_refused(tmp_path):
    with pytest.raises(TemplateError, match="synthesize first"):
        Assembly.load(tmp_path)
