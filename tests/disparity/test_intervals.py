"""Intervals, against hand work, SciPy and statsmodels."""

import dataclasses

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from audit.disparity.cells import Clusters, median
from audit.disparity.intervals import (
    independent_means,
    independent_shares,
    log_ratio,
    one_mean,
    paired_means,
    paired_shares,
    wilson,
)


def single(values) -> Clusters:
    values = np.asarray(values, dtype=float)
    return Clusters(values, np.ones(len(values)))


def test_paired_shares_with_one_reply_an_item_are_bonett_and_prices_interval():
    # 40 items, 12 up, 5 down: Laplace-adjusted 13/42 and 6/42 (Bonett & Price 2012, equation 4), t for z
    difference = single([1] * 12 + [-1] * 5 + [0] * 23)
    up, down = 13 / 42, 6 / 42
    error = ((up + down - (up - down) ** 2) / 42) ** 0.5
    reach = stats.t.ppf(0.975, 39) * error
    low, high = paired_shares(difference).interval(0.95)
    assert (low, high) == pytest.approx((up - down - reach, up - down + reach), abs=1e-12)


def test_independent_shares_with_one_reply_an_item_are_agresti_and_caffos_interval():
    x, n, y, m = 20, 50, 12, 40
    p, q = (x + 1) / (n + 2), (y + 1) / (m + 2)
    error = (p * (1 - p) / (n + 2) + q * (1 - q) / (m + 2)) ** 0.5
    spread = independent_shares(single([1] * x + [0] * (n - x)), single([1] * y + [0] * (m - y)))
    assert spread.centre == pytest.approx(p - q, abs=1e-12)
    assert spread.standard_error == pytest.approx(error, abs=1e-12)


def test_no_change_in_any_item_still_leaves_the_exact_bound():
    # rule of three: with 0 of 60, the upper 95% one-sided bound is 1 - 0.05^(1/60) = 0.0487
    low, high = paired_shares(single([0] * 60)).equivalence_interval()
    assert high >= 1 - 0.05 ** (1 / 60)
    assert (low, high) == pytest.approx((-high, high))


def test_paired_means_are_the_paired_t_interval():
    rng = np.random.default_rng(1)
    a, b = rng.normal(0.3, 1, 40), rng.normal(0, 1, 40)
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    assert paired_means(single(a - b), 1.0).interval(0.95) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_at_higher_levels_more_pseudo_items_are_added():
    # z²/4 on each side: at 99.9% z = 3.29 and 2.71 of each; by hand on 40 items with 12 up and 5 down
    difference = single([1] * 12 + [-1] * 5 + [0] * 23)
    extra = stats.norm.ppf(0.9995) ** 2 / 4
    n = 40 + 2 * extra
    up, down = (12 + extra) / n, (5 + extra) / n
    reach = stats.t.ppf(0.9995, 39) * ((up + down - (up - down) ** 2) / n) ** 0.5
    assert paired_shares(difference).interval(0.999) == pytest.approx((up - down - reach, up - down + reach), abs=1e-12)


def test_skewness_moves_the_ends_as_halls_transformation_does():
    # 60 values of skewness g: λ = g/√60 in units of the standard error with 60/59; ends by hand from Hall (1992)
    values = np.arange(60.0) ** 2
    g = stats.skew(values)
    lam, mean, error = g / 60**0.5, values.mean(), values.std(ddof=1) / 60**0.5
    t = stats.t.ppf(0.975, 59)
    ends = [mean - error * 3 / lam * ((1 + lam * (sign * t - lam / 6)) ** (1 / 3) - 1) for sign in (1, -1)]
    assert one_mean(single(values), 1.0).interval(0.95) == pytest.approx(ends, abs=1e-9)


def test_the_interval_of_a_skewed_mean_covers_better_than_students():
    rng = np.random.default_rng(5)
    ours = students = 0
    for _ in range(400):
        values = rng.lognormal(0, 1, 60)
        low, high = one_mean(single(values), 1.0).interval(0.95)
        ours += low <= np.exp(0.5) <= high
        expected = stats.ttest_1samp(values, np.exp(0.5)).pvalue
        students += expected > 0.05
    assert ours > students


def test_quantiles_of_exchanges_take_the_place_of_students_where_they_are_wider():
    spread = independent_means(single([1.0, 2.0, 4.0, 3.0] * 3), single([0.0, 1.0, 0.5, 2.0] * 3), 1.0)
    wide = dataclasses.replace(spread, null=np.linspace(-6, 1, 1999))
    (low, high), (plain_low, _) = wide.interval(0.95), spread.interval(0.95)
    assert low == pytest.approx(plain_low)
    assert high == pytest.approx(spread.centre - spread.standard_error * wide.null[49])


def test_two_samples_are_put_together_as_newcombe_does():
    # 2 of 88 against 56 of 91: Clopper-Pearson limits, squared distances (Newcombe 1998, method 10)
    (l1, u1), (l2, u2) = proportion_confint(56, 91, method="beta"), proportion_confint(2, 88, method="beta")
    p1, p2 = 56 / 91, 2 / 88
    expected = p1 - p2 - np.hypot(p1 - l1, u2 - p2), p1 - p2 + np.hypot(u1 - p1, p2 - l2)
    spread = independent_shares(single([1] * 56 + [0] * 35), single([1] * 2 + [0] * 86))
    assert spread.counts.bounds(0.95) == pytest.approx(expected, abs=1e-9)


def test_independent_means_are_welchs_interval():
    rng = np.random.default_rng(2)
    a, b = rng.normal(0.3, 1, 25), rng.normal(0, 3, 40)
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
    assert independent_means(single(a), single(b), 1.0).interval(0.95) == pytest.approx((expected.low, expected.high), abs=1e-10)


