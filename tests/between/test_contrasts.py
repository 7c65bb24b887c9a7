"""Two tools' gaps by hand, and against SciPy."""

import itertools

import numpy as np
import pytest
from scipy import stats

from audit.between.contrasts import two_gaps
from audit.between.differences import magnitude, magnitude_interval
from audit.between.flips import Spread, together
from audit.between.grids import Grid, clusters_of, items_of, make_grid
from tests.between.stand_ins import a_set, measurements

NAN = float("nan")


def grid(means) -> Grid:
    """One reply an item and group; NaN: planned and not obtained."""
    means = np.asarray(means, dtype=float)
    there = (~np.isnan(means)).astype(float)
    return Grid(np.nan_to_num(means), there, np.ones_like(means))


def sampled(means) -> Grid:
    """NaN: never planned."""
    means = np.asarray(means, dtype=float)
    there = (~np.isnan(means)).astype(float)
    return Grid(np.nan_to_num(means), there, there)


def statistics_of(quantity, signs):
    spread = Spread(quantity, share=False, step=1)
    return spread.statistics(signs @ spread.features)


def test_the_difference_of_two_gaps_is_taken_within_items():
    a = grid([[1, 0], [1, 0], [0, 0], [1, 1]])      # gaps 1, 1, 0, 0: 0.5
    b = grid([[0, 0], [1, 0], [0, 1], [1, 1]])      # gaps 0, 1, -1, 0: 0
    found = two_gaps(a, b, (0, 1), np.arange(4), matched=True, bounds=(0, 1))
    assert (found.gap_a, found.gap_b) == (0.5, 0.0)
    assert found.difference.estimate == pytest.approx(0.5)
    assert found.sum.estimate == pytest.approx(0.5)
    assert found.difference.own.tolist() == [1, 0, 1, 0]
    assert (found.items, found.clusters, found.missing) == (4, 4, 0)


def test_against_all_the_others_an_item_counts_the_mean_of_its_other_guises():
    a, b = grid([[1, 0, 1], [1, 0, 0]]), grid([[0, 0, 0], [0, 0, 0]])
    found = two_gaps(a, b, (0, None), np.arange(2), matched=True, bounds=(0, 1))
    assert found.gap_a == pytest.approx(0.75)  # (1 - 0.5 + 1 - 0) / 2


def test_different_items_are_compared_by_the_difference_of_the_tools_item_by_item():
    a = sampled([[1, NAN], [1, NAN], [NAN, 0], [NAN, 1]])
    b = sampled([[0, NAN], [1, NAN], [NAN, 0], [NAN, 0]])
    found = two_gaps(a, b, (0, 1), np.arange(4), matched=False, bounds=(0, 1))
    assert (found.gap_a, found.gap_b) == (0.5, 0.5)
    assert found.difference.estimate == pytest.approx(0.0)
    assert found.sum.estimate == pytest.approx(1.0)


def test_an_item_that_one_tool_did_not_answer_is_left_out_and_bounds_what_it_could_have_been():
    a = grid([[1, 0], [1, 0], [NAN, 0], [0, 0]])
    b = grid([[0, 0], [0, 0], [0, 0], [0, 0]])
    found = two_gaps(a, b, (0, 1), np.arange(4), matched=True, bounds=(0, 1))
    assert found.gap_a == pytest.approx(2 / 3)
    assert (found.items, found.missing) == (3, 1)
    assert found.difference.worst == pytest.approx((2 / 4, 3 / 4))
    assert two_gaps(a, b, (0, 1), np.arange(4), matched=True, bounds=None).difference.worst is None


def test_tools_that_answered_no_item_in_common_are_not_compared():
    a, b = grid([[1, 0], [NAN, 0]]), grid([[NAN, 0], [1, 0]])
    assert two_gaps(a, b, (0, 1), np.arange(2), matched=True, bounds=(0, 1)) is None


def test_the_statistic_within_items_is_students_t():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(12, 2)), rng.normal(size=(12, 2))
    found = two_gaps(grid(a), grid(b), (0, 1), np.arange(12), matched=True, bounds=None)
    wanted = stats.ttest_1samp((a[:, 0] - a[:, 1]) - (b[:, 0] - b[:, 1]), 0).statistic
    assert statistics_of(found.difference, np.ones((1, 12)))[0] == pytest.approx(wanted)


def test_the_statistic_between_items_is_welchs_t():
    rng = np.random.default_rng(4)
    a, b = (sampled(np.where(np.arange(24)[:, None] % 2 == [0, 1], rng.normal(size=(24, 2)), NAN)) for _ in range(2))
    found = two_gaps(a, b, (0, 1), np.arange(24), matched=False, bounds=None)
    for quantity, sign in ((found.difference, -1), (found.sum, 1)):
        both = a.means + sign * b.means
        wanted = stats.ttest_ind(both[::2, 0], both[1::2, 1], equal_var=False).statistic
        assert statistics_of(quantity, np.ones((1, 24)))[0] == pytest.approx(wanted)


