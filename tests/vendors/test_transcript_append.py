"""Rows added below what people have filled, and the adaptive sheet that grows by them."""

import csv
import json
import shutil
import zipfile

import openpyxl
import pytest
from openpyxl.styles import PatternFill

from audit.errors import Unfinished, WorksheetError
from audit.vendors.worksheet.append import append_rows
from audit.vendors.worksheet.write import write_worksheet
from tests.audits import write_plan, write_set
from tests.builders import some_probes
from tests.office import save_as
from tests.vendors.test_transcript import collect
from tests.vendors.worksheets import fill, guises, opened, rows_of

NEEDED = ("probe", "prompt", "output")
NEW = [{"probe": "p0007", "prompt": "=A1 & <b> \"x\"\nnext 😀\x07", "output": ""}, {"probe": "p0008", "prompt": "-5", "output": ""}]


def parts_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def a_filled_book(folder):
    """A worksheet as a person has it: a column of their own with a colour and a formula, a hidden row, a filter, a second sheet, columns moved."""
    write_worksheet(folder / "s.xlsx", some_probes(5))
    book = openpyxl.load_workbook(folder / "s.xlsx")
    sheet = book.worksheets[0]
    sheet["C1"].value, sheet["B1"].value, sheet["D1"].value = "Prompt", " OUTPUT ", "mine"
    for row in range(2, 7):
        prompt = sheet.cell(row, 2).value
        sheet.cell(row, 2).value, sheet.cell(row, 3).value = f"answer {row}", prompt
        sheet.cell(row, 4).value = f"=LEN(B{row})"
        sheet.cell(row, 4).fill = PatternFill("solid", fgColor="FFFFEEAA")
    sheet.row_dimensions[3].hidden = True
    sheet.auto_filter.ref = "A1:D6"
    book.create_sheet("My notes")["A1"] = "Ask Ken."
    book.save(folder / "s.xlsx")
    return folder / "s.xlsx"


def test_rows_added_to_a_workbook_leave_every_other_byte_of_it_as_it_was(tmp_path):
    path = a_filled_book(tmp_path)
    before = parts_of(path)
    assert append_rows(path, NEEDED, NEW) == (7, 8)
    after = parts_of(path)
    changed = [name for name in before if before[name] != after[name]]
    assert (list(before), changed) == (list(after), ["xl/worksheets/sheet1.xml"])
    old, new = before[changed[0]], after[changed[0]]
    cut = old.index(b"</sheetData>")
    assert new.startswith(old[:cut].replace(b'ref="A1:D6"', b'ref="A1:D8"', 1))
    assert new.endswith(old[cut:])


def test_added_rows_have_the_formats_of_their_columns_and_are_texts(tmp_path):
    path = a_filled_book(tmp_path)
    append_rows(path, NEEDED, NEW)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert [one.value for one in sheet[7]] == ["p0007", None, "=A1 & <b> \"x\"\nnext 😀", None]
    assert {one.data_type for row in (7, 8) for one in sheet[row] if one.value is not None} <= {"s", "inlineStr"}
    assert sheet["C7"].alignment.wrap_text
    assert sheet["D7"].fill.fgColor.rgb == "FFFFEEAA"
    assert (sheet["D3"].value, sheet.row_dimensions[3].hidden, sheet["B6"].value) == ("=LEN(B3)", True, "answer 6")


def test_a_workbook_that_libreoffice_saved_grows_and_opens_in_libreoffice_again(tmp_path):
    path = save_as(a_filled_book(tmp_path), "xlsx", tmp_path / "a")
    append_rows(path, NEEDED, NEW)
    rows = rows_of(save_as(path, "xlsx", tmp_path / "b"))
    assert [row["probe"] for row in rows] == ["p0000", "p0001", "p0002", "p0003", "p0004", "p0007", "p0008"]
    assert rows[5]["prompt"] == "=A1 & <b> \"x\"\nnext 😀"
    assert [row["output"] for row in rows] == [*(f"answer {n}" for n in range(2, 7)), "", ""]
    assert rows[4]["mine"] == "8", "the result of the person's own formula"


