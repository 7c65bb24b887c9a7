"""What looks wrong in a table is said; of people, without numbers. All people are invented."""

import json

import pytest

from audit.analysis import notes as module
from audit.analysis import write_folder
from tests.analysis.tables import ask, write

COPIED = "exact copies of others: if they are the same response twice, remove them"
NAME_IT = "if one thing answered several times, name it with --item"


def rows(n=40):
    return [{"id": i, "g": "AB"[i % 2], "d": i // 2 % 3 == 0, "s": i % 5} for i in range(n)]


def notes(path, **options):
    return [note for note in ask(path, "g", decision="d", **options).results.notes if "cop" in note]


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_a_table_that_was_pasted_twice_is_noted(tmp_path, kind):
    assert notes(write(tmp_path / f"t.{kind}", rows())) == []
    (said,) = notes(write(tmp_path / f"u.{kind}", [*rows(), *rows()]))
    assert said == f"40 rows are {COPIED}; {NAME_IT}."


def test_rows_that_differ_in_any_column_are_no_copies(tmp_path):
    assert notes(write(tmp_path / "t.csv", [*rows(), *(row | {"s": 9} for row in rows())])) == []


def test_alike_rows_of_a_table_without_other_columns_are_no_copies_unless_an_item_says_so(tmp_path):
    bare = [{"g": row["g"], "d": row["d"]} for row in rows()]
    assert notes(write(tmp_path / "t.csv", bare)) == []
    items = [{"g": row["g"], "d": row["d"], "e": i // 4} for i, row in enumerate(rows())]
    one = [*items, items[0] | {"e": 99}, items[0] | {"e": 99}]
    distinct = len({tuple(row.values()) for row in one})
    (said,) = notes(write(tmp_path / "u.csv", one), item="e")
    assert said == f"{len(one) - distinct} rows are {COPIED}."


def test_one_copy_reads_as_one(tmp_path):
    (said,) = notes(write(tmp_path / "t.csv", [*rows(), rows()[3]]))
    assert said.startswith("1 row is an exact copy of another: if they are the same response twice")


def test_of_people_no_number_is_said_anywhere_but_the_groups_own(tmp_path):
    table = [{"id": i, "g": "AB"[i % 2] if i < 600 else "", "d": "" if i % 200 == 7 else i // 2 % 3 == 0} for i in range(603)]
    analysis = ask(write(tmp_path / "t.csv", [*table, table[0], table[1]]), "g", decision="d", people=True)
    assert analysis.size is None
    assert f"Some rows are {COPIED}; {NAME_IT}." in analysis.results.notes
    write_folder(tmp_path / "out", analysis)
    about = json.loads((tmp_path / "out" / "request.json").read_text(encoding="utf-8"))
    assert about["size"] is None
    for file in (tmp_path / "out").rglob("*.*"):
        assert "605" not in file.read_text(encoding="utf-8").replace(about["sha256"], "")


def test_above_the_most_rows_copies_are_not_looked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_MOST_ROWS", 30)
    assert notes(write(tmp_path / "t.csv", rows())) == ["Whether rows are copies of each other was not looked at: there are more than 30."]


def test_a_truth_that_the_rule_does_not_read_is_noted(tmp_path):
    table = [{"id": i, "g": "AB"[i % 2], "p": i % 10 / 10, "y": i % 3 == 0, "q": i % 7 / 7} for i in range(80)]
    path = write(tmp_path / "t.csv", table)

    def said(truth):
        return [n for n in ask(path, "g", decision="p", truth=truth, positive_when=" < 0.5").results.notes if "truth" in n]

    assert said("y") == ["The truth in 'y' is read as yes and no, as it stands; the rule '< 0.5' is for the outcome only."]
    assert said("q") == []
