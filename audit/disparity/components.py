"""Replies that are there → where their variance comes from: clusters, items, repeats, names. What a larger design is planned from."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from scipy import special

from audit.disparity.cells import table
from audit.disparity.contrasts import OTHERS, compared_pairs
from audit.disparity.frames import Audited, Frame, frame
from audit.disparity.names import Named, name_part, named
from audit.disparity.power import Part
from audit.disparity.readings import Floats, Ints
from audit.disparity.statistics import statistics_for
from audit.records import Design

FEWEST_CLUSTERS = 5
"""Independent clusters of a comparison below which its replies say nothing about its variance."""
_UPPER = 0.80
_ROUNDING = 1e-12


class Components(Struct, frozen=True):
    """One deciding comparison as the replies so far show it.

    low: its parts as estimated. high: the upper 80% limit of its variance (Browne 1995, Stat. Med. 14:1933) and, where no cluster has two
    items, all of it between clusters. fixed: variance by names. scale: SD of single replies, 1 for a share. parts: one of the
    differences where matched, else one of each side. repeated: whether anything was asked twice. changed: the share of clusters whose value is not
    zero, and half the mean size of an item's. rate: of both sides together, None of what is no share.
    """

    measure: str
    statistic: str
    attribute: str
    group: str
    reference: str
    design: Design
    low: tuple[Part, ...]
    high: tuple[Part, ...]
    fixed: float
    scale: float
    clusters: int
    items: int
    repeated: bool
    changed: tuple[float, float]
    rate: float | None


def components(audited: Audited) -> list[Components]:
    """Return the deciding comparisons of one measure that have enough replies to plan from."""
    found = []
    deciding = [s for s in statistics_for(audited.set, audited.measure, audited.unit, audited.readings, decides=audited.decides) if s.confirmatory]
    for attribute in audited.set.attributes:
        for statistic in deciding:
            f = frame(audited, statistic, attribute, np.arange(len(audited.readings.weight)))
            noise, names = _noise(f), named(f)
            for group, reference in compared_pairs(f.head.about):
                column = f.cells.column(group)
                others = [g for g in range(len(f.cells.groups)) if g != column] if reference == OTHERS else [f.cells.column(reference)]
                one = _one(f, column, others, noise, names)
                if one is not None:
                    found.append(one)
    return found


def _one(f: Frame, column: int, others: Sequence[int], noise: Floats, names: Named | None) -> Components | None:
    sides = _matched(f, column, others, noise) if f.design == "matched" else _sampled(f, column, others, noise)
    if any(len(np.unique(cluster)) < FEWEST_CLUSTERS for _, cluster, _, _ in sides):
        return None
    both = [_parts(values, cluster, mean_noise, single, f.head.unit) for values, cluster, mean_noise, single in sides]
    part = name_part(names, column, list(others), matched=f.design == "matched") if names else None
    reference = OTHERS if len(others) > 1 or f.head.about.reference is None else f.cells.groups[others[0]]
    return Components(
        measure=f.head.audited.measure, statistic=f.head.statistic.name, attribute=f.head.attribute, group=f.cells.groups[column], reference=reference,
        design=f.design, low=tuple(low for low, _ in both), high=tuple(high for _, high in both), fixed=part.variance if part else 0.0,
        scale=f.head.unit, clusters=min(len(np.unique(cluster)) for _, cluster, _, _ in sides), items=min(len(values) for values, _, _, _ in sides),
        repeated=bool((f.cells.obtained > 1).any()), changed=_changed(sides[0][0] / f.head.unit, sides[0][1]),
        rate=_rate(f, [column, *others]) if f.head.statistic.kind == "share" else None,
    )


def _rate(f: Frame, columns: Sequence[int]) -> float:
    rows = np.isin(f.cells.group, columns)
    return float(f.cells.sums[rows].sum() / f.cells.obtained[rows].sum())


def _changed(values: Floats, cluster: Ints) -> tuple[float, float]:
    off = np.abs(values) > _ROUNDING
    return len(np.unique(cluster[off])) / len(np.unique(cluster)), float(np.abs(values).mean()) / 2


_Side = tuple[Floats, Ints, float, float]
"""Item values (K,), their clusters (K,), the variance that noise adds to such a value now, and with a single reply each."""


def _matched(f: Frame, column: int, others: Sequence[int], noise: Floats) -> list[_Side]:
    means, cluster = table(f.cells, f.cells.means)
    counts, _ = table(f.cells, f.cells.obtained)
    seen = (~np.isnan(means[:, list(others)])).sum(axis=1)
    base = np.nansum(means[:, list(others)], axis=1) / np.maximum(seen, 1)
    kept = (seen > 0) & ~np.isnan(means[:, column])
    if not kept.any():
        return [(np.empty(0), np.empty(0, dtype=np.int64), 0.0, 0.0)]
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(counts > 0, noise / counts, 0.0)
        added = each[:, column] + each[:, list(others)].sum(axis=1) / np.maximum(seen, 1) ** 2
    single = noise[column] + noise[list(others)].sum() / len(others) ** 2
    return [(means[kept, column] - base[kept], cluster[kept], float(added[kept].mean()), float(single))]


def _sampled(f: Frame, column: int, others: Sequence[int], noise: Floats) -> list[_Side]:
    cells, found = f.cells, []
    for groups in ([column], list(others)):
        rows = np.isin(cells.group, groups) & (cells.obtained > 0)
        if not rows.any():
            return [(np.empty(0), np.empty(0, dtype=np.int64), 0.0, 0.0)]
        own = noise[cells.group[rows]]
        found.append((cells.means[rows], cells.cluster[rows], float((own / cells.obtained[rows]).mean()), float(own.mean())))
    return found


def _noise(f: Frame) -> Floats:
    """(G,): the variance of single replies about their own item's mean, pooled within each group; 0 where nothing was asked twice."""
    readings, statistic = f.head.audited.readings, f.head.statistic
    group, value = readings.groups[f.head.attribute], statistic.value(readings)
    kept = statistic.rows(readings) & (group >= 0) & ~np.isnan(value)
    columns = len(f.cells.groups)
    _, cell = np.unique(readings.item[kept] * columns + group[kept], return_inverse=True)
    n, sums, squares = (np.bincount(cell, weights=value[kept] ** k) for k in (0, 1, 2))
    own = np.zeros(len(n), dtype=np.int64)
    own[cell] = group[kept]
    left = np.bincount(own, weights=np.maximum(squares - sums**2 / np.maximum(n, 1), 0.0), minlength=columns)
    df = np.bincount(own, weights=n - 1, minlength=columns)
    pooled: Floats = np.where(df > 0, left / np.maximum(df, 1), left.sum() / max(df.sum(), 1))
    return pooled


