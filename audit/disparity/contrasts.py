"""Which groups are compared with which, and the sums that a comparison works on.

Contrasts: each group against the declared reference and, from three groups up or without a reference,
each group against all the others together.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from audit.disparity.cells import Clusters, by_cluster, table
from audit.disparity.frames import Frame, Head
from audit.disparity.missing import worst_matched, worst_sampled
from audit.disparity.readings import Flags, Floats, Ints
from audit.disparity.statistics import MISSING
from audit.records import Attribute, Design

OTHERS = "others"
_ROUNDING = 1e-12
_FEWEST_CLUSTERS = 2
_HALF = 0.5


@dataclass(frozen=True)
class Contrast:
    """One group against its reference, in cluster sums.

    sides: of the group and of its reference. paired: the sums of the within-item differences, None between
    different items. influence: (S,) of the block's clusters on the estimate, for correlations. covariance: of the
    two sides' means, from clusters in both. step, rare: of shares within items, how much a reply that is not the usual one
    changes an item's mean, and in how many clusters the group has such. missing: replies planned and not obtained, and items
    within which only one side was planned. worst: the estimate's bounds over all values that these could have had.
    """

    head: Head
    group: str
    reference: str
    design: Design
    sides: tuple[Clusters, Clusters]
    influence: Floats
    obtained: int
    missing: int
    paired: Clusters | None = None
    covariance: float = 0.0
    step: float = 0.0
    rare: float = math.inf
    worst: tuple[float, float] | None = None

    @property
    def items(self) -> int:
        """The base items compared: of the smaller side where these differ."""
        return int(self.paired.items if self.paired is not None else min(side.items for side in self.sides))

    @property
    def clusters(self) -> int:
        """The independent clusters of items compared."""
        return self.paired.size if self.paired is not None else min(side.size for side in self.sides)

    @property
    def testable(self) -> bool:
        """Whether there is any variation to be had at all."""
        return self.clusters >= _FEWEST_CLUSTERS

    @property
    def unchanged(self) -> bool:
        """Whether not one item differs (matched), or not one value does (sampled)."""
        if self.paired is not None:
            return not np.any(np.abs(self.paired.sums) > _ROUNDING)
        values = np.concatenate([side.values for side in self.sides])
        return not len(values) or bool(np.ptp(values) <= _ROUNDING)


def compared_pairs(about: Attribute) -> list[tuple[str, str]]:
    """Return every (group, reference) of an attribute: the declared reference first, then all the others together."""
    groups, reference = list(about.groups), about.reference
    pairs = [(group, reference) for group in groups if reference is not None and group != reference]
    if reference is None or len(groups) > 2:  # noqa: PLR2004 - of two groups, "others" is the other one
        pairs += [(group, OTHERS) for group in groups]
    return pairs


def contrasts(f: Frame) -> Iterator[Contrast]:
    """Yield every contrast of a frame."""
    pairs = compared_pairs(f.head.about)
    yield from _matched(f, pairs) if f.design == "matched" else _sampled(f, pairs)


def _counted(f: Frame, group: str, reference: str) -> tuple[int, int]:
    """Return the replies obtained and missing of both sides."""
    columns = [i for i, g in enumerate(f.cells.groups) if g == group or reference in (OTHERS, g)]
    return int(f.obtained[columns].sum()), int(f.lost[columns].sum())


def guises(f: Frame) -> tuple[Floats, Floats]:
    """Return what each guise shows against the others, (C, G) sums by cluster, NaN where unseen, and the clusters' items (C,)."""
    means, cluster = table(f.cells, f.cells.means)
    labels, place = np.unique(cluster, return_inverse=True)
    size = np.bincount(place, minlength=len(labels)).astype(float)
    return np.column_stack([_scaled(means[:, g] - _others(means, g), place, size) for g in range(means.shape[1])]), size


def sides(f: Frame) -> list[Clusters]:
    """Return the clusters of each group."""
    cells, means = f.cells, f.cells.means
    return [by_cluster(means[rows], cells.cluster[rows], cells.weight) for rows in (cells.group == g for g in range(len(cells.groups)))]


def _matched(f: Frame, pairs: list[tuple[str, str]]) -> Iterator[Contrast]:
    means, cluster = table(f.cells, f.cells.means)
    weight = f.cells.weight
    planned = ~np.isnan(table(f.cells, f.cells.planned)[0])
    whole = np.zeros(len(planned), dtype=bool)
    ends = [table(f.cells, f.cells.filled(end))[0] for end in f.bounds] if f.bounds and (f.lost.any() or not planned.all()) else None
    usual = float(np.nanmean(means) >= _HALF) if f.head.statistic.kind == "share" and (~np.isnan(means)).any() else np.nan
    off = np.abs(means - usual)
    step = float(np.sqrt(np.mean(off[off > _ROUNDING] ** 2))) if (off > _ROUNDING).any() else 0.0
    for group, reference in pairs:
        column, to_all = f.cells.column(group), reference == OTHERS
        base = _others(means, column) if to_all else means[:, f.cells.column(reference)]
        difference = means[:, column] - base
        both = np.where(np.isnan(difference), np.nan, 0.0)
        own, base = means[:, column] + both, base + both
        unpaired = whole if f.head.statistic is MISSING else planned[:, column] ^ _planned_beside(planned, column, None if to_all else f.cells.column(reference))
        obtained, lost = _counted(f, group, reference)
        yield Contrast(
            f.head, group, reference, "matched", (by_cluster(own, cluster, weight), by_cluster(base, cluster, weight)),
            _paired_influence(f, difference, cluster), obtained, lost + int(unpaired @ weight[cluster]), paired=by_cluster(difference, cluster, weight),
            covariance=_covariance(own, base, cluster, weight), step=step, rare=_unusual(own, usual, cluster) if to_all else math.inf,
            worst=worst_matched(ends, f.bounds, column, None if to_all else f.cells.column(reference), unpaired) if ends and f.bounds else None,
        )


