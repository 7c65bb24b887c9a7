"""Ratios that rules name: the impact ratio (New York City) and IDEA's risk ratios. Descriptions; they decide nothing.

New York City Local Law 144 of 2021, final rule of the Department of Consumer and Worker Protection: 6 RCNY §5-300
(definitions) and §5-301 (bias audit), adopted 2023-04-06, in force 2023-05-06, enforced from 2023-07-05.
IDEA Part B, significant disproportionality: 34 CFR 300.646 and 300.647 (81 FR 92376, 2016-12-19, in force 2017-01-18).
Neither rule asks for an interval. Ours say what the counts could have been had other, alike people been counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from audit.disparity.readings import Floats, Ints
from audit.disparity.resample import percentile, resample_counts

_LEVEL = 0.95
_FEW = 0.02
"""§5-301(d): a category with less than 2% of the data may be left out by the auditor, who has to say why."""
_LIMITS = ((0.0, 1.0), (1.0, np.inf))
"""Nobody is selected more often than the most selected category, nor left out less often."""
_WIDEST = 700.0
"""As far as the search for a bound goes, in natural logarithms: the largest that a float holds."""


@dataclass(frozen=True)
class Ratio:
    """A ratio of two shares. value: None over zero or nothing. low is 0 or more; high: None for unbounded."""

    value: float | None
    low: float
    high: float | None


@dataclass(frozen=True)
class ImpactRatio:
    """One category's row of §5-301(b) or (c). n: people; rate: selection or scoring rate, None without people.

    ratio: rate over the most selected category's, 1 at most. adverse: the same of those not selected, 1 at least, as
    four fifths can answer differently on each side (29 CFR 1607.4(D)). may_exclude: under 2% of the data (flagged,
    never dropped; such a category can itself be the most selected one).
    """

    n: int
    rate: float | None
    ratio: Ratio
    adverse: Ratio
    most_selected: bool
    may_exclude: bool


@dataclass(frozen=True)
class Children:
    """Children with the outcome and children enrolled, by racial or ethnic group, (G,) integers each.

    Enrolled: all children with respect to identification, children with disabilities with respect to placement and
    discipline (§300.647(a)(4)).
    """

    outcome: Ints
    enrolled: Ints


@dataclass(frozen=True)
class RiskRatio:
    """One group's ratio under §300.647. risk, comparison_risk: shares, None without children.

    kind: `risk_ratio` against the LEA's other children, `alternate_risk_ratio` against the State's, or
    `not_calculated` with the reason; then ratio is None.
    """

    kind: Literal["risk_ratio", "alternate_risk_ratio", "not_calculated"]
    risk: float | None
    comparison_risk: float | None
    ratio: Ratio | None
    reason: str = ""


def ratio_interval(count: int, n: int, other: int, other_n: int, level: float = _LEVEL) -> Ratio:
    """Return (count/n) / (other/other_n) with Koopman's score interval (1984, Biometrics 40:513).

    Over zero, or without people, the value is None and the upper bound open; the lower bound stands. The interval
    inverts the score test with the shares' maximum likelihood under the ratio (Gart & Nam 1988, Biometrics 44:323).
    """
    from scipy import stats

    if n == 0 or other_n == 0:
        return Ratio(None, 0.0, None)
    centre = np.log((count + 0.5) / (n + 0.5)) - np.log((other + 0.5) / (other_n + 0.5))
    estimate = np.log(count / n) - np.log(other / other_n) if count and other else None
    limit = float(stats.chi2.ppf(level, 1))

    def excess(log_ratio: float) -> float:
        return _score(float(np.exp(log_ratio)), count, n, other, other_n) - limit

    middle = float(centre if estimate is None else estimate)
    low = float(np.exp(_root(excess, middle, -1))) if count else 0.0
    high = float(np.exp(_root(excess, middle, 1))) if other else None
    return Ratio(count * other_n / (n * other) if other else None, low, high)


def impact_ratios(
    selected: Ints, total: Ints, draws: int, rng: np.random.Generator, level: float = _LEVEL
) -> tuple[ImpactRatio, ...]:
    """Return each category's rate over that of the most selected category (6 RCNY §5-300, "impact ratio").

    selected, total: (G,) people by category: sex, race/ethnicity, or their intersections (§5-301(b)(3), (c)(4)); a
    of a score, those above everyone's median (shares.py). Intervals: the wider of Koopman's against the most
    selected category and one from resamples, which knows that this category was chosen by the same data (`_resampled`).
    """
    counts = np.stack([total - selected, selected], axis=-1)
    rate = np.divide(selected, total, out=np.full(len(total), np.nan), where=total > 0)
    if not (total > 0).any():
        raise ValueError("no people in any category")
    best = int(np.nanargmax(rate))
    bounds = [_resampled(counts, outcome, draws, rng, level) for outcome in (1, 0)]
    rows = []
    for g in range(len(total)):
        most = bool(rate[g] == rate[best])
        sides = [_against(counts[g, k], counts[best, k], int(total[g]), int(total[best]), level, most=most) for k in (1, 0)]
        ratio, adverse = (
            _widest(side, (low[g], high[g]), limits) for side, (low, high), limits in zip(sides, bounds, _LIMITS, strict=True)
        )
        rows.append(ImpactRatio(
            int(total[g]), float(rate[g]) if total[g] else None, ratio, adverse, most, bool(total[g] < _FEW * total.sum()),
        ))
    return tuple(rows)


def significant_disproportionality(
    lea: Children, state: Children | None, *, cell_size: int, n_size: int, level: float = _LEVEL
) -> tuple[RiskRatio, ...]:
    """Return each group's risk ratio or alternate risk ratio as 34 CFR 300.647 prescribes, without a threshold.

    lea, state: the same groups in the same order; the State's counts include the LEA's. cell_size: the fewest children
    with the outcome, n_size: the fewest enrolled, both set by the State (up to 10 and 30 are presumed reasonable,
    (b)(1)(iv)). A group below either is not calculated ((c)(1)); a comparison group below either in the LEA calls
    for the alternate ratio ((b)(5)); one that is below in the State too, for none ((c)(2)).
    """
    return tuple(_risk_ratio(g, lea, state, cell_size, n_size, level) for g in range(len(lea.outcome)))


def _risk_ratio(g: int, lea: Children, state: Children | None, cell_size: int, n_size: int, level: float) -> RiskRatio:
    count, n = int(lea.outcome[g]), int(lea.enrolled[g])
    risk = count / n if n else None
    if count < cell_size or n < n_size:
        return RiskRatio("not_calculated", risk, None, None, "the group is below the minimum cell size or n-size")
    other, other_n = _others(lea, g)
    if other >= cell_size and other_n >= n_size:
        return RiskRatio("risk_ratio", risk, _share(other, other_n), ratio_interval(count, n, other, other_n, level))
    if state is None:
        reason = "the LEA's comparison group is below a minimum, and the State's counts are not given"
        return RiskRatio("not_calculated", risk, None, None, reason)
    other, other_n = _others(state, g)
    if other < cell_size or other_n < n_size:
        reason = "the comparison group is below a minimum in the LEA and in the State"
        return RiskRatio("not_calculated", risk, None, None, reason)
    return RiskRatio("alternate_risk_ratio", risk, _share(other, other_n), ratio_interval(count, n, other, other_n, level))


def _others(children: Children, g: int) -> tuple[int, int]:
    """Return the children of all other groups with the outcome, and enrolled: §300.647(a)(2)."""
    return int(children.outcome.sum() - children.outcome[g]), int(children.enrolled.sum() - children.enrolled[g])


def _share(count: int, n: int) -> float | None:
    return count / n if n else None


def _against(count: int, best: int, n: int, best_n: int, level: float, *, most: bool) -> Ratio:
    """Return Koopman's ratio to the most selected category; 1 by definition for that category itself."""
    if not most:
        return ratio_interval(int(count), n, int(best), best_n, level)
    return Ratio(1.0, 1.0, 1.0) if count else Ratio(None, 0.0, None)


