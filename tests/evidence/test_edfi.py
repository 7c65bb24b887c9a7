"""Ed-Fi: the root document of an API, and descriptors in XML and JSON. Hosts and organizations are invented."""

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from audit.evidence import edfi
from audit.evidence.specimen import Problems, Specimen

BASE = "https://edfi.example.org/v7"
ROOT: dict[str, Any] = {
    "version": "7.1", "informationalVersion": "7.1", "suite": "3", "build": "7.1.100.0", "apiMode": "District Specific",
    "dataModels": [{"name": "Ed-Fi", "version": "5.1.0"}, {"name": "TPDM", "version": "1.1.0"}],
    "urls": {
        "dependencies": f"{BASE}/metadata/data/v3/dependencies", "openApiMetadata": f"{BASE}/metadata/", "oauth": f"{BASE}/oauth/token",
        "dataManagementApi": f"{BASE}/data/v3/{{schoolYearFromRoute}}/", "xsdMetadata": f"{BASE}/metadata/xsd",
    },
}
DESCRIPTOR = {
    "namespace": "uri://example.org/GradeLevelDescriptor", "codeValue": "First grade", "shortDescription": "First grade",
    "description": "The first year after kindergarten.", "effectiveBeginDate": "2026-07-01",
}
XML = """<?xml version="1.0" encoding="UTF-8"?>
<InterchangeDescriptors xmlns="http://ed-fi.org/5.1.0">
  <GradeLevelDescriptor>
    <CodeValue>First grade</CodeValue>
    <ShortDescription>First grade</ShortDescription>
    <Description>The first year.</Description>
    <Namespace>uri://example.org/GradeLevelDescriptor</Namespace>
  </GradeLevelDescriptor>
  <TermDescriptor>
    <CodeValue>Fall</CodeValue>
    <ShortDescription>Fall</ShortDescription>
    <Namespace>uri://example.org/TermDescriptor</Namespace>
  </TermDescriptor>
</InterchangeDescriptors>
"""


def checked(tmp_path: Path, value: Any) -> tuple[dict[str, Any], Problems]:
    path = tmp_path / ("file.xml" if isinstance(value, str) else "file.json")
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    problems = Problems()
    return edfi.check(Specimen(path, date(2026, 11, 22)), problems), problems


def found(problems: Problems) -> list[tuple[str, str, str]]:
    return [(p.level, p.rule, p.where) for p in problems.listed()]


def test_a_root_document_has_no_problem_and_tells_its_versions(tmp_path: Path) -> None:
    facts, problems = checked(tmp_path, ROOT)
    assert found(problems) == []
    assert facts == {"version": "7.1", "suite": "3", "api_mode": "District Specific", "data_standard": "5.1.0", "extensions": ["TPDM"], "https_only": True}


@pytest.mark.parametrize("name", ["version", "suite", "dataModels", "urls"])
def test_a_root_document_names_its_version_suite_models_and_addresses(tmp_path: Path, name: str) -> None:
    problems = checked(tmp_path, {key: value for key, value in ROOT.items() if key != name})[1]
    assert ("error", f"root.{name}", f"$.{name}") in found(problems)


def test_the_api_mode_may_be_left_out_as_version_7_does(tmp_path: Path) -> None:
    assert found(checked(tmp_path, {key: value for key, value in ROOT.items() if key != "apiMode"})[1]) == []


@pytest.mark.parametrize("name", ["dependencies", "openApiMetadata", "oauth", "dataManagementApi"])
def test_four_addresses_are_required(tmp_path: Path, name: str) -> None:
    value = copy.deepcopy(ROOT)
    del value["urls"][name]
    assert found(checked(tmp_path, value)[1]) == [("error", f"urls.{name}", f"$.urls.{name}")]


def test_an_address_without_https_is_a_warning_and_no_address_an_error(tmp_path: Path) -> None:
    value = copy.deepcopy(ROOT)
    value["urls"] |= {"oauth": "http://edfi.example.org/oauth/token", "dependencies": "metadata/dependencies"}
    facts, problems = checked(tmp_path, value)
    assert found(problems) == [("error", "urls.dependencies", "$.urls.dependencies"), ("warning", "urls.oauth", "$.urls.oauth")]
    assert facts["https_only"] is False


@pytest.mark.parametrize(("models", "level"), [
    ([{"name": "TPDM", "version": "1.1.0"}], "error"), ([], "error"), ([{"name": "Ed-Fi", "version": "3.3.1-b"}], "warning"),
    ([{"name": "Ed-Fi", "version": "newest"}], "warning"), ([{"name": "Ed-Fi"}], "error"), ([{"name": "Ed-Fi", "version": "4.0.0"}], None),
])
def test_the_ed_fi_model_is_among_the_models_and_not_older_than_4(tmp_path: Path, models: Any, level: str | None) -> None:
    problems = checked(tmp_path, ROOT | {"dataModels": models})[1]
    assert {p.level for p in problems.listed()} == ({level} if level else set())


