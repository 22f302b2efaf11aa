"""The firewall refuses what it must, lets through what it must, and keeps nothing private of either."""

import json
import re

import botocore.session
import pytest

from lambdas.pictures.tus import MAX_BYTES
from policies.rules.sp_waf_1_no_private_part import HEADERS
from stacks.api import REQUESTS_PER_SECOND
from stacks.constructs.cross_origin import REQUEST_HEADERS
from stacks.constructs.managed_rules import COMMON, KNOWN_BAD_INPUTS
from stacks.constructs.web_acl_log import PRIVATE_HEADERS
from stacks.constructs.web_acl_rules import MORE_THAN_4_MIB, WINDOW_SECONDS
from stacks.lambda_asset import ROOT
from tests.stacks.web_acl_model import Request, answer

UPLOAD = {"content-type": "application/offset+octet-stream", "content-length": str(MAX_BYTES)}
WRONG_TYPE = {"content-type": "image/jpeg", "content-length": str(MAX_BYTES)}
JSON_BODY = {"content-type": "application/json", "content-length": "40"}
SPELLED_OTHERWISE = {"content-type": "Application/JSON; charset=utf-8", "content-length": "40"}
NO_BODY = {}
GROUPS = (COMMON, KNOWN_BAD_INPUTS)
RULES = [(group, rule) for group in GROUPS for rule in group.labels]
TOMORROW = "NewestRCE_BODY"


@pytest.fixture
def api(environment):
    return environment["Api"]


@pytest.fixture
def acl(api):
    return api.only("AWS::WAFv2::WebACL")


@pytest.fixture(scope="module")
def wafv2():
    """AWS's own model of the service, as its SDK ships it."""
    return botocore.session.get_session().get_service_model("wafv2")


def matching(headers, group, rule):
    label = group.labels.get(rule, "NewestRCE_Body")
    return Request(headers=headers, matches={group.name: {rule: f"{group.namespace}{label}"}})


@pytest.mark.parametrize("headers", [UPLOAD, WRONG_TYPE, JSON_BODY, NO_BODY, {"origin": "https://a.example"}])
def test_an_ordinary_request_passes_a_preflight_too(acl, headers):
    assert answer(acl, Request(headers=headers)) == ""


@pytest.mark.parametrize(
    ("group", "rule"), [(group, rule) for group, rule in RULES if rule.endswith("_BODY")], ids=str
)
def test_what_the_bytes_of_a_picture_look_like_blocks_no_picture(acl, group, rule):
    for headers in (UPLOAD, WRONG_TYPE):
        assert answer(acl, matching(headers, group, rule)) == ""
    for headers in (JSON_BODY, SPELLED_OTHERWISE, NO_BODY):
        assert answer(acl, matching(headers, group, rule)) == "KnownAttackInWhatIsReadAsText"


@pytest.mark.parametrize(
    ("group", "rule"), [(group, rule) for group, rule in RULES if not rule.endswith("_BODY")], ids=str
)
def test_what_is_known_as_an_attack_beside_the_body_is_refused_with_any_body(acl, group, rule):
    for headers in (UPLOAD, WRONG_TYPE, JSON_BODY, NO_BODY):
        assert answer(acl, matching(headers, group, rule)) == "KnownAttackBesideTheBody"


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_a_rule_that_aws_adds_tomorrow_blocks_no_picture_and_every_attack_in_text(acl, group):
    assert TOMORROW not in group.labels
    assert answer(acl, matching(UPLOAD, group, TOMORROW)) == ""
    for headers in (JSON_BODY, NO_BODY):
        assert answer(acl, matching(headers, group, TOMORROW)) == "KnownAttackInWhatIsReadAsText"


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_a_rule_that_matches_first_hides_no_other(acl, group):
    every = {rule: f"{group.namespace}{label}" for rule, label in group.labels.items()}
    request = Request(headers=UPLOAD, matches={group.name: every})
    assert answer(acl, request) == "KnownAttackBesideTheBody"
    assert request.labels >= set(every.values())


def without_the_override(acl, rule):
    changed = json.loads(json.dumps(acl))
    for one in changed["Rules"]:
        group = one["Statement"].get("ManagedRuleGroupStatement", {})
        kept = [o for o in group.get("RuleActionOverrides", []) if o["Name"] != rule]
        if kept != group.get("RuleActionOverrides", []):
            group["RuleActionOverrides"] = kept
            one["OverrideAction"] = {"None": {}}
    return changed


