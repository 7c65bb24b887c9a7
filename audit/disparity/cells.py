"""Sufficient statistics: sums and counts by base item × group, then by cluster. Everything later works on these."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from audit.disparity.readings import Flags, Floats, Ints, Readings

_COLLAPSE_FROM = 2_000
"""Below this many clusters, looking for alike ones costs more than it saves."""


@dataclass(frozen=True)
class Clusters:
    """Sums and counts of items by cluster, (P,) each; `weight` (P,): how many alike clusters one stands for."""

    sums: Floats
    counts: Floats
    weight: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        if len(self.weight) != len(self.sums):
            object.__setattr__(self, "weight", np.ones(len(self.sums)))

    @property
    def size(self) -> int:
        """The number of clusters, C."""
        return int(self.weight.sum())

    @property
    def items(self) -> float:
        """The number of items."""
        return float(self.weight @ self.counts)

    @property
    def mean(self) -> float:
        """The mean over items; NaN of nothing."""
        return float(self.weight @ self.sums / self.items) if len(self.sums) else float("nan")

    @property
    def values(self) -> Floats:
        """(P,): the mean over each cluster's items."""
        return self.sums / self.counts

    def changed_by(self, value: float) -> "Clusters":
        """Return the clusters with a value taken from each item."""
        return Clusters(self.sums - value * self.counts, self.counts, self.weight)


@dataclass(frozen=True)
class Cells:
    """One statistic of one attribute: an entry (E,) for each base item seen or planned in a group.

    item, cluster, group: codes. sums: of the values obtained; obtained, planned: replies. Repeats of a probe
    are added up here, once, and never counted as rows again. weight: (C,) of Readings.
    """

    groups: tuple[str, ...]
    item: Ints
    cluster: Ints
    group: Ints
    sums: Floats
    obtained: Floats
    planned: Floats
    weight: Floats

    @property
    def means(self) -> Floats:
        """(E,): an item's mean in a group over its repeats; NaN where nothing was obtained."""
        return np.where(self.obtained > 0, self.sums / np.maximum(self.obtained, 1), np.nan)

    @property
    def times(self) -> Floats:
        """(E,): how many alike items an entry stands for."""
        return self.weight[self.cluster]

    def column(self, group: str) -> int:
        """Return a group's code."""
        return self.groups.index(group)

    def count(self, entries: Floats | Flags) -> Ints:
        """(G,): the sum of something by entry in each group, alike items counted."""
        return np.rint(np.bincount(self.group, weights=entries * self.times, minlength=len(self.groups))).astype(np.int64)

    def filled(self, value: float) -> Floats:
        """(E,): an item's mean in a group if every missing reply had been `value`."""
        return (self.sums + (self.planned - self.obtained) * value) / self.planned

    def crossing(self) -> float:
        """Return the share of items that are planned in two groups or more."""
        if not len(self.item):
            return 0.0
        seen = np.bincount(self.item)
        return float((seen > 1).sum() / (seen > 0).sum())


def make_cells(
    readings: Readings, attribute: str, groups: Sequence[str], rows: Flags, value: Callable[[Readings], Floats]
) -> Cells:
    """Return the cells of the `rows` (N,) that carry the attribute; a NaN `value` is a missing reply."""
    code = readings.groups[attribute]
    kept = np.flatnonzero(rows & (code >= 0))
    values, times = value(readings)[kept], readings.times[kept]
    there = ~np.isnan(values)
    key = readings.item[kept] * len(groups) + code[kept]
    entries, where = (key, np.arange(len(key))) if increasing(key) else np.unique(key, return_inverse=True)

    def add(what: Floats) -> Floats:
        return np.bincount(where, weights=what, minlength=len(entries)).astype(float)

    cluster = np.zeros(len(entries), dtype=np.int64)
    cluster[where] = readings.cluster[kept]
    return Cells(
        tuple(groups), entries // len(groups), cluster, entries % len(groups),
        add(np.where(there, values, 0.0) * times), add(there * times), add(times), readings.weight,
    )


def increasing(key: Ints) -> bool:
    """Whether each code is larger than the one before it, so that none occurs twice."""
    return bool((key[1:] > key[:-1]).all())


def table(cells: Cells, entries: Floats) -> tuple[Floats, Ints]:
    """Return (I, G) of something by entry, NaN where an item has none, and the items' clusters (I,)."""
    items, row = np.unique(cells.item, return_inverse=True)
    wide = np.full((len(items), len(cells.groups)), np.nan)
    wide[row, cells.group] = entries
    cluster = np.zeros(len(items), dtype=np.int64)
    cluster[row] = cells.cluster
    return wide, cluster


def by_cluster(values: Floats, cluster: Ints, weight: Floats) -> Clusters:
    """Return the cluster sums and counts of item values; items with NaN are left out, alike clusters put together."""
    there = ~np.isnan(values)
    values, cluster = values[there], cluster[there]
    if increasing(cluster):
        return _collapsed(values, np.ones(len(values)), weight[cluster])
    labels, index = np.unique(cluster, return_inverse=True)
    sums = np.bincount(index, weights=values, minlength=len(labels)).astype(float)
    counts = np.bincount(index, minlength=len(labels)).astype(float)
    return _collapsed(sums, counts, weight[labels])


def _collapsed(sums: Floats, counts: Floats, weight: Floats) -> Clusters:
    if len(sums) < _COLLAPSE_FROM:
        return Clusters(sums, counts, weight)
    if 2 * len(np.unique(sums[:: max(1, len(sums) // _COLLAPSE_FROM)])) > _COLLAPSE_FROM:
        return Clusters(sums, counts, weight)
    kinds, index = np.unique(sums if (counts == 1).all() else sums + 1j * counts, return_inverse=True)
    if 2 * len(kinds) > len(sums):
        return Clusters(sums, counts, weight)
    alike = np.bincount(index, weights=weight, minlength=len(kinds)).astype(float)
    return Clusters(np.real(kinds).astype(float), np.imag(kinds) if np.iscomplexobj(kinds) else np.ones(len(kinds)), alike)


def median(values: Floats, weight: Floats) -> float:
    """Return the median of values (n,) that each stand for `weight` (n,) alike ones, whole numbers; NaN of nothing."""
    return quantile(values, weight, 0.5)


def quantile(values: Floats, weight: Floats, share: float) -> float:
    """Return a quantile of values (n,) that each stand for `weight` (n,) alike ones, whole numbers; NaN of nothing.

    The mean of the two values about the place share·N, which is one value twice where that is no whole number.
    """
    if not len(values):
        return float("nan")
    order = np.argsort(values)
    below = np.cumsum(weight[order])
    about = np.searchsorted(below, share * below[-1] + np.array([-0.25, 0.25]))
    return float(values[order][np.minimum(about, len(order) - 1)].mean())
