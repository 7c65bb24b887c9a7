"""Conversations on a sheet, and what spreadsheet programs and busy people do to one."""

import datetime as dt
from pathlib import Path

import msgspec
import openpyxl
import pytest

from audit.errors import PlanError, Unfinished, WorksheetError
from audit.plan import Connect
from audit.vendors import check_connection
from audit.vendors.transcript import read_worksheet, write_worksheet
from tests.audits import write_plan, write_set
from tests.builders import a_probe, a_site, some_probes
from tests.vendors.test_transcript import collect, fill_csv
from tests.vendors.worksheets import fill, guises, opened, rows_of

TALKS = guises(4, turns=("Help me", "Why", "Thanks"))
SHEET = {"file": "talk.xlsx"}


def written(folder, probes=TALKS):
    with pytest.raises(Unfinished, match=f"with {sum(p.calls for p in probes)} rows to fill"):
        opened(SHEET, folder, probes)
    return folder / "talk.xlsx"


def said(row):
    return f"{row['turn']}: {row['prompt']}?"


def transcript(probe):
    return {"conversation": [{"prompt": text, "output": f"{n} of 3: {text}?"} for n, text in enumerate(probe.turns, 1)]}


# ---------------------------------------------------------------- conversations


def test_a_conversation_has_a_row_a_turn_in_order_and_its_rows_stay_together(tmp_path):
    rows = rows_of(written(tmp_path))
    assert list(rows[0]) == ["probe", "turn", "prompt", "output", "by", "note"]
    for n in range(0, 36, 3):
        assert [row["turn"] for row in rows[n:n + 3]] == ["1 of 3", "2 of 3", "3 of 3"]
        assert len({row["probe"] for row in rows[n:n + 3]}) == 1
        assert [row["prompt"] for row in rows[n:n + 3]] == list(next(p.turns for p in TALKS if p.id == rows[n]["probe"]))


def test_a_filled_conversation_is_the_transcript_that_the_collector_makes(tmp_path):
    fill(written(tmp_path), said, by=lambda row: "MJ" if row["turn"] == "2 of 3" else None)
    tool, replies = opened(SHEET, tmp_path, TALKS)
    assert {p.id: replies[p.id].output for p in TALKS} == {p.id: transcript(p) for p in TALKS}
    assert tool.answered == {p.id: transcript(p) for p in TALKS}, "the same as in the journal: an unchanged answer is not taken for a corrected one"
    assert replies[TALKS[0].id].meta == {"by": "MJ"}


def test_a_conversation_that_is_partly_filled_is_open_and_not_failed(tmp_path):
    path = fill(written(tmp_path), lambda row: None if row["turn"] == "3 of 3" and row["prompt"].endswith("0 SAE") else said(row))
    tool, replies = opened(SHEET, tmp_path, TALKS)
    assert len(replies) == 11
    open_row = next(n for n, row in enumerate(rows_of(path), 2) if not row["output"])
    assert tool.missing == (f"row {open_row}",)


def test_rows_of_conversations_may_be_sorted(tmp_path):
    path = fill(written(tmp_path), said)
    rows = sorted(rows_of(path), key=lambda row: (row["prompt"], row["probe"]))
    other = tmp_path / "sorted.jsonl"
    other.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
    _, replies = opened({"file": "sorted.jsonl"}, tmp_path, TALKS)
    assert replies[TALKS[3].id].output == transcript(TALKS[3])


@pytest.mark.parametrize("turn", ["", "4 of 3", "0", "second"])
def test_a_row_that_does_not_say_which_turn_it_is_is_refused(tmp_path, turn):
    path = written(tmp_path)
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["B5"].value = turn
    book.save(path)
    with pytest.raises(WorksheetError, match=r'row 5 does not say which turn of the conversation it is\. Write "1 of 3"'):
        opened(SHEET, tmp_path, TALKS)


def test_a_conversation_is_kept_once_through_the_command_line(tmp_path, monkeypatch, capsys):
    write_set(tmp_path / "tiny", items=3, outcome="text", extra='turns = ["Help me with: {{ text }}", "And why?"]')
    plan = write_plan(tmp_path, 'adapter = "transcript"\nfile = "sheet.xlsx"')
    assert collect(plan, monkeypatch, capsys)[0] == 3
    fill(tmp_path / "sheet.xlsx", lambda row: f"Because of {row['prompt']}")
    for _ in range(2):
        code, out, err = collect(plan, monkeypatch, capsys)
        assert (code, "6 of 6 probes have a reply" in out, "changed" in err) == (0, True, False)
    assert (tmp_path / "plan-run" / "journal.jsonl").read_text(encoding="utf-8").count('"event":"reply"') == 6


