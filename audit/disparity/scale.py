"""The SD that a margin in SD rests on, with its own error: it is estimated from the same replies."""

from dataclasses import dataclass, field

import numpy as np

from audit.disparity.cells import increasing, quantile
from audit.disparity.estimates import Estimated
from audit.disparity.readings import Floats, Ints, Readings
from audit.disparity.statistics import Statistic
from audit.records import FixtureSet

_ROUNDING = 1e-12
_TAIL = 0.005
_GROSS = 3.0
_MOST_SPREAD = 2.0


@dataclass(frozen=True)
class Distance:
    """A typical distance in a statistic's own unit, and how well it is known.

    standard_error: by clusters; 0 where the distance is given and no estimate. influence, weight: (S,) of the clusters that
    are kept: what each adds to the distance's error, and how many alike ones it stands for.
    """

    value: float
    standard_error: float = 0.0
    influence: Floats = field(default_factory=lambda: np.empty(0))
    weight: Floats = field(default_factory=lambda: np.empty(0))

    def correlation(self, influence: Floats) -> float:
        """Return the correlation of the distance's error with that of an estimate, from the latter's influences (S,); 0 where either is certain."""
        if len(self.influence) != len(influence):
            return 0.0
        own, other = (float(self.weight @ x**2) for x in (self.influence, influence))
        if min(own, other) <= 0:
            return 0.0
        return float(self.weight @ (self.influence / own**0.5 * (influence / other**0.5)))


def typical_distance(fixture_set: FixtureSet, statistic: Statistic, readings: Readings, sample: Ints) -> Distance:
    """The SD of human scores where there are any, else of single replies within their groups; 1 for shares.

    It standardizes a mean difference. Of single replies, so that repeats and guises do not change it; within
    groups, so that a gap does not. A few gross errors (a score of 9999), or a truth that is on another scale, must not
    buy a margin: see `_sd`; and a truth counts for no more than twice the SD of the scores. The scale's width (or 1) stands in where nothing varies.
    """
    if statistic.kind == "share":
        return Distance(1.0)
    judged, scored = _of_truths(readings), _within_groups(readings)
    if min(judged.value, scored.value) > _ROUNDING:
        chosen = min(judged, Estimated(_MOST_SPREAD * scored.value, _MOST_SPREAD * scored.influence), key=lambda sd: sd.value)
    else:
        chosen = max(judged, scored, key=lambda sd: sd.value)
    if chosen.value > _ROUNDING:
        return _known(chosen, readings.weight, sample)
    return Distance(fixture_set.scale[1] - fixture_set.scale[0] if fixture_set.scale else 1.0)


def _known(sd: Estimated, weight: Floats, sample: Ints) -> Distance:
    """Return an SD with its cluster-robust standard error, C/(C−1)·Σ influence². influence: (C,)."""
    clusters = float(weight[sd.influence != 0].sum())
    variance = float(weight @ sd.influence**2) * clusters / max(clusters - 1, 1)
    return Distance(sd.value, variance**0.5, sd.influence[sample], weight[sample])


def _of_truths(readings: Readings) -> Estimated:
    """Return the SD of the items' human scores, each different one of an item once; 0 where there are none."""
    judged = np.flatnonzero(~np.isnan(readings.truth))
    item = readings.item[judged]
    if not increasing(item):
        _, first = np.unique(item + 1j * readings.truth[judged], return_index=True)
        judged = judged[first]
    return _sd(readings, judged, readings.truth, np.ones(len(judged)), np.zeros(len(judged), dtype=np.int64))


def _within_groups(readings: Readings) -> Estimated:
    """Return the SD of single replies within the groups that they belong to; 0 where there are none."""
    there = np.flatnonzero(~np.isnan(readings.value))
    group = np.zeros(len(there), dtype=np.int64)
    for codes in readings.groups.values():
        group = group * (int(codes.max(initial=-1)) + 2) + codes[there] + 1
    return _sd(readings, there, readings.value, readings.times[there], np.unique(group, return_inverse=True)[1])


def _sd(readings: Readings, rows: Ints, column: Floats, each: Floats, group: Ints) -> Estimated:
    """Return the pooled SD within groups and its influence by cluster, (C,); 0 without a degree of freedom.

    rows: (n,) of `column` (N,); each: (n,) how often a row counts within its cluster. Where the SD is more than three times that
    of residuals from the medians whose outermost half percent on each side (one value at least) is drawn in to the next
    (Winsor's), a few values make it, and that one is returned. Influence: that of the variance over 2·SD.
    """
    cluster, values = readings.cluster[rows], column[rows]
    times = each * readings.weight[cluster]
    n = np.bincount(group, weights=times).astype(float)
    free = float(n.sum()) - len(n)
    if free <= 0:
        return Estimated(0.0, np.zeros(len(readings.weight)))
    off = values - (np.bincount(group, weights=times * values) / n)[group]
    sd = float((times @ off**2 / free) ** 0.5)
    drawn = _drawn_in(values, times, group, n)
    inner = float((times @ drawn**2 / free) ** 0.5)
    if _ROUNDING < inner < sd / _GROSS:
        sd, off = inner, drawn
    if sd <= _ROUNDING:
        return Estimated(sd, np.zeros(len(readings.weight)))
    beyond = each * (off**2 - sd**2 * free / float(n.sum())) / (2 * sd * free)
    return Estimated(sd, np.bincount(cluster, weights=beyond, minlength=len(readings.weight)).astype(float))


def _drawn_in(values: Floats, times: Floats, group: Ints, n: Floats) -> Floats:
    """(n,): residuals from the groups' medians, the outermost of all drawn in to the next, less their mean."""
    middle = np.array([quantile(values[group == g], times[group == g], 0.5) for g in range(len(n))])
    off, total = values - middle[group], float(n.sum())
    tail = max(_TAIL, 1.5 / total)
    drawn = np.clip(off, quantile(off, times, tail), quantile(off, times, 1 - tail))
    return np.asarray(drawn - times @ drawn / total, dtype=np.float64)
