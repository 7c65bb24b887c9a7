"""Numbers → places on an axis, with ticks that read well."""

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from audit.report.pictures.svg import SMALL, text_width

_REACHES = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
_STEPS = (1, 2, 5, 10)
_MOST = 1e300
_LEAST = 1e-9
_OUTLYING = 3.0
_RATIOS = (1.21, 1.44, 2.25, 4.0, 9.0, 25.0, 100.0, 1e4, 1e6, 1e8, 1e12)
"""Half an axis of ratios: squares, so that the ticks between read well too."""


class Scale(NamedTuple):
    """An axis: its ends in numbers and in px, and its ticks (value, label). log: of ratios, even steps are factors."""

    low: float
    high: float
    left: float
    right: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    def x(self, value: float) -> float:
        """Return the place of a number; of one outside, the axis's end."""
        low, high, at = (_log(v) if self.log else v for v in (self.low, self.high, value))
        share = 0.0 if at <= low else 1.0 if at >= high else (at / 2 - low / 2) / (high / 2 - low / 2)
        return self.left + share * (self.right - self.left)

    def below(self, value: float) -> bool:
        """Return whether a number lies before the axis begins."""
        return value < self.low - 1e-9 * (self.high - self.low)

    def above(self, value: float) -> bool:
        """Return whether a number lies behind the axis's end."""
        return value > self.high + 1e-9 * (self.high - self.low)


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def known(value: float | None) -> float | None:
    """Return a number that can be drawn, None for what is missing, infinite or absurd."""
    return value if value is not None and math.isfinite(value) and abs(value) < _MOST else None


def difference_scale(
    rows: Sequence[tuple[float | None, float | None, float | None]], margin: float | None, unit: str, left: float, right: float
) -> Scale:
    """Return an axis around "no difference" (0; 1 of ratios) for rows of (estimate, low, high).

    An interval more than three times as wide as the usual one does not stretch it, but is cut; a point never is.
    """
    if unit == "ratio":
        return _ratio_scale(rows, margin, left, right)
    margin = known(margin)
    drawn = [tuple(abs(v) for v in map(known, row) if v is not None) for row in rows]
    widest = [max(row) for row in drawn if row]
    points = max([abs(e) for e in (known(row[0]) for row in rows) if e is not None], default=0.0)
    reach = max(widest, default=0.0)
    if reach > _OUTLYING * median(widest or [0.0]) > 0:
        reach = max(_OUTLYING * median(widest), 1.1 * points)
    reach = max(reach, 2 * (margin or 0.0), _LEAST)
    reach = _rounded(min(reach, 1.0) if unit == "share" else reach, _REACHES)
    if unit == "abroca":
        return Scale(0.0, reach, left, right, tuple((reach * i / 4, f"{reach * i / 4:.3g}") for i in range(5)))
    return Scale(-reach, reach, left, right, tuple((reach * i / 2, _tick(reach * i / 2, unit)) for i in range(-2, 3)))


def _rounded(value: float, steps: Sequence[float]) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next((power * step for step in steps if power * step >= value * (1 - 1e-9)), 10 * power)


def _tick(value: float, unit: str) -> str:
    return "0" if value == 0 else f"{round(100 * value, 9):+.4g}" if unit == "share" else f"{value:+.3g}"


def _ratio_scale(
    rows: Sequence[tuple[float | None, float | None, float | None]], margin: float | None, left: float, right: float
) -> Scale:
    ends = [abs(_log(v)) for row in rows for v in map(known, row) if v is not None and v > 0]
    reach = max([*ends, abs(_log(margin)) * 2 if margin else 0.0])
    high = next((r for r in _RATIOS if _log(r) >= reach * (1 - 1e-9)), _RATIOS[-1])
    ticks = tuple((high**power, f"{high**power:.2g}") for power in (-1, -0.5, 0, 0.5, 1))
    return Scale(1 / high, high, left, right, ticks, log=True)


def value_scale(values: Sequence[float], *, share: bool, left: float, right: float) -> Scale:
    """Return an axis for values of one kind: shares from 0 to no more than 100%, others from below the lowest to above the highest."""
    low, high = min(values, default=0.0), max(values, default=0.0)
    if share:
        low, high = 0.0, min(max(high, 0.01), 1.0)
    elif high - low < max(abs(high) * 1e-6, _LEAST):
        low, high = low - max(abs(low) * 0.1, _LEAST), high + max(abs(high) * 0.1, _LEAST)
    step = _rounded(high / 5 - low / 5, _STEPS)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = [i * step for i in range(first, last + 1)]
    named = [(v, f"{round(100 * v, 9):.4g}%" if share else f"{v if abs(v) > step / 10 else 0:.4g}") for v in marks]
    every = 1 + int(sum(text_width(label, SMALL) + 6 for _, label in named) > right - left)
    return Scale(marks[0], marks[-1], left, right, tuple(named[::every]))
