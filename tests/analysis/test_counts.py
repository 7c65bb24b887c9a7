"""From rows to columns: how cells read, and that alike rows are added up and none is lost."""

from collections import Counter

import numpy as np
import pytest

from audit.analysis.counts import count
from audit.analysis.source import opened
from audit.errors import AuditError
from tests.analysis.tables import question, write


def counted(path, *groups, **options):
    with opened(path) as source:
        return count(source, question(path, *groups, **options))


def refused(path, *groups, **options):
    with pytest.raises(AuditError) as caught:
        counted(path, *groups, **options)
    return str(caught.value)


def decisions(tmp_path, cells, **options):
    rows = [{"g": "AB"[i % 2], "d": cell} for i, cell in enumerate(cells)]
    counts = counted(write(tmp_path / "t.csv", rows), "g", decision="d", **options)
    return [None if np.isnan(v) else int(v) for v, n in zip(counts.values["decision"], counts.times, strict=True) for _ in range(int(n))]


def test_yes_and_no_are_read_in_every_spelling_and_missing_is_neither(tmp_path):
    cells = ["true", "TRUE", "Yes", "1", "1.0", "false", "No", "0", "0.00", "", "NA", "n/a", "NaN", "null", "None", "#N/A"]
    read = decisions(tmp_path, cells)
    assert Counter(map(str, read)) == {"1": 5, "0": 4, "None": 7}


def test_a_third_value_is_an_error_that_lists_the_values(tmp_path):
    path = write(tmp_path / "t.csv", [{"g": g, "d": d} for g, d in zip("ABAB", ["1", "0", "perhaps so", "1"], strict=True)])
    assert "'perhaps so' is neither yes nor no; found: '1', '0', 'perhaps so'" in refused(path, "g", decision="d")


def test_the_positive_value_selects_and_every_other_value_does_not(tmp_path):
    read = decisions(tmp_path, ["Flag", "flag", "ok", "clean, really", "", "timeout", "NA"], positive="FLAG")
    assert Counter(map(str, read)) == {"1": 2, "0": 2, "None": 3}


def test_a_positive_value_that_stands_for_nothing_elsewhere_is_taken_at_its_word(tmp_path):
    assert sorted(decisions(tmp_path, ["none", "None", "flag", "0"], positive="none")) == [0, 0, 1, 1]


def test_a_positive_value_that_does_not_occur_is_an_error(tmp_path):
    path = write(tmp_path / "t.csv", [{"g": "A", "d": "flagged"}, {"g": "B", "d": "ok"}])
    assert "no row of 'd' (--decision) is 'flag'; found: 'flagged', 'ok'" in refused(path, "g", decision="d", positive="flag")


def test_a_rule_selects_by_number(tmp_path):
    assert sorted(map(str, decisions(tmp_path, ["0.5", "0.51", "1e0", "-3", ""], positive_when="> 0.5"))) == ["0", "0", "1", "1", "None"]


@pytest.mark.parametrize("cell", ["3,5", "$5", "5%", "five", "1e999", "1_000", "0x10", "--1", "inf"])
def test_a_cell_that_is_no_number_is_an_error_that_names_its_row(tmp_path, cell):
    rows = [{"g": "A", "s": "1"}, {"g": "B", "s": "2"}, {"g": "B", "s": cell}]
    assert f"row 4: {cell!r} in 's' (--score) is not a number" in refused(write(tmp_path / "t.csv", rows), "g", score="s")
    assert "row 3: " in refused(write(tmp_path / "t.jsonl", rows), "g", score="s")


