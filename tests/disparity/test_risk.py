"""Impact ratios and risk ratios, against hand work and statsmodels. All counts are invented."""

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.proportion import confint_proportions_2indep

from audit.disparity.risk import Children, impact_ratios, ratio_interval, significant_disproportionality


def ratios(selected, total, seed=1, draws=999):
    return impact_ratios(np.array(selected), np.array(total), draws, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("x", "n", "y", "m"), [(30, 100, 45, 90), (1, 40, 12, 50), (3, 10, 2, 12), (20, 20, 15, 30), (9, 10, 8, 10), (700, 9000, 900, 8000)]
)
def test_the_interval_of_a_ratio_is_koopmans_score_interval_as_statsmodels_has_it(x, n, y, m):
    expected = confint_proportions_2indep(x, n, y, m, compare="ratio", method="score", correction=False)
    r = ratio_interval(x, n, y, m)
    assert r.value == pytest.approx(x / n / (y / m), abs=1e-15)
    assert (r.low, r.high) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("x", "n", "y", "m"), [(9, 10, 10, 10), (10, 10, 9, 10), (4, 4, 5, 5)])
def test_where_everybody_has_the_outcome_the_bounds_meet_the_score_tests_limit_found_by_a_search(x, n, y, m):
    # statsmodels' own bounds turn complex here; the likelihood is maximised by search instead of by its equation
    def statistic(ratio):
        def loss(q):
            return -(stats.binom.logpmf(x, n, ratio * q) + stats.binom.logpmf(y, m, q))

        q = optimize.minimize_scalar(loss, bounds=(1e-9, min(1, 1 / ratio) - 1e-12), method="bounded", options={"xatol": 1e-12}).x
        return (x / n - ratio * y / m) ** 2 / (ratio * q * (1 - ratio * q) / n + ratio**2 * q * (1 - q) / m)

    r = ratio_interval(x, n, y, m)
    assert [statistic(r.low), statistic(r.high)] == pytest.approx([stats.chi2.ppf(0.95, 1)] * 2, rel=1e-3)


def test_exchanging_the_groups_inverts_the_ratio_and_its_bounds():
    r, s = ratio_interval(7, 50, 20, 60), ratio_interval(20, 60, 7, 50)
    assert (s.low, s.high) == pytest.approx((1 / r.high, 1 / r.low), rel=1e-9)


def test_none_of_n_has_ratio_zero_and_an_upper_bound_above_it():
    r = ratio_interval(0, 40, 10, 50)
    assert (r.value, r.low) == (0, 0)
    assert 0.1 < r.high < 0.6


def test_a_ratio_over_zero_is_undefined_and_bounded_on_one_side():
    r = ratio_interval(10, 50, 0, 40)
    assert (r.value, r.high) == (None, None)
    assert r.low == pytest.approx(1 / ratio_interval(0, 40, 10, 50).high, rel=1e-9)
    nothing = ratio_interval(0, 50, 0, 40)
    assert (nothing.value, nothing.low, nothing.high) == (None, 0, None)


@pytest.mark.parametrize(("x", "n"), [(1, 1), (50, 50)])
def test_all_of_all_over_all_of_all_is_one_with_an_interval_around_it(x, n):
    r = ratio_interval(x, n, x, n)
    assert r.value == 1
    assert r.low < 0.99
    assert r.high > 1.01


def test_nobody_at_all_has_no_ratio():
    assert ratio_interval(0, 0, 5, 10).value is None
    assert ratio_interval(5, 10, 0, 0).value is None


def test_koopmans_interval_covers_95_percent_over_all_tables_that_can_occur():
    n, m, p, q = 30, 40, 0.15, 0.3
    covered = 0.0
    for x in range(n + 1):
        for y in range(m + 1):
            weight = stats.binom.pmf(x, n, p) * stats.binom.pmf(y, m, q)
            if weight > 1e-5:
                r = ratio_interval(x, n, y, m)
                covered += weight * (r.low <= p / q and (r.high is None or p / q <= r.high))
    assert 0.935 <= covered <= 0.97


def test_impact_ratios_worked_by_hand_on_both_sides():
    # selected 48 of 80, 12 of 24, 9 of 30: rates 0.6, 0.5, 0.3; not selected 0.4, 0.5, 0.7
    rows = ratios([48, 12, 9], [80, 24, 30])
    assert [r.rate for r in rows] == pytest.approx([0.6, 0.5, 0.3])
    assert [r.ratio.value for r in rows] == pytest.approx([1, 5 / 6, 0.5])
    assert [r.adverse.value for r in rows] == pytest.approx([1, 1.25, 1.75])
    assert [r.most_selected for r in rows] == [True, False, False]


