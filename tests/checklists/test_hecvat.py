"""HECVAT 4.1: a small workbook in its layout, and the blank one of EDUCAUSE where it is there. All answers are invented."""

import datetime as dt
import re
import warnings
import zipfile
from html import escape
from pathlib import Path

import openpyxl
import pytest

from audit.checklists import load_checklists
from audit.checklists.catalogue import criteria_of
from audit.checklists.foreign import Carried, ForeignAnswer, carry, find_crosswalk
from audit.checklists.hecvat import read_hecvat
from audit.checklists.rules import is_good
from audit.errors import ChecklistError
from audit.plan import INDICATORS
from tests.builders import a_criterion

BLANK = Path(__file__).parents[2] / "../shared/data/HECVAT414.xlsx"
HEAD = ["=VLOOKUP(1,2,3)", None, "Answer", "Additional Information", "Guidance", "Analyst Notes"]
EVALUATION = ["ID", "Question", "Answer", "Additional Information", "Guidance", "Analyst Notes", "Compliant Response", "Compliant Override",
              "Default Importance", "Importance Override", "Non-Negotiable?"]


def a_hecvat(folder, tabs, *, version="Version 4.1.6", title="HECVAT Solution Provider Response", evaluation=(), hidden=None):
    """A workbook as HECVAT 4.1 lays it out: tabs {title: rows from the first banner on}; the version is text on a hidden sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in tabs.items():
        sheet = book.create_sheet(name)
        for row in [["Cells may hold lists"], [f"{title} - {name}", *[None] * 4, "='Auto Responses'!$A$36"], ["Date Completed"], *rows]:
            sheet.append(row)
    if evaluation:
        sheet = book.create_sheet("Institution Evaluation")
        for row in [["Instructions"], EVALUATION, *evaluation]:
            sheet.append(row)
    for name, rows in ({"Auto Responses": [["These fill themselves"], [version]]} | (hidden or {})).items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden"
        for row in rows:
            sheet.append(row)
    path = folder / "vendor.xlsx"
    book.save(path)
    return path


def answers(path):
    return {a.ref: a for a in read_hecvat(path)[1]}


def test_answers_are_found_by_id_wherever_rows_and_sheets_stand(tmp_path):
    rows = [["Intro"], HEAD, ["DATA-03", "=x", "Yes", "AES-256."], ["Banner"], HEAD, ["HFIH-01", "=x", "No"], ["DATA-3", "=x", "Yes"], [None, None, "Yes"]]
    version, found = read_hecvat(a_hecvat(tmp_path, {"Privacy": [HEAD, ["PDAT-02", "=x", "No"]], "Product": rows}))
    assert version == "4.1.6"
    assert found == [
        ForeignAnswer("PDAT-02", "No", "", "sheet 'Privacy', cell C5"), ForeignAnswer("DATA-03", "Yes", "AES-256.", "sheet 'Product', cell C6"),
        ForeignAnswer("HFIH-01", "No", "", "sheet 'Product', cell C9"),
    ]


def test_columns_that_moved_are_found_by_their_header(tmp_path):
    rows = [["x", None, None, "Answer", "Guidance", "Additional Information"], ["DATA-03", "=x", None, "Yes", "Say how.", "AES-256."]]
    assert answers(a_hecvat(tmp_path, {"Product": rows}))["DATA-03"] == ForeignAnswer("DATA-03", "Yes", "AES-256.", "sheet 'Product', cell D5")


def test_hidden_sheets_are_no_answers(tmp_path):
    path = a_hecvat(tmp_path, {"Product": [HEAD, ["DATA-03", "=x", "Yes"]]}, hidden={"Questions": [HEAD, ["DATA-03", "?", "No"], ["DATA-04", "?", "Yes"]]})
    assert [(a.ref, a.answer) for a in read_hecvat(path)[1]] == [("DATA-03", "Yes")]


def with_results(path, sheet, results):
    """Save what a spreadsheet program saves: the results (text) of formulas, by cell."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    name = f"xl/worksheets/sheet{sheet}.xml"
    text = parts[name].decode()
    for cell, result in results.items():
        text, count = re.subn(rf'<c r="{cell}"([^>]*?)(?: t="\w+")?><f>(.*?)</f><v\s*/?>(?:</v>)?</c>', rf'<c r="{cell}"\1 t="str"><f>\2</f><v>{escape(result)}</v></c>', text)
        assert count == 1, cell
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part, raw in parts.items():
            new.writestr(part, text if part == name else raw)
    return path


