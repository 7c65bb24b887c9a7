"""Two tools' gaps on different random draws of one set's items: two independent estimates, each with its own standard error.

Items are not paired, so the variances add (Welch 1947, Biometrika 34:28; degrees of freedom: Satterthwaite 1946, Biometrics Bull. 2:110).
Draws of the same templates share what these do to a gap; that makes the estimates go together, and the sum of their variances too large for
their difference, never too small, as long as nothing has changed.
"""

from dataclasses import dataclass
from functools import cached_property

from scipy import special

from audit.between.contrasts import OneGap, joint_worst
from audit.between.flips import LEVEL, Spread

_USUAL = -float(special.ndtri((1 - LEVEL) / 2))
_SMALLEST_P = 1e-300


@dataclass(frozen=True)
class Apart:
    """A's gap plus `sign` times B's: what it comes to, how far it may be off, and how far it lies from zero."""

    a: Spread
    b: Spread
    sign: float

    @cached_property
    def estimate(self) -> float:
        """The quantity itself."""
        return self.a.quantity.estimate + self.sign * self.b.quantity.estimate

    @cached_property
    def worst(self) -> tuple[float, float] | None:
        """Bounds over all that the missing replies could have been; None where there are none."""
        return joint_worst([self.a.quantity.worst, self.b.quantity.worst], self.sign)

    @cached_property
    def freedom(self) -> float:
        """Welch's degrees of freedom, from the variances of clusters."""
        squares = [(s.squared_error(_USUAL), max(s.clusters - 1, 1)) for s in (self.a, self.b)]
        below = sum(v**2 / df for v, df in squares)
        return sum(v for v, _ in squares) ** 2 / below if below else 1.0

    @cached_property
    def statistic(self) -> float:
        """How far the quantity lies from zero, as the size of a standard normal value with the p-value of Welch's test."""
        t = abs(self.estimate) / max(self._error(_USUAL), _SMALLEST_P)
        return max(0.0, -float(special.ndtri(max(float(special.stdtr(self.freedom, -t)), _SMALLEST_P))))

    def interval(self, critical: float, comparisons: int) -> tuple[float, float]:
        """Return the interval that holds with all others. critical: of the largest statistic; comparisons: how many there are.

        Where few clusters show anything, Bonferroni's level stands in, as in `Spread.interval`.
        """
        level = (1 - LEVEL) / 2 / (comparisons if self.a.few or self.b.few else 1)
        tail = min(level, float(special.ndtr(-critical)))
        reach = -float(special.stdtrit(self.freedom, max(tail, _SMALLEST_P)))
        wide = reach * self._error(max(critical, _USUAL))
        return self.estimate - wide, self.estimate + wide

    def _error(self, reach: float) -> float:
        return float((self.a.squared_error(reach) + self.b.squared_error(reach)) ** 0.5)


@dataclass(frozen=True)
class ApartGaps:
    """The gaps of two tools on different items; items, clusters: of the smaller one."""

    gap_a: float
    gap_b: float
    difference: Apart
    sum: Apart
    items: int
    clusters: int
    missing: int


def apart(a: OneGap | None, b: OneGap | None, *, share: bool) -> ApartGaps | None:
    """Return two gaps that were measured on different items; None where one was not measured."""
    if a is None or b is None:
        return None
    one, other = (Spread(g.quantity, share, g.step) for g in (a, b))
    return ApartGaps(
        a.quantity.estimate, b.quantity.estimate, Apart(one, other, -1.0), Apart(one, other, 1.0), min(a.items, b.items), min(a.clusters, b.clusters), a.missing + b.missing,
    )
