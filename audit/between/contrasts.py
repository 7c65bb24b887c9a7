"""Two tools in one comparison of groups: the difference and the sum of their gaps, in what each cluster of items adds.

|a| < |b| exactly where a - b and a + b have opposite signs, and |a| > |b| where they have the same one. So the sizes of two gaps are
compared by two quantities that are plain means, whatever side each gap points to; no absolute value is estimated.
"""

from dataclasses import dataclass

import numpy as np

from audit.between.grids import Floats, Grid, Ints

OTHERS = "others"
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Quantity:
    """A mean over a group's side less one over its reference's, by cluster: what `flips` exchanges signs of.

    own, base: (C,) sums over each side's items; own_items, base_items: (C,) how many these are. Within items there is one side
    (the items' differences), and base is empty of items. worst: bounds over all that the missing replies could have been.
    """

    own: Floats
    base: Floats
    own_items: Floats
    base_items: Floats
    worst: tuple[float, float] | None

    @property
    def estimate(self) -> float:
        """The quantity itself."""
        return float(self.own.sum() / self.own_items.sum() - (self.base.sum() / self.base_items.sum() if self.base_items.any() else 0.0))


@dataclass(frozen=True)
class TwoGaps:
    """The gaps of two tools on the items that both have a value for. step: a typical distance of single items; missing: replies of both."""

    gap_a: float
    gap_b: float
    difference: Quantity
    sum: Quantity
    items: int
    clusters: int
    missing: int
    step: float


@dataclass(frozen=True)
class OneGap:
    """One tool's gap by itself: its sums by cluster, items and independent clusters of its smaller side, replies missing, a typical distance."""

    quantity: Quantity
    items: int
    clusters: int
    missing: int
    step: float


def one_gap(grid: Grid, columns: tuple[int, int | None], clusters: Ints, *, matched: bool, bounds: tuple[float, float] | None) -> OneGap | None:
    """Return one tool's gap, its arguments as those of `two_gaps`; None where no item was answered."""
    group, others = _sides(grid, columns)
    parts = (_within if matched else _between)(grid.means, grid.means, group, others)
    if not parts[0][2].any() or not (matched or parts[1][2].any()):
        return None
    quantity = _gathered([part[0] for part in parts], [part[2] for part in parts], clusters, _worst(grid, group, others, bounds, matched=matched))
    items, independent = _counts(parts, clusters)
    return OneGap(quantity, items, independent, _lost(grid, group, others), _step([grid.means[:, [group, *others]]], bounds))


def two_gaps(a: Grid, b: Grid, columns: tuple[int, int | None], clusters: Ints, *, matched: bool, bounds: tuple[float, float] | None) -> TwoGaps | None:
    """Return the two tools' gaps; None where no item was answered by both.

    columns: of the group and of its reference, None for all the others together. clusters: (I,) codes. bounds: the lowest and
    highest value that a missing reply could have had.
    """
    group, others = _sides(a, columns)
    missing = sum(_lost(x, group, others) for x in (a, b))
    parts = _within(a.means, b.means, group, others) if matched else _between(a.means, b.means, group, others)
    if not parts[0][2].any() or not (matched or parts[1][2].any()):
        return None
    worst = [_worst(x, group, others, bounds, matched=matched) for x in (a, b)]
    quantities = [_quantity(parts, clusters, sign, joint_worst(worst, sign)) for sign in (-1.0, 1.0)]
    gaps = [_side_means(parts, tool) for tool in (0, 1)]
    items, independent = _counts(parts, clusters)
    return TwoGaps(
        gaps[0], gaps[1], quantities[0], quantities[1], items, independent, missing, _step([x.means[:, [group, *others]] for x in (a, b)], bounds),
    )


def _sides(grid: Grid, columns: tuple[int, int | None]) -> tuple[int, list[int]]:
    group, reference = columns
    return group, [g for g in range(grid.planned.shape[1]) if g != group] if reference is None else [reference]


def _lost(grid: Grid, group: int, others: list[int]) -> int:
    return int((grid.planned - grid.obtained)[:, [group, *others]].sum())


def _counts(parts: list["_Part"], clusters: Ints) -> tuple[int, int]:
    """Return the items and the independent clusters of the smaller side."""
    sides = [clusters[np.repeat(np.arange(len(n)), n.astype(int))] for _, _, n in parts if n.any()]
    return min(int(n.sum()) for _, _, n in parts if n.any()), min(len(np.unique(side)) for side in sides)