def test_the_statistic_with_clusters_is_that_of_the_cluster_robust_mean():
    import statsmodels.api as sm

    rng = np.random.default_rng(5)
    clusters = np.repeat(np.arange(8), 3)
    a, b = (rng.normal(size=(24, 2)) + rng.normal(size=8)[clusters][:, None] * [1, 0] for _ in range(2))
    found = two_gaps(grid(a), grid(b), (0, 1), clusters, matched=True, bounds=None)
    d = (a[:, 0] - a[:, 1]) - (b[:, 0] - b[:, 1])
    fitted = sm.OLS(d, np.ones(24)).fit(cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False})
    assert Spread(found.difference, share=False, step=1).variance == pytest.approx(fitted.bse[0] ** 2 * 8 / 7)


def test_the_p_value_is_that_of_all_signs():
    """SciPy's permutation test of paired samples exchanges the tools' labels within an item in all 2^10 ways."""
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(10, 2)) + np.array([0.9, 0]), rng.normal(size=(10, 2))
    found = two_gaps(grid(a), grid(b), (0, 1), np.arange(10), matched=True, bounds=None)
    exact = stats.permutation_test((a[:, 0] - a[:, 1], b[:, 0] - b[:, 1]), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", vectorized=True, n_resamples=np.inf)
    ours = together([([Spread(found.difference, share=False, step=1)], 10)], [np.random.default_rng(1)], 9_999)
    assert ours.adjusted[0] == pytest.approx(exact.pvalue, abs=0.02)


def test_signs_are_those_of_the_items_however_the_statistic_is_computed():
    rng = np.random.default_rng(7)
    a, b = (sampled(np.where(np.arange(9)[:, None] % 2 == [0, 1], rng.normal(size=(9, 2)), NAN)) for _ in range(2))
    found = two_gaps(a, b, (0, 1), np.arange(9), matched=False, bounds=None)
    signs = rng.choice([-1.0, 1.0], size=(5, 9))
    for row, t in zip(signs, statistics_of(found.difference, signs), strict=True):
        e = (a.means - b.means) * row[:, None]
        own, base = e[::2, 0], e[1::2, 1]
        variance = (np.var(own) / len(own) + np.var(base) / len(base)) * 4 / 3
        assert t == pytest.approx((own.mean() - base.mean()) / variance**0.5)


@pytest.mark.parametrize(("a", "b"), [(0.3, 0.1), (-0.3, 0.1), (0.1, -0.3), (0.0, 0.0), (-0.2, -0.5), (0.2, -0.2)])
def test_the_difference_of_sizes_follows_from_difference_and_sum(a, b):
    assert magnitude(a - b, a + b) == pytest.approx(abs(a) - abs(b))


def test_the_interval_of_sizes_is_the_range_over_all_that_difference_and_sum_allow():
    rng = np.random.default_rng(8)
    for _ in range(200):
        d, s = (sorted(rng.normal(size=2)) for _ in range(2))
        every = [magnitude(x, y) for x, y in itertools.product(np.linspace(*d, 41), np.linspace(*s, 41))]
        assert magnitude_interval(tuple(d), tuple(s)) == pytest.approx((min(every), max(every)))


def test_nothing_is_certain_where_no_item_differs():
    same = grid(np.ones((60, 2)))
    found = two_gaps(same, same, (0, 1), np.arange(60), matched=True, bounds=(0, 1))
    low, high = Spread(found.difference, share=True, step=0.0).interval(2.0, 2)
    assert low < -0.05
    assert high > 0.05  # 3 / 60: the rule of three


def test_error_rates_count_the_replies_that_have_the_truth():
    own = a_set(3)
    said = measurements(own, np.array([[1], [0], [0], [1], [1], [1]]), truth=1.0)
    missed = make_grid(said, items_of(own), "attr", ("a", "b"), "false_negative_rate_difference")
    assert missed.means.tolist() == [[0, 1], [1, 0], [0, 0]]
    assert make_grid(said, items_of(own), "attr", ("a", "b"), "false_positive_rate_difference").planned.sum() == 0


def test_items_that_share_a_cluster_are_not_independent():
    own = a_set(4, clusters=["x", "x", None, "y"])
    assert clusters_of(own, items_of(own)).tolist()[0] == clusters_of(own, items_of(own)).tolist()[1]
    assert len(set(clusters_of(own, items_of(own)).tolist())) == 3
