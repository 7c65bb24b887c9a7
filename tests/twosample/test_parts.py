"""The parts against references: scikit-learn's ridge regression, SciPy's rank statistics, and a log-odds ratio worked out by hand."""

import math
from collections import Counter

import numpy as np
import pytest
from scipy import stats
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from audit.twosample.exchange import sampled
from audit.twosample.scores import features, folds_of, held_out, similarities
from audit.twosample.words import PRIOR, carrying_words, log_odds_z
from tests.twosample.writers import written


def test_the_held_out_scores_are_those_of_scikit_learns_ridge_regression():
    _, probes, texts = written(1, items=12)
    weights = features([texts[p.id] for p in probes])
    y = np.where([p.groups["g"] == "a" for p in probes], 1.0, -0.5)
    fold = folds_of(np.array([int(p.item[1:]) for p in probes]), np.random.default_rng(1))
    scores = held_out(similarities(weights), fold) @ y
    for one in np.unique(fold):
        train, test = fold != one, fold == one
        model = Ridge(alpha=1.0).fit(weights[train].toarray(), y[train])
        assert scores[test] == pytest.approx(model.predict(weights[test].toarray()) - y[train].mean(), abs=1e-9)


def test_the_weights_are_scikit_learns():
    texts = ["good clear work", "good work indeed", "clear work"]
    reference = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit_transform(texts)
    assert features(texts).toarray() == pytest.approx(reference.toarray())


def test_items_stay_together_in_a_fold():
    cluster = np.repeat(np.arange(23), 4)
    fold = folds_of(cluster, np.random.default_rng(2))
    assert all(len(set(fold[cluster == c])) == 1 for c in range(23))
    assert set(fold) == set(range(10))


def test_in_one_fold_the_sampled_statistic_is_the_area_under_the_curve():
    rng = np.random.default_rng(3)
    h, group = rng.normal(size=(30, 30)), (np.arange(30) % 3 > 0).astype(int)
    own = h @ (group == 0).astype(float)
    reference = stats.mannwhitneyu(own[group == 0], own[group == 1]).statistic / (10 * 20)
    found = sampled(h, group, np.arange(30), np.zeros(30, dtype=int), 9, rng)
    assert found.told_apart == pytest.approx(reference)


def test_the_log_odds_ratio_is_that_of_monroe_and_others_by_hand():
    own, other, prior = Counter(kind=6, plain=4), Counter(kind=2, plain=8), Counter(kind=20, plain=80)
    a = PRIOR * 0.2
    delta = math.log((6 + a) / (10 + PRIOR - 6 - a)) - math.log((2 + a) / (10 + PRIOR - 2 - a))
    assert log_odds_z("kind", own, other, prior) == pytest.approx(delta / math.sqrt(1 / (6 + a) + 1 / (2 + a)))
    assert log_odds_z("plain", own, other, prior) < 0 < log_odds_z("kind", own, other, prior)


def test_a_word_of_one_item_and_a_word_of_most_replies_carry_nothing():
    own = [("i1", "all kind kind kind kind"), ("i2", "all plain"), ("i3", "all plain"), ("i4", "all plain")]
    other = [(item, "all") for item, _ in own]
    assert [w.word for w in carrying_words(own, other, [t for _, t in own + other])] == ["plain"]
