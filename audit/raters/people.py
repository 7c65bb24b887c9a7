"""One rater beside the others: severity, drift from the first work to the last, and agreement with oneself."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from audit.disparity.cells import Clusters, by_cluster
from audit.disparity.intervals import FEWEST_CHANGED, one_mean, wilson
from audit.disparity.readings import Floats, Ints

_ROUNDING = 1e-9
_LEVEL = 0.95
_FEWEST = 4
"""With fewer works than this, nothing is said of a mean or a slope."""


class Estimate(Struct, frozen=True):
    """A difference in points (decisions: of shares of yes) with its 95% interval; None where too little was scored."""

    value: float | None
    low: float | None
    high: float | None
    works: int


class Again(Struct, frozen=True):
    """What a rater gave to the same work the second time. same: share, 0 to 1; shift: the second minus the first."""

    works: int
    same: float | None
    low: float | None
    high: float | None
    shift: Estimate


def from_others(scores: Floats, rater: int) -> Floats:
    """Return (works,) a rater's score minus the mean of the others', NaN where either is missing. scores: (works, raters)."""
    others = np.delete(scores, rater, axis=1)
    count = (~np.isnan(others)).sum(axis=1)
    mean = np.where(count > 0, np.nansum(others, axis=1) / np.maximum(count, 1), np.nan)
    difference: Floats = scores[:, rater] - mean
    return difference


def severity(difference: Floats, cluster: Ints, unit: float) -> Estimate:
    """Return the mean difference from the others on the same work; below 0 is more severe. Student's t on base items."""
    there = ~np.isnan(difference)
    works = int(there.sum())
    if works < _FEWEST:
        return Estimate(None, None, None, works)
    spread = one_mean(_clusters(difference[there], cluster[there]), unit)
    return Estimate(spread.estimate, *spread.interval(_LEVEL), works)


def drift(difference: Floats, place: Floats, unit: float) -> Estimate:
    """Return how far a rater moves against the others from the first line to the last, in points.

    difference, place: (works,), place from 0 to 1. The slope of least squares with its t interval. The others read
    in orders of their own, so that their drift does not enter. Where hardly any difference varies, two unseen ones of
    a `unit` are added to the residuals.
    """
    from scipy import stats

    there = ~np.isnan(difference)
    y, x = difference[there], place[there]
    n = len(y)
    if n < _FEWEST or np.ptp(x) <= 0:
        return Estimate(None, None, None, n)
    across = float(((x - x.mean()) ** 2).sum())
    slope = float((x - x.mean()) @ y) / across
    rest = y - y.mean() - slope * (x - x.mean())
    few = int((np.abs(y - np.median(y)) > _ROUNDING).sum()) < FEWEST_CHANGED
    variance = max(float(rest @ rest) / (n - 2), (2 if few else 1 / 12) * unit**2 / n)
    reach = float(stats.t.ppf((1 + _LEVEL) / 2, n - 2)) * (variance / across) ** 0.5
    return Estimate(slope, slope - reach, slope + reach, n)


def again(first: Sequence[float], second: Sequence[float], cluster: Sequence[int], unit: float) -> Again:
    """Return how a rater's second look agrees with the first, work by work; the interval of the share is Wilson's (1927)."""
    change, items = np.array(second, dtype=float) - np.array(first, dtype=float), np.array(cluster, dtype=np.int64)
    shift = severity(change, items, unit)
    if not len(change):
        return Again(0, None, None, None, shift)
    same = _clusters((np.abs(change) <= _ROUNDING).astype(float), items)
    return Again(len(change), same.mean, *wilson(same), shift)


def _clusters(values: Floats, cluster: Ints) -> Clusters:
    return by_cluster(values, cluster, np.ones(int(cluster.max()) + 1))
