"""What programs read of an audit: JUnit XML, Markdown, tables, JSON Schemas, and the workflow file of docs/ci.md. All names are invented."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml
from markdown_it import MarkdownIt
from openpyxl import load_workbook

from audit.records import (
    Change,
    Condition,
    Decision,
    Disparity,
    Evidence,
    Finding,
    Gate,
    GroupValue,
    Indicator,
    MarginRange,
    Measurement,
    Response,
    Scorecard,
    ScoreRange,
    Sensitivity,
    Step,
    Waiver,
)
from audit.report.book import MOST_ROWS
from audit.report.junit import junit_xml
from audit.report.machines import write_machines
from audit.report.markdown import SELF_TEST, plain, summary_md
from audit.report.tables import tables_of
from audit.schemas import schemas
from benchmarks.warm import warm_checkout
from tests.audits import audit, write_plan, write_set

ROOT = Path(__file__).parents[2]
HOSTILE = (
    "=1+1]]></failure><script>alert(1)</script>\x00\x07\x1b[31m\u202e\ud800\ufffe ![x](https://evil.example/p.png) [y](javascript:alert(1)) <img src=x onerror=alert(2)>"
    " https://evil.example www.evil.example someone@evil.example @octocat #1 GH-2 :tada: $x$ `code` **bold** | cell |\n# heading\n- item\n```\nfence"
)


def a_finding(outcome="met", *, criterion="safe-x", indicator="safe", required=True, measured=False, **changes) -> Finding:
    fields = {
        "criterion": criterion, "indicator": indicator, "question": "Is it so?", "outcome": outcome, "because": "Because.", "required": required, "weight": 1,
        "assurance": "measured" if measured else "claimed", "evidence": (), "remedy": "Mend it.",
    }
    return Finding(**(fields | changes))


def a_disparity(outcome="within_margin", **changes) -> Disparity:
    fields = {
        "set": "tiny", "by": {}, "measure": "decision", "statistic": "selection_rate_difference", "unit": "share", "attribute": "dialect", "group": "AAE",
        "reference": "SAE", "design": "matched", "estimate": 0.5, "low": 0.4, "high": 0.6, "level": 0.95, "simultaneous": True, "p_value": 0.001, "p_adjusted": 0.002,
        "margin": 0.05, "outcome": outcome, "certain": False, "detected": True, "items_needed": None, "items": 60, "clusters": 60, "responses": 120, "missing": 0,
        "detectable": 0.1, "low90": 0.42, "high90": 0.58, "family": "confirmatory", "negative_control": False, "because": "It differs.",
    }
    return Disparity(**(fields | changes))


def a_card(*, role="district", findings=(), disparities=(), gates=(), name="Stand-in", decision=None, **changes) -> Scorecard:
    fields = {
        "schema": "edtech-equity-audit/scorecard/1", "tool": {"name": name, "vendor": "Nobody", "version": "1"}, "auditor": {"organisation": "Test", "role": role},
        "as_of": "2026-11-21", "decision": decision or Decision("insufficient_evidence", ("Too little is known.",), (), ()),
        "indicators": {"safe": Indicator("Safe", None, 0.0, {}, 0, 0, 0), "inclusive": Indicator("Inclusive", None, 0.0, {}, 0, 0, 0)},
        "gates": gates, "findings": findings, "disparities": disparities, "groups": (), "missingness": (), "review_by": "2027-11-21", "provenance": {},
    }
    return Scorecard(**(fields | changes))


def a_hostile_card(role="vendor", many=1) -> Scorecard:
    """Every text that can come from a vendor or a file is hostile, and there are many of each."""
    decision = Decision(
        "do_not_approve", (HOSTILE,) * many, (Condition(HOSTILE, "repair", HOSTILE, HOSTILE, HOSTILE),) * many, (Change(HOSTILE, "answer", HOSTILE),) * many,
        (Step(HOSTILE, "do_not_approve", HOSTILE, ((HOSTILE, HOSTILE),)),), None, (Waiver(HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
    )
    findings = [a_finding("not_met", criterion=f"{HOSTILE}{i}", question=HOSTILE, because=HOSTILE, remedy=HOSTILE, subject=HOSTILE, measured=i % 2 == 0,
                          evidence=(Evidence("file", HOSTILE, "0" * 64),)) for i in range(many)]
    card = a_card(
        role=role, name=HOSTILE, decision=decision, findings=tuple(findings), gates=tuple(Gate(HOSTILE, HOSTILE, i % 2 == 0 or None, "not_met", HOSTILE) for i in range(many)),
        disparities=(a_disparity("gap_found", set=HOSTILE, group=HOSTILE, attribute=HOSTILE, because=HOSTILE, by={HOSTILE: HOSTILE}),) * many,
    )
    tool, auditor = {"name": HOSTILE, "vendor": HOSTILE, "version": HOSTILE}, {"organisation": HOSTILE, "role": role}
    return msgspec.structs.replace(card, tool=tool, auditor=auditor)


# --- JUnit XML ---

ATTRIBUTES = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set()),
    "testsuite": ({"name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
                  {"name", "tests", "failures", "errors"}),
    "properties": (set(), set()), "property": ({"name", "value"}, {"name", "value"}), "testcase": ({"name", "time", "classname", "group"}, {"name"}),
    "failure": ({"type", "message"}, set()), "error": ({"type", "message"}, set()), "skipped": ({"type", "message"}, set()),
}
INSIDE = {"testsuites": {"testsuite"}, "testsuite": {"properties", "testcase"}, "properties": {"property"}, "testcase": {"failure", "error", "skipped"}}
"""What Jenkins' schema (xunit-plugin, junit-10.xsd) allows of the elements that we write: attributes, those it requires, and elements inside."""


