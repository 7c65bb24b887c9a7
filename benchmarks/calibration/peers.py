"""What others would have said of the same replies: each says a difference anywhere, and in the planted group.

None of this uses the code under test. `rows_independent`, `four_fifths` and `fairlearn_above_0` are what people do
today; `t_holm` is the textbook's answer for items; `permutation` is the reference for power.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from benchmarks.calibration.standins import Cell, Floats, Ints, Replies, attributes, unit_means

ALPHA = 0.05
DRAWS = 999
BOOTSTRAPS = 200
BANK = 3_000
_TINY = 1e-24
Said = tuple[bool, bool]
"""A difference anywhere; a difference of the planted group (where the method names no group: of its attribute)."""


def four_fifths(r: Replies, *, of_the_rest: bool) -> Said:
    """Whether the lowest rate (or the lowest 1 − rate) is below 4/5 of the highest (29 CFR 1607.4(D)); 0/0 is silent."""
    flags = []
    for _, group, size in _attributes(r):
        seen, total = _rows(r, 0, group, size)
        rates = 1 - total / seen if of_the_rest else total / seen
        flags.append(bool(rates.max() > 0 and rates.min() / rates.max() < 0.8))
    return any(flags), flags[0]


def fairlearn_above_0(r: Replies, rng: np.random.Generator) -> Said:
    """Whether the lower end of fairlearn's `difference_ci` (0.025) is above 0: percentiles of max − min over resampled rows."""
    flags = [
        float(np.nanquantile(_differences(r, m, group, size, rng), 0.025)) > 0
        for _, group, size in _attributes(r) for m in range(len(r.value))
    ]
    return any(flags), flags[0]


def rows_independent(r: Replies) -> Said:
    """Whether any group differs from the reference at 5%, each reply counted as independent, without adjustment.

    Decisions: the z test of two proportions. Scores: Student's t test.
    """
    p = []
    for _, group, size in _attributes(r):
        for m in range(len(r.value)):
            n, total = _rows(r, m, group, size)
            mean = total / n
            if r.cell.outcome == "decision":
                pooled = (total[1:] + total[0]) / (n[1:] + n[0])
                t = (mean[1:] - mean[0]) / np.sqrt(pooled * (1 - pooled) * (1 / n[1:] + 1 / n[0]) + _TINY)
                p.append(2 * ndtr(-np.abs(t)))
            else:
                within = _rows(r, m, group, size, square=True)[1] - n * mean**2
                df = n[1:] + n[0] - 2
                t = (mean[1:] - mean[0]) / np.sqrt((within[1:] + within[0]) / df * (1 / n[1:] + 1 / n[0]) + _TINY)
                p.append(2 * stdtr(df, -np.abs(t)))
    return bool(np.concatenate(p).min() <= ALPHA), bool(p[0][-1] <= ALPHA)


def t_holm(r: Replies) -> Said:
    """Whether any group differs from the reference: paired t (matched) or Welch's t on item means, Holm over all."""
    means, p = unit_means(r), []
    for _, group, size in _attributes(r):
        p += [_paired_t(r, y, group, size) if r.cell.design == "matched" else _welch_t(y, group, size) for y in means]
    adjusted = holm(np.concatenate(p))
    return bool(adjusted.min() <= ALPHA), bool(adjusted[len(p[0]) - 1] <= ALPHA)


def permutation(r: Replies, rng: np.random.Generator) -> dict[str, Said]:
    """Step-down max-T by permutation, each group against the reference and against all others, in one family.

    Matched: the guises of an item (or of a whole cluster of items) are permuted. Sampled: items between guises.
    Guises are permuted whole: over all attributes and measures at once. "permutation" studentizes by the standard
    error of each draw; "permutation_pooled" by the SD over the draws, which takes the groups' variances to be equal.
    """
    own, against = _contrasts(r.cell)
    draws = list((_matched_draws if r.cell.design == "matched" else _sampled_draws)(r, own, against, rng))
    planted = np.zeros(len(own) * len(draws), dtype=bool)
    planted[: _of_first(r.cell)] = own[: _of_first(r.cell), -1] > 0
    found = {}
    for name, standardized in (("permutation", _studentized), ("permutation_pooled", _pooled)):
        small = step_down(np.abs(np.concatenate([standardized(*draw) for draw in draws], axis=1))) <= ALPHA
        found[name] = bool(small.any()), bool((small & planted).any())
    return found


def _studentized(difference: Floats, variance: Floats) -> Floats:
    result: Floats = difference / np.sqrt(variance + _TINY * (1 + difference**2))
    return result


