"""The rules folder is the catalogue: one file, one rule, one id, one stem for everything about it."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from policies import catalogue
from policies.node import UnresolvedError
from policies.rule import CataloguedRule, Rule
from policies.verdict import HOLDS, Status

GOOD = {
    "id": "SP_KMS_9",
    "claim": "ENC-8",
    "title": "t",
    "why": "w",
    "fix": "f",
    "source": "https://docs.aws.amazon.com/",
    "resource_types": ("AWS::KMS::Key",),
}


@pytest.fixture
def folder(monkeypatch):
    """Puts other modules in the place of the rules folder."""

    def holds(**modules):
        monkeypatch.setattr(
            catalogue.pkgutil, "iter_modules", lambda _: [SimpleNamespace(name=name) for name in modules]
        )
        for name, members in modules.items():
            module = ModuleType(f"policies.rules.{name}")
            vars(module).update(members)
            monkeypatch.setitem(sys.modules, module.__name__, module)

    catalogue.rules.cache_clear()
    yield holds
    catalogue.rules.cache_clear()


def judge(resource):
    return HOLDS


def test_there_are_rules_and_their_ids_are_unique():
    ids = [entry.rule.id for entry in catalogue.rules()]
    assert len(ids) == len(set(ids)) >= 16


def test_a_file_that_is_no_rule_is_refused(folder):
    folder(sp_kms_9_x={"judge": judge})
    with pytest.raises(catalogue.CatalogueError, match="must define RULE and judge"):
        catalogue.rules()


def test_a_file_whose_name_is_not_the_id_is_refused(folder):
    folder(sp_kms_8_x={"RULE": Rule(**GOOD), "judge": judge})
    with pytest.raises(catalogue.CatalogueError, match="the name must begin with the id"):
        catalogue.rules()


def test_an_id_that_occurs_twice_is_refused(folder):
    rule = {"RULE": Rule(**GOOD), "judge": judge}
    folder(sp_kms_9_x=rule, sp_kms_9_y=rule)
    with pytest.raises(catalogue.CatalogueError, match="is both sp_kms_9_x and sp_kms_9_y"):
        catalogue.rules()


@pytest.mark.parametrize(
    ("field", "value"),
    [("id", "KMS_2"), ("claim", "ENC8"), ("source", "http://a"), ("title", ""), ("resource_types", ())],
)
def test_a_rule_that_does_not_say_everything_is_refused(field, value):
    with pytest.raises(ValueError, match=r"SP_KMS_9|rule id"):
        Rule(**{**GOOD, field: value})


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("defect"), UnresolvedError("not settled"), KeyError("x")]
)
def test_a_judgement_that_raises_cannot_tell(template, error):
    def raises(resource):
        raise error

    (key,) = template("Resources: {Key: {Type: AWS::KMS::Key}}").resources
    assert CataloguedRule("s", Rule(**GOOD), raises).verdict(key).status is Status.CANNOT_TELL


def test_a_resource_of_another_type_is_none_of_the_rules_business(template):
    (bucket,) = template("Resources: {B: {Type: AWS::S3::Bucket}}").resources
    verdict = CataloguedRule("s", Rule(**GOOD), judge).verdict(bucket)
    assert verdict.status is Status.DOES_NOT_APPLY
