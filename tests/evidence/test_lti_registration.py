"""Tools' configurations for LTI 1.3. The tool, its vendor and its hosts are invented (example.org)."""

import copy
import json

import pytest

from audit.evidence import jwks, lti_launch, lti_registration, oidc, scim
from tests.evidence.pki import NOT_OBJECTS, WRONG, claims, jwk, look, rules

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
INNER = {
    "domain": "tool.example.org", "target_link_uri": "https://tool.example.org/launch", "claims": ["iss", "sub"], "description": "An invented tool",
    "messages": [{"type": "LtiResourceLinkRequest"}, {"type": "LtiDeepLinkingRequest", "target_link_uri": "https://tool.example.org/pick", "label": "Pick"}],
}
GOOD = {
    "application_type": "web", "response_types": ["id_token"], "grant_types": ["implicit", "client_credentials"], "client_name": "Invented Essay Coach",
    "initiate_login_uri": "https://tool.example.org/login", "redirect_uris": ["https://tool.example.org/launch"], "jwks_uri": "https://tool.example.org/jwks",
    "token_endpoint_auth_method": "private_key_jwt", "scope": "", "policy_uri": "https://tool.example.org/privacy", TOOL: INNER,
}
CANVAS = {
    "title": "Invented Essay Coach", "description": "An invented tool", "target_link_uri": "https://tool.example.org/launch",
    "oidc_initiation_url": "https://tool.example.org/login", "public_jwk_url": "https://tool.example.org/jwks", "scopes": [],
    "extensions": [{
        "platform": "canvas.instructure.com", "privacy_level": "anonymous",
        "settings": {"placements": [{"placement": "course_navigation", "message_type": "LtiResourceLinkRequest", "target_link_uri": "https://tool.example.org/launch"}]},
    }],
}


def checked(tmp_path, table):
    table = {name: value for name, value in table.items() if value is not ...}
    return look(lti_registration, tmp_path / "tool.json", json.dumps(table))


def inner(tmp_path, **change):
    return checked(tmp_path, {**GOOD, TOOL: {name: value for name, value in {**INNER, **change}.items() if value is not ...}})


def extended(tmp_path, **change):
    return checked(tmp_path, {**CANVAS, "extensions": [{name: value for name, value in {**CANVAS["extensions"][0], **change}.items() if value is not ...}]})


def test_a_registration_that_asks_for_nothing_personal_has_no_problems(tmp_path):
    facts, problems = checked(tmp_path, GOOD)
    assert problems.kept == []
    assert facts == {
        "product": "Invented Essay Coach", "version": "1.3", "form": "dynamic-registration", "messages": ["LtiDeepLinkingRequest", "LtiResourceLinkRequest"],
        "requests_email": False, "requests_names": False, "private_keys": 0, "weak_keys": 0, "https_only": True,
    }


def test_a_configuration_for_canvas_has_no_problems(tmp_path):
    facts, problems = checked(tmp_path, CANVAS)
    assert problems.kept == []
    assert (facts["form"], facts["requests_email"], facts["requests_names"], facts["product"]) == ("canvas", False, False, "Invented Essay Coach")


@pytest.mark.parametrize("name", [
    "application_type", "response_types", "grant_types", "client_name", "initiate_login_uri", "redirect_uris", "jwks_uri", "token_endpoint_auth_method", TOOL,
])
def test_each_required_member_is_missed(tmp_path, name):
    assert rules(checked(tmp_path, {**GOOD, name: ...})[1]) == [f"lti.{name}"]


@pytest.mark.parametrize("name", ["domain", "target_link_uri", "claims", "messages"])
def test_each_required_member_of_the_tool_configuration_is_missed(tmp_path, name):
    _, problems = inner(tmp_path, **{name: ...})
    assert [(p.rule, p.where) for p in problems.kept if p.level == "error"] == [(f"tool.{name}", f'$["{TOOL}"].{name}')]


@pytest.mark.parametrize("name", ["title", "description", "target_link_uri", "oidc_initiation_url", "public_jwk_url"])
def test_each_required_member_of_the_canvas_form_is_missed(tmp_path, name):
    assert rules(checked(tmp_path, {**CANVAS, name: ...})[1]) == [f"lti.{name}"]


