"""One value an item and group, beside people's scores: what every quantity that is no plain mean works on.

A quantity's influences (estimates.py) are added up by cluster, over both sides of a comparison. So a cluster that lies
in both groups counts once, with its covariance, and repeats of a probe were averaged before.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import msgspec
import numpy as np
from scipy import special

from audit.disparity.classes import Basis
from audit.disparity.contrasts import OTHERS, compared_pairs
from audit.disparity.estimates import Estimated, among
from audit.disparity.estimation import Estimate
from audit.disparity.frames import Audited, Frame, Head, frame
from audit.disparity.influences import ROUNDING, Limits, clipped, within_limits
from audit.disparity.readings import Flags, Floats, Ints, Readings
from audit.disparity.statistics import Statistic
from audit.records import Comparison, GroupValue, Omnibus

_FEWEST = 2


@dataclass(frozen=True)
class Described:
    """What one statistic of one attribute came to: comparisons, values by group, and a test of all groups where it has one."""

    head: Head
    estimates: list[Estimate]
    groups: list[GroupValue]
    omnibus: Omnibus | None = None


@dataclass(frozen=True)
class Scores:
    """The n entries of a frame that have a value: an item in a group each.

    value, human, second: (n,) the tool's (or a second person's) mean over repeats, a person's score, another's; NaN
    where there is none. item, cluster, group, times: as in the frame's cells.
    """

    frame: Frame
    value: Floats
    human: Floats
    second: Floats
    item: Ints
    cluster: Ints
    group: Ints
    times: Floats

    @property
    def matched(self) -> bool:
        """Whether items are compared with themselves."""
        return self.frame.design == "matched"

    @property
    def groups(self) -> tuple[str, ...]:
        """The attribute's groups."""
        return self.frame.cells.groups

    @property
    def alike(self) -> Floats:
        """(C,): how many alike clusters each stands for."""
        return self.frame.cells.weight

    @cached_property
    def once(self) -> Floats:
        """(n,): how much a row counts among everyone: each item once, in however many guises it was seen."""
        if not self.matched:
            return np.ones(len(self.item))
        _, place = np.unique(self.item, return_inverse=True)
        seen: Floats = np.bincount(place).astype(np.float64)
        return np.asarray(1.0 / seen[place], dtype=np.float64)

    @cached_property
    def complete(self) -> bool:
        """Whether every row of a group takes part in its comparisons: always, but for items that some guise was not seen in."""
        return not self.matched or len(self.item) == len(np.unique(self.item)) * len(self.groups)

    def within(self, group: int) -> Floats:
        """(n,): 1 in a group, 0 outside."""
        return np.asarray(self.group == group, dtype=np.float64)

    def present(self, side: Floats) -> Flags:
        """(C,): the clusters that a side rests on."""
        seen = np.zeros(len(self.alike), dtype=bool)
        seen[self.cluster[side > 0]] = True
        return seen

    def named(self, statistic: Statistic) -> Head:
        """Return what a statistic of these scores is about."""
        return replace(self.frame.head, statistic=statistic)


@dataclass(frozen=True)
class Pair:
    """A group and what it is compared with; own, base: (n,) how much a row counts on each side, 0 outside."""

    group: str
    reference: str
    own: Floats
    base: Floats


Quantity = Callable[[Scores, Floats], Estimated]
"""Scores and a side (n,) → the quantity of that side, its influence (n,) times how much each row counts."""


def make_scores(audited: Audited, attribute: str, statistic: Statistic, sample: Ints) -> Scores:
    """Return the entries of the rows that a statistic counts. People's scores are an item's own, so no mean is taken."""
    f = frame(audited, statistic, attribute, sample)
    cells, r = f.cells, audited.readings
    code = r.groups[attribute]
    rows = np.flatnonzero(statistic.rows(r) & (code >= 0))
    width = len(cells.groups)
    entry = np.searchsorted(cells.item * width + cells.group, r.item[rows] * width + code[rows])
    there = cells.obtained > 0

    def person(scores: Floats) -> Floats:
        of_entry = np.full(len(cells.item), np.nan)
        if len(scores) == len(r):
            of_entry[entry] = scores[rows]
        return of_entry[there]

    return Scores(
        f, cells.means[there], person(r.truth), person(r.second), cells.item[there], cells.cluster[there], cells.group[there],
        cells.times[there],
    )


def pairs(s: Scores) -> Iterator[Pair]:
    """Yield the pairs that are compared, with how much each row counts.

    Matched: on the items that both sides were seen in, those of "others" counting as much as the group's own.
    """
    for group, other in compared_pairs(s.frame.head.about):
        own = s.within(s.groups.index(group))
        base = 1 - own if other == OTHERS else s.within(s.groups.index(other))
        yield Pair(group, other, *(_shared(s.item, own, base) if s.matched else (own, base)))


