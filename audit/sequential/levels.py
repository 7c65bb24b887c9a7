"""What a p-value and an interval of one look count for over all looks: repeated p-values, repeated intervals.

A comparison is looked at up to K times. The repeated p-value of a look is the smallest error with which its boundary there would
just be reached, and the repeated interval holds what that error does not exclude (Jennison & Turnbull 1989, JRSS B 51:305; the
smallest of a comparison's repeated p-values is its sequential p-value: Liu & Anderson 2008, J. Am. Stat. Assoc. 103:1621; Maurer &
Bretz 2013, Stat. Biopharm. Res. 5:311). They hold whatever made one stop: that fewer looks were made only makes crossing rarer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy import special

from audit.sequential.spending import Floats, boundaries, crossed, quadratic

LEAST, MOST = 1e-12, 0.5
"""The errors between which boundaries are worked out; beyond, nothing is decided."""
_POINTS = 90
EQUIVALENCE = 0.05
"""The error of each of the two one-sided tests of `within_margin`."""


FEWEST = 30
"""Independent items below which a look before the last finds no gap: the levels of early looks lie far out, where p-values of so few items are off.

With a skewness of 1 a t test at 0.003 rejects 2.6 times as often as that with 12 items, 2.0 times with 30, and at 0.0004 4.7 and 3.5 times
(docs/adaptive.md). To pass over a look only makes crossing rarer.
"""


@dataclass(frozen=True)
class Looks:
    """The looks of a plan, fixed before the first call. shares: (K,) of the base items, increasing, the last one 1."""

    shares: tuple[float, ...]

    @classmethod
    def even(cls, number: int) -> "Looks":
        """Return so many looks, after as many blocks of equal size."""
        return cls(tuple((k + 1) / number for k in range(number)))

    def __len__(self) -> int:
        """Return K."""
        return len(self.shares)

    @cached_property
    def _table(self) -> tuple[Floats, Floats]:
        return _tabled(self.shares)

    def nominal(self, look: int, alpha: float) -> float:
        """Return the two-sided level at which a test at `look` (0 … K-1) is made, for an error of alpha over all looks."""
        errors, z = self._table
        own = special.ndtri(min(max(alpha, LEAST), 1.0) / 2)
        return float(2 * special.ndtr(-np.interp(-own, errors, z[look])))

    def repeated(self, look: int, p: float) -> float:
        """Return the repeated p-value of a two-sided p-value found at `look`: the error over all looks that it corresponds to."""
        errors, z = self._table
        return float(2 * special.ndtr(-np.interp(-special.ndtri(min(max(p, 1e-300), 1.0) / 2), z[look], errors)))

    def one_sided(self, look: int, alpha: float = EQUIVALENCE) -> float:
        """Return the level of a one-sided test at `look`, for an error of alpha over all looks."""
        return float(special.ndtr(-one_sided_boundaries(alpha, self.shares)[look]))

    def drawn(self, normal: Callable[[], Floats]) -> Floats:
        """Return how far out comparisons without a difference come in any look, (B, M), as |z| values of their sequential p-values.

        normal: () → (B, M) fresh draws with the correlations of the comparisons' estimates. Each look adds independent items.
        """
        errors, z = self._table
        score, furthest, before = 0.0, np.zeros(1), 0.0
        for look, share in enumerate(self.shares):
            score = score + normal() * (share - before) ** 0.5
            furthest = np.maximum(furthest, np.interp(np.abs(score) / share**0.5, z[look], errors))
            before = share
        return furthest


@lru_cache(maxsize=32)
def _tabled(shares: tuple[float, ...]) -> tuple[Floats, Floats]:
    """Return errors (P,), as the |z| that each is the two-sided level of, and the boundaries (K, P) that use them up; from (0, 0) on."""
    if len(shares) == 1:
        same = np.array([0.0, 40.0])
        return same, same[None, :]
    errors = np.linspace(-special.ndtri(MOST / 2), -special.ndtri(LEAST / 2), _POINTS)
    z = np.column_stack([np.zeros(len(shares)), *(boundaries(float(2 * special.ndtr(-one)), shares) for one in errors)])
    return np.concatenate([[0.0], errors]), np.maximum.accumulate(z, axis=1)


@lru_cache(maxsize=32)
def one_sided_boundaries(alpha: float, shares: tuple[float, ...]) -> Floats:
    """Return the one-sided boundaries (K,) for an error of alpha over all looks."""
    return boundaries(alpha, shares, sides=1, spending=quadratic)


def alarms(shares: Sequence[float], level: float = 0.05) -> float:
    """Return how often naive looks, each at `level`, would alarm without any difference."""
    return float(crossed([float(-special.ndtri(level / 2))] * len(shares), shares)[-1])
