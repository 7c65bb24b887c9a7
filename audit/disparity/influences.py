"""From the influences of clusters on an estimate to its interval: for every quantity that is no plain mean or share."""

from collections.abc import Callable

import numpy as np
from scipy import special

from audit.disparity.estimates import Estimated
from audit.disparity.estimation import LEVEL
from audit.disparity.exact import Counts
from audit.disparity.intervals import FEWEST_CHANGED, Spread
from audit.disparity.readings import Flags, Floats

ROUNDING = 1e-9
"""A cluster whose influence is this share of a step, or less, does not move an estimate."""
_WIDEST = 500.0
"""As a logarithm, as wide as an interval gets."""
Limits = tuple[float, float]


def spread_of(whole: Estimated, alike: Floats, strata: list[Flags], step: float) -> Spread:
    """Return an estimate's uncertainty from its clusters' influences (C,).

    strata: (C,) each, disjoint: the clusters of each side, or all of both sides where some lie in both. Each has its variance,
    C/(C−1)·Σ influence², and the degrees of freedom are Welch's; clusters in none (they only make a common SD) are one
    more. Where fewer than 5 clusters of a stratum move the estimate at all, as at the end of a range, it is widened as
    a mean's: two pseudo-clusters that move it by `step` (of everything), and the exact bound of Clopper & Pearson on
    how many could (for none: the rule of three, Hanley & Lippman-Hand 1983, JAMA 249:1743).
    """
    terms = []
    fewest = Counts(FEWEST_CHANGED, 0.0, 1.0, 0.0, 1.0, step, whole.value)
    for k, stratum in enumerate([*strata, ~np.logical_or.reduce(strata)]):
        x, w = whole.influence[stratum], alike[stratum]
        size = float(w.sum())
        changed = float(w[np.abs(x) * size > ROUNDING * step].sum())
        squares = float(w @ x**2)
        if size == 0 or (k == len(strata) and squares == 0):
            continue
        if changed >= FEWEST_CHANGED or k == len(strata):
            terms.append((squares * size / max(size - 1, 1), size))
            continue
        move = max(step / size, float(np.abs(x).max(initial=0.0)))
        terms.append(((squares + 2 * move**2) * (size / (size + 2)) ** 2, size))
        if changed < fewest.changed or (changed == fewest.changed < FEWEST_CHANGED and size < fewest.up_clusters):
            fewest = Counts(int(changed), 0.0, size, 0.0, size, step, whole.value)
    total = sum(v for v, _ in terms)
    df = 1 / sum((v / total) ** 2 / max(n - 1, 1) for v, n in terms)
    return Spread(whole.value, whole.value, total**0.5, max(1.0, df), fewest)


def within_limits(spread: Spread, limits: Limits) -> tuple[float, float]:
    """Return the 95% interval of one group's quantity, by the delta method on a scale without limits.

    That scale is the logit of its place between two limits (of −1 and 1: Fisher's z), the logarithm above one. Where few
    clusters move the quantity, or it is at a limit, its widened interval is clipped.
    """
    (least, most), v = limits, spread.estimate
    if spread.counts.changed < FEWEST_CHANGED or not least < v < most or np.isinf(least):
        return clipped(spread.interval(LEVEL), limits)
    reach = float(special.stdtrit(spread.df, (1 + LEVEL) / 2)) * spread.standard_error
    if np.isinf(most):
        factor = float(np.exp(min(reach / (v - least), _WIDEST)))
        return least + (v - least) / factor, least + (v - least) * factor
    place = (v - least) / (most - least)
    half = reach / ((most - least) * place * (1 - place))
    low, high = special.expit(special.logit(place) + np.array([-half, half]))
    return least + (most - least) * float(low), least + (most - least) * float(high)


def clipped(ends: tuple[float, float], limits: Limits) -> tuple[float, float]:
    """Return an interval cut off at what its quantity can be."""
    return max(ends[0], limits[0]), min(ends[1], limits[1])


def at_level(estimate: float, standard_error: float, df: float) -> Callable[[float], tuple[float, float]]:
    """Return Student's interval at any level."""
    def interval(level: float) -> tuple[float, float]:
        reach = float(special.stdtrit(df, (1 + level) / 2)) * standard_error
        return estimate - reach, estimate + reach

    return interval
