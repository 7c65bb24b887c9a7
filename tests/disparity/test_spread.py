"""The spread of groups, against full enumeration of what samples can show, and hand work."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from audit.disparity.spread import spread


def of_shares(counts, sizes):
    """The spread of shares with their unbiased sampling variances p(1 - p)/(n - 1); a group of one has none."""
    x, n = np.asarray(counts, dtype=float), np.asarray(sizes, dtype=float)
    known = n > 1
    return spread(x / n, np.where(known, x / n * (1 - x / n) / np.where(known, n - 1, 1), np.nan))


def expectations(shares, sizes):
    """Expected corrected variance, naive variance and max - min, over all samples that can occur."""
    total = np.zeros(3)
    for counts in product(*(range(n + 1) for n in sizes)):
        s = of_shares(counts, sizes)
        total += stats.binom.pmf(counts, sizes, shares).prod() * np.array([s.variance, s.naive, s.max_minus_min])
    return total


@pytest.mark.parametrize("shares", [(0.3, 0.3, 0.3), (0.2, 0.5, 0.9), (0.05, 0.05, 0.4)])
def test_the_corrected_variance_is_unbiased_and_the_naive_one_is_too_large_by_the_sampling_noise(shares):
    sizes = (4, 9, 6)
    corrected, naive, largest = expectations(shares, sizes)
    truth = np.var(shares, ddof=1)
    noise = np.mean([p * (1 - p) / n for p, n in zip(shares, sizes, strict=True)])
    assert corrected == pytest.approx(truth, abs=1e-12)
    assert naive == pytest.approx(truth + noise, abs=1e-12)
    assert largest > max(shares) - min(shares) + 0.01


def test_six_alike_groups_show_a_gap_that_the_corrected_variance_takes_off():
    rng = np.random.default_rng(4)
    results = [of_shares(x, np.full(6, 60)) for x in rng.binomial(60, 0.3, size=(2000, 6))]
    assert np.mean([r.max_minus_min for r in results]) > 0.12
    assert np.mean([r.variance for r in results]) == pytest.approx(0, abs=2e-4)
    assert np.mean([r.naive for r in results]) == pytest.approx(0.3 * 0.7 / 60, abs=2e-4)


def test_three_groups_worked_by_hand():
    # 2/5, 5/10, 12/16: mean 0.55, squares 0.0225 + 0.0025 + 0.04 over 2; noise (0.06 + 0.25/9 + 0.0125) / 3
    s = of_shares([2, 5, 12], [5, 10, 16])
    assert s.max_minus_min == pytest.approx(0.35, abs=1e-15)
    assert (s.highest, s.lowest, s.groups) == (2, 0, 3)
    assert s.naive == pytest.approx(0.0325, abs=1e-15)
    assert s.variance == pytest.approx(0.0325 - (0.06 + 0.25 / 9 + 0.0125) / 3, abs=1e-15)


def test_a_variance_below_zero_stays_as_it_is_and_its_root_is_zero():
    s = spread(np.array([0.5, 0.5]), np.array([0.01, 0.03]))
    assert s.variance == pytest.approx(-0.02)
    assert s.standard_deviation == 0


def test_a_group_of_one_counts_for_max_minus_min_and_not_for_the_variance():
    s = of_shares([1, 4, 6], [1, 10, 10])
    assert s.max_minus_min == pytest.approx(0.6)
    assert s.groups == 2
    assert s.naive == pytest.approx(0.02)


def test_a_group_without_a_value_is_no_zero():
    s = spread(np.array([np.nan, 0.4, 0.6]), np.array([np.nan, 0.001, 0.001]))
    assert (s.max_minus_min, s.lowest) == (pytest.approx(0.2), 1)


def test_one_group_has_no_spread():
    s = spread(np.array([np.nan, 0.4]), np.array([np.nan, 0.001]))
    assert (s.max_minus_min, s.variance, s.standard_deviation) == (None, None, None)
