"""Descriptions of OneRoster services and lists of scopes, written by hand from the 1.2 Rostering Service binding; all invented."""

import json
from datetime import date

import pytest

from audit.evidence import oneroster_api
from audit.evidence.specimen import Problems, Specimen

SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/"


def description(**changes):
    return {
        "openapi": "3.0.1", "info": {"title": "Invented roster", "version": "3.4"},
        "servers": [{"url": "https://roster.example.org/ims/oneroster/rostering/v1p2"}],
        "paths": {"/users": {}, "/demographics": {}},
        "components": {"securitySchemes": {"OAuth2CC": {"type": "oauth2", "flows": {"clientCredentials": {
            "tokenUrl": "https://roster.example.org/token", "scopes": {f"{SCOPE}roster-core.readonly": "", f"{SCOPE}roster-demographics.readonly": ""},
        }}}}},
    } | changes


def specimen(folder, value, name="roster.json"):
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return Specimen(path, date(2026, 11, 22))


def look(folder, value, name="roster.json"):
    problems = Problems()
    facts = oneroster_api.check(specimen(folder, value, name), problems)
    return {(p.level, p.rule, p.where) for p in problems.kept}, facts


def test_a_good_description_has_no_problem_and_says_what_it_offers(tmp_path):
    found, facts = look(tmp_path, description())
    assert found == set()
    assert facts == {
        "product": "Invented roster", "product_version": "3.4", "version": "1.2", "https_only": True, "offers_demographics": True,
        "scopes": [f"{SCOPE}roster-core.readonly", f"{SCOPE}roster-demographics.readonly"],
    }


def test_a_swagger_2_description_is_read_too(tmp_path):
    value = {
        "swagger": "2.0", "info": {"title": "t", "version": "1"}, "host": "roster.example.org", "schemes": ["https"],
        "basePath": "/ims/oneroster/rostering/v1p2", "paths": {},
        "securityDefinitions": {"a": {"type": "oauth2", "flow": "application", "tokenUrl": "https://x.example/t", "scopes": {f"{SCOPE}roster.readonly": ""}}},
    }
    found, facts = look(tmp_path, value)
    assert found == set()
    assert facts["scopes"] == [f"{SCOPE}roster.readonly"]
    assert facts["offers_demographics"] is False


def test_what_a_service_offers_to_others_is_not_what_it_asks_for(tmp_path):
    value = description()
    flow = value["components"]["securitySchemes"]["OAuth2CC"]["flows"]["clientCredentials"]
    flow["scopes"] = {f"{SCOPE}gradebook.createput": "", f"{SCOPE}roster-demographics.readonly": ""}
    found, facts = look(tmp_path, value)
    assert found == set()
    assert "requests_demographics" not in facts


def test_a_list_of_scopes_says_what_is_asked_for(tmp_path):
    for value in (
        [f"{SCOPE}roster-core.readonly"], {"scopes": [f"{SCOPE}roster-core.readonly"]}, {"scope": f"{SCOPE}roster-core.readonly"},
        {"product": "x", "scopes": [{"scope": f"{SCOPE}roster-core.readonly", "purpose": "names"}]}, {"scopes": {f"{SCOPE}roster-core.readonly": "why"}},
    ):
        found, facts = look(tmp_path, value)
        assert found == set()
        assert facts == {"scopes": [f"{SCOPE}roster-core.readonly"], "requests_demographics": False, "version": "1.2"}


def test_demographics_writing_and_unknown_scopes_are_warnings(tmp_path):
    asked = ["roster-demographics.readonly", "gradebook.createput", "everything.readonly", "gradebook.readonly", "resource.readonly"]
    found, facts = look(tmp_path, [f"{SCOPE}{name}" for name in asked])
    assert found == {
        ("warning", "scope.demographics", "$[0]"), ("warning", "scope.write", "$[1]"), ("warning", "scope.unknown", "$[2]"),
    }
    assert facts["requests_demographics"] is True


