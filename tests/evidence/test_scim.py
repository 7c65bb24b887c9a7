"""Descriptions of account services. Hosts and people are invented (example.org)."""

import copy
import json

import pytest

from audit.evidence import jwks, lti_launch, lti_registration, oidc, scim
from tests.evidence.pki import NOT_OBJECTS, WRONG, claims, look, rules

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
CONFIG = {
    "schemas": [CORE + "ServiceProviderConfig"], "documentationUri": "https://example.org/scim", "patch": {"supported": True},
    "bulk": {"supported": True, "maxOperations": 100, "maxPayloadSize": 1048576}, "filter": {"supported": True, "maxResults": 200},
    "changePassword": {"supported": False}, "sort": {"supported": False}, "etag": {"supported": False},
    "authenticationSchemes": [{"type": "oauthbearertoken", "name": "OAuth Bearer Token", "description": "A bearer token"}],
}
TYPES = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 1,
    "Resources": [{"schemas": [CORE + "ResourceType"], "id": "User", "name": "User", "endpoint": "/Users", "schema": CORE + "User", "schemaExtensions": []}],
}


def attribute(name, type="string", **more):
    return {"name": name, "type": type, "multiValued": False, "required": False, "mutability": "readWrite", "returned": "default", **more}


USER = {
    "schemas": [CORE + "Schema"], "id": CORE + "User", "name": "User", "attributes": [
        attribute("userName", required=True, uniqueness="server"), attribute("active", "boolean"),
        attribute("name", "complex", subAttributes=[attribute("familyName"), attribute("givenName")]),
        attribute("password", mutability="writeOnly", returned="never"), attribute("emails", "complex", multiValued=True, subAttributes=[attribute("value")]),
    ],
}


def all_three(user=USER, config=CONFIG, types=TYPES):
    return copy.deepcopy({"ServiceProviderConfig": config, "ResourceTypes": types, "Schemas": [user]})


def checked(tmp_path, value):
    return look(scim, tmp_path / "scim.json", json.dumps(value))


def user_with(which, /, **change):
    return {**USER, "attributes": [{**one, **change} if one["name"] == which else one for one in USER["attributes"]]}


def test_all_three_descriptions_together_have_no_problems(tmp_path):
    facts, problems = checked(tmp_path, all_three())
    assert problems.kept == []
    assert facts["deprovisions"] is True
    assert facts["parts"] == ["config", "type", "schema"]
    assert facts["patch_supported"] is True
    assert facts["https_only"] is True
    assert "requests_email" not in facts


@pytest.mark.parametrize("value", [CONFIG, TYPES, USER, [USER], {"Resources": [USER], **{k: v for k, v in TYPES.items() if k != "Resources"}}])
def test_each_description_alone_is_recognised_and_what_is_not_there_is_noted(tmp_path, value):
    assert claims(scim, tmp_path / "s.json", json.dumps(value))
    _, problems = checked(tmp_path, value)
    assert rules(problems) == []
    assert rules(problems, "note") == ["scim.parts"]


def test_without_the_user_schema_nothing_is_said_of_switching_accounts_off(tmp_path):
    assert "deprovisions" not in checked(tmp_path, CONFIG)[0]


@pytest.mark.parametrize(("change", "rule", "where"), [
    ({"patch": ...}, "config.patch", "$.patch"), ({"patch": {"supported": "true"}}, "patch.supported", "$.patch.supported"), ({"etag": {}}, "etag.supported", "$.etag.supported"),
    ({"bulk": {"supported": True, "maxPayloadSize": 1}}, "bulk.maxOperations", "$.bulk.maxOperations"),
    ({"filter": {"supported": True, "maxResults": -1}}, "filter.maxResults", "$.filter.maxResults"),
    ({"filter": {"supported": True, "maxResults": "200"}}, "filter.maxResults", "$.filter.maxResults"),
    ({"authenticationSchemes": []}, "config.authenticationSchemes", "$.authenticationSchemes"),
    ({"authenticationSchemes": [{"type": "apikey", "name": "K", "description": "d"}]}, "login.type", "$.authenticationSchemes[0].type"),
    ({"authenticationSchemes": [{"type": "oauth2", "name": "K"}]}, "login.description", "$.authenticationSchemes[0].description"),
    ({"documentationUri": "http://example.org"}, "scim.https", "$.documentationUri"),
])
def test_what_the_standard_forbids_in_the_configuration_is_an_error(tmp_path, change, rule, where):
    table = {k: v for k, v in {**CONFIG, **change}.items() if v is not ...}
    _, problems = checked(tmp_path, table)
    assert [(p.rule, p.where) for p in problems.kept if p.level == "error"] == [(rule, where)]


def test_basic_passwords_and_no_patch_are_warnings(tmp_path):
    basic = {"type": "httpbasic", "name": "Basic", "description": "d"}
    _, problems = checked(tmp_path, {**CONFIG, "patch": {"supported": False}, "authenticationSchemes": [basic]})
    assert rules(problems, "warning") == ["config.patch", "login.type"]