def hold_to_the_schema(raw: bytes) -> ET.Element:
    root = ET.fromstring(raw)
    assert root.tag == "testsuites"
    for element in root.iter():
        allowed, required = ATTRIBUTES[element.tag]
        assert required <= set(element.attrib) <= allowed, element.tag
        assert {child.tag for child in element} <= INSIDE.get(element.tag, set()), element.tag
    for suite in root:
        counted = {kind: len(suite.findall(f"testcase/{tag}")) for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))}
        assert {k: int(suite.get(k)) for k in counted} == counted
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
    for key in ("tests", "failures", "errors"):
        assert int(root.get(key)) == sum(int(suite.get(key)) for suite in root)
    return root


def only_case(card: Scorecard) -> ET.Element:
    cases = list(ET.fromstring(junit_xml(card)).iter("testcase"))
    assert len(cases) == 1
    return cases[0]


@pytest.mark.parametrize(("outcome", "required", "expected"), [
    ("met", True, None), ("not_met", True, "failure"), ("not_met", False, "failure"), ("inconclusive", True, "error"), ("not_assessed", True, "error"),
    ("inconclusive", False, "skipped"), ("not_assessed", False, "skipped"), ("not_applicable", True, "skipped"),
])
def test_a_finding_is_a_test_that_fails_errs_or_is_skipped_as_it_came_out(outcome, required, expected):
    case = only_case(a_card(findings=(a_finding(outcome, required=required),)))
    assert [child.tag for child in case] == ([expected] if expected else [])
    assert case.get("classname") == "findings.safe"
    if expected:
        assert (case[0].get("type"), case[0].get("message")) == (outcome, "Because.")


@pytest.mark.parametrize(("passed", "expected"), [(True, []), (False, ["failure"]), (None, ["error"])])
def test_a_gate_that_is_open_is_no_pass(passed, expected):
    case = only_case(a_card(gates=(Gate("safe-x", "Is it so?", passed, "not_assessed", "Because."),)))
    assert [child.tag for child in case] == expected


