"""The sheets that raters get: blinded, in random order, some work twice, nothing else; and the key."""

import json
from collections import Counter

import openpyxl
import pytest

from audit.errors import FixtureError, WorksheetError
from audit.fixtures import find_set, load_set
from audit.raters import read_key
from audit.raters.design import in_order, make_codes
from audit.sheets import read_sheet
from tests.fixtures.sets import matched_rows, sampled_rows, write
from tests.raters.ratings import exported, long_set, score_set


def lines_of(folder, rater, ending=".xlsx"):
    return [row for _, row in read_sheet(folder / "sheets" / f"rater-{rater}{ending}", ("code", "work"), WorksheetError)]


def refused(folder, fixture_set, error=FixtureError, **order):
    with pytest.raises(error) as caught:
        exported(folder, fixture_set, **order)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("ending", [".xlsx", ".csv"])
def test_a_sheet_holds_codes_and_work_and_nothing_that_tells_a_group_an_item_or_a_truth(tmp_path, ending):
    fixture_set = score_set(tmp_path / "set", attributes={"dialect": {"groups": {"SAE": "Zebra speakers", "AAE": "Yak speakers"}}})
    exported(tmp_path / "out", fixture_set, ending=ending)
    lines = lines_of(tmp_path / "out", 1, ending)
    assert set(lines[0]) == {"code", "work", "score", "comment"}
    assert {line["work"] for line in lines} == {row.input["text"] for row in fixture_set.rows}
    assert not any(line["score"] or line["comment"] for line in lines)
    said = json.dumps(lines) + (tmp_path / "out" / "sheets" / "instructions.txt").read_text(encoding="utf-8-sig")
    assert not [word for word in ("SAE", "AAE", "Zebra", "Yak", "dialect", "A small set", '"i1') if word in said]
    assert {path.name for path in (tmp_path / "out" / "sheets").iterdir()} == {f"rater-1{ending}", f"rater-2{ending}", "instructions.txt"}


def test_each_rater_has_an_order_and_codes_of_their_own(tmp_path):
    exported(tmp_path / "out", long_set(tmp_path / "set"), raters=3)
    works = [[line["work"] for line in lines_of(tmp_path / "out", n)] for n in (1, 2, 3)]
    assert len({tuple(order) for order in works}) == 3
    codes = [line["code"] for n in (1, 2, 3) for line in lines_of(tmp_path / "out", n)]
    assert len(set(codes)) == len(codes) == 3 * 44


