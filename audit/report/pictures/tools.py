"""Several tools side by side: for each question the tools' intervals, and which of them cannot be told apart."""

from collections.abc import Sequence

from msgspec import Struct

from audit.report.blocks import Figure
from audit.report.pictures.marks import axis, kind_of, number, outcome_words, point, row_height, unit_words, whisker
from audit.report.pictures.scale import Scale, difference_scale, known
from audit.report.pictures.svg import ALL_SAID, LINE, SMALL, block, drawing, line, rect, wrap
from audit.report.words import Words
from audit.wording import one_line, safe

_NAME, _LEFT, _RIGHT, _SAID, _SAID_WIDTH, _TIES = 164.0, 190.0, 500.0, 538.0, 150.0, 700.0


class ToolValue(Struct, frozen=True):
    """One tool in one question: its largest or only difference, its interval and how that came out. label: what stands under the outcome."""

    tool: str
    label: str
    estimate: float | None
    low: float | None
    high: float | None
    outcome: str


class ToolGroup(Struct, frozen=True):
    """One question: its heading, the tools in the order to show them, and the sets of tools (names) that are tied."""

    heading: str
    values: tuple[ToolValue, ...]
    tied: tuple[tuple[str, ...], ...] = ()
    margin: float | None = None


def tools_figure(groups: Sequence[ToolGroup], unit: str, w: Words, title: str) -> Figure | None:
    """Return the tools' intervals of questions that share one unit, on one axis; None where no tool has an estimate."""
    shown = [g for g in groups if any(known(v.estimate) is not None for v in g.values)]
    if not shown:
        return None
    rows = [(v.estimate, v.low, v.high) for g in shown for v in g.values if known(v.estimate) is not None]
    margins = [g.margin for g in shown if g.margin]
    scale = difference_scale(rows, (min(margins) if unit == "ratio" else max(margins)) if margins else None, unit, _LEFT, _RIGHT)
    alt, parts, y = _alt(groups, unit, w), [], 4.0
    for g in groups:
        part, y = _group(g, scale, y, unit, w)
        parts.append(part)
    words = unit_words(unit, w)
    name = w("Ratio; 1 means no difference") if unit == "ratio" else (
        w("Difference in {unit}; 0 means no difference", unit=words) if words else w("Difference; 0 means none"))
    below, taken = axis(scale, y, name)
    explained = w("Line: 95% interval. Shaded: smaller than the margin. Tied: the data do not tell these tools apart.")
    return Figure(svg=drawing(y + taken, alt, [*parts, below]), alt=alt, caption=f"{safe(title).rstrip('.')}. {explained}")


def _group(g: ToolGroup, scale: Scale, y: float, unit: str, w: Words) -> tuple[str, float]:
    heading = wrap(g.heading, _TIES - 20, bold=True)
    rows = [(v, wrap(v.tool, _NAME, most=3), _said(v, w)) for v in g.values]
    heights = [row_height(name, said) for _, name, said in rows]
    parts, top = [block(0, y + LINE * len(heading) / 2, heading, bold=True)], y + LINE * len(heading) + 4
    bottom = top + sum(heights)
    none = scale.x(1.0 if unit == "ratio" else 0.0)
    parts += [_band(g.margin, scale, top, bottom, unit), line(none, top, none, bottom, "axis", dash="3 3")]
    middles, at = [], top
    for (v, name, said), height in zip(rows, heights, strict=True):
        middles.append(at + height / 2)
        parts += [block(12, middles[-1], name), block(_SAID, middles[-1], said, size=SMALL), _mark(v, scale, middles[-1])]
        at += height
    parts.append(_ties(g, middles, y, w))
    return "".join(parts), bottom + 14


def _said(v: ToolValue, w: Words) -> tuple[str, ...]:
    if known(v.estimate) is None:
        return wrap(w("none"), _SAID_WIDTH, SMALL)
    return (*wrap(outcome_words(v.outcome, w), _SAID_WIDTH, SMALL), *wrap(v.label, _SAID_WIDTH, SMALL))


def _mark(v: ToolValue, scale: Scale, y: float) -> str:
    estimate = known(v.estimate)
    if estimate is None:
        return ""
    return whisker(scale, y, v.low, v.high, kind_of(v.outcome)) + point(scale.x(estimate), y, v.outcome) + point(_SAID - 14, y, v.outcome)


def _band(margin: float | None, scale: Scale, top: float, bottom: float, unit: str) -> str:
    if not margin:
        return ""
    a, b = (scale.x(v) for v in (sorted((margin, 1 / margin)) if unit == "ratio" else (-margin, margin)))
    return rect(a, top, b - a, bottom - top, "band") + "".join(line(x, top, x, bottom, "edge", width=1) for x in (a, b))


def _ties(g: ToolGroup, middles: Sequence[float], y: float, w: Words) -> str:
    """A bracket beside the tools of each tied set, with a foot at each of them; side by side where several are."""
    sets = [places for tied in g.tied if len(places := [i for i, v in enumerate(g.values) if v.tool in tied]) > 1]
    parts = [block(_TIES - 6, y + LINE / 2, wrap(w("tied"), 760 - _TIES + 6, SMALL, most=1), size=SMALL)] if sets else []
    step = min(14.0, 60.0 / max(len(sets), 1))
    for column, places in enumerate(sets):
        x = _TIES + step * column
        parts.append(line(x, middles[places[0]], x, middles[places[-1]], "ink", width=2))
        parts += [line(x - 6, middles[i], x, middles[i], "ink", width=2) for i in places]
    return "".join(parts)


def _alt(groups: Sequence[ToolGroup], unit: str, w: Words) -> str:
    """Every number of up to 8 tools and questions; of more how each tool came out, and the ties."""
    words = unit_words(unit, w)
    said = [w("Differences of each tool, {unit}.", unit=words) if words else w("Differences of each tool.")]
    whole = sum(len(g.values) for g in groups) <= ALL_SAID
    for g in groups:
        said.append(one_line(g.heading, 300).rstrip(".:?") + ":")
        said += [_sentence(v, unit, w) if whole else w("{group}: {outcome}.", group=one_line(v.tool), outcome=_outcome(v, w)) for v in g.values]
        said += [w("Tied: {tools}.", tools=", ".join(one_line(t) for t in tied)) for tied in g.tied if len(tied) > 1]
        if whole and g.margin:
            ends = sorted((g.margin, 1 / g.margin)) if unit == "ratio" else [-g.margin, g.margin]
            said.append(w("The shaded margin: {margin}.", margin=w("{low} to {high}", low=number(ends[0], unit, w), high=number(ends[1], unit, w))))
    return " ".join(said if whole else [*said, w("The table has all numbers.")])


def _outcome(v: ToolValue, w: Words) -> str:
    return w("none") if known(v.estimate) is None else outcome_words(v.outcome, w)


def _sentence(v: ToolValue, unit: str, w: Words) -> str:
    about = f"{one_line(v.tool)} ({one_line(v.label)})" if v.label else one_line(v.tool)
    first = w("{group}: {outcome}.", group=about, outcome=_outcome(v, w))
    if known(v.estimate) is None:
        return first
    low, high = number(v.low, unit, w), number(v.high, unit, w)
    return f"{first} {w('Measured {estimate}; 95% interval {low} to {high}.', estimate=number(v.estimate, unit, w), low=low, high=high)}"