@pytest.mark.parametrize(("change", "rule"), [
    ({"application_type": "native"}, "lti.application_type"), ({"response_types": ["code"]}, "lti.response_types"), ({"grant_types": ["implicit"]}, "lti.grant_types"),
    ({"token_endpoint_auth_method": "client_secret_post"}, "lti.token_endpoint_auth_method"), ({"initiate_login_uri": "http://tool.example.org/login"}, "lti.https"),
    ({"redirect_uris": []}, "lti.redirect_uris"), ({"redirect_uris": ["https://tool.example.org/*"]}, "lti.redirect_uris"), ({"redirect_uris": [7]}, "lti.redirect_uris"),
    ({"redirect_uris": ["javascript:alert(1)"]}, "lti.address"), ({"client_secret": "hunter2hunter2"}, "lti.client_secret"), ({"grant_types": "implicit"}, "lti.grant_types"),
])
def test_what_the_standard_forbids_is_an_error(tmp_path, change, rule):
    _, problems = checked(tmp_path, {**GOOD, **change})
    assert rule in rules(problems)
    assert "hunter2" not in repr(problems.kept)


@pytest.mark.parametrize(("change", "rule"), [
    ({"domain": "https://tool.example.org"}, "tool.domain"), ({"messages": []}, "tool.messages"), ({"messages": [{}]}, "message.type"), ({"claims": "email"}, "tool.claims"),
    ({"custom_parameters": ["a"]}, "tool.custom_parameters"), ({"custom_parameters": {"a": 1}}, "lti.custom"),
])
def test_what_the_standard_forbids_in_the_tool_configuration_is_an_error(tmp_path, change, rule):
    assert rules(inner(tmp_path, **change)[1]) == [rule]


@pytest.mark.parametrize(("asked", "fact"), [
    ("email", "requests_email"), ("name", "requests_names"), ("given_name", "requests_names"), ("family_name", "requests_names"), ("birthdate", "requests_demographics"),
])
def test_a_personal_claim_is_a_fact_and_a_warning_with_its_place(tmp_path, asked, fact):
    facts, problems = inner(tmp_path, claims=["sub", asked])
    assert facts[fact] is True
    assert [(p.rule, p.where) for p in problems.kept] == [(f"lti.{fact}", f'$["{TOOL}"].claims')]


@pytest.mark.parametrize(("variable", "fact"), [
    ("$Person.email.primary", "requests_email"), ("$Person.name.full", "requests_names"), ("x-$Person.gender", "requests_demographics"),
])
def test_personal_data_asked_through_a_custom_parameter_is_found(tmp_path, variable, fact):
    facts, problems = inner(tmp_path, custom_parameters={"a": variable})
    assert facts[fact] is True
    assert rules(problems, "warning") == [f"lti.{fact}"]
    placed = copy.deepcopy(CANVAS["extensions"][0]["settings"])
    placed["placements"][0]["custom_fields"] = {"a": variable}
    assert extended(tmp_path, settings=placed)[0][fact] is True


def test_a_login_name_or_number_asked_through_a_custom_parameter_is_a_warning(tmp_path):
    for variable in ("$Canvas.user.loginId", "$User.username", "$Person.sourcedId", "$Person.phone.mobile"):
        assert rules(inner(tmp_path, custom_parameters={"a": variable})[1], "warning") == ["lti.variable"]


def test_a_custom_parameter_without_a_variable_of_a_person_is_no_problem(tmp_path):
    assert inner(tmp_path, custom_parameters={"course": "$CourseSection.sourcedId", "mode": "essay"})[1].kept == []


@pytest.mark.parametrize(("scope", "fact"), [
    (NRPS, "requests_rosters"), (AGS + "score", "writes_grades"), (AGS + "lineitem", "writes_grades"), (AGS + "result.readonly", "reads_grades"),
    ("https://purl.imsglobal.org/spec/or/v1p2/scope/roster-demographics.readonly", "requests_demographics"),
])
def test_a_scope_that_needs_a_purpose_is_a_warning_and_a_fact(tmp_path, scope, fact):
    for table in ({**GOOD, "scope": f"openid {scope}"}, {**CANVAS, "scopes": ["openid", scope]}):
        facts, problems = checked(tmp_path, table)
        assert facts[fact] is True
        assert facts["scopes"] == ["openid", scope]
        assert rules(problems, "warning") == [f"lti.{fact}"]