def test_empty_rows_that_a_program_keeps_below_make_way(tmp_path):
    path = a_filled_book(tmp_path)
    parts = parts_of(path)
    name = "xl/worksheets/sheet1.xml"
    stray = b'<row r="7"><c r="A7" s="1"/></row><row r="1048576" ht="12"/></sheetData>'
    with zipfile.ZipFile(path, "w") as archive:
        for part, raw in parts.items():
            archive.writestr(part, raw.replace(b"</sheetData>", stray) if part == name else raw)
    append_rows(path, NEEDED, NEW)
    xml = parts_of(path)[name]
    assert [xml.count(b'<row r="%d"' % n) for n in (6, 7, 8, 1048576)] == [1, 1, 1, 1]
    assert xml.index(b'<row r="8"') < xml.index(b'<row r="1048576"')


TABLE = 'probe,"mine",prompt,output\np0000,"a; b","x\ny",café\n'


@pytest.mark.parametrize("raw", [
    TABLE.encode(), TABLE.encode("utf-8-sig"), TABLE.encode("utf-16"), TABLE.encode("cp1252"), TABLE.rstrip("\n").encode(),
    b"sep=;\n" + TABLE.replace(",", ";").encode(), TABLE.replace(",", "\t").encode("utf-16"),
])
def test_rows_added_to_a_csv_keep_its_delimiter_columns_and_what_is_filled(tmp_path, raw):
    path = tmp_path / "s.csv"
    path.write_bytes(raw)
    append_rows(path, NEEDED, NEW)
    rows = rows_of(path)
    assert rows[0] == {"probe": "p0000", "mine": "a; b", "prompt": "x\ny", "output": "café"}
    assert [(row["probe"], row["mine"]) for row in rows[1:]] == [("p0007", ""), ("p0008", "")]
    assert rows[1]["prompt"].startswith("'=A1 & <b>"), "no cell is a formula"
    assert path.read_bytes().startswith(raw.rstrip(b"\n")) or raw == TABLE.encode("cp1252"), "Windows-1252 has no emoji: saved as UTF-8"


def test_rows_added_to_a_jsonl_follow_what_is_there(tmp_path):
    path = tmp_path / "s.jsonl"
    path.write_text('{"probe": "p0000", "prompt": "x", "output": "y", "mine": 1}', encoding="utf-8")
    assert append_rows(path, NEEDED, NEW) == (2, 3)
    assert [row["probe"] for row in rows_of(path)] == ["p0000", "p0007", "p0008"]


@pytest.mark.parametrize("lock", ["~$s.xlsx", ".~lock.s.xlsx#"])
def test_a_sheet_that_is_open_in_a_spreadsheet_program_is_not_written_to(tmp_path, lock):
    path = a_filled_book(tmp_path)
    before = path.read_bytes()
    (tmp_path / lock).write_bytes(b"")
    with pytest.raises(WorksheetError, match=r"open in a spreadsheet program.*Save and close it there") as caught:
        append_rows(path, NEEDED, NEW)
    assert lock in str(caught.value)
    assert path.read_bytes() == before


def test_a_sheet_without_the_column_for_the_prompt_is_not_added_to(tmp_path):
    (tmp_path / "s.csv").write_text("probe,output\np0000,x\n", encoding="utf-8")
    with pytest.raises(WorksheetError, match="the column 'prompt' is missing"):
        append_rows(tmp_path / "s.csv", NEEDED, NEW)


# ---------------------------------------------------------------- blocks


def grown(folder, settings, probes, planned):
    with pytest.raises(Unfinished) as caught:
        opened(settings, folder, probes, planned)
    return str(caught.value)


