"""Filled sheets as spreadsheet programs and careless hands leave them: read back, or one error that names each place."""

import json
import shutil

import openpyxl
import pytest

from audit.errors import AuditError
from audit.raters import collect, read_key, report_on
from audit.raters.report import score_table
from tests.office import save_as
from tests.raters.ratings import code, exported, fill, long_set, score_set, set_cells, taken


def a_rating(tmp_path, *, raters=2, fixture_set=None, answer=lambda _rater, row, _again: 1 + row % 6, **order):
    exported(tmp_path / "out", fixture_set or score_set(tmp_path / "set"), raters=raters, **order)
    fill(tmp_path / "out", answer)
    return tmp_path / "out"


def refused(folder):
    with pytest.raises(AuditError) as caught:
        taken(folder)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2
    return str(caught.value)


def values(folder):
    _, fixture_set, collected = taken(folder)
    return score_table(collected, fixture_set), collected


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_scores_come_back_to_their_rows(tmp_path, ending):
    table, _ = values(a_rating(tmp_path, ending=ending))
    assert table[:, 0].tolist() == table[:, 1].tolist() == [1 + row % 6 for row in range(12)]


@pytest.mark.parametrize(("typed", "read"), [
    (3, 3), (3.0, 3), ("3", 3), (" 3 ", 3), ("3.0", 3), ("3,0", 3), ("'3", 3), ("+3", 3), ("", None), ("  ", None), (None, None),
])
def test_a_score_is_read_however_it_was_typed(tmp_path, typed, read):
    folder = a_rating(tmp_path)
    set_cells(folder / "sheets" / "rater-1.xlsx", {code(folder, 0, 11): typed})
    table, collected = values(folder)
    row = collected.raters[1].scores[0].row  # any row: the table has a score of the other rater everywhere
    assert table[row, 1] == 1 + row % 6
    place = [score for score in collected.raters[0].scores if score.place == 11]
    assert [score.value for score in place] == ([] if read is None else [read])


@pytest.mark.parametrize("typed", ["7", "0", "3.5", "three", "3-4", "nan", "inf", "1e9", "0x3", "٣", "=1+2", True])
def test_a_score_that_is_none_is_refused_with_its_file_and_row(tmp_path, typed):
    folder = a_rating(tmp_path, ending=".csv")
    set_cells(folder / "sheets" / "rater-2.csv", {code(folder, 1, 4): typed})
    said = refused(folder)
    assert "rater-2.csv, row 6: the score" in said
    assert "is not 1, 2, 3, 4, 5 or 6" in said


@pytest.mark.parametrize(("typed", "read"), [("Yes", 1), ("no", 0), ("Y", 1), ("n.", 0), (True, 1), (False, 0), (1, 1), (0.0, 0)])
def test_a_decision_is_read_however_it_was_typed(tmp_path, typed, read):
    folder = a_rating(tmp_path, fixture_set=score_set(tmp_path / "set", outcome="decision", scale=None), answer=lambda *_: typed)
    assert set(values(folder)[0].ravel()) == {read}


def test_everything_that_is_wrong_is_said_at_once(tmp_path):
    folder = a_rating(tmp_path)
    set_cells(folder / "sheets" / "rater-1.xlsx", {code(folder, 0, 0): 9, code(folder, 0, 3): "x"})
    set_cells(folder / "sheets" / "rater-2.xlsx", {code(folder, 1, 2): -1})
    said = refused(folder)
    assert all(place in said for place in ("rater-1.xlsx, row 2", "rater-1.xlsx, row 5", "rater-2.xlsx, row 4"))


def test_a_long_list_of_errors_is_cut_and_counted(tmp_path):
    assert "; and 20 more." in refused(a_rating(tmp_path, answer=lambda *_: 99))


@pytest.mark.parametrize(("column", "change", "said"), [
    (1, "QQQQQ", "row 2: the code 'QQQQQ' is not in the key"), (1, "", "row 2: there is no code"), (1, "next", "row 3: the code"),
    (1, "other", "is rater-2's, and the rest of the sheet is rater-1's"), (2, "We saw nothing of the kind.", "row 2: the work is not the one of the code"),
])
def test_a_line_that_was_moved_or_changed_is_refused(tmp_path, column, change, said):
    folder = a_rating(tmp_path)
    change = {"next": code(folder, 0, 1), "other": code(folder, 1, 0)}.get(change, change)
    set_cells(folder / "sheets" / "rater-1.xlsx", {code(folder, 0, 0): change}, column)
    assert said in refused(folder)


def test_a_file_may_be_renamed_and_a_second_file_of_a_rater_is_refused(tmp_path):
    folder = a_rating(tmp_path)
    sheet = folder / "sheets" / "rater-1.xlsx"
    sheet.rename(sheet.with_name("Ms Example (final).xlsx"))
    assert values(folder)[1].raters[0].file == "Ms Example (final).xlsx"
    shutil.copy(sheet.with_name("Ms Example (final).xlsx"), sheet.with_name("copy.xlsx"))
    assert "a second sheet of rater-1, beside Ms Example (final).xlsx" in refused(folder)


def test_a_sheet_of_another_rating_is_refused(tmp_path):
    folder = a_rating(tmp_path)
    exported(tmp_path / "other", long_set(tmp_path / "another"), seed=2)
    shutil.copy(tmp_path / "other" / "sheets" / "rater-1.xlsx", folder / "sheets" / "rater-3.xlsx")
    assert "rater-3.xlsx: none of its codes is in the key" in refused(folder)


