"""The interval of a ratio of two shares: on the log, and with exact bounds where few clusters changed.

The log alone clears 8-12% of the tools whose ratio is exactly the margin (20 to 40 items; `tests/disparity/test_ratios.py`).
"""

import math

from scipy import special

from audit.disparity.cells import Clusters
from audit.disparity.exact import Counts, share_bounds
from audit.disparity.intervals import FEWEST_CHANGED, log_ratio

MANY = 100
"""With fewer changed clusters than this, "within the margin" also has to hold by the exact bounds.

More than for differences (`intervals.RARE`): a ratio's reference is itself estimated, and the log's skewness has no correction.
"""
_HALF = 0.5
_LEAST = 1e-12
_WIDEST = 500.0
"""As a logarithm, as wide as an interval gets."""


def log_ratio_interval(
    group: Clusters, reference: Clusters, covariance: float, counts: Counts, level: float, *, equivalence: bool = False
) -> tuple[float, float | None]:
    """Return the interval of group/reference at `level`; its upper end is None (open) over a share that is 0, or could be.

    `covariance`: of the two shares, where they rest on the same clusters. counts: of their difference (exact.py).
    equivalence: for "within the margin", where what pseudo-clusters add to the certainty is not taken.
    The log ratio with z²/4 pseudo-clusters on each side, a half at least (Walter 1975, Biometrika 62:371; Agresti & Coull
    1998, Am. Stat. 52:119), Student's t with the smaller side's clusters less one; where few changed, the wider of it and
    the exact bounds.
    """
    a, b, tail = group.mean, reference.mean, (1 + level) / 2
    log, error = log_ratio(group, reference, covariance, max(_HALF, float(special.ndtri(tail)) ** 2 / 4))
    reach = min(error * float(special.stdtrit(max(min(group.size, reference.size) - 1, 1), tail)), _WIDEST)
    low, high = math.exp(log - reach), math.exp(log + reach)
    if b <= 0:
        return low, None
    point = a / b
    if equivalence and a > 0:
        shift = point / math.exp(log)
        low, high = min(low, low * shift), max(high, high * shift)
    if counts.changed < (MANY if equivalence else FEWEST_CHANGED):
        least, most = _apart(counts, level) if counts.apart else _within(a, b, group.size, counts, level)
        low, high = min(low, least), max(high, most)
    return min(low, point), max(high, point) if math.isfinite(high) else None


def _apart(counts: Counts, level: float) -> tuple[float, float]:
    """Return the exact bounds of a ratio of two samples, their distances on the log put together as squares.

    Donner & Zou 2012, Stat. Methods Med. Res. 21:347 (MOVER-R on the log), with the limits of Clopper & Pearson.
    """
    a, b = counts.up / counts.up_clusters, counts.down / counts.down_clusters
    (low_a, high_a), (low_b, high_b) = (
        share_bounds(x, n, level) for x, n in ((counts.up, counts.up_clusters), (counts.down, counts.down_clusters))
    )
    if a <= 0:
        return 0.0, high_a / max(low_b, _LEAST)
    log = math.log(a / b)
    down, up = math.hypot(_log(a, low_a), _log(high_b, b)), math.hypot(_log(high_a, a), _log(b, low_b))
    return math.exp(log - down), math.exp(log + min(up, _WIDEST))


def _within(a: float, b: float, n: int, counts: Counts, level: float) -> tuple[float, float]:
    """Return the exact bounds of a ratio of two shares of the same items.

    The smaller over the larger is 1 + difference/larger: the bounds of both are put together as squares.
    """
    low, high = counts.bounds(level)
    if a <= b:
        return _of_larger(a - b, b, (low, high), n, level)
    least, most = _of_larger(b - a, a, (-high, -low), n, level)
    return 1 / most, 1 / least if least > 0 else math.inf


def _of_larger(difference: float, larger: float, ends: tuple[float, float], n: int, level: float) -> tuple[float, float]:
    low, high = share_bounds(larger * n, n, level)
    down = math.hypot((difference - ends[0]) / larger, difference / max(low, _LEAST) - difference / larger)
    up = math.hypot((ends[1] - difference) / larger, difference / high - difference / larger)
    ratio = 1 + difference / larger
    return max(0.0, ratio - down), ratio + up


def _log(above: float, below: float) -> float:
    return math.log(above / below) if below > 0 else _WIDEST

