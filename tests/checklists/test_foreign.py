"""Answers of another form: what is carried, what is only listed, and how a form with an id column is read. Every form here is invented."""

import datetime as dt

import openpyxl
import pytest

from audit.checklists.foreign import Carried, Crosswalk, Entry, ForeignAnswer, Form, carry, load_crosswalk, read_mapping
from audit.errors import ChecklistError
from tests.builders import a_criterion

CRITERIA = {c.id: c for c in (
    a_criterion(id="yes"), a_criterion(id="no", good="no"), a_criterion(id="maybe", not_applicable_ok=True),
    a_criterion(id="days", answer="number", good="<= 7", unit="days"), a_criterion(id="until", answer="date", good="in the future"),
    a_criterion(id="choice", answer="choice", good=("by others",), choices=("by others", "by us")),
    a_criterion(id="text", answer="text", good="given"), a_criterion(id="paper", answer="file", good="given"),
)}


def a_crosswalk(*entries, form=None):
    return Crosswalk("form", "A form", "1", "2026-11-22", "general knowledge", "Invented.", tuple(Entry(about="x", **e) for e in entries), form)


def one(ref, answer, note="", **more):
    return ForeignAnswer(ref, answer, note, f"row {ref}", **more)


def outcome(answer, carries, criterion, note="", **entry):
    """The answer that one foreign answer becomes, or the reason why none."""
    walk = a_crosswalk({"ref": "A-01", "criteria": (criterion,), "carries": carries} | entry)
    carried, left = carry([one("A-01", answer, note)], walk, CRITERIA, "Form 1")
    assert len(carried) + len(left) == 1
    return carried[0].answer if carried else left[0]


@pytest.mark.parametrize(("answer", "carries", "criterion", "ours"), [
    ("Yes", "same", "yes", "yes"), ("No", "same", "yes", "no"), (" y ", "same", "no", "yes"), ("true", "same", "yes", "yes"),
    ("Yes", "opposite", "yes", "no"), ("no.", "opposite", "yes", "yes"),
    ("5", "value", "days", "5"), ("5 days", "value", "days", "5 days"), ("2027-01-31", "value", "until", "2027-01-31"),
    ("By Others", "value", "choice", "By Others"), ("See our site.", "value", "text", "See our site."),
])
def test_an_answer_is_carried_in_our_words(answer, carries, criterion, ours):
    assert outcome(answer, carries, criterion) == ours


@pytest.mark.parametrize(("answer", "carries", "criterion", "because"), [
    ("Yes", "note", "yes", "only a note for yes: Yes"), ("Yes", None, "yes", "the crosswalk only points to yes"),
    ("Partly", "same", "yes", "yes asks for yes or no, not for: Partly"), ("Yes, mostly", "opposite", "yes", "yes asks for yes or no, not for: Yes, mostly"),
    ("Yes", "same", "days", "days asks for a number of days, not for: Yes"), ("soon", "value", "days", "days asks for a number of days, not for: soon"),
    ("72 hours", "value", "days", "days asks for a number of days, not for: 72 hours"),
    ("next year", "value", "until", "until asks for a date as 2026-11-21, not for: next year"),
    ("Yes", "same", "choice", "choice asks for one of: by others; by us, not for: Yes"), ("Yes", "same", "text", "text asks for a text, not for: Yes"),
    ("policy.pdf", "value", "paper", "paper asks for a file, not for: policy.pdf"), ("Yes", "same", "other", "other is not asked in this audit"),
    ("", "same", "yes", "no answer is given"),
])
def test_what_does_not_answer_our_question_is_listed_with_the_reason(answer, carries, criterion, because):
    left = outcome(answer, carries, criterion)
    assert (left.ref, left.where, left.because) == ("A-01", "row A-01", because)
    assert left.criterion == (criterion if criterion in CRITERIA and carries and answer else "")
    assert (f"A-01 (x): {answer}" in left.beside) is bool(left.criterion)


