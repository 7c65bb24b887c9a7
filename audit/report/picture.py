"""Where the lines of the interval picture go: intervals against the margin, a row a group."""

import math
from collections.abc import Sequence

from msgspec import Struct

from audit.records import Disparity, FixtureSet
from audit.wording import group_title, signed

_LEFT, _RIGHT, _ROW, _TOP = 270.0, 120.0, 26.0, 34.0
_WIDTH = 820.0
_LONGEST_LABEL = 36
_TICKS = 4


class Bar(Struct, frozen=True):
    """One row: its label, the interval's ends and the point, in picture units, and the outcome."""

    label: str
    y: float
    low: float
    low90: float
    point: float
    high90: float
    high: float
    outcome: str
    cut_low: bool
    cut_high: bool


class Picture(Struct, frozen=True):
    """Everything the template draws, in picture units; `alt` says in words what is seen."""

    width: float
    height: float
    left: float
    right: float
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    zero: float
    margin: tuple[float, float] | None
    axis: str
    alt: str
    bottom: float


def picture(disparities: Sequence[Disparity], fixture_set: FixtureSet, axis: str) -> Picture | None:
    """Return the picture of differences that share one unit and margin; None when nothing can be drawn."""
    drawn = [d for d in disparities if d.estimate is not None and d.low is not None and d.high is not None]
    if not drawn:
        return None
    margin = drawn[0].margin
    reach = _reach(drawn, margin)
    height = _TOP + _ROW * len(drawn) + 26

    def x(value: float) -> float:
        share = (max(-reach, min(reach, value)) + reach) / (2 * reach)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    bars = tuple(
        Bar(
            label=_short(group_title(fixture_set, d.attribute, d.group)), y=_TOP + _ROW * (i + 0.5),
            low=x(d.low or 0.0), low90=x(d.low90 or 0.0), point=x(d.estimate or 0.0), high90=x(d.high90 or 0.0),
            high=x(d.high or 0.0), outcome=d.outcome,
            cut_low=(d.low or 0.0) < -reach, cut_high=(d.high or 0.0) > reach,
        )
        for i, d in enumerate(drawn)
    )
    step = reach / _TICKS * 2
    ticks = tuple((x(-reach + step * i), signed(-reach + step * i, drawn[0].unit)) for i in range(_TICKS + 1))
    words = {"gap_found": "a difference beyond the margin", "within_margin": "within the margin",
             "inconclusive": "not enough evidence", "not_assessed": "not assessed"}
    alt = "; ".join(f"{group_title(fixture_set, d.attribute, d.group)}: {words[d.outcome]}" for d in drawn)
    return Picture(
        width=_WIDTH, height=height, left=_LEFT, right=_WIDTH - _RIGHT, bars=bars, ticks=ticks, zero=x(0.0),
        margin=(x(-margin), x(margin)) if margin is not None else None, axis=axis, alt=alt, bottom=_TOP + _ROW * len(drawn),
    )


def _reach(drawn: Sequence[Disparity], margin: float | None) -> float:
    """Return half the axis: the widest interval end, rounded up to a number that reads well."""
    widest = max([abs(d.low or 0.0) for d in drawn] + [abs(d.high or 0.0) for d in drawn] + [2 * (margin or 0.0), 1e-6])
    if drawn[0].unit == "share":
        widest = min(widest, 1.0)
    power = 10.0 ** math.floor(math.log10(widest))
    return next(power * step for step in (1, 2, 4, 5, 10) if power * step >= widest * (1 - 1e-9))


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"
