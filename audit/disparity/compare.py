"""Every contrast of an audit, with its interval and its adjusted p-value, in one family.

Contrasts: each group against the declared reference and, from three groups up or without a reference,
each group against all the others together.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from audit.disparity.cells import Cells, Clusters, Floats, by_cluster, make_cells
from audit.disparity.describe import describe
from audit.disparity.intervals import (
    Spread,
    independent_means,
    independent_shares,
    log_ratio,
    paired_means,
    paired_shares,
)
from audit.disparity.missing import worst_case
from audit.disparity.multiplicity import benjamini_hochberg, holm
from audit.disparity.permutation import exchange_between, exchange_within, sign_flip
from audit.disparity.power import detectable
from audit.disparity.statistics import MISSING, Statistic, statistics_for
from audit.records import Attribute, Comparison, FixtureSet, GroupValue, Measurement

OTHERS = "others"
LEVEL = 0.95
_FEWEST_DRAWS = 9_999
_FEWEST_CLUSTERS = 2


@dataclass(frozen=True)
class Compared:
    """All comparisons of an audit; those of missing replies apart. `family_size` counts what was tested together."""

    comparisons: list[Comparison]
    missingness: list[Comparison]
    groups: list[GroupValue]
    family_size: int


@dataclass(frozen=True)
class _Contrast:
    """One contrast before adjustment. `paired` is None for contrasts between different items."""

    set: FixtureSet
    measure: str
    statistic: Statistic
    attribute: str
    group: str
    reference: str
    cells: Cells
    paired: Clusters | None
    sides: tuple[Clusters, Clusters]
    candidates: tuple[Floats, Floats] | None
    unit: float
    bounds: tuple[float, float] | None
    parts: tuple[float, float] = (0.0, 0.0)

    @property
    def key(self) -> tuple[str, ...]:
        s = self.statistic
        return (self.set.id, self.measure, s.ratio or s.difference, self.attribute, self.group, self.reference)

    @property
    def testable(self) -> bool:
        smallest = len(self.paired.sums) if self.paired else min(len(side.sums) for side in self.sides)
        return smallest >= _FEWEST_CLUSTERS


def compare_all(
    audited: Sequence[tuple[FixtureSet, str, str, Sequence[Measurement]]], *, seed: int
) -> Compared:
    """Return every comparison of (set, measure, unit, measurements). The seed fixes the permutations.

    The confirmatory family holds every deciding contrast and every contrast of missing rates (left out
    where not one reply is missing: such a test could never reject).
    """
    deciding: list[_Contrast] = []
    describing: list[_Contrast] = []
    missing: list[_Contrast] = []
    groups: list[GroupValue] = []
    asked_once: set[str] = set()
    for fixture_set, measure, unit, measurements in audited:
        for attribute, about in fixture_set.attributes.items():
            names = list(about.groups)
            for statistic in statistics_for(fixture_set, measure, unit, measurements):
                contrasts = list(_contrasts(fixture_set, measure, statistic, attribute, about, measurements))
                (deciding if statistic.confirmatory else describing).extend(contrasts)
                if statistic.ratio is None:
                    scale = _unit(fixture_set, statistic, measurements)
                    groups += describe(fixture_set.id, measure, attribute, names, statistic, measurements, scale)
            if fixture_set.id not in asked_once:
                missing += _contrasts(fixture_set, measure, MISSING, attribute, about, measurements)
                groups += describe(fixture_set.id, measure, attribute, names, MISSING, measurements, 1.0)
        asked_once.add(fixture_set.id)
    anything_missing = {c.set.id for c in missing if c.cells.sums.sum() > 0}
    tested = deciding + [c for c in missing if c.set.id in anything_missing]
    confirmatory = _judge_family(tested, seed, "confirmatory")
    exploratory = _judge_family(describing, seed, "exploratory")
    silent = [_finish(c, None, None, 1, "confirmatory") for c in missing if c.set.id not in anything_missing]
    n = len(deciding)
    return Compared(confirmatory[:n] + exploratory, confirmatory[n:] + silent, groups, sum(c.testable for c in tested))


def _judge_family(contrasts: list[_Contrast], seed: int, family: str) -> list[Comparison]:
    testable = [c for c in contrasts if c.testable]
    draws = max(_FEWEST_DRAWS, 100 * len(testable) - 1)
    p_values = [_p_value(c, seed, draws) for c in testable]
    adjust = holm if family == "confirmatory" else benjamini_hochberg
    found = {id(c): (p, a) for c, p, a in zip(testable, p_values, adjust(p_values), strict=True)}
    size = max(1, len(testable))
    return [_finish(c, *found.get(id(c), (None, None)), size, family) for c in contrasts]


def _p_value(contrast: _Contrast, seed: int, draws: int) -> float:
    mark = hashlib.sha256(msgspec.json.encode([seed, contrast.key])).digest()
    rng = np.random.default_rng(int.from_bytes(mark[:8], "big"))
    if contrast.candidates is not None:
        return exchange_within(*contrast.candidates, contrast.cells.column(contrast.group), draws, rng)
    if contrast.paired is not None:
        return sign_flip(contrast.paired, draws, rng)
    return exchange_between(*contrast.sides, draws, rng)


def _contrasts(
    fixture_set: FixtureSet, measure: str, statistic: Statistic, attribute: str, about: Attribute,
    measurements: Sequence[Measurement],
) -> list[_Contrast]:
    rows = [(m, statistic.value(m)) for m in measurements if statistic.rows(m)]
    names = list(about.groups)
    cells = make_cells(rows, attribute, names)
    pairs = [(group, about.reference) for group in names if about.reference and group != about.reference]
    if about.reference is None or len(names) > 2:  # noqa: PLR2004 - with two groups "others" is the other one
        pairs += [(group, OTHERS) for group in names]
    unit = _unit(fixture_set, statistic, measurements)
    bounds = _bounds(fixture_set, statistic)
    make = _matched if fixture_set.design == "matched" else _sampled
    return [
        make(fixture_set, measure, statistic, attribute, group, reference or OTHERS, cells, unit, bounds)
        for group, reference in pairs
    ]


def _matched(
    fixture_set: FixtureSet, measure: str, statistic: Statistic, attribute: str, group: str, reference: str,
    cells: Cells, unit: float, bounds: tuple[float, float] | None,
) -> _Contrast:
    means = cells.means
    column = cells.column(group)
    base = _others(means, column) if reference == OTHERS else means[:, cells.column(reference)]
    difference = means[:, column] - base
    both = ~np.isnan(difference)
    candidates = None
    if reference == OTHERS:
        columns = [by_cluster_aligned(means[:, g] - _others(means, g), cells.cluster) for g in range(len(cells.groups))]
        counts = by_cluster_counts(cells.cluster)
        seen = ~np.isnan(columns[column])
        candidates = (np.column_stack(columns)[seen], counts[seen])
    kept = difference[both]
    parts = (float(np.maximum(kept, 0).mean()), float(np.maximum(-kept, 0).mean())) if len(kept) else (0.0, 0.0)
    return _Contrast(
        fixture_set, measure, statistic, attribute, group, reference, cells,
        by_cluster(difference, cells.cluster),
        (by_cluster(np.where(both, means[:, column], np.nan), cells.cluster),
         by_cluster(np.where(both, base, np.nan), cells.cluster)),
        candidates, unit, bounds, parts,
    )


def _sampled(
    fixture_set: FixtureSet, measure: str, statistic: Statistic, attribute: str, group: str, reference: str,
    cells: Cells, unit: float, bounds: tuple[float, float] | None,
) -> _Contrast:
    means = cells.means
    column = cells.column(group)
    if reference == OTHERS:
        rest = np.delete(means, column, axis=1)
        base = np.where(np.isnan(rest).all(axis=1), np.nan, np.nansum(rest, axis=1))
    else:
        base = means[:, cells.column(reference)]
    sides = (by_cluster(means[:, column], cells.cluster), by_cluster(base, cells.cluster))
    return _Contrast(
        fixture_set, measure, statistic, attribute, group, reference, cells, None, sides, None, unit, bounds
    )


def _others(means: Floats, column: int) -> Floats:
    """(I,): the mean over the other groups that an item was seen in; NaN where it was seen in none."""
    rest = np.delete(means, column, axis=1)
    seen = (~np.isnan(rest)).sum(axis=1)
    return np.where(seen > 0, np.nansum(rest, axis=1) / np.maximum(seen, 1), np.nan)


def by_cluster_aligned(values: Floats, cluster: np.ndarray) -> Floats:
    """(C,): the sum of item values by cluster, scaled to the cluster's full size; NaN where none was seen."""
    size = int(cluster.max(initial=-1)) + 1
    there = ~np.isnan(values)
    sums = np.bincount(cluster[there], weights=values[there], minlength=size)
    seen = np.bincount(cluster[there], minlength=size)
    full = np.bincount(cluster, minlength=size)
    return np.where(seen > 0, sums / np.maximum(seen, 1) * full, np.nan)