def _parts(values: Floats, cluster: Ints, noise: float, single: float, unit: float) -> tuple[Part, Part]:
    """Return the parts as estimated and as they may be. Analysis of variance, one way, unbalanced (Searle, Casella & McCulloch 1992, ch. 3)."""
    labels, place = np.unique(cluster, return_inverse=True)
    n = np.bincount(place).astype(float)
    means = np.bincount(place, weights=values) / n
    items, clusters = len(values), len(labels)
    total = float(values.var(ddof=1))
    if total <= _ROUNDING:
        return Part(0.0, 0.0, 0.0), Part((1 - (1 - _UPPER) ** (1 / clusters)) * unit**2, 0.0, 0.0)
    apart, between = items > clusters, 0.0
    if apart:
        inside = float(((values - means[place]) ** 2).sum()) / (items - clusters)
        outside = float((n * (means - values.mean()) ** 2).sum()) / (clusters - 1)
        between = max(0.0, (outside - inside) / ((items - float(n @ n) / items) / (clusters - 1)))
        total = inside if between > 0 else total
    own = max(0.0, total - noise)
    part = Part(between, own, single)
    more = (clusters - 1) / float(special.chdtri(clusters - 1, _UPPER))
    return part, (part if apart else Part(own, 0.0, single)).scaled(more)
