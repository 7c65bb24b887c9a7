"""The worksheet adapter: written once, filled by a person, read back; never overwritten, never guessed."""

import asyncio
import csv
import json

import openpyxl
import pytest

from audit.cli import main
from audit.errors import Unfinished, WorksheetError
from audit.vendors.transcript import Settings, connect, read_worksheet, to_paste, write_worksheet
from tests.audits import write_plan, write_set
from tests.builders import a_site, some_probes
from tests.office import save_as

PROBES = some_probes(6, "Line {n}\n=SUM(1)\nsay \"hi\" 😀")


def filled(path, answers):
    """Fill a workbook as a person does: pick the cell in the column "output" and type."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=2):
        if row[0].value in answers:
            row[2].value = answers[row[0].value]
            row[2].data_type = "s" if isinstance(answers[row[0].value], str) else row[2].data_type
    book.save(path)
    return path


def refused(path):
    with pytest.raises(WorksheetError) as caught:
        read_worksheet(path, PROBES)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def a_csv(folder, *rows, head=("probe", "prompt", "output")):
    path = folder / "sheet.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
    return path


ANSWERS = {"p0000": "- good point", "p0001": "=1+1", "p0002": 'two\nlines and "quotes"', "p0003": "4", "p0004": "yes 👍"}


@pytest.mark.parametrize("kinds", [["xlsx"], ["ods", "xlsx"], ["csv"], ["csv;"], ["csv-utf16-tab"]])
def test_a_filled_worksheet_comes_back_from_libreoffice_with_every_answer(tmp_path, kinds):
    path = tmp_path / "sheet.xlsx"
    write_worksheet(path, PROBES)
    filled(path, ANSWERS)
    for n, kind in enumerate(kinds):
        path = save_as(path, kind, tmp_path / str(n))
    sheet = read_worksheet(path, PROBES)
    assert sheet.answers == ANSWERS
    assert sheet.missing == ("row 7",)


@pytest.mark.parametrize("name", ["sheet.xlsx", "sheet.csv", "sheet.jsonl"])
def test_an_empty_worksheet_lists_every_row_as_unanswered(tmp_path, name):
    write_worksheet(tmp_path / name, PROBES)
    sheet = read_worksheet(tmp_path / name, PROBES)
    first = 1 if name.endswith("jsonl") else 2
    assert sheet.answers == {}
    assert sheet.missing == tuple(f"row {n}" for n in range(first, first + 6))


def test_sorted_and_deleted_rows_are_no_error_and_deleted_ones_are_named(tmp_path):
    sheet = read_worksheet(a_csv(tmp_path, ["p0003", "", "c"], ["p0001", "", ""], ["p0000", "", "a"], [" p0002 ", "", " b "]), PROBES)
    assert sheet.answers == {"p0003": "c", "p0000": "a", "p0002": "b"}
    assert sheet.missing == ("row 3", "no row for probe p0004", "no row for probe p0005")


def test_the_same_answer_twice_is_one_and_an_empty_copy_does_not_count(tmp_path):
    sheet = read_worksheet(a_csv(tmp_path, ["p0000", "", "a"], ["p0000", "", "a "], ["p0000", "", ""]), PROBES[:1])
    assert (sheet.answers, sheet.missing) == ({"p0000": "a"}, ())


@pytest.mark.parametrize(("rows", "said"), [
    ([["p0000", "", "a"], ["p0001", "", "x"], ["p0000", "", "b"]], "probe p0000 has two different answers, in rows 2 and 4"),
    ([["p0000", "", "a"], ["p0009", "", "x"]], "unknown probe 'p0009' in row 3. Restore the id"),
    ([["p0000", "", "a"], *[[f"q{n}", "", ""] for n in range(7)]], "unknown probe 'q0' in rows 3, 4, 5, 6, 7 and 2 more"),
    ([["p0000", "", "a"], ["", "", "an answer"]], "there is no probe id in row 3"),
    ([["p" + "f" * 15, "", "a"], ["p" + "e" * 15, "", ""]], "this worksheet belongs to another plan"),
])
def test_rows_that_contradict_the_plan_or_each_other_are_refused_by_number(tmp_path, rows, said):
    assert said in refused(a_csv(tmp_path, *rows))


def test_numbers_and_booleans_typed_into_cells_are_answers(tmp_path):
    write_worksheet(tmp_path / "s.xlsx", PROBES)
    filled(tmp_path / "s.xlsx", {"p0000": 4, "p0001": 3.5, "p0002": True, "p0003": 0, "p0004": False})
    assert read_worksheet(tmp_path / "s.xlsx", PROBES).answers == {"p0000": "4", "p0001": "3.5", "p0002": "true", "p0003": "0", "p0004": "false"}


def test_the_adapter_writes_once_stops_and_then_answers_what_is_filled(tmp_path):
    site = a_site(tmp_path, PROBES)

    async def ask_all():
        async with connect(Settings(file="new/sheet.xlsx"), site) as tool:
            return tool, {p.id: (await tool.ask(p)).output for p in PROBES if p.id in tool.answered}

    with pytest.raises(Unfinished, match="the worksheet is written, with 6 rows to fill"):
        asyncio.run(ask_all())
    before = (tmp_path / "new" / "sheet.xlsx").read_bytes()
    asyncio.run(ask_all())
    assert (tmp_path / "new" / "sheet.xlsx").read_bytes() == before
    filled(tmp_path / "new" / "sheet.xlsx", ANSWERS)
    tool, outputs = asyncio.run(ask_all())
    assert outputs == ANSWERS
    assert tool.missing == ("row 7",)


@pytest.mark.parametrize("raw", [b"not a workbook", b"\xd0\xcf\x11\xe0 encrypted", b""])
def test_a_worksheet_that_cannot_be_read_is_refused_and_never_overwritten(tmp_path, raw):
    (tmp_path / "sheet.xlsx").write_bytes(raw)

    async def start():
        async with connect(Settings(file="sheet.xlsx"), a_site(tmp_path, PROBES)):
            pass

    with pytest.raises(WorksheetError):
        asyncio.run(start())
    assert (tmp_path / "sheet.xlsx").read_bytes() == raw


# ---------------------------------------------------------------- through the command line


def collect(plan, monkeypatch, capsys, command="collect"):
    monkeypatch.setattr("sys.argv", ["audit", command, str(plan)])
    with pytest.raises(SystemExit) as caught:
        main()
    out, err = capsys.readouterr()
    return caught.value.code, out, err


def a_transcript_plan(folder, name="sheet.csv"):
    write_set(folder / "tiny", items=6)
    return write_plan(folder, f'adapter = "transcript"\nfile = "{name}"\n')


def fill_csv(path, answer):
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for number, row in enumerate(rows, 2):
        row["output"] = answer(number)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["probe", "prompt", "output"])
        writer.writeheader()
        writer.writerows(rows)


def test_a_person_fills_a_worksheet_in_two_sittings(tmp_path, monkeypatch, capsys):
    plan = a_transcript_plan(tmp_path)
    code, out, err = collect(plan, monkeypatch, capsys)
    assert (code, out, len(err.splitlines())) == (3, "", 1)
    assert "the worksheet is written, with 12 rows to fill" in err
    assert not (tmp_path / "plan-run").exists()
    fill_csv(tmp_path / "sheet.csv", lambda row: "yes" if row > 9 else "")
    code, out, err = collect(plan, monkeypatch, capsys)
    assert code == 3
    assert "8 probes have no answer yet: row 2, row 3, row 4, row 5, row 6 and 3 more." in err
    fill_csv(tmp_path / "sheet.csv", lambda row: "yes" if row > 9 else "no")
    code, out, err = collect(plan, monkeypatch, capsys)
    assert code == 0
    assert "12 of 12 probes have a reply" in out
    assert "no answer yet" not in err
    replies = [json.loads(line) for line in (tmp_path / "plan-run" / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted(r["output"] for r in replies if r["event"] == "reply") == ["no"] * 8 + ["yes"] * 4


@pytest.mark.parametrize(("raw", "said"), [
    (b"a,b\n", "the column 'probe' is missing"), (b"probe,output\npffffffffffffffff,x\n", "belongs to another plan"),
    (b'probe,output\np1,"open\n', "not a readable CSV"), (b"PK\x03\x04", "the column 'probe' is missing"),
])
@pytest.mark.parametrize("command", ["collect", "run"])
def test_a_wrong_worksheet_is_one_line_exit_code_2_and_changes_nothing(tmp_path, monkeypatch, capsys, command, raw, said):
    plan = a_transcript_plan(tmp_path)
    (tmp_path / "sheet.csv").write_bytes(raw)
    code, out, err = collect(plan, monkeypatch, capsys, command)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err
    assert (tmp_path / "sheet.csv").read_bytes() == raw
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan.toml", "sheet.csv", "tiny"]


def test_a_column_moved_against_the_others_is_refused(tmp_path):
    prompts = [probe.prompt for probe in PROBES[:3]]
    shifted = [[probe.id, prompt, "a"] for probe, prompt in zip(PROBES[:3], prompts[1:] + prompts[:1], strict=True)]
    with pytest.raises(WorksheetError, match="the prompt is not the one of its probe in rows 2, 3, 4"):
        read_worksheet(a_csv(tmp_path, *shifted), PROBES)


def test_a_person_pastes_the_bare_text_where_the_plan_says_so(tmp_path):
    probe = PROBES[0].__class__(**{f: getattr(PROBES[0], f) for f in PROBES[0].__struct_fields__} | {"input": {"text": "Hello"}, "prompt": "Flag this? Hello"})
    assert (to_paste(probe, "text"), to_paste(probe, "prompt")) == ("Hello", "Flag this? Hello")