def test_a_scope_of_http_is_an_error_and_one_of_1_1_a_warning(tmp_path):
    found, facts = look(tmp_path, [f"{SCOPE}roster.readonly".replace("https", "http"), f"{SCOPE}roster.readonly".replace("v1p2", "v1p1")])
    assert found == {("error", "scope.http", "$[0]"), ("warning", "scope.version", "$[1]")}
    assert facts["version"] == "1.2"


@pytest.mark.parametrize(("changes", "expected"), [
    ({"servers": [{"url": "https://roster.example.org/api"}]}, ("error", "base", "$.servers")),
    ({"servers": [{"url": "https://roster.example.org/ims/oneroster/v1p1"}]}, ("warning", "base", "$.servers")),
    ({"servers": [{"url": "http://roster.example.org/ims/oneroster/rostering/v1p2"}]}, ("error", "https", "$.servers[0].url")),
    ({"components": {}}, ("error", "oauth2", "$.components.securitySchemes")),
    ({"components": {"securitySchemes": {"k": {"type": "apiKey"}}}}, ("warning", "oauth2.others", "$.components.securitySchemes.k")),
    ({"components": {"securitySchemes": {"k": {"type": "http", "scheme": "Basic"}}}}, ("warning", "oauth2.others", "$.components.securitySchemes.k")),
])
def test_a_description_without_the_path_https_or_oauth_is_told_where(tmp_path, changes, expected):
    assert expected in look(tmp_path, description(**changes))[0]


def test_a_list_without_any_scope_or_with_other_things_is_an_error(tmp_path):
    for value in ({}, [], 3, None, {"scopes": None}, {"openapi": 3, "servers": 4}):
        assert any(level == "error" for level, _, _ in look(tmp_path, value)[0])
    found, _ = look(tmp_path, [f"{SCOPE}roster.readonly", 3, {"scope": []}, None, True, 1.5, []])
    assert found == {("error", "scopes.type", f"$[{i}]") for i in range(1, 6)}   # five of a rule are kept, the sixth is counted


@pytest.mark.parametrize("wrong", [3, None, [], {}, "x", [[]], {"x": 3}, [None], True])
def test_a_wrong_type_anywhere_is_no_traceback(tmp_path, wrong):
    for key in description():
        look(tmp_path, description(**{key: wrong}))
    for scheme in (wrong, {"type": wrong}, {"type": "oauth2", "flows": wrong}, {"type": "oauth2", "flows": {"clientCredentials": wrong}},
                   {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": wrong, "scopes": wrong}}}, {"type": "http", "scheme": wrong}):
        look(tmp_path, description(components={"securitySchemes": {"a": scheme}}))
    for key in ("servers", "schemes", "paths", "basePath", "securityDefinitions"):
        look(tmp_path, description(**{key: [wrong]}))
    look(tmp_path, {"scopes": wrong})
    look(tmp_path, {"scopes": [wrong], "scope": wrong})
    oneroster_api.recognises(specimen(tmp_path, {"scopes": wrong}))
    oneroster_api.recognises(specimen(tmp_path, description(servers=wrong, paths=wrong)))


def test_only_rosters_are_recognised(tmp_path):
    for value in (description(), [f"{SCOPE}roster.readonly"], {"scope": f"{SCOPE}roster.readonly"}):
        assert oneroster_api.recognises(specimen(tmp_path, value))
    yaml = "openapi: 3.0.0\nservers:\n  - url: https://x.example/ims/oneroster/rostering/v1p2\n"
    assert oneroster_api.recognises(specimen(tmp_path, yaml, "roster.yaml"))
    for value in (
        {"openapi": "3.1.0", "servers": [{"url": "https://x.example/api"}], "paths": {"/students": {}}},
        {"application_type": "web", "scope": f"{SCOPE}roster.readonly"},
        {"scopes": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]}, {"keys": []}, [], 4, "text", "<xml/>",
    ):
        assert not oneroster_api.recognises(specimen(tmp_path, value))


def test_a_description_in_yaml_is_read(tmp_path):
    found, _ = look(tmp_path, "openapi: 3.0.0\nservers:\n  - url: https://x.example/ims/oneroster/rostering/v1p2\n", "roster.yaml")
    assert found == {("error", "oauth2", "$.components.securitySchemes")}
