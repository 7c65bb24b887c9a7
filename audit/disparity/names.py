"""Names as a second random unit: an effect of one name is not an effect of a group.

Where several names (words, spellings) stand for a group and each is used in several items, errors of items with one
name go together. Their part of a difference's variance is the sum of products of residuals of different items with
the same name, as in two-way clustering (Cameron, Gelbach & Miller 2011, J. Bus. Econ. Stat. 29:238); items alone would
take one name's effect for the group's (Clark 1973, J. Verb. Learn. Verb. Behav. 12:335).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from audit.disparity.frames import Frame
from audit.disparity.intervals import Spread
from audit.disparity.readings import Flags, Floats, Ints

_FEWEST_NAMES = 2


@dataclass(frozen=True)
class NamePart:
    """What names add to the variance of a difference; fewest: names of a group.

    df: Satterthwaite's, of the variance by names alone: how little few names say about others. Infinite variance where a group has one name only: nothing can be said about others.
    """

    variance: float
    df: float
    fewest: int


@dataclass(frozen=True)
class Named:
    """The readings behind a frame whose names are a sample: value, item, group, name, (N,) each, and (I, G) counts and means."""

    value: Floats
    item: Ints
    group: Ints
    name: Ints
    count: Floats
    mean: Floats


def named(f: Frame) -> Named | None:
    """Return the readings with their names; None where names are fixed, or lie each in one cluster, which then counts."""
    readings, statistic = f.head.audited.readings, f.head.statistic
    if f.head.about.variants != "random":
        return None
    group, value = readings.groups[f.head.attribute], statistic.value(readings)
    kept = statistic.rows(readings) & (group >= 0) & ~np.isnan(value) & (readings.variant >= 0)
    name = group[kept] * (int(readings.variant.max(initial=0)) + 1) + readings.variant[kept]
    if not kept.any() or _within_clusters(name, readings.cluster[kept]):
        return None
    items, item = np.unique(readings.item[kept], return_inverse=True)
    columns = len(f.cells.groups)
    key = item * columns + group[kept]
    count = np.bincount(key, minlength=len(items) * columns).astype(float)
    sums = np.bincount(key, weights=value[kept], minlength=len(count))
    mean = np.where(count > 0, sums / np.maximum(count, 1), np.nan)
    shape = len(items), columns
    return Named(value[kept], item, group[kept], name, count.reshape(shape), mean.reshape(shape))


def _within_clusters(name: Ints, cluster: Ints) -> bool:
    pairs = np.unique(np.column_stack([name, cluster]), axis=0)
    return len(pairs) == len(np.unique(name))


def name_part(n: Named, column: int, others: Sequence[int], *, matched: bool) -> NamePart:
    """Return what the names of a group and of the groups that it is compared with add to the variance."""
    residual = _matched(n, column, others) if matched else _sampled(n, column, others)
    variance, whole, below, fewest = 0.0, 0.0, 0.0, np.inf
    for g in (column, *others):
        rows = (n.group == g) & ~np.isnan(residual)
        names = len(np.unique(n.name[rows]))
        fewest = min(fewest, names)
        if names < _FEWEST_NAMES:
            return NamePart(np.inf, 1.0, names)
        every = names / (names - 1) * _squares(residual[rows], n.name[rows])
        variance += max(0.0, every - _squares(residual[rows], _pairs(n, rows)))
        whole += every
        below += every**2 / (names - 1)
    return NamePart(variance, whole**2 / below if below > 0 else np.inf, int(fewest))


def _squares(residual: Floats, labels: Ints) -> float:
    return float((np.bincount(np.unique(labels, return_inverse=True)[1], weights=residual) ** 2).sum())


def _pairs(n: Named, rows: Flags) -> Ints:
    """Label each row by its item and name together."""
    return n.item[rows] * (int(n.name.max()) + 1) + n.name[rows]


def _matched(n: Named, column: int, others: Sequence[int]) -> Floats:
    """(N,): each reading's residual in the mean difference within items, by its weight; NaN outside."""
    rest = n.mean[:, list(others)]
    seen = (~np.isnan(rest)).sum(axis=1)
    base = np.where(seen > 0, np.nansum(rest, axis=1) / np.maximum(seen, 1), np.nan)
    difference = n.mean[:, column] - base
    k, mean = np.count_nonzero(~np.isnan(difference)), np.nanmean(difference)
    own = n.value - base[n.item] - mean
    other = (n.mean[n.item, column] - n.value - mean) / np.maximum(seen[n.item], 1)
    residual = np.where(n.group == column, own, np.where(np.isin(n.group, list(others)), other, np.nan))
    return residual / (k * n.count[n.item, n.group])


def _sampled(n: Named, column: int, others: Sequence[int]) -> Floats:
    """(N,): each reading's residual in the difference of the two sides' means over items; NaN outside."""
    residual = np.full(len(n.value), np.nan)
    for side, sign in (([column], 1.0), (list(others), -1.0)):
        rows = np.isin(n.group, side)
        items = n.mean[:, side]
        k = np.count_nonzero(~np.isnan(items))
        residual[rows] = sign * (n.value[rows] - np.nanmean(items)) / (k * n.count[n.item[rows], n.group[rows]])
    return residual


def with_names(spread: Spread, part: NamePart) -> Spread:
    """Return the spread of a difference that is to hold for other names too."""
    error = (spread.standard_error**2 + part.variance) ** 0.5
    return replace(spread, standard_error=error, df=max(1.0, min(spread.df, part.df)), added=part.variance)
