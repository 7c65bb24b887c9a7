"""Severity, drift and second looks, against SciPy and hand work."""

import numpy as np
import pytest
from scipy import stats

from audit.raters.people import again, drift, from_others, severity

N = np.nan


def test_the_others_are_the_mean_of_those_who_scored_the_same_work():
    scores = np.array([[4, 2, 3], [5, N, 3], [1, N, N], [N, 2, 2]], dtype=float)
    assert from_others(scores, 0)[:2].tolist() == [1.5, 2.0]
    assert np.isnan(from_others(scores, 0)[2:]).all()


def test_severity_is_the_mean_difference_with_students_interval():
    rng = np.random.default_rng(1)
    difference = rng.normal(-0.4, 0.8, 25)
    found = severity(np.append(difference, N), np.arange(26), 1.0)
    expected = stats.ttest_1samp(difference, 0).confidence_interval(0.95)
    assert (found.value, found.low, found.high) == pytest.approx((difference.mean(), expected.low, expected.high))
    assert found.works == 25


def test_drift_is_the_slope_of_least_squares_with_its_interval():
    rng = np.random.default_rng(2)
    place = np.linspace(0, 1, 30)
    difference = 0.8 * place + rng.normal(0, 0.5, 30)
    found, line = drift(difference, place, 1.0), stats.linregress(place, difference)
    reach = stats.t.ppf(0.975, 28) * line.stderr
    assert (found.value, found.low, found.high) == pytest.approx((line.slope, line.slope - reach, line.slope + reach))


def test_raters_who_always_agree_still_have_intervals_of_some_width():
    for found in (severity(np.zeros(20), np.arange(20), 1.0), drift(np.zeros(20), np.linspace(0, 1, 20), 1.0)):
        assert found.low < found.value == 0 < found.high


def test_a_perfect_line_is_not_certain():
    place = np.linspace(0, 1, 20)
    found = drift(2 * place, place, 1.0)
    assert found.low < 2.0 < found.high


def test_of_three_works_nothing_is_said():
    assert severity(np.ones(3), np.arange(3), 1.0).value is None
    assert drift(np.ones(3), np.arange(3.0), 1.0).value is None


def test_a_second_look_counts_what_stayed_the_same_and_which_way_it_moved():
    found = again([3, 4, 2, 5], [3, 5, 2, 6], [0, 1, 2, 3], 1.0)
    assert (found.works, found.same, found.shift.value) == (4, 0.5, 0.5)
    wilson = stats.binomtest(2, 4).proportion_ci(0.95, "wilson")
    assert (found.low, found.high) == pytest.approx((wilson.low, wilson.high))
    assert again([], [], [], 1.0).same is None
