"""Several people, several sheets: written in parts, filled apart, read together; contradictions are shown and never decided."""

import csv
import shutil
from collections import Counter
from itertools import pairwise

import openpyxl
import pytest

from audit.errors import PlanError, Unfinished, WorksheetError
from audit.library import convert
from audit.vendors.transcript import Settings
from tests.vendors.test_transcript import a_transcript_plan, collect
from tests.vendors.worksheets import fill, guises, opened, rows_of

PROBES = guises(10)
ITEM = {p.id: p.item for p in PROBES}
GROUP = {p.id: p.groups["dialect"] for p in PROBES}
THREE = {"file": "sheet.xlsx", "parts": 3}


def written(folder, settings, probes=PROBES):
    with pytest.raises(Unfinished) as caught:
        opened(settings, folder, probes)
    return str(caught.value)


def refused(folder, settings, probes=PROBES):
    with pytest.raises(WorksheetError) as caught:
        opened(settings, folder, probes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def echo(row):
    return f"To {row['prompt']}"


def answers(replies):
    return {probe: reply.output for probe, reply in replies.items()}


def test_three_people_get_a_sheet_each_with_whole_items_and_each_group_equally_often(tmp_path):
    said = written(tmp_path, THREE)
    assert "3 worksheets are written, one for each person: sheet-1.xlsx (12 rows), sheet-2.xlsx (9 rows), sheet-3.xlsx (9 rows)" in said
    parts = [rows_of(tmp_path / f"sheet-{n}.xlsx") for n in (1, 2, 3)]
    assert sorted(row["probe"] for part in parts for row in part) == sorted(ITEM)
    for part in parts:
        assert len(set(Counter(GROUP[row["probe"]] for row in part).values())) == 1
        assert all(ITEM[a["probe"]] != ITEM[b["probe"]] for a, b in pairwise(part))
    assert not {ITEM[row["probe"]] for row in parts[0]} & {ITEM[row["probe"]] for row in parts[1]}


def test_no_cell_of_a_part_tells_item_or_group_and_the_same_plan_writes_the_same_rows(tmp_path):
    probes = [p.__class__(**{f: getattr(p, f) for f in p.__struct_fields__} | {"prompt": f"Text {n}", "item": p.item + "-ITEM"}) for n, p in enumerate(PROBES)]
    for folder in ("a", "b"):
        written(tmp_path / folder, {"file": "sheet.csv", "parts": 2, "sitting": 10}, probes)
    text = (tmp_path / "a" / "sheet-1.csv").read_text(encoding="utf-8-sig")
    assert not any(word in text for word in ("SAE", "AAE", "ITEM"))
    assert text == (tmp_path / "b" / "sheet-1.csv").read_text(encoding="utf-8-sig")
    assert text.splitlines()[0] == '"probe","sitting","prompt","output","by","note"'
    assert list(dict.fromkeys(row["sitting"] for row in rows_of(tmp_path / "a" / "sheet-1.csv"))) == ["1 of 2", "2 of 2"]


def test_filled_parts_are_read_together_and_who_pasted_is_kept(tmp_path):
    written(tmp_path, THREE)
    for n, who in ((1, "MJ"), (2, ""), (3, "KL")):
        fill(tmp_path / f"sheet-{n}.xlsx", echo, by=lambda _row, who=who: who or None, note=lambda row: "slow" if "EL" in row["prompt"] else None)
    tool, replies = opened(THREE, tmp_path, PROBES)
    assert answers(replies) == {p.id: f"To {p.prompt}" for p in PROBES}
    assert tool.missing == ()
    first = rows_of(tmp_path / "sheet-1.xlsx")[0]
    assert replies[first["probe"]].meta == {"by": "MJ", "sheet": "sheet-1.xlsx"} | ({"note": "slow"} if "EL" in first["prompt"] else {})
    assert "by" not in replies[rows_of(tmp_path / "sheet-2.xlsx")[0]["probe"]].meta


def test_a_part_that_is_open_is_said_by_part_and_the_others_are_read(tmp_path):
    written(tmp_path, THREE)
    fill(tmp_path / "sheet-1.xlsx", echo)
    fill(tmp_path / "sheet-2.xlsx", lambda row: echo(row) if "SAE" in row["prompt"] else None)
    tool, replies = opened(THREE, tmp_path, PROBES)
    assert len(replies) == 12 + 3
    assert [place.split(":")[0] for place in tool.missing] == ["sheet-2.xlsx", "sheet-3.xlsx"]
    assert tool.missing[1] == "sheet-3.xlsx: rows 2, 3, 4, 5, 6 and 4 more"


def test_a_part_that_is_lost_is_written_again_with_its_own_rows_and_the_others_stay_as_they_are(tmp_path):
    written(tmp_path, THREE)
    before = rows_of(tmp_path / "sheet-2.xlsx")
    fill(tmp_path / "sheet-1.xlsx", echo)
    kept = (tmp_path / "sheet-1.xlsx").read_bytes()
    (tmp_path / "sheet-2.xlsx").unlink()
    tool, replies = opened(THREE, tmp_path, PROBES)
    assert len(replies) == 12
    assert tool.missing[0] == "sheet-2.xlsx was not there, and is written again: 9 rows"
    assert {row["probe"] for row in rows_of(tmp_path / "sheet-2.xlsx")} == {row["probe"] for row in before}
    assert (tmp_path / "sheet-1.xlsx").read_bytes() == kept


def test_two_copies_of_one_sheet_are_merged_and_the_same_answer_counts_once(tmp_path):
    written(tmp_path, {"file": "a.xlsx"})
    shutil.copy(tmp_path / "a.xlsx", tmp_path / "b.xlsx")
    fill(tmp_path / "a.xlsx", lambda row: echo(row) if "SAE" in row["prompt"] or "AAE" in row["prompt"] else None)
    fill(tmp_path / "b.xlsx", lambda row: f" {echo(row)}\n" if "EL" in row["prompt"] or "SAE" in row["prompt"] else None)
    for settings in ({"file": ("a.xlsx", "b.xlsx")}, {"file": "both/"}):
        (tmp_path / "both").mkdir(exist_ok=True)
        for name in "ab":
            shutil.copy(tmp_path / f"{name}.xlsx", tmp_path / "both" / f"{name}.xlsx")
        (tmp_path / "both" / "~$a.xlsx").write_bytes(b"Excel's mark of an open file")
        tool, replies = opened(settings, tmp_path, PROBES)
        assert answers(replies) == {p.id: f"To {p.prompt}" for p in PROBES}
        assert tool.missing == ()


def test_answers_that_contradict_each_other_are_all_shown_and_nothing_is_decided(tmp_path):
    written(tmp_path, {"file": "a.xlsx"})
    shutil.copy(tmp_path / "a.xlsx", tmp_path / "b.xlsx")
    fill(tmp_path / "a.xlsx", echo, by=lambda _: "MJ")
    fill(tmp_path / "b.xlsx", lambda row: "=another" if " 3 " in row["prompt"] else echo(row))
    both = {"file": ("a.xlsx", "b.xlsx")}
    said = refused(tmp_path, both)
    rows = rows_of(tmp_path / "a.xlsx")
    at = next(n for n, row in enumerate(rows, 2) if " 3 " in row["prompt"])
    assert f"probe {rows[at - 2]['probe']} has two different answers, in row {at} of a.xlsx and row {at} of b.xlsx, and so have 2 more" in said
    assert 'Empty the wrong one, or write "x" beside the right one in a column "keep". All of them stand in a-conflicts.csv.' in said
    with (tmp_path / "a-conflicts.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 6
    assert {(r["file"], r["by"], r["answer"]) for r in table} == {("a.xlsx", "MJ", f"To Text 3 {g}") for g in ("SAE", "AAE", "EL")} | {("b.xlsx", "", "'=another")}
    fill(tmp_path / "b.xlsx", lambda _: None, keep=lambda row: "x" if " 3 " in row["prompt"] else None)
    _, replies = opened(both, tmp_path, PROBES)
    assert Counter(reply.output for reply in replies.values())["=another"] == 3


def test_two_rows_that_are_both_to_be_kept_still_contradict(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"probe,prompt,output,keep\n{PROBES[0].id},,a,x\n{PROBES[0].id},,b,no\n{PROBES[0].id},,c,x\n", encoding="utf-8")
    assert "has two different answers, in rows 2 and 4." in refused(tmp_path, {"file": "a.csv"})


def test_answers_of_repeats_are_never_in_conflict(tmp_path):
    probes = guises(3, repeats=3)
    written(tmp_path, THREE, probes)
    for n in (1, 2, 3):
        fill(tmp_path / f"sheet-{n}.xlsx", lambda row: f"answer to {row['probe']}")
    assert len(opened(THREE, tmp_path, probes)[1]) == 27


@pytest.mark.parametrize(("settings", "said"), [
    ({"file": "sheet.txt"}, "is no kind of sheet (.xlsx, .csv or .jsonl) and no folder"), ({"file": "sheets"}, "a name that ends with /"),
    ({"file": ["a.xlsx", "b.xlsx"], "parts": 2}, "leave parts out"), ({"file": ["a.xlsx", "a.xlsx"]}, "the same sheet twice"),
    ({"file": "a.xlsx", "parts": 0}, "parts"), ({"file": []}, "file"), ({"file": "a.xlsx", "sitting": 0}, "sitting"),
])
def test_settings_that_contradict_each_other_are_refused(settings, said):
    with pytest.raises(PlanError) as caught:
        convert(settings, Settings, PlanError, "plan.toml")
    assert said in str(caught.value)


def test_a_list_of_sheets_and_a_folder_are_written_as_parts_too(tmp_path):
    assert "2 worksheets are written" in written(tmp_path, {"file": ("mia.xlsx", "ken.xlsx")})
    assert "sheet-1.xlsx (15 rows)" in written(tmp_path, {"file": "sheets/", "parts": 2})
    assert sorted(p.name for p in (tmp_path / "sheets").iterdir()) == ["sheet-1.xlsx", "sheet-2.xlsx"]


def test_the_sheet_says_how_in_words_and_minutes_and_guards_the_ids_without_a_password(tmp_path):
    written(tmp_path, {"file": "sheet.xlsx", "parts": 2, "sitting": 8})
    book = openpyxl.load_workbook(tmp_path / "sheet-1.xlsx")
    sheet, how = book.worksheets
    words = "\n".join(row[0].value for row in how.iter_rows())
    assert words.startswith("How to fill this in (part 1 of 2): 15 rows, about 15 minutes")
    assert "Sitting 3 of 3: " in words
    assert not sheet.protection.sheet
    assert [str(rule.sqref) for rule in sheet.data_validations.dataValidation] == ["A2:A16 B2:B16 C2:C16"]
    assert sheet.freeze_panes == "A2"
    thick = [row[0].row for row in sheet.iter_rows() if row[0].border.top.style == "thick"]
    assert [sheet.cell(n, 2).value for n in thick] == ["2 of 3", "3 of 3"]
    assert [sheet.cell(n - 1, 2).value for n in thick] == ["1 of 3", "2 of 3"]


def test_parts_through_the_command_line(tmp_path, monkeypatch, capsys):
    plan = a_transcript_plan(tmp_path, 'sheet.xlsx"\nparts = 2\npaste = "prompt')
    code, out, err = collect(plan, monkeypatch, capsys)
    assert (code, out, len(err.splitlines())) == (3, "", 1)
    assert "sheet-1.xlsx (6 rows), sheet-2.xlsx (6 rows)" in err
    fill(tmp_path / "sheet-2.xlsx", lambda _: "yes")
    code, _, err = collect(plan, monkeypatch, capsys)
    assert code == 3
    assert "6 probes have no answer yet: sheet-1.xlsx: rows 2, 3, 4, 5, 6 and 1 more." in err
    shutil.copy(tmp_path / "sheet-2.xlsx", tmp_path / "sheet-1.xlsx")
    plan.write_text(plan.read_text(encoding="utf-8").replace("parts = 2", "sitting = 5").replace("sheet.xlsx", "sheet-1.xlsx"), encoding="utf-8")
    code, out, err = collect(plan, monkeypatch, capsys)
    assert code == 3, "parts and sittings are not what a run is made of: the same run goes on"
    assert "6 of 12 probes have a reply" in out