def test_words_of_the_form_become_ours_and_other_words_stay_notes():
    words = {"In part": "no", "Fully": "yes"}
    assert outcome("in  part.", "same", "yes", answers=words) == "no"
    assert outcome("FULLY", "same", "yes", answers=words) == "yes"
    assert outcome("Yes", "same", "yes", answers=words).because == "it does not settle yes, which asks for more: Yes"
    assert outcome("No", "same", "yes", answers={"No": "no"}) == "no"
    assert outcome("true", "same", "yes", "It is so.", answers={"No": "no"}).because == "it does not settle yes, which asks for more: true (It is so.)"
    assert outcome("Yes", "value", "choice", answers={"Yes": "by us"}) == "by us"
    assert outcome("Yes", "same", "choice", answers={"Yes": "by them"}).because == "choice asks for one of: by others; by us, not for: Yes"


def test_not_applicable_is_carried_where_we_allow_it_and_a_reason_is_given():
    assert outcome("N/A", "same", "maybe", "No accounts.") == "not applicable"
    assert outcome("n/a.", "opposite", "maybe", "No accounts.") == "not applicable"
    assert outcome("N/A", "same", "maybe").because == "not applicable to maybe, but no reason is given"
    assert outcome("N/A", "same", "yes", "No accounts.").because == "yes cannot be not applicable: N/A (No accounts.)"
    assert outcome("N/A", "value", "days", "No accounts.").because == "days cannot be not applicable: N/A (No accounts.)"
    assert outcome("N/A", "note", "maybe", "No accounts.").because == "only a note for maybe: N/A (No accounts.)"


def test_an_answer_from_which_it_follows_is_reason_enough():
    walk = a_crosswalk({"ref": "A-01", "criteria": ("maybe",), "carries": "same", "answers": {"No": "not applicable"}})
    carried, left = carry([one("A-01", "No")], walk, CRITERIA, "Form 1")
    assert carried == [Carried("maybe", "not applicable", "Form 1 A-01 is answered with 'No'.", "Form 1 A-01, row A-01")]
    assert left == []


def test_answers_that_agree_become_one_with_both_origins_and_notes():
    walk = a_crosswalk({"ref": "A-01", "criteria": ("yes",), "carries": "same"}, {"ref": "A-02", "criteria": ("yes",), "carries": "opposite"})
    carried, left = carry([one("A-01", "Yes", "So."), one("a-02", "No", "Thus.")], walk, CRITERIA, "Form 1")
    assert carried == [Carried("yes", "yes", "So.; Thus.", "Form 1 A-01, row A-01; Form 1 a-02, row a-02")]
    assert left == []


def test_answers_that_contradict_each_other_are_all_left_out_and_listed():
    walk = a_crosswalk(
        {"ref": "A-01", "criteria": ("yes", "no"), "carries": "same"}, {"ref": "A-02", "criteria": ("yes",), "carries": "same"},
    )
    carried, left = carry([one("A-02", "No"), one("A-01", "Yes")], walk, CRITERIA, "Form 1")
    assert [(c.criterion, c.answer) for c in carried] == [("no", "yes")]
    assert [n.ref for n in left] == ["A-02", "A-01"]
    assert {n.because for n in left} == {"the answers to yes contradict each other: A-02 means 'no', A-01 means 'yes'"}


def test_what_nothing_of_ours_asks_and_what_cannot_be_read_is_listed_in_the_order_of_the_form():
    walk = a_crosswalk({"ref": "A-02", "criteria": ("yes", "no"), "carries": "same"})
    given = [one("B-09", "Yes"), one("A-02", "", problem="the cell C3 holds the spreadsheet error #NAME?"), one("A-01", "Yes")]
    carried, left = carry(given, walk, CRITERIA, "Form 1")
    assert carried == []
    assert [(n.ref, n.because) for n in left] == [
        ("B-09", "no question of ours asks this"), ("A-02", "the cell C3 holds the spreadsheet error #NAME?"), ("A-01", "no question of ours asks this"),
    ]


def test_a_form_that_says_nothing_answers_nothing():
    assert carry([], a_crosswalk({"ref": "A-01", "criteria": ("yes",), "carries": "same"}), CRITERIA, "Form 1") == ([], [])


