"""Two-sided permutation p-values on studentized statistics, from cluster sums: p = (b + 1) / (B + 1).

Guises are exchanged within clusters (matched) and clusters between groups (sampled). Studentized, the
tests are exact under exchangeability and hold asymptotically when only the means are equal (Chung &
Romano 2013, Ann. Stat. 41:484). With one decision an item the sign flip is McNemar's exact test.
"""

import numpy as np

from audit.disparity.cells import Clusters, Floats

_CHUNK = 2_000


def sign_flip(difference: Clusters, draws: int, rng: np.random.Generator) -> float:
    """P for "the mean difference is zero": each cluster's difference is as likely with either sign."""
    sums, counts = difference.sums, difference.counts
    observed = abs(_studentized(sums[None, :], counts)[0])
    beyond = 0
    for size in _chunks(draws):
        signs = rng.integers(0, 2, (size, len(sums))) * 2.0 - 1.0
        beyond += _count(np.abs(_studentized(signs * sums, counts)), observed)
    return (beyond + 1) / (draws + 1)


def exchange_within(candidates: Floats, counts: Floats, column: int, draws: int, rng: np.random.Generator) -> float:
    """P for "this guise is like the others": any guise of a cluster could have stood in its place.

    candidates: (C, G), cluster sums of the difference that each guise would have shown; NaN where unseen.
    """
    observed = abs(_studentized(candidates[None, :, column], counts)[0])
    there = ~np.isnan(candidates)
    order = np.argsort(~there, axis=1, kind="stable")
    sorted_candidates = np.take_along_axis(candidates, order, axis=1)
    available = there.sum(axis=1)
    rows = np.arange(len(candidates))
    beyond = 0
    for size in _chunks(draws):
        picks = (rng.random((size, len(candidates))) * available).astype(int)
        beyond += _count(np.abs(_studentized(sorted_candidates[rows, picks], counts)), observed)
    return (beyond + 1) / (draws + 1)


def exchange_between(group: Clusters, reference: Clusters, draws: int, rng: np.random.Generator) -> float:
    """P for "the two groups' means are equal": clusters are exchanged between the groups."""
    sums = np.concatenate([group.sums, reference.sums])
    counts = np.concatenate([group.counts, reference.counts])
    k = len(group.sums)
    observed = abs(_welch_t(sums[None, :], counts[None, :], k)[0])
    beyond = 0
    for size in _chunks(draws):
        order = np.argsort(rng.random((size, len(sums))), axis=1)
        beyond += _count(np.abs(_welch_t(sums[order], counts[order], k)), observed)
    return (beyond + 1) / (draws + 1)


def _chunks(draws: int) -> list[int]:
    return [_CHUNK] * (draws // _CHUNK) + ([draws % _CHUNK] if draws % _CHUNK else [])


def _count(values: Floats, observed: float) -> int:
    return int(np.count_nonzero(values >= observed * (1 - 1e-9) - 1e-12))


def _studentized(sums: Floats, counts: Floats) -> Floats:
    """(B, C) cluster sums → (B,) mean over its standard error; 0 where every sum is 0."""
    total = counts.sum()
    means = sums.sum(axis=1) / total
    residuals = sums - means[:, None] * counts
    return _over(means, (residuals**2).sum(axis=1) / total**2)


def _welch_t(sums: Floats, counts: Floats, k: int) -> Floats:
    means, variances = [], []
    for part in (slice(None, k), slice(k, None)):
        n = counts[:, part].sum(axis=1)
        mean = sums[:, part].sum(axis=1) / n
        residuals = sums[:, part] - mean[:, None] * counts[:, part]
        size = counts[:, part].shape[1]
        variances.append(size / max(size - 1, 1) * (residuals**2).sum(axis=1) / n**2)
        means.append(mean)
    return _over(means[0] - means[1], variances[0] + variances[1])


def _over(difference: Floats, variance: Floats) -> Floats:
    tiny = 1e-24 * (1.0 + difference**2)
    result: Floats = difference / np.sqrt(variance + tiny)
    return result
