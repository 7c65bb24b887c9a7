"""OpenAPI descriptions, written by hand from the specification. The product and its addresses are invented."""

import copy
import json
import socket
import time
import urllib.request
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from audit.evidence import openapi
from audit.evidence.specimen import Problems, Specimen

TODAY = date(2026, 11, 22)
GOOD: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Example Tutor", "version": "2.1", "contact": {"name": "Example Learning", "email": "api@vendor.com"}},
    "servers": [{"url": "https://api.example.org/v1"}],
    "security": [{"oauth": ["work.read"]}],
    "paths": {"/essays/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {"operationId": "getWork", "responses": {
            "200": {"description": "The work.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Work"}}}},
            "404": {"description": "There is none."}, "429": {"description": "Too many requests."},
        }},
    }},
    "components": {
        "schemas": {"Work": {"type": "object", "properties": {"title": {"type": "string", "example": "A river"}}}},
        "securitySchemes": {"oauth": {"type": "oauth2", "flows": {"clientCredentials": {
            "tokenUrl": "https://id.example.org/token", "scopes": {"work.read": "Read work."},
        }}}},
    },
}


def good(version: str = "3.0.3") -> dict[str, Any]:
    return copy.deepcopy(GOOD) | {"openapi": version}


def checked(tmp_path: Path, value: Any, name: str = "api.json") -> tuple[dict[str, Any], Problems]:
    path = tmp_path / name
    path.write_text(json.dumps(value) if name.endswith("json") else yaml.safe_dump(value), encoding="utf-8")
    specimen, problems = Specimen(path, TODAY), Problems()
    openapi.recognises(specimen)
    return openapi.check(specimen, problems), problems


def rules(problems: Problems, *levels: str) -> set[str]:
    return {p.rule for p in problems.listed() if p.level in (levels or ("personal", "error", "warning"))}


def operation(value: dict[str, Any]) -> dict[str, Any]:
    return value["paths"]["/essays/{id}"]["get"]


@pytest.mark.parametrize("version", ["3.0.0", "3.0.3", "3.1.0"])
@pytest.mark.parametrize("name", ["api.json", "api.yaml"])
def test_a_sound_description_has_no_problem(tmp_path: Path, version: str, name: str) -> None:
    facts, problems = checked(tmp_path, good(version), name)
    assert problems.listed() == ()
    assert facts == {
        "version": version, "operations": 1, "product": "Example Tutor", "api_version": "2.1", "vendor": "Example Learning", "https_only": True,
        "authentication": ["oauth2"], "scopes_offered": ["work.read"], "rate_limits": True,
        "requests_names": False, "requests_email": False, "requests_demographics": False,
    }


def test_only_openapi_is_recognised(tmp_path: Path) -> None:
    for text, expected in (
        ('{"openapi": "3.0.0", "paths": {}}', True), ('{"swagger": "2.0", "info": {}}', True), ('{"openapi": 3}', False), ("[]", False),
        ('{"portability": 1, "datasets": []}', False), ("{", False),
    ):
        (tmp_path / "a.json").write_text(text, encoding="utf-8")
        assert openapi.recognises(Specimen(tmp_path / "a.json", TODAY)) is expected


@pytest.mark.parametrize("version", ["2.0", "3.2.0", 3, None, "3.0", "3.1.0\n"])
def test_another_version_is_an_error(tmp_path: Path, version: Any) -> None:
    assert rules(checked(tmp_path, GOOD | {"openapi": version})[1]) == {"openapi.version"}


def test_what_the_schemas_refuse_is_named_by_its_field(tmp_path: Path) -> None:
    value = good()
    del value["info"]["version"], operation(value)["responses"]
    value["extra"] = "jane.doe@real.org"
    problems = checked(tmp_path, value)[1]
    found = {(p.where, p.what) for p in problems.listed() if p.rule == "openapi.schema"}
    assert ("$.info", "version is missing and required") in found
    assert ("$.paths['/essays/{id}'].get", "responses is missing and required") in found
    assert not any("jane" in what for _, what in found)


