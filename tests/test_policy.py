"""The policy file: margins with their units, and dates counted in months."""

import datetime as dt

import pytest
import tomli_w

from audit.errors import PlanError
from audit.policy import months_from, read_policy, review_by


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


def test_a_review_is_due_after_the_policys_months():
    policy, _ = read_policy(None)
    assert review_by(policy, dt.date(2026, 11, 30)) == dt.date(2027, 11, 30)