def _pooled(difference: Floats, variance: Floats) -> Floats:
    result: Floats = difference / (difference[1:].std(axis=0) + _TINY)
    return result


def step_down(t: Floats) -> Floats:
    """(1 + B, n) |t|, the observed ones first → (n,) adjusted p (Westfall & Young 1993, algorithm 4.1 of Ge et al. 2003)."""
    order = np.argsort(-t[0], kind="stable")
    highest = np.maximum.accumulate(t[1:, order[::-1]], axis=1)[:, ::-1]
    p = (1 + np.count_nonzero(highest >= t[0, order] - 1e-9, axis=0)) / len(t)
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate(p)
    return adjusted


def holm(p: Floats) -> Floats:
    """(n,) p-values → Holm's adjusted ones (1979)."""
    order = np.argsort(p, kind="stable")
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted


def _attributes(r: Replies) -> Iterator[tuple[str, Ints, int]]:
    for name, size in attributes(r.cell).items():
        yield name, r.group(name), size


def _rows(r: Replies, measure: int, group: Ints, size: int, *, square: bool = False) -> tuple[Floats, Floats]:
    """(size,) replies and their sum (of squares), by group."""
    y = r.value[measure]
    there = ~np.isnan(y)
    kept = np.where(there, y**2 if square else y, 0.0).sum(axis=1)
    return (
        np.bincount(group, weights=there.sum(axis=1), minlength=size).astype(float),
        np.bincount(group, weights=kept, minlength=size).astype(float),
    )


def _differences(r: Replies, measure: int, group: Ints, size: int, rng: np.random.Generator) -> Floats:
    """(BOOTSTRAPS,): max − min of the groups' means over resampled rows; of decisions the counts are drawn at once."""
    n, total = _rows(r, measure, group, size)
    if r.cell.outcome == "decision":
        counts = rng.multinomial(int(n.sum()), np.concatenate([total, n - total]) / n.sum(), size=BOOTSTRAPS)
        ones, seen = counts[:, :size].astype(float), counts[:, :size] + counts[:, size:]
    else:
        y = r.value[measure].ravel()
        kept = ~np.isnan(y)
        y, of = y[kept], np.repeat(group, r.cell.repeats)[kept]
        rows = rng.integers(0, len(y), (BOOTSTRAPS, len(y)))
        place = (of[rows] + size * np.arange(BOOTSTRAPS)[:, None]).ravel()
        seen = np.bincount(place, minlength=size * BOOTSTRAPS).reshape(-1, size)
        ones = np.bincount(place, weights=y[rows].ravel(), minlength=size * BOOTSTRAPS).reshape(-1, size)
    means = np.where(seen > 0, ones / np.maximum(seen, 1), np.nan)
    return np.nanmax(means, axis=1) - np.nanmin(means, axis=1)


def _paired_t(r: Replies, y: Floats, group: Ints, size: int) -> Floats:
    """(size − 1,): p of each group against the reference, on items seen in both."""
    table = np.full((r.cell.items, size), np.nan)
    cells = r.item * size + group
    seen = ~np.isnan(y)
    n = np.bincount(cells[seen], minlength=table.size)
    sums = np.bincount(cells[seen], weights=y[seen], minlength=table.size)
    table.ravel()[n > 0] = sums[n > 0] / n[n > 0]
    d = table[:, 1:] - table[:, :1]
    k = (~np.isnan(d)).sum(axis=0)
    t = np.nanmean(d, axis=0) / np.sqrt(np.nanvar(d, axis=0, ddof=1) / k + _TINY)
    p: Floats = 2 * stdtr(k - 1, -np.abs(t))
    return p


def _welch_t(y: Floats, group: Ints, size: int) -> Floats:
    """(size − 1,): p of each group against the reference."""
    parts = [y[(group == g) & ~np.isnan(y)] for g in range(size)]
    error = np.array([part.var(ddof=1) / len(part) for part in parts]) + _TINY
    mean, df = np.array([part.mean() for part in parts]), np.array([len(part) - 1 for part in parts])
    both = error[1:] + error[0]
    p: Floats = 2 * stdtr(both**2 / (error[1:] ** 2 / df[1:] + error[0] ** 2 / df[0]), -np.abs(mean[1:] - mean[0]) / np.sqrt(both))
    return p


def _of_first(cell: Cell) -> int:
    """How many contrasts the first attribute has."""
    return cell.groups - 1 + (cell.groups if cell.groups > 2 else 0)


