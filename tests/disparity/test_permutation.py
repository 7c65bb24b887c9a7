"""Permutation p-values, against full enumeration and McNemar's exact test."""

import itertools

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar

from audit.disparity.cells import Clusters
from audit.disparity.exchange import exchange_among, exchange_between
from audit.disparity.permutation import exchange_within, sign_flip

DRAWS = 19_999


def single(values) -> Clusters:
    return Clusters(np.asarray(values, dtype=float), np.ones(len(values)))


def near(p):
    return pytest.approx(p, abs=4 * (p * (1 - p) / DRAWS) ** 0.5 + 1 / DRAWS)


def test_with_one_decision_an_item_the_sign_flip_is_mcnemars_exact_test():
    p = sign_flip(single([1] * 9 + [-1] * 2 + [0] * 20), DRAWS, np.random.default_rng(1))
    assert p == near(mcnemar([[0, 9], [2, 20]], exact=True).pvalue)


def test_the_sign_flip_of_scores_equals_the_enumeration_of_all_signs():
    d = np.array([0.9, 0.2, 0.7, -0.1, 1.4, 0.3, -0.4, 0.8])

    def t(values):
        return abs(values.mean()) / (((values - values.mean()) ** 2).sum() ** 0.5)

    beyond = [t(np.array(signs) * d) >= t(d) - 1e-12 for signs in itertools.product((-1, 1), repeat=len(d))]
    assert sign_flip(single(d), DRAWS, np.random.default_rng(2)) == near(np.mean(beyond))


def test_an_exchange_between_groups_equals_the_enumeration_of_all_splits():
    a, b = [3.1, 2.7, 4.0, 3.6], [2.0, 2.9, 1.7, 2.2, 2.4]
    pool = np.array(a + b)

    def t(chosen):
        x, y = pool[list(chosen)], np.delete(pool, list(chosen))
        # the variance of a mean with n/(n-1), as in Welch's statistic
        return abs(x.mean() - y.mean()) / (x.var(ddof=1) / len(x) + y.var(ddof=1) / len(y)) ** 0.5

    splits = list(itertools.combinations(range(len(pool)), len(a)))
    beyond = np.mean([t(s) >= t(range(len(a))) - 1e-12 for s in splits])
    assert exchange_between(single(a), single(b), DRAWS, np.random.default_rng(3)) == near(beyond)


def test_an_exchange_within_items_equals_the_enumeration_of_all_choices():
    y = np.array([[1.0, 0.2, 0.1], [0.8, 0.3, 0.4], [1.2, 0.9, 0.2], [0.7, 0.1, 0.6], [0.9, 0.5, 0.3]])
    candidates = np.column_stack([y[:, g] - np.delete(y, g, axis=1).mean(axis=1) for g in range(3)])

    def t(values):
        return abs(values.mean()) / (((values - values.mean()) ** 2).sum() ** 0.5)

    observed = t(candidates[:, 0])
    beyond = np.mean([
        t(candidates[range(5), list(choice)]) >= observed - 1e-12 for choice in itertools.product(range(3), repeat=5)
    ])
    found = exchange_within(candidates, np.ones(5), DRAWS, np.random.default_rng(4))
    assert found.p_others[0] == near(beyond)


def test_the_omnibus_exchange_within_items_equals_the_enumeration_of_all_orders():
    y = np.array([[1.0, 0.2, 0.1], [0.8, 0.3, 0.4], [1.2, 0.9, 0.2], [0.7, 0.1, 0.6]])
    candidates = np.column_stack([y[:, g] - np.delete(y, g, axis=1).mean(axis=1) for g in range(3)])

    def spread(table):  # the repeated-measures sum of squares between guises
        return ((table.mean(axis=0) - table.mean()) ** 2).sum()

    orders = list(itertools.permutations(range(3)))
    beyond = np.mean([
        spread(np.array([row[list(o)] for row, o in zip(y, chosen, strict=True)])) >= spread(y) - 1e-12
        for chosen in itertools.product(orders, repeat=4)
    ])
    assert exchange_within(candidates, np.ones(4), DRAWS, np.random.default_rng(9)).omnibus == near(beyond)


