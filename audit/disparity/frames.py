"""What all contrasts of one statistic of one attribute share: its cells, its unit, its bounds."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np

from audit.disparity.cells import Cells, increasing, make_cells, quantile
from audit.disparity.readings import Floats, Ints, Readings
from audit.disparity.statistics import MISSING, Statistic
from audit.records import Attribute, Design, FixtureSet

_ROUNDING = 1e-12
_EVEN = 1.25
_TAIL = 0.005
_GROSS = 3.0
_MOST_SPREAD = 2.0
_MOSTLY = 0.9
"""In a matched set, an attribute is compared within items when at least this share of its items has several groups."""


@dataclass(frozen=True)
class Audited:
    """What one measure read from one set's replies (or from a table's rows, for one value of `by`).

    readings of one set number the same clusters alike. text_range: the bounds of a measure of text.
    """

    set: FixtureSet
    measure: str
    unit: str
    readings: Readings
    text_range: tuple[float, float] | None = None
    by: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Head:
    """What a statistic of an attribute is about, without its numbers.

    unit: a typical distance in the statistic's own unit, for standardizing and for when nothing varies.
    """

    audited: Audited
    statistic: Statistic
    attribute: str
    unit: float

    @property
    def set(self) -> FixtureSet:
        """The fixture set."""
        return self.audited.set

    @property
    def by(self) -> dict[str, str]:
        """The values of the columns that the analysis is repeated for."""
        return dict(self.audited.by or {})

    @property
    def about(self) -> Attribute:
        """The attribute's declaration."""
        return self.set.attributes[self.attribute]

    @property
    def key(self) -> tuple[str, ...]:
        """What names the statistic within an audit."""
        by = [part for pair in self.by.items() for part in pair]
        return self.set.id, *by, self.audited.measure, self.statistic.name, self.attribute

    def generator(self, seed: int, *of: str) -> np.random.Generator:
        """Return random numbers of the statistic's own (`of`: of a part of it), so that another one beside it changes none of them."""
        mark = hashlib.sha256(msgspec.json.encode([seed, [*self.key, *of]])).digest()
        return np.random.default_rng(int.from_bytes(mark[:8], "big"))


@dataclass(frozen=True)
class Frame:
    """The cells of one statistic of one attribute.

    bounds: the lowest and highest value that a missing reply could have had; None when unbounded.
    sample: (S,) the clusters whose influences are kept, to see how comparisons go together.
    """

    head: Head
    cells: Cells
    design: Design
    bounds: tuple[float, float] | None
    sample: Ints

    @cached_property
    def obtained(self) -> Ints:
        """(G,): replies with a value."""
        return self.cells.count(self.cells.obtained)

    @cached_property
    def planned(self) -> Ints:
        """(G,): replies planned."""
        return self.cells.count(self.cells.planned)

    @cached_property
    def lost(self) -> Ints:
        """(G,): replies without one; the missing rate's own values count them."""
        return self.cells.count(self.cells.sums if self.head.statistic is MISSING else self.cells.planned - self.cells.obtained)

    @cached_property
    def even(self) -> bool:
        """Whether the groups' items rest on about as many replies each: else their means differ in noise, and cannot be exchanged."""
        items = self.cells.count(self.cells.obtained > 0)
        each = self.obtained[items > 0] / items[items > 0]
        return not len(each) or bool(each.max() <= _EVEN * each.min())

    @cached_property
    def crossed(self) -> bool:
        """Whether any cluster is in two groups."""
        cluster, group = self.cells.cluster, self.cells.group
        if increasing(cluster):
            return False
        n, sums, squares = (np.bincount(cluster, weights=what) for what in (None, group, group**2))
        return bool((n * squares > sums**2).any())

    @cached_property
    def sampled(self) -> tuple[Ints, Ints]:
        """Return the entries that lie in sampled clusters, and the place of each among these."""
        place = np.full(len(self.cells.weight), -1)
        place[self.sample] = np.arange(len(self.sample))
        entries = np.flatnonzero(place[self.cells.cluster] >= 0)
        return entries, place[self.cells.cluster[entries]]


