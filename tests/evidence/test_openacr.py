"""OpenACR reports: written by hand from the schema, and three of GSA's examples. All products and people here are invented."""

import copy
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from audit.errors import ChecklistError
from audit.evidence import openacr
from audit.evidence.openacr_catalog import CATALOGS, SECTION_508, WCAG
from audit.evidence.specimen import Problems, Specimen

TODAY = date(2026, 11, 22)
SHARED = Path(__file__).parents[2] / "../shared/data"
CHAPTERS = {"A": "success_criteria_level_a", "AA": "success_criteria_level_aa", "AAA": "success_criteria_level_aaa"}


def one(number: str, level: str = "supports", notes: str = "", component: str = "web") -> dict[str, Any]:
    return {"num": number, "components": [{"name": component, "adherence": {"level": level, "notes": notes}}]}


def report(version: str = "2.1") -> dict[str, Any]:
    """A whole WCAG-only report in which every criterion is supported."""
    levels = {"2.1": ("2.4-edition-wcag-2.1-en", "2.1"), "2.2": ("2.5-edition-wcag-2.2-en", "2.2")}[version]
    return {
        "title": "Example Learning Accessibility Conformance Report", "product": {"name": "Example Tutor", "version": "4.2"},
        "author": {"name": "R. Invented", "company_name": "Example Learning", "email": "access@example.org"},
        "report_date": "2026-05-01", "version": 1, "catalog": levels[0],
        "chapters": {
            chapter: {"criteria": [one(n) for n in sorted(WCAG[levels[1]][level]) if (version, n) != ("2.2", "4.1.1")]} for level, chapter in CHAPTERS.items()
        },
    }


def checked(tmp_path: Path, value: Any, today: date = TODAY) -> tuple[dict[str, Any], Problems]:
    path = tmp_path / "report.yaml"
    path.write_text(value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False), encoding="utf-8")
    problems = Problems()
    return openacr.check(Specimen(path, today), problems), problems


def rules(problems: Problems, level: str = "error") -> set[str]:
    return {p.rule for p in problems.listed() if p.level == level}


def a_chapter(value: dict[str, Any]) -> list[dict[str, Any]]:
    return value["chapters"]["success_criteria_level_a"]["criteria"]


@pytest.mark.parametrize(("version", "counts"), [("2.0", (25, 13, 23)), ("2.1", (30, 20, 28)), ("2.2", (32, 24, 31))])
def test_each_version_of_wcag_has_as_many_criteria_as_the_w3c_lists(version: str, counts: tuple[int, ...]) -> None:
    assert tuple(len(WCAG[version][level]) for level in ("A", "AA", "AAA")) == counts
    assert all(re.fullmatch(r"\d\.\d\.\d{1,2}", n) for level in WCAG[version].values() for n in level)
    assert len(frozenset().union(*WCAG[version].values())) == sum(counts)


def test_wcag_2_2_asks_for_31_criteria_at_level_a_because_4_1_1_is_gone() -> None:
    assert len(CATALOGS["2.5-edition-wcag-2.2-en"].asked("success_criteria_level_a")) == 31


def test_the_508_chapters_have_9_55_26_and_5_numbers() -> None:
    assert [len(numbers) for numbers in SECTION_508.values()] == [9, 55, 26, 5]


def test_a_whole_report_has_no_problem_and_full_scores(tmp_path: Path) -> None:
    for version in ("2.1", "2.2"):
        facts, problems = checked(tmp_path, report(version))
        assert problems.listed() == ()
        assert (facts["coverage"], facts["a_score"], facts["aa_score"], facts["blockers"]) == (100.0, 100.0, 100.0, [])
    assert facts["wcag"] == "2.2"
    assert (facts["product"], facts["product_version"], facts["vendor"], facts["issued"]) == ("Example Tutor", "4.2", "Example Learning", "2026-05-01")


def test_a_report_in_json_is_read_as_one_in_yaml_is(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report()), encoding="utf-8")
    specimen, problems = Specimen(path, TODAY), Problems()
    assert openacr.recognises(specimen)
    assert openacr.check(specimen, problems)["coverage"] == 100.0
    assert problems.listed() == ()