@pytest.mark.parametrize(("changes", "expected"), [
    ({"outcome": "within_margin"}, []), ({"outcome": "gap_found"}, ["failure"]), ({"outcome": "inconclusive"}, ["error"]), ({"outcome": "not_assessed"}, ["error"]),
    ({"outcome": "gap_found", "negative_control": True}, ["error"]), ({"outcome": "not_assessed", "suppressed": True, "estimate": None}, ["skipped"]),
])
def test_a_comparison_that_decides_is_a_test(changes, expected):
    case = only_case(a_card(disparities=(a_disparity(**changes),)))
    assert [child.tag for child in case] == expected
    assert case.get("name") == "AAE against SAE: selection_rate_difference of decision"


def test_a_comparison_that_only_describes_is_no_test():
    root = ET.fromstring(junit_xml(a_card(disparities=(a_disparity("not_assessed", family="exploratory"),))))
    assert (root.get("tests"), len(root)) == ("0", 0)


def test_a_waiver_is_told_and_does_not_pass_its_gate():
    waived = Decision("approve_with_conditions", (), (), (), waivers=(Waiver("safe-x", "A. Person", "a pilot", "2027-01-31"),))
    case = only_case(a_card(decision=waived, gates=(Gate("safe-x", "Is it so?", False, "not_met", "Because."),)))
    assert case[0].tag == "failure"
    assert "Waived by A. Person until 2027-01-31: a pilot" in case[0].text


def test_junit_keeps_the_schema_and_its_counts_whatever_a_vendor_wrote():
    root = hold_to_the_schema(junit_xml(a_hostile_card(many=5)))
    texts = [text for element in root.iter() for text in (*element.attrib.values(), element.text or "")]
    assert not any(re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\ud800-\udfff\ufffe\uffff]", text) for text in texts)
    assert any("]]></failure><script>alert(1)</script>" in text for text in texts)
    assert {element.tag for element in root.iter()} <= set(ATTRIBUTES)


def test_two_tests_of_a_suite_never_share_a_name():
    root = ET.fromstring(junit_xml(a_card(findings=(a_finding(), a_finding()))))
    assert [case.get("name") for case in root.iter("testcase")] == ["safe-x: Is it so?", "safe-x: Is it so? (2)"]


# --- summary.md ---

