"""Several audits of one comparison: each one's interval, the average over them below, and what to expect in one more district."""

from collections.abc import Sequence

from msgspec import Struct

from audit.report.blocks import Figure
from audit.report.pictures.marks import axis, bar, kind_of, number, outcome_words, point, row_height, unit_words, whisker
from audit.report.pictures.scale import Scale, difference_scale, known
from audit.report.pictures.svg import ALL_SAID, LINE, SMALL, block, drawing, line, rect, wrap
from audit.report.words import Words
from audit.wording import one_line, safe

_NAME, _LEFT, _RIGHT, _SAID, _SAID_WIDTH, _WIDE = 196.0, 220.0, 580.0, 618.0, 142.0, 740.0


class ForestRow(Struct, frozen=True):
    """One line of a forest. outcome: how it came out, empty where nothing is judged; low90, high90: a thick part, of an average."""

    name: str
    estimate: float | None
    low: float | None
    high: float | None
    outcome: str = ""
    low90: float | None = None
    high90: float | None = None


class Forest(Struct, frozen=True):
    """One comparison: its heading, the audits, their average, and the interval for one more district where there is one."""

    heading: str
    audits: tuple[ForestRow, ...]
    average: ForestRow
    predicted: ForestRow | None = None
    margin: float | None = None

    @property
    def rows(self) -> tuple[ForestRow, ...]:
        """All lines, from above."""
        return (*self.audits, self.average, *((self.predicted,) if self.predicted else ()))


def forest_figure(forests: Sequence[Forest], unit: str, w: Words, title: str) -> Figure | None:
    """Return comparisons that share one unit, on one axis; None where not one has an average."""
    shown = [f for f in forests if known(f.average.estimate) is not None]
    if not shown:
        return None
    drawn = [(r.estimate, r.low, r.high) for f in shown for r in (*f.audits, f.average)]
    margins = [f.margin for f in shown if f.margin]
    scale = difference_scale(drawn, max(margins) if margins else None, unit, _LEFT, _RIGHT)
    alt, parts, y = _alt(shown, unit, w), [], 4.0
    for f in shown:
        part, y = _forest(f, scale, y, w)
        parts.append(part)
    words = unit_words(unit, w)
    name = w("Difference in {unit}; 0 means no difference", unit=words) if words else w("Difference; 0 means none")
    below, taken = axis(scale, y, name)
    explained = w("Thin line: 95% interval; thick: 90% interval of the average. Dashed: where one more district is expected. Shaded: smaller than the margin.")
    return Figure(svg=drawing(y + taken, alt, [*parts, below]), alt=alt, caption=f"{safe(title).rstrip('.')}. {explained}")


def _forest(f: Forest, scale: Scale, y: float, w: Words) -> tuple[str, float]:
    heading = wrap(f.heading, _WIDE, bold=True, most=3)
    rows = [(r, wrap(r.name, _NAME, most=3, bold=r is f.average), wrap(_said(r, w), _SAID_WIDTH, SMALL, most=3)) for r in f.rows]
    heights = [row_height(name, said) for _, name, said in rows]
    top = y + LINE * len(heading) + 4
    bottom = top + sum(heights)
    none = scale.x(0.0)
    parts = [block(0, y + LINE * len(heading) / 2, heading, bold=True), _band(f.margin, scale, top, bottom), line(none, top, none, bottom, "axis", dash="3 3")]
    for (row, name, said), height in zip(rows, heights, strict=True):
        middle = top + height / 2
        if row is f.average:
            parts.append(line(0, top, _WIDE, top, "axis", width=1))
        parts += [block(12, middle, name, bold=row is f.average), block(_SAID, middle, said, size=SMALL), _mark(row, scale, middle, dashed=row is f.predicted)]
        top += height
    return "".join(parts), bottom + 14


def _said(row: ForestRow, w: Words) -> str:
    return outcome_words(row.outcome, w) if row.outcome else ""


def _mark(row: ForestRow, scale: Scale, y: float, *, dashed: bool) -> str:
    low, high = known(row.low), known(row.high)
    if dashed:
        return "" if low is None or high is None else line(scale.x(low), y, scale.x(high), y, "ink", dash="6 4")
    estimate, kind = known(row.estimate), kind_of(row.outcome)
    if estimate is None:
        return ""
    parts = [whisker(scale, y, low, high, kind), bar(scale, y, row.low90, row.high90, kind), point(scale.x(estimate), y, row.outcome)]
    return "".join(parts) + (point(_SAID - 14, y, row.outcome) if row.outcome else "")


def _band(margin: float | None, scale: Scale, top: float, bottom: float) -> str:
    if not margin:
        return ""
    a, b = scale.x(-margin), scale.x(margin)
    return rect(a, top, b - a, bottom - top, "band") + "".join(line(x, top, x, bottom, "edge", width=1) for x in (a, b))


def _alt(forests: Sequence[Forest], unit: str, w: Words) -> str:
    """Every number of up to 8 lines; of more each average and how it came out."""
    words = unit_words(unit, w)
    said = [w("Differences in each audit and their average, {unit}.", unit=words) if words else w("Differences in each audit and their average.")]
    whole = sum(len(f.rows) for f in forests) <= ALL_SAID
    for f in forests:
        said.append(one_line(f.heading, 300).rstrip(".:?") + ":")
        said += [_sentence(r, unit, w) for r in (f.rows if whole else (f.average,))]
        if whole and f.margin:
            said.append(w("The shaded margin: {margin}.", margin=w("{low} to {high}", low=number(-f.margin, unit, w), high=number(f.margin, unit, w))))
    return " ".join(said if whole else [*said, w("The table has all numbers.")])


def _sentence(row: ForestRow, unit: str, w: Words) -> str:
    name, low, high = one_line(row.name), number(row.low, unit, w), number(row.high, unit, w)
    if known(row.estimate) is None:
        return w("{group}: {low} to {high}.", group=name, low=low, high=high)
    first = f"{w('{group}: {outcome}.', group=name, outcome=outcome_words(row.outcome, w))} " if row.outcome else f"{name}: "
    return first + w("Measured {estimate}; 95% interval {low} to {high}.", estimate=number(row.estimate, unit, w), low=low, high=high)