def test_an_id_on_several_sheets_counts_once_and_its_copies_by_formula_do_not_disturb(tmp_path):
    copy = "='START HERE'!C5"
    tabs = {"AI": [HEAD, ["REQU-04", "=x", copy], ["GNRL-09", "=x", copy]], "START HERE": [HEAD, ["REQU-04", "=x", "Yes", "Chat."], ["GNRL-09", "=x", None]]}
    path = a_hecvat(tmp_path, tabs)
    assert read_hecvat(path)[1] == [ForeignAnswer("REQU-04", "Yes", "Chat.", "sheet 'START HERE', cell C5")]
    calculated = with_results(path, 1, {"C5": "Yes", "C6": ""})
    assert read_hecvat(calculated)[1] == [ForeignAnswer("REQU-04", "Yes", "Chat.", "sheet 'AI', cell C5")]


def test_sheets_that_answer_one_id_differently_are_a_problem(tmp_path):
    tabs = {"START HERE": [HEAD, ["REQU-04", "=x", "No"]], "AI": [HEAD, ["REQU-04", "=x", "Yes"], ["AIGN-02", "=x", None]]}
    found = answers(a_hecvat(tmp_path, tabs))
    assert found["REQU-04"].problem == "the form answers this twice, differently: 'No' in sheet 'START HERE', cell C5, 'Yes' in sheet 'AI', cell C5"
    assert set(found) == {"REQU-04"}   # and so nothing follows from it


def test_a_formula_without_a_result_and_an_error_cell_are_told_from_an_empty_cell(tmp_path):
    path = a_hecvat(tmp_path, {"Product": [HEAD, ["DATA-03", "=x", '=IF(1,"Yes")'], ["DATA-04", "=x", "#NAME?"], ["DATA-05", "=x", None]]})
    found = answers(path)
    assert found["DATA-03"].problem.startswith("the formula in cell C5 has no saved result")
    assert found["DATA-04"].problem == "the cell C6 holds the spreadsheet error #NAME?"
    assert "DATA-05" not in found
    assert answers(with_results(path, 1, {"C5": "Yes"}))["DATA-03"] == ForeignAnswer("DATA-03", "Yes", "", "sheet 'Product', cell C5")


def test_an_error_in_the_first_sheet_is_not_lost_behind_an_empty_copy(tmp_path):
    tabs = {"START HERE": [HEAD, ["REQU-04", "=x", "#NAME?"]], "AI": [HEAD, ["REQU-04", "=x", None]]}
    assert answers(a_hecvat(tmp_path, tabs))["REQU-04"].problem == "the cell C5 holds the spreadsheet error #NAME?"


@pytest.mark.parametrize(("gate", "closed", "open_"), [
    ("REQU-04", "AIGN-02", "DATA-03"), ("REQU-02", "ITAC-17", "AIGN-02"), ("REQU-01", "DATA-03", "ITAC-17"), ("REQU-08", "PDAT-01", "DATA-03"),
    ("REQU-04", "DPAI-02", "PDAT-01"), ("AIQU-02", "AILM-01", "AIML-01"), ("AIQU-01", "AIML-01", "AILM-01"),
])
def test_what_the_form_closes_does_not_apply_and_says_why(tmp_path, gate, closed, open_):
    tab = {"S": [HEAD, [gate, "=x", "No"], [closed, "=x", None, "None here."], [open_, "=x", None]]}
    found = answers(a_hecvat(tmp_path, tab))
    assert found[closed] == ForeignAnswer(closed, "N/A", f"The form closes this question, because {gate} is answered with no. None here.", f"sheet 'S', cell C5 ({gate})")
    assert open_ not in found
    tab["S"][1][2], tab["S"][2][3] = "Yes", None
    assert set(answers(a_hecvat(tmp_path, tab))) == {gate}


