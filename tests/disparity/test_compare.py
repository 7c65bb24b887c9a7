"""Comparisons of whole tables: what is estimated, counted and tested together."""

import numpy as np
import pytest
from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.disparity import Audited, Readings, compare_all
from audit.records import NOT_ASKED, Attribute
from tests.disparity.tables import a_set, audited, measurements, of_rows

FEW = 499


def compare(*tables, seed=1, draws=FEW):
    return compare_all(tables, seed=seed, draws=draws)


def confirmatory(compared, statistic=None):
    return [c for c in compared.comparisons if c.family == "confirmatory" and statistic in (None, c.statistic)]


def test_a_matched_difference_is_the_mean_of_the_differences_within_items():
    one = compare(audited({"g": [1, 1, 0, 1], "ref": [0, 1, 0, 0]})).comparisons[0]
    assert (one.statistic, one.group, one.reference) == ("selection_rate_difference", "g", "ref")
    assert one.estimate == pytest.approx(0.5)
    assert (one.items, one.responses, one.missing) == (4, 8, 0)


def test_an_item_seen_in_one_guise_only_takes_no_part_in_the_difference():
    one = compare(audited({"g": [1, 1, None, 1], "ref": [0, 1, 1, None]})).comparisons[0]
    assert one.estimate == pytest.approx(0.5)
    assert (one.items, one.missing) == (2, 2)


def test_repeats_are_averaged_first_and_never_counted_as_items():
    rows = [m for _ in range(5) for m in measurements({"g": [1, 0, 1], "ref": [0, 0, 1]})]
    one = compare(of_rows(a_set(), "decision", rows)).comparisons[0]
    assert (one.items, one.responses) == (3, 30)
    assert one.estimate == pytest.approx(1 / 3)


def test_three_groups_are_compared_with_the_reference_and_with_the_others():
    found = confirmatory(compare(audited({"g": [1, 1], "h": [0, 1], "ref": [0, 0]})), "selection_rate_difference")
    assert {(c.group, c.reference): c.estimate for c in found} == {
        ("g", "ref"): 1.0, ("h", "ref"): 0.5, ("g", "others"): 0.75, ("h", "others"): 0.0, ("ref", "others"): -0.75,
    }


def test_without_a_reference_every_group_is_compared_with_all_the_others():
    fixture_set = a_set(reference=None)
    found = confirmatory(compare(audited({"g": [1, 1, 1], "ref": [0, 0, 1]}, fixture_set=fixture_set)))
    assert {(c.group, c.reference) for c in found} == {("g", "others"), ("ref", "others")}


def test_decisions_with_a_truth_are_judged_by_their_error_rates_as_fairlearn_defines_them():
    rng = np.random.default_rng(5)
    truth, group = rng.integers(0, 2, 80).astype(float), rng.choice(["g", "ref"], 80)
    said = rng.integers(0, 2, 80).astype(float)
    rows = []
    for i in range(80):
        rows += measurements({group[i]: [said[i]]}, design="sampled", truth=truth[i])
        rows[-1] = rows[-1].__class__(**{f: getattr(rows[-1], f) for f in rows[-1].__struct_fields__} | {"item": f"x{i}", "cluster": f"x{i}"})
    compared = compare(of_rows(a_set("sampled"), "decision", rows))
    frame = MetricFrame(
        metrics={"false_positive_rate": false_positive_rate, "false_negative_rate": false_negative_rate, "selection_rate": selection_rate},
        y_true=truth, y_pred=said, sensitive_features=group,
    )
    for statistic in frame.by_group.columns:
        mine = {g.group: g.value for g in compared.groups if g.statistic == statistic}
        assert mine == pytest.approx(frame.by_group[statistic].to_dict(), abs=1e-12)
        one = next(c for c in compared.comparisons if c.statistic == f"{statistic}_difference")
        assert one.estimate == pytest.approx(mine["g"] - mine["ref"], abs=1e-12)
        assert one.family == ("exploratory" if statistic == "selection_rate" else "confirmatory")


def test_different_work_with_human_scores_is_judged_by_its_error_not_by_its_height():
    fixture_set = a_set("sampled", "score")
    rows = measurements({"g": [5.0, 6.0], "ref": []}, design="sampled", measure="score", truth=5.0)
    rows += measurements({"ref": [2.0, 4.0]}, design="sampled", measure="score", truth=3.0)
    compared = compare(of_rows(fixture_set, "score", rows))
    one = confirmatory(compared)[0]
    assert (one.statistic, one.estimate) == ("mean_error_difference", pytest.approx(0.5))


