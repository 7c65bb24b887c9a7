"""Verdicts: the interval decides, never the point (STATISTICS.md, section 4)."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.disparity import compare_all
from audit.policy import read_policy
from audit.records import Attribute, Comparison
from audit.verdicts import attribute_outcome, items_for_verdict, items_to_rule_out, judge
from tests.disparity.tables import a_set, audited

POLICY = read_policy(None)[0]
SET = a_set()


def a_comparison(**changes) -> Comparison:
    fields = {
        "set": "s", "measure": "decision", "statistic": "selection_rate_difference", "unit": "share", "attribute": "a", "group": "g",
        "reference": "ref", "design": "matched", "estimate": 0.0, "low": -0.1, "high": 0.1, "low90": -0.04, "high90": 0.04,
        "standard_error": 0.024, "p_value": 1.0, "p_adjusted": 1.0, "items": 60, "clusters": 60, "responses": 120, "missing": 0,
    }
    return Comparison(**(fields | changes))


def verdict(**changes):
    return judge([a_comparison(**changes)], POLICY, {"s": SET})[0]


@pytest.mark.parametrize(("changes", "outcome", "certain", "detected"), [
    ({"estimate": 0.2, "low": 0.1, "high": 0.3, "low90": 0.12, "high90": 0.28, "p_adjusted": 0.001}, "gap_found", True, True),
    ({"estimate": 0.2, "low": 0.01, "high": 0.4, "low90": 0.05, "high90": 0.35, "p_adjusted": 0.04}, "gap_found", False, True),
    ({"estimate": 0.05, "low": 0.01, "high": 0.1, "low90": 0.02, "high90": 0.09, "p_adjusted": 0.05}, "gap_found", False, True),
    ({"estimate": 0.2, "low": -0.01, "high": 0.4, "low90": 0.05, "high90": 0.35, "p_adjusted": 0.06}, "inconclusive", False, False),
    ({"estimate": 0.04, "low": 0.01, "high": 0.07, "low90": 0.02, "high90": 0.06, "p_adjusted": 0.01}, "inconclusive", False, True),
    ({}, "within_margin", False, False),
    ({"estimate": 0.02, "low": -0.01, "high": 0.05, "low90": 0.01, "high90": 0.03}, "within_margin", False, True),
    ({"low90": -0.05, "high90": 0.04}, "inconclusive", False, False),
    ({"items": 9}, "not_assessed", False, False),
    ({"clusters": 9}, "not_assessed", False, False),
    ({"estimate": None, "low": None, "high": None, "low90": None, "high90": None, "p_adjusted": None}, "not_assessed", False, False),
])
def test_each_verdict_follows_from_the_interval_the_margin_and_the_adjusted_p(changes, outcome, certain, detected):
    found = verdict(**changes)
    assert (found.outcome, found.certain, found.detected) == (outcome, certain, detected)


def test_a_p_value_above_five_percent_is_never_a_pass():
    assert verdict(estimate=0.01, low=-0.3, high=0.3, low90=-0.2, high90=0.2, p_adjusted=0.9).outcome == "inconclusive"


def test_missing_replies_that_could_change_it_undo_a_within_margin():
    found = verdict(missing=3, worst_low=-0.05, worst_high=0.05)
    assert found.outcome == "inconclusive"
    assert "3 missing replies could have changed the verdict" in found.because


def test_missing_replies_that_could_not_change_it_leave_a_within_margin():
    assert verdict(missing=1, worst_low=-0.005, worst_high=0.005, low90=-0.02, high90=0.02).outcome == "within_margin"


def test_missing_replies_without_bounds_undo_a_within_margin():
    assert verdict(missing=1).outcome == "inconclusive"


def test_missing_replies_do_not_undo_a_gap():
    gap = {"estimate": 0.2, "low": 0.1, "high": 0.3, "low90": 0.12, "high90": 0.28, "p_adjusted": 0.001}
    assert verdict(**gap, missing=9, worst_low=-0.5, worst_high=0.5).outcome == "gap_found"


def test_a_margin_in_sd_is_turned_into_points():
    found = verdict(statistic="mean_difference", unit="points", scale_sd=2.0, estimate=0.3, low=-1.0, high=1.0)
    assert found.margin == pytest.approx(0.2)
    assert found.standardized == pytest.approx(0.15)


SCORE = {
    "statistic": "mean_difference", "unit": "points", "scale_sd": 1.0, "estimate": 0.06, "low": 0.04, "high": 0.08, "low90": 0.045,
    "high90": 0.075, "standard_error": 0.01, "p_adjusted": 0.001,
}


def test_the_error_of_the_sd_counts_where_a_difference_is_to_be_smaller_than_the_margin():
    # margin 0.1; reach 0.015 = 1.645 x 0.0091, so of the margin 1.645 x 0.1 x error: together below 0.04 up to an error of 0.225
    assert verdict(**SCORE).outcome == "within_margin"
    assert verdict(**SCORE, scale_sd_error=0.2).outcome == "within_margin"
    assert verdict(**SCORE, scale_sd_error=0.23).outcome == "inconclusive"
    # together sqrt(0.015^2 + 0.033^2 + 2 x 0.5 x 0.015 x 0.033) = 0.0425
    assert verdict(**SCORE, scale_sd_error=0.2, scale_sd_correlation=-0.5).outcome == "inconclusive"
    assert verdict(**SCORE, scale_sd_error=0.23).items_needed > 60


def test_the_error_of_the_sd_does_not_keep_a_gap_from_being_found_but_from_being_certain():
    gap = SCORE | {"estimate": 0.12, "low": 0.105, "high": 0.135, "low90": 0.11, "high90": 0.13}
    assert (verdict(**gap).outcome, verdict(**gap).certain) == ("gap_found", True)
    known_less = verdict(**gap, scale_sd_error=0.3)
    assert (known_less.outcome, known_less.certain, known_less.margin) == ("gap_found", False, 0.1)


@pytest.mark.parametrize(("scale", "outcome"), [((0.0, 20.0), "within_margin"), ((0.0, 11.0), "inconclusive"), ((0.0, 15.0), "inconclusive")])
def test_the_error_of_the_sd_does_not_matter_where_the_scale_is_sure_to_set_the_margin(scale, outcome):
    of = a_set(outcome="score", scale=scale)  # 1% of 20 is beyond 0.1 x (1 + 1.645 x 0.5)
    assert judge([a_comparison(**SCORE, scale_sd_error=0.5)], POLICY, {"s": of})[0].outcome == outcome


def test_the_error_of_the_sd_falls_out_where_not_one_item_differs():
    same = SCORE | {"estimate": 0.0, "low": -0.1, "high": 0.1, "low90": -0.09, "high90": 0.09, "unchanged": True}
    assert verdict(**same, scale_sd_error=0.3).outcome == "within_margin"


def test_a_ratio_is_judged_on_both_sides_of_one():
    ratio = {"statistic": "selection_rate_ratio", "unit": "ratio", "p_adjusted": 0.001}
    assert verdict(**ratio, estimate=1.3, low=1.26, high=1.4, low90=1.27, high90=1.39).outcome == "gap_found"
    assert verdict(**ratio, estimate=0.8, low=0.6, high=0.9, low90=0.7, high90=0.89).outcome == "gap_found"
    assert verdict(**ratio, estimate=0.9, low=0.8, high=1.1, low90=0.81, high90=1.2).outcome == "within_margin"


def test_the_items_for_a_clean_verdict_agree_with_the_power_of_two_one_sided_tests():
    # SE 0.05 at 100 items, no gap, margin 0.05: K = 100 (0.05 (1.645 + 1.282) / 0.05)^2 = 100 × 8.567
    assert items_for_verdict(0.0, 0.05, 100, 0.05, 0.05) == 857


def test_the_items_for_a_gap_pay_for_the_family():
    # estimate 0.1, SE 0.05 at 100 items: one test (1.960 + 0.842)^2 × 25 = 197; a tenth of 5% (2.807 + 0.842)^2 × 25 = 333
    assert items_for_verdict(0.1, 0.05, 100, 0.05, 0.05) == 197
    assert items_for_verdict(0.1, 0.05, 100, 0.05, 0.005) == 333


def test_fifty_nine_unchanged_items_rule_out_five_points():
    # the rule of three: 0.95^58 = 0.051, 0.95^59 = 0.0485
    assert items_to_rule_out(0.05, 20, 20) == 59


def test_an_estimate_at_the_margin_has_no_number_of_items():
    assert items_for_verdict(0.0499999, 0.05, 100, 0.05, 1) is None


numbers = st.floats(-1, 1, allow_nan=False)


@settings(max_examples=300, deadline=None)
@given(numbers, st.floats(0.001, 0.5), st.floats(0, 1), st.integers(0, 100))
def test_the_verdict_always_obeys_its_own_definition(estimate, reach, p, items):
    found = verdict(
        estimate=estimate, low=estimate - 1.5 * reach, high=estimate + 1.5 * reach, low90=estimate - reach, high90=estimate + reach,
        p_adjusted=p, items=items, clusters=items,
    )
    if found.outcome == "gap_found":
        assert p <= 0.05
        assert abs(estimate) >= 0.05 - 1e-9
    if found.outcome == "within_margin":
        assert abs(estimate) + reach < 0.05
    assert (found.outcome == "not_assessed") == (items < 10)
    if found.certain:
        assert found.outcome == "gap_found"
        assert min(abs(estimate - 1.5 * reach), abs(estimate + 1.5 * reach)) >= 0.05 - 1e-9


def of(*outcomes, controls=()):
    base = verdict()
    return [msgspec.structs.replace(base, outcome=o, negative_control=i in controls) for i, o in enumerate(outcomes)]


@pytest.mark.parametrize(("disparities", "outcome"), [
    (of("within_margin", "within_margin"), "within_margin"),
    (of("within_margin", "inconclusive"), "inconclusive"),
    (of("within_margin", "not_assessed"), "inconclusive"),
    (of("not_assessed", "not_assessed"), "not_assessed"),
    (of("gap_found", "not_assessed"), "gap_found"),
    (of("within_margin", "gap_found", controls=(1,)), "inconclusive"),
    ([], "not_assessed"),
])
def test_an_attribute_is_within_the_margin_only_if_every_contrast_is(disparities, outcome):
    assert attribute_outcome(disparities) == outcome


def test_a_plain_gap_is_found_and_a_plain_tie_is_cleared():
    fixture_set = a_set(attributes={"a": Attribute(groups={"g": "Group G", "same": "Same", "ref": "Reference"}, reference="ref")})
    table = {"g": [1.0] * 30 + [0.0] * 40, "same": [0.0] * 70, "ref": [0.0] * 70}
    compared = compare_all([audited(table, fixture_set=fixture_set)], seed=1, draws=1999)
    found = {(d.group, d.reference): d for d in judge(compared.comparisons, POLICY, {"s": fixture_set}) if d.family == "confirmatory"}
    assert found["g", "ref"].outcome == "gap_found"
    assert found["g", "ref"].certain
    assert found["same", "ref"].outcome == "within_margin"
    assert "Group G against Reference" in found["g", "ref"].because


def test_a_tool_that_answers_everything_alike_is_not_cleared_on_its_scores():
    fixture_set = a_set("matched", "score")
    compared = compare_all([audited({"g": [5.0] * 12, "ref": [5.0] * 12}, fixture_set=fixture_set)], seed=1, draws=99)
    found = judge(compared.comparisons, POLICY, {"s": fixture_set})[0]
    assert found.outcome == "inconclusive"
    assert found.items_needed == 29  # log(0.05) / log(0.9) = 28.4