def test_a_problem_in_yaml_names_its_line(tmp_path: Path) -> None:
    value = good()
    value["info"]["title"] = 5
    problems = checked(tmp_path, value, "api.yaml")[1]
    line = (tmp_path / "api.yaml").read_text(encoding="utf-8").splitlines().index("  title: 5") + 1
    assert f"line {line}, $.info.title" in {p.where for p in problems.listed()}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_an_operation_id_given_twice_and_a_path_parameter_left_out_are_errors(tmp_path: Path, version: str) -> None:
    value = good(version)
    value["paths"]["/v1/other/{key}"] = {"get": copy.deepcopy(operation(value))}
    assert {p.what for p in checked(tmp_path, value)[1].listed()} == {
        "an operationId is used twice: getWork", "a path and its parameters do not agree: key",
    }


@pytest.mark.parametrize("target", ["https://example.org/a.json#/X", "file:///etc/passwd", "other.yaml", "../other.yaml#/a", "//host/x"])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_reference_out_of_the_file_is_an_error_and_nothing_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, version: str
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("an address was opened")

    value = good(version)
    value["components"]["schemas"]["Work"] = {"allOf": [{"$ref": target}]}
    value["components"]["schemas"]["headers"] = {"$ref": target}
    (tmp_path / "other.yaml").write_text("a: 1", encoding="utf-8")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    problems = checked(tmp_path, value)[1]
    assert rules(problems) == {"ref.remote"}
    assert problems.of("ref.remote") == 2


def test_an_address_of_its_own_in_a_schema_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("an address was opened")

    value = good("3.1.0")
    value["components"]["schemas"]["Work"] = {"$id": "https://example.org/s", "allOf": [{"$ref": "#/nowhere"}], "$schema": "https://example.org/dialect"}
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    assert {"ref.id", "ref.broken"} <= rules(checked(tmp_path, value)[1], "note", "error")


@pytest.mark.parametrize("target", ["#/components/schemas/None", "#Work", "#/components/schemas/Work", "#/components/schemas/Other"])
def test_a_reference_to_nowhere_or_in_a_circle_is_an_error(tmp_path: Path, target: str) -> None:
    value = good()
    value["components"]["schemas"] |= {"Work": {"$ref": target}, "Other": {"$ref": "#/components/schemas/Work"}}
    assert "ref.broken" in rules(checked(tmp_path, value)[1])


def test_a_schema_that_holds_itself_is_no_problem(tmp_path: Path) -> None:
    value = good()
    value["components"]["schemas"]["Work"]["properties"]["parts"] = {"type": "array", "items": {"$ref": "#/components/schemas/Work"}}
    assert checked(tmp_path, value)[1].listed() == ()


def test_a_reference_inside_an_example_is_data(tmp_path: Path) -> None:
    value = good()
    value["components"]["schemas"]["Work"]["example"] = {"$ref": "https://example.org/x"}
    assert checked(tmp_path, value)[1].listed() == ()


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("word", ["allOf", "anyOf", "oneOf"])
def test_references_that_double_at_every_step_do_not_hang(tmp_path: Path, version: str, word: str) -> None:
    value = good(version)
    steps = {f"S{i}": {word: [{"$ref": f"#/components/schemas/S{i + 1}"}] * 2} for i in range(60)}
    last = {"S60": {"type": "string", "pattern": "(a+)+$", "default": "a" * 60 + "!"}}
    value["components"]["schemas"] |= steps | last | {"Top": {"allOf": [{"$ref": "#/components/schemas/S0"}], "default": "a" * 60 + "!", "required": ["x"]}}
    started = time.monotonic()
    checked(tmp_path, value)
    assert time.monotonic() - started < 20


