"""Sufficient statistics: sums and counts by base item × group. Everything later works on these."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.records import Measurement

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Cells:
    """One statistic of one attribute, by base item (rows, I) and group (columns, G).

    sums, obtained, planned: (I, G); cluster: (I,) with values 0 … C-1. Repeats of a probe are added
    up here, once, and never counted as rows again.
    """

    groups: tuple[str, ...]
    sums: Floats
    obtained: Floats
    planned: Floats
    cluster: Ints

    @property
    def means(self) -> Floats:
        """(I, G): an item's mean in a group over its repeats; NaN where nothing was obtained."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.obtained > 0, self.sums / np.maximum(self.obtained, 1), np.nan)

    def column(self, group: str) -> int:
        """Return a group's column."""
        return self.groups.index(group)


@dataclass(frozen=True)
class Clusters:
    """Sums and counts of items by cluster, (C,) each: what an interval or a permutation needs."""

    sums: Floats
    counts: Floats

    @property
    def mean(self) -> float:
        """The mean over items."""
        return float(self.sums.sum() / self.counts.sum())


def make_cells(
    rows: Iterable[tuple[Measurement, float | None]], attribute: str, groups: Sequence[str]
) -> Cells:
    """Return the cells of (measurement, value or None for missing) pairs that carry the attribute."""
    kept = [(m, value) for m, value in rows if attribute in m.groups]
    items = {item: i for i, item in enumerate(dict.fromkeys(m.item for m, _ in kept))}
    clusters = {name: i for i, name in enumerate(dict.fromkeys(m.cluster for m, _ in kept))}
    columns = {group: i for i, group in enumerate(groups)}
    shape = (len(items), len(groups))
    sums, obtained, planned = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    cluster = np.zeros(len(items), dtype=np.int64)
    for m, value in kept:
        at = items[m.item], columns[m.groups[attribute]]
        cluster[at[0]] = clusters[m.cluster]
        planned[at] += 1
        if value is not None:
            sums[at] += value
            obtained[at] += 1
    return Cells(tuple(groups), sums, obtained, planned, cluster)


def by_cluster(values: Floats, cluster: Ints) -> Clusters:
    """Return the cluster sums and counts of item values; items with NaN are left out."""
    there = ~np.isnan(values)
    labels, index = np.unique(cluster[there], return_inverse=True)
    sums = np.bincount(index, weights=values[there], minlength=len(labels)).astype(float)
    counts = np.bincount(index, minlength=len(labels)).astype(float)
    return Clusters(sums, counts)


def full_cluster_sums(values: Floats, cluster: Ints) -> Floats:
    """(C,): the sum of item values by cluster, scaled to the cluster's full size; NaN where none was seen."""
    size = int(cluster.max(initial=-1)) + 1
    there = ~np.isnan(values)
    sums = np.bincount(cluster[there], weights=values[there], minlength=size)
    seen = np.bincount(cluster[there], minlength=size)
    full = np.bincount(cluster, minlength=size)
    return np.where(seen > 0, sums / np.maximum(seen, 1) * full, np.nan)
