"""What several pictures share: points and intervals by outcome, axes, and their words."""

from collections.abc import Mapping, Sequence

from audit.records import FixtureSet
from audit.report.pictures.scale import Scale, known
from audit.report.pictures.svg import LINE, SMALL, WIDTH, block, circle, line, polygon, rect, text, wrap
from audit.report.words import Words
from audit.wording import OTHERS, group_title, one_line, safe, signed

_GAP, _WITHIN = ("gap_found", "not_met"), ("within_margin", "met")
_CAP, _TIP = 5.0, 8.0
_UNSIGNED = ("ratio", "abroca")


def kind_of(outcome: str) -> str:
    """Return what an outcome is drawn as: gap, within or open."""
    return "gap" if outcome in _GAP else "within" if outcome in _WITHIN else "open"


def outcome_words(outcome: str, w: Words) -> str:
    """Return an outcome in a few words."""
    return {
        "gap_found": w("beyond the margin"), "within_margin": w("within the margin"), "inconclusive": w("not enough evidence"),
        "not_assessed": w("not assessed"), "met": w("met"), "not_met": w("not met"), "not_applicable": w("does not apply"),
    }.get(outcome, safe(outcome))


def point(x: float, y: float, outcome: str) -> str:
    """Return a diamond for a gap, a full circle for within, a hollow circle for not enough evidence, a hollow square for not assessed."""
    if outcome in _GAP:
        return polygon([(x, y - 7), (x + 7, y), (x, y + 7), (x - 7, y)], "gap")
    if outcome in _WITHIN:
        return circle(x, y, 5.5, "within")
    if outcome == "inconclusive":
        return circle(x, y, 5, "paper", "open")
    return rect(x - 4.5, y - 4.5, 9, 9, "paper", "open")


def whisker(scale: Scale, y: float, low: float | None, high: float | None, kind: str) -> str:
    """Return a thin interval with caps; an end outside the axis, or open (None), is an arrow. Empty where both ends are open."""
    low, high = known(low), known(high)
    if low is None and high is None:
        return ""
    start, end = (scale.left if low is None else scale.x(low)), (scale.right if high is None else scale.x(high))
    ends = [_end(start, y, kind, -1, cut=low is None or scale.below(low)), _end(end, y, kind, 1, cut=high is None or scale.above(high))]
    return line(start, y, end, y, kind) + "".join(ends)


def _end(x: float, y: float, kind: str, side: int, *, cut: bool) -> str:
    if cut:
        return polygon([(x + side * _TIP, y), (x, y - _CAP), (x, y + _CAP)], kind)
    return line(x, y - _CAP, x, y + _CAP, kind)


def bar(scale: Scale, y: float, low: float | None, high: float | None, kind: str) -> str:
    """Return a thick interval; empty where an end is not known."""
    low, high = known(low), known(high)
    return "" if low is None or high is None else line(scale.x(low), y, scale.x(high), y, kind, width=5)


def axis(scale: Scale, y: float, title: str) -> tuple[str, float]:
    """Return an axis with ticks and its title, and the height (px) that they take below y."""
    parts = [line(scale.left, y, scale.right, y, "axis")]
    for value, label in scale.ticks:
        x = scale.x(value)
        parts += [line(x, y, x, y + 5, "axis"), text(x, y + 18, label, "soft", size=SMALL, anchor="middle")]
    middle = (scale.left + scale.right) / 2
    half = min(middle, WIDTH - middle) - 4
    lines = wrap(title, 2 * half, SMALL, most=4)
    parts.append(block(middle, y + 24 + LINE * len(lines) / 2, lines, "soft", size=SMALL, anchor="middle"))
    return "".join(parts), 24 + LINE * len(lines) + (4 if lines else 0)


def number(value: float | None, unit: str, w: Words) -> str:
    """Return a difference or an interval's end as it reads; "no limit" where it has none."""
    value = known(value)
    if value is None:
        return w("no limit")
    return f"{value:.2f}" if unit == "ratio" else f"{value:.3g}" if unit in _UNSIGNED else signed(value, unit)


def value_text(value: float | None, unit: str, w: Words) -> str:
    """Return a group's own rate or mean as it reads."""
    value = known(value)
    if value is None:
        return w("no limit")
    return f"{100 * value:.1f}%" if unit == "share" else f"{value:.3g}"


def unit_words(unit: str, w: Words) -> str:
    """Return a unit in words; empty for those that the statistic's own name says."""
    return {
        "share": w("percentage points"), "sd": w("standard deviations"), "points": w("points"), "points²": w("points squared"),
        "ratio": w("as a ratio"),
    }.get(unit, "" if unit in ("kappa", "auc", "abroca", "r") else safe(unit))


def group_words(fixture_set: FixtureSet, attribute: str, group: str, by: Mapping[str, str], w: Words) -> str:
    """Return a group's name in a document's language, with the part of the table that it is looked at in."""
    about = fixture_set.attributes.get(attribute)
    title = group if about is None else group_title(fixture_set, attribute, group)
    name = w("all other groups together") if group == OTHERS else w.plain(title)
    return one_line(", ".join([name, *by.values()]), 300)


def row_height(*columns: Sequence[str]) -> int:
    """Return the height of a row with its columns' lines of text."""
    return max(30, LINE * max(len(c) for c in columns) + 12)