def _planned_beside(planned: Flags, column: int, reference: int | None) -> Flags:
    """(I,): whether an item is planned in the reference; `reference` None: in any other group."""
    others: Flags = np.delete(planned, column, axis=1) if reference is None else planned[:, [reference]]
    return np.asarray(others.any(axis=1))


def _unusual(own: Floats, usual: float, cluster: Ints) -> float:
    """Return in how many clusters some reply of the group differs from the usual one."""
    return float(len(np.unique(cluster[np.abs(own - usual) > _ROUNDING])))


def _scaled(difference: Floats, cluster: Ints, size: Floats) -> Floats:
    """(C,): the sum of item values by cluster, scaled to the cluster's full size; NaN where none was seen."""
    there = ~np.isnan(difference)
    sums = np.bincount(cluster[there], weights=difference[there], minlength=len(size))
    seen = np.bincount(cluster[there], minlength=len(size))
    return np.where(seen > 0, sums / np.maximum(seen, 1) * size, np.nan)


def _paired_influence(f: Frame, difference: Floats, cluster: Ints) -> Floats:
    """(S,): what each cluster adds to the mean difference beyond its share."""
    kept = ~np.isnan(difference)
    if not kept.any():
        return np.zeros(len(f.sample))
    off = (difference[kept] - np.average(difference[kept], weights=f.cells.weight[cluster[kept]])) / kept.sum()
    return np.bincount(cluster[kept], weights=off, minlength=len(f.cells.weight))[f.sample].astype(float)


def _covariance(own: Floats, base: Floats, cluster: Ints, weight: Floats) -> float:
    """Return the cluster-robust covariance of the two means over the same items."""
    kept = ~np.isnan(own)
    if not kept.any():
        return 0.0
    sums = []
    for side in (own, base):
        mean = np.average(side[kept], weights=weight[cluster[kept]])
        sums.append(np.bincount(cluster[kept], weights=side[kept] - mean, minlength=len(weight)))
    return float((weight * sums[0] * sums[1]).sum() / float(weight[cluster[kept]].sum()) ** 2)


def _sampled(f: Frame, pairs: list[tuple[str, str]]) -> Iterator[Contrast]:
    cells, every = f.cells, sides(f)
    ends = [cells.filled(end) for end in f.bounds] if f.bounds and f.lost.any() else None
    for group, reference in pairs:
        column = cells.column(group)
        others = [g for g in range(len(cells.groups)) if g != column] if reference == OTHERS else [cells.column(reference)]
        rest = every[others[0]] if len(others) == 1 else _pooled(f, every, others)
        worst = worst_sampled(ends, cells.group == column, np.isin(cells.group, others), cells.times) if ends else None
        yield Contrast(
            f.head, group, reference, "sampled", (every[column], rest), _influence(f, column, others, every[column].mean, rest.mean),
            *_counted(f, group, reference), covariance=_shared(f, column, others) if f.crossed else 0.0, worst=worst,
        )


def _pooled(f: Frame, every: list[Clusters], others: list[int]) -> Clusters:
    """Return the clusters of several groups together; a cluster that is in two of them is one."""
    if f.crossed:
        rows = np.isin(f.cells.group, others)
        return by_cluster(f.cells.means[rows], f.cells.cluster[rows], f.cells.weight)
    sums, counts, weight = (np.concatenate([getattr(every[g], name) for g in others]) for name in ("sums", "counts", "weight"))
    return Clusters(sums, counts, weight)


def _influence(f: Frame, column: int, others: list[int], own_mean: float, rest_mean: float) -> Floats:
    """(S,): what each sampled cluster adds to the difference of the two sides' means beyond its share."""
    entries, place = f.sampled
    group, means, there = f.cells.group[entries], f.cells.means[entries], f.cells.count(f.cells.obtained > 0)
    off = np.zeros(len(entries))
    for mine, mean, n, sign in ((group == column, own_mean, there[column], 1.0), (np.isin(group, others), rest_mean, there[others].sum(), -1.0)):
        off[mine] = sign * (means[mine] - mean) / max(n, 1)
    return np.bincount(place, weights=np.nan_to_num(off), minlength=len(f.sample)).astype(float)


def _shared(f: Frame, column: int, others: list[int]) -> float:
    """Return the cluster-robust covariance of the two sides' means, from the clusters that are in both."""
    parts = []
    for side in ([column], others):
        rows = np.isin(f.cells.group, side) & (f.cells.obtained > 0)
        if not rows.any():
            return 0.0
        off = f.cells.means[rows] - f.cells.means[rows].mean()
        parts.append(np.bincount(f.cells.cluster[rows], weights=off, minlength=len(f.cells.weight)) / rows.sum())
    return float(parts[0] @ parts[1])


def _others(means: Floats, column: int) -> Floats:
    """(I,): the mean over the other groups that an item was seen in; NaN where it was seen in none."""
    rest = np.delete(means, column, axis=1)
    seen = (~np.isnan(rest)).sum(axis=1)
    return np.where(seen > 0, np.nansum(rest, axis=1) / np.maximum(seen, 1), np.nan)