def test_a_tenth_of_the_work_comes_twice_at_least_a_third_of_the_sheet_apart(tmp_path):
    exported(tmp_path / "out", long_set(tmp_path / "set"), raters=5)
    for rater in range(1, 6):
        works = [line["work"] for line in lines_of(tmp_path / "out", rater)]
        twice = [work for work, count in Counter(works).items() if count == 2]
        assert len(twice) == 4
        assert all(len(works) - works[::-1].index(w) - 1 - works.index(w) >= len(works) // 3 for w in twice)
    exported(tmp_path / "once", long_set(tmp_path / "set"), twice=0.0)
    assert len(lines_of(tmp_path / "once", 1)) == 40


def test_the_same_seed_writes_the_same_key_and_another_seed_another(tmp_path):
    fixture_set = long_set(tmp_path / "set")
    keys = []
    for name, seed in (("a", 4), ("b", 4), ("c", 5)):
        exported(tmp_path / name, fixture_set, seed=seed, items=30)
        keys.append((tmp_path / name / "organiser" / "key.json").read_bytes())
    assert keys[0] == keys[1] != keys[2]


def test_the_key_names_the_set_by_its_digest_and_each_code_by_its_row(tmp_path):
    fixture_set = long_set(tmp_path / "set")
    exported(tmp_path / "out", fixture_set)
    key, kept = read_key(tmp_path / "out")
    assert key.digest == fixture_set.digest == kept.digest
    for sheet, number in zip(key.sheets, (1, 2), strict=True):
        shown = [(line["code"], line["work"]) for line in lines_of(tmp_path / "out", number)]
        assert [(line.code, kept.rows[line.row].input["text"]) for line in sheet.lines] == shown


def test_filled_sheets_are_never_overwritten(tmp_path):
    fixture_set = score_set(tmp_path / "set")
    exported(tmp_path / "out", fixture_set)
    before = (tmp_path / "out" / "sheets" / "rater-1.xlsx").read_bytes()
    assert "never overwritten" in refused(tmp_path / "out", fixture_set, WorksheetError)
    assert (tmp_path / "out" / "sheets" / "rater-1.xlsx").read_bytes() == before


@pytest.mark.parametrize(("raters", "guises"), [(2, 2), (3, 2), (4, 2), (4, 4), (8, 4), (5, 3)])
def test_a_rater_sees_one_guise_of_an_item_and_never_alone(tmp_path, raters, guises):
    names = ["SAE", "AAE", "CHE", "ELL"][:guises]
    rows = [{"item": f"i{n}", "groups": {"dialect": g}, "input": {"text": f"{g} number {n}"}} for n in range(24) for g in names]
    fixture_set = load_set(write(tmp_path / "set", rows, attributes={"dialect": {"groups": {g: g for g in names}}}))
    written = exported(tmp_path / "out", fixture_set, raters=raters, twice=0.0)
    readers, of_rater = Counter(), []
    for sheet in written.key.sheets:
        read = [fixture_set.rows[line.row] for line in sheet.lines]
        assert sorted(row.item for row in read) == sorted({row.item for row in fixture_set.rows})
        readers.update(line.row for line in sheet.lines)
        of_rater.append(Counter(row.groups["dialect"] for row in read))
    assert set(readers.values()) <= {2, 3}
    assert written.unread == len(rows) - len(readers) == 24 * max(0, guises - raters // 2)
    assert all(24 / guises - 3 <= seen[g] <= 24 / guises + 3 for seen in of_rater for g in names)


def test_with_all_guises_everybody_reads_everything_and_an_items_guises_lie_apart(tmp_path):
    fixture_set = score_set(tmp_path / "set", design="matched")
    written = exported(tmp_path / "out", fixture_set, all_guises=True, twice=0.0)
    for sheet in written.key.sheets:
        items = [fixture_set.rows[line.row].item for line in sheet.lines]
        assert len(items) == 24
        assert len(set(items[:12])) == len(set(items[12:])) == 12
    assert written.unread == 0


def test_only_what_the_prompt_shows_is_read_unless_the_organiser_says_otherwise(tmp_path):
    rows = [row | {"input": row["input"] | {"id": f"secret-{row['groups']['dialect']}", "grade": 7}} for row in sampled_rows()]
    fixture_set = load_set(write(tmp_path / "set", rows, design="sampled", prompt="Judge {{ text }}"))
    exported(tmp_path / "a", fixture_set)
    assert "secret" not in json.dumps(lines_of(tmp_path / "a", 1))
    exported(tmp_path / "b", fixture_set, show=("grade", "text"))
    assert lines_of(tmp_path / "b", 1)[0]["work"].startswith("grade:\n7\n\ntext:\nWe saw")
    assert "no input has the field 'txt'" in refused(tmp_path / "c", fixture_set, show=("txt",))
    assert not (tmp_path / "c").exists()


def test_a_set_of_texts_is_refused_and_so_is_a_step_that_misses_the_end_of_the_scale(tmp_path):
    texts = load_set(write(tmp_path / "texts", matched_rows(), outcome="text"))
    assert "no right answer to agree on" in refused(tmp_path / "out", texts)
    assert "steps of 2 do not lead from 1 to 6" in refused(tmp_path / "out", score_set(tmp_path / "set"), step=2.0)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("scale", "step", "allowed"), [
    ([1, 6], 1.0, "1, 2, 3, 4, 5 or 6"), ([0, 2], 0.5, "0, 0.5, 1, 1.5 or 2"), ([0, 100], 1.0, "0 to 100 in steps of 1"), ([-1, 1], 0.0, "any number from -1 to 1"),
])
def test_the_instructions_say_what_may_be_written(tmp_path, scale, step, allowed):
    rows = [row | {"truth": None} for row in sampled_rows()]
    exported(tmp_path / "out", load_set(write(tmp_path / "set", rows, design="sampled", outcome="score", scale=scale)), step=step)
    assert f"the same row: {allowed}." in (tmp_path / "out" / "sheets" / "instructions.txt").read_text(encoding="utf-8-sig")
    help_sheet = openpyxl.load_workbook(tmp_path / "out" / "sheets" / "rater-1.xlsx").worksheets[1]
    assert any(allowed in str(row[0]) for row in help_sheet.values)


def test_a_work_that_reads_like_a_formula_is_a_text(tmp_path):
    rows = [row | {"input": {"text": "=HYPERLINK(\"http://x\") " + row["input"]["text"]}} for row in sampled_rows()]
    exported(tmp_path / "out", load_set(write(tmp_path / "set", rows, design="sampled")))
    sheet = openpyxl.load_workbook(tmp_path / "out" / "sheets" / "rater-1.xlsx").worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_a_work_too_long_for_a_cell_is_refused_and_leaves_nothing_behind(tmp_path):
    rows = [row | {"input": {"text": row["input"]["text"] + "x" * 33_000}} for row in sampled_rows()]
    fixture_set = load_set(write(tmp_path / "set", rows, design="sampled"))
    assert "--format-of-sheets .csv" in refused(tmp_path / "out", fixture_set, WorksheetError)
    assert not (tmp_path / "out").exists()
    exported(tmp_path / "out", fixture_set, ending=".csv")


@pytest.mark.parametrize("name", ["writing-samples", "student-messages", "feedback-tone"])
def test_every_shipped_set_can_be_rated(tmp_path, name):
    written = exported(tmp_path / "out", load_set(find_set(name, tmp_path)), items=20)
    assert all(len({line.row for line in sheet.lines}) == 20 for sheet in written.key.sheets)


def test_codes_are_words_that_no_spreadsheet_program_mends():
    import random

    codes = make_codes(3000, random.Random(1))
    assert len(set(codes)) == 3000
    assert all(code.isalpha() and code.isupper() and not set(code) & set("AEIOUY") for code in codes)


def test_two_rows_are_too_few_for_a_second_look(tmp_path):
    import random

    fixture_set = score_set(tmp_path / "set")
    assert sorted(in_order([0, 1], fixture_set.rows, 0.3, random.Random(1))) == [(0, False), (1, False)]