def test_descriptors_in_xml_and_json_have_no_problem(tmp_path: Path) -> None:
    facts, problems = checked(tmp_path, XML)
    assert found(problems) == []
    assert facts == {"descriptors": 2, "descriptor_types": ["GradeLevelDescriptor", "TermDescriptor"], "namespaces": ["uri://example.org"]}
    for value in (DESCRIPTOR, [DESCRIPTOR, DESCRIPTOR | {"codeValue": "Second grade"}]):
        facts, problems = checked(tmp_path, value)
        assert found(problems) == []
        assert facts["descriptor_types"] == ["GradeLevelDescriptor"]


@pytest.mark.parametrize("name", ["namespace", "codeValue", "shortDescription"])
def test_a_descriptor_without_a_required_member_is_an_error_at_its_place(tmp_path: Path, name: str) -> None:
    for broken in ({key: value for key, value in DESCRIPTOR.items() if key != name}, DESCRIPTOR | {name: " "}, DESCRIPTOR | {name: 7}):
        assert found(checked(tmp_path, [DESCRIPTOR | {"codeValue": "A"}, broken])[1]) == [("error", f"descriptor.{name}", f"$[1].{name}")]


def test_an_xml_descriptor_without_a_code_names_its_line(tmp_path: Path) -> None:
    problems = checked(tmp_path, XML.replace("<CodeValue>Fall</CodeValue>", ""))[1]
    assert found(problems) == [("error", "descriptor.codeValue", "line 9, TermDescriptor.codeValue")]


@pytest.mark.parametrize(("name", "longest"), [("codeValue", 50), ("shortDescription", 75), ("description", 1024)])
def test_a_text_longer_than_the_standard_allows_is_an_error(tmp_path: Path, name: str, longest: int) -> None:
    assert found(checked(tmp_path, DESCRIPTOR | {name: "x" * longest})[1]) == []
    assert found(checked(tmp_path, DESCRIPTOR | {name: "x" * (longest + 1)})[1]) == [("error", f"descriptor.{name}", f"$.{name}")]


@pytest.mark.parametrize(("space", "level"), [
    ("https://example.org/GradeLevelDescriptor", "error"), ("uri://example.org", "error"), ("uri://example.org/Grade Level", "error"),
    ("uri://example.org/GradeLevel", "warning"), ("uri://example.org/district/GradeLevelDescriptor", None),
])
def test_a_namespace_is_a_uri_that_ends_with_the_kind(tmp_path: Path, space: str, level: str | None) -> None:
    assert [p.level for p in checked(tmp_path, DESCRIPTOR | {"namespace": space})[1].listed()] == ([level] if level else [])


def test_an_xml_namespace_names_the_kind_of_its_element(tmp_path: Path) -> None:
    problems = checked(tmp_path, XML.replace("uri://example.org/TermDescriptor", "uri://example.org/SexDescriptor"))[1]
    assert found(problems) == [("warning", "descriptor.namespace", "line 9, TermDescriptor.namespace")]


def test_a_code_given_twice_and_a_day_that_is_none_are_errors(tmp_path: Path) -> None:
    problems = checked(tmp_path, [DESCRIPTOR, DESCRIPTOR | {"codeValue": "FIRST GRADE", "effectiveBeginDate": "2026-02-30"}])[1]
    assert {rule for _, rule, _ in found(problems)} == {"descriptor.twice", "descriptor.effectiveBeginDate"}


def test_other_elements_do_not_belong_into_the_interchange(tmp_path: Path) -> None:
    problems = checked(tmp_path, XML.replace("TermDescriptor>", "Student>"))[1]
    assert found(problems) == [("error", "interchange.element", "line 9, Student")]
    assert found(checked(tmp_path, "<a/>")[1])[0] == ("error", "interchange.root", "line 1")


def test_only_ed_fi_is_recognised(tmp_path: Path) -> None:
    for text, expected in (
        (json.dumps(ROOT), True), (json.dumps([DESCRIPTOR]), True), (json.dumps(DESCRIPTOR), True), (XML, True), ("<EntityDescriptor/>", False),
        ('{"openapi": "3.0.0"}', False), ("[]", False), ("[1]", False), ("{", False), ("<a", False), ("", False), ('{"keys": []}', False),
    ):
        (tmp_path / "a.txt").write_text(text, encoding="utf-8")
        assert edfi.recognises(Specimen(tmp_path / "a.txt", date(2026, 11, 22))) is expected


@pytest.mark.parametrize("wrong", [None, 7, True, "x\x07\u202e", [], {}, [[]], [None], {"a": 1}, 10**30, "9" * 5000])
def test_wrong_types_anywhere_are_problems_and_never_a_traceback(tmp_path: Path, wrong: Any) -> None:
    values: list[Any] = [wrong if isinstance(wrong, dict | list) else [wrong]]
    values += [ROOT | {name: wrong} for name in (*ROOT, "extra")] + [DESCRIPTOR | {name: wrong} for name in DESCRIPTOR]
    values += [ROOT | {"dataModels": [wrong]}, ROOT | {"dataModels": [{"name": wrong, "version": wrong}]}]
    values += [ROOT | {"urls": {name: wrong}} for name in ("oauth", "new\x07")]
    for value in values:
        assert all("\x07" not in p.what + p.where for p in checked(tmp_path, value)[1].listed())
