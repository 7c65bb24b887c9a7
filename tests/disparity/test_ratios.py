"""Ratios of two shares: against statsmodels' score interval, and how often a tool at the margin is cleared. All invented."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from audit.disparity.cells import Clusters
from audit.disparity.intervals import independent_shares, paired_shares
from audit.disparity.ratios import log_ratio_interval

SEED, RUNS = 5, 500
CHANCE = 0.02  # 2 standard errors of a share of 5% in 500 runs


def apart(a, b, level=0.95, **options):
    group, reference = (Clusters(np.asarray(x, dtype=float), np.ones(len(x))) for x in (a, b))
    return log_ratio_interval(group, reference, 0.0, independent_shares(group, reference).counts, level, **options)


def together(a, b, level=0.95, **options):
    group, reference, difference = (Clusters(np.asarray(x, dtype=float), np.ones(len(x))) for x in (a, b, a - b))
    covariance = float(np.mean((a - a.mean()) * (b - b.mean())) / len(a))
    return log_ratio_interval(group, reference, covariance, paired_shares(difference).counts, level, **options)


def cleared(make, interval):
    """How often a ratio is held to be within 0.8 to 1.25, and how often the 95% interval holds the true one."""
    within = covered = 0
    rng = np.random.default_rng(SEED)
    for _ in range(RUNS):
        a, b, true = make(rng)
        low, high = interval(a, b, 0.9, equivalence=True)
        within += low > 0.8 and high is not None and high < 1.25
        low, high = interval(a, b)
        covered += low <= true and (high is None or true <= high)
    return within / RUNS, covered / RUNS


@pytest.mark.parametrize(("n", "pa", "pb", "repeats"), [
    (20, 1.0, 0.8, 1), (25, 0.8, 1.0, 1), (40, 0.8, 0.64, 1), (60, 0.5, 0.4, 3), (200, 0.24, 0.3, 3),
])
def test_of_different_items_a_ratio_at_the_margin_is_seldom_cleared_and_is_covered(n, pa, pb, repeats):
    within, covered = cleared(lambda r: (r.binomial(repeats, pa, n) / repeats, r.binomial(repeats, pb, n) / repeats, pa / pb), apart)
    assert within <= 0.05 + CHANCE
    assert covered >= 0.95 - CHANCE


@pytest.mark.parametrize(("n", "pa", "pb", "shared", "repeats"), [
    (20, 0.4, 0.5, 1.0, 1), (25, 0.3, 0.24, 1.0, 3), (40, 1.0, 0.8, 0.8, 1), (60, 0.1, 0.08, 1.0, 1), (200, 0.5, 0.4, 0.8, 3),
])
def test_of_the_same_items_a_ratio_at_the_margin_is_seldom_cleared_and_is_covered(n, pa, pb, shared, repeats):
    def make(r):
        same = r.random((n, repeats)) < shared
        item = r.random((n, 1))
        a, b = ((np.where(same, item, r.random((n, repeats))) < p).mean(axis=1) for p in (pa, pb))
        return a, b, pa / pb

    within, covered = cleared(make, together)
    assert within <= 0.05 + CHANCE
    assert covered >= 0.95 - CHANCE


@pytest.mark.parametrize(("x", "n", "y", "m"), [(12, 40, 15, 40), (30, 60, 25, 50), (150, 400, 170, 400), (38, 40, 30, 40)])
def test_single_decisions_have_about_the_score_interval(x, n, y, m):
    expected = confint_proportions_2indep(x, n, y, m, compare="ratio", method="score", correction=False)
    low, high = np.log(apart(np.arange(n) < x, np.arange(m) < y))
    assert 0.93 <= (high - low) / np.diff(np.log(expected))[0] <= 1.25


def test_a_large_equal_tool_is_still_cleared():
    many = np.arange(2000) < 800
    low, high = apart(many, many, 0.9, equivalence=True)
    assert 0.8 < low < 1 < high < 1.25


replies = st.lists(st.sampled_from([0.0, 1 / 3, 1.0]), min_size=2, max_size=20).map(np.array)


@settings(max_examples=60, deadline=None)
@given(replies, replies, st.sampled_from([0.9, 0.95, 0.9999]))
def test_a_ratio_has_no_nan_and_holds_its_estimate(a, b, level):
    k = min(len(a), len(b))
    for interval, x, y in ((apart, a, b), (together, a[:k], b[:k])):
        for equivalence in (False, True):
            low, high = interval(x, y, level, equivalence=equivalence)
            assert 0 <= low < np.inf
            assert high is None or low < high < np.inf
            assert y.mean() <= 0 or (low <= x.mean() / y.mean() and (high is None or x.mean() / y.mean() <= high))
