"""How far a tool's scores agree with a person's: RSMTool's quantities, each with its rows' influence.

Everywhere: human, system, weight: (n,), complete rows, in score points; an error is system minus human. Two people
are compared by the same functions, the first in the place of the human and the second in that of the system, on
the rows that both scored (RSMTool's rule). Loukina, Madnani & Zechner 2019, *Proc. 14th BEA Workshop* (ACL), 1-10.
"""

import numpy as np

from audit.disparity.estimates import Estimated, combine, mean, minus, over, standard_deviation, undefined, varies
from audit.disparity.readings import Flags, Floats

_ROUNDING = 1e-9
"""Scores this close are the same: 8.3 − 7.3 is 1.0000000000000009 in binary."""


def qwk(human: Floats, system: Floats, weight: Floats) -> Estimated:
    """Return quadratic weighted kappa, −1 to 1: 2·Cov(h, s) / (Var(h) + Var(s) + (mean s − mean h)²).

    Moments over N, not N − 1: so for whole scores it is Cohen's kappa with quadratic weights (Cohen 1968), and for
    continuous ones RSMTool 12's `wtkappa` (Haberman 2019, *ETS Research Report Series*, ERIC EJ1238497). Undefined where either score does not vary:
    it would be 0 whatever the agreement, and sure of it.
    """
    if not (varies(human, weight) and varies(system, weight)):
        return undefined(len(human))
    h, s = human - mean(human, weight).value, system - mean(system, weight).value
    covariance, spread = mean(h * s, weight), mean(h * h + s * s, weight)
    error = mean_error(human, system, weight)
    whole = spread.value + error.value**2
    kappa = 2 * covariance.value / whole
    return combine(kappa, (2 / whole, covariance), (-kappa / whole, spread), (-2 * kappa * error.value / whole, error))


def pearson(human: Floats, system: Floats, weight: Floats) -> Estimated:
    """Return the product-moment correlation, −1 to 1 (RSMTool's `corr`).

    Influence: (z_h·z_s − r·(z_h² + z_s²)/2)/N (Devlin, Gnanadesikan & Kettenring 1975). Undefined where either score
    does not vary.
    """
    if not (varies(human, weight) and varies(system, weight)):
        return undefined(len(human))
    h, s = human - mean(human, weight).value, system - mean(system, weight).value
    h, s = h / np.sqrt(mean(h * h, weight).value), s / np.sqrt(mean(s * s, weight).value)
    product, squares = mean(h * s, weight), mean(h * h + s * s, weight)
    r = float(np.clip(product.value, -1.0, 1.0))
    return combine(r, (1.0, product), (-r / 2, squares))


def mean_error(human: Floats, system: Floats, weight: Floats) -> Estimated:
    """Return the mean of system minus human, in points; undefined without a row."""
    return mean(system - human, weight)


def mean_absolute_error(human: Floats, system: Floats, weight: Floats) -> Estimated:
    """Return the mean of |system − human|, in points, 0 or more; undefined without a row."""
    return mean(np.abs(system - human), weight)


def root_mean_squared_error(human: Floats, system: Floats, weight: Floats) -> Estimated:
    """Return √mean((system − human)²), in points, 0 or more (RSMTool's `RMSE`); undefined without a row.

    With no error at all the slope is infinite: the value is 0 and the influence zero.
    """
    squares = mean((system - human) ** 2, weight)
    root = float(np.sqrt(squares.value))
    return combine(root, (1 / (2 * root) if root > 0 else 0.0, squares))


def exact_agreement(human: Floats, system: Floats, weight: Floats) -> Estimated:
    """Return the share, 0 to 1, of responses scored the same; undefined without a row.

    For scores in whole points: round the system's first (RSMTool's `exact_agr` is this on rounded scores, times 100).
    """
    return mean((np.abs(system - human) <= _ROUNDING).astype(float), weight)


def adjacent_agreement(human: Floats, system: Floats, weight: Floats) -> Estimated:
    """Return the share, 0 to 1, of responses scored within one point (RSMTool's `adj_agr`, over 100)."""
    return mean((np.abs(system - human) <= 1 + _ROUNDING).astype(float), weight)


def smd(human: Floats, system: Floats, weight: Floats, group: Flags | None = None) -> Estimated:
    """Return the group's mean error over the human SD of all rows, in SD: (mean s − mean h)/SD(h).

    group: (n,) whose error; all rows without it, and then it is RSMTool 12's `SMD` ("unpooled": the human SD, over
    N − 1). With a group it is RSMTool's method "johnson". Williamson, Xi & Breyer 2012, *Educ. Meas.* 31:2, flag
    0.10 for groups. The influence holds the SD's own uncertainty. Undefined where the human scores do not vary.
    """
    return over(mean(system - human, weight, group), standard_deviation(human, weight))


def dsm(human: Floats, system: Floats, weight: Floats, group: Flags) -> Estimated:
    """Return the group's difference of standardized means, in SD (RSMTool's `DSM`): mean of z_s − z_h in the group.

    group: (n,). z: a score standardized by the mean and SD (over N − 1) of all rows, so that over all of them DSM is
    0: it says how the group's place moves, not whether the tool is harsh on everyone. The influence holds the
    uncertainty of all four moments. Undefined where either score does not vary, or nobody is in the group.
    """
    return minus(_standing(system, weight, group), _standing(human, weight, group))


def _standing(score: Floats, weight: Floats, group: Flags) -> Estimated:
    """Return how far the group's mean lies from everyone's, in SD of everyone's scores."""
    return over(minus(mean(score, weight, group), mean(score, weight)), standard_deviation(score, weight))


def standardized_mean_difference(score: Floats, weight: Floats, group: Flags, reference: Flags, sd: Estimated) -> Estimated:
    """Return (mean of the group − mean of the reference)/SD, in SD; undefined without either, or without an SD.

    group, reference: (n,). sd: of the same n rows, `standard_deviation` of the human scores or of the reference's
    (Glass's Δ), say; its influence enters the result's, which a known SD would not need (Hedges 1981, *J. Educ.
    Stat.* 6:107).
    """
    return over(minus(mean(score, weight, group), mean(score, weight, reference)), sd)