def by_cluster_counts(cluster: np.ndarray) -> Floats:
    """(C,): the number of items in each cluster."""
    return np.bincount(cluster, minlength=int(cluster.max(initial=-1)) + 1).astype(float)


def _spread(c: _Contrast) -> Spread:
    if c.paired is not None:
        if c.statistic.kind == "share":
            return paired_shares(c.paired, *c.parts)
        return paired_means(c.paired, c.unit)
    if c.statistic.kind == "share":
        return independent_shares(*c.sides)
    return independent_means(*c.sides, c.unit)


def _finish(c: _Contrast, p: float | None, adjusted: float | None, family_size: int, family: str) -> Comparison:
    seen = c.cells.obtained[:, c.cells.column(c.group)] > 0
    against = [g for g in c.cells.groups if (g != c.group if c.reference == OTHERS else g == c.reference)]
    columns = [c.cells.column(g) for g in (c.group, *against)]
    obtained, planned = c.cells.obtained[:, columns].sum(), c.cells.planned[:, columns].sum()
    if c.paired is not None:
        items, clusters = int(c.paired.counts.sum()), len(c.paired.sums)
    else:
        items, clusters = (int(min(s.counts.sum() for s in c.sides)), min(len(s.sums) for s in c.sides))
    about = c.set.attributes[c.attribute]
    common = Comparison(
        set=c.set.id, measure=c.measure, statistic=c.statistic.ratio or c.statistic.difference, unit=c.statistic.unit,
        attribute=c.attribute, group=c.group, reference=c.reference, design=c.set.design,
        estimate=None, low=None, high=None, low90=None, high90=None, standard_error=None,
        p_value=p, p_adjusted=adjusted, items=items, clusters=clusters, responses=int(obtained),
        missing=int(planned - obtained), family="confirmatory" if family == "confirmatory" else "exploratory",
        family_size=family_size, level=LEVEL, simultaneous=family == "confirmatory",
        negative_control=c.group in about.negative_controls,
        note="" if seen.any() else "the group was not seen",
    )
    if not c.testable:
        return common
    return _with_ratio(c, common) if c.statistic.ratio else _with_difference(c, common)