def test_a_chain_of_thousands_of_references_ends_with_a_warning(tmp_path: Path) -> None:
    value = good()
    value["components"]["schemas"] |= {f"C{i}": {"allOf": [{"$ref": f"#/components/schemas/C{i + 1}"}]} for i in range(3_000)} | {"C3000": {"type": "object"}}
    assert rules(checked(tmp_path, value)[1]) == {"openapi.depth"}


def test_a_file_of_more_than_200_000_values_says_that_it_was_not_held_to_the_schemas(tmp_path: Path) -> None:
    assert "openapi.size" in rules(checked(tmp_path, good() | {"x-list": [0] * 200_001})[1])


@pytest.mark.parametrize(("server", "https"), [
    ({"url": "http://api.example.org/v1"}, False), ({"url": "HTTPS://api.example.org/v1"}, True),
    ({"url": "{scheme}://api.example.org/v1", "variables": {"scheme": {"default": "https", "enum": ["https", "http"]}}}, False),
    ({"url": "{scheme}://api.example.org/v1", "variables": {"scheme": {"default": "https"}}}, True),
])
def test_servers_are_https(tmp_path: Path, server: dict[str, Any], https: bool) -> None:
    facts, problems = checked(tmp_path, good() | {"servers": [server]})
    assert facts["https_only"] is https
    assert rules(problems) == (set() if https else {"address.https"})


def test_a_token_address_without_https_is_a_warning(tmp_path: Path) -> None:
    value = good()
    value["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]["tokenUrl"] = "http://id.example.org/token"
    facts, problems = checked(tmp_path, value)
    assert (facts["https_only"], rules(problems)) == (False, {"address.https"})


@pytest.mark.parametrize("servers", [None, [], [{"url": "/v1"}]])
def test_without_a_whole_address_of_a_server_there_is_a_warning(tmp_path: Path, servers: Any) -> None:
    value = good()
    del value["servers"]
    value["paths"] = {"/v1/essays/{id}": value["paths"]["/essays/{id}"]}
    assert rules(checked(tmp_path, value | ({"servers": servers} if servers is not None else {}))[1]) == {"servers.missing"}


@pytest.mark.parametrize(("change", "rule"), [({"security": []}, "security.open"), ({"security": [{}, {"oauth": []}]}, "security.optional")])
def test_an_operation_without_sign_in_is_a_warning(tmp_path: Path, change: dict[str, Any], rule: str) -> None:
    value = good()
    operation(value).update(change)
    assert rule in rules(checked(tmp_path, value)[1], "warning")


def test_security_schemes_are_defined_and_used(tmp_path: Path) -> None:
    value = good()
    operation(value)["security"] = [{"nobody": []}]
    value["components"]["securitySchemes"]["key"] = {"type": "apiKey", "in": "query", "name": "key"}
    problems = checked(tmp_path, value)[1]
    assert rules(problems, "error") == {"security.undefined"}
    assert rules(problems, "warning") == {"security.unused", "security.query-key"}
    del value["components"]["securitySchemes"], value["security"], operation(value)["security"]
    assert rules(checked(tmp_path, value)[1]) == {"security.none", "security.open"}


@pytest.mark.parametrize(("scheme", "rule"), [
    ({"type": "http", "scheme": "Basic"}, "security.basic"),
    ({"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://id.example.org/a", "scopes": {"work.read": ""}}}}, "security.old-flow"),
])
def test_weak_ways_to_sign_in_are_warnings(tmp_path: Path, scheme: dict[str, Any], rule: str) -> None:
    value = good()
    value["components"]["securitySchemes"]["oauth"] = scheme
    assert rules(checked(tmp_path, value)[1]) == {rule}