RENDER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def test_nothing_that_a_vendor_wrote_is_rendered_in_the_summary():
    page = RENDER.render(summary_md(a_hostile_card(many=3)))
    assert set(re.findall(r"<(/?\w+)", page)) <= {tag for name in ("h2", "h3", "p", "strong", "ul", "li", "code") for tag in (name, f"/{name}")}
    assert re.findall(r"<h2>", page) == ["<h2>"]
    assert set(re.findall(r"<code>(.*?)</code>", page)) == {"scorecard.html", "scorecard.json", "tables.xlsx"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<strong>bold</strong>" not in page


def test_nothing_that_a_vendor_wrote_becomes_a_link_a_mention_a_reference_or_an_emoji():
    shown = re.sub(r"<[^>]+>", "", RENDER.render(plain(HOSTILE, 1_000)))
    for made_into_a_link in (r"https?://", r"www\.", r"\w@\w", r"@octocat", r"#1", r"GH-2", r":tada:", r"\$x\$", r"javascript:alert"):
        assert not re.search(made_into_a_link, shown), made_into_a_link
    assert "evil.example" in shown.replace("\N{WORD JOINER}", "")


@pytest.mark.parametrize("start", ["# a", "- a", "+ a", "1. a", "12) a", "> a", "===", "---", "    a", "```", "~~~", "* a", "| a | b |", "<b>a", "[a]: b"])
def test_a_text_of_others_starts_no_block(start):
    page = RENDER.render(f"- {plain(start)}\n")
    assert set(re.findall(r"<(\w+)", page)) == {"ul", "li"}
    assert re.sub(r"<[^>]+>", "", page).strip() == start.strip().replace(">", "&gt;").replace("<", "&lt;")


@pytest.mark.parametrize("role", ["vendor", "district", "state", "independent"])
def test_the_summary_of_an_enormous_audit_has_60_lines_at_most_and_says_that_a_self_test_approves_nothing(role):
    text = summary_md(a_hostile_card(role=role, many=400))
    assert len(text.splitlines()) <= 60
    assert SELF_TEST in text
    assert (f"**{SELF_TEST}**" in text) == (role == "vendor")
    assert ("Vendor's own test" in text.splitlines()[2]) == (role == "vendor")


def test_the_summary_tells_decision_measurements_conditions_gates_and_what_would_change_it():
    decision = Decision("approve_with_conditions", ("One thing is open.",), (Condition("Have a person look.", "human_review", "The principal", "2027-01-31", "safe-x"),),
                        (Change("80 more base items.", "items"),))
    findings = (a_finding("not_met", measured=True, because="Dialect: a gap.", subject="Tiny: Dialect"), a_finding("met", measured=True, because="Names: none."))
    gates = (Gate("safe-x", "Is it so?", False, "not_met", "No."), Gate("safe-y", "Is this?", None, "not_assessed", "Nobody knows."), Gate("safe-z", "Passed?", True, "met", "Yes."))
    text = summary_md(a_card(decision=decision, findings=findings, gates=gates))
    lines = text.splitlines()
    assert lines[0] == "## Stand-in 1: Approve with conditions"
    for line in ("- One thing is open.", "- **Difference beyond the margin:** Dialect: a gap. (Tiny: Dialect)", "- **Within the margin:** Names: none.",
                 "- Have a person look. (The principal, by 2027-01-31)", "### Gates: 1 passed, 1 not met, 1 open", "- **Not met:** Is it so? No.",
                 "- **Open:** Is this? Nobody knows.", "- 80 more base items."):
        assert line in lines
    assert "Passed?" not in text


# --- tables ---

def a_full_card() -> Scorecard:
    sensitivity = Sensitivity(False, 2.0, (ScoreRange("safe", 80.0, 70.0, 90.0),), ("pilot",), (MarginRange(0.5, 2.0, "pilot"),), "It does not hold.")
    group = GroupValue(set="tiny", by={}, attribute="dialect", group="AAE", measure="decision", statistic="selection_rate", value=0.5, low=0.4, high=0.6, n=60, items=60, missing=0,
                       suppressed=False)
    return msgspec.structs.replace(a_hostile_card(), sensitivity=sensitivity, groups=(group,))


def replies(count=2) -> tuple[list[Measurement], dict[str, Response]]:
    measured = [Measurement(f"p{i}", "tiny", f"i{i}", f"i{i}", {"dialect": "AAE"}, "decision", 1.0, None, None) for i in range(count)]
    return measured, {m.probe: Response(m.probe, HOSTILE, None, "", 0.5, 1, "2026-11-21T00:00:00Z") for m in measured}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machines")
    write_machines(folder, a_full_card(), *replies())
    return folder


TABLES = ("gates", "conditions", "changes", "steps", "waivers", "indicators", "findings", "disparities", "missingness", "groups", "omnibus", "texts", "evidence",
          "contradictions", "claims", "sensitivity", "responses")


def same(text: str) -> object:
    """A cell as it is compared: a number by its value, a text without the apostrophe that keeps it from being a formula."""
    return float(text) if re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", text) else text.lstrip("'").replace("\r\n", "\n")


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_every_table_has_its_columns_even_where_it_has_no_row(written):
    assert {p.stem for p in (written / "tables").glob("*.csv")} == set(TABLES)
    for name in TABLES:
        head, *rows = rows_of(written / "tables" / f"{name}.csv")
        assert head[0] == "auditor_role"
        assert len(head) > 3
        assert all(len(row) == len(head) and row[0] == "vendor" for row in rows)
    assert len(rows_of(written / "tables" / "claims.csv")) == 1


def test_no_cell_of_a_table_or_of_the_workbook_is_a_formula(written):
    for path in (written / "tables").glob("*.csv"):
        for cell in (cell for row in rows_of(path) for cell in row):
            assert not re.match(r"[=+@\t\r]", cell), (path.name, cell)
            assert not cell.startswith("-") or re.fullmatch(r"-[0-9.e+-]+", cell), (path.name, cell)
    with zipfile.ZipFile(written / "tables.xlsx") as book:
        sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == len(TABLES) + 1
    assert not any("<f>" in sheet or "<f " in sheet for sheet in sheets)


def test_the_workbook_holds_the_same_tables_one_sheet_each(written):
    book = load_workbook(written / "tables.xlsx")
    assert book.sheetnames[1:] == list(TABLES)
    for name in TABLES:
        head, *rows = rows_of(written / "tables" / f"{name}.csv")
        cells = [[str(c.value) if c.value is not None else "" for c in row] for row in book[name].iter_rows()]
        assert cells[0] == head
        assert len(cells) - 1 == len(rows)
        for one, other in zip(cells[1:], rows, strict=True):
            assert [same(text) for text in one] == [same(text) for text in other]
    assert "Vendor's own test" in book.worksheets[0]["A1"].value


def test_a_table_too_long_for_a_sheet_is_cut_there_and_the_first_sheet_says_so(tmp_path):
    write_machines(tmp_path, a_card(), *replies(MOST_ROWS + 1))
    book = load_workbook(tmp_path / "tables.xlsx", read_only=True)
    assert sum(1 for _ in book["responses"].iter_rows()) == MOST_ROWS + 1
    said = " ".join(str(row[0].value) for row in book.worksheets[0].iter_rows())
    assert "The sheet responses holds the first 5,000 of 5,001 rows; tables/responses.csv holds all." in said
    assert len(rows_of(tmp_path / "tables" / "responses.csv")) == MOST_ROWS + 2


def test_a_text_longer_than_a_cell_is_cut_in_the_workbook_and_whole_in_the_csv(tmp_path):
    write_machines(tmp_path, a_card(findings=(a_finding(because="\N{GRINNING FACE}" * 40_000),)), *replies())
    assert any(len(cell) == 40_000 for cell in rows_of(tmp_path / "tables" / "findings.csv")[1])
    assert load_workbook(tmp_path / "tables.xlsx")["findings"].max_row == 2


def test_the_sensitivity_is_a_table_of_scores_weights_and_margins():
    rows = tables_of(a_full_card(), *replies())["sensitivity"].rows
    assert [(r["kind"], r["low"], r["high"], r.get("status")) for r in rows] == [
        ("score", 70.0, 90.0, None), ("weights", 0.5, 2.0, "pilot"), ("margins", 0.5, 2.0, "pilot"),
    ]


def test_a_self_test_looks_different_in_every_file(tmp_path):
    for role in ("vendor", "district"):
        write_machines(tmp_path / role, a_card(role=role, findings=(a_finding(),)), *replies())
    said = r"""Vendor's own test|^"?vendor"?,"""
    for name in ("junit.xml", "summary.md", "tables/findings.csv", "tables/responses.csv"):
        one, other = ((tmp_path / role / name).read_text(encoding="utf-8-sig") for role in ("vendor", "district"))
        assert re.search(said, one, re.MULTILINE), name
        assert not re.search(said, other, re.MULTILINE), name


# --- JSON Schemas ---

@pytest.fixture(scope="module")
def real_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    write_set(folder / "tiny", items=30)
    (folder / "evidence").mkdir()
    (folder / "evidence" / "note.csv").write_text("name,value\nalpha,1\n", encoding="utf-8")
    (folder / "answers.toml").write_text(
        '[answers]\nsafe-agreement = { answer = "yes", evidence = "note.csv", by = "A. Person", date = 2026-11-20 }\n'
        '[evidence."note.csv"]\nwhat = "other"\n[[claims]]\nclaim = "It treats everybody alike."\nset = "tiny"\n', encoding="utf-8")
    plan = write_plan(folder, 'adapter = "scripted"\nbase_rate = 0.1\nfail = { "dialect=AAE" = 0.3 }\n', use='["safe", "inclusive"]\nanswers = "answers.toml"\nevidence = "evidence/"')
    result = audit("run", plan, "--out", folder / "run")
    assert result.returncode in (1, 3), result.stderr
    return folder


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_schema_is_valid_and_explains_each_object_and_what_to_do_with_a_field_it_does_not_know(name):
    schema = schemas()[name]
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["description"]
    for title, definition in schema["$defs"].items():
        assert definition["additionalProperties"] is False or definition["additionalProperties"]["description"], title
        for key, field in definition["properties"].items():
            shapeless = not field or (field.get("type") == "object" and "additionalProperties" not in field)
            assert not shapeless or field.get("description"), (title, key)


@pytest.mark.parametrize("name", ["results", "scorecard", "manifest", "run", "answers", "evidence"])
def test_what_a_run_writes_fits_its_schema(real_run, name):
    found = json.loads((real_run / "run" / f"{name}.json").read_text(encoding="utf-8"))
    assert found
    jsonschema.validate(found, schemas()[name])


def test_every_line_of_a_journal_fits_its_schema(real_run):
    lines = [json.loads(line) for line in (real_run / "run" / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {line["event"] for line in lines} == {"begin", "ask", "reply", "fail"}
    for line in lines:
        jsonschema.validate(line, schemas()["journal"])


def as_json(value):
    """A TOML table with its dates as texts, as JSON has them."""
    return json.loads(json.dumps(value, default=lambda day: day.isoformat()))


def test_answers_as_people_write_them_fit_their_schema_and_an_unknown_key_does_not(real_run, tmp_path):
    schema = schemas()["answers-toml"]
    assert audit("answers", "export", tmp_path / "empty.toml").returncode == 0
    for path in (real_run / "answers.toml", tmp_path / "empty.toml", ROOT / "audit" / "demo" / "answers.toml"):
        jsonschema.validate(as_json(tomllib.loads(path.read_text(encoding="utf-8"))), schema)
    for wrong in ({"answers": {"safe-x": {"answer": "yes", "where": "here"}}}, {"answer": {}}, {"answers": {"safe-x": ["yes"]}}, {"evidence": {"a.pdf": {"file": "a.pdf"}}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


@pytest.mark.parametrize(("name", "path", "value"), [("results", "schema", "edtech-equity-audit/results/2"), ("scorecard", "decision", {"status": "approved"}), ("manifest", "files", {"a": "b"})])
def test_a_schema_refuses_what_is_not_of_its_kind(real_run, name, path, value):
    found = json.loads((real_run / "run" / f"{name}.json").read_text(encoding="utf-8")) | {path: value}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, schemas()[name])


def test_a_field_of_a_later_version_is_no_error(real_run):
    found = json.loads((real_run / "run" / "scorecard.json").read_text(encoding="utf-8")) | {"added_later": 1}
    jsonschema.validate(found, schemas()["scorecard"])


# --- docs/ci.md ---

PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8") if (ROOT / "docs" / "ci.md").is_file() else ""
GITHUB, GITLAB = (yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
STEPS = GITHUB["jobs"]["equity-audit"]["steps"]
GAP, EVEN = 'gap = { "dialect=AAE" = 0.6 }\nbase_rate = 0.1', "base_rate = 0.0"


def commands() -> list[str]:
    scripts = [step["run"] for step in STEPS if "run" in step] + GITLAB["equity-audit"]["script"]
    return [line.strip() for script in scripts for line in script.splitlines() if re.match(r"\s*(audit|python|pip)\s", line)]


def test_the_documented_workflow_is_triggered_reads_only_and_keeps_its_results_whatever_came_out():
    assert set(GITHUB[True]) == {"push", "schedule", "workflow_dispatch"}   # YAML 1.1 reads the key "on" as true
    assert GITHUB["permissions"] == {"contents": "read"}
    keeping = next(step for step in STEPS if "upload-artifact" in step.get("uses", ""))
    assert keeping["if"] == "${{ !cancelled() }}"
    assert {"equity/run/junit.xml", "equity/run/summary.md", "equity/run/scorecard.json"} <= set(keeping["with"]["path"].split())
    assert GITLAB["equity-audit"]["artifacts"]["reports"]["junit"] == "equity/run/junit.xml"


def test_every_command_of_the_documented_workflows_exists():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert commands()
    for line in commands():
        words = line.split()
        if words[0] == "audit":
            known = subprocess.run([sys.executable, "-m", "audit", words[1], "--help"], capture_output=True, text=True, check=False, cwd=ROOT)
            assert known.returncode == 0, line
            assert all(option in known.stdout for option in words if option.startswith("--")), line
        else:
            assert words[:4] == ["python", "-m", "pip", "install"], line
            assert words[4].strip('"').split("==")[0] == project["name"], line


@pytest.fixture(scope="module")
def warm():
    """The commands with their libraries loaded: the workflow runs many."""
    with warm_checkout() as program:
        yield program


@pytest.mark.parametrize(("connect", "items", "plan", "code", "ends"), [
    (EVEN, 80, "", 0, 0), (GAP, 60, "", 1, 1), (EVEN, 60, "[unknown]\n", 2, 2), (EVEN, 8, "", 3, 0),
])
def test_the_commands_of_the_documented_workflow_work_on_a_stand_in(tmp_path, warm, connect, items, plan, code, ends):
    """The steps as a runner takes them, but for those that need a network: the actions and the installation."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("this test needs bash, which GitHub's runner uses")
    write_set(tmp_path / "equity" / "tiny", items=items)
    written = write_plan(tmp_path / "equity", f'adapter = "scripted"\n{connect}\n', role="vendor")
    written.write_text(written.read_text(encoding="utf-8") + plan, encoding="utf-8")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "audit").write_text(f'#!/bin/sh\nexec "{warm}" "$@"\n', encoding="utf-8")
    (tmp_path / "bin" / "audit").chmod(0o755)
    files = {name: str(tmp_path / name) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for path in files.values():
        Path(path).touch()
    environ = os.environ | files | {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    last = 0
    for step in (s for s in STEPS if "run" in s and "pip install" not in s["run"] and (code == 0 or "refs/tags" not in s.get("if", ""))):
        if last and step.get("if") != "${{ !cancelled() }}":
            continue
        outputs = dict(line.split("=", 1) for line in Path(files["GITHUB_OUTPUT"]).read_text(encoding="utf-8").splitlines())
        own = {key: re.sub(r"\$\{\{ steps\.audit\.outputs\.(\w+) \}\}", lambda m, known=outputs: known.get(m[1], ""), str(value)) for key, value in step.get("env", {}).items()}
        done = subprocess.run([bash, "-e", "-c", step["run"]], cwd=tmp_path, env=environ | own, capture_output=True, text=True, check=False, timeout=300)
        last = last or done.returncode
    outputs = Path(files["GITHUB_OUTPUT"]).read_text(encoding="utf-8")
    assert last == ends
    if code == 2:
        assert outputs == ""   # a broken plan ends the job at its check, before anything is asked
        return
    assert outputs == f"code={code}\n"
    assert (tmp_path / "equity" / "self-test.audit.zip").is_file() is (code == 0)   # the run of code 0 stands for a release
    assert SELF_TEST in Path(files["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")
    hold_to_the_schema((tmp_path / "equity" / "run" / "junit.xml").read_bytes())