def test_with_many_alike_groups_the_omnibus_among_items_is_near_welchs_anova():
    rng = np.random.default_rng(12)
    samples = [rng.normal(0.25 * g, 1 + g / 2, 40) for g in range(3)]
    w = [len(s) / s.var(ddof=1) for s in samples]
    centre = sum(a * s.mean() for a, s in zip(w, samples, strict=True)) / sum(w)
    lost = sum((1 - a / sum(w)) ** 2 / (len(s) - 1) for a, s in zip(w, samples, strict=True))
    f = sum(a * (s.mean() - centre) ** 2 for a, s in zip(w, samples, strict=True)) / 2 / (1 + 2 / 8 * lost)
    expected = stats.f.sf(f, 2, 8 / (3 * lost))
    found = exchange_among([single(s) for s in samples], DRAWS, np.random.default_rng(3))
    assert found.omnibus == pytest.approx(expected, rel=0.2)


def test_among_two_groups_each_against_the_other_is_the_exchange_between_them():
    a, b = single([3.1, 2.7, 4.0, 3.6]), single([2.0, 2.9, 1.7, 2.2, 2.4])
    found = exchange_among([a, b], DRAWS, np.random.default_rng(4))
    assert found.p_others == pytest.approx([exchange_between(a, b, DRAWS, np.random.default_rng(5))] * 2, abs=0.01)


def test_alike_clusters_counted_once_give_the_test_of_all_of_them():
    # 30 of 400 against 9 of 300: one decision each
    a, b = (Clusters(np.array([0.0, 1.0]), np.ones(2), np.array(w, dtype=float)) for w in ([370, 30], [291, 9]))
    long_a, long_b = (single(np.repeat([0.0, 1.0], w)) for w in ([370, 30], [291, 9]))
    assert exchange_between(a, b, DRAWS, np.random.default_rng(6)) == near(exchange_between(long_a, long_b, DRAWS, np.random.default_rng(7)))
    changes, weight = np.array([-1.0, 0.0, 1.0]), np.array([12.0, 900.0, 25.0])
    p = sign_flip(Clusters(changes, np.ones(3), weight), DRAWS, np.random.default_rng(8))
    assert p == near(mcnemar([[0, 25], [12, 900]], exact=True).pvalue)


def test_a_small_group_among_very_many_is_tested_on_its_own_size():
    rng = np.random.default_rng(13)
    many, few = rng.exponential(1.0, 9_000), rng.exponential(1.0, 12)
    p = exchange_between(single(few), single(many), 4_999, np.random.default_rng(1))
    assert p == pytest.approx(stats.ttest_ind(few, many, equal_var=False).pvalue, abs=0.15)
    assert exchange_between(single(rng.normal(size=5_000)), single(many), 999, np.random.default_rng(1)) is None


def test_a_guise_that_was_not_seen_in_an_item_is_never_drawn_there():
    candidates = np.array([[1.0, -1.0, np.nan]] * 12)
    found = exchange_within(candidates, np.ones(12), DRAWS, np.random.default_rng(5))
    assert found.p_others[0] == near(2 / 2**12)


def test_equal_replies_have_p_one():
    assert sign_flip(single([0.0] * 20), 999, np.random.default_rng(6)) == 1.0
    assert exchange_between(single([1.0] * 9), single([1.0] * 9), 999, np.random.default_rng(7)) == 1.0
    assert exchange_among([single([1.0] * 9)] * 3, 999, np.random.default_rng(7)).omnibus == 1.0
    assert exchange_within(np.zeros((9, 3)), np.ones(9), 999, np.random.default_rng(7)).omnibus == 1.0


def test_no_p_value_is_zero():
    assert sign_flip(single([5.0] * 60), 999, np.random.default_rng(8)) == 1 / 1000