def _widest(ratio: Ratio, other: tuple[float, float], limits: tuple[float, float]) -> Ratio:
    """Return the ratio with the wider of two intervals, within what such a ratio can be."""
    low = max(min(ratio.low, other[0]), limits[0])
    high = None if ratio.high is None else min(max(ratio.high, other[1]), limits[1])
    return Ratio(ratio.value, float(low), None if high is None or np.isinf(high) else float(high))


def _resampled(counts: Ints, outcome: int, draws: int, rng: np.random.Generator, level: float) -> tuple[Floats, Floats]:
    """Return (G,) bounds of each category's ratio to the most selected one, from resamples of the counts (G, 2).

    The largest of several noisy rates is too large, in the sample and again in its resamples: hence the basic interval,
    which takes that off, on the log (Davison & Hinkley 1997, 5.2), with half a person on each side. The reference
    comes from another resample than the category, so that a category is compared with no certainty even with itself.
    """
    share = (counts[:, outcome] + 0.5) / (counts.sum(axis=1) + 1)
    drawn = resample_counts(counts, draws, rng)
    size = drawn.sum(axis=-1)
    rates = np.where(size > 0, (drawn[..., outcome] + 0.5) / (size + 1), np.nan)
    extreme = np.fmax if outcome else np.fmin  # the most selected are the least often not selected
    seen = np.where(counts.sum(axis=1) > 0, share, np.nan)
    estimate = np.log(share) - np.log(extreme.reduce(seen))
    logs = np.log(rates) - np.log(np.roll(extreme.reduce(rates, axis=1), 1))[:, None]
    low, high = percentile(logs, level, (-np.inf, np.inf))
    return np.exp(2 * estimate - high), np.exp(2 * estimate - low)


def _score(ratio: float, count: int, n: int, other: int, other_n: int) -> float:
    """Return the score statistic of a ratio (Koopman 1984), with both shares at their maximum likelihood under it."""
    a, b, c = ratio * (n + other_n), ratio * (n + other) + count + other_n, count + other
    lower = min(2 * c / (b + max(b * b - 4 * a * c, 0.0) ** 0.5), 1.0)
    upper = min(ratio * lower, 1.0)
    variance = upper * (1 - upper) / n + ratio**2 * lower * (1 - lower) / other_n
    gap = (count / n - ratio * other / other_n) ** 2
    if variance <= 0:
        return 0.0 if gap == 0 else np.inf
    return float(gap / variance)


def _root(excess: Callable[[float], float], start: float, direction: int) -> float:
    """Return where the statistic reaches its limit on one side of its minimum."""
    from scipy import optimize

    step = 0.5
    while excess(start + direction * step) < 0 and step < _WIDEST:
        step *= 2
    near, far = sorted((start, start + direction * step))
    return float(optimize.brentq(excess, near, far, xtol=1e-13, rtol=1e-13))