def _with_difference(c: _Contrast, common: Comparison) -> Comparison:
    spread = _spread(c)
    share = (1 - LEVEL) / common.family_size if common.simultaneous else 1 - LEVEL
    low, high = spread.interval(1 - share)
    low90, high90 = spread.interval(0.90)
    worst = worst_case(c.cells, c.group, c.reference, c.bounds, paired=c.paired is not None) if common.missing else None
    return msgspec.structs.replace(
        common, estimate=spread.estimate, low=low, high=high, low90=low90, high90=high90,
        standard_error=spread.standard_error, scale_sd=c.unit if c.statistic.kind == "mean" else None,
        detectable=detectable(spread.standard_error, common.family_size, spread.df),
        worst_low=worst[0] if worst else None, worst_high=worst[1] if worst else None,
    )


def _with_ratio(c: _Contrast, common: Comparison) -> Comparison:
    """A ratio over zero is undefined: no estimate, and only the bound that the data give."""
    log, error = log_ratio(*c.sides, paired=c.paired is not None)
    reach = {level: float(error * _normal_quantile(level)) for level in (LEVEL, 0.90)}
    ends = {level: (float(np.exp(log - r)), float(np.exp(log + r))) for level, r in reach.items()}
    below = c.sides[1].mean
    estimate = c.sides[0].mean / below if below > 0 else None
    (low, high), (low90, high90) = ends[LEVEL], ends[0.90]
    if estimate is not None:
        low, high = min(low, estimate), max(high, estimate)
    return msgspec.structs.replace(
        common, estimate=estimate, low=low, high=high if estimate is not None else None,
        low90=low90, high90=high90 if estimate is not None else None, standard_error=error, simultaneous=False,
    )


def _normal_quantile(level: float) -> float:
    from scipy import stats

    return float(stats.norm.ppf((1 + level) / 2))


def _unit(fixture_set: FixtureSet, statistic: Statistic, measurements: Sequence[Measurement]) -> float:
    """A typical distance in points: the SD of human scores where there are any, else of the item means.

    It standardizes a mean difference; the scale's width stands in where nothing varies. 1 for shares.
    """
    if statistic.kind == "share":
        return 1.0
    truths = [m.truth for m in measurements if m.truth is not None]
    by_item: dict[str, list[float]] = {}
    for m in measurements:
        if m.value is not None:
            by_item.setdefault(m.item, []).append(m.value)
    values = truths or [float(np.mean(v)) for v in by_item.values()]
    sd = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    if sd > 0:
        return sd
    return fixture_set.scale[1] - fixture_set.scale[0] if fixture_set.scale else 1.0


def _bounds(fixture_set: FixtureSet, statistic: Statistic) -> tuple[float, float] | None:
    """The lowest and highest value that a missing reply could have had; None when unbounded."""
    if statistic.kind == "share":
        return 0.0, 1.0
    if statistic.group == "mean_error" and fixture_set.scale:
        width = fixture_set.scale[1] - fixture_set.scale[0]
        return -width, width
    return fixture_set.scale if fixture_set.outcome == "score" else None

