"""Exchanges of clusters between groups (sampled designs): the permutation tests of different items.

Shares of several replies an item are steadied by two pseudo-clusters; see `permutation` for what is studentized and why.
"""

from collections.abc import Sequence

import numpy as np

from audit.disparity.cells import Clusters
from audit.disparity.permutation import MOST_PATTERNS, Exchanged, chunks, count_beyond, over, told
from audit.disparity.readings import Floats

_FEW = 100


def exchange_between(
    group: Clusters, reference: Clusters, draws: int, rng: np.random.Generator, *, shares: bool = False
) -> float | None:
    """P for "the two groups' means are equal": clusters are exchanged between the groups.

    None where there are too many kinds of clusters and many clusters in both groups.
    """
    if (found := between(group, reference, draws, rng, shares=shares)) is None:
        return None
    observed, drawn = found
    return (count_beyond(np.abs(drawn), abs(observed)) + 1) / (draws + 1)


def between(
    group: Clusters, reference: Clusters, draws: int, rng: np.random.Generator, *, shares: bool = False
) -> tuple[float, Floats] | None:
    """Return the statistic of group minus reference, and (B,) those of exchanges; None as in `exchange_between`."""
    alike = bool((group.weight != 1).any() or (reference.weight != 1).any())
    if not alike and len(group.sums) + len(reference.sums) > MOST_PATTERNS and min(group.size, reference.size) >= _FEW:
        return None
    if not _varies(group, reference):
        return 0.0, np.zeros(draws)
    pseudo = _steadied((group, reference), shares=shares)
    group, reference = _centred(group, reference)
    kinds, weight = _pooled(group, reference)
    features = _features_of(kinds)
    small = min(group, reference, key=lambda side: side.size)
    k, n = small.size, int(weight.sum())
    if len(kinds) > MOST_PATTERNS and k >= _FEW:
        return None
    every = weight @ features

    sign = 1.0 if small is group else -1.0

    def t(own: Floats) -> Floats:
        return sign * _welch_t(own, k, every - own, n - k, pseudo)

    drawn = [t(_subsets(features, weight, k, size, rng)) for size in chunks(draws, min(len(kinds), MOST_PATTERNS))]
    return float(t(_features(small)[None, :])[0]), np.concatenate(drawn)


def _centred(*sides: Clusters) -> list[Clusters]:
    """Return the sides less their common mean, which changes no difference and keeps squares exact."""
    mean = sum(side.weight @ side.sums for side in sides) / sum(side.items for side in sides)
    return [side.changed_by(float(mean)) for side in sides]


def _features(clusters: Clusters) -> Floats:
    """Return a side's Σs, Σn, Σs², Σsn, Σn²."""
    return np.asarray(clusters.weight @ _features_of(np.column_stack([clusters.sums, clusters.counts])), dtype=float)


def _features_of(kinds: Floats) -> Floats:
    """(P, 5): s, n, s², sn, n² of each kind of cluster."""
    s, n = kinds.T
    return np.column_stack([s, n, s * s, s * n, n * n])


def _steadied(given: Sequence[Clusters], *, shares: bool) -> Floats:
    """(5,): the features of two pseudo-clusters of mean size, one wholly 0 and one wholly 1, centred as the sides are.

    Infinitely many of them where each cluster is wholly one or the other: then only the difference counts. 0 for scores.
    """
    if not shares:
        return np.zeros(5)
    if all(np.isin(side.values, (0.0, 1.0)).all() for side in given):
        return np.full(5, np.inf)
    items = sum(side.items for side in given)
    size, mean = items / sum(side.size for side in given), sum(side.weight @ side.sums for side in given) / items
    return np.asarray(_features_of(np.array([[-size * mean, size], [size * (1 - mean), size]])).sum(axis=0), dtype=float)


def _varies(*sides: Clusters) -> bool:
    """Whether the clusters' means differ by more than the arithmetic's rounding."""
    values = np.concatenate([side.values for side in sides])
    return bool(np.ptp(values) > 1e-12 * np.abs(values).max())


def _pooled(*sides: Clusters) -> tuple[Floats, Floats]:
    """Return the kinds of clusters (P, 2) and how many there are of each; alike ones are put together if any are."""
    kinds = np.column_stack([np.concatenate([s.sums for s in sides]), np.concatenate([s.counts for s in sides])])
    weight = np.concatenate([s.weight for s in sides])
    if (weight == 1).all():
        return kinds, weight
    different, index = np.unique(kinds, axis=0, return_inverse=True)
    return different, np.bincount(index.ravel(), weights=weight).astype(float)