def test_answers_for_errors_and_limits_of_requests_are_described(tmp_path: Path) -> None:
    value = good()
    del operation(value)["responses"]["404"], operation(value)["responses"]["429"]
    facts, problems = checked(tmp_path, value)
    assert (facts["rate_limits"], rules(problems)) == (False, {"responses.errors", "responses.rate-limits"})
    operation(value)["responses"]["default"] = {"description": "An error.", "headers": {"X-RateLimit-Limit": {"schema": {"type": "integer"}}}}
    facts, problems = checked(tmp_path, value)
    assert (facts["rate_limits"], problems.listed()) == (True, ())
    del operation(value)["responses"]["default"]["headers"]
    value["info"]["description"] = "A district may send 100 requests per minute."
    assert checked(tmp_path, value)[0]["rate_limits"] is True


def test_fields_about_students_are_noted_and_what_is_taken_in_is_a_fact(tmp_path: Path) -> None:
    value = good()
    value["components"]["schemas"]["Work"]["properties"] |= {"birthDate": {"type": "string"}, "raceAndEthnicity": {"type": "string"}}
    facts, problems = checked(tmp_path, value)
    assert facts["personal_fields"] == ["birthDate", "raceAndEthnicity"]
    assert facts["requests_demographics"] is False   # it is given out, not taken in
    assert rules(problems, "note") == {"fields.personal"}
    value["paths"]["/essays/{id}"]["post"] = {
        "requestBody": {"content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Work"}}}}},
        "parameters": [{"name": "student_email", "in": "query", "schema": {"type": "string"}}], "responses": {"default": {"description": "Done."}},
    }
    facts, _ = checked(tmp_path, value)
    assert (facts["requests_demographics"], facts["requests_email"], facts["requests_names"]) == (True, True, False)


@pytest.mark.parametrize(("example", "refused"), [("ana@no-such-school.k12.zz.us", True), ("ana@students.example.org", False), ("ana@school.test", False)])
def test_an_example_that_could_be_a_students_address_is_refused(tmp_path: Path, example: str, refused: bool) -> None:
    value = good()
    value["components"]["schemas"]["Work"]["properties"]["student_email"] = {"type": "string", "example": example}
    problems = checked(tmp_path, value)[1]
    assert (problems.counts["personal"] == 1) is refused
    assert not any(example in p.what + p.where for p in problems.listed())


@pytest.mark.parametrize("wrong", [None, 7, True, "x\x07\u202e", [], {}, [[]], [None], {"a": 1}, {"a": [{}]}, 10**30])
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_wrong_types_anywhere_are_problems_and_never_a_traceback(tmp_path: Path, wrong: Any, version: str) -> None:
    places: list[tuple[str, ...]] = [
        ("info",), ("info", "contact"), ("servers",), ("security",), ("paths",), ("components",), ("components", "schemas"), ("components", "schemas", "Work"),
        ("components", "schemas", "Work", "properties"), ("components", "schemas", "Work", "allOf"), ("components", "schemas", "Work", "required"),
        ("components", "securitySchemes"), ("components", "securitySchemes", "oauth"), ("components", "securitySchemes", "oauth", "flows"),
        ("components", "securitySchemes", "oauth", "flows", "clientCredentials"), ("paths", "/essays/{id}"), ("paths", "/essays/{id}", "parameters"),
        ("paths", "/essays/{id}", "get"), ("paths", "/essays/{id}", "get", "responses"), ("paths", "/essays/{id}", "get", "security"),
        ("paths", "/essays/{id}", "get", "requestBody"), ("paths", "/essays/{id}", "get", "operationId"), ("components", "schemas", "Work", "$ref"),
    ]
    for place in places:
        value = good(version)
        owner: Any = value
        for key in place[:-1]:
            owner = owner[key]
        owner[place[-1]] = wrong
        problems = checked(tmp_path, value)[1]
        assert all("\x07" not in p.what + p.where and "\u202e" not in p.what + p.where for p in problems.listed())
    for root in ([], [1], [wrong]):
        assert rules(checked(tmp_path, root)[1]) == {"openapi.type"}
