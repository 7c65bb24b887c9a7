"""Two-sided permutation p-values from cluster sums: p = (b + 1) / (B + 1).

Guises are exchanged within clusters (matched) and clusters between groups (sampled); exact where these are
exchangeable. Studentized, so that the tests also hold (asymptotically) when only the means are equal
(Chung & Romano 2013, Ann. Stat. 41:484). Equal shares of single
decisions have equal variances, and so have the guises of an item: there the plain difference is compared (`plain`), since
where decisions are rare the standard error of an exchange would rest on a handful of replies, which costs nearly all the
power. Shares of several replies an item, of different items (`shares`), are steadied by two pseudo-clusters instead, as
in the intervals. With one decision an item the sign flip
is McNemar's exact test. All work on cluster sums, alike clusters counted once: their cost does not grow with the rows.
"""

import itertools
import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from audit.disparity.cells import Clusters
from audit.disparity.readings import Flags, Floats, Ints

MOST_PATTERNS = 5_000
"""With more kinds of clusters than this the t distribution is as good, and a permutation costs too much."""
_CHUNK = 4_000_000
_TABLED = 7
_ROUNDING = 1e-9


class Exchanged(NamedTuple):
    """p_others: (G,) of each group against all the others; omnibus: of "all groups are alike".

    drawn: (B, G) the statistics of the exchanges, where they were to be kept.
    """

    p_others: Floats
    omnibus: float
    drawn: Floats | None = None


def sign_flip(difference: Clusters, draws: int, rng: np.random.Generator) -> float | None:
    """P for "the mean difference is zero": each cluster's difference is as likely with either sign.

    All 2^C signs where that is no more than `draws`. None where there are too many kinds of clusters.
    """
    total, squares = difference.items, difference.weight @ difference.counts**2
    kept = difference.sums != 0
    sums, counts, weight = difference.sums[kept], difference.counts[kept], difference.weight[kept]
    if len(sums) > MOST_PATTERNS:
        return None
    both = np.column_stack([sums, sums * counts])
    scale = float(weight @ sums**2)

    def t(net: Floats) -> Floats:
        return np.abs(_studentized(net @ both, scale, total, squares))

    observed = float(t(weight[None, :])[0])
    if (weight == 1).all() and 2 ** len(sums) <= draws:
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=len(sums))))
        return count_beyond(t(signs), observed) / len(signs)
    beyond = 0
    for size in chunks(draws, len(sums)):
        up = rng.integers(0, 2, (size, len(sums)), dtype=np.int8) if (weight == 1).all() else rng.binomial(
            weight.astype(np.int64), 0.5, (size, len(sums)))
        beyond += count_beyond(t(2.0 * up - weight), observed)
    return (beyond + 1) / (draws + 1)


def _studentized(s: Floats, squares: Floats | float, total: Floats | float, counts: Floats | float) -> Floats:
    """Return mean over standard error from Σs and Σsn (last axis), Σs², Σn and Σn²; 0 where every sum is 0."""
    mean = s[..., 0] / total
    return over(mean, (squares - 2 * mean * s[..., 1] + mean**2 * counts) / total**2)


def exchange_within(
    sums: Floats, counts: Floats, draws: int, rng: np.random.Generator, *, plain: bool = False, keep: bool = False
) -> Exchanged | None:
    """P-values for "guises are alike": the guises of a cluster that were seen are exchanged within it.

    sums: (C, G) what each guise shows against the others, NaN where unseen; counts: (C,) items of a cluster.
    None where more clusters vary than can be permuted.
    """
    there = ~np.isnan(sums)
    total, squares = counts @ there, counts**2 @ there
    varied = (np.nan_to_num(sums) != 0).any(axis=1) & (there.sum(axis=1) > 1)
    if varied.sum() > MOST_PATTERNS:
        return None
    sums, counts, there = np.nan_to_num(sums[varied]), counts[varied], there[varied]
    single = bool((counts == 1).all())

    def tested(shown: Floats) -> tuple[Floats, Floats]:
        s = shown.sum(axis=1)
        if plain:
            return s, (s**2 / np.maximum(total, 1)).sum(axis=1)
        both = np.stack([s, s if single else np.einsum("bcg,c->bg", shown, counts)], axis=-1)
        t = _studentized(both, np.einsum("bcg,bcg->bg", shown, shown), np.maximum(total, 1), squares)
        return t, (s**2 / np.maximum(total, 1)).sum(axis=1)

    parts = (tested(_exchanged(sums, there, size, rng)) for size in chunks(draws, sums.size))
    return told(tested(sums[None]), parts, draws, keep=keep)


def told(observed: tuple[Floats, Floats], parts: Iterable[tuple[Floats, Floats]], draws: int, *, keep: bool) -> Exchanged:
    """Count the draws, (B, G) statistics and (B,) omnibus statistics, that are as far out as the observed ones."""
    beyond, beyond_all, kept = np.zeros(observed[0].shape[1]), 0, []
    for t, omnibus in parts:
        beyond += (np.abs(t) >= np.abs(observed[0]) * (1 - _ROUNDING) - 1e-12).sum(axis=0)
        beyond_all += count_beyond(omnibus, float(observed[1][0]))
        if keep:
            kept.append(t)
    return Exchanged((beyond + 1) / (draws + 1), (beyond_all + 1) / (draws + 1), np.concatenate(kept) if keep else None)


def _exchanged(sums: Floats, there: Flags, size: int, rng: np.random.Generator) -> Floats:
    """(B, C, G): the sums with the seen guises of each cluster in a random order."""
    shown = np.broadcast_to(sums, (size, *sums.shape)).copy()
    seen = there.sum(axis=1)
    for a in np.unique(seen):
        rows = np.flatnonzero(seen == a)
        places = np.nonzero(there[rows])[1].reshape(len(rows), a)
        order = _orders(int(a), (size, len(rows)), rng)
        own = np.take_along_axis(sums[rows], places, axis=1)
        order += (np.arange(len(rows)) * a)[None, :, None]
        mixed = own.ravel().take(order)
        if a == sums.shape[1] and len(rows) == len(sums):
            return np.asarray(mixed, dtype=float)
        shown[:, rows[:, None], places] = mixed
    return shown


def _orders(n: int, shape: tuple[int, int], rng: np.random.Generator) -> Ints:
    """(*shape, n) random orders of n things."""
    if n > _TABLED:
        return np.argsort(rng.random((*shape, n), dtype=np.float32), axis=-1)
    every = np.array(list(itertools.permutations(range(n))))
    return every.take(rng.integers(0, math.factorial(n), shape), axis=0)


def chunks(draws: int, width: int) -> Iterator[int]:
    """Yield how many draws to make at once, so that memory stays bounded; width: numbers a draw."""
    most = max(1, _CHUNK // max(width, 1))
    while draws > 0:
        yield min(draws, most)
        draws -= most


def count_beyond(values: Floats, observed: float) -> int:
    """Return how many values are as far out as the observed one, but for rounding."""
    return int(np.count_nonzero(values >= observed * (1 - _ROUNDING) - 1e-12))


def over(difference: Floats, variance: Floats) -> Floats:
    """Return differences over their standard errors; 0 over 0 is 0."""
    tiny = 1e-24 * (1.0 + difference**2)
    result: Floats = difference / np.sqrt(np.maximum(variance, 0) + tiny)
    return result
