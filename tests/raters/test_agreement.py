"""Krippendorff's alpha and kappa against published values and other implementations; intervals that are never certain for free."""

from itertools import permutations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from audit.raters.agreement import alpha, pairs

N = np.nan
FOUR_OBSERVERS = np.array([
    [1, 2, 3, 3, 2, 1, 4, 1, 2, N, N, N], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, N, 3],
    [N, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, N], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, N],
]).T
BINARY = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]], dtype=float).T
THREE_CODERS = np.array([
    [N, N, N, N, N, 3, 4, 1, 2, 1, 1, 3, 3, N, 3], [1, N, 2, 1, 3, 3, 4, 3, N, N, N, N, N, N, N],
    [N, N, 2, 1, 3, 4, 4, N, 2, 1, 1, 3, 3, N, 4],
]).T


def of(scores, metric, cluster=None):
    return alpha(scores, np.arange(len(scores)) if cluster is None else np.asarray(cluster), metric)


@pytest.mark.parametrize(("scores", "metric", "published"), [
    (BINARY, "nominal", 0.095), (FOUR_OBSERVERS, "nominal", 0.743), (FOUR_OBSERVERS, "ordinal", 0.815), (FOUR_OBSERVERS, "interval", 0.849),
    (THREE_CODERS, "nominal", 0.691), (THREE_CODERS, "interval", 0.811),
])
def test_alpha_is_the_one_of_krippendorffs_worked_examples(scores, metric, published):
    """Krippendorff 2011, sections A and C; the third from the encyclopedia article on alpha."""
    found = of(scores, metric)
    assert round(found.value, 3) == published
    assert -1 <= found.low < found.value < found.high <= 1


def by_definition(scores, distance):
    """1 − (mean distance within works) / (mean distance over all pairs of values), pair by pair."""
    works = [row[~np.isnan(row)] for row in scores]
    works = [row for row in works if len(row) > 1]
    values = np.concatenate(works)
    seen = sum(distance(a, b) / (len(row) - 1) for row in works for a, b in permutations(row, 2)) / len(values)
    chance = sum(distance(a, b) for a, b in permutations(values, 2)) / (len(values) * (len(values) - 1))
    return 1 - seen / chance


def test_alpha_is_its_definition_on_random_incomplete_scores():
    rng = np.random.default_rng(7)
    for _ in range(10):
        scores = rng.integers(1, 5, (15, 4)).astype(float)
        scores[rng.random((15, 4)) < 0.3] = N
        assert of(scores, "nominal").value == pytest.approx(by_definition(scores, lambda a, b: float(a != b)))
        assert of(scores, "interval").value == pytest.approx(by_definition(scores, lambda a, b: (a - b) ** 2))


def test_the_order_of_works_and_of_raters_changes_nothing():
    rng = np.random.default_rng(2)
    mixed = of(FOUR_OBSERVERS[rng.permutation(12)][:, [2, 0, 3, 1]], "ordinal")
    straight = of(FOUR_OBSERVERS, "ordinal")
    assert (mixed.value, mixed.low, mixed.high) == pytest.approx((straight.value, straight.low, straight.high))


def test_where_all_scores_are_the_same_or_none_are_shared_alpha_is_unknown():
    assert of(np.full((9, 2), 3.0), "interval").value is None
    assert of(np.array([[1.0, N], [N, 2.0]]), "interval") == of(np.array([[1.0, N], [N, 2.0]]), "nominal")
    assert of(np.array([[1.0, N], [N, 2.0]]), "nominal").value is None
    assert of(np.zeros((0, 2)), "nominal").value is None


@pytest.mark.parametrize("works", [2, 5, 20, 60])
def test_perfect_agreement_is_not_certain(works):
    scores = np.tile(1.0 + np.arange(works) % 5, (2, 1)).T
    found = of(scores, "interval")
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low < 1
    assert pairs("ab", scores, np.arange(works), 1.0)[1].low < 1


def test_more_works_narrow_the_interval_of_perfect_agreement():
    lows = [of(np.tile(np.arange(n) % 2.0, (2, 1)).T, "nominal").low for n in (10, 40, 160)]
    assert lows == sorted(lows)
    # 97.5% bound of 0 of 40, 1 - 0.025^(1/40) = 0.0881, over the chance of disagreeing, 2·40·40/(80·79) = 0.5063
    assert lows[1] == pytest.approx(1 - 0.0881 / 0.5063, abs=0.001)


def test_agreement_that_rests_on_one_rare_case_is_not_shown():
    """20 works, both raters say yes to one and the same: without it there is nothing to agree on."""
    found = of(np.tile(np.arange(20) == 3, (2, 1)).T.astype(float), "nominal")
    assert found.value == 1.0
    assert found.low < 0


def test_guises_of_one_item_are_one_piece_of_evidence():
    rng = np.random.default_rng(5)
    base = rng.integers(1, 7, 15)
    scores = np.column_stack([base, np.clip(base + rng.integers(-1, 2, 15), 1, 6)]).astype(float)
    single, tripled = of(scores, "interval"), of(np.repeat(scores, 3, axis=0), "interval", np.repeat(np.arange(15), 3))
    assert (tripled.works, tripled.items) == (45, 15)
    assert tripled.high - tripled.low == pytest.approx(single.high - single.low, rel=0.1)


def test_the_interval_of_alpha_covers_the_true_value():
    """Two raters, each wrong on 10% of balanced decisions: disagreement 2·0.1·0.9 over 0.5 makes alpha 0.64."""
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(200):
        truth = rng.random(40) < 0.5
        found = of((truth[:, None] ^ (rng.random((40, 2)) < 0.1)).astype(float), "nominal")
        hits += found.low <= 0.64 <= found.high
    assert hits >= 183  # 95% of 200, less 2.3 standard errors


def test_kappa_is_scikit_learns_on_the_work_that_both_scored():
    rng = np.random.default_rng(3)
    scores = rng.integers(1, 5, (30, 3)).astype(float)
    scores[:6, 0], scores[20:, 2] = N, N
    found, mean = pairs(("a", "b", "c"), scores, np.arange(30), 1.0)
    expected = []
    for pair, (i, j) in zip(found, ((0, 1), (0, 2), (1, 2)), strict=True):
        both = ~np.isnan(scores[:, [i, j]]).any(axis=1)
        one, other = scores[both, i].astype(int), scores[both, j].astype(int)
        expected.append(cohen_kappa_score(one, other, weights="quadratic"))
        assert pair.raters == ("abc"[i], "abc"[j])
        assert pair.qwk.value == pytest.approx(expected[-1])
        assert pair.exact == pytest.approx((one == other).mean())
        assert pair.works == both.sum()
        assert pair.qwk.low < pair.qwk.value < pair.qwk.high
    assert mean.value == pytest.approx(np.mean(expected))


def test_kappa_of_decisions_is_cohens():
    found, _ = pairs("ab", BINARY, np.arange(10), 1.0)
    assert found[0].qwk.value == pytest.approx(cohen_kappa_score(*BINARY.T.astype(int)))


def test_raters_who_share_no_work_are_no_pair_and_one_shared_work_has_no_kappa():
    scores = np.array([[1.0, N, 2.0], [2.0, N, N], [N, 3.0, N]])
    found, mean = pairs("abc", scores, np.arange(3), 1.0)
    assert [(p.raters, p.works, p.qwk.value) for p in found] == [(("a", "c"), 1, None)]
    assert mean.value is None