def test_a_group_that_was_never_seen_has_no_value_and_no_estimate():
    compared = compare(audited({"g": [None, None, None], "ref": [0, 1, 1]}))
    one = confirmatory(compared, "selection_rate_difference")[0]
    assert (one.estimate, one.low, one.p_value, one.items) == (None, None, None, 0)
    assert next(g for g in compared.groups if g.group == "g" and g.statistic == "selection_rate").value is None


def test_missing_replies_are_compared_by_group_and_join_the_family():
    compared = compare(audited({"g": [1, None, None, None], "ref": [1, 0, 1, 0]}))
    one = compared.missingness[0]
    assert (one.statistic, one.estimate, one.missing) == ("missing_rate", pytest.approx(0.75), 3)
    assert compared.family_size == 1  # one item is left in both guises: only the missing rates can be tested


def test_where_nothing_is_missing_the_missing_rates_take_nothing_from_the_family():
    table = {"g": [1, 0] * 10, "ref": [0, 0] * 10}
    alone = compare(audited(table)).comparisons[0]
    assert alone.alpha == pytest.approx(0.05, abs=0.002)
    lost = compare(audited({"g": [1, 0, None, 1, 0, None, 0] * 4, "ref": [0, 0, 1, 1, 1, 0, 0] * 4})).comparisons[0]
    assert 0.04 < lost.alpha < 0.049  # a tenth of a share each


def test_probes_never_asked_are_no_failures_of_the_tool():
    rows = measurements({"g": [1, 0, 1, 1], "ref": [1, 0, 1, 0]})
    unasked = [r.__class__(**{f: getattr(r, f) for f in r.__struct_fields__} | {"value": None, "missing": NOT_ASKED}) for r in rows[:2]]
    compared = compare(of_rows(a_set(), "decision", unasked + rows[2:]))
    assert [g.value for g in compared.groups if g.statistic == "missing_rate"] == [0.0, 0.0]
    assert compared.comparisons[0].missing == 2


def test_the_worst_case_sets_every_missing_reply_to_the_end_that_hurts():
    one = compare(audited({"g": [1, 1, None, 1], "ref": [0, 1, 1, None]})).comparisons[0]
    # g missing → 0 and ref missing → 1: (1-0 + 1-1 + 0-1 + 1-1)/4 = 0; the other way: (1 + 0 + 0 + 1)/4 = 0.5
    assert (one.worst_low, one.worst_high) == (pytest.approx(0.0), pytest.approx(0.5))


def test_a_ratio_over_zero_is_undefined_with_a_one_sided_bound():
    found = [c for c in compare(audited({"g": [1] * 20, "ref": [0] * 20})).comparisons if c.statistic == "selection_rate_ratio"]
    assert (found[0].estimate, found[0].high) == (None, None)
    assert found[0].low > 1


def test_both_sides_of_a_ratio_are_shown():
    statistics = {c.statistic for c in compare(audited({"g": [1, 0] * 10, "ref": [0, 1] * 10})).comparisons}
    assert {"selection_rate_ratio", "non_selection_rate_ratio"} <= statistics


