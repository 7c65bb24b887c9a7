"""Each group against its reference: found, within or open at one look, by shape, text and place against the shaded margin."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from audit.records import Disparity, FixtureSet
from audit.report.blocks import Figure
from audit.report.pictures.marks import axis, bar, group_words, kind_of, number, outcome_words, point, row_height, unit_words, whisker
from audit.report.pictures.scale import Scale, difference_scale, known
from audit.report.pictures.svg import ALL_SAID, LINE, MOST_ROWS, SMALL, block, drawing, line, rect, wrap
from audit.report.words import Words
from audit.wording import safe

_LABEL, _LEFT, _RIGHT, _OUTCOME, _OUTCOME_WIDTH = 200.0, 218.0, 580.0, 618.0, 142.0
_ORDER = ("gap_found", "inconclusive", "within_margin", "not_assessed")


class _Row(NamedTuple):
    about: Disparity
    name: str
    label: tuple[str, ...]
    note: tuple[str, ...]
    said: tuple[str, ...]
    height: int


def intervals_figure(rows: Sequence[Disparity], fixture_set: FixtureSet, w: Words, title: str) -> Figure | None:
    """Return the intervals of comparisons that share one unit, against their margins; None where not one has an estimate.

    Thick: 90% interval; thin: 95%, simultaneous. Of more than 20 the most telling are drawn: gaps first, then by size.
    """
    if not any(_drawn(d) for d in rows):
        return None
    shown = _most_telling(rows)
    unit = rows[0].unit
    names = [group_words(fixture_set, d.attribute, d.group, d.by, w) for d in shown]
    drawn = [_row(d, name, w) for d, name in zip(shown, names, strict=True)]
    margins = _margins(shown)
    widest = (margins[0] if unit == "ratio" else margins[-1]) if margins else None
    scale = difference_scale([(d.estimate, d.low, d.high) for d in shown if _drawn(d)], widest, unit, _LEFT, _RIGHT)
    references = {group_words(fixture_set, d.attribute, d.reference, {}, w) for d in rows}
    reference = references.pop() if len(references) == 1 else w("its reference")
    alt = _alt(rows, [group_words(fixture_set, d.attribute, d.group, d.by, w) for d in rows], reference, w)
    return Figure(svg=_svg(drawn, scale, reference, alt, w, len(rows)), alt=alt, caption=_caption(shown, scale, title, w))


def _margins(rows: Sequence[Disparity]) -> list[float]:
    return sorted({m for m in (known(d.margin) for d in rows) if m is not None and m > 0})


def _drawn(d: Disparity) -> bool:
    return known(d.estimate) is not None and not d.suppressed


def _most_telling(rows: Sequence[Disparity]) -> list[Disparity]:
    if len(rows) <= MOST_ROWS:
        return list(rows)
    places = sorted(range(len(rows)), key=lambda i: (not _drawn(rows[i]), _ORDER.index(rows[i].outcome), -abs(known(rows[i].estimate) or 0.0), i))
    return [rows[i] for i in sorted(places[:MOST_ROWS])]


def _row(d: Disparity, name: str, w: Words) -> _Row:
    label = wrap(name, _LABEL, most=3)
    note = wrap(w("control: should not matter"), _LABEL, SMALL) if d.negative_control else ()
    said = wrap(_verdict(d, w), _OUTCOME_WIDTH, SMALL, most=3)
    return _Row(d, name, label, note, said, row_height((*label, *note), said))


def _verdict(d: Disparity, w: Words) -> str:
    if d.suppressed:
        return w("hidden")
    if known(d.estimate) is None:
        return w("none")
    if d.family == "exploratory":
        return w("described, not judged")
    return w("wholly beyond the margin") if d.outcome == "gap_found" and d.certain else outcome_words(d.outcome, w)


def _caption(rows: Sequence[Disparity], scale: Scale, title: str, w: Words) -> str:
    thick = w("Thick line: 90% interval; for “within the margin” it must lie inside the shaded part.") if any(known(d.low90) is not None for d in rows) else ""
    thin = (w("Thin line: 95% interval, with room for all comparisons together.") if all(d.simultaneous for d in rows)
            else w("Thin line: 95% interval."))
    cut = w("An arrow: the line goes on.") if any(_cut(d, scale) for d in rows if _drawn(d)) else ""
    return " ".join(part for part in (f"{safe(title).rstrip('.')}.", thick, thin, cut) if part)


def _cut(d: Disparity, scale: Scale) -> bool:
    low, high = known(d.low), known(d.high)
    return (low is None) != (high is None) or (low is not None and scale.below(low)) or (high is not None and scale.above(high))


def _svg(rows: Sequence[_Row], scale: Scale, reference: str, alt: str, w: Words, number_of_rows: int) -> str:
    unit = rows[0].about.unit
    margins = _margins([r.about for r in rows])
    head = wrap(w("shaded: smaller than the margin"), 360, SMALL) if margins else ()
    top = 8 + LINE * len(head)
    parts, y = [block((_LEFT + _RIGHT) / 2, 4 + LINE * len(head) / 2, head, "soft", size=SMALL, anchor="middle")], float(top)
    bottom = top + sum(r.height for r in rows)
    for margin, same in groupby(rows, key=lambda r: known(r.about.margin)):
        tall = sum(r.height for r in same)
        parts.append(_band(margin, unit, scale, y, tall))
        y += tall
    none = 1.0 if unit == "ratio" else 0.0
    parts.append(line(scale.x(none), top, scale.x(none), bottom, "axis", dash="3 3"))
    y = top
    for row in rows:
        parts.append(_line(row, scale, y + row.height / 2))
        y += row.height
    sides, taken = _sides(reference, unit, bottom + 22, w)
    below, height = axis(scale, bottom, "")
    title, more = wrap(_axis_title(unit, w), 700, SMALL), number_of_rows - len(rows)
    end = bottom + height + taken + LINE * len(title) + 4
    parts += [below, sides, block((_LEFT + _RIGHT) / 2, end - 4 - LINE * len(title) / 2, title, "soft", size=SMALL, anchor="middle")]
    if more:
        lines = wrap(w.plural("{n} more group is in the table.", "{n} more groups are in the table.", more), 700, SMALL)
        parts.append(block(0, end + LINE / 2, lines, "soft", size=SMALL))
        end += LINE * len(lines) + 4
    return drawing(end, alt, parts)


def _band(margin: float | None, unit: str, scale: Scale, y: float, height: float) -> str:
    if margin is None or margin <= 0:
        return ""
    ends = sorted((margin, 1 / margin)) if unit == "ratio" else [-margin, margin]
    a, b = scale.x(ends[0]), scale.x(ends[1])
    sides = "".join(line(x, y, x, y + height, "edge", width=1) for x in (a, b))
    return rect(a, y, b - a, height, "band") + sides


def _line(row: _Row, scale: Scale, y: float) -> str:
    d, kind = row.about, kind_of(row.about.outcome)
    lines = len(row.label) + len(row.note)
    first = y - LINE * (lines - 1) / 2
    parts = [block(0, first + LINE * (len(row.label) - 1) / 2, row.label)]
    if row.note:
        parts.append(block(0, first + LINE * (len(row.label) + (len(row.note) - 1) / 2), row.note, "soft", size=SMALL))
    parts.append(block(_OUTCOME, y, row.said, "ink", size=SMALL))
    estimate = known(d.estimate)
    if estimate is None or d.suppressed:
        return "".join(parts)
    parts += [whisker(scale, y, d.low, d.high, kind), bar(scale, y, d.low90, d.high90, kind), point(scale.x(estimate), y, d.outcome)]
    return "".join([*parts, point(_OUTCOME - 14, y, d.outcome)])


def _sides(reference: str, unit: str, y: float, w: Words) -> tuple[str, float]:
    """What lies left and right of no difference; and the height that the words take."""
    if unit == "abroca":
        return "", 0.0
    half = (_RIGHT - _LEFT) / 2 + 20
    lower = wrap(w("lower than {reference}", reference=reference), half, SMALL, most=4)
    higher = wrap(w("higher than {reference}", reference=reference), half, SMALL, most=4)
    most = max(len(lower), len(higher))

    def at(lines: Sequence[str]) -> float:
        return y + LINE * len(lines) / 2 + 2

    return (block(_LEFT - 24, at(lower), lower, "soft", size=SMALL) + block(_RIGHT + 24, at(higher), higher, "soft", size=SMALL, anchor="end"),
            LINE * most + 4)


def _axis_title(unit: str, w: Words) -> str:
    if unit == "ratio":
        return w("Ratio; 1 means no difference")
    words = unit_words(unit, w)
    return w("Difference in {unit}; 0 means no difference", unit=words) if words else w("Difference; 0 means none")


def _alt(rows: Sequence[Disparity], names: Sequence[str], reference: str, w: Words) -> str:
    """Every number of up to 8 groups; of more how many came out how, and the largest."""
    unit = rows[0].unit
    words = unit_words(unit, w)
    start = w("Differences against {reference}, {unit}.", reference=reference, unit=words) if words else w("Differences against {reference}.", reference=reference)
    if len(rows) > ALL_SAID:
        return " ".join([start, *_summary(rows, names, w)])
    margins = _margins(rows)
    said = [w("The shaded margin: {margin}.", margin=_margin(m, unit, w)) for m in margins[:1]] if len(margins) == 1 else []
    return " ".join([start, *said, *(_sentence(d, n, w, own_margin=len(margins) > 1) for d, n in zip(rows, names, strict=True))])


def _margin(margin: float, unit: str, w: Words) -> str:
    ends = sorted((margin, 1 / margin)) if unit == "ratio" else [-margin, margin]
    return w("{low} to {high}", low=number(ends[0], unit, w), high=number(ends[1], unit, w))


def _sentence(d: Disparity, name: str, w: Words, *, own_margin: bool) -> str:
    control = f" ({w('control: should not matter')})" if d.negative_control else ""
    parts = [w("{group}: {outcome}.", group=f"{name}{control}", outcome=_verdict(d, w))]
    if _drawn(d):
        low, high, low90, high90 = (number(v, d.unit, w) for v in (d.low, d.high, d.low90, d.high90))
        parts.append(w("Measured {estimate}; 95% interval {low} to {high}; 90% interval {low90} to {high90}.",
                       estimate=number(d.estimate, d.unit, w), low=low, high=high, low90=low90, high90=high90))
        if own_margin and d.margin is not None and known(d.margin):
            parts.append(w("Its margin: {margin}.", margin=_margin(d.margin, d.unit, w)))
    return " ".join(parts)


def _summary(rows: Sequence[Disparity], names: Sequence[str], w: Words) -> list[str]:
    said = [w.plural("{n} group.", "{n} groups.", len(rows))]
    for verdict in dict.fromkeys(_verdict(d, w) for d in sorted(rows, key=lambda d: _ORDER.index(d.outcome))):
        own = [n for d, n in zip(rows, names, strict=True) if _verdict(d, w) == verdict]
        said.append(w("{outcome}: {n} ({groups}).", outcome=verdict[:1].upper() + verdict[1:], n=len(own), groups=", ".join(own)))
    drawn = [(d, n) for d, n in zip(rows, names, strict=True) if _drawn(d)]
    largest, name = max(drawn, key=lambda pair: abs(known(pair[0].estimate) or 0.0))
    said.append(w("The largest: {group}, {estimate}, 95% interval {low} to {high}.", group=name, estimate=number(largest.estimate, largest.unit, w),
                  low=number(largest.low, largest.unit, w), high=number(largest.high, largest.unit, w)))
    return [*said, w("The table has all numbers.")]