@pytest.mark.parametrize("rule", ["ReactJSRCE_BODY", "SizeRestrictions_BODY"])
def test_a_body_rule_that_is_left_to_block_is_seen(acl, rule):
    group = COMMON if rule in COMMON.labels else KNOWN_BAD_INPUTS
    assert answer(without_the_override(acl, rule), matching(UPLOAD, group, rule)) == group.name


def test_the_lists_are_as_long_as_those_on_aws_page():
    """Nothing that is installed has AWS's lists, so they are held to the numbers of its page."""
    assert [len(group.labels) for group in GROUPS] == [22, 12]
    assert [len(group.of_the_body) for group in GROUPS] == [5, 3]
    labels = [label for group in GROUPS for label in (*group.of_the_body, *group.beside_the_body)]
    assert len(labels) == len(set(labels)) == 34


def test_the_lists_name_every_part_of_a_request_that_a_rule_reads():
    parts = ("_BODY", "_COOKIE", "_HEADER", "_METHOD", "_QUERYARGUMENTS", "_QUERYSTRING", "_URIPATH")
    for group, rule in RULES:
        assert rule.endswith(parts), f"nobody has said what {group.name}/{rule} reads"


def test_the_version_of_a_group_is_never_fixed_because_a_fixed_one_expires(acl):
    groups = [one["Statement"].get("ManagedRuleGroupStatement", {}) for one in acl["Rules"]]
    assert len([group for group in groups if group]) == 3
    assert not [group["Name"] for group in groups if "Version" in group]


def limits(acl):
    return {
        rule["Name"]: rule["Statement"]["RateBasedStatement"]
        for rule in acl["Rules"]
        if "RateBasedStatement" in rule["Statement"]
    }


def test_one_person_is_limited_by_the_token_and_an_address_far_above_that(acl, api):
    token, address = limits(acl)["FloodOfOneToken"], limits(acl)["FloodOfOneAddress"]
    assert token["AggregateKeyType"] == "CUSTOM_KEYS"
    assert [key["Header"]["Name"] for key in token["CustomKeys"]] == ["authorization"]
    assert address["AggregateKeyType"] == "IP"
    (stage,) = api.only("AWS::ApiGateway::Stage")["MethodSettings"]
    everybody = stage["ThrottlingRateLimit"] * WINDOW_SECONDS
    assert stage["ThrottlingRateLimit"] == REQUESTS_PER_SECOND
    assert token["EvaluationWindowSec"] == address["EvaluationWindowSec"] == WINDOW_SECONDS
    # A mobile carrier puts hundreds of people behind an address; none of them may take the whole API.
    assert address["Limit"] >= 10 * token["Limit"]
    assert address["Limit"] <= everybody / 2
    assert token["Limit"] >= 10 * WINDOW_SECONDS


@pytest.mark.parametrize("flood", ["FloodOfOneAddress", "FloodOfOneToken"])
def test_a_flood_is_refused(acl, flood):
    assert answer(acl, Request(headers=UPLOAD, floods=frozenset({flood}))) == flood


@pytest.mark.parametrize("length", [4194305, 4194310, 4194400, 4195000, 4200000, 5000000, 10**7, 10**9])
def test_a_body_of_more_than_a_segment_is_refused_before_it_is_sent(acl, length):
    for written in (str(length), f"000{length}"):
        assert re.search(MORE_THAN_4_MIB, written)
        assert answer(acl, Request(headers={**UPLOAD, "content-length": written})) == "MoreThanOneSegment"


@pytest.mark.parametrize("length", [0, 1, 999, 999999, 4194304, 4194303, 4194299, 4193999, 4099999, 3999999])
def test_a_body_of_at_most_a_segment_passes(acl, length):
    assert answer(acl, Request(headers={**UPLOAD, "content-length": str(length)})) == ""


def test_the_web_acl_guards_the_stage(api):
    (association,) = api.of_type("AWS::WAFv2::WebACLAssociation").values()
    assert "/stages/v1" in json.dumps(association["ResourceArn"])


