"""Areas under and between ROC curves, against scikit-learn, hand work, numerical integration and the jackknife."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from audit.disparity.ranking import abroca, abroca_draws, auc


def invented(seed, n=200, levels=None):
    """Invented truths and scores that follow them, ties where `levels` are given, and a group."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.4
    score = rng.normal(0, 1, n) + truth
    return truth, np.rint(score * levels) if levels else score, rng.random(n) < 0.4, rng


def both(truth):
    return truth.any() and not truth.all()


rows = st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.integers(0, 4), st.booleans()), min_size=1, max_size=30)


@given(rows)
def test_auc_is_scikit_learns_ties_and_weights_included(drawn):
    truth, score, weight, _ = (np.array(c) for c in zip(*drawn, strict=True))
    score, weight = score.astype(float), weight.astype(float)
    told = auc(truth, score, weight)
    if not both(truth[weight > 0]):
        assert np.isnan(told.value)
        assert not told.influence.any()
    else:
        assert told.value == pytest.approx(roc_auc_score(truth, score, sample_weight=weight), abs=1e-12)
        assert float(weight @ told.influence) == pytest.approx(0, abs=1e-12)


def test_auc_worked_by_hand():
    # yes 3 and 1, no 2 and 1: pairs 3>2, 3>1, 1<2, 1=1: (1 + 1 + 0 + 1/2)/4
    told = auc(np.array([True, True, False, False]), np.array([3.0, 1, 2, 1]), np.ones(4))
    assert told.value == 0.625
    # V10 of the yes: 1 and 1/4; V01 of the no: 1/2 and 3/4; less 5/8, over 2
    assert told.influence == pytest.approx([3 / 16, -3 / 16, -1 / 16, 1 / 16])


def test_influence_is_delongs_structural_components():
    truth, score, _, _ = invented(1, levels=3)
    yes, no = score[truth], score[~truth]
    psi = (yes[:, None] > no) + 0.5 * (yes[:, None] == no)
    told = auc(truth, score, np.ones(200))
    assert told.value == pytest.approx(psi.mean())
    assert told.influence[truth] == pytest.approx((psi.mean(axis=1) - psi.mean()) / len(yes))
    assert told.influence[~truth] == pytest.approx((psi.mean(axis=0) - psi.mean()) / len(no))


@settings(deadline=None, max_examples=10, derandomize=True)
@given(st.integers(0, 10**6))
def test_influence_gives_the_jackknifes_variance(seed):
    truth, score, _, _ = invented(seed)
    values = np.array([auc(truth, score, weight).value for weight in 1.0 - np.eye(200)])
    jackknife = 199 / 200 * np.sum((values - values.mean()) ** 2)
    assert np.sum(auc(truth, score, np.ones(200)).influence ** 2) == pytest.approx(jackknife, rel=0.06)


@settings(deadline=None)
@given(rows)
def test_weight_of_k_is_k_copies(drawn):
    truth, score, weight, group = (np.array(c) for c in zip(*drawn, strict=True))
    t, s, g = (np.repeat(a, weight) for a in (truth, score.astype(float), group))
    few, many = auc(truth, score.astype(float), weight.astype(float)), auc(t, s, np.ones(len(t)))
    assert few.value == pytest.approx(many.value, abs=1e-12, nan_ok=True)
    assert np.repeat(few.influence, weight) == pytest.approx(many.influence, abs=1e-12)
    area = abroca(truth, score.astype(float), weight.astype(float), group, ~group)
    assert area == pytest.approx(abroca(t, s, np.ones(len(t)), g, ~g), abs=1e-12, nan_ok=True)


def two(one, other):
    """Join two groups, each a list of (truth, score)."""
    truth, score = (np.array(c) for c in zip(*one, *other, strict=True))
    group = np.arange(len(truth)) < len(one)
    return truth.astype(bool), score.astype(float), np.ones(len(truth)), group, ~group


def test_a_perfect_and_a_reversed_ranking_are_a_whole_square_apart():
    assert abroca(*two([(1, 2), (0, 1)], [(1, 1), (0, 2)])) == 1.0


def test_curves_that_cross_within_a_segment_do_not_cancel():
    # up to 1/2, across, up to 1: against the diagonal of ties, |1/2 - f| over (0, 1) is 1/4, though both AUC are 1/2
    flat, diagonal = [(1, 3), (0, 2), (1, 1)], [(1, 1), (0, 1)]
    assert abroca(*two(flat, diagonal)) == pytest.approx(0.25, abs=1e-15)
    assert abroca(*two(diagonal, flat)) == pytest.approx(0.25, abs=1e-15)


