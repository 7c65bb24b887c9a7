"""Exact bounds, from Clopper & Pearson's (1934, Biometrika 26:404), for estimates that few clusters move."""

import math
from dataclasses import dataclass

from scipy import special


@dataclass(frozen=True)
class Counts:
    """For the exact bounds: how many clusters changed, and the two sums that the estimate is the difference of.

    up, down: rises and falls in clusters that change wholly (paired), or selected clusters of the two groups;
    step: what a cluster that changes wholly changes the estimate by; middle: what the others show. apart: two samples.
    """

    changed: int
    up: float
    up_clusters: float
    down: float
    down_clusters: float
    step: float = 1.0
    middle: float = 0.0
    apart: bool = False

    def bounds(self, level: float) -> tuple[float, float]:
        """Return the bounds of the difference from the exact ones of its two shares.

        Of one sample the extremes of both are taken. Two samples (`apart`) are not both extreme at once: their distances
        are put together as squares (Newcombe 1998, Stat. Med. 17:873, method 10, with exact limits for his score ones).
        """
        (low_u, high_u), (low_d, high_d) = (
            share_bounds(x, n, level) for x, n in ((self.up, self.up_clusters), (self.down, self.down_clusters))
        )
        if not self.apart:
            return self.middle + self.step * (low_u - high_d), self.middle + self.step * (high_u - low_d)
        up, down = self.up / self.up_clusters, self.down / self.down_clusters
        return up - down - math.hypot(up - low_u, high_d - down), up - down + math.hypot(high_u - up, down - low_d)


def share_bounds(count: float, n: float, level: float) -> tuple[float, float]:
    """Return the Clopper-Pearson bounds of a share; a fractional count is allowed."""
    return 1.0 - _upper(n - count, n, level), _upper(count, n, level)


def _upper(count: float, n: float, level: float) -> float:
    return 1.0 if count >= n else float(special.betaincinv(count + 1, n - count, (1 + level) / 2))
