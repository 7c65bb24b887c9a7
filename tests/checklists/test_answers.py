"""Answers of every kind, from every format: good, bad, ill-formed with its place, and what counts as none."""

import datetime as dt
import hashlib

import openpyxl
import pytest

from audit.checklists import Profile, Tables, load_checklists, read_answers, rewrite
from audit.errors import ChecklistError
from audit.plan import INDICATORS
from tests.checklists.lists import TODAY, a_checklist, answers_in, findings_of
from tests.office import save_as


def one_line(error):
    assert "\n" not in str(error)
    return str(error)


def outcome(folder, name, answer, *, kind="toml", evidence=None, student_data="record"):
    """How one criterion comes out: met, not_met, not_assessed, not_applicable; or the error's line."""
    try:
        return findings_of(folder, {name: answer}, kind=kind, evidence=evidence, profile=Profile(student_data=(student_data,)))[name].outcome
    except ChecklistError as error:
        return one_line(error)


MET, NOT, OPEN = "met", "not_met", "not_assessed"


@pytest.mark.parametrize(("name", "answer", "expected"), [
    ("yes", "yes", MET), ("yes", "Yes.", MET), ("yes", " Y ", MET), ("yes", "no", NOT), ("yes", "", OPEN), ("yes", "  ", OPEN),
    ("no", "no", MET), ("no", "yes", NOT),
    ("choice", "Done by OTHERS", MET), ("choice", "done by us", NOT),
    ("days", "7", MET), ("days", "7.0 days", MET), ("days", "7 school days", MET), ("days", "1 day", MET), ("days", "3 d", MET), ("days", "6,5", MET),
    ("days", "8", NOT), ("days", "7.1", NOT), ("days", "1,000 days", NOT), ("days", "1,500.5", NOT),
    ("percent", "99.5", MET), ("percent", "99,9 %", MET), ("percent", "99.9 percent", MET), ("percent", "99.49%", NOT),
    ("plain", "1000", MET), ("plain", "1,000", MET), ("plain", "1,0", NOT),
    ("text", "See the policy.", MET), ("text", "None", MET), ("text", "", OPEN),
    ("maybe", "yes", MET),
])
@pytest.mark.parametrize("kind", ["toml", "csv", "xlsx"])
def test_how_an_answer_comes_out(tmp_path, name, answer, expected, kind):
    assert outcome(tmp_path, name, answer, kind=kind) == expected


@pytest.mark.parametrize(("name", "answer"), [
    ("yes", "maybe"), ("yes", "yes and no"), ("yes", "1"), ("choice", "by a friend"), ("days", "soon"), ("days", "7 years"), ("days", "7 y"), ("days", "5 s"),
    ("days", "72 hours"), ("days", "3-7"), ("days", "7 a"), ("days", "< 7"), ("days", "1e3"), ("days", "-1"), ("plain", "1.000"), ("percent", "101"), ("text", "\u200b"), ("text", "—"), ("text", "[TBD]"), ("text", "to be determined"), ("paper", "see attached"),
    ("plain", "7 days"), ("percent", "99.9.9"),
    ("future", "next year"), ("future", "11/21/2027"), ("future", "2027-02-30"), ("future", "2027-01-01 or so"), ("future", "20270101"),
    ("text", "TBD"), ("text", "?"), ("text", "don't know"), ("text", " - "),
])
@pytest.mark.parametrize("kind", ["toml", "csv", "xlsx"])
def test_an_ill_formed_answer_is_an_error_with_its_place(tmp_path, name, answer, kind):
    line = outcome(tmp_path, name, answer, kind=kind)
    assert f"'{name}': " in line
    assert "is not an answer to this question. Give " in line
    assert line.startswith(f"{tmp_path / 'answers.toml'} [answers.{name}]: " if kind == "toml" else f"{tmp_path}/answers.csv, row 2: " if kind == "csv" else f"{tmp_path}/answers.xlsx, sheet 'Sheet', cell C2: ")


@pytest.mark.parametrize(("name", "day", "expected"), [
    ("future", "2026-12-01", MET), ("future", "2026-11-30", NOT), ("future", "2026-11-29", NOT), ("future", "2027-01-01 00:00:00", MET),
    ("recent", "2026-11-30", MET), ("recent", "2025-11-30", MET), ("recent", "2025-11-29", NOT), ("recent", "2026-12-01", NOT),
])
def test_dates_at_the_boundary(tmp_path, name, day, expected):
    """Today is 30 November 2026: within 12 months begins on 30 November 2025, and tomorrow is not the past."""
    assert outcome(tmp_path, name, day) == expected