def test_a_user_schema_without_active_cannot_switch_accounts_off(tmp_path):
    user = {**USER, "attributes": [one for one in USER["attributes"] if one["name"] != "active"]}
    facts, problems = checked(tmp_path, all_three(user))
    assert facts["deprovisions"] is False
    assert rules(problems) == ["user.active"]


def test_an_active_that_is_read_only_cannot_switch_accounts_off(tmp_path):
    facts, problems = checked(tmp_path, all_three(user_with("active", mutability="readOnly")))
    assert facts["deprovisions"] is False
    assert rules(problems) == ["user.mutability"]


@pytest.mark.parametrize(("name", "change", "rule"), [
    ("userName", {"name": "1user"}, "attribute.name"), ("userName", {"type": "text"}, "attribute.type"), ("userName", {"mutability": "maybe"}, "attribute.mutability"),
    ("userName", {"required": "yes"}, "attribute.required"), ("password", {"returned": "default"}, "user.returned"), ("active", {"type": "string"}, "user.type"),
    ("name", {"subAttributes": ...}, "attribute.subAttributes"), ("emails", {"name": "NAME"}, "attribute.name"),
    ("name", {"subAttributes": [attribute("x", "complex")]}, "attribute.type"),
])
def test_a_broken_attribute_is_an_error(tmp_path, name, change, rule):
    user = user_with(name, **change)
    user["attributes"] = [{k: v for k, v in one.items() if v is not ...} for one in user["attributes"]]
    assert rule in rules(checked(tmp_path, all_three(user))[1])


def test_required_emails_and_names_are_facts(tmp_path):
    user = {**USER, "attributes": [{**one, "required": True} for one in USER["attributes"]]}
    facts, _ = checked(tmp_path, all_three(user))
    assert facts["requests_email"] is True
    assert facts["requests_names"] is True


def test_a_demographic_attribute_of_an_extension_is_a_warning_and_a_fact(tmp_path):
    more = {"schemas": [CORE + "Schema"], "id": "urn:example:params:scim:schemas:School", "attributes": [attribute("birthDate", "dateTime"), attribute("gradeLevel")]}
    facts, problems = checked(tmp_path, [USER, more])
    assert facts["requests_demographics"] is True
    assert [p.where for p in problems.kept if p.level == "warning"] == ["$[1].attributes[0].name"]


def test_resource_types_without_users_are_a_warning(tmp_path):
    group = {"schemas": [CORE + "ResourceType"], "name": "Group", "endpoint": "/Groups", "schema": CORE + "Group"}
    assert rules(checked(tmp_path, [group])[1], "warning") == ["scim.user-type"]


def test_a_real_looking_users_record_is_personal_data_and_an_invented_one_is_not(tmp_path):
    record = {"schemas": [CORE + "User"], "userName": "jordan", "emails": [{"value": "jordan@lakeside-schools.us"}]}
    _, problems = checked(tmp_path, record)
    assert problems.counts["personal"] == 1
    assert "lakeside" not in repr(problems.kept)
    record["emails"] = [{"value": "jordan@students.example.org"}]
    assert checked(tmp_path, record)[1].counts["personal"] == 0


def test_only_this_checker_claims_the_file(tmp_path):
    for value in (CONFIG, TYPES, USER, all_three()):
        assert [m for m in (jwks, lti_launch, lti_registration, oidc, scim) if claims(m, tmp_path / "x.json", json.dumps(value))] == [scim]


@pytest.mark.parametrize("value", [{}, [], {"schemas": []}, {"schemas": ["urn:other"]}, {"openapi": "3.1.0", "components": {"schemas": {}}}, [1, 2], {"Schemas": []}])
def test_other_files_are_not_taken_for_it(tmp_path, value):
    assert not claims(scim, tmp_path / "x.json", json.dumps(value))


@pytest.mark.parametrize("text", [text for text in NOT_OBJECTS if text not in ("[]", "[[[]]]")])
def test_json_that_is_no_object_is_an_error(tmp_path, text):
    assert look(scim, tmp_path / "x.json", text)[1].counts["error"] >= 1


@pytest.mark.parametrize("value", WRONG)
def test_no_value_of_any_member_stops_the_check(tmp_path, value):
    for name in (*CONFIG, "Resources", "totalResults"):
        checked(tmp_path, {**CONFIG, name: value})
    for name in (*TYPES, "id", "attributes"):
        checked(tmp_path, {**TYPES, name: value})
        checked(tmp_path, {**USER, name: value})
    for name in ("name", "type", "required", "mutability", "subAttributes"):
        for one in ("userName", "active", "name", "password"):
            checked(tmp_path, all_three(user_with(one, **{name: value})))
    for name in all_three():
        checked(tmp_path, {**all_three(), name: value})
        checked(tmp_path, {**all_three(), name: [value]})
    for name in ("name", "endpoint", "schema", "schemaExtensions"):
        checked(tmp_path, {**TYPES, "Resources": [{**TYPES["Resources"][0], name: value}]})