def test_an_answer_that_was_given_all_the_same_stands(tmp_path):
    found = answers(a_hecvat(tmp_path, {"S": [HEAD, ["REQU-04", "=x", "No"], ["AIGN-02", "=x", "Yes"]]}))
    assert found["AIGN-02"].answer == "Yes"


def test_what_the_institution_set_is_told_in_the_note_and_changes_no_answer(tmp_path):
    rows = [["DATA-03", "Yes", "AES."], ["DATA-04", "No"], ["HFIH-04", "N/A"], ["HFIH-01", None]]
    settings = [["DATA-03", "Mark as Non-Compliant", "Critical Importance", True], ["DATA-04", "Mark as Compliant", None, False], ["HFIH-04", "Mark as Compliant"],
                ["HFIH-01", "Mark as Compliant"], ["DATA-05", "Mark as Compliant"]]
    evaluation = [[s[0], None, None, None, None, None, "Yes", s[1], "Standard Importance", *s[2:]] for s in settings]
    path = a_hecvat(tmp_path, {"S": [HEAD, *([r[0], "=x", *r[1:]] for r in rows)]}, evaluation=evaluation)
    found = answers(path)
    assert found["DATA-03"].answer == "Yes"
    assert found["DATA-03"].note == (
        "AES. The institution marked this as not compliant. The institution set its importance to: Critical Importance. "
        "The institution marked this as non-negotiable."
    )
    assert (found["DATA-04"].answer, found["DATA-04"].note) == ("No", "The institution marked this as compliant.")
    assert found["HFIH-04"].problem == "not applicable, and no reason is given. The institution marked this as compliant."
    assert (found["HFIH-01"].answer, found["HFIH-01"].note) == ("", "The institution marked this as compliant.")
    assert (found["DATA-05"].answer, found["DATA-05"].note) == ("", "The institution marked this as compliant.")


def test_a_setting_for_an_id_that_cannot_be_read_is_not_lost(tmp_path):
    evaluation = [["='S'!A5", *[None] * 6, "Mark as Compliant"]]
    (lost,) = [a for a in read_hecvat(a_hecvat(tmp_path, {"S": [HEAD, ["DATA-03", "=x", "No"]]}, evaluation=evaluation))[1] if a.ref == "evaluation"]
    assert lost.problem == "The institution marked this as compliant. The question's id is a formula without a saved result."
    assert lost.where == "sheet 'Institution Evaluation', cell A3"


def error_of(path):
    with pytest.raises(ChecklistError) as caught:
        read_hecvat(path)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(str(path))
    return line


ROWS = {"Product": [HEAD, ["DATA-03", "=x", "Yes"]]}


@pytest.mark.parametrize(("changes", "line"), [
    ({"version": "Version 3.06"}, "this is a HECVAT of version 3.06; version 4.1 is what can be read"),
    ({"version": "Version 4.0.6"}, "this is a HECVAT of version 4.0.6"),
    ({"version": "Version 4.10"}, "this is a HECVAT of version 4.10"),
    ({"version": "Edition"}, "this is a HECVAT that does not say its version"),
    ({"title": "HECVAT - Lite | Vendor Response"}, "this is another edition of HECVAT (Lite), not the full one"),
    ({"title": "HECVAT - On-Premise | Vendor Response"}, "this is another edition of HECVAT (On-Premise), not the full one"),
    ({"title": "A questionnaire"}, "this is no HECVAT workbook"),
])
def test_any_other_form_is_one_clear_error(tmp_path, changes, line):
    assert line in error_of(a_hecvat(tmp_path, ROWS, **changes))


@pytest.mark.parametrize("version", ["Version 4.1", "Version 4.1.4", "version v4.1.10"])
def test_every_4_1_edition_is_read(tmp_path, version):
    assert read_hecvat(a_hecvat(tmp_path, ROWS, version=version))[0] == version.split()[1].removeprefix("v")


def test_a_workbook_without_ids_and_a_file_that_is_no_workbook_are_one_clear_error(tmp_path):
    assert "no sheet of this HECVAT 4.1.6 has ids" in error_of(a_hecvat(tmp_path, {"Product": [HEAD, ["Data", "=x", "Yes"]]}))
    path = tmp_path / "x.xlsx"
    for raw, line in [(b"\xd0\xcf\x11\xe0 locked", "locked with a password"), (b"PK nonsense", "not a readable .xlsx workbook"), (b"", "not a readable .xlsx workbook")]:
        path.write_bytes(raw)
        assert line in error_of(path)
    assert "there is no file here" in error_of(tmp_path / "none.xlsx")