def frame(audited: Audited, statistic: Statistic, attribute: str, sample: Ints) -> Frame:
    """Return the frame of one statistic of one attribute."""
    head = Head(audited, statistic, attribute, typical_distance(audited.set, statistic, audited.readings))
    groups = list(head.about.groups)
    cells = make_cells(audited.readings, attribute, groups, statistic.rows(audited.readings), statistic.value)
    design: Design = "matched" if audited.set.design == "matched" and cells.crossing() >= _MOSTLY else "sampled"
    return Frame(head, cells, design, _bounds(audited, statistic), sample)


def typical_distance(fixture_set: FixtureSet, statistic: Statistic, readings: Readings) -> float:
    """The SD of human scores where there are any, else of single replies within their groups; 1 for shares.

    It standardizes a mean difference. Of single replies, so that repeats and guises do not change it; within
    groups, so that a gap does not. A few gross errors (a score of 9999), or a truth that is on another scale, must not
    buy a margin: see `_sd`; and a truth counts for no more than twice the SD of the scores. The scale's width (or 1) stands in where nothing varies.
    """
    if statistic.kind == "share":
        return 1.0
    judged, scored = _of_truths(readings) or 0.0, _within_groups(readings) or 0.0
    sd = min(judged, _MOST_SPREAD * scored) if min(judged, scored) > _ROUNDING else max(judged, scored)
    if sd > _ROUNDING:
        return sd
    return fixture_set.scale[1] - fixture_set.scale[0] if fixture_set.scale else 1.0


def _of_truths(readings: Readings) -> float | None:
    """Return the SD of the items' human scores; None where there are none."""
    judged = np.flatnonzero(~np.isnan(readings.truth))
    _, first = np.unique(readings.item[judged], return_index=True)
    truth, times = readings.truth[judged][first], readings.weight[readings.cluster[judged][first]]
    return _sd(truth, times, np.zeros(len(truth), dtype=np.int64)) if len(truth) else None


def _within_groups(readings: Readings) -> float | None:
    """Return the SD of single replies within the groups that they belong to."""
    there = ~np.isnan(readings.value)
    group = np.zeros(len(readings), dtype=np.int64)
    for codes in readings.groups.values():
        group = group * (int(codes.max(initial=-1)) + 2) + codes + 1
    times = readings.times * readings.weight[readings.cluster]
    return _sd(readings.value[there], times[there], np.unique(group[there], return_inverse=True)[1])


def _sd(values: Floats, times: Floats, group: Ints) -> float | None:
    """Return the pooled SD within groups; None without a degree of freedom.

    Where it is more than three times the SD of residuals from the medians whose outermost half percent on each side (one
    value at least) is drawn in to the next (Winsor's), a few values make it, and that one is returned.
    """
    n = np.bincount(group, weights=times)
    if n.sum() <= len(n):
        return None
    residual = values - (np.bincount(group, weights=times * values) / n)[group]
    sd = float((times @ residual**2 / (n.sum() - len(n))) ** 0.5)
    middle = np.array([quantile(values[group == g], times[group == g], 0.5) for g in range(len(n))])
    off, tail = values - middle[group], max(_TAIL, 1.5 / float(n.sum()))
    drawn = np.clip(off, quantile(off, times, tail), quantile(off, times, 1 - tail))
    inner = float((times @ (drawn - times @ drawn / n.sum()) ** 2 / (n.sum() - len(n))) ** 0.5)
    return inner if _ROUNDING < inner < sd / _GROSS else sd


def _bounds(audited: Audited, statistic: Statistic) -> tuple[float, float] | None:
    if statistic.kind == "share":
        return 0.0, 1.0
    scale = audited.set.scale if audited.set.outcome == "score" else audited.text_range
    if scale is None or statistic.group == "mean":
        return scale
    width = scale[1] - scale[0]
    return (-width, width) if statistic.group == "mean_error" else (0.0, width)
