"""Intervals within the limits of a quantity that is no plain mean or share."""

from collections.abc import Callable

import numpy as np
from scipy import special

from audit.disparity.estimation import LEVEL
from audit.disparity.intervals import FEWEST_CHANGED, Spread

ROUNDING = 1e-9
"""A cluster whose influence is this share of a step, or less, does not move an estimate."""
_WIDEST = 500.0
"""As a logarithm, as wide as an interval gets."""
Limits = tuple[float, float]


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
