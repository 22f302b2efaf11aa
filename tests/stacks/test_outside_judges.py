"""cfn-lint, cdk-nag and Checkov judge every stack; a finding is fixed, or acknowledged with a reason."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import cdk_nag
import pytest
from cfnlint.config import ConfigMixIn
from cfnlint.match import Match
from cfnlint.runner import Runner

from stacks.constructs.acknowledge import acknowledge
from stacks.lambda_asset import ROOT
from stacks.synthesis import synthesize

PACKS = {"AwsSolutions": cdk_nag.AwsSolutionsChecks, "NIST.800.53.R5": cdk_nag.NIST80053R5Checks}


def linted(file: Path, *, even_if_acknowledged: bool = False) -> list[Match]:
    """What cfn-lint says, with every rule on: errors, warnings, hints and experimental ones."""
    every = ["I", "E", "W"]
    config = ConfigMixIn(
        templates=[str(file)],
        include_checks=every,
        mandatory_checks=every if even_if_acknowledged else [],
        include_experimental=True,
        # The region of the stack itself is in its environment; cfn-lint judges by a list of its own.
        regions=["eu-west-1"],
    )
    return list(Runner(config).run())


def test_cfn_lint_finds_nothing_in_any_template(assembly):
    files = sorted(assembly.glob("*.template.json"))
    assert files
    assert [str(found) for file in files for found in linted(file)] == []


def test_cfn_lint_would_say_so(assembly, tmp_path):
    file = next(assembly.glob("DevelopmentData*.template.json"))
    template = json.loads(file.read_text())
    bucket = next(one for one in template["Resources"].values() if one["Type"] == "AWS::S3::Bucket")
    bucket["Properties"]["Nonsense"] = True
    broken = tmp_path / file.name
    broken.write_text(json.dumps(template))
    assert any("Nonsense" in found.message for found in linted(broken))


def test_what_is_acknowledged_of_cfn_lint_is_what_it_finds(assembly):
    for file in sorted(assembly.glob("*Development*.template.json")):
        found = {(one.path[1], one.rule.id) for one in linted(file, even_if_acknowledged=True)}
        assert found == set(acknowledged(file, ignored))


def test_what_is_acknowledged_of_checkov_is_what_it_finds(assembly, tmp_path):
    # Imported here: it takes seconds.
    from policies.checkov_scan import scan

    expected = set()
    for file in assembly.glob("*Development*.template.json"):
        expected |= set(acknowledged(file, skipped))
        template = json.loads(file.read_text())
        for resource in template["Resources"].values():
            resource.get("Metadata", {}).pop("checkov", None)
        (tmp_path / file.name).write_text(json.dumps(template))
    assert {(record.logical_id, record.check) for record in scan(tmp_path).failed()} == expected


def acknowledged(file: Path, ids: Callable[[dict[str, Any]], Iterable[str]]) -> Iterator[tuple[str, str]]:
    """Logical id and finding, as the template's metadata name them."""
    for name, resource in json.loads(file.read_text())["Resources"].items():
        for finding in ids(resource.get("Metadata", {})):
            yield name, finding


def ignored(metadata: dict[str, Any]) -> Iterable[str]:
    """What a resource acknowledges of cfn-lint."""
    return metadata.get("cfn-lint", {}).get("reasons", ())


def skipped(metadata: dict[str, Any]) -> list[str]:
    """What a resource acknowledges of Checkov."""
    return [one["id"] for one in metadata.get("checkov", {}).get("skip", [])]


def judged(settings, folder: Path, change: Callable[[cdk.App], None] = lambda _: None) -> list[str]:
    """What the packs find and no resource acknowledges: construct path and finding."""

    def with_packs(app: cdk.App) -> None:
        change(app)
        cdk.Validations.of(app).add_plugins(*(pack() for pack in PACKS.values()))

    # The packs know nothing of our acknowledgements, so something is always left for them to say.
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        synthesize(settings, folder, mutate=with_packs)
    reports = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    assert {report["pluginName"] for report in reports} == PACKS.keys()
    by_design = set(acknowledgements(folder))
    found = {
        (construct["constructPath"], violation["ruleName"])
        for report in reports
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    }
    # As in cdk-nag itself: the id of a rule covers each resource that the rule names in brackets.
    whole = {(path, rule) for path, rule in by_design if "[" not in rule}
    found = {
        (path, rule.split("[")[0]) if (path, rule.split("[")[0]) in whole else (path, rule)
        for path, rule in found
    }
    assert not (stale := sorted(by_design - found)), f"acknowledged, and not found: {stale}"
    return [f"{path}: {rule}" for path, rule in sorted(found - by_design)]


def acknowledgements(folder: Path) -> Iterator[tuple[str, str]]:
    """Construct path and finding, from the templates: what a reviewer reads there is what counts here."""
    for file in sorted(folder.glob("*.template.json")):
        for resource in json.loads(file.read_text())["Resources"].values():
            metadata = resource.get("Metadata", {})
            for one in metadata.get("cdk_nag", {}).get("rules_to_suppress", []):
                yield metadata["aws:cdk:path"], one["id"]


def test_cdk_nag_finds_nothing_that_is_not_acknowledged(settings, tmp_path):
    assert judged(settings, tmp_path) == []


def test_cdk_nag_would_say_so(settings, tmp_path):
    def no_backups_of_rows(app: cdk.App) -> None:
        for construct in app.node.find_all():
            if getattr(construct, "cfn_resource_type", None) == "AWS::DynamoDB::Table":
                construct.point_in_time_recovery_specification = None

    found = judged(settings, tmp_path, no_backups_of_rows)
    assert "Production/Data/GrantsTable/Default: AwsSolutions-DDB3" in found


@pytest.mark.parametrize(
    ("finding", "reason", "message"),
    [
        ("CKV-18", "there is a good reason for it", "expected an id of Checkov, cfn-lint or cdk-nag"),
        ("HIPAA.Security-S3", "there is a good reason for it", "expected an id of"),
        ("W3005", "by design", "expected at least five words"),
    ],
)
def test_an_acknowledgement_names_a_finding_and_says_why(finding, reason, message):
    resource = cdk.CfnResource(cdk.Stack(), "Thing", type="AWS::SNS::Topic")
    with pytest.raises(ValueError, match=message):
        acknowledge(resource, {finding: reason})


def test_there_is_one_way_to_acknowledge_a_finding():
    others = ("add_metadata(", "checkov:skip", "NagSuppressions", "acknowledge_warning", "Validations")
    found = [
        f"{file.relative_to(ROOT)}: {word}"
        for file in sorted((ROOT / "stacks").rglob("*.py"))
        for word in others
        if word in file.read_text("utf-8") and file.name != "acknowledge.py"
    ]
    assert found == []
