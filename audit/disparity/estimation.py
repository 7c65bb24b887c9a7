"""A contrast → its estimate and uncertainty, light enough to keep; and, once the family is known, a Comparison."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from audit.disparity.contrasts import Contrast
from audit.disparity.frames import Head, Interim
from audit.disparity.intervals import (
    EQUIVALENCE_LEVEL,
    Spread,
    independent_means,
    independent_shares,
    log_ratio,
    paired_means,
    paired_shares,
)
from audit.disparity.power import detectable
from audit.disparity.ratios import log_ratio_interval
from audit.disparity.readings import Floats
from audit.disparity.statistics import MISSING
from audit.records import Comparison

LEVEL = 0.95
Interval = Callable[[float], tuple[float | None, float | None]]


@dataclass(frozen=True)
class Estimate:
    """What is known of one contrast: `common` is the comparison without its interval and its adjusted p-value.

    interval: level → (low, high), None for an end that is open. p_value: None where nothing can be tested.
    influence: (S,) of the block's clusters on the estimate.
    """

    head: Head
    common: Comparison
    interval: Interval | None
    influence: Floats
    p_value: float | None
    df: float = 1.0

    @property
    def interim(self) -> Interim | None:
        """The look that a deciding comparison is made at; None where there is one only, and for what describes."""
        return self.head.audited.interim if self.head.statistic.confirmatory else None

    @property
    def overall(self) -> float | None:
        """The p-value over all looks (the repeated p-value of the look); the p-value itself where there is one only."""
        if self.p_value is None or self.interim is None:
            return self.p_value
        return self.interim.over_looks(self.p_value, min(self.common.items, self.common.clusters))


def spread_of(c: Contrast) -> Spread:
    """Return the estimate of a difference and its uncertainty."""
    share = c.head.statistic.kind == "share"
    if c.paired is not None:
        return paired_shares(c.paired, c.step, c.rare) if share else paired_means(c.paired, c.head.unit)
    return independent_shares(*c.sides, c.covariance) if share else independent_means(*c.sides, c.head.unit, c.covariance)


def estimate(c: Contrast, p_value: float | None, spread: Spread | None) -> Estimate:
    """Return what is known of a contrast before its family is; `spread` None where nothing can be estimated."""
    h = c.head
    common = Comparison(
        set=h.set.id, by=h.by, measure=h.audited.measure, statistic=h.statistic.name, unit=h.statistic.unit, attribute=h.attribute,
        group=c.group, reference=c.reference, design=c.design, estimate=None, low=None, high=None, low90=None, high90=None,
        standard_error=None, p_value=p_value, p_adjusted=None, items=c.items, clusters=c.clusters, responses=c.obtained,
        missing=c.missing, negative_control=c.group in h.about.negative_controls, unchanged=c.unchanged,
    )
    if spread is None:
        return Estimate(h, common, None, c.influence, p_value)
    return _ratio(c, common, spread) if h.statistic.ratio else _difference(c, common, spread)


def _difference(c: Contrast, common: Comparison, spread: Spread) -> Estimate:
    level = _equivalence(c.head)
    low90, high90 = _possible(c.head, *spread.equivalence_interval(level))
    worst = c.worst if c.head.statistic is not MISSING and common.missing else None
    unit, mean = c.head.distance, c.head.statistic.kind == "mean"
    common = msgspec.structs.replace(
        common, estimate=spread.estimate, low90=low90, high90=high90, level90=level, standard_error=spread.standard_error,
        scale_sd=unit.value if mean else None, scale_sd_error=unit.standard_error if mean else 0.0,
        scale_sd_correlation=unit.correlation(c.influence) if mean else 0.0,
        worst_low=worst[0] if worst else None, worst_high=worst[1] if worst else None,
    )
    return Estimate(c.head, common, spread.interval, c.influence, common.p_value, spread.df)


def _equivalence(head: Head) -> float:
    """Return the level of the interval of the two one-sided tests."""
    return head.audited.interim.equivalence if head.audited.interim else EQUIVALENCE_LEVEL


def _possible(head: Head, low: float | None, high: float | None) -> tuple[float | None, float | None]:
    """Return an interval of a measure with a range, cut at what a difference of two means can be."""
    bounds = head.audited.text_range
    if bounds is None or low is None or high is None or head.statistic.kind != "mean":
        return low, high
    width = bounds[1] - bounds[0]
    return max(low, -width), min(high, width)


def _ratio(c: Contrast, common: Comparison, spread: Spread) -> Estimate:
    """A ratio over zero is undefined: no estimate, and only the bound that the data give."""
    below = c.sides[1].mean
    point = c.sides[0].mean / below if below > 0 else None

    def interval(level: float, *, equivalence: bool = False) -> tuple[float | None, float | None]:
        return log_ratio_interval(*c.sides, c.covariance, spread.counts, level, equivalence=equivalence)

    at = _equivalence(c.head)
    low90, high90 = interval(at, equivalence=True)
    error = log_ratio(*c.sides, c.covariance)[1]
    common = msgspec.structs.replace(common, estimate=point, low90=low90, high90=high90, level90=at, standard_error=error)
    return Estimate(c.head, common, interval, c.influence, common.p_value)


def settled(e: Estimate, p_adjusted: float | None, level: float, size: int) -> Comparison:
    """Return the comparison with its interval at the level that holds with the rest of its family, and over all looks where there are several."""
    common = msgspec.structs.replace(
        e.common, p_value=e.overall, p_adjusted=p_adjusted, family_size=size, level=LEVEL, simultaneous=e.head.statistic.confirmatory,
        family="confirmatory" if e.head.statistic.confirmatory else "exploratory", alpha=1 - level,
    )
    if e.interval is None:
        return common
    alpha = e.interim.nominal(common.alpha) if e.interim else common.alpha
    low, high = _possible(e.head, *e.interval(1 - alpha if e.interim else level))
    found = common.standard_error is not None and not e.head.statistic.ratio and _can_reject(common, alpha)
    return msgspec.structs.replace(
        common, low=low, high=high, detectable=detectable(common.standard_error or 0.0, alpha, e.df) if found else None,
    )


def _can_reject(common: Comparison, alpha: float) -> bool:
    """Whether so few clusters have a permutation p-value that counts in the family at all."""
    return common.design == "sampled" or 2.0 ** (1 - common.clusters) <= alpha