@pytest.mark.parametrize("settings", [{"file": "s.xlsx"}, {"file": "s.xlsx", "parts": 2}, {"file": "s.csv", "parts": 2, "sitting": 7}, {"file": "s/", "parts": 2}])
def test_a_sheet_holds_the_first_block_and_grows_below_with_filled_rows_untouched(tmp_path, settings):
    planned = guises(12)
    first = [p for p in planned if p.item < "i04"]
    second = [p for p in planned if p.item < "i10"]
    said = grown(tmp_path, settings, first, planned)
    assert "it is the first block, and how many follow depends on the answers" in said
    paths = sorted(path for path in tmp_path.rglob("s*.*") if path.is_file())
    assert sorted(row["probe"] for path in paths for row in rows_of(path)) == sorted(p.id for p in first)
    if settings["file"].endswith("csv"):
        for path in paths:
            path.write_text(path.read_text(encoding="utf-8-sig").replace('"","",""', '"an answer","",""'), encoding="utf-8-sig")
    else:
        for path in paths:
            fill(path, lambda _: "an answer", mine=lambda _: "my own")
    before = {path: rows_of(path) for path in paths}
    tool, replies = opened(settings, tmp_path, first, planned)
    assert (len(replies), tool.missing) == (12, ())
    said = grown(tmp_path, settings, second, planned)
    assert "the rows before are read; 18 more are added below" in said
    for path in paths:
        assert rows_of(path)[: len(before[path])] == before[path]
    sizes = [len(rows_of(path)) for path in paths]
    assert sum(sizes) == 30
    assert max(sizes) - min(sizes) <= 3
    where = {p.id: p.item for p in planned}
    items = [{where[row["probe"]] for row in rows_of(path)} for path in paths]
    assert sum(map(len, items)) == 10
    tool, replies = opened(settings, tmp_path, second, planned)
    assert len(replies) == 12
    tool, replies = opened(settings, tmp_path, first, planned)
    assert (len(replies), tool.missing) == (12, ()), "rows of a block that is not asked any more are no error and not open"


def test_no_block_is_added_while_a_part_is_away(tmp_path):
    planned = guises(6)
    settings = {"file": "s.csv", "parts": 2}
    grown(tmp_path, settings, planned[:9], planned)
    (tmp_path / "s-2.csv").rename(tmp_path / "away.csv")
    before = (tmp_path / "s-1.csv").read_bytes()
    tool, _ = opened(settings, tmp_path, planned, planned)
    assert tool.missing[0] == "s-2.csv is not there: put it back"
    assert (tmp_path / "s-1.csv").read_bytes() == before
    shutil.move(tmp_path / "away.csv", tmp_path / "s-2.csv")
    assert "more are added below" in grown(tmp_path, settings, planned, planned)


def test_an_adaptive_plan_asks_a_person_for_fewer_pastes_and_says_how_many_were_saved(tmp_path, monkeypatch, capsys):
    """A stand-in that always flags one dialect: settled long before the last of 60 items."""
    write_set(tmp_path / "tiny", items=60)
    plan = write_plan(tmp_path, 'adapter = "transcript"\nfile = "sheet.csv"', design="adaptive = true\nlooks = 4")
    code, _, err = collect(plan, monkeypatch, capsys)
    assert code == 3
    assert "it is the first block" in err
    sheet, asked = tmp_path / "sheet.csv", []
    for _ in range(4):
        rows = rows_of(sheet)
        asked.append(len(rows))
        for row in rows:
            row["output"] = "yes" if "AAE" in row["prompt"] else "no"
        with sheet.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        code, out, err = collect(plan, monkeypatch, capsys)
        if code == 0:
            break
    assert code == 0
    assert asked[-1] < 120
    assert len(asked) < 4
    assert f"{120 - asked[-1]} of the 120 calls of the fixed design are not needed" in err
    assert f"{asked[-1]} of 120 probes have a reply" in out
    assert len(rows_of(sheet)) == asked[-1]
    log = [json.loads(line) for line in (tmp_path / "plan-run" / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sum(event["event"] == "reply" for event in log) == asked[-1]
