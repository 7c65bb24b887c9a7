"""Which groups are compared with which, and the sums that a comparison works on.

Contrasts: each group against the declared reference and, from three groups up or without a reference,
each group against all the others together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from audit.disparity.cells import Cells, Clusters, Floats, by_cluster, full_cluster_sums, make_cells
from audit.disparity.statistics import Statistic
from audit.records import Attribute, FixtureSet, Measurement

OTHERS = "others"
ROUNDING = 1e-12
_FEWEST_CLUSTERS = 2


@dataclass(frozen=True)
class Frame:
    """What all contrasts of one statistic of one attribute share.

    unit: a typical distance in the statistic's own unit, for standardizing and for when nothing varies.
    bounds: the lowest and highest value that a missing reply could have had; None when unbounded.
    """

    set: FixtureSet
    measure: str
    statistic: Statistic
    attribute: str
    cells: Cells
    unit: float
    bounds: tuple[float, float] | None

    @property
    def about(self) -> Attribute:
        """The attribute's declaration."""
        return self.set.attributes[self.attribute]


@dataclass(frozen=True)
class Contrast:
    """One group against its reference, in cluster sums.

    paired: the sums of the within-item differences, None between different items. candidates: the
    differences each guise would have shown against the others, (C, G), with the clusters' sizes, for a
    permutation within clusters. rises, falls: the mean positive and negative part of the differences.
    """

    frame: Frame
    group: str
    reference: str
    sides: tuple[Clusters, Clusters]
    paired: Clusters | None = None
    candidates: tuple[Floats, Floats] | None = None
    rises: float = 0.0
    falls: float = 0.0

    @property
    def key(self) -> tuple[str, ...]:
        """What names the contrast within an audit."""
        f, s = self.frame, self.frame.statistic
        return f.set.id, f.measure, s.ratio or s.difference, f.attribute, self.group, self.reference

    @property
    def items(self) -> int:
        """The base items compared: of the smaller side where these differ."""
        if self.paired is not None:
            return int(self.paired.counts.sum())
        return int(min(side.counts.sum() for side in self.sides))

    @property
    def clusters(self) -> int:
        """The independent clusters of items compared."""
        return len(self.paired.sums) if self.paired is not None else min(len(side.sums) for side in self.sides)

    @property
    def testable(self) -> bool:
        """Whether there is any variation to be had at all."""
        return self.clusters >= _FEWEST_CLUSTERS

    @property
    def unchanged(self) -> bool:
        """Whether not one item differs (matched), or not one value does (sampled)."""
        if self.paired is not None:
            return not np.any(np.abs(self.paired.sums) > ROUNDING)
        values = np.concatenate([side.sums / side.counts for side in self.sides])
        return not len(values) or bool(np.ptp(values) <= ROUNDING)


def frame(
    fixture_set: FixtureSet, measure: str, statistic: Statistic, attribute: str, measurements: Sequence[Measurement],
    text_range: tuple[float, float] | None = None,
) -> Frame:
    """Return the frame of one statistic of one attribute. `text_range`: the bounds of a measure of text."""
    rows = [(m, statistic.value(m)) for m in measurements if statistic.rows(m)]
    cells = make_cells(rows, attribute, list(fixture_set.attributes[attribute].groups))
    return Frame(
        fixture_set, measure, statistic, attribute, cells,
        typical_distance(fixture_set, statistic, measurements), _bounds(fixture_set, statistic, text_range),
    )


def contrasts(f: Frame) -> Iterator[Contrast]:
    """Yield every contrast of a frame."""
    groups, reference = list(f.about.groups), f.about.reference
    pairs = [(group, reference) for group in groups if reference is not None and group != reference]
    if reference is None or len(groups) > 2:  # noqa: PLR2004 - of two groups, "others" is the other one
        pairs += [(group, OTHERS) for group in groups]
    for group, against in pairs:
        yield (_matched if f.set.design == "matched" else _sampled)(f, group, against)


def _matched(f: Frame, group: str, reference: str) -> Contrast:
    means, cluster = f.cells.means, f.cells.cluster
    column = f.cells.column(group)
    base = _others(means, column) if reference == OTHERS else means[:, f.cells.column(reference)]
    difference = means[:, column] - base
    kept = difference[~np.isnan(difference)]
    both = np.where(np.isnan(difference), np.nan, 0.0)
    return Contrast(
        f, group, reference,
        sides=(by_cluster(means[:, column] + both, cluster), by_cluster(base + both, cluster)),
        paired=by_cluster(difference, cluster), candidates=_candidates(f, column) if reference == OTHERS else None,
        rises=float(np.maximum(kept, 0).mean()) if len(kept) else 0.0,
        falls=float(np.maximum(-kept, 0).mean()) if len(kept) else 0.0,
    )


def _candidates(f: Frame, column: int) -> tuple[Floats, Floats]:
    """(C, G) differences of each guise against the others, for the clusters in which this group was seen."""
    means, cluster = f.cells.means, f.cells.cluster
    columns = [full_cluster_sums(means[:, g] - _others(means, g), cluster) for g in range(len(f.cells.groups))]
    counts = np.bincount(cluster, minlength=len(columns[column])).astype(float)
    seen = ~np.isnan(columns[column])
    return np.column_stack(columns)[seen], counts[seen]


def _sampled(f: Frame, group: str, reference: str) -> Contrast:
    means = f.cells.means
    column = f.cells.column(group)
    base = _others(means, column) if reference == OTHERS else means[:, f.cells.column(reference)]
    sides = by_cluster(means[:, column], f.cells.cluster), by_cluster(base, f.cells.cluster)
    return Contrast(f, group, reference, sides=sides)


def _others(means: Floats, column: int) -> Floats:
    """(I,): the mean over the other groups that an item was seen in; NaN where it was seen in none."""
    rest = np.delete(means, column, axis=1)
    seen = (~np.isnan(rest)).sum(axis=1)
    return np.where(seen > 0, np.nansum(rest, axis=1) / np.maximum(seen, 1), np.nan)


def typical_distance(fixture_set: FixtureSet, statistic: Statistic, measurements: Sequence[Measurement]) -> float:
    """The SD of human scores where there are any, else of single replies within their groups; 1 for shares.

    It standardizes a mean difference. Of single replies, so that repeats and guises do not change it; within
    groups, so that a gap does not. The scale's width (or 1) stands in where nothing varies.
    """
    if statistic.kind == "share":
        return 1.0
    truths = {m.item: m.truth for m in measurements if m.truth is not None}
    by_group: dict[tuple[tuple[str, str], ...], list[float]] = {}
    for m in measurements:
        if m.value is not None:
            by_group.setdefault(tuple(sorted(m.groups.items())), []).append(m.value)
    samples = [list(truths.values())] if truths else list(by_group.values())
    df = sum(len(sample) - 1 for sample in samples)
    squares = sum(float(np.var(sample)) * len(sample) for sample in samples)
    if df > 0 and (sd := float((squares / df) ** 0.5)) > ROUNDING:
        return sd
    return fixture_set.scale[1] - fixture_set.scale[0] if fixture_set.scale else 1.0


def _bounds(
    fixture_set: FixtureSet, statistic: Statistic, text_range: tuple[float, float] | None
) -> tuple[float, float] | None:
    if statistic.kind == "share":
        return 0.0, 1.0
    if statistic.group == "mean_error" and fixture_set.scale:
        width = fixture_set.scale[1] - fixture_set.scale[0]
        return -width, width
    return fixture_set.scale if fixture_set.outcome == "score" else text_range
