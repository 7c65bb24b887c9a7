"""A table's results: the groups' values by hand, the attributes, the references, the margins, the folder."""

import csv
import json
from collections import Counter

import msgspec
import numpy as np
import pytest

from audit.analysis import check_folder, exit_code, write_folder
from audit.errors import AuditError
from audit.records import Results
from tests.analysis.tables import DATA, ask, group_values, write

COMPAS, ESSAYS = DATA / "compas_for_aequitas.csv", DATA / "rsmtool" / "predictions_scaled_with_subgroups.csv"


def refused(*arguments, **options):
    with pytest.raises(AuditError) as caught:
        ask(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def some(n=60, groups="AB", seed=1, **rates):
    """n items in each group, flagged at the group's rate."""
    rng = np.random.default_rng(seed)
    return [{"item": f"i{i}", "g": g, "d": "flag" if rng.random() < rates.get(g, 0.3) else "ok"} for i in range(n) for g in groups]


def test_compas_has_the_error_rates_that_aequitas_publishes():
    if not COMPAS.exists():
        pytest.skip("the COMPAS table is not beside this checkout")
    results = ask(COMPAS, "race", decision="score", truth="label_value").results
    false_alarms, misses = group_values(results, "false_positive_rate"), group_values(results, "false_negative_rate")
    assert [round(false_alarms[g], 4) for g in ("African-American", "Caucasian")] == [0.4485, 0.2345]
    assert [round(misses[g], 4) for g in ("African-American", "Caucasian")] == [0.2799, 0.4772]
    with COMPAS.open(encoding="utf-8") as file:
        rows = Counter(row["race"] for row in csv.DictReader(file))
    assert {g.group: g.n for g in results.groups if g.statistic == "selection_rate"} == rows


def test_the_mean_errors_of_rsmtools_example_are_those_worked_out_row_by_row():
    if not ESSAYS.exists():
        pytest.skip("RSMTool's example is not beside this checkout")
    results = ask(ESSAYS, "L1", score="score", truth="h1").results
    errors: dict[str, list[float]] = {}
    with ESSAYS.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            errors.setdefault(row["L1"], []).append(float(row["score"]) - float(row["h1"]))
    assert group_values(results, "mean_error") == pytest.approx({group: sum(e) / len(e) for group, e in errors.items()})


def test_items_are_matched_where_nine_of_ten_are_in_several_groups_and_each_attribute_has_its_design(tmp_path):
    rows = [row | {"grade": int(row["item"][1:]) % 3} for row in some(40)]
    analysis = ask(write(tmp_path / "t.csv", rows), "g", "grade", decision="d", positive="flag", item="item")
    assert analysis.designs == {"g": "matched", "grade": "sampled"}
    assert {(d.set, d.attribute, d.design) for d in analysis.results.disparities} == {("t", "g", "matched"), ("t", "grade", "sampled")}
    assert {d.attribute for d in analysis.results.missingness} == {"g", "grade"}
    few = [row for row in rows if row["g"] == "A" or int(row["item"][1:]) < 35]
    assert ask(write(tmp_path / "u.csv", few), "g", decision="d", positive="flag", item="item").designs == {"g": "sampled"}


def test_without_items_each_row_is_one(tmp_path):
    results = ask(write(tmp_path / "t.csv", some(50) + some(50, seed=2)), "g", decision="d", positive="flag").results
    assert {(g.n, g.items) for g in results.groups} == {(100, 100)}


def test_a_row_without_an_outcome_is_missing_in_its_group(tmp_path):
    rows = [*some(30), {"item": "x", "g": "A", "d": ""}, {"item": "y", "g": "A", "d": "NA"}]
    results = ask(write(tmp_path / "t.csv", rows), "g", decision="d", positive="flag").results
    assert group_values(results, "missing_rate") == {"A": 2 / 32, "B": 0.0}
    assert {g.group: g.missing for g in results.groups if g.statistic == "selection_rate"} == {"A": 2, "B": 0}


def test_items_that_only_one_group_has_can_clear_nothing_away(tmp_path):
    both = [{"item": f"e{i}", "g": g, "d": i % 5 == 0} for i in range(500) for g in "AB"]
    alone = [{"item": f"x{i}", "g": "B", "d": True} for i in range(50)]
    results = ask(write(tmp_path / "t.csv", both), "g", decision="d", item="item", references=["A"]).results
    assert {d.outcome for d in results.disparities if d.family == "confirmatory"} == {"within_margin"}
    results = ask(write(tmp_path / "u.csv", both + alone), "g", decision="d", item="item", references=["A"]).results
    (found,) = (d for d in results.disparities if d.family == "confirmatory")
    assert (found.design, found.estimate, found.items, found.missing, found.outcome) == ("matched", 0.0, 500, 50, "inconclusive")
    assert any("50 of them are not in all of its groups" in note for note in results.notes)


def test_truths_that_only_one_group_lacks_can_clear_nothing_away(tmp_path):
    rows = [{"i": i, "g": g, "d": i % 20 == 0, "t": i % 2} for i in range(1200) for g in "AB"]
    results = ask(write(tmp_path / "t.csv", rows), "g", decision="d", truth="t").results
    assert {d.outcome for d in results.disparities if d.family == "confirmatory"} == {"within_margin"}
    blank = [row | {"t": "" if row["g"] == "B" and row["i"] // 20 % 2 else row["t"]} for row in rows]
    results = ask(write(tmp_path / "u.csv", blank), "g", decision="d", truth="t").results
    assert {d.outcome for d in results.disparities if d.family == "confirmatory"} == {"inconclusive"}
    assert any(note.startswith("Rows without a truth in 't': 600") for note in results.notes)


def test_by_repeats_the_analysis_in_one_family(tmp_path):
    rows = [row | {"detector": name} for name, seed in (("GPTZero", 1), ("Other tool", 2)) for row in some(40, seed=seed)]
    results = ask(write(tmp_path / "t.csv", rows), "g", decision="d", positive="flag", item="item", by=["detector"], references=["B"]).results
    assert [(d.by, d.group, d.reference) for d in results.disparities if d.family == "confirmatory"] == [
        ({"detector": "GPTZero"}, "A", "B"), ({"detector": "Other tool"}, "A", "B"),
    ]
    for name in ("GPTZero", "Other tool"):
        own = [r["d"] == "flag" for r in rows if r["detector"] == name and r["g"] == "A"]
        value = next(g.value for g in results.groups if g.statistic == "selection_rate" and g.group == "A" and g.by == {"detector": name})
        assert value == pytest.approx(np.mean(own))


def test_without_items_the_values_of_by_are_apart(tmp_path):
    rows = [{"g": g, "b": b, "d": "10"[i % k == 0]} for b, k in (("x", 2), ("y", 4)) for g in "AB" for i in range(40)]
    results = ask(write(tmp_path / "t.csv", rows), "g", decision="d", by=["b"]).results
    assert {(g.by["b"], g.group): g.value for g in results.groups if g.statistic == "selection_rate"} == {
        ("x", "A"): 0.5, ("x", "B"): 0.5, ("y", "A"): 0.75, ("y", "B"): 0.75,
    }


def test_the_crossing_has_the_groups_that_occur_and_the_crossing_of_the_references(tmp_path):
    pairs = [("Black", "F")] * 20 + [("Black", "M")] * 20 + [("White", "F")] * 20 + [("", "M")] * 20
    rows = [{"race": r, "gender": g, "d": i % 2} for i, (r, g) in enumerate(pairs)]
    path = write(tmp_path / "t.csv", rows)
    analysis = ask(path, "race", "gender", decision="d", intersect=True, references=["race=White", "gender=F"])
    crossed = analysis.table.attributes["race × gender"]
    assert list(crossed.groups) == ["Black × F", "Black × M", "White × F"]
    assert crossed.reference == "White × F"
    assert {g.group: g.n for g in analysis.results.groups if g.attribute == "race × gender" and g.statistic == "selection_rate"} == dict.fromkeys(crossed.groups, 20)
    missing = ask(path, "race", "gender", decision="d", intersect=True, references=["race=White", "gender=M"])
    assert missing.table.attributes["race × gender"].reference is None
    assert any("No row is 'White × M'" in note for note in missing.results.notes)
    assert any("Rows without a group in 'race': 20" in note for note in missing.results.notes)


def test_a_group_called_others_is_not_all_the_others(tmp_path):
    rows = [{"g": g, "d": i % 2} for g in ("others", "A", "B") for i in range(20)]
    results = ask(write(tmp_path / "t.csv", rows), "g", decision="d", references=["others"]).results
    assert {(d.group, d.reference) for d in results.missingness} == {
        ("A", "others [group]"), ("B", "others [group]"), ("A", "others"), ("B", "others"), ("others [group]", "others"),
    }
    assert "'others' of 'g' is shown as 'others [group]'" in results.notes[0]


@pytest.mark.parametrize("label", ["=1+1", "a, b", 'say "x"', "'; DROP TABLE x; --", "🙂", "x" * 5_000, "two\nlines", "Hispanic (any race)", "%s {rows}"])
def test_any_label_and_any_column_name_comes_out_as_it_went_in(tmp_path, label):
    rows = [{label: g, "d": i % 2} for i in range(20) for g in (label, "B")]
    for kind in ("csv", "jsonl", "parquet"):
        results = ask(write(tmp_path / f"t.{kind}", rows), label, decision="d").results
        assert {(g.attribute, g.group) for g in results.groups} == {(label, label), (label, "B")}


def test_two_labels_that_differ_in_brackets_are_told_apart_in_sentences(tmp_path):
    rows = [{"g": g, "d": i % 2} for g in ("Hispanic (Cuban)", "Hispanic (Mexican)") for i in range(20)]
    results = ask(write(tmp_path / "t.csv", rows), "g", decision="d").results
    assert "Hispanic\N{NO-BREAK SPACE}(Cuban) against" in results.disparities[0].because


def test_margins_are_taken_in_the_statistics_own_unit(tmp_path):
    path = write(tmp_path / "t.csv", [row | {"s": i % 5} for i, row in enumerate(some())])
    decision = {"decision": "d", "positive": "flag"}
    assert ask(path, "g", **decision, margin="7%").margins["selection_rate_difference"].value == pytest.approx(0.07)
    assert ask(path, "g", score="s", margin="0.4").results.disparities[0].margin == 0.4
    assert ask(path, "g", score="s", margin="0.2sd").margins["mean_difference"].unit == "sd"
    named = ask(path, "g", **decision, margins=["selection_rate_ratio=0.75", "missing_rate=0.1"])
    assert {d.statistic: d.family for d in named.results.disparities}["selection_rate_ratio"] == "confirmatory"
    assert named.margins["missing_rate"].value == 0.1


@pytest.mark.parametrize(("options", "said"), [
    ({"margin": "0"}, "is not a margin"), ({"margin": "-1"}, "is not a margin"), ({"margin": "1.5"}, "a share is below 1"),
    ({"margin": "0.1sd"}, "the unit does not fit"), ({"margins": ["selection_rate=0.1"]}, "Did you mean 'selection_rate_"),
    ({"margins": ["selection_rate_ratio=1.2"]}, "a ratio is below 1"), ({"margins": ["x"]}, "is not STATISTIC=X"),
    ({"margins": ["accuracy_difference=0.1"]}, "nothing is compared in it here"), ({"references": ["C"]}, "has no value 'C'"),
    ({"references": ["A", "B"]}, "given twice"), ({"truth": "d"}, "named for two things"), ({"by": ["g"]}, "named for two things"),
    ({"min_cell": 10}, "no meaning without --people"), ({"min_cell": 4, "people": True}, "outside 5 to 30"), ({"second": "item"}, "--second-rater has no meaning"),
    ({"positive_when": "> 1"}, "exclude each other"), ({"intersect": True}, "only one"), ({"positive": " "}, "--positive is empty"),
    ({"cell_size": 10}, "no meaning without --state"), ({"n_size": 30}, "no meaning without --state"), ({"name": "item", "item": "item"}, "named for two things"),
    ({"name": "item", "margins": ["selection_rate_ratio=0.8"]}, "cannot be judged with --name"), ({"item": "itme"}, "Did you mean 'item'?"),
])
def test_options_that_contradict_or_would_do_nothing_are_refused(tmp_path, options, said):
    assert said in refused(write(tmp_path / "t.csv", some(20)), "g", **({"decision": "d", "positive": "flag"} | options))


def test_an_option_of_another_outcome_is_refused(tmp_path):
    path = write(tmp_path / "t.csv", some(20))
    for options in ({"score": "d", "state": path}, {"text": "d", "state": path}, {"score": "d", "adverse": True}, {"score": "d", "positive": "x"}, {"text": "d", "truth": "g"}, {"score": "d", "second": "item"}):
        assert any(said in refused(path, "other", **options) for said in ("has no meaning", "--truth, which is missing"))
    assert "exactly one of" in refused(path, "g")
    assert "exactly one of" in refused(path, "g", score="d", text="d")
    assert "COLUMN=VALUE" in refused(path, "g", "item", decision="d", positive="flag", references=["A"])


def test_one_group_and_no_row_cannot_be_analyzed(tmp_path):
    assert "only one value, 'A'" in refused(write(tmp_path / "t.csv", some(5, groups="A")), "g", decision="d", positive="flag")
    (tmp_path / "u.csv").write_text("g,d\n", encoding="utf-8")
    assert "the table has no rows" in refused(tmp_path / "u.csv", "g", decision="d")


def test_the_exit_code_says_gap_or_clear_or_open(tmp_path):
    assert exit_code(ask(write(tmp_path / "a.csv", some(400, A=0.1, B=0.6)), "g", decision="d", positive="flag").results) == 1
    assert exit_code(ask(write(tmp_path / "b.csv", some(12)), "g", decision="d", positive="flag").results) == 3
    alike = [{"g": g, "d": i % 2} for g in "AB" for i in range(20_000)]
    assert exit_code(ask(write(tmp_path / "c.csv", alike), "g", decision="d").results) == 0


@pytest.mark.parametrize("outcome", [{"decision": "d"}, {"score": "d"}, {"text": "d"}])
def test_where_every_outcome_is_missing_nothing_is_cleared(tmp_path, outcome):
    rows = [{"g": g, "d": ""} for g in "AB" for _ in range(30)]
    results = ask(write(tmp_path / "t.csv", rows), "g", **outcome).results
    assert exit_code(results) == 3
    assert {d.outcome for d in results.disparities} == {"not_assessed"}


def test_the_same_seed_gives_the_same_results_and_the_rows_may_be_shuffled(tmp_path):
    rows = some(60, A=0.2)
    first = ask(write(tmp_path / "t.csv", rows), "g", decision="d", positive="flag", item="item").results
    again = ask(write(tmp_path / "t.csv", rows[::-1]), "g", decision="d", positive="flag", item="item").results
    assert msgspec.json.encode(first) == msgspec.json.encode(again)


def test_of_people_no_small_count_is_shown(tmp_path):
    rows = some(200) + [{"item": "", "g": g, "d": "ok"} for g in ["C"] * 4 + [""] * 3]
    results = ask(write(tmp_path / "t.csv", rows), "g", decision="d", positive="flag", people=True).results
    small = [g for g in results.groups if g.group == "C"]
    assert small
    assert all(g.suppressed and g.value is None for g in small)
    assert any("Rows without a group in 'g': some;" in note for note in results.notes)


def test_an_analysis_folder_holds_everything_and_replaces_only_an_earlier_one(tmp_path):
    analysis = ask(write(tmp_path / "t.csv", some(30)), "g", decision="d", positive="flag")
    for _ in range(2):
        write_folder(tmp_path / "out", analysis)
    assert {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*") if p.is_file()} == {
        "results.json", "request.json", *(f"tables/{name}.csv" for name in ("disparities", "missingness", "groups", "omnibus")),
    }
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "t.csv"]
    assert msgspec.json.decode((tmp_path / "out" / "results.json").read_bytes(), type=Results) == analysis.results
    about = json.loads((tmp_path / "out" / "request.json").read_text(encoding="utf-8"))
    assert (about["options"]["column"], about["size"]["rows"], len(about["sha256"])) == ("d", 60, 64)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(AuditError, match="not an analysis"):
        check_folder(tmp_path / "mine")


def test_no_cell_of_the_tables_is_a_formula(tmp_path):
    rows = [{"=g": g, "d": i % 2} for g in ("=cmd", "+B") for i in range(20)]
    write_folder(tmp_path / "out", ask(write(tmp_path / "t.csv", rows), "=g", decision="d"))
    for path in (tmp_path / "out" / "tables").iterdir():
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert not [cell for row in csv.reader(file) for cell in row if cell.startswith(("=", "+", "@"))]