def _step(values: list[Floats], bounds: tuple[float, float] | None) -> float:
    """Return a typical distance of single items: their SD; where all are alike the SD of a uniform value in the bounds, or one unit."""
    seen = float(np.nanstd(np.concatenate([v.ravel() for v in values])))
    return seen if seen > _ROUNDING else (bounds[1] - bounds[0]) / 12**0.5 if bounds else 1.0


_Part = tuple[Floats, Floats, Floats]
"""(I,) each: sums of tool A's and tool B's values on one side, and how many items' values these are."""


def _within(a: Floats, b: Floats, group: int, others: list[int]) -> list[_Part]:
    """Items compared with themselves: one side, of the items' own differences."""
    gaps = [x[:, group] - mean_of(x[:, others]) for x in (a, b)]
    both = ~np.isnan(gaps[0]) & ~np.isnan(gaps[1])
    return [(np.where(both, gaps[0], 0.0), np.where(both, gaps[1], 0.0), both.astype(float))]


def _between(a: Floats, b: Floats, group: int, others: list[int]) -> list[_Part]:
    """Different items: each side's values, of the items that both tools have."""
    both = ~np.isnan(a) & ~np.isnan(b)
    one, other = (np.where(both, x, 0.0) for x in (a, b))
    return [(one[:, side].sum(axis=1), other[:, side].sum(axis=1), both[:, side].sum(axis=1).astype(float)) for side in ([group], others)]


def mean_of(rest: Floats) -> Floats:
    """(I,): the mean over the columns that an item has a value in; NaN where it has none."""
    seen = (~np.isnan(rest)).sum(axis=1)
    return np.where(seen > 0, np.nansum(rest, axis=1) / np.maximum(seen, 1), np.nan)


def _side_means(parts: list[_Part], tool: int) -> float:
    means = [float(part[tool].sum() / part[2].sum()) for part in parts]
    return means[0] - means[1] if len(means) > 1 else means[0]


def _quantity(parts: list[_Part], clusters: Ints, sign: float, worst: tuple[float, float] | None) -> Quantity:
    """Return A's gap plus `sign` times B's. The sum of two tools' values has a height of its own, which is taken off: it is in no gap."""
    sums = [part[0] + sign * part[1] for part in parts]
    items = [part[2] for part in parts]
    if sign > 0 and len(parts) > 1:
        height = sum(float(s.sum()) for s in sums) / sum(float(n.sum()) for n in items)
        sums = [s - height * n for s, n in zip(sums, items, strict=True)]
    return _gathered(sums, items, clusters, worst)


def _gathered(sums: list[Floats], items: list[Floats], clusters: Ints, worst: tuple[float, float] | None) -> Quantity:
    """Return sides' sums by item as a quantity by cluster."""
    added = [(_added(s, clusters), _added(n, clusters)) for s, n in zip(sums, items, strict=True)]
    base = added[1] if len(added) > 1 else (np.zeros(len(added[0][0])), np.zeros(len(added[0][0])))
    return Quantity(added[0][0], base[0], added[0][1], base[1], worst)


def _added(values: Floats, clusters: Ints) -> Floats:
    """(C,): the sum over each cluster's items."""
    return np.bincount(clusters, weights=values, minlength=int(clusters.max()) + 1).astype(float)


def _worst(grid: Grid, group: int, others: list[int], bounds: tuple[float, float] | None, *, matched: bool) -> tuple[float, float] | None:
    """Return a tool's lowest and highest gap over all values that its missing replies could have had (Manski 1990, Am. Econ. Rev. 80:319)."""
    if not (grid.planned - grid.obtained)[:, [group, *others]].any():
        bounds = (0.0, 0.0)  # nothing is missing: nothing to fill
    if bounds is None:
        return None
    ends = [grid.filled(end) for end in bounds]
    found = []
    for own, base in ((0, 1), (1, 0)):
        if matched:
            found.append(float(np.nanmean(ends[own][:, group] - mean_of(ends[base][:, others]))))
        else:
            found.append(float(np.nanmean(ends[own][:, group]) - np.nanmean(ends[base][:, others])))
    return found[0], found[1]


def joint_worst(worst: list[tuple[float, float] | None], sign: float) -> tuple[float, float] | None:
    """Return the bounds of A's gap plus `sign` times B's from those of each; None where one has none."""
    a, b = worst
    if a is None or b is None:
        return None
    return (a[0] + b[0], a[1] + b[1]) if sign > 0 else (a[0] - b[1], a[1] - b[0])
