"""`audit answers` and `audit evidence` as a person uses them: out, in, one by one, checked; and what each says of what is wrong."""

import json
from pathlib import Path

import openpyxl
import pytest
import tomli_w
from typer.testing import CliRunner

from audit.checklists import criteria_of, load_checklists, read_tables
from audit.cli import app
from audit.errors import AuditError
from audit.plan import INDICATORS
from tests.audits import audit, write_plan, write_set

FAIR = 'adapter = "scripted"\nbase_rate = 0.1\n'


def run(*arguments, input=None):
    """Run a command in this process; return (exit code, what it printed, the error's line)."""
    result = CliRunner().invoke(app, [str(a) for a in arguments], input=input)
    if isinstance(result.exception, AuditError):
        return result.exception.exit_code, result.stdout, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.stdout, ""


def write_answers(path: Path, answers, **more):
    path.write_text(tomli_w.dumps({"answers": answers} | more), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["xlsx", "csv", "toml"])
def test_export_writes_each_format_with_the_answers_put_in_and_replaces_no_file(tmp_path, kind):
    source = write_answers(tmp_path / "given.toml", {"safe-agreement": {"answer": "yes", "evidence": "Clause 3", "by": "R. Alder", "date": "2026-11-01"}})
    code, out, _ = run("answers", "export", tmp_path / f"out.{kind}", "--from", source)
    assert code == 0
    assert "1 answered" in out
    assert dict(read_tables(tmp_path / f"out.{kind}").answers)["safe-agreement"].by == "R. Alder"
    code, _, line = run("answers", "export", tmp_path / f"out.{kind}")
    assert (code, "there is a file already" in line) == (2, True)