def test_every_category_with_people_has_an_interval_around_its_ratio_also_the_most_selected():
    for selected, total in (([48, 12, 9], [80, 24, 30]), ([990, 10], [1000, 1000]), ([20, 0, 20], [20, 15, 20]), ([5, 4], [5, 5])):
        for row in ratios(selected, total):
            assert row.ratio.low <= row.ratio.value <= row.ratio.high <= 1
            assert row.ratio.high - row.ratio.low > 1e-4
            if row.adverse.value is not None:
                assert 1 <= row.adverse.low <= row.adverse.value <= row.adverse.high
                assert row.adverse.high - row.adverse.low > 1e-4


def test_a_most_selected_category_that_is_so_by_a_hair_can_be_far_below_one():
    first, second = ratios([26, 25], [50, 50])
    assert first.ratio.low < 0.8
    assert second.ratio.high == 1


def test_where_everyone_in_the_most_selected_category_is_selected_the_adverse_ratio_is_undefined():
    row = ratios([20, 10], [20, 20])[1]
    assert (row.adverse.value, row.adverse.high) == (None, None)
    assert row.adverse.low > 1


def test_where_nobody_is_selected_there_is_no_impact_ratio():
    assert [r.ratio.value for r in ratios([0, 0], [20, 30])] == [None, None]


def test_a_category_under_2_percent_is_flagged_and_kept():
    rows = ratios([50, 30, 1], [100, 100, 4])
    assert [r.may_exclude for r in rows] == [False, False, True]
    assert rows[2].ratio.value == pytest.approx(0.5)
    assert not ratios([50, 30, 2], [98, 98, 4])[2].may_exclude  # 4 of 200 are 2%, not less


def test_a_category_without_people_has_neither_rate_nor_ratio():
    row = ratios([5, 0], [10, 0])[1]
    assert (row.rate, row.ratio.value, row.n) == (None, None, 0)


def test_impact_ratios_of_six_alike_categories_cover_one():
    rng = np.random.default_rng(5)
    inside = [
        [row.ratio.high == 1 for row in impact_ratios(x, np.full(6, 50), 199, rng)] for x in rng.binomial(50, 0.5, size=(60, 6))
    ]
    assert np.mean(inside) > 0.93


def idea(outcome, enrolled, state=None):
    state = None if state is None else Children(np.array(state[0]), np.array(state[1]))
    return significant_disproportionality(Children(np.array(outcome), np.array(enrolled)), state, cell_size=10, n_size=30)


def test_a_risk_ratio_compares_a_group_with_all_other_children_of_the_lea():
    # 40/200 = 0.2 against (30 + 20)/(300 + 200) = 0.1
    row = idea([40, 30, 20], [200, 300, 200])[0]
    assert (row.kind, row.risk, row.comparison_risk) == ("risk_ratio", 0.2, 0.1)
    assert row.ratio.value == pytest.approx(2.0)
    assert row.ratio.low < 2 < row.ratio.high


def test_a_group_below_the_minimum_cell_size_or_n_size_is_not_calculated():
    rows = idea([9, 10, 50, 60], [200, 29, 300, 400])
    assert [r.kind for r in rows] == ["not_calculated", "not_calculated", "risk_ratio", "risk_ratio"]
    assert rows[0].ratio is None
    assert rows[0].risk == 9 / 200


def test_a_group_at_the_minimum_is_calculated():
    assert idea([10, 50], [30, 300])[0].kind == "risk_ratio"


def test_a_comparison_group_below_the_minimum_calls_for_the_states_children():
    # the group: 30/100 = 0.3; others in the LEA: 9 of 60, in the State: 500 of 5,000 = 0.1
    row = idea([30, 9], [100, 60], state=([900, 500], [6000, 5000]))[0]
    assert (row.kind, row.comparison_risk) == ("alternate_risk_ratio", 0.1)
    assert row.ratio.value == pytest.approx(3.0)


def test_a_comparison_group_with_too_few_enrolled_calls_for_the_states_children_too():
    assert idea([30, 20], [100, 29], state=([900, 500], [6000, 5000]))[0].kind == "alternate_risk_ratio"


def test_without_a_comparison_group_in_the_state_or_without_its_counts_nothing_is_calculated():
    small = idea([30, 9], [100, 60], state=([900, 9], [6000, 5000]))[0]
    missing = idea([30, 9], [100, 60])[0]
    assert (small.kind, missing.kind) == ("not_calculated", "not_calculated")
    assert "and in the State" in small.reason
    assert "not given" in missing.reason
