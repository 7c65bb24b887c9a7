"""Permutation p-values, against full enumeration and McNemar's exact test."""

import itertools

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar

from audit.disparity.cells import Clusters
from audit.disparity.permutation import exchange_between, exchange_within, sign_flip

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
    assert exchange_within(candidates, np.ones(5), 0, DRAWS, np.random.default_rng(4)) == near(beyond)


def test_a_guise_that_was_not_seen_in_an_item_is_never_drawn_there():
    candidates = np.array([[1.0, -1.0, np.nan]] * 12)
    p = exchange_within(candidates, np.ones(12), 0, DRAWS, np.random.default_rng(5))
    assert p == near(2 / 2**12)


def test_equal_replies_have_p_one():
    assert sign_flip(single([0.0] * 20), 999, np.random.default_rng(6)) == 1.0
    assert exchange_between(single([1.0] * 9), single([1.0] * 9), 999, np.random.default_rng(7)) == 1.0


def test_no_p_value_is_zero():
    assert sign_flip(single([5.0] * 60), 999, np.random.default_rng(8)) == 1 / 1000