# Headers that a client of ours may send and that hold nothing private, each with the reason.
HARMLESS_HEADERS = {
    "Content-Type": "a media type",
    "Range": "positions in a file",
    "Tus-Resumable": "a version",
    "Upload-Length": "a size, which the database holds in the clear as well",
    "Upload-Offset": "a size",
    "content-type": "a media type",
    "origin": "our own page",
    "tus-resumable": "a version",
    "upload-defer-length": "a flag",
    "upload-length": "a size",
}


def test_every_header_that_a_client_of_ours_sends_is_private_or_said_to_be_harmless():
    code = "".join(path.read_text() for path in (ROOT / "lambdas" / "pictures").glob("*.py"))
    read = set(re.findall(r'headers(?:\.get\(|\[)"([A-Za-z-]+)"', code))
    read |= set(re.findall(r'"([a-z-]+)" in headers', code))
    assert {"authorization", "upload-metadata", "if-none-match"} <= read, "the search finds nothing any more"
    undecided = {
        header
        for header in {*read, *REQUEST_HEADERS}
        if header.lower() not in PRIVATE_HEADERS and header not in HARMLESS_HEADERS
    }
    assert not undecided


def test_the_rule_and_the_stack_agree_on_what_is_private():
    assert set(PRIVATE_HEADERS) >= HEADERS


def test_every_kind_of_field_that_aws_can_protect_is_protected(acl, wafv2):
    protections = acl["DataProtectionConfig"]["DataProtections"]
    kinds = {one["Field"]["FieldType"] for one in protections}
    # The header Cookie holds every cookie, and the query string every argument.
    covered = {"SINGLE_COOKIE": "SINGLE_HEADER", "SINGLE_QUERY_ARGUMENT": "QUERY_STRING"}
    for kind in wafv2.shape_for("FieldToProtectType").enum:
        assert covered.get(kind, kind) in kinds, f"nobody has decided about {kind}"
    assert {one["Action"] for one in protections} == {"SUBSTITUTION"}


def test_the_log_keeps_refused_requests_and_suspicious_bodies_only(api, wafv2):
    filters = api.only("AWS::WAFv2::LoggingConfiguration")["LoggingFilter"]
    assert filters["DefaultBehavior"] == "DROP"
    (one,) = filters["Filters"]
    assert (one["Behavior"], one["Requirement"]) == ("KEEP", "MEETS_ANY")
    actions = [c["ActionCondition"]["Action"] for c in one["Conditions"] if "ActionCondition" in c]
    assert actions == ["BLOCK"]
    assert set(actions) <= set(wafv2.shape_for("ActionValue").enum)
    labels = {c["LabelNameCondition"]["LabelName"] for c in one["Conditions"] if "LabelNameCondition" in c}
    assert f"{KNOWN_BAD_INPUTS.namespace}ReactJSRCE_Body" in labels
    # Every picture is longer than 8 KB: its size alone would keep a line, with an address, for each.
    assert f"{COMMON.namespace}SizeRestrictions_Body" not in labels


def test_what_is_written_stays_within_the_bounds_of_aws(acl, wafv2):
    bounds = {
        name: wafv2.shape_for(name).metadata["max"]
        for name in ("CustomHTTPHeaderValue", "DataProtections", "FieldToProtectKeys", "LabelMatchKey")
    }
    for rule in acl["Rules"]:
        response = rule.get("Action", {}).get("Block", {}).get("CustomResponse", {})
        for header in response.get("ResponseHeaders", []):
            assert len(header["Value"]) <= bounds["CustomHTTPHeaderValue"], header
            assert header["Name"].lower() != "content-type"
        # https://docs.aws.amazon.com/waf/latest/developerguide/limits.html
        assert len(response.get("ResponseHeaders", [])) <= 10
    assert len(acl["DataProtectionConfig"]["DataProtections"]) <= bounds["DataProtections"]
    assert len(PRIVATE_HEADERS) <= bounds["FieldToProtectKeys"]
    for group in GROUPS:
        for label in (*group.of_the_body, *group.beside_the_body):
            assert len(label) <= bounds["LabelMatchKey"]


def test_the_firewalls_refusals_point_to_bodies_that_exist(acl):
    for rule in acl["Rules"]:
        response = rule.get("Action", {}).get("Block", {}).get("CustomResponse")
        if response:
            body = json.loads(acl["CustomResponseBodies"][response["CustomResponseBodyKey"]]["Content"])
            assert body["status"] == response["ResponseCode"], rule["Name"]