def test_a_note_of_any_length_fits_into_a_cell_and_a_reason_onto_a_line():
    carried, _ = carry([one("A", "Yes", "n" * 40_000)], a_crosswalk({"ref": "A", "criteria": ("yes",), "carries": "same"}), CRITERIA, "F")
    assert len(carried[0].note) == 8_000
    _, left = carry([one("A", "Yes", "a\nb" * 9_000)], a_crosswalk({"ref": "A", "criteria": ("yes",), "carries": "note"}), CRITERIA, "F")
    assert "\n" not in left[0].because
    assert len(left[0].because) < 400


TOML = """id = "local"
title = "A local form"
edition = "1"
as_of = "2026-11-22"
confidence = "general knowledge"
about = "Invented."
[form]
id = "No."
answer = "Answer"
note = "Additional Information"
[[entries]]
ref = "A-01"
about = "x"
criteria = ["yes"]
carries = "same"
"""


def written(folder, text):
    path = folder / "crosswalk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_crosswalk_file_says_how_to_read_and_what_to_carry(tmp_path):
    walk = load_crosswalk(written(tmp_path, TOML), ChecklistError)
    assert walk.form == Form("No.", "Answer", "Additional Information")
    assert walk.entries == (Entry("A-01", "x", ("yes",), "same"),)


@pytest.mark.parametrize(("old", "new", "line"), [
    ('"2026-11-22"', '"soon"', "as_of = 'soon' is no date. Write it as 2026-11-22."),
    ('carries = "same"', 'carries = "sane"', "'sane' is none of its values. Did you mean 'same'?"),
    ('carries = "same"', 'carry = "same"', "unknown key 'carry'"),
    ('carries = "same"', 'carries = "note"\nanswers = { Yes = "yes" }', "the entry 'A-01' has answers, but carries none."),
    ('["yes"]', '["yes", "yes"]', "the entry 'A-01' names 'yes' twice."),
    ('carries = "same"', 'carries = "same"\n[[entries]]\nref = "a-01"\nabout = "y"\ncriteria = ["yes"]', "the entry 'a-01' names 'yes' twice."),
    ('title = "A local form"\n', "", "missing key 'title'"),
    ('id = "local"', "id =", "not valid TOML"),
])
def test_an_ill_made_crosswalk_is_one_clear_error(tmp_path, old, new, line):
    path = written(tmp_path, TOML.replace(old, new, 1))
    with pytest.raises(ChecklistError) as caught:
        load_crosswalk(path, ChecklistError)
    assert line in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def a_book(folder, sheets, *, hidden=()):
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    path = folder / "form.xlsx"
    book.save(path)
    return path


HEAD = ["No.", "Question", "Answer", "Additional  information"]


def form_walk(sheet=""):
    return a_crosswalk(form=Form("No.", "Answer", "Additional Information", sheet))


def test_a_sheet_is_read_from_its_header_on_wherever_that_stands(tmp_path):
    path = a_book(tmp_path, {"Cover": [["Our form"]], "Part 1": [["Part 1"], [], HEAD, ["A-01", "?", "Yes", "So."], ["A-02", "?", None, None], HEAD, ["A-03", "?", 5]]})
    assert read_mapping(path, form_walk(), ChecklistError) == [
        ForeignAnswer("A-01", "Yes", "So.", "sheet 'Part 1', cell C4"), ForeignAnswer("A-03", "5", "", "sheet 'Part 1', cell C7"),
    ]


def test_only_visible_sheets_count_or_the_one_that_is_named(tmp_path):
    path = a_book(tmp_path, {"Old": [HEAD, ["A-01", "?", "No"]], "New": [HEAD, ["A-01", "?", "Yes"]], "More": [HEAD, ["A-02", "?", "Yes"]]}, hidden=["Old"])
    assert [(a.ref, a.answer) for a in read_mapping(path, form_walk(), ChecklistError)] == [("A-01", "Yes"), ("A-02", "Yes")]
    assert [a.ref for a in read_mapping(path, form_walk("More"), ChecklistError)] == ["A-02"]
    with pytest.raises(ChecklistError, match=r"there is no sheet 'Mor'. Did you mean 'More'\?"):
        read_mapping(path, form_walk("Mor"), ChecklistError)