@pytest.mark.parametrize(("positive", "when", "truth"), [
    ("flag", None, ["flag", "ok"]), ("flag", None, ["yes", "no"]), ("flag", None, ["1", "0"]), (None, ">= 7", ["1", "0"]),
    (None, ">= 7", ["8", "6"]), (None, ">= 7", ["true", "false"]), (None, "< 0.5", ["0", "1"]), (None, None, ["1.0", "no"]), ("0", None, ["0", "1"]),
])
def test_a_truth_is_read_as_the_decisions_are_or_as_yes_and_no(tmp_path, positive, when, truth):
    yes, no = {"flag": ("flag", "ok"), "0": ("0", "1"), None: {">= 7": ("9", "2"), "< 0.5": ("0.1", "0.9")}.get(when, ("1", "0"))}[positive]
    rows = [{"g": g, "d": d, "t": t} for g in "AB" for d in (yes, no) for t in truth]
    counts = counted(write(tmp_path / "t.csv", rows), "g", decision="d", truth="t", positive=positive, positive_when=when)
    right = {(v, t): n for v, t, n in zip(counts.values["decision"], counts.truth, counts.times, strict=True)}
    assert right == {(1.0, 1.0): 1, (1.0, 0.0): 1, (0.0, 1.0): 1, (0.0, 0.0): 1}
    assert sorted(counts.truth[counts.groups["g"] == 0]) == [0, 0, 1, 1]


