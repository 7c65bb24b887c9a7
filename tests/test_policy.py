"""The policy file: margins with their units, and dates counted in months."""

import datetime as dt
import tomllib
from pathlib import Path

import pytest
import tomli_w

from audit.errors import PlanError
from audit.policy import check_criteria, months_from, read_policy, with_margins
from audit.records import Waiver
from audit.scorecard import RULES


def a_policy(folder, **margins):
    _, table = read_policy(None)
    for name, change in margins.items():
        if change is None:
            del table["margins"][name]
        else:
            table["margins"][name] = table["margins"].get(name, {"source": "A board."}) | change
    path = folder / "policy.toml"
    path.write_text(tomli_w.dumps(table), encoding="utf-8")
    return path


def test_the_shipped_policy_holds_the_margins_of_its_sources():
    policy, table = read_policy(None)
    assert {name: (m.value, m.unit) for name, m in policy.margins.items()} == {
        "selection_rate_difference": (0.05, "share"), "false_positive_rate_difference": (0.05, "share"),
        "false_negative_rate_difference": (0.05, "share"), "missing_rate": (0.05, "share"),
        "mean_difference": (0.10, "sd"), "mean_error_difference": (0.10, "sd"),
        "selection_rate_ratio": (0.8, "ratio"), "non_selection_rate_ratio": (0.8, "ratio"),
    }
    assert all(m.source for m in policy.margins.values())
    assert table["id"] == "default"


@pytest.mark.parametrize(("margins", "said"), [
    ({"mean_diference": {"value": 0.1, "unit": "sd"}}, "unknown statistic 'mean_diference' in [margins]. Did you mean 'mean_difference'?"),
    ({"mean_difference": None}, "missing key 'mean_difference' at margins"),
    ({"mean_difference": {"unit": "share"}}, "margins.mean_difference: the unit 'share' does not fit. Give it in: sd or points."),
    ({"mean_difference": {"unit": "stars"}}, "margins.mean_difference.unit = 'stars' is none of its values"),
    ({"mean_difference": {"value": float("inf")}}, "a margin is a finite number"),
    ({"missing_rate": {"value": 5}}, "a share is below 1. For example 0.05"),
    ({"missing_rate": {"value": 0}}, "expected a number > 0.0"),
    ({"selection_rate_ratio": {"value": 1.25}}, "a ratio is below 1"),
])
def test_a_margin_that_cannot_be_meant_is_refused(tmp_path, margins, said):
    with pytest.raises(PlanError) as caught:
        read_policy(a_policy(tmp_path, **margins))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_ratio_margin_may_be_left_out_because_it_decides_nothing(tmp_path):
    policy, _ = read_policy(a_policy(tmp_path, selection_rate_ratio=None))
    assert "selection_rate_ratio" not in policy.margins


@pytest.mark.parametrize(("day", "months", "expected"), [
    ("2026-11-21", 12, "2027-11-21"), ("2026-11-30", 3, "2027-02-28"), ("2027-11-30", 3, "2028-02-29"),
    ("2026-01-31", -2, "2025-11-30"), ("2026-12-31", 1, "2027-01-31"), ("2026-01-01", -1, "2025-12-01"),
])
def test_months_are_counted_by_the_calendar(day, months, expected):
    assert months_from(dt.date.fromisoformat(day), months) == dt.date.fromisoformat(expected)


def written(folder, change):
    """The shipped policy with a change to its table, read."""
    _, table = read_policy(None)
    change(table)
    path = folder / "policy.toml"
    path.write_text(tomli_w.dumps(table), encoding="utf-8")
    return read_policy(path)[0]


NEW = ("gates", "weights", "bands", "sensitivity", "review", "conditions")


def test_an_older_file_without_the_newer_tables_has_the_shipped_ones(tmp_path):
    def older(table):
        for name in NEW:
            del table[name]
        table["decision"]["review_months"] = 6

    policy, ours = written(tmp_path, older), read_policy(None)[0]
    assert policy.review.months == 6
    assert all(getattr(policy, name) == getattr(ours, name) for name in NEW if name != "review")
    assert policy.review.days_unpinned_model == ours.review.days_unpinned_model


def test_a_table_given_in_part_has_the_rest_from_the_shipped_one(tmp_path):
    policy = written(tmp_path, lambda t: t.update(sensitivity={"weight_factor": 1.5}, gates={"add": ["usable-x"]}))
    assert (policy.sensitivity.weight_factor, policy.sensitivity.margin_to) == (1.5, 2.0)
    assert (policy.gates.add, policy.gates.drop) == (("usable-x",), ())


WAIVER = {"gate": "safe-x", "by": "A. Name", "reason": "A reason.", "expires": "2027-01-31"}


@pytest.mark.parametrize("expires", ["2027-01-31", dt.date(2027, 1, 31)])
def test_a_waiver_has_a_gate_a_name_a_reason_and_a_day(tmp_path, expires):
    assert written(tmp_path, lambda t: t.update(waivers=[WAIVER | {"expires": expires}])).waivers == (Waiver(*WAIVER.values()),)


def bands(*rows):
    return {"bands": [{"score_from": start, "name": f"From {start}", "status": status} for start, status in rows]}