# The crosswalk

OURS = criteria_of(load_checklists(INDICATORS, [], Path()))


def test_every_entry_of_the_crosswalk_names_questions_that_exist_and_answers_of_their_kind():
    walk = find_crosswalk("hecvat-4")
    assert {name for e in walk.entries for name in e.criteria} <= set(OURS)
    for entry in walk.entries:
        assert re.fullmatch(r"[A-Z]{4}-\d\d", entry.ref)
        for word in entry.answers.values():
            for name in entry.criteria:
                assert OURS[name].not_applicable_ok if word == "not applicable" else is_good(OURS[name], word, dt.date(2026, 11, 22))


def test_a_small_form_becomes_our_answers(tmp_path):
    """By hand: no demographic data is our "no"; a yes on encryption says nothing of AES-256; a no does settle it; without personal data biometrics is closed."""
    rows = [["PDAT-01", "No", "Only a name."], ["DATA-03", "Yes"], ["DATA-14", "No"], ["COMP-04", "Yes"], ["HFIH-04", "N/A", "State agency."]]
    given = [["REQU-04", "No"], *rows]
    version, found = read_hecvat(a_hecvat(tmp_path, {"S": [HEAD, *([r[0], "=x", *r[1:]] for r in given)]}))
    carried, left = carry(found, find_crosswalk("hecvat-4"), OURS, f"HECVAT {version}")
    assert sorted(carried, key=lambda c: c.criterion) == [
        Carried("safe-demographics", "no", "Only a name.", "HECVAT 4.1.6 PDAT-01, sheet 'S', cell C6"),
        Carried("safe-encryption-rest", "no", "", "HECVAT 4.1.6 DATA-14, sheet 'S', cell C8"),
        Carried("safe-model-named", "not applicable", "HECVAT 4.1.6 REQU-04 is answered with 'No'.", "HECVAT 4.1.6 REQU-04, sheet 'S', cell C5"),
    ]
    assert [(n.ref, n.because) for n in left] == [
        ("DATA-03", "it does not settle safe-encryption-rest, which asks for more: Yes"), ("COMP-04", "no question of ours asks this"),
        ("HFIH-04", "safe-insurance cannot be not applicable: N/A (State agency.)"),
    ]


# The blank workbook of EDUCAUSE (not part of this project)

def blank():
    if not BLANK.is_file():
        pytest.skip("the blank HECVAT 4.1.4 is not here (shared/data/HECVAT414.xlsx)")
    return BLANK


@pytest.fixture(scope="module")
def questions():
    """The hidden sheet of the blank workbook: id → (question, compliant response)."""
    book = openpyxl.load_workbook(blank(), read_only=True, data_only=True)
    rows = [row for row in book["Questions"].iter_rows(min_row=3, values_only=True) if row[0]]
    book.close()
    return {row[0]: (row[1], row[20]) for row in rows}


def test_the_blank_workbook_says_its_version_and_nothing_else():
    assert read_hecvat(blank()) == ("4.1.4", [])


def test_every_question_of_the_blank_workbook_can_be_answered(tmp_path, questions):
    """332 ids; version 4.1.4 has no row for AILM-07 on its AI sheet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(blank())
    for sheet in book.worksheets[:8]:
        for row in sheet.iter_rows(max_col=4):
            if row[0].value in questions and row[2].value is None:
                row[2].value = f"Answer to {row[0].value}"
                row[3].value = f"Note on {row[0].value}"
    book.save(tmp_path / "filled.xlsx")
    version, found = read_hecvat(tmp_path / "filled.xlsx")
    assert version == "4.1.4"
    assert len(questions) == 332
    assert {a.ref for a in found} == set(questions) - {"AILM-07"}
    assert all((a.answer, a.note, a.problem) == (f"Answer to {a.ref}", f"Note on {a.ref}", "") for a in found)


def put(parts, sheet, cell, text):
    """Type a text into an empty cell of the workbook's own XML, so that all that was saved stays saved."""
    name = f"xl/worksheets/sheet{sheet}.xml"
    parts[name], count = re.subn(rf'<c r="{cell}"( s="\d+")?/>', rf'<c r="{cell}"\1 t="inlineStr"><is><t>{escape(text)}</t></is></c>', parts[name])
    assert count == 1, cell