def test_typed_values_are_read_as_what_they_are(tmp_path):
    assert outcome(tmp_path, "yes", True) == MET
    assert outcome(tmp_path, "yes", True, kind="xlsx") == MET
    assert outcome(tmp_path, "days", 7) == MET
    assert outcome(tmp_path, "days", 7.5, kind="xlsx") == NOT
    assert outcome(tmp_path, "future", dt.date(2027, 1, 1)) == MET
    assert outcome(tmp_path, "future", dt.date(2027, 1, 1), kind="xlsx") == MET


@pytest.mark.parametrize("said", ["not applicable", "N/A", "n/a.", "NA"])
def test_not_applicable_needs_permission_and_a_reason(tmp_path, said):
    assert outcome(tmp_path, "maybe", {"answer": said, "note": "No accounts."}) == "not_applicable"
    assert "'maybe' is not applicable without a reason" in outcome(tmp_path, "maybe", {"answer": said, "note": " "})
    assert "'yes' cannot be not applicable" in outcome(tmp_path, "yes", {"answer": said, "note": "No accounts."})
    assert "'text' cannot be not applicable" in outcome(tmp_path, "text", {"answer": said, "note": "No accounts."})


def test_a_question_about_records_applies_only_where_there_are_records(tmp_path):
    assert outcome(tmp_path, "records", "no", student_data="none") == "not_applicable"
    assert outcome(tmp_path, "records", "no", student_data="sensitive") == NOT
    assert outcome(tmp_path, "records", "", student_data="record") == OPEN


def test_every_question_without_an_answer_is_not_assessed_and_never_met(tmp_path):
    found = findings_of(tmp_path, {}).values()
    assert {f.outcome for f in found} == {OPEN}
    assert {f.assurance for f in found} == {None}
    assert len(found) == 12


def test_what_is_said_of_an_answer_is_a_sentence_and_keeps_the_answer_as_given(tmp_path):
    given = {"text": {"answer": "See ../policy... and v1..2", "note": "Asked Ms. B."}, "days": "8 days", "choice": "done by us"}
    found = {name: f.because for name, f in findings_of(tmp_path, given).items()}
    assert found["text"] == "See ../policy... and v1..2. Note: Asked Ms. B."
    assert found["days"] == "The answer is 8 school days; wanted is <= 7 school days."
    assert found["choice"] == "The answer is 'done by us'."


# ---------------------------------------------------------------- evidence


def proof(folder, name, answer, evidence):
    (found,) = findings_of(folder, {name: answer}, evidence=evidence)[name].evidence
    return found


def test_a_file_is_proof_with_its_hash_and_a_link_and_a_place_are_proof_in_words(tmp_path):
    (tmp_path / "evidence" / "sub").mkdir(parents=True)
    (tmp_path / "evidence" / "sub" / "dpa v2.pdf").write_bytes(b"signed")
    found = proof(tmp_path, "yes", {"answer": "yes", "evidence": "sub/dpa v2.pdf"}, tmp_path / "evidence")
    assert (found.kind, found.what, found.sha256) == ("file", "sub/dpa v2.pdf", hashlib.sha256(b"signed").hexdigest())
    assert proof(tmp_path, "paper", "sub/dpa v2.pdf", tmp_path / "evidence").sha256 == hashlib.sha256(b"signed").hexdigest()
    link = proof(tmp_path, "paper", {"answer": "here", "evidence": "https://example.com/dpa.pdf"}, None)
    assert (link.kind, link.sha256) == ("link", None)


@pytest.mark.parametrize("words", ["Clause 3.12", "NDPA, version 2.10", "Article V, page 4", "example.com", "See section 7 of the contract." + " x" * 300])
def test_a_place_in_words_is_taken_for_no_file(tmp_path, words):
    (tmp_path / "evidence").mkdir()
    found = proof(tmp_path, "yes", {"answer": "yes", "evidence": words}, tmp_path / "evidence")
    assert (found.kind, found.what, found.sha256) == ("text", words, None)


@pytest.mark.parametrize("name", ["dpa.pdf", "The agreement.DOCX", "sub/list.xlsx"])
@pytest.mark.parametrize("folder", [True, False])
def test_a_file_that_is_not_there_is_an_error_with_its_place(tmp_path, name, folder):
    line = outcome(tmp_path, "yes", {"answer": "yes", "evidence": name}, evidence=tmp_path / "evidence" if folder else None)
    assert f"[answers.yes]: the evidence file {name!r} is not there" in line


@pytest.mark.parametrize(("answer", "said"), [("yes", "is not an answer to this question"), ("dpa.pdf", "is not there"), ("in the drawer", "is not there")])
def test_a_question_for_a_file_is_not_met_by_words(tmp_path, answer, said):
    assert said in outcome(tmp_path, "paper", answer, evidence=tmp_path)