def test_the_workbook_offers_choices_and_explains_each_question(tmp_path):
    run("answers", "export", tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    known = criteria_of(load_checklists(INDICATORS, (), Path()))
    offered = {}
    for sheet in book.worksheets:
        names = [c.value for c in sheet[1]]
        if "answer" not in names:
            continue
        column = openpyxl.utils.get_column_letter(names.index("answer") + 1)
        for rule in sheet.data_validations.dataValidation:
            for cells in str(rule.sqref).split():
                first, _, last = cells.partition(":")
                for row in range(int(first.removeprefix(column)), int((last or first).removeprefix(column)) + 1):
                    offered[sheet.cell(row, 1).value] = rule.formula1
        for row in sheet.iter_rows(min_row=2, values_only=True):
            cells = dict(zip(names, row, strict=True))
            assert all(cells[name] for name in ("question", "why", "evidence wanted", "kind", "what good looks like"))
            assert bool(cells["when it applies"]) is bool(known[cells["criterion"]].when != type(known[cells["criterion"]].when)())
    assert offered["safe-agreement"] == '"yes,no"'
    assert set(offered) == {n for n, c in known.items() if c.answer in ("yes_no", "choice")}


def test_export_in_the_order_of_a_framework_gives_the_same_answers(tmp_path):
    source = write_answers(tmp_path / "given.toml", {"safe-risk-management": {"answer": "yes", "note": "=1+1"}})
    code, out, _ = run("answers", "export", tmp_path / "rmf.csv", "--from", source, "--crosswalk", "nist-ai-rmf", "--format", "json")
    assert code == 0
    rows = json.loads(out)["rows"]
    refs = list(dict.fromkeys(row["reference"] for row in rows))
    assert refs == sorted(refs, key=lambda r: (["GOVERN", "MAP", "MEASURE", "MANAGE"].index(r.split()[0]), [int(n) for n in r.split()[1].split(".")]))
    assert {row["answer"] for row in rows if row["criterion"] == "safe-risk-management"} == {"yes"}
    assert "'=1+1" in (tmp_path / "rmf.csv").read_text(encoding="utf-8-sig")
    code, _, line = run("answers", "export", tmp_path / "x.csv", "--crosswalk", "nist-ai-rfm")
    assert (code, "Did you mean 'nist-ai-rmf'?" in line) == (2, True)


# ---------------------------------------------------------------- one by one


def test_fill_asks_what_is_open_saves_each_answer_and_goes_on(tmp_path):
    file = tmp_path / "a.toml"
    typed = "Robin Alder, vendor\n?\nmaybe\nyes\nClause 3\n\nq\n"
    code, out, _ = run("answers", "fill", file, input=typed)
    assert code == 3
    assert "Why: " in out
    assert "is not an answer to this question. Give yes or no" in out + run_error(tmp_path, typed)
    (first,) = given(file)
    assert (first[1].answer, first[1].evidence, first[1].by, first[1].edition) == ("yes", "Clause 3", "Robin Alder, vendor", "2026-11-22")
    code, out, _ = run("answers", "fill", file, "--by", "A. Birch", input="no\n\nnot signed yet\n")
    assert code == 3
    assert first[0] not in out
    assert [a.by for _, a in given(file)] == ["Robin Alder, vendor", "A. Birch"]


def given(file):
    """The answers in a file, without the questions that are open."""
    return [(name, answer) for name, answer in read_tables(file).answers if answer.answer]


def run_error(folder, typed):
    """What the same session says on standard error."""
    result = CliRunner().invoke(app, ["answers", "fill", str(folder / "again.toml")], input=typed)
    return result.stderr


def test_fill_skips_what_does_not_apply_and_can_ask_one_side_only(tmp_path):
    write_set(tmp_path / "tiny")
    plan = write_plan(tmp_path, FAIR)
    text = plan.read_text(encoding="utf-8").replace("version = ", 'student_data = "none"\naudience = ["teachers"]\nfeatures = []\nversion = ').replace("use = []", 'use = ["safe"]')
    plan.write_text(text, encoding="utf-8")
    code, out, _ = run("answers", "fill", tmp_path / "a.csv", "--plan", plan, "--by", "X", "--who", "vendor", input="\n" * 200)
    assert "[safe-agreement;" not in out
    assert "[safe-parental-consent;" not in out
    assert "[safe-off-switch;" in out
    assert code == 3
    code, _, line = run("answers", "fill", tmp_path / "a.csv", "--who", "board")
    assert (code, "is none of its values" in line) == (2, True)


# ---------------------------------------------------------------- import


def test_an_openacr_report_is_carried_in_and_keeps_the_answers_that_stand(tmp_path):
    report = Path(__file__).parents[2] / "../shared/data/openacr-drupal-9.yaml"
    if not report.is_file():
        pytest.skip("shared/data is not here: no real OpenACR report to import")
    into = write_answers(tmp_path / "a.toml", {"inclusive-report-coverage": "12"})
    code, out, _ = run("answers", "import", report, "--into", into, "--format", "json")
    assert code == 0
    said = json.loads(out)
    assert "inclusive-report-coverage" in said["kept"]
    assert dict(read_tables(into).answers)["inclusive-report-coverage"].answer == "12"
    assert said["not_carried"]


def test_a_form_of_ones_own_is_carried_by_its_map(tmp_path):
    (tmp_path / "form.csv").write_text("No,Reply,Remark\nQ1,Yes,\nQ2,No,\nQ3,Yes,\n", encoding="utf-8")
    entries = [{"ref": "Q1", "about": "agreement", "criteria": ["safe-agreement"], "carries": "same"}, {"ref": "Q2", "about": "sells data", "criteria": ["safe-no-ads-or-sale"], "carries": "opposite"}]
    table = {"id": "ours", "title": "Lakeside form", "edition": "3", "as_of": "2026-11-22", "confidence": "verified", "about": "Ours.", "form": {"id": "No", "answer": "Reply", "note": "Remark"}, "entries": entries}
    (tmp_path / "map.toml").write_text(tomli_w.dumps(table), encoding="utf-8")
    code, out, _ = run("answers", "import", tmp_path / "form.csv", "--map", tmp_path / "map.toml", "--into", tmp_path / "a.xlsx")
    assert code == 0
    assert "2 answers carried" in out
    assert "Q3" in out
    found = dict(read_tables(tmp_path / "a.xlsx").answers)
    assert (found["safe-agreement"].answer, found["safe-no-ads-or-sale"].answer) == ("yes", "yes")
    assert found["safe-agreement"].origin.startswith("Lakeside form Q1")
    code, _, line = run("answers", "import", tmp_path / "form.csv", "--as", "form", "--into", tmp_path / "b.xlsx")
    assert (code, "needs its map" in line) == (2, True)


# ---------------------------------------------------------------- check


def test_check_says_what_is_open_what_contradicts_and_what_the_files_show(tmp_path):
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    (evidence / "keys.json").write_text('{"keys": [{"kty": "oct", "k": "AAAA", "kid": "1"}]}', encoding="utf-8")
    (evidence / "spare.pdf").write_bytes(b"%PDF-1.7")
    file = write_answers(tmp_path / "a.toml", {"interoperable-signing-keys": {"answer": "yes", "evidence": "keys.json"}, "safe-agreement": {"answer": "yes", "edition": "2026-01"}})
    code, out, _ = run("answers", "check", file, "--evidence", evidence)
    assert code == 1
    assert "keys.json" in out
    assert "spare.pdf" in out
    assert "Since the edition that was answered" in out
    said = json.loads(run("answers", "check", file, "--evidence", evidence, "--format", "json")[1])
    finding = next(f for f in said["findings"] if f["criterion"] == "interoperable-signing-keys")
    assert finding["outcome"] == "not_met"
    assert said["evidence"]["keys.json"]["check"]["facts"]["private_keys"] == 1


def test_a_file_with_what_looks_like_real_students_is_refused(tmp_path):
    evidence = tmp_path / "evidence"
    evidence.mkdir()
    (evidence / "export.csv").write_text("student_id,first name,last name,dob,email\n4471,Robin,Alder,2014-05-06,robin.alder@lakesideschools.us\n", encoding="utf-8")
    file = write_answers(tmp_path / "a.toml", {"interoperable-export": {"answer": "yes", "evidence": "export.csv"}})
    code, _, line = run("answers", "check", file, "--evidence", evidence)
    assert code == 2
    assert "seems to hold real people's data" in line
    assert "robin" not in line.lower()
    code, out, _ = run("evidence", "check", evidence)
    assert code == 1
    assert "refused as evidence" in out


def test_a_run_keeps_answers_findings_and_the_files_that_may_be_passed_on(tmp_path):
    write_set(tmp_path / "tiny")
    plan = write_plan(tmp_path, FAIR, use='["safe"]\nanswers = "a.toml"\nevidence = "evidence"')
    (tmp_path / "evidence").mkdir()
    for name in ("dpa.pdf", "secret.pdf"):
        (tmp_path / "evidence" / name).write_bytes(b"%PDF-1.7 " + name.encode())
    write_answers(
        tmp_path / "a.toml", {"safe-agreement": {"answer": "yes", "evidence": "dpa.pdf"}, "safe-security-report": {"answer": "2026-09-01", "evidence": "secret.pdf"}},
        evidence={"dpa.pdf": {"what": "agreement", "issuer": "Nobody and Lakeside", "issued": "2026-09-01"}, "secret.pdf": {"what": "report", "confidential": "yes", "issued": "2026-09-01"}},
        claims=[{"claim": "Alike for all.", "said_in": "https://example.org", "set": "tiny", "attribute": "dialect"}],
    )
    result = audit("run", plan, "--out", tmp_path / "run")
    assert result.returncode in (1, 3), result.stderr
    assert (tmp_path / "run" / "evidence" / "dpa.pdf").is_file()
    assert not (tmp_path / "run" / "evidence" / "secret.pdf").exists()
    card = json.loads((tmp_path / "run" / "scorecard.json").read_text(encoding="utf-8"))
    assert {e["check"]["file"]: len(e["check"]["sha256"]) for e in card["evidence"]} == {"dpa.pdf": 64, "secret.pdf": 64}
    (claim,) = card["claims"]
    assert claim["claim"]["claim"] == "Alike for all."
    assert claim["outcome"] in ("within_margin", "inconclusive", "gap_found")
    page = (tmp_path / "run" / "scorecard.html").read_text(encoding="utf-8")
    assert "Alike for all." in page
    assert "The ladder of assurance" in page


def test_the_lists_name_overlays_crosswalks_and_kinds_of_evidence():
    for kind, some in (("overlays", "us-ny"), ("crosswalks", "nist-ai-rmf"), ("evidence", "oneroster")):
        rows = json.loads(run("list", kind, "--format", "json")[1])
        assert some in {row["name"] for row in rows}