def test_partial_support_counts_half_and_none_counts_nothing_and_is_a_blocker(tmp_path: Path) -> None:
    value = report()
    a_chapter(value)[0] = one("1.1.1", "partially-supports", "Two icons have no name.")
    a_chapter(value)[1] = one("1.2.1", "does-not-support", "No transcript.")
    a_chapter(value)[2] = one("1.2.2", "not-applicable")
    facts, problems = checked(tmp_path, value)
    # 30 criteria, one left out: (27 + 0.5 + 0) / 29
    assert facts["a_score"] == 94.8
    assert facts["aa_score"] == facts["coverage"] == 100.0
    assert facts["blockers"] == ["1.2.1"]
    assert problems.listed() == ()


def test_an_authoring_tool_counts_as_lines_of_its_own(tmp_path: Path) -> None:
    value = report()
    a_chapter(value)[0]["components"].append({"name": "authoring-tool", "adherence": {"level": "does-not-support", "notes": "No field for a text."}})
    a_chapter(value)[0]["components"].append({"name": "software", "adherence": {"level": "does-not-support", "notes": "Not scored."}})
    facts, _ = checked(tmp_path, value)
    assert facts["a_score"] == 96.8   # 30 of 31 lines
    assert facts["blockers"] == ["1.1.1"]
    assert facts["components"] == ["web", "software", "authoring-tool"]


@pytest.mark.parametrize("level", ["", "not-evaluated", "mostly"])
def test_a_level_that_says_nothing_counts_nothing_and_lowers_the_coverage(tmp_path: Path, level: str) -> None:
    value = report()
    a_chapter(value)[0] = one("1.1.1", level)
    facts, problems = checked(tmp_path, value)
    assert (facts["a_score"], facts["coverage"]) == (96.7, 98.0)   # 29 of 30, 49 of 50
    assert rules(problems) == {{"": "level.missing", "not-evaluated": "level.not-evaluated", "mostly": "level.unknown"}[level]}


def test_not_evaluated_is_allowed_at_level_aaa_and_never_scored(tmp_path: Path) -> None:
    value = report()
    value["chapters"]["success_criteria_level_aaa"]["criteria"][0]["components"][0]["adherence"]["level"] = "not-evaluated"
    facts, problems = checked(tmp_path, value)
    assert problems.listed() == ()
    assert facts["coverage"] == 100.0


def test_a_criterion_that_is_left_out_is_named_and_counts_nothing(tmp_path: Path) -> None:
    value = report()
    a_chapter(value)[:] = a_chapter(value)[2:]
    facts, problems = checked(tmp_path, value)
    assert (facts["a_score"], facts["coverage"]) == (93.3, 96.0)
    assert [p.what for p in problems.listed()] == ["success_criteria_level_a leaves out 1.1.1, 1.2.1"]


def test_4_1_1_is_skipped_under_wcag_2_2_whatever_it_says(tmp_path: Path) -> None:
    value = report("2.2")
    a_chapter(value).append(one("4.1.1", "does-not-support", "Two identifiers are the same."))
    facts, problems = checked(tmp_path, value)
    assert (facts["a_score"], facts["blockers"], problems.listed()) == (100.0, [], ())


def test_an_unquoted_number_is_an_error_that_names_its_line(tmp_path: Path) -> None:
    text = yaml.safe_dump(report() | {"catalog": "2.4-edition-wcag-2.1-508-en"}, sort_keys=False)
    text += "  software:\n    criteria:\n    - num: 502.10\n      components: []\n"
    _, problems = checked(tmp_path, text)
    line = text.splitlines().index("    - num: 502.10") + 1
    found = next(p for p in problems.listed() if p.rule == "criterion.type")
    assert found.level == "error"
    assert found.where.startswith(f"line {line}, ")
    assert "quotation marks" in found.fix


@pytest.mark.parametrize(("number", "rule"), [("1.4.3", "criterion.chapter"), ("9.9.9", "criterion.unknown"), ("2.4.11", "criterion.unknown")])
def test_a_criterion_that_the_catalog_does_not_know_there_is_an_error(tmp_path: Path, number: str, rule: str) -> None:
    value = report()
    a_chapter(value).append(one(number))
    assert rules(checked(tmp_path, value)[1]) == {rule}


