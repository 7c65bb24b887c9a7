"""Estimates that carry each row's influence, and the delta method that makes new ones of them.

An estimate of means, SDs and shares moves, to first order, by the sum of what its rows contribute. Keeping these
contributions (Hampel 1974, *JASA* 69:383) gives the variance under any design from one array: sum them within what
is independent, then square. Rows are complete: who calls leaves out those without a score. `weight` counts alike
rows, so that a weight of 3 gives the same as three copies, and a weight of 0 the same as none.
"""

from dataclasses import dataclass

import numpy as np

from audit.disparity.readings import Flags, Floats

_SMALLEST = 1e-140
"""A deviation whose square is no longer a number that can be divided by."""
_ROUNDING = 1e-12
"""A deviation of this share of the largest value is taken to be the arithmetic's, not the data's."""


@dataclass(frozen=True)
class Estimated:
    """An estimate and what each row contributes to its error.

    value: in the statistic's own unit; NaN where undefined. influence: (n,), such that estimate minus truth is about
    Σ weight·influence, hence already divided by N; Σ weight·influence = 0; zeros where undefined. At the end of a
    range (a share of 0 or 1, a kappa of 1) every influence is zero although nothing is certain: an interval there
    needs another method.
    """

    value: float
    influence: Floats

    @property
    def defined(self) -> bool:
        """Return whether there is a value."""
        return bool(np.isfinite(self.value))


def undefined(n: int) -> Estimated:
    """Return the estimate that says nothing, for n rows."""
    return Estimated(float("nan"), np.zeros(n))


def among(rows: Flags, part: Estimated) -> Estimated:
    """Return an estimate made of some of n rows as one of all n: the other rows' influence is zero. rows: (n,)."""
    influence = np.zeros(len(rows))
    influence[rows] = part.influence
    return Estimated(part.value, influence)


def count(weight: Floats, rows: Flags | None = None) -> float:
    """Return N: how many responses the rows stand for."""
    return float(weight.sum() if rows is None else weight[rows].sum())


def varies(values: Floats, weight: Floats, rows: Flags | None = None) -> bool:
    """Return whether the values of the rows that count differ by more than rounding."""
    kept = values[weight > 0 if rows is None else (weight > 0) & rows]
    if len(kept) == 0:
        return False
    return bool(np.ptp(kept) > max(_ROUNDING * np.abs(kept).max(), _SMALLEST))


def mean(values: Floats, weight: Floats, rows: Flags | None = None) -> Estimated:
    """Return the mean of the rows: Σwx/Σw, influence (x − mean)/N; undefined without a row.

    values, weight: (n,). rows: (n,) which of them, all without it; the others have an influence of zero.
    """
    inside = np.ones(len(values)) if rows is None else rows.astype(float)
    total = float(weight @ inside)
    if total <= 0:
        return undefined(len(values))
    average = float((weight * inside) @ values) / total
    return Estimated(average, inside * (values - average) / total)


def standard_deviation(values: Floats, weight: Floats, rows: Flags | None = None) -> Estimated:
    """Return the sample SD of the rows, √(Σw(x − mean)²/(N − 1)), as RSMTool and pandas take it.

    Influence: that of the variance over 2·SD. Undefined where the values do not vary (one row, or all alike).
    """
    if not varies(values, weight, rows):
        return undefined(len(values))
    centre = mean(values, weight, rows)
    n = count(weight, rows)
    if n <= 1:
        return undefined(len(values))
    squares = mean((values - centre.value) ** 2, weight, rows)
    bessel = n / (n - 1)
    sd = float(np.sqrt(bessel * squares.value))
    return Estimated(sd, bessel * squares.influence / (2 * sd))


def combine(value: float, *parts: tuple[float, Estimated]) -> Estimated:
    """Return a smooth function of estimates by the delta method: influence Σ ∂f/∂θ·influence(θ).

    value: f at the estimates. parts: for each estimate ∂f/∂θ there, and the estimate. At least one part; undefined
    where the value or a part is. Source: van der Vaart 1998, *Asymptotic Statistics*, ch. 3 and 20.
    """
    if not (np.isfinite(value) and all(part.defined for _, part in parts)):
        return undefined(len(parts[0][1].influence))
    return Estimated(float(value), np.sum([slope * part.influence for slope, part in parts], axis=0))


def minus(a: Estimated, b: Estimated) -> Estimated:
    """Return a − b of the same rows."""
    return combine(a.value - b.value, (1.0, a), (-1.0, b))


def over(a: Estimated, b: Estimated) -> Estimated:
    """Return a / b of the same rows; undefined over zero."""
    if not b.defined or b.value == 0:
        return undefined(len(a.influence))
    ratio = a.value / b.value
    return combine(ratio, (1 / b.value, a), (-ratio / b.value, b))