def test_reading_the_columns_of_the_gradebook_is_no_warning(tmp_path):
    assert checked(tmp_path, {**GOOD, "scope": AGS + "lineitem.readonly"})[1].kept == []


@pytest.mark.parametrize(("level", "mail", "names"), [("public", True, True), ("email_only", True, False), ("name_only", False, True), ("anonymous", False, False), (..., False, False)])
def test_the_privacy_level_of_canvas_says_what_is_sent(tmp_path, level, mail, names):
    facts, _ = extended(tmp_path, privacy_level=level)
    assert (facts["requests_email"], facts["requests_names"]) == (mail, names)


@pytest.mark.parametrize(("change", "rule"), [
    ({"privacy_level": "everything"}, "lti.privacy_level"), ({"settings": ...}, "extension.settings"), ({"settings": {}}, "settings.placements"),
    ({"settings": {"placements": [{}]}}, "placement.placement"), ({"platform": ...}, "extension.platform"),
])
def test_a_broken_canvas_extension_is_an_error(tmp_path, change, rule):
    assert rules(extended(tmp_path, **change)[1]) == [rule]


def test_a_private_key_in_the_configuration_is_an_error(tmp_path):
    for table in ({**CANVAS, "public_jwk": jwk(d="AQAB")}, {**GOOD, "jwks": {"keys": [jwk(d="AQAB")]}}):
        facts, problems = checked(tmp_path, table)
        assert rules(problems) == ["lti.private"]
        assert facts["private_keys"] == 1


def test_a_public_key_in_the_canvas_form_needs_no_address(tmp_path):
    table = {**{k: v for k, v in CANVAS.items() if k != "public_jwk_url"}, "public_jwk": jwk()}
    assert checked(tmp_path, table)[1].kept == []


def test_addresses_on_other_hosts_are_a_warning_unless_they_are_named(tmp_path):
    table = {**GOOD, "jwks_uri": "https://keys.example.com/jwks"}
    assert rules(checked(tmp_path, table)[1], "warning") == ["tool.domain"]
    table[TOOL] = {**INNER, "secondary_domains": ["keys.example.com"]}
    assert checked(tmp_path, table)[1].kept == []


def test_a_missing_privacy_policy_and_a_local_address_are_warnings(tmp_path):
    _, problems = checked(tmp_path, {**GOOD, "policy_uri": ..., "logo_uri": "https://localhost:3000/logo.png"})
    assert rules(problems, "warning") == ["lti.host", "lti.policy_uri", "tool.domain"]


def test_only_this_checker_claims_the_file(tmp_path):
    for table in (GOOD, CANVAS):
        assert [m for m in (jwks, lti_launch, lti_registration, oidc, scim) if claims(m, tmp_path / "x.json", json.dumps(table))] == [lti_registration]


@pytest.mark.parametrize("text", NOT_OBJECTS)
def test_json_that_is_no_object_is_one_error(tmp_path, text):
    assert look(lti_registration, tmp_path / "x.json", text)[1].counts["error"] == 1


@pytest.mark.parametrize("value", WRONG)
def test_no_value_of_any_member_stops_the_check(tmp_path, value):
    for name in (*GOOD, "jwks", "client_secret", "logo_uri"):
        checked(tmp_path, {**GOOD, name: value})
    for name in (*INNER, "secondary_domains", "custom_parameters", "https://canvas.instructure.com/lti/privacy_level"):
        inner(tmp_path, **{name: value})
    inner(tmp_path, messages=[{"type": value, "target_link_uri": value, "custom_parameters": value}], custom_parameters={"a": value})
    for name in (*CANVAS, "public_jwk", "custom_fields", "redirect_uris", "oidc_initiation_urls"):
        facts, _ = checked(tmp_path, {**CANVAS, name: value})
        json.dumps(facts, ensure_ascii=False).encode()
    for name in CANVAS["extensions"][0]:
        extended(tmp_path, **{name: value})
    extended(tmp_path, settings={"placements": [value], "custom_fields": value})
    extended(tmp_path, settings={"placements": [{"placement": value, "message_type": value, "target_link_uri": value, "custom_fields": value}]})