def test_two_bent_curves_worked_by_hand():
    # (0,0) (1/2,1) (1,1), area 3/4, stays above (0,0) (1,0) (1,1), area 0
    high = [(1, 2), (0, 2), (0, 1)]
    low = [(0, 2), (0, 2), (1, 1)]
    assert abroca(*two(high, low)) == pytest.approx(0.75, abs=1e-15)


def test_a_sloping_segment_that_crosses_and_one_that_does_not_are_worked_by_hand():
    # g: (0,0) (0,1/3) (1,2/3) (1,1); r: the diagonal. 1/3 + f/3 - f is 0 at f = 1/2: (1/3 + 1/3)/2 * 1/2 = 1/6
    middle = [(1, 3), (1, 2), (0, 2), (1, 1)]
    assert abroca(*two(middle, [(1, 1), (0, 1)])) == pytest.approx(1 / 6, abs=1e-15)
    # r: (0,0) (1,1/2) (1,1). 1/3 + f/3 - f/2 falls from 1/3 to 1/6 without crossing: mean 1/4
    assert abroca(*two(middle, [(1, 2), (0, 2), (1, 1)])) == pytest.approx(0.25, abs=1e-15)


def test_a_crossing_off_the_middle_is_integrated_on_both_sides():
    # g: (0,0) (0,1/4) (1,1/4) (1,1); r: the diagonal. |1/4 - f|: (1/4)^2/2 + (3/4)^2/2 = 5/16
    assert abroca(*two([(1, 4), (0, 3), (1, 2), (1, 2), (1, 1)], [(1, 1), (0, 1)])) == pytest.approx(5 / 16, abs=1e-15)


@pytest.mark.parametrize("levels", [None, 1, 4])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_abroca_is_the_numerical_integral_of_scikit_learns_curves(seed, levels):
    truth, score, group, rng = invented(seed, 150, levels)
    weight = rng.integers(1, 4, 150).astype(float)
    middle = (np.arange(400_000) + 0.5) / 400_000
    heights = []
    for g in (group, ~group):
        fpr, tpr, _ = roc_curve(truth[g], score[g], sample_weight=weight[g], drop_intermediate=False)
        heights.append(np.interp(middle, fpr, tpr))
    told = abroca(truth, score, weight, group, ~group)
    assert told == pytest.approx(np.mean(np.abs(heights[0] - heights[1])), abs=2e-5)
    assert told >= abs(auc(truth[group], score[group], weight[group]).value - auc(truth[~group], score[~group], weight[~group]).value) - 1e-12


@given(rows)
def test_abroca_is_a_share_and_symmetric_and_zero_for_the_same_group(drawn):
    truth, score, weight, group = (np.array(c) for c in zip(*drawn, strict=True))
    score, weight = score.astype(float), weight.astype(float)
    area = abroca(truth, score, weight, group, ~group)
    assert area == pytest.approx(abroca(truth, score, weight, ~group, group), abs=1e-12, nan_ok=True)
    if both(truth[group & (weight > 0)]):
        assert abroca(truth, score, weight, group, group) == 0.0
    if both(truth[group & (weight > 0)]) and both(truth[~group & (weight > 0)]):
        assert 0 <= area <= 1 + 1e-12
    else:
        assert np.isnan(area)


def test_many_draws_are_each_draw_alone():
    truth, score, group, rng = invented(5, 80, levels=2)
    weights = rng.multinomial(80, np.full(80, 1 / 80), size=20).astype(float)
    told = abroca_draws(truth, score, weights, group, ~group)
    for weight, area in zip(weights, told, strict=True):
        rows = np.repeat(np.arange(80), weight.astype(int))
        assert area == pytest.approx(abroca(truth[rows], score[rows], np.ones(80), group[rows], ~group[rows]), abs=1e-12)


def test_a_thousand_draws_of_three_thousand_rows_take_seconds():
    truth, score, group, rng = invented(6, 3000)
    weights = rng.multinomial(3000, np.full(3000, 1 / 3000), size=1000).astype(float)
    start = time.perf_counter()
    assert np.isfinite(abroca_draws(truth, score, weights, group, ~group)).all()
    assert time.perf_counter() - start < 20


@pytest.mark.parametrize("n", [0, 1])
def test_too_little_data_is_undefined_and_never_an_error(n):
    truth, score, weight = np.ones(n, dtype=bool), np.ones(n), np.ones(n)
    assert np.isnan(auc(truth, score, weight).value)
    assert np.isnan(abroca(truth, score, weight, truth, ~truth))
