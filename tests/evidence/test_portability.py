"""Portability manifests in JSON, YAML and TOML. The product, its vendor and its prices are invented."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import yaml
from jsonschema import Draft202012Validator

from audit.errors import ChecklistError
from audit.evidence import portability
from audit.evidence.specimen import Problems, Specimen

TODAY = date(2026, 11, 22)
DATASET: dict[str, Any] = {
    "name": "student work", "format": "csv", "schema": "schemas/work.md", "sample": "samples/work.csv", "frequency": "any time", "self_service": True,
    "api": True, "days_kept_after_term": 30, "deletion_certificate": "samples/certificate.pdf", "cost": 0,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "manifest"
    for name in ("schemas/work.md", "samples/work.csv", "samples/certificate.pdf"):
        (inside / name).parent.mkdir(parents=True, exist_ok=True)
        (inside / name).write_text("invented", encoding="utf-8")
    (tmp_path / "outside.csv").write_text("x", encoding="utf-8")
    return inside


def manifest(**changes: Any) -> dict[str, Any]:
    return {
        "portability": 1, "product": "Example Tutor", "product_version": "4.2", "vendor": "Example Learning", "issued": "2026-10-01", "currency": "USD",
        "datasets": [DATASET | changes],
    }


def checked(folder: Path, value: Any, name: str = "portability.json") -> tuple[dict[str, Any], Problems]:
    write = {"json": json.dumps, "yaml": yaml.safe_dump, "toml": tomli_w.dumps}[name.rpartition(".")[2]]
    (folder / name).write_text(value if isinstance(value, str) else write(value), encoding="utf-8")
    problems = Problems()
    return portability.check(Specimen(folder / name, TODAY), problems), problems


def found(problems: Problems) -> list[tuple[str, str, str]]:
    return [(p.level, p.rule, p.where.rpartition(", ")[2]) for p in problems.listed()]


@pytest.mark.parametrize("name", ["portability.json", "portability.yaml", "portability.toml"])
def test_a_whole_manifest_has_no_problem_in_any_of_the_three_formats(folder: Path, name: str) -> None:
    facts, problems = checked(folder, manifest(), name)
    assert found(problems) == []
    assert facts == {
        "product": "Example Tutor", "product_version": "4.2", "vendor": "Example Learning", "issued": "2026-10-01", "datasets": ["student work"],
        "formats": ["csv"], "self_service": True, "api": True, "export_fee": False, "export_cost": 0, "days_kept_after_term": 30,
    }
    assert portability.recognises(Specimen(folder / name, TODAY))


def test_the_example_in_the_documentation_is_a_whole_manifest(folder: Path) -> None:
    assert portability.__doc__ is not None
    lines = portability.__doc__.split("invented product:\n")[1].split("\nFacts:")[0].splitlines()
    (folder / "schemas/work.csv.md").write_text("invented", encoding="utf-8")
    facts, problems = checked(folder, "\n".join(line.strip() for line in lines), "portability.toml")
    assert found(problems) == []
    assert facts["formats"] == ["csv"]


def test_the_schema_is_a_json_schema(folder: Path) -> None:
    Draft202012Validator.check_schema(portability.SCHEMA)
    assert Draft202012Validator(portability.SCHEMA).is_valid(manifest())


def test_a_toml_date_is_as_good_as_text(folder: Path) -> None:
    assert found(checked(folder, manifest() | {"issued": date(2026, 10, 1)}, "portability.toml")[1]) == []


def test_facts_hold_for_all_datasets_together(folder: Path) -> None:
    value = manifest()
    value["datasets"].append(DATASET | {"name": "logs", "format": "json", "self_service": False, "api": False, "cost": 250.5, "days_kept_after_term": 60})
    facts, problems = checked(folder, value)
    assert (facts["formats"], facts["self_service"], facts["api"], facts["export_fee"], facts["export_cost"]) == (["csv", "json"], False, False, True, 250.5)
    assert facts["days_kept_after_term"] == 60
    assert found(problems) == [("warning", "dataset.cost", "$.datasets[1].cost"), ("warning", "dataset.self_service", "$.datasets[1].self_service")]


@pytest.mark.parametrize("name", sorted(DATASET))
def test_every_member_of_a_dataset_is_required(folder: Path, name: str) -> None:
    value = manifest()
    del value["datasets"][0][name]
    facts, problems = checked(folder, value)
    assert found(problems) == [("error", "manifest.required", f"$.datasets[0].{name}")]
    assert name not in facts


@pytest.mark.parametrize("name", ["portability", "product", "vendor", "issued", "datasets"])
def test_the_head_of_a_manifest_is_required(folder: Path, name: str) -> None:
    value = manifest()
    del value[name]
    assert found(checked(folder, value)[1]) == [("error", "manifest.required", f"$.{name}")]


@pytest.mark.parametrize(("change", "rule"), [
    ({"frequency": "sometimes"}, "manifest.value"), ({"self_service": "yes"}, "manifest.value"), ({"cost": -1}, "manifest.value"), ({"cost": "free"}, "manifest.value"),
    ({"days_kept_after_term": 1.5}, "manifest.value"), ({"days_kept_after_term": -1}, "manifest.value"), ({"name": ""}, "manifest.value"),
    ({"format": "CSV"}, "manifest.value"), ({"price": 0}, "manifest.member"), ({"cost": True}, "manifest.value"), ({"days_kept_after_term": 10**30}, "manifest.value"),
])
def test_a_value_that_the_format_does_not_allow_is_an_error(folder: Path, change: dict[str, Any], rule: str) -> None:
    assert [(level, what) for level, what, _ in found(checked(folder, manifest(**change))[1])] == [("error", rule)]


@pytest.mark.parametrize(("change", "rule"), [
    ({"format": "pdf"}, "dataset.format"), ({"format": "ourdump"}, "dataset.format"), ({"cost": 100}, "dataset.cost"), ({"self_service": False}, "dataset.self_service"),
    ({"frequency": "at the end"}, "dataset.frequency"), ({"days_kept_after_term": 91}, "dataset.kept"), ({"days_kept_after_term": 0}, "dataset.kept"),
])
def test_what_a_privacy_officer_would_ask_about_is_a_warning(folder: Path, change: dict[str, Any], rule: str) -> None:
    assert [(level, what) for level, what, _ in found(checked(folder, manifest(**change))[1])] == [("warning", rule)]


@pytest.mark.parametrize(("sample", "rule"), [
    ("samples/none.csv", "file.missing"), ("../outside.csv", "file.outside"), ("/etc/passwd", "file.outside"), ("samples/../../outside.csv", "file.outside"),
    ("..\\outside.csv", "file.outside"), ("C:\\outside.csv", "file.outside"), ("samples", "file.missing"), ("https://example.org/work.csv", "file.address"),
    ("file:///etc/passwd", "file.address"), ("samples/link.csv", "file.outside"), ("samples/empty.csv", "file.empty"), ("x" * 300, "file.missing"), (".", "file.outside"),
])
def test_a_sample_is_a_file_inside_the_folder(folder: Path, sample: str, rule: str) -> None:
    (folder / "samples/link.csv").symlink_to(folder.parent / "outside.csv")
    (folder / "samples/empty.csv").touch()
    assert found(checked(folder, manifest(sample=sample))[1]) == [("error", rule, "$.datasets[0].sample")]


def test_a_name_with_a_nul_is_outside(folder: Path) -> None:
    assert found(checked(folder, manifest(sample="a\0b"))[1]) == [("error", "file.outside", "$.datasets[0].sample")]


def test_a_schema_may_be_an_https_address_which_is_not_opened(folder: Path) -> None:
    assert found(checked(folder, manifest(schema="https://docs.example.org/work"))[1]) == []
    assert found(checked(folder, manifest(schema="http://docs.example.org/work"))[1]) == [("error", "file.address", "$.datasets[0].schema")]


@pytest.mark.parametrize(("day", "level"), [("2026-02-30", "error"), ("2027-01-01", "warning"), ("1 May", "error")])
def test_the_day_of_issue_is_a_day_and_not_in_the_future(folder: Path, day: str, level: str) -> None:
    problems = checked(folder, manifest() | {"issued": day})[1]
    assert {one for one, _, _ in found(problems)} == {level}


@pytest.mark.parametrize("number", [".nan", ".inf", "-.inf", "1e400"])
def test_a_cost_that_is_no_number_is_an_error_and_no_fact(folder: Path, number: str) -> None:
    text = yaml.safe_dump(manifest()).replace("cost: 0", f"cost: {number}")
    facts, problems = checked(folder, text, "portability.yaml")
    assert ("error", "manifest.value", "$.datasets[0].cost") in found(problems)
    assert "export_fee" not in facts


def test_a_problem_in_yaml_names_its_line(folder: Path) -> None:
    problems = checked(folder, manifest(cost=-1), "portability.yaml")[1]
    line = (folder / "portability.yaml").read_text(encoding="utf-8").splitlines().index("- api: true") + 2
    assert problems.listed()[0].where == f"line {line}, $.datasets[0].cost"


@pytest.mark.parametrize("text", ["a = ", "a = 1\na = 2", "a = " + "[" * 5000, "a = " + "9" * 5000])
def test_a_file_that_is_no_toml_is_refused_and_not_recognised(folder: Path, text: str) -> None:
    with pytest.raises(ChecklistError):
        checked(folder, text, "portability.toml")
    assert not portability.recognises(Specimen(folder / "portability.toml", TODAY))


def test_other_files_are_not_taken_for_a_manifest(folder: Path) -> None:
    for name, text in (("a.json", '{"openapi": "3.0.0"}'), ("b.toml", "[project]\nname = 'x'"), ("c.yaml", "datasets: []"), ("d.csv", "portability,datasets")):
        (folder / name).write_text(text, encoding="utf-8")
        assert not portability.recognises(Specimen(folder / name, TODAY))


@pytest.mark.parametrize("wrong", [None, 7, True, "x\x07\u202e", [], {}, [[]], [None], {"a": 1}, 10**30, 1.5])
def test_wrong_types_anywhere_are_problems_and_never_a_traceback(folder: Path, wrong: Any) -> None:
    values: list[Any] = [wrong if isinstance(wrong, dict | list) else [wrong], manifest() | {"datasets": [wrong]}]
    values += [manifest() | {name: wrong} for name in manifest()] + [manifest(**{name: wrong}) for name in DATASET]
    for value in values:
        facts, problems = checked(folder, value)
        json.dumps(facts, allow_nan=False)
        assert all("\x07" not in p.what + p.where + p.fix for p in problems.listed())
