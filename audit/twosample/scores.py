"""Cross-validated scores of a linear classifier, as one matrix that any relabelling is multiplied with.

Ridge regression of the label on TF-IDF word weights, in its dual form (Saunders, Gammerman & Vovk 1998, ICML), so that the scores of
held-out replies are H·y with an H that the labels do not enter: thousands of permutations cost one product of matrices.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_WORD = r"(?u)\S+"
PENALTY = 1.0
FOLDS = 10


def features(texts: Sequence[str]) -> Any:
    """Return (N, V), sparse: TF-IDF weights of words and pairs of words, rows of length 1; None when no two replies share a word.

    scikit-learn's TfidfVectorizer (sublinear, words in at least two replies). Labels do not enter.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        return TfidfVectorizer(token_pattern=_WORD, ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit_transform(texts)
    except ValueError:  # an empty vocabulary
        return None


def similarities(weights: Any) -> Floats:
    """Return (N, N): the cosine of each two replies, of the weights that `features` gives."""
    return np.asarray((weights @ weights.T).todense(), dtype=np.float64)


def folds_of(cluster: Ints, rng: np.random.Generator) -> Ints:
    """Return (N,) a fold for each reply, at random but clusters kept together; labels do not enter."""
    _, code = np.unique(cluster, return_inverse=True)
    clusters = int(code.max()) + 1
    return rng.permutation(clusters)[code] % min(FOLDS, clusters)


def held_out(kernel: Floats, fold: Ints) -> Floats:
    """Return H (N, N): the score of each reply, less the mean label, is its row times the labels of the replies in other folds.

    Ridge regression with an intercept, K centred on the training replies: f = K(K + λI)⁻¹(y - ȳ); scikit-learn's `Ridge(alpha=λ)` on
    the weights, less its intercept. Scores are compared within a fold.
    """
    h = np.zeros_like(kernel)
    for one in np.unique(fold):
        test, train = np.flatnonzero(fold == one), np.flatnonzero(fold != one)
        inside, across = kernel[np.ix_(train, train)], kernel[np.ix_(test, train)]
        mean = inside.mean(axis=0)
        across = across - mean - across.mean(axis=1, keepdims=True) + mean.mean()
        inside = inside - mean - mean[:, None] + mean.mean()
        solved = np.linalg.solve(inside + PENALTY * np.eye(len(train)), across.T).T
        h[np.ix_(test, train)] = solved - solved.mean(axis=1, keepdims=True)
    return h