def test_items_of_one_cluster_count_once_for_precision():
    clusters = [f"c{i // 5}" for i in range(40)]
    table = {"g": [float(i // 5 % 2) for i in range(40)], "ref": [0.0] * 40}
    alone, together = compare(audited(table)).comparisons[0], compare(audited(table, clusters=clusters)).comparisons[0]
    assert (alone.clusters, together.clusters) == (40, 8)
    assert together.standard_error > 1.8 * alone.standard_error
    assert together.p_value > alone.p_value


def test_the_same_seed_gives_the_same_numbers_and_another_set_changes_none_of_them():
    table = audited({"g": [1, 1, 0, 1, 0], "ref": [0, 1, 0, 0, 1]})
    other = audited({"g": [1, 0], "ref": [0, 1]}, fixture_set=a_set(id="t"))
    first, again, beside = compare(table), compare(table), compare(table, other)
    assert first.comparisons == again.comparisons
    assert beside.comparisons[0].p_value == first.comparisons[0].p_value


def test_intervals_grow_with_the_family():
    small = compare(audited({"g": [1, 0] * 15, "ref": [0, 1] * 15})).comparisons[0]
    table = {name: [1, 0] * 15 for name in "abcdefg"} | {"ref": [0, 1] * 15}
    large = compare(audited(table)).comparisons[0]
    assert large.family_size > small.family_size
    assert large.high - large.low > small.high - small.low
    assert large.high90 - large.low90 == pytest.approx(small.high90 - small.low90)


values = st.lists(st.one_of(st.none(), st.sampled_from([0.0, 1.0])), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["g", "h", "ref"]), values, min_size=3, max_size=3), st.sampled_from(["matched", "sampled"]))
def test_no_table_of_decisions_gives_a_nan_or_a_zero_width(table, design):
    compared = compare(audited(table, design=design), draws=19)
    for c in [*compared.comparisons, *compared.missingness]:
        ends = [v for v in (c.estimate, c.low, c.high, c.low90, c.high90, c.standard_error, c.p_value) if v is not None]
        assert np.isfinite(ends).all()
        if c.low is not None and c.high is not None:
            assert c.low < c.high
    for g in compared.groups:
        assert (g.value is None) == (g.low is None)
        assert g.low is None or g.low < g.high


points = st.lists(st.one_of(st.none(), st.floats(0, 10, allow_nan=False)), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["g", "h", "ref"]), points, min_size=3, max_size=3), st.sampled_from(["matched", "sampled"]))
def test_no_table_of_scores_gives_a_nan_or_a_zero_width(table, design):
    compared = compare(audited(table, design=design, measure="score"), draws=19)
    for c in [*compared.comparisons, *compared.missingness]:
        ends = [v for v in (c.estimate, c.low, c.high, c.low90, c.high90, c.standard_error, c.p_value) if v is not None]
        assert np.isfinite(ends).all()
        assert c.low is None or c.low < c.high


def test_labels_with_spaces_commas_emoji_and_formulas_are_just_labels():
    names = {"a, b": "x", "=1+1": "y", "🙂 group": "z", "ref": "r"}
    fixture_set = a_set(attributes={"a": Attribute(groups=names, reference="ref")})
    table = {name: [1.0, 0.0, 1.0] for name in names}
    found = confirmatory(compare(audited(table, fixture_set=fixture_set)), "selection_rate_difference")
    assert {c.group for c in found if c.reference == "ref"} == {"a, b", "=1+1", "🙂 group"}


def uneven(seed, rate=0.3):
    """One rate for all: 60 items of 30 replies each in one group, 20 items of a single reply in the other."""
    rng = np.random.default_rng(seed)
    many = np.repeat(np.arange(60), 30)
    item = np.concatenate([many, 60 + np.arange(20)])
    group = (item >= 60).astype(np.int64)
    n = len(item)
    read = Readings(
        value=(rng.random(n) < rate).astype(float), truth=np.full(n, np.nan), item=item, cluster=item, times=np.ones(n), weight=np.ones(80),
        asked=np.ones(n, dtype=bool), groups={"a": group}, variant=np.full(n, -1),
    )
    return compare_all([Audited(a_set("sampled"), "decision", "share", read)], seed=1, draws=99).comparisons[0]


def test_groups_with_different_numbers_of_replies_an_item_are_not_exchanged():
    # an exchange of item means tells them apart in about one audit of five, though nothing differs but the noise
    found = [uneven(seed) for seed in range(120)]
    assert np.mean([c.p_value <= 0.05 for c in found]) <= 0.115  # the 99.9% point of a binomial of 120 at 5%
    assert all((c.p_value <= 0.05) == (not c.low <= 0 <= c.high) for c in found if abs(c.alpha - 0.05) < 1e-9)


def test_items_that_one_group_alone_has_are_not_dropped_from_a_half_matched_table():
    # 30 items in both groups, alike; 28 more in g only, all selected: the whole of g counts
    rows = measurements({"g": [0.0, 1.0] * 15, "ref": [0.0, 1.0] * 15})
    alone = measurements({"g": [1.0] * 28}, design="sampled")
    one = compare(of_rows(a_set(), "decision", [*rows, *alone])).comparisons[0]
    assert one.estimate == pytest.approx((15 + 28) / 58 - 0.5)
