"""Each group's own rate or mean with its interval, beside the reference's."""

from collections.abc import Sequence

from audit.records import FixtureSet, GroupValue
from audit.report.blocks import Figure
from audit.report.pictures.marks import axis, group_words, row_height, unit_words, value_text, whisker
from audit.report.pictures.scale import Scale, known, value_scale
from audit.report.pictures.svg import ALL_SAID, LINE, MOST_ROWS, SMALL, block, circle, drawing, line, patterned, polygon, wrap
from audit.report.words import Words
from audit.wording import safe

_LABEL, _LEFT, _RIGHT, _VALUE, _VALUE_WIDTH = 200.0, 218.0, 580.0, 602.0, 158.0


def rates_figure(groups: Sequence[GroupValue], fixture_set: FixtureSet, unit: str, w: Words, title: str) -> Figure | None:
    """Return groups' values of one statistic. unit: the statistic's ("share" reads as %). None where not one value is known.

    A hidden cell is the range that it can lie in, striped, and "hidden"; one without a value is "none". At most 20 are drawn.
    """
    if all(known(g.value) is None or g.suppressed for g in groups):
        return None
    names = [group_words(fixture_set, g.attribute, g.group, g.by, w) + _note(g, fixture_set, w) for g in groups]
    shown = list(zip(groups, names, strict=True))[:MOST_ROWS]
    values = [v for g, _ in shown for v in map(known, (None if g.suppressed else g.value, g.low, g.high)) if v is not None]
    scale = value_scale(values, share=unit == "share", left=_LEFT, right=_RIGHT)
    alt = _alt(list(zip(groups, names, strict=True)), unit, w)
    reference = next((known(g.value) for g, _ in shown if _is_reference(g, fixture_set) and not g.suppressed), None)
    caption = f"{safe(title).rstrip('.')}. {w('Line: 95% interval of each group by itself.')}"
    return Figure(svg=_svg(shown, scale, unit, reference, alt, fixture_set, w, len(groups)), alt=alt, caption=caption)


def _is_reference(g: GroupValue, fixture_set: FixtureSet) -> bool:
    about = fixture_set.attributes.get(g.attribute)
    return about is not None and about.reference == g.group


def _note(g: GroupValue, fixture_set: FixtureSet, w: Words) -> str:
    about = fixture_set.attributes.get(g.attribute)
    if _is_reference(g, fixture_set):
        return f" ({w('reference')})"
    return f" ({w('control: should not matter')})" if about is not None and g.group in about.negative_controls else ""


def _svg(
    shown: Sequence[tuple[GroupValue, str]], scale: Scale, unit: str, reference: float | None, alt: str, fixture_set: FixtureSet, w: Words, total: int
) -> str:
    rows = [(g, wrap(name, _LABEL, most=3), wrap(_said(g, unit, w), _VALUE_WIDTH, SMALL, most=3)) for g, name in shown]
    heights = [row_height(label, said) for _, label, said in rows]
    top, bottom = 8, 8 + sum(heights)
    parts = [] if reference is None else [line(scale.x(reference), top, scale.x(reference), bottom, "axis", dash="3 3")]
    y = float(top)
    for (g, label, said), height in zip(rows, heights, strict=True):
        parts += [block(0, y + height / 2, label), block(_VALUE, y + height / 2, said, size=SMALL), _mark(g, scale, y + height / 2, fixture_set)]
        y += height
    words = "" if unit == "share" else unit_words(unit, w)
    below, taken = axis(scale, bottom, words)
    parts.append(below)
    end = bottom + taken
    if total > len(shown):
        lines = wrap(w.plural("{n} more group is in the table.", "{n} more groups are in the table.", total - len(shown)), 700, SMALL)
        parts.append(block(0, end + LINE / 2, lines, "soft", size=SMALL))
        end += LINE * len(lines)
    return drawing(end + 4, alt, parts)


def _mark(g: GroupValue, scale: Scale, y: float, fixture_set: FixtureSet) -> str:
    value, low, high = known(g.value), known(g.low), known(g.high)
    if g.suppressed:
        return "" if low is None or high is None else patterned(scale.x(low), y - 5, scale.x(high) - scale.x(low), 10, "open", "striped")
    if value is None:
        return ""
    x = scale.x(value)
    if _is_reference(g, fixture_set):
        corners = [(x - 6, y - 6), (x + 6, y - 6), (x + 6, y + 6), (x - 6, y + 6)]
        return whisker(scale, y, g.low, g.high, "axis") + polygon(corners, "axis")
    return whisker(scale, y, g.low, g.high, "side") + circle(x, y, 5.5, "side")


def _said(g: GroupValue, unit: str, w: Words) -> str:
    if g.suppressed:
        return w("hidden")
    if known(g.value) is None:
        return w("none")
    value = value_text(g.value, unit, w)
    if known(g.low) is None and known(g.high) is None:
        return value
    return w("{value} ({low} to {high})", value=value, low=value_text(g.low, unit, w), high=value_text(g.high, unit, w))


def _alt(rows: Sequence[tuple[GroupValue, str]], unit: str, w: Words) -> str:
    """Every number of up to 8 groups; of more the lowest, the highest, and what is hidden."""
    words = "" if unit == "share" else unit_words(unit, w)
    start = w("Each group by itself, with its 95% interval, in {unit}.", unit=words) if words else w("Each group by itself, with its 95% interval.")
    if len(rows) <= ALL_SAID:
        return " ".join([start, *(w("{group}: {value}.", group=name, value=_detail(g, unit, w)) for g, name in rows)])
    drawn = sorted(((known(g.value) or 0.0, i) for i, (g, _) in enumerate(rows) if known(g.value) is not None and not g.suppressed))
    said = [start, w.plural("{n} group.", "{n} groups.", len(rows))]
    for sentence, place in ((w("Lowest"), drawn[0][1]), (w("Highest"), drawn[-1][1])):
        said.append(f"{sentence}: {rows[place][1]}, {_said(rows[place][0], unit, w)}.")
    if hidden := sum(g.suppressed for g, _ in rows):
        said.append(w.plural("{n} value is hidden.", "{n} values are hidden.", hidden))
    if none := len(rows) - hidden - len(drawn):
        said.append(w.plural("{n} has no value.", "{n} have no value.", none))
    return " ".join([*said, w("The table has all numbers.")])


def _detail(g: GroupValue, unit: str, w: Words) -> str:
    if g.suppressed and known(g.low) is not None and known(g.high) is not None:
        return w("hidden, between {low} and {high}", low=value_text(g.low, unit, w), high=value_text(g.high, unit, w))
    return _said(g, unit, w)