def test_a_copy_of_the_blank_workbook_filled_as_a_spreadsheet_program_saves_it(tmp_path):
    with zipfile.ZipFile(blank()) as old:
        parts = {n: old.read(n).decode() if "/sheet" in n and n.endswith(".xml") else old.read(n) for n in old.namelist()}
    put(parts, 1, "C32", "No")                       # REQU-04 on START HERE
    put(parts, 3, "C41", "Yes")                      # DATA-03 on Product
    put(parts, 3, "D41", "AES-256 & managed keys.")
    put(parts, 8, "C47", "No")                       # PDAT-01 on Privacy
    book = openpyxl.load_workbook(blank(), read_only=True, data_only=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (row,) = [r[0].row for r in book["Institution Evaluation"].iter_rows(max_col=1) if r[0].value == "DATA-03"]
    book.close()
    put(parts, 9, f"H{row}", "Mark as Non-Compliant")
    path = tmp_path / "vendor.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, raw in parts.items():
            new.writestr(name, raw)
    version, found = read_hecvat(path)
    by_ref = {a.ref: a for a in found}
    assert version == "4.1.4"
    assert by_ref["REQU-04"] == ForeignAnswer("REQU-04", "No", "", "sheet 'START HERE', cell C32")
    note = "AES-256 & managed keys. The institution marked this as not compliant."
    assert by_ref["DATA-03"] == ForeignAnswer("DATA-03", "Yes", note, "sheet 'Product', cell C41")
    assert by_ref["AIGN-02"].answer == "N/A"
    assert not any(a.problem for a in found)


def test_the_crosswalk_turns_each_question_the_way_the_form_itself_scores_it(questions):
    """EDUCAUSE's own compliant response is a second source for the polarity: it never becomes a bad answer of ours, nor its opposite a good one."""
    other, checked = {"Yes": "No", "No": "Yes"}, 0
    for entry in find_crosswalk("hecvat-4").entries:
        compliant = questions[entry.ref][1]
        if entry.carries in ("same", "opposite") and compliant in other:
            for name in entry.criteria:
                for said, wanted in ((compliant, True), (other[compliant], False)):
                    carried, _ = carry([ForeignAnswer(entry.ref, said)], find_crosswalk("hecvat-4"), {name: OURS[name]}, "HECVAT")
                    assert all(is_good(OURS[name], c.answer, dt.date(2026, 11, 22))[0] is wanted for c in carried), entry.ref
                    checked += len(carried)
    assert checked >= 15


def test_the_crosswalk_names_ids_that_exist_and_repeats_no_wording_of_the_form(questions):
    def runs(text, length=5):
        words = re.findall(r"[a-z0-9]+", text.casefold())
        return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}

    theirs = set().union(*(runs(question) for question, _ in questions.values()))
    for entry in find_crosswalk("hecvat-4").entries:
        assert entry.ref in questions
        assert not runs(entry.about) & theirs, entry.ref


def test_a_criterion_that_allows_it_becomes_not_applicable_by_the_forms_own_routing(tmp_path):
    found = read_hecvat(a_hecvat(tmp_path, {"S": [HEAD, ["REQU-08", "=x", "No"], ["PDAT-01", "=x", None], ["PDAT-02", "=x", None]]}))[1]
    ours = {"safe-demographics": a_criterion(id="safe-demographics", good="no", not_applicable_ok=True), "safe-biometrics": a_criterion(id="safe-biometrics", good="no")}
    carried, left = carry(found, find_crosswalk("hecvat-4"), ours, "HECVAT 4.1.6")
    because = "The form closes this question, because REQU-08 is answered with no."
    assert carried == [Carried("safe-demographics", "not applicable", because, "HECVAT 4.1.6 PDAT-01, sheet 'S', cell C5 (REQU-08)")]
    assert ("PDAT-02", f"safe-biometrics cannot be not applicable: N/A ({because})") in [(n.ref, n.because) for n in left]
