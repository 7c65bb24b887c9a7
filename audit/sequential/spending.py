"""Boundaries of repeated looks: how much error may be used by when, and where a test then has to be.

Error spending (Lan & DeMets 1983, Biometrika 70:659): of an error of alpha, alpha · t³ is used up for a gap when a share t of the items
has been asked, and alpha · t² for "within the margin" (the power family of Kim & DeMets 1987, Biometrika 74:149; with a power of 3 it comes
close to the boundaries of O'Brien & Fleming, with 2 it lies between these and Pocock's: Jennison & Turnbull 2000, *Group Sequential Methods*,
7.2). The O'Brien-Fleming type that Lan & DeMets gave themselves becomes ever later the smaller alpha is; this one does not, which matters in a
family, where each comparison has a small share.

The statistics of looks at t_1 < … < t_K are taken as jointly normal with correlations √(t_i / t_j), and the boundaries
found by numerical integration (Armitage, McPherson & Rowe 1969, JRSS A 132:235).
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]
Spending = Callable[[float, float], float]
"""alpha, share of the items → the error that may be used by then."""
Sides = Literal[1, 2]

_POINTS = 401
_FAR = 8.5
"""Standard errors beyond which there is nothing to integrate."""


def cubic(alpha: float, share: float) -> float:
    """Return alpha · t³: little is used early, and hardly anything of the last look's level is given up. For a gap."""
    return float(alpha * share**3)


def quadratic(alpha: float, share: float) -> float:
    """Return alpha · t²: more is used early. For "within the margin", which a tool without a gap can reach early in no other way."""
    return float(alpha * share**2)


def boundaries(alpha: float, shares: Sequence[float], *, sides: Sides = 2, spending: Spending = cubic) -> Floats:
    """Return the z values (K,) that a statistic has to reach at each look, upwards (sides = 1) or either way (2).

    shares: (K,) increasing, in (0, 1]. The chance to reach any of them without a difference is spending(alpha, last share).
    """
    path, found, used = _Path(sides), [], 0.0
    for share in shares:
        by_now = sides * spending(alpha / sides, share)
        found.append(path.boundary(share, by_now - used))
        path.go_on(share, found[-1])
        used = by_now
    return np.array(found)


def crossed(z: Sequence[float], shares: Sequence[float], *, sides: Sides = 2) -> Floats:
    """Return the chances (K,) that a statistic without a difference has reached a boundary z (K,) by each look."""
    path, found, used = _Path(sides), [], 0.0
    for share, bound in zip(shares, z, strict=True):
        used += path.beyond(share, bound)
        path.go_on(share, bound)
        found.append(used)
    return np.array(found)


class _Path:
    """The score B(t) = Z(t)·√t of a statistic that has not reached a boundary yet: points, and their weights times its density."""

    def __init__(self, sides: Sides) -> None:
        self._sides, self._share = sides, 0.0
        self._points, self._mass = np.zeros(1), np.ones(1)

    def beyond(self, share: float, z: float) -> float:
        """Return the chance to go on to `share` and to be at or beyond z there."""
        step, end = (share - self._share) ** 0.5, z * share**0.5
        tail = special.ndtr((self._points - end) / step)
        if self._sides == 2:  # noqa: PLR2004
            tail = tail + special.ndtr((-end - self._points) / step)
        return float(self._mass @ tail)

    def boundary(self, share: float, error: float) -> float:
        """Return the z that is reached with this chance."""
        low = 0.0 if self._sides == 2 else -_FAR  # noqa: PLR2004
        if self.beyond(share, low) <= error:
            return low
        return float(optimize.brentq(lambda z: self.beyond(share, z) - error, low, 4 * _FAR, xtol=1e-11))

    def go_on(self, share: float, z: float) -> None:
        """Take the statistic on to `share`, less what is beyond z there."""
        step, end = (share - self._share) ** 0.5, min(z, _FAR) * share**0.5
        start = -end if self._sides == 2 else -_FAR * share**0.5  # noqa: PLR2004
        points = np.linspace(start, end, _POINTS)
        density = np.exp(-(((points[:, None] - self._points) / step) ** 2) / 2) @ self._mass / (step * (2 * np.pi) ** 0.5)
        self._points, self._mass, self._share = points, density * _simpson(points), share


def _simpson(points: Floats) -> Floats:
    """(P,): the weights of Simpson's rule; P is odd."""
    weights = np.ones(len(points))
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    return np.asarray(weights * (points[-1] - points[0]) / (3 * (len(points) - 1)))
