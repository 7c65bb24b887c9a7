"""Sheets that people fill, as real spreadsheet programs and careless hands save them."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.errors import AuditError, WorksheetError
from audit.sheets import cell, read_sheet, write_csv, write_sheet
from tests.office import save_as

COLUMNS = ("probe", "prompt", "output")
NASTY = [
    "plain", "two\nlines\n\nand a third", 'say "hi", she said; or\tnot', "=1+1", "=HYPERLINK(\"http://x\")", "+1", "-5", "@SUM(A1)", "'quoted", "007", "1e5",
    "1/2", "TRUE", "85%", "2026-11-21", "emoji 😀 and é ñ 日本", "  spaces at both ends  ", "trailing newline\n", "<b>&amp;</b>", "_x0041_", "x" * 30_000,
]
NEEDED = ("probe", "output")


def rows_to_fill():
    return [{"probe": f"p{n:015x}", "prompt": text, "output": None} for n, text in enumerate(NASTY)]


def written(folder, name="sheet.xlsx", rows=None):
    path = folder / name
    write_sheet(path, COLUMNS, rows_to_fill() if rows is None else rows, WorksheetError, "How to")
    return path


def read(path):
    return read_sheet(path, NEEDED, WorksheetError)


def refused(path):
    with pytest.raises(WorksheetError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    return str(caught.value)


# ---------------------------------------------------------------- what we write


@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.XLSX", "sheet.csv", "sheet.jsonl"])
def test_what_is_written_reads_back(tmp_path, name):
    back = read(written(tmp_path, name))
    assert [row["probe"] for _, row in back] == [row["probe"] for row in rows_to_fill()]
    prompts = [row["prompt"] for _, row in back]
    if name.endswith("csv"):
        assert prompts == [cell(text) for text in NASTY]
    else:
        assert prompts == NASTY


def test_no_cell_that_is_written_is_a_formula_and_pasting_makes_none(tmp_path):
    sheet = openpyxl.load_workbook(written(tmp_path)).worksheets[0]
    assert {one.data_type for row in sheet.iter_rows(min_row=2, max_col=2) for one in row} == {"s"}
    assert {row[2].number_format for row in sheet.iter_rows(min_row=2)} == {"@"}
    assert sheet.freeze_panes == "A2"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_text_in_a_csv_starts_as_a_formula_does(text, tmp_path):
    write_csv(tmp_path / "t.csv", ["a"], [{"a": text}, {"a": -1}])
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf\"a\"\r\n")
    assert cell(text) == "'" + text
    assert cell(-1) == "-1"


def test_a_prompt_too_long_for_a_cell_is_refused_and_nothing_is_left_behind(tmp_path):
    rows = [{"probe": "p1", "prompt": "x" * 32_768, "output": None}]
    for name in ("new/sheet.xlsx", "sheet.xlsx"):
        with pytest.raises(WorksheetError, match=r"row 2 needs a cell of 32768 characters.*Use a \.jsonl worksheet"):
            written(tmp_path, name, rows)
    with pytest.raises(WorksheetError, match="row 2 needs a cell of 32768"):
        written(tmp_path, "sheet.xlsx", [{"probe": "p1", "prompt": "😀" * 16_384, "output": None}])
    assert list(tmp_path.iterdir()) == []
    assert read(written(tmp_path, "sheet.jsonl", rows))[0][1]["prompt"] == "x" * 32_768


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorksheetError, match="cannot be written"):
        written(tmp_path, "file/sheet.csv")


@pytest.mark.parametrize("name", ["sheet.xls", "sheet.ods", "sheet", "sheet.txt"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(WorksheetError, match="is not a kind of sheet"):
        written(tmp_path, name)


# ---------------------------------------------------------------- through a real spreadsheet program


def test_a_workbook_keeps_everything_through_libreoffice(tmp_path):
    """.xlsx → .xlsx, and .xlsx → .ods → .xlsx, as people save who use no Excel."""
    path = written(tmp_path)
    again = save_as(path, "xlsx", tmp_path / "a")
    ods = save_as(again, "ods", tmp_path / "b")
    for saved in (again, save_as(ods, "xlsx", tmp_path / "c")):
        back = read(saved)
        assert [row["probe"] for _, row in back] == [row["probe"] for row in rows_to_fill()]
        assert [_as_calc(row["prompt"]) for _, row in back] == [_as_calc(text) for text in NASTY]
        sheet = openpyxl.load_workbook(saved).worksheets[0]
        assert "f" not in {one.data_type for row in sheet.iter_rows() for one in row}


@pytest.mark.parametrize("kind", ["csv", "csv;", "csv-utf16-tab"])
def test_a_csv_keeps_everything_through_libreoffice_with_any_delimiter(tmp_path, kind):
    rows = [row for row in rows_to_fill() if row["prompt"] not in ("007", "1e5", "1/2", "TRUE", "85%", "2026-11-21")]   # typed cells: below
    back = read(save_as(written(tmp_path, "sheet.csv", rows), kind, tmp_path / "a"))
    assert [row["probe"] for _, row in back] == [row["probe"] for row in rows]
    assert [_as_calc(row["prompt"]) for _, row in back] == [_as_calc(cell(row["prompt"])) for row in rows]


def _as_calc(text):
    """A text as LibreOffice keeps it: without tabs inside a cell of several lines, and without line breaks at its end."""
    return text.replace("\t", "").rstrip()


# ---------------------------------------------------------------- what comes back


def a_file(folder, raw, name="sheet.csv"):
    path = folder / name
    path.write_bytes(raw)
    return path


TABLE = "probe,prompt,output\np1,\"a\nb\",café\n\np2,x,\"say \"\"hi\"\"\"\n"


@pytest.mark.parametrize("raw", [
    TABLE.encode(), TABLE.encode("utf-8-sig"), TABLE.encode("cp1252"), TABLE.encode("utf-16"), TABLE.replace("\n", "\r\n").encode(),
    TABLE.replace(",", ";").encode(), TABLE.replace(",", "\t").encode("utf-16"), b"sep=;\n" + TABLE.replace(",", ";").encode(),
    TABLE.replace("probe,prompt,output", "Probe, PROMPT ,Output").encode(), TABLE.replace("\n\n", "\n,,\n").encode(),
])
def test_every_way_of_saving_a_csv_is_read(tmp_path, raw):
    back = read(a_file(tmp_path, raw))
    first = 3 if raw.startswith(b"sep") else 2
    assert back == [(first, {"probe": "p1", "prompt": "a\nb", "output": "café"}), (first + 2, {"probe": "p2", "prompt": "x", "output": 'say "hi"'})]


def test_short_rows_extra_columns_and_sorted_rows_are_read(tmp_path):
    path = a_file(tmp_path, b"output,note,probe,,\nB,,p2,,stray\n,,p1\n,,,,only a stray mark\n")
    assert [(n, row["probe"], row["output"]) for n, row in read(path)] == [(2, "p2", "B"), (3, "p1", "")]


@pytest.mark.parametrize(("raw", "said"), [
    (b"", "the column 'probe' is missing"), (b"\n\n", "is missing"), (b"a,b\n1,2\n", "The first row must name the columns probe, output"),
    (b"My notes\nprobe,output\np1,x\n", "is missing"), (b"probe,output,Output\n", "'output' appears twice"),
    (b'probe,output\np1,"never closed\np2,x\n', "quotation mark that is not closed"), (b'probe,output\np1,"a"b\n', "not a readable CSV"),
])
def test_a_csv_that_is_no_worksheet_is_refused(tmp_path, raw, said):
    assert said in refused(a_file(tmp_path, raw))


def test_jsonl_keeps_values_and_says_which_line_is_wrong(tmp_path):
    raw = b'\xef\xbb\xbf{"probe": "p1", "output": {"score": 4}}\n\n{"Probe": "p2", "output": 4.0}\r\n{"probe": "p3", "output": true}\n{"probe": "p4", "output": null}\n'
    back = read(a_file(tmp_path, raw, "s.jsonl"))
    assert [(n, r["probe"], r["output"]) for n, r in back] == [(1, "p1", '{"score":4}'), (3, "p2", "4"), (4, "p3", "true"), (5, "p4", "")]
    assert "line 2 is not a JSON object" in refused(a_file(tmp_path, b'{"probe": "p1", "output": 1}\n[1]\n', "s.jsonl"))
    assert "line 1: the column 'output' is missing" in refused(a_file(tmp_path, b'{"probe": "p1"}\n', "s.jsonl"))


def a_workbook(folder, rows, name="sheet.xlsx", more=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    for title, other in more:
        sheet = book.create_sheet(title)
        for row in other:
            sheet.append(row)
    book.save(folder / name)
    return folder / name


def test_numbers_booleans_and_dates_in_cells_are_read_as_a_person_means_them(tmp_path):
    values = [4, 4.0, 3.5, True, False, dt.datetime.combine(dt.date(2026, 11, 21), dt.time()), dt.date(2026, 11, 21), None, " x ", "a\r\nb"]
    path = a_workbook(tmp_path, [["probe", "output"], *([f"p{n}", value] for n, value in enumerate(values))])
    assert [row["output"] for _, row in read(path)] == ["4", "4", "3.5", "true", "false", "2026-11-21", "2026-11-21", "", " x ", "a\nb"]


def test_empty_rows_and_columns_are_passed_over_and_rows_keep_their_numbers(tmp_path):
    path = a_workbook(tmp_path, [["probe", None, " Output ", None], ["p1", None, "a"], [], [None, None, None], ["p2", "stray", None, "stray"]])
    assert [(n, r["probe"], r["output"]) for n, r in read(path)] == [(2, "p1", "a"), (5, "p2", "")]


def test_the_sheet_is_found_wherever_people_moved_it(tmp_path):
    path = a_workbook(tmp_path, [["my notes"], ["=1/0"]], more=[("Sheet to fill", [["probe", "output"], ["p1", "x"]])])
    assert read(path) == [(2, {"probe": "p1", "output": "x"})]


def test_merged_cells_in_the_header_are_refused_by_the_column_they_hide(tmp_path):
    path = a_workbook(tmp_path, [["probe", "prompt", "output"], ["p1", "x", "y"]])
    book = openpyxl.load_workbook(path)
    book.worksheets[0].merge_cells("A1:C1")
    book.save(path)
    assert "the column 'output' is missing" in refused(path)


def test_a_formula_gives_the_value_saved_with_it_and_a_broken_one_is_an_error_with_its_cell(tmp_path):
    source = a_workbook(tmp_path, [["probe", "output"], ["p1", '="Good "&"work"'], ["p2", "=2+2"]], name="formulas.xlsx")
    back = read(save_as(source, "xlsx", tmp_path / "saved"))
    assert [row["output"] for _, row in back] == ["Good work", "4"]
    broken = a_workbook(tmp_path, [["probe", "output"], ["p1", "=Good"]], name="broken.xlsx")
    assert "the cell B2 holds the spreadsheet error #NAME?" in refused(save_as(broken, "xlsx", tmp_path / "saved"))
    error = a_workbook(tmp_path, [["probe", "output"], ["p1", "=1/0"]], name="zero.xlsx")
    assert "the cell B2 holds the spreadsheet error #DIV/0! It was read as a formula" in refused(save_as(error, "xlsx", tmp_path / "saved"))


def test_a_formula_that_no_program_has_computed_is_an_empty_answer(tmp_path):
    assert read(a_workbook(tmp_path, [["probe", "output"], ["p1", "=1+1"]])) == [(2, {"probe": "p1", "output": ""})]


def test_a_wrong_size_that_a_program_noted_is_not_believed(tmp_path):
    path = a_workbook(tmp_path, [["probe", "output"], ["p1", "x"], ["p2", "y"]])
    _edit(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b'ref="A1:B3"', b'ref="A1:A1"'))
    assert len(read(path)) == 2


def _edit(path, part, change):
    """Change one part of a workbook's archive."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed = change(parts[part])
    assert changed != parts[part]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in parts.items():
            archive.writestr(name, changed if name == part else raw)