def _subsets(features: Floats, weight: Floats, k: int, size: int, rng: np.random.Generator) -> Floats:
    """(B, 5): the features' sums over random subsets of k clusters."""
    n = len(weight)
    if not (weight == 1).all():
        drawn = rng.multivariate_hypergeometric(weight.astype(np.int64), k, size, method="marginals")
        return drawn.astype(float) @ features
    if n > MOST_PATTERNS:  # a small group among very many: with replacement is the same within k/n
        return np.asarray(features[rng.integers(0, n, (size, k))].sum(axis=1), dtype=float)
    chosen = np.zeros((size, n))
    np.put_along_axis(chosen, np.argpartition(rng.random((size, n), dtype=np.float32), k, axis=1)[:, :k], 1.0, axis=1)
    return chosen @ features


def _welch_t(own: Floats, k: int, other: Floats, rest: int, pseudo: Floats) -> Floats:
    """(B,): the difference of two means over its standard error, from the features of both sides."""
    if np.isinf(pseudo).any():
        return np.asarray(own[..., 0] / own[..., 1] - other[..., 0] / other[..., 1], dtype=float)
    (mean_a, var_a), (mean_b, var_b) = (_moments(side, c, pseudo) for side, c in ((own, k), (other, rest)))
    return over(mean_a - mean_b, var_a + var_b)


def _moments(f: Floats, clusters: int, pseudo: Floats) -> tuple[Floats, Floats]:
    """Return the mean, and its variance with what the pseudo-clusters add."""
    plain = f[..., 0] / f[..., 1]
    if pseudo.any():
        return plain, _moments(f + pseudo, clusters + 2, np.zeros(5))[1]
    mean = plain
    squares = f[..., 2] - 2 * mean * f[..., 3] + mean**2 * f[..., 4]
    return mean, clusters / max(clusters - 1, 1) * np.maximum(squares, 0) / f[..., 1] ** 2


def exchange_among(
    sides: Sequence[Clusters], draws: int, rng: np.random.Generator, *, shares: bool = False, keep: bool = False
) -> Exchanged | None:
    """P-values for "groups are alike": clusters are exchanged among all groups. Every side needs a cluster.

    The omnibus statistic is the squared distance of the means from their weighted mean, over their variances
    (Welch 1951; by permutation: Pauly, Brunner & Konietschke 2015, JRSS B 77:461). None where there are too many.
    """
    pseudo = _steadied(sides, shares=shares)
    given, sides = sides, _centred(*sides)
    kinds, weight = _pooled(*sides)
    n = int(weight.sum())
    if n > MOST_PATTERNS:
        return None
    if not _varies(*given):
        return Exchanged(np.ones(len(sides)), 1.0, np.zeros((draws, len(sides))) if keep else None)
    features = np.repeat(_features_of(kinds), weight.astype(int), axis=0)
    every, sizes = features.sum(axis=0), [side.size for side in sides]
    starts = np.cumsum([0, *sizes])

    def tested(own: Floats) -> tuple[Floats, Floats]:
        t = np.stack([_welch_t(own[:, g], k, every - own[:, g], n - k, pseudo) for g, k in enumerate(sizes)], axis=1)
        return t, _distance(own, sizes, every, n, pseudo)

    parts = (
        tested(np.add.reduceat(features[np.argsort(rng.random((size, n), dtype=np.float32), axis=1)], starts[:-1], axis=1))
        for size in chunks(draws, n * 5)
    )
    return told(tested(np.stack([_features(side) for side in sides])[None]), parts, draws, keep=keep)


def _distance(own: Floats, sizes: Sequence[int], every: Floats, n: int, pseudo: Floats) -> Floats:
    """(B,): Welch's distance; no variance counts for less than a hundredth of what all clusters together show."""
    if np.isinf(pseudo).any():  # the sum of squares between the groups; their common mean is 0
        return np.asarray((own[..., 0] ** 2 / own[..., 1]).sum(axis=1), dtype=float)
    least = 0.01 * float(_moments(every, n, pseudo)[1]) * n
    pairs = [_moments(own[:, g], k, pseudo) for g, k in enumerate(sizes)]
    means = np.stack([mean for mean, _ in pairs], axis=1)
    weights = 1 / (np.maximum(np.stack([v for _, v in pairs], axis=1), least / np.array(sizes)) + 1e-300)
    centre = (weights * means).sum(axis=1, keepdims=True) / weights.sum(axis=1, keepdims=True)
    return np.asarray((weights * (means - centre) ** 2).sum(axis=1), dtype=float)