def test_a_criterion_or_component_given_twice_is_an_error_and_the_first_counts(tmp_path: Path) -> None:
    value = report()
    a_chapter(value).append(one("1.1.1", "does-not-support", "x"))
    a_chapter(value)[1]["components"].append({"name": "web", "adherence": {"level": "does-not-support", "notes": "x"}})
    facts, problems = checked(tmp_path, value)
    assert rules(problems) == {"criterion.twice", "component.twice"}
    assert facts["a_score"] == 100.0


@pytest.mark.parametrize("level", ["partially-supports", "does-not-support"])
def test_less_than_support_needs_notes(tmp_path: Path, level: str) -> None:
    value = report()
    a_chapter(value)[0] = one("1.1.1", level, "  ")
    assert rules(checked(tmp_path, value)[1]) == {"level.notes"}


@pytest.mark.parametrize(("day", "level", "rule"), [
    ("2025-11-22", None, None), ("2025-11-21", "warning", "report_date.age"), ("2024-11-22", "warning", "report_date.age"),
    ("2024-11-21", "error", "report_date.age"), ("2026-11-23", "warning", "report_date.future"), ("8/31/2026", "warning", "report_date.form"),
    ("last summer", "warning", "report_date.form"), ("", "warning", "report_date.missing"), ("13/45/2026", "warning", "report_date.form"),
])
def test_a_report_is_old_after_12_and_too_old_after_24_months(tmp_path: Path, day: str, level: str | None, rule: str | None) -> None:
    _, problems = checked(tmp_path, report() | {"report_date": day})
    assert [(p.level, p.rule) for p in problems.listed()] == ([(level, rule)] if level else [])


def test_an_american_date_is_read_month_first(tmp_path: Path) -> None:
    assert checked(tmp_path, report() | {"report_date": "8/31/2026"})[0]["issued"] == "2026-08-31"


@pytest.mark.parametrize(("version", "catalog"), [("2.1", "2.4-edition-wcag-2.1-en"), ("2.2", "2.5-edition-wcag-2.2-en")])
def test_a_catalog_that_is_not_named_is_inferred_from_the_criteria(tmp_path: Path, version: str, catalog: str) -> None:
    value = report(version)
    del value["catalog"]
    facts, problems = checked(tmp_path, value)
    assert (facts["catalog"], facts["catalog_given"], rules(problems, "warning")) == (catalog, False, {"catalog.missing"})
    assert rules(checked(tmp_path, value | {"catalog": "2.4-edition-wcag-2.1"})[1]) == {"catalog.unknown"}


def test_a_disabled_chapter_with_criteria_is_a_warning_and_is_not_read(tmp_path: Path) -> None:
    value = report() | {"catalog": "2.4-edition-wcag-2.1-508-en"}
    value["chapters"]["hardware"] = {"disabled": True, "criteria": [one("402.2.1", "", component="none")]}
    value["chapters"]["software"] = {"disabled": True}
    value["chapters"]["support_documentation_and_services"] = {"notes": "Not applicable."}
    value["chapters"]["functional_performance_criteria"] = {"criteria": [one(n, component="none") for n in sorted(SECTION_508["functional_performance_criteria"])]}
    facts, problems = checked(tmp_path, value)
    assert [(p.rule, p.where.rpartition(".")[2]) for p in problems.listed()] == [
        ("chapter.disabled", "hardware"), ("chapter.empty", "support_documentation_and_services"),
    ]
    assert facts["coverage"] == 100.0


def test_a_disabled_chapter_of_level_a_counts_as_missing(tmp_path: Path) -> None:
    value = report()
    value["chapters"]["success_criteria_level_a"]["disabled"] = True
    facts, problems = checked(tmp_path, value)
    assert (facts["a_score"], facts["aa_score"], facts["coverage"]) == (0.0, 100.0, 40.0)
    assert "chapter.empty" in rules(problems)


@pytest.mark.parametrize(("change", "rule", "where"), [
    ({"title": ""}, "report.required", "$.title"), ({"product": {}}, "product.required", "$.product.name"),
    ({"author": {"name": "R. Invented"}}, "author.required", "$.author.email"), ({"vendor": {"name": "X"}}, "vendor.required", "$.vendor.email"),
    ({"product": {"name": "Example Tutor", "version": 4.2}}, "product.type", "$.product.version"), ({"version": "1"}, "report.type", "$.version"),
    ({"version": True}, "report.type", "$.version"), ({"notes": None}, "report.type", "$.notes"),
])
def test_members_are_there_and_of_their_type(tmp_path: Path, change: dict[str, Any], rule: str, where: str) -> None:
    _, problems = checked(tmp_path, report() | change)
    assert [(p.rule, p.where.split(", ")[-1]) for p in problems.listed() if p.level == "error"] == [(rule, where)]