@pytest.mark.parametrize("name", ["../private.pdf", "/etc/passwd", "sub/../../private.pdf"])
def test_evidence_outside_the_folder_is_refused(tmp_path, name):
    (tmp_path / "evidence").mkdir()
    (tmp_path / "private.pdf").write_bytes(b"x")
    assert "lies outside evidence/" in outcome(tmp_path, "yes", {"answer": "yes", "evidence": name}, evidence=tmp_path / "evidence")


def test_how_sure_we_are_follows_from_the_proof(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"x")
    given = {"yes": {"answer": "yes", "evidence": "a.pdf"}, "no": {"answer": "no", "evidence": "Clause 3"}, "choice": "done by us",
             "text": {"answer": "x y", "evidence": "https://example.com"}}
    found = {name: f.assurance for name, f in findings_of(tmp_path, given, evidence=tmp_path).items()}
    assert {name: found[name] for name in given} == {"yes": "supplied", "no": "documented", "choice": "claimed", "text": "documented"}


# ---------------------------------------------------------------- the files


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_unknown_question_and_one_answered_twice_are_refused_by_row(tmp_path, kind):
    with pytest.raises(ChecklistError, match=r"(?:row 3|cell C3): unknown criterion 'choise'. Did you mean 'choice'\?"):
        answers_in(tmp_path, {"yes": "yes", "choise": ""}, kind=kind)
    path = tmp_path / "twice.csv"
    path.write_text("criterion,answer\nyes,yes\nno,no\nyes,no\n", encoding="utf-8")
    with pytest.raises(ChecklistError, match=r"twice.csv, row 2 and .*twice.csv, row 4: the criterion 'yes' is answered twice"):
        read_answers(path, [a_checklist()], TODAY)


@pytest.mark.parametrize(("toml", "said"), [
    ("[answers.yes]\nanswr = 1", "unknown key 'answr'. Did you mean 'answer'?"), ("[answer.yes]\nanswer = 1", "unknown key 'answer'"),
    ("[answers.yes]\nnote = 'x'", "missing key 'answer'"), ("[answers.yes]\nanswer = ['yes']", "an answer is one text, number, date"),
    ("[answers.yes]\nanswer = 'yes'\nwhere = 'x'", "unknown key 'where'"), ("[answers.yes]\nanswer = 'yes'\nproof = 'x'", "unknown key 'proof'"),
    ("answers = 3", "unknown key 'answers'"), ("[answers", "not valid TOML"), ("[answers.nope]\nanswer = ''", "unknown criterion 'nope'"),
])
def test_a_wrong_answers_toml_is_refused(tmp_path, toml, said):
    path = tmp_path / "answers.toml"
    path.write_text(toml, encoding="utf-8")
    with pytest.raises(ChecklistError) as caught:
        read_answers(path, [a_checklist()], TODAY)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bare_value_is_an_answer_in_toml(tmp_path):
    path = tmp_path / "answers.TOML"
    path.write_text("[answers]\nyes = true\ndays = 3\n", encoding="utf-8")
    assert {k: a.answer for k, a in read_answers(path, [a_checklist()], TODAY).answers.items()} == {"yes": "yes", "days": "3"}


def test_the_shipped_workbook_is_filled_in_libreoffice_and_read_back(tmp_path):
    lists = load_checklists(INDICATORS, (), tmp_path)
    rewrite(tmp_path / "answers.xlsx", lists, Tables())
    assert read_answers(tmp_path / "answers.xlsx", lists, TODAY).answers == {}
    book = openpyxl.load_workbook(tmp_path / "answers.xlsx")
    assert [s.title for s in book.worksheets] == ["How to fill this in", *(one.title for one in lists), "Evidence", "Claims", "Choices"]
    sheet = book["Safe"]
    column = {cell.value: cell.column for cell in sheet[1]}
    assert sheet.max_row - 1 == len(lists[0].criteria)
    typed = {"safe-off-switch": True, "safe-breach-notice": 3}
    for row in sheet.iter_rows(min_row=2):
        name = row[column["criterion"] - 1].value
        if name in typed:
            row[column["answer"] - 1].value = typed[name]
            row[column["date"] - 1].value = dt.date(2026, 11, 21)
    book["Claims"].append(["It treats every student alike.", "https://example.org/claims"])
    book.save(tmp_path / "answers.xlsx")
    ods = save_as(tmp_path / "answers.xlsx", "ods", tmp_path / "a")
    back = read_answers(save_as(ods, "xlsx", tmp_path / "b"), lists, TODAY)
    assert {name: answer.answer.lower() for name, answer in back.answers.items()} == {"safe-off-switch": "true", "safe-breach-notice": "3"}
    assert [(c.claim, c.said_in) for c in back.claims] == [("It treats every student alike.", "https://example.org/claims")]