def test_clusters_of_unequal_size_have_the_cluster_robust_error_of_statsmodels():
    rng = np.random.default_rng(3)
    cluster = np.repeat(np.arange(15), rng.integers(1, 6, 15))
    y = rng.normal(0, 1, len(cluster)) + rng.normal(0, 1, 15)[cluster]
    fit = sm.OLS(y, np.ones(len(y))).fit(cov_type="cluster", cov_kwds={"groups": cluster})
    clusters = Clusters(np.bincount(cluster, y), np.bincount(cluster).astype(float))
    spread = one_mean(clusters, 1.0)
    assert spread.estimate == pytest.approx(fit.params[0], abs=1e-12)
    assert spread.standard_error == pytest.approx(fit.bse[0], abs=1e-12)


@pytest.mark.parametrize("x", [0, 1, 7, 29, 30])
def test_a_rate_of_single_replies_has_wilsons_interval(x):
    n = 30
    expected = proportion_confint(x, n, method="wilson")
    assert wilson(single([1] * x + [0] * (n - x))) == pytest.approx(expected, abs=1e-12)


def test_repeats_that_always_agree_add_nothing_to_a_rates_precision():
    once = single([1] * 6 + [0] * 24)
    five_times = Clusters(once.sums * 5, once.counts * 5)
    (low, high), (low_once, high_once) = wilson(five_times), wilson(once)
    assert high_once - low_once <= high - low <= 1.1 * (high_once - low_once)


def test_the_log_ratio_of_independent_shares_is_near_walters():
    # Walter (1975): log((x + .5)/(n + .5)) - log((y + .5)/(m + .5)), variance 1/(x+.5) - 1/(n+.5) + …
    x, n, y, m = 12, 40, 5, 50
    log, error = log_ratio(single([1] * x + [0] * (n - x)), single([1] * y + [0] * (m - y)))
    assert log == pytest.approx(np.log((x + 0.5) / (n + 0.5)) - np.log((y + 0.5) / (m + 0.5)), abs=0.01)
    walter = 1 / (x + 0.5) - 1 / (n + 0.5) + 1 / (y + 0.5) - 1 / (m + 0.5)
    assert error**2 == pytest.approx(walter, rel=0.05)


def test_the_paired_log_ratio_of_equal_sides_is_hardly_uncertain():
    side = single([1] * 20 + [0] * 20)
    log, paired = log_ratio(side, side, covariance=0.25 / 40)
    assert log == 0
    assert 0 < paired < log_ratio(side, side)[1] / 3


def test_the_same_difference_in_every_item_is_not_certain_for_free():
    # at most 1 - 0.05^(1/60) of the items may behave otherwise, each by one unit
    low, high = paired_means(single([0.2] * 60), 1.0).equivalence_interval()
    assert (low, high) == pytest.approx((0.2 - (1 - 0.05 ** (1 / 60)), 0.2 + (1 - 0.05 ** (1 / 60))), abs=1e-9)


def test_the_exact_bounds_are_the_same_for_a_rate_and_its_complement():
    none, every = single([0] * 50), single([1] * 50)
    assert independent_shares(none, none).equivalence_interval() == pytest.approx(independent_shares(every, every).equivalence_interval())
    one, all_but_one = single([1] + [0] * 49), single([0] + [1] * 49)
    low, high = independent_shares(one, none).equivalence_interval()
    assert independent_shares(all_but_one, every).equivalence_interval() == pytest.approx((-high, -low))


shares = st.lists(st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0]), min_size=2, max_size=30)
scores = st.one_of(
    st.lists(st.floats(-5, 5, allow_nan=False), min_size=2, max_size=30),
    st.integers(2, 30).map(lambda n: [1.5] * n),
)


@settings(max_examples=150, deadline=None)
@given(shares, shares)
def test_intervals_of_shares_are_finite_hold_the_estimate_and_have_width(first, second):
    n = min(len(first), len(second))
    d = np.array(first[:n]) - np.array(second[:n])
    for spread in (
        paired_shares(single(d)),
        independent_shares(single(first), single(second)),
    ):
        low, high = spread.interval(0.95)
        assert np.isfinite([low, high]).all()
        assert low < high
        assert low <= spread.estimate <= high
    low, high = wilson(single(first))
    assert 0 <= low < high <= 1


@settings(max_examples=150, deadline=None)
@given(scores, scores)
def test_intervals_of_scores_are_finite_hold_the_estimate_and_have_width(first, second):
    n = min(len(first), len(second))
    for spread in (
        paired_means(single(np.array(first[:n]) - np.array(second[:n])), 1.0), independent_means(single(first), single(second), 1.0),
    ):
        low, high = spread.interval(0.95)
        assert np.isfinite([low, high]).all()
        assert low < high
        assert low <= spread.estimate <= high


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 4)), min_size=1, max_size=12))
def test_a_weighted_median_is_that_of_the_copies(drawn):
    values, weight = (np.array(column) for column in zip(*drawn, strict=True))
    assert median(values.astype(float), weight.astype(float)) == np.median(np.repeat(values, weight))


@pytest.mark.parametrize("level", [0.9, 0.95, 0.999])
def test_no_difference_of_shares_is_larger_than_one(level):
    every, none = single([1] * 60), single([0] * 60)
    for spread in (independent_shares(every, none), paired_shares(single([1] * 60)), paired_shares(single([-1] * 60))):
        low, high = spread.interval(level)
        assert -1 <= low < high <= 1
        low, high = spread.equivalence_interval()
        assert -1 <= low < high <= 1