HOSTILE = (None, 7, 1.5, True, "x", [], {}, [[]], {"a": 1}, "\x07\u202e" * 50, 10**30, [None])


@pytest.mark.parametrize("wrong", HOSTILE)
def test_wrong_types_anywhere_are_problems_and_never_a_traceback(tmp_path: Path, wrong: Any) -> None:
    places: list[tuple[Any, ...]] = [
        (), ("chapters",), ("product",), ("author",), ("report_date",), ("catalog",), ("chapters", "success_criteria_level_a"),
        ("chapters", "success_criteria_level_a", "criteria"), ("chapters", "success_criteria_level_a", "disabled"),
        ("chapters", "success_criteria_level_a", "criteria", 0), ("chapters", "success_criteria_level_a", "criteria", 0, "num"),
        ("chapters", "success_criteria_level_a", "criteria", 0, "components"), ("chapters", "success_criteria_level_a", "criteria", 0, "components", 0),
        ("chapters", "success_criteria_level_a", "criteria", 0, "components", 0, "name"),
        ("chapters", "success_criteria_level_a", "criteria", 0, "components", 0, "adherence"),
        ("chapters", "success_criteria_level_a", "criteria", 0, "components", 0, "adherence", "level"), ("chapters", "en_301_549_web"),
    ]
    path = tmp_path / "report.json"
    for place in places:
        value: Any = copy.deepcopy(report())
        owner = value
        for key in place[:-1]:
            owner = owner[key]
        if place:
            owner[place[-1]] = wrong
        else:
            value = wrong if isinstance(wrong, dict | list) else [wrong]
        path.write_text(json.dumps(value), encoding="utf-8")
        problems = Problems()
        openacr.check(Specimen(path, TODAY), problems)
        assert all("\x07" not in p.what + p.where and "\u202e" not in p.what + p.where for p in problems.listed())


def test_other_json_and_yaml_is_not_taken_for_a_report(tmp_path: Path) -> None:
    for name, text in (("a.json", '{"openapi": "3.0.0", "chapters": []}'), ("b.yaml", "chapters: {introduction: 1}"), ("c.json", "[1]"), ("d.yaml", "a: [")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert not openacr.recognises(Specimen(tmp_path / name, TODAY))


def test_a_file_that_is_no_yaml_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChecklistError, match="not valid YAML"):
        checked(tmp_path, "a: [")


def real(name: str) -> tuple[dict[str, Any], Problems]:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} of the shared data is not here")
    specimen, problems = Specimen(path, TODAY), Problems()
    assert openacr.recognises(specimen)
    return openacr.check(specimen, problems), problems


def test_drupals_report_scores_as_counted_by_hand() -> None:
    """A: 60 lines, 4 not applicable, 38 + 4/2 = 40 of 56. AA: 40 lines, 2 not applicable, 12 + 9/2 = 16.5 of 38. 25 of 100 have no level."""
    facts, problems = real("openacr-drupal-9.yaml")
    assert (facts["a_score"], facts["aa_score"], facts["coverage"]) == (71.4, 43.4, 75.0)
    assert facts["blockers"] == ["1.2.2", "1.2.3", "1.2.5"]
    assert (facts["wcag"], facts["issued"], facts["product_version"]) == ("2.1", "2021-08-31", "9.1")
    assert problems.of("chapter.disabled") == 2
    assert problems.of("report_date.age") == problems.of("report_date.form") == 1
    assert problems.of("level.missing") == 52   # every component, counted in the file


@pytest.mark.parametrize("name", ["openacr-nvda-2018.yaml", "openacr-plone-5.yaml"])
def test_old_reports_without_a_catalog_are_held_to_wcag_2_0(name: str) -> None:
    facts, problems = real(name)
    assert (facts["wcag"], facts["a_score"], facts["aa_score"], facts["coverage"]) == ("2.0", 100.0, 100.0, 100.0)
    assert {"catalog.missing", "report_date.missing", "chapter.empty"} <= rules(problems, "warning")
    assert rules(problems) == set()