@pytest.mark.parametrize(("change", "said"), [
    ({"gate": {}}, "unknown key 'gate'. Did you mean 'gates'?"),
    ({"gates": {"ad": []}}, "unknown key 'ad' in [gates]. Did you mean 'add'?"),
    ({"gates": {"drop": ["safe-x"]}}, "expected a table"),
    ({"gates": {"drop": [{"criterion": "safe-x"}]}}, "missing key 'because'"),
    ({"gates": {"drop": [{"criterion": "safe-x", "because": "So."}], "add": ["safe-x"]}}, "gates: 'safe-x' is both added and dropped"),
    ({"gates": 3}, "expected a table"),
    ({"review": 3}, "expected a table"),
    ({"waivers": 3}, "expected a list"),
    ({"waivers": [3]}, "expected a table"),
    ({"waivers": [{k: v for k, v in WAIVER.items() if k != "by"}]}, "missing key 'by'"),
    ({"waivers": [WAIVER | {"reason": " "}]}, "waiver 1: 'reason' is empty"),
    ({"waivers": [WAIVER | {"expires": "next year"}]}, "waiver 1: expires = 'next year' is no day. Write it as 2027-01-31."),
    ({"waivers": [WAIVER | {"until": "2027"}]}, "unknown key 'until' in [waivers[0]]"),
    ({"weights": {"safe-x": 6}}, "expected a whole number <= 5 at weights.safe-x"),
    ({"weights": {"safe-x": 0}}, "expected a whole number >= 1 at weights.safe-x"),
    (bands((10, "pilot")), "bands: score_from is to start at 0 and to rise"),
    (bands((0, "pilot"), (0, "approve")), "bands: score_from is to start at 0 and to rise"),
    (bands((0, "pilot"), (75, "approve"), (50, "approve")), "bands: score_from is to start at 0 and to rise"),
    (bands((0, "approve"), (50, "pilot")), "bands: 'From 0' allows more than 'From 50', a higher score"),
    (bands((0, "pilot"), (101, "approve")), "expected a number <= 100.0"),
    ({"bands": []}, "length >= 1 at bands"),
    ({"bands": [{"score_from": 0, "name": "All", "status": "aprove"}]}, "'aprove' is none of its values"),
    ({"sensitivity": {"weight_factor": 0.5}}, "expected a number >= 1.0 at sensitivity.weight_factor"),
    ({"sensitivity": {"margin_from": 0}}, "expected a number > 0.0 at sensitivity.margin_from"),
    ({"conditions": {"gap": ["repare"]}}, "'repare' is none of its values"),
])
def test_a_table_that_cannot_be_meant_is_refused(tmp_path, change, said):
    with pytest.raises(PlanError) as caught:
        written(tmp_path, lambda t: t.update(change))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("change", "said"), [
    ({"required_open": "pilot"}, "decision.required_open = 'pilot': a missing answer would allow more than a no"),
    ({"certain_gap": "pilot"}, "decision: certain_gap is taken more lightly than gap"),
    ({"gap": "approve_with_conditions"}, "decision: gap is taken more lightly than required_inconclusive"),
    ({"review_months": 6}, "decision.review_months stands beside [review]. Move it there, as months."),
])
def test_a_worse_finding_cannot_lead_to_a_milder_status(tmp_path, change, said):
    with pytest.raises(PlanError) as caught:
        written(tmp_path, lambda t: t["decision"].update(change))
    assert said in str(caught.value)


@pytest.mark.parametrize(("change", "place"), [
    ({"gates": {"add": ["safe-delition"]}}, "gates.add"), ({"gates": {"drop": [{"criterion": "safe-delition", "because": "So."}]}}, "gates.drop"),
    ({"weights": {"safe-delition": 2}}, "weights"), ({"waivers": [WAIVER | {"gate": "safe-delition"}]}, "waivers"),
    ({"review": {"model_pinned": "safe-delition"}}, "review.model_pinned"),
])
def test_a_criterion_that_no_checklist_has_is_refused_with_the_nearest(tmp_path, change, place):
    policy = written(tmp_path, lambda t: t.update(change))
    with pytest.raises(PlanError) as caught:
        check_criteria(policy, ["safe-deletion", "safe-x", "evidence-based-version-pinned"], "policy.toml")
    assert str(caught.value) == f"policy.toml: unknown criterion 'safe-delition' in {place}. Did you mean 'safe-deletion'?"


def test_the_shipped_policy_names_criteria_that_exist():
    lists = [tomllib.loads(path.read_text(encoding="utf-8")) for path in (Path(__file__).parents[1] / "checklists").glob("*.toml")]
    check_criteria(read_policy(None)[0], [c["id"] for one in lists for c in one.get("criteria", [])], "policy.toml")


def test_margins_scaled_are_as_many_times_as_wide():
    """A ratio of 0.8 twice as wide is 0.64: the same distance from 1 again, as a logarithm."""
    twice = with_margins(read_policy(None)[0], 2.0).margins
    assert (twice["missing_rate"].value, twice["mean_difference"].value, twice["mean_difference"].at_least_of_scale) == (0.1, 0.2, 0.02)
    assert twice["selection_rate_ratio"].value == pytest.approx(0.64)


def test_every_key_of_the_shipped_policy_is_explained_on_its_page():
    page = (Path(__file__).parents[1] / "docs" / "policy.md").read_text(encoding="utf-8")
    _, table = read_policy(None)
    for name in ("minimum", "decision", *NEW):
        rows = table[name] if isinstance(table[name], list) else [table[name]]
        assert f"`[{name}]`" in page or f"`[[{name}]]`" in page
        assert all(f"`{key}`" in page for row in rows for key in row), name
    assert all(f"`{rule}`" in page for rule in RULES)
