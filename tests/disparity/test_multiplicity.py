"""Adjusted p-values, against statsmodels and against the joint distributions that they stand for."""

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from audit.disparity.multiplicity import Block, benjamini_hochberg, correlations, holm, step_down

p_values = st.lists(st.floats(0, 1, allow_nan=False), min_size=1, max_size=40)
DRAWS = 40_000


def block(influence) -> Block:
    influence = np.asarray(influence, dtype=float)
    return Block(influence, np.ones(len(influence)), np.ones(influence.shape[1]))


def apart(m, n=400):
    """A block of m comparisons that have nothing to do with each other."""
    return block(np.linalg.qr(np.random.default_rng(m).standard_normal((n, m)))[0])


@pytest.fixture(scope="module", autouse=True)
def _without_what_other_tests_left():
    """statsmodels collects garbage in every function, which takes long where much is alive."""
    gc.freeze()


@settings(max_examples=200, deadline=None)
@given(p_values)
def test_holm_equals_statsmodels(ps):
    assert holm(ps) == pytest.approx(multipletests(ps, method="holm")[1], abs=1e-12)


@settings(max_examples=200, deadline=None)
@given(p_values)
def test_benjamini_hochberg_equals_statsmodels(ps):
    assert benjamini_hochberg(ps) == pytest.approx(multipletests(ps, method="fdr_bh")[1], abs=1e-12)


def test_an_empty_family_has_no_p_values():
    assert holm([]) == []
    assert benjamini_hochberg([]) == []
    assert step_down([], [], DRAWS, np.random.default_rng(1)).adjusted == []


def test_one_comparison_alone_keeps_its_p_value_and_its_level():
    family = step_down([0.031], [apart(1)], DRAWS, np.random.default_rng(1))
    assert (family.adjusted, family.level) == ([0.031], 0.95)


def test_unrelated_comparisons_are_adjusted_as_holm_and_sidak_do():
    ps = [0.001, 0.004, 0.012, 0.2, 0.6]
    family = step_down(ps, [apart(5)], DRAWS, np.random.default_rng(2))
    assert family.adjusted == pytest.approx(multipletests(ps, method="holm-sidak")[1], abs=0.01)
    assert family.level == pytest.approx(0.95 ** (1 / 5), abs=0.001)


def test_a_comparison_and_its_mirror_image_count_once():
    influence = np.random.default_rng(3).standard_normal((300, 1))
    family = step_down([0.02, 0.02], [block(np.hstack([influence, -influence]))], DRAWS, np.random.default_rng(4))
    assert family.adjusted == pytest.approx([0.02, 0.02], abs=0.004)
    assert family.level == pytest.approx(0.95, abs=0.003)


def test_a_comparison_with_a_tenth_of_the_error_costs_the_other_a_tenth_more():
    both = apart(2)
    family = step_down([0.03, 0.004], [Block(both.influence, both.weight, np.array([1.0, 0.1]))], DRAWS, np.random.default_rng(4))
    # 1 - (1 - 0.03)(1 - 0.003) first, then the second by itself: 0.004 / 0.1
    assert family.adjusted == pytest.approx([1 - 0.97 * 0.997, 0.04], abs=0.003)
    # 1 - 0.95 = 1.1 t, nearly
    assert 1 - family.level == pytest.approx(0.05 / 1.1, abs=0.003)


def test_comparisons_with_one_reference_are_adjusted_as_dunnett_does():
    # five groups of 500 against one of 500: equal correlations of 1/2; Dunnett's two-sided critical value
    g, n = 5, 500
    influence = np.zeros(((g + 1) * n, g))
    noise = np.random.default_rng(5).standard_normal((g + 1, n))
    for k in range(g):
        influence[:n, k], influence[(k + 1) * n : (k + 2) * n, k] = -noise[0], noise[k + 1]
    family = step_down([0.01] * g, [block(influence)], DRAWS, np.random.default_rng(6))
    cov = np.full((g, g), 0.5) + 0.5 * np.eye(g)
    z = stats.norm.isf(0.005)
    inside = np.mean((np.abs(stats.multivariate_normal(cov=cov).rvs(200_000, random_state=7)) < z).all(axis=1))
    assert family.adjusted == pytest.approx([1 - inside] * g, abs=0.004)


def test_a_comparison_in_which_nothing_happened_costs_the_others_nothing():
    quiet = np.hstack([apart(3).influence, np.zeros((400, 4))])
    with_quiet = step_down([0.01, 0.5, 0.5, 1, 1, 1, 1], [block(quiet)], DRAWS, np.random.default_rng(8))
    without = step_down([0.01, 0.5, 0.5], [apart(3)], DRAWS, np.random.default_rng(8))
    assert with_quiet.adjusted[0] == pytest.approx(without.adjusted[0], abs=0.003)
    assert with_quiet.adjusted[3:] == [1.0] * 4


def test_correlations_that_chance_alone_would_show_are_taken_as_none():
    few = np.random.default_rng(9).standard_normal((12, 30))
    r = correlations(block(few), np.full(30, 0.5))
    chance = np.abs(np.corrcoef(few.T)[np.triu_indices(30, 1)]).mean()
    assert np.abs(r[np.triu_indices(30, 1)]).mean() < chance / 3
    strong = np.hstack([few[:, :1] + 0.1 * few[:, k : k + 1] for k in range(1, 5)])
    assert correlations(block(strong), np.full(4, 0.5))[0, 1] > 0.9


@settings(max_examples=100, deadline=None)
@given(p_values, st.integers(0, 100))
def test_an_adjusted_p_value_is_never_smaller_than_its_own_and_keeps_the_order(ps, seed):
    influence = np.random.default_rng(seed).standard_normal((20, len(ps)))
    found = step_down(ps, [block(influence)], 500, np.random.default_rng(seed)).adjusted
    assert all(a >= p for a, p in zip(found, ps, strict=True))
    order = np.argsort(ps, kind="stable")
    assert (np.diff(np.array(found)[order]) >= -1e-12).all()
