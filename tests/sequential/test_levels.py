"""Repeated p-values and levels: their inverses, their order, and how often they are small without any difference."""

import numpy as np
import pytest
from scipy import stats

from audit.sequential import Looks
from audit.sequential.spending import boundaries

FIVE = Looks.even(5)


@pytest.mark.parametrize("look", range(5))
@pytest.mark.parametrize("alpha", [0.3, 0.05, 0.004, 1e-5])
def test_a_p_value_at_the_level_of_its_look_is_worth_the_error_over_all_looks(look: int, alpha: float) -> None:
    assert FIVE.repeated(look, FIVE.nominal(look, alpha)) == pytest.approx(alpha, rel=1e-6)


@pytest.mark.parametrize("alpha", [0.31, 0.017, 0.00123, 3e-6])
def test_levels_between_those_of_the_table_are_those_of_the_boundaries(alpha: float) -> None:
    exact = 2 * stats.norm.sf(boundaries(alpha, FIVE.shares))
    assert [FIVE.nominal(look, alpha) for look in range(5)] == pytest.approx(exact, rel=2e-3)


def test_levels_rise_with_the_looks_and_with_the_error() -> None:
    """The condition under which the tests of several comparisons may be put together (Maurer & Bretz 2013, condition 2)."""
    levels = np.array([[FIVE.nominal(look, alpha) for look in range(5)] for alpha in (1e-9, 1e-6, 1e-4, 0.01, 0.05, 0.2, 0.5)])
    assert (np.diff(levels, axis=0) > 0).all()
    assert (np.diff(levels, axis=1) > 0).all()
    assert (levels[:, -1] < [1e-9, 1e-6, 1e-4, 0.01, 0.05, 0.2, 0.5]).all()


def test_the_family_loses_nothing_early_by_being_large() -> None:
    """A comparison's part of its own error that may be used by the first look does not depend on how small that error is."""
    assert FIVE.nominal(0, 0.005) / 0.005 == pytest.approx(FIVE.nominal(0, 0.05) / 0.05, rel=1e-3)


def test_without_any_difference_sequential_p_values_are_uniform() -> None:
    rng = np.random.default_rng(7)
    furthest = FIVE.drawn(lambda: rng.standard_normal((100_000, 1)))[:, 0]
    p = 2 * stats.norm.sf(furthest)
    for level in (0.2, 0.05, 0.01):
        assert np.mean(p <= level) == pytest.approx(level, abs=4 * (level / 100_000) ** 0.5)


def test_looks_at_correlated_comparisons_keep_five_percent_together() -> None:
    """The joint law of sequential p-values gives the level of one; checked on other draws, path by path, look by look."""
    rng = np.random.default_rng(8)
    root = np.linalg.cholesky(0.5 * np.eye(4) + 0.5)
    furthest = FIVE.drawn(lambda: rng.standard_normal((60_000, 4)) @ root.T)
    level = 2 * stats.norm.sf(np.quantile(furthest.max(axis=1), 0.95))
    bounds = stats.norm.isf(np.array([FIVE.nominal(look, level) for look in range(5)]) / 2)
    score = np.cumsum(rng.standard_normal((60_000, 5, 4)) @ root.T * 0.2**0.5, axis=1)
    z = score / np.sqrt(FIVE.shares)[None, :, None]
    assert (np.abs(z) >= bounds[None, :, None]).any(axis=(1, 2)).mean() == pytest.approx(0.05, abs=0.004)


def test_the_one_sided_looks_use_up_their_error() -> None:
    z = stats.norm.isf([FIVE.one_sided(look) for look in range(5)])
    score = np.cumsum(np.random.default_rng(9).standard_normal((200_000, 5)) * 0.2**0.5, axis=1)
    assert (score / np.sqrt(FIVE.shares) >= z).any(axis=1).mean() == pytest.approx(0.05, abs=0.002)


def test_p_values_of_nothing_and_of_everything_stay_between_zero_and_one() -> None:
    assert FIVE.repeated(0, 1.0) == 1.0
    assert 0 < FIVE.repeated(4, 0.0) < 1e-9
    assert Looks.even(1).repeated(0, 0.03) == pytest.approx(0.03)