# ---------------------------------------------------------------- what programs do


PROBES = some_probes(4, 'Say "yes" - don\'t … {n}\tand\nstop')


def with_cell(folder, value, number_format="General"):
    write_worksheet(folder / "s.xlsx", PROBES)
    book = openpyxl.load_workbook(folder / "s.xlsx")
    one = book.worksheets[0]["C3"]
    one.value, one.number_format = value, number_format
    book.save(folder / "s.xlsx")
    return folder / "s.xlsx"


@pytest.mark.parametrize(("value", "form", "made"), [
    (dt.date(2026, 3, 4), "m/d/yyyy", "a date"), (dt.time(3, 4), "h:mm", "a date"), (0.85, "0%", "a percentage"), ("=1+1", "General", "a formula"),
])
def test_an_answer_that_a_program_has_made_something_else_of_is_refused_with_its_cell(tmp_path, value, form, made):
    with pytest.raises(WorksheetError, match=f"made {made} of what was typed into the cell C3. Type an apostrophe") as caught:
        read_worksheet(with_cell(tmp_path, value, form), PROBES)
    assert "\n" not in str(caught.value)


def test_an_answer_that_was_cut_at_the_size_of_a_cell_is_open_until_its_rest_is_there(tmp_path):
    long = "a" * 32_767
    path = with_cell(tmp_path, long)
    sheet = read_worksheet(path, PROBES)
    assert sheet.answers == {}
    assert sheet.missing[1] == 'row 3 (cut at 32,767 characters: put the rest into a column "more")'
    fill(path, lambda _: None, more=lambda row: "and the rest" if row["output"] else None)
    assert read_worksheet(path, PROBES).answers == {PROBES[1].id: f"{long}\nand the rest"}


def test_a_prompt_with_curly_quotes_dashes_and_lost_tabs_is_still_its_own(tmp_path):
    changed = PROBES[1].prompt.replace('"yes"', "“yes”").replace("-", "–").replace("'", "’").replace("…", "...").replace("\t", "").replace("\n", "\r\n")
    path = with_cell(tmp_path, "fine")
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["B3"].value = changed
    book.save(path)
    assert read_worksheet(path, PROBES).answers == {PROBES[1].id: "fine"}
    book.worksheets[0]["B3"].value = "Say no"
    book.save(path)
    with pytest.raises(WorksheetError, match="the prompt is not the one of its probe in row 3"):
        read_worksheet(path, PROBES)


@pytest.mark.parametrize(("ending", "refused"), [(".xlsx", True), (".csv", False), (".jsonl", False)])
def test_a_text_that_no_cell_can_hold_is_refused_before_anything_is_written(tmp_path, ending, refused):
    site = a_site(tmp_path, [a_probe("short"), a_probe("x" * 32_768, item="long")])
    connection = Connect("transcript", settings={"file": f"s{ending}"})
    if refused:
        with pytest.raises(WorksheetError, match=r"a text to paste has 32,768 characters \(item 'long' of 'tiny'\).*LibreOffice") as caught:
            check_connection(connection, site)
        assert not isinstance(caught.value, PlanError)
    else:
        check_connection(connection, site)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_excel_holds_is_one_clear_line(tmp_path, monkeypatch, capsys):
    """On Windows an open workbook cannot be read; here the system is made to say so."""
    write_set(tmp_path / "tiny", items=6)
    plan = write_plan(tmp_path, 'adapter = "transcript"\nfile = "sheet.csv"\n')
    assert collect(plan, monkeypatch, capsys)[0] == 3
    fill_csv(tmp_path / "sheet.csv", lambda _: "yes")
    read = Path.read_bytes

    def held(path):
        if path.name == "sheet.csv":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", held)
    code, _, err = collect(plan, monkeypatch, capsys)
    assert (code, len(err.splitlines())) == (2, 1)
    assert "cannot be read: Permission denied. If it is open in a spreadsheet program, save and close it there; then run the same command again." in err


def test_a_plan_of_before_writes_and_reads_the_same_bytes(tmp_path):
    """The three columns, in the plan's own order, and nothing more."""
    with pytest.raises(Unfinished, match="with 4 rows to fill"):
        opened({"file": "s.csv"}, tmp_path, some_probes(4))
    assert (tmp_path / "s.csv").read_bytes() == b'\xef\xbb\xbf"probe","prompt","output"\r\n' + b"".join(b'"p%04d","Text %d",""\r\n' % (n, n) for n in range(4))