@cache
def _contrasts(cell: Cell) -> tuple[Floats, Floats]:
    """(n, guises) each: 0/1, the guises on the two sides of each contrast."""
    own, against = [], []
    for name, size in attributes(cell).items():
        guise = np.arange(cell.guises)
        group = guise // cell.second if name == "a" else guise % cell.second
        for g, other in [(g, group == 0) for g in range(1, size)] + [(g, group != g) for g in range(size) if size > 2]:
            own.append((group == g).astype(float))
            against.append(other.astype(float))
    return np.array(own), np.array(against)


@cache
def _orders(guises: int) -> NDArray[np.int16]:
    """Every order of the guises; of more than 7 guises, 20,000 random ones."""
    if guises <= 7:
        return np.array(list(permutations(range(guises))), dtype=np.int16)
    return np.argsort(np.random.default_rng(guises).random((20_000, guises)), axis=1).astype(np.int16)


def _matched_draws(r: Replies, own: Floats, against: Floats, rng: np.random.Generator) -> Iterator[tuple[Floats, Floats]]:
    """Yield (1 + DRAWS, n) differences and their variances of each measure; items of one cluster are averaged, those with a guise unseen left out."""
    guises = r.cell.guises
    table = unit_means(r).reshape(len(r.value), -1, guises)
    if r.cell.names:
        table = table.reshape(len(table), -1, r.cell.names, guises).mean(axis=1)
    elif r.cell.template > 1:
        table = table.reshape(len(table), -1, r.cell.template, guises).mean(axis=2)
    table = table[:, ~np.isnan(table).any(axis=(0, 2))]
    table -= table.mean(axis=2, keepdims=True)
    k = table.shape[1]
    orders = _orders(guises)
    place = orders[rng.integers(0, len(orders), (1 + DRAWS, k))] + guises * np.arange(k)[:, None]
    place[0] = np.arange(k * guises).reshape(k, guises)
    weight = own / own.sum(axis=1, keepdims=True) - against / against.sum(axis=1, keepdims=True)
    for y in table:
        drawn = y.ravel()[place]
        mean = drawn.mean(axis=1) @ weight.T
        products = np.matmul(drawn.transpose(0, 2, 1), drawn)
        square = np.einsum("bgn,ng->bn", products @ weight.T, weight)
        yield mean, np.maximum(square - k * mean**2, 0.0) / (k - 1) / k


def _sampled_draws(r: Replies, own: Floats, against: Floats, rng: np.random.Generator) -> Iterator[tuple[Floats, Floats]]:
    """Yield (1 + DRAWS, n) differences and their variances of each measure; units without a reply are left out."""
    means = unit_means(r)
    kept = ~np.isnan(means).any(axis=0)
    means, guise = means[:, kept], r.guise[kept]
    sizes = np.bincount(guise, minlength=r.cell.guises)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    bank = _bank(len(guise))
    place = rng.permutation(len(guise))[bank[rng.choice(len(bank), 1 + DRAWS, replace=False)]]
    place[0] = np.arange(len(guise))
    for y in means - means.mean(axis=1, keepdims=True):
        drawn = y[place]
        sums, squares = np.add.reduceat(drawn, starts, axis=1), np.add.reduceat(drawn**2, starts, axis=1)
        difference, variance = 0.0, 0.0
        for sign, side in ((1, own), (-1, against)):
            n = side @ sizes
            mean = sums @ side.T / n
            difference = difference + sign * mean
            variance = variance + np.maximum(squares @ side.T - n * mean**2, 0.0) / (n - 1) / n
        yield difference, variance


@cache
def _bank(n: int) -> NDArray[np.int32]:
    """A stock of orders of n units; each audit shuffles it anew and takes some."""
    return np.argsort(np.random.default_rng(n).random((BANK, n)), axis=1).astype(np.int32)


METHODS: dict[str, Callable[[Replies, np.random.Generator], Said]] = {
    "four_fifths": lambda r, _: four_fifths(r, of_the_rest=False),
    "four_fifths_rest": lambda r, _: four_fifths(r, of_the_rest=True),
    "fairlearn_above_0": fairlearn_above_0,
    "rows_independent": lambda r, _: rows_independent(r),
    "t_holm": lambda r, _: t_holm(r),
}


def said(r: Replies, rng: np.random.Generator) -> dict[str, Said]:
    """Return what every method says; the four-fifths rule says nothing of scores."""
    kept = {name: method for name, method in METHODS.items() if r.cell.outcome == "decision" or not name.startswith("four")}
    return {name: method(r, rng) for name, method in kept.items()} | permutation(r, rng)