def test_formulas_without_a_result_errors_and_hidden_cells_are_told_from_empty_cells(tmp_path):
    path = a_book(tmp_path, {"S": [
        HEAD, ["A-01", "?", "=B1", "x"], ["A-02", "?", "#NAME?"], ["A-03", "?", None], ["A-04", "?", "N/A", "=B1"], ["A-05", "?", "Yes", "=B1"], ["A-06", "?", "Yes"],
    ]})
    book = openpyxl.load_workbook(path)
    book["S"].row_dimensions[7].hidden = True
    book.save(path)
    found = {a.ref: a for a in read_mapping(path, form_walk(), ChecklistError)}
    uncalculated = "the formula in cell {} has no saved result: open the workbook, save it, and import it again"
    assert found["A-01"] == ForeignAnswer("A-01", "", "x", "sheet 'S', cell C2", uncalculated.format("C2"))
    assert found["A-02"].problem == "the cell C3 holds the spreadsheet error #NAME?"
    assert "A-03" not in found
    assert found["A-04"].problem == f"not applicable, and the reason cannot be read: {uncalculated.format('D5')}"
    assert found["A-05"] == ForeignAnswer("A-05", "Yes", f"({uncalculated.format('D6')})", "sheet 'S', cell C6")
    assert found["A-06"].problem == "the cell C7 is hidden"


def test_a_row_whose_id_is_a_formula_without_a_result_is_an_error_with_its_cell(tmp_path):
    path = a_book(tmp_path, {"S": [HEAD, ["=B1", "?", "Yes"]]})
    with pytest.raises(ChecklistError, match="an id cannot be read: the formula in cell A2 has no saved result"):
        read_mapping(path, form_walk(), ChecklistError)


def test_an_id_answered_twice_counts_once_or_is_a_contradiction(tmp_path):
    path = a_book(tmp_path, {"S": [HEAD, ["A-01", "?", None, "Later."], ["A-02", "?", "Yes"]], "T": [HEAD, ["A-01", "?", "yes."], ["A-02", "?", "No"]]})
    first, second = read_mapping(path, form_walk(), ChecklistError)
    assert first == ForeignAnswer("A-01", "yes.", "Later.", "sheet 'T', cell C2")
    assert second.problem == "the form answers this twice, differently: 'Yes' in sheet 'S', cell C3, 'No' in sheet 'T', cell C3"


def test_a_csv_is_read_by_its_columns(tmp_path):
    path = tmp_path / "form.csv"
    path.write_text("No.;Question;Answer;Additional Information\nA-01;?;Yes;\u202eSo.\n;;;\nA-02;?;;\n", encoding="utf-8")
    assert read_mapping(path, form_walk(), ChecklistError) == [ForeignAnswer("A-01", "Yes", "\N{REPLACEMENT CHARACTER}So.", "row 2")]
    path.write_text("No.,Reply\nA-01,Yes\n", encoding="utf-8")
    with pytest.raises(ChecklistError, match="the column 'answer' is missing"):
        read_mapping(path, form_walk(), ChecklistError)


def test_a_form_without_the_columns_or_a_crosswalk_without_a_form_is_one_clear_error(tmp_path):
    path = a_book(tmp_path, {"S": [["ID", "Reply"], ["A-01", "Yes"]]})
    with pytest.raises(ChecklistError, match=r"no row names the columns No\., Answer, Additional Information"):
        read_mapping(path, form_walk(), ChecklistError)
    with pytest.raises(ChecklistError, match="the crosswalk 'form' does not say how to read a form"):
        read_mapping(path, a_crosswalk(), ChecklistError)
    with pytest.raises(ChecklistError, match=r"\.pdf is not a kind of sheet"):
        read_mapping(tmp_path / "form.pdf", form_walk(), ChecklistError)


def test_typed_cells_read_as_a_person_reads_them(tmp_path):
    path = a_book(tmp_path, {"S": [HEAD, ["A-01", "?", True], ["A-02", "?", dt.date(2027, 1, 31)], ["A-03", "?", 7.0], ["A-04", "?", "'=1+1"]]})
    assert [a.answer for a in read_mapping(path, form_walk(), ChecklistError)] == ["true", "2027-01-31", "7", "'=1+1"]