@pytest.mark.parametrize("when", ["< 0.5", "<= 0.9", "== 0", "< 50", ">= 7"])
@pytest.mark.parametrize("truth", [("1", "0"), ("true", "false"), ("1.0", "NO")])
def test_a_truth_of_yes_and_no_is_never_turned_round_by_the_rule_of_the_outcome(tmp_path, when, truth):
    rows = [{"g": g, "d": d, "t": t} for g in "AB" for d in ("0.2", "8") for t in (truth[0], truth[1], truth[1], "")]
    counts = counted(write(tmp_path / "t.csv", rows), "g", decision="d", truth="t", positive_when=when)
    assert (counts.times @ (counts.truth == 1), counts.times @ (counts.truth == 0)) == (4, 8)
    assert f"{truth[0]!r} counts as selected; {truth[1]!r} as not selected" in counts.about["truth"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_rule_that_selects_the_0_where_decisions_and_truth_are_1_and_0_is_an_error(tmp_path, kind):
    path = write(tmp_path / f"t.{kind}", [{"g": g, "d": d, "t": t} for g in "AB" for d in (0, 1) for t in (0, 1)])
    assert "whether the 1 or the 0 of 't' (--truth) is selected cannot be told" in refused(path, "g", decision="d", truth="t", positive_when="< 0.5")
    either = counted(path, "g", decision="d", truth="t", positive_when=">= 0.5")
    assert set(either.truth) == {0.0, 1.0}
    other = write(tmp_path / f"u.{kind}", [{"g": g, "d": d, "t": t} for g in "AB" for d in (0, 1) for t in (0, 2)])
    assert counted(other, "g", decision="d", truth="t", positive_when="< 0.5").about["truth"] == "< 0.5 counts as selected"


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("column", ["s", "t"])
def test_a_number_that_no_float_can_square_is_an_error_that_names_its_row(tmp_path, kind, column):
    rows = [{"g": "AB"[i % 2], "s": float(i), "t": float(i)} for i in range(6)]
    fine = write(tmp_path / f"a.{kind}", [*rows, {"g": "A", "s": -1e100, "t": 1e99}])
    assert counted(fine, "g", score="s", truth="t").rows == 7
    large = write(tmp_path / f"b.{kind}", [*rows, {"g": "A", "s": 2.0, "t": 2.0} | {column: -2e160}])
    said = refused(large, "g", score="s", truth="t")
    assert f"row {8 if kind == 'csv' else 7}: '-2e" in said
    assert f"160' in {column!r} (--" in said
    assert "is too large for a score" in said


def test_a_truth_in_other_words_than_the_decisions_is_an_error(tmp_path):
    rows = [{"g": g, "d": d, "t": t} for g in "AB" for d, t in (("flag", "cheated"), ("ok", "honest"))]
    assert "no row of 't' (--truth) is 'flag'" in refused(write(tmp_path / "t.csv", rows), "g", decision="d", truth="t", positive="flag")


def test_a_truth_in_which_nobody_is_positive_is_a_truth(tmp_path):
    rows = [{"g": g, "d": d, "t": "human"} for g in "AB" for d in ("AI", "human")]
    assert set(counted(write(tmp_path / "t.csv", rows), "g", decision="d", truth="t", positive="AI").truth) == {0.0}


def test_a_probability_is_compared_with_yes_and_no(tmp_path):
    rows = [{"g": g, "p": p, "y": y} for g in "AB" for p, y in (("0.8", "yes"), ("0.25", "No"), ("0.5", ""))]
    counts = counted(write(tmp_path / "t.csv", rows), "g", score="p", truth="y")
    found = dict(zip(counts.values["score"], counts.truth, strict=False))
    assert (found[0.8], found[0.25]) == (1.0, 0.0)
    assert np.isnan(found[0.5])


def test_classes_hold_every_row_whatever_the_format(tmp_path):
    rng = np.random.default_rng(5)
    rows = [
        {"g": f"g{rng.integers(3)}", "by": "xy"[rng.integers(2)], "item": f"i{rng.integers(30)}", "s": float(rng.integers(4)), "t": float(rng.integers(3))}
        for _ in range(500)
    ]
    wanted = Counter((r["item"], r["g"], r["by"], r["s"], r["t"]) for r in rows)
    items = sorted({r["item"] for r in rows})
    for kind in ("csv", "tsv", "jsonl", "parquet"):
        c = counted(write(tmp_path / f"t.{kind}", rows), "g", score="s", truth="t", item="item", by=["by"])
        columns = (c.item, c.groups["g"], c.by["by"], c.values["score"], c.truth, c.times)
        found = {(items[i], c.labels["g"][g], c.labels["by"][b], s, t): n for i, g, b, s, t, n in zip(*columns, strict=True)}
        assert found == wanted


def test_the_order_of_the_rows_does_not_matter(tmp_path):
    rng = np.random.default_rng(6)
    rows = [{"g": "AB"[rng.integers(2)], "t": f"word {rng.integers(9)} more" * int(rng.integers(1, 4)), "i": int(rng.integers(20))} for _ in range(200)]
    a, b = (counted(write(tmp_path / "t.csv", r), "g", text="t", item="i") for r in (rows, rows[::-1]))
    assert np.array_equal(a.item, b.item)
    assert all(np.array_equal(a.values[name], b.values[name]) for name in a.values)


def test_rows_without_a_group_an_item_or_a_value_of_by_are_counted(tmp_path):
    rows = [{"g": g, "b": b, "i": i, "d": d} for g, b, i, d in [
        ("A", "x", "1", "1"), ("B", "x", "1", "0"), ("", "x", "2", "1"), ("  ", "x", "2", "1"), ("A", "", "2", "1"), ("B", "x", "", "1"), ("A", "x", "3", ""),
    ]]
    c = counted(write(tmp_path / "t.csv", rows), "g", decision="d", item="i", by=["b"])
    assert (c.rows, c.left_out) == (7, {"g": 2, "b": 1, "i": 1})
    assert c.times.sum() == 5
    assert c.times[np.isnan(c.values["decision"])].sum() == 1
    assert c.times[c.groups["g"] == -1].sum() == 2


def test_na_is_a_group_like_any_other_and_01_stays_01(tmp_path):
    rows = [{"g": g, "d": "1"} for g in ("NA", "01", "1", "None")]
    assert counted(write(tmp_path / "t.csv", rows), "g", decision="d").labels["g"] == ["01", "1", "NA", "None"]


def test_an_identifier_is_no_group(tmp_path):
    rows = [{"g": f"s{i}", "d": "1"} for i in range(10_000)]
    assert "more than 100 different values, as in an identifier" in refused(write(tmp_path / "t.csv", rows), "g", decision="d")


def test_texts_are_measured_row_by_row(tmp_path):
    rows = [{"g": "A", "t": "one two three"}, {"g": "B", "t": "one"}, {"g": "B", "t": ""}, {"g": "A", "t": "N/A"}]
    c = counted(write(tmp_path / "t.jsonl", rows), "g", text="t")
    found = {(int(g), -1.0 if np.isnan(v) else float(v)) for g, v in zip(c.groups["g"], c.values["words"], strict=True)}
    assert found == {(0, 3.0), (0, -1.0), (1, 1.0), (1, -1.0)}
