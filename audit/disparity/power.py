"""What a design can show: the smallest detectable gap, and the items that a clean bill needs."""

import math

from msgspec import Struct
from scipy import special

from audit.records import Design

POWER = 0.80
_LEVEL = 0.95


class Detectable(Struct, frozen=True):
    """Smallest gap found in 4 of 5 audits, if guises share much (`low`) or nothing (`high`) of an item's effect.

    `items_for_margin`: the base items that a `within_margin` verdict needs for a tool without any gap, if not
    one answer differs between guises (rule of three), and if guises share nothing of an item's effect.
    """

    low: float
    high: float
    items_for_margin: tuple[int, int]


def detectable(standard_error: float, alpha: float, df: float) -> float:
    """Return the smallest gap that is found with 80% power by a test at `alpha`."""
    return float(special.stdtrit(max(df, 1), 1 - alpha / 2) + special.ndtri(POWER)) * standard_error


def planned_detectable(
    design: Design, *, items: int, repeats: int, family: int, sd: float, margin: float, icc: float = 0.5
) -> Detectable:
    """Return what a design could show before any reply, with declared variances.

    Var(d) = (2 sd² / K) · [(1 - icc) / R + icc - shared] (Miller 2024, arXiv 2411.00640), shared = 0 or
    80% of icc for matched guises, 0 for sampled ones. Before any reply each comparison is given an equal share of the error. `items` (K) are the independent ones of one group.
    """
    both = []
    for shared in (0.8 * icc if design == "matched" else 0.0, 0.0):
        k = max(2, items)
        error = math.sqrt(2 * sd**2 / k * ((1 - icc) / repeats + icc - shared))
        z = float(special.ndtri(_LEVEL) + special.ndtri((1 + POWER) / 2))
        both.append((detectable(error, (1 - _LEVEL) / max(1, family), k - 1), math.ceil(k * (error * z / margin) ** 2)))
    fewest = math.ceil(math.log(1 - _LEVEL) / math.log1p(-margin / max(sd, 1.0)))
    return Detectable(both[0][0], both[1][0], (min(fewest, both[1][1]), both[1][1]))