def test_a_sorted_sheet_keeps_the_order_in_which_it_was_shown(tmp_path):
    folder = a_rating(tmp_path)
    before = values(folder)[1]
    path = folder / "sheets" / "rater-1.xlsx"
    book = openpyxl.load_workbook(path)
    lines = list(book.worksheets[0].values)
    book.worksheets[0].delete_rows(1, len(lines))
    for line in [lines[0], *sorted(lines[1:])]:
        book.worksheets[0].append(line)
    book.save(path)
    assert values(folder)[1] == before


def test_empty_lines_and_sheets_that_did_not_come_back_are_counted(tmp_path):
    folder = a_rating(tmp_path, raters=3, answer=lambda rater, row, _again: None if rater == 0 and row < 5 else 3)
    (folder / "sheets" / "rater-2.xlsx").unlink()
    key, fixture_set, collected = taken(folder)
    assert [(r.file, r.lines - r.empty) for r in collected.raters[1:]] == [(None, 0), ("rater-3.xlsx", 13)]
    assert collected.raters[0].empty >= 5
    assert not report_on(collected, key, fixture_set).complete


def test_comments_come_back_and_a_line_may_have_nothing_else(tmp_path):
    folder = a_rating(tmp_path)
    set_cells(folder / "sheets" / "rater-1.xlsx", {code(folder, 0, 2): None})
    set_cells(folder / "sheets" / "rater-1.xlsx", {code(folder, 0, 2): "the end is missing"}, 4)
    comments = values(folder)[1].comments
    assert [(c.rater, c.code, c.text) for c in comments] == [("rater-1", code(folder, 0, 2), "the end is missing")]


def test_the_first_look_counts_and_the_second_is_only_compared_with_it(tmp_path):
    folder = a_rating(tmp_path, fixture_set=long_set(tmp_path / "set"), answer=lambda rater, row, again: 1 + row % 5 + (again and rater == 0))
    key, fixture_set, collected = taken(folder)
    report = report_on(collected, key, fixture_set)
    assert (report.alpha["interval"].value, report.pairs[0].exact) == (1.0, 1.0)
    first, second = (rater.again for rater in report.raters)
    assert (first.works, first.same, first.shift.value) == (4, 0.0, 1.0)
    assert (second.works, second.same) == (4, 1.0)


def test_a_severe_rater_and_a_drifting_one_are_told_apart(tmp_path):
    """Four raters on 40 works: the second gives a point less, the third gains two points on the way."""
    folder = tmp_path / "out"
    written = exported(folder, long_set(tmp_path / "set"), raters=4, twice=0.0)
    place = [{line.row: n / 39 for n, line in enumerate(sheet.lines)} for sheet in written.key.sheets]
    fill(folder, lambda rater, row, _again: 3 + row % 2 - (rater == 1) + (round(2 * place[2][row]) if rater == 2 else 0))
    key, fixture_set, collected = taken(folder)
    severity, drift = zip(*((r.severity, r.drift) for r in report_on(collected, key, fixture_set).raters), strict=True)
    # the third rater's gain is 0, 1 or 2 and 1 on average, so that the mean of the second's three others is 1/3 higher
    assert severity[1].value == pytest.approx(-1 - 1 / 3, abs=0.01)
    assert severity[1].high < -1
    assert drift[2].value == pytest.approx(2, abs=0.25)
    assert drift[2].low > 1.5
    assert all(abs(drift[n].value) < 0.5 for n in (0, 1, 3))


@pytest.mark.parametrize(("ending", "kind"), [(".xlsx", "xlsx"), (".xlsx", "csv;"), (".csv", "csv"), (".csv", "xlsx"), (".xlsx", "csv-utf16-tab")])
def test_a_sheet_that_libreoffice_saved_again_reads_the_same(tmp_path, ending, kind):
    folder = a_rating(tmp_path, ending=ending)
    before = values(folder)[0]
    path = folder / "sheets" / f"rater-1{ending}"
    saved = save_as(path, kind, tmp_path / "office")
    path.unlink()
    shutil.copy(saved, folder / "sheets" / saved.name)
    assert (values(folder)[0] == before).all()


@pytest.mark.parametrize("change", [
    lambda key: key | {"sheets": key["sheets"] * 2}, lambda key: key | {"digest": "0"}, lambda key: key | {"more": 1},
    lambda key: key | {"schema": "x"}, lambda key: key | {"sheets": [{"rater": "../x", "lines": []}]},
    lambda key: key | {"sheets": [{"rater": "rater-1", "lines": [{"code": "BBBBB", "row": 999, "again": False}]}]},
])
def test_a_key_that_was_changed_is_refused(tmp_path, change):
    folder = a_rating(tmp_path)
    path = folder / "organiser" / "key.json"
    path.write_text(json.dumps(change(json.loads(path.read_text(encoding="utf-8")))), encoding="utf-8")
    assert "estore" in refused(folder)


def test_a_set_that_was_changed_after_the_sheets_were_written_is_refused(tmp_path):
    folder = a_rating(tmp_path)
    items = folder / "organiser" / "set" / "items.jsonl"
    items.write_text(items.read_text(encoding="utf-8").replace("river", "lake"), encoding="utf-8")
    assert "is not the one that was rated" in refused(folder)


def test_a_folder_without_a_key_or_without_sheets_is_refused(tmp_path):
    assert "audit raters export" in refused(tmp_path)
    folder = a_rating(tmp_path)
    key, fixture_set = read_key(folder)
    shutil.rmtree(folder / "sheets")
    with pytest.raises(AuditError, match="Put the sheets back"):
        collect(folder, key, fixture_set)
    (folder / "sheets").mkdir()
    assert "there is no sheet here" in refused(folder)