def _shared(item: Ints, own: Floats, base: Floats) -> tuple[Floats, Floats]:
    _, place = np.unique(item, return_inverse=True)
    seen = [np.bincount(place, weights=side)[place] if len(item) else side for side in (own, base)]
    both = (seen[0] > 0) & (seen[1] > 0)
    return own * both, base * both / np.maximum(seen[1], 1)


def on(s: Scores, side: Floats, quantity: Callable[[Flags, Floats], Estimated]) -> Estimated:
    """Return a quantity of a side's rows (mask, and weights of the rows in it) as one of all rows."""
    rows = side > 0
    part = among(rows, quantity(rows, (s.times * side)[rows]))
    return Estimated(part.value, part.influence * side)


def clustered(s: Scores, part: Estimated) -> Estimated:
    """Return the estimate with the influence of each cluster, (C,), of the alike ones that of one."""
    return Estimated(part.value, np.bincount(s.cluster, weights=part.influence, minlength=len(s.alike)).astype(float))


def compared(
    s: Scores, statistic: Statistic, pair: Pair, whole: Estimated, basis: Basis, *, step: float, limits: Limits,
    p_value: float | None = None,
) -> Estimate:
    """Return a comparison whose influence is known by cluster, its interval within `limits`.

    p_value: of a test that answers the same question; by the t distribution without it. basis: what the comparison rests on.
    """
    own, base = s.present(pair.own), s.present(pair.base)
    common = blank(s, statistic, pair, own, base)
    head, sampled = s.named(statistic), whole.influence[s.frame.sample]
    few = common.clusters < _FEWEST
    common = msgspec.structs.replace(common, items=basis.items, clusters=basis.clusters)
    if not whole.defined or few:
        return Estimate(head, common, None, np.zeros(len(sampled)), None)
    spread = basis.spread(whole, s.alike, step)
    p = p_value if p_value is not None else float(2 * special.stdtr(spread.df, -abs(spread.estimate) / spread.standard_error))

    def interval(level: float) -> tuple[float, float]:
        return clipped(spread.interval(level), limits)

    low90, high90 = clipped(spread.equivalence_interval(), limits)
    common = msgspec.structs.replace(
        common, estimate=spread.estimate, low90=low90, high90=high90, standard_error=spread.standard_error, p_value=p,
        scale_sd=1.0 if statistic.unit == "sd" else None, unchanged=not np.any(np.abs(whole.influence) > ROUNDING / len(s.alike)),
    )
    return Estimate(head, common, interval, sampled, p, spread.df)


def blank(s: Scores, statistic: Statistic, pair: Pair, own: Flags, base: Flags) -> Comparison:
    """Return the comparison of a pair without a number; own, base: (C,) the clusters of each side."""
    f = s.frame
    columns = [i for i, g in enumerate(s.groups) if g == pair.group or pair.reference in (OTHERS, g)]
    sizes = [float(s.times[side > 0].sum()) for side in (pair.own, pair.base)]
    clusters = [float(s.alike[side].sum()) for side in (own, base)]
    return Comparison(
        set=f.head.set.id, by=f.head.by, measure=f.head.audited.measure, statistic=statistic.name, unit=statistic.unit,
        attribute=f.head.attribute, group=pair.group, reference=pair.reference, design=f.design, estimate=None, low=None, high=None,
        low90=None, high90=None, standard_error=None, p_value=None, p_adjusted=None,
        items=int(sizes[0] if s.matched else min(sizes)), clusters=int(min(clusters)), responses=int(f.obtained[columns].sum()),
        missing=int(f.lost[columns].sum()), negative_control=pair.group in f.head.about.negative_controls,
    )


def group_value(
    s: Scores, statistic: Statistic, group: int, value: float | None, ends: tuple[float, float] | None
) -> GroupValue:
    """Return a group's value and interval with what they rest on."""
    f = s.frame
    low, high = ends if ends is not None and value is not None else (None, None)
    return GroupValue(
        set=f.head.set.id, by=f.head.by, attribute=f.head.attribute, group=s.groups[group], measure=f.head.audited.measure,
        statistic=statistic.group, value=value, low=low, high=high, n=int(f.obtained[group]),
        items=int(s.times[s.group == group].sum()), missing=int(f.planned[group] - f.obtained[group]),
    )


def described_group(s: Scores, statistic: Statistic, group: int, part: Estimated, basis: Basis, *, step: float, limits: Limits) -> GroupValue:
    """Return a group's value with the interval that its clusters' influences (C,) give. basis: as in `compared`."""
    if not part.defined:
        return group_value(s, statistic, group, None, None)
    return group_value(s, statistic, group, part.value, within_limits(basis.spread(part, s.alike, step), limits))


def judged(r: Readings) -> Flags:
    """(N,): the readings with a person's score."""
    return ~np.isnan(r.truth)


def double(r: Readings) -> Flags:
    """(N,): the readings with two people's scores."""
    return judged(r) & ~np.isnan(r.second) if len(r.second) == len(r) else np.zeros(len(r), dtype=bool)