def test_broken_encrypted_and_foreign_files_are_refused(tmp_path):
    good = a_workbook(tmp_path, [["probe", "output"], ["p1", "x"]]).read_bytes()
    for raw in (b"", b"PK\x03\x04", good[:-200], b"<html>", b"probe,output\np1,x\n"):
        assert "not a readable .xlsx workbook" in refused(a_file(tmp_path, raw, "bad.xlsx"))
    assert "locked with a password" in refused(a_file(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "bad.xlsx"))
    for part, change in (
        ("xl/worksheets/sheet1.xml", lambda xml: xml[: len(xml) // 2]), ("xl/workbook.xml", lambda xml: b"<x/>" + xml[:0]), ("[Content_Types].xml", lambda xml: xml[:0]),
    ):
        path = a_workbook(tmp_path, [["probe", "output"], ["p1", "x"]])
        _edit(path, part, change)
        assert "not a readable .xlsx workbook" in refused(path) or "no sheet" in refused(path)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6))
def test_any_damage_to_a_workbook_is_read_or_refused_in_one_line(tmp_path_factory, damage):
    folder = tmp_path_factory.mktemp("damage")
    raw = bytearray(a_workbook(folder, [["probe", "output"], ["p1", "x"]]).read_bytes())
    for place, value in damage:
        raw[int(place * len(raw))] = value
    said = ""
    try:
        read(a_file(folder, bytes(raw), "damaged.xlsx"))
    except AuditError as error:
        said = str(error)
    assert "\n" not in said


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/worksheets/sheet1.xml", "w") as part:
        for _ in range(210):
            part.write(b"\0" * 1_000_000)
    assert len(file.getvalue()) < 300_000
    assert "unpacks to more than 200 MB" in refused(a_file(tmp_path, file.getvalue(), "bomb.xlsx"))


def test_a_file_that_is_missing_or_a_folder_is_refused(tmp_path):
    assert "there is no file here" in refused(tmp_path / "gone.csv")
    (tmp_path / "folder.xlsx").mkdir()
    assert "cannot be read" in refused(tmp_path / "folder.xlsx")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=4), st.sampled_from(["s.xlsx", "s.csv", "s.jsonl"]))
def test_any_answer_written_by_us_reads_back(tmp_path_factory, answers, name):
    path = tmp_path_factory.mktemp("sheet") / name
    write_sheet(path, NEEDED, [{"probe": f"p{n}", "output": text} for n, text in enumerate(answers)], WorksheetError, "")
    back = {row["probe"]: row["output"] for _, row in read(path)}
    for n, text in enumerate(answers):
        expected = cell(text) if name.endswith("csv") else text
        assert _plain(back[f"p{n}"]) == _plain(expected)


def _plain(text):
    """A text without line-break style and the control characters that a workbook cannot hold."""
    return "".join(c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c >= " " or c in "\t\n")
