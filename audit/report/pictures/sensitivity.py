"""Whether the decision holds: the scores that other weights give, and the decision along other margins."""

from collections.abc import Mapping, Sequence

from audit.records import MarginRange, ScoreRange, Sensitivity
from audit.report.blocks import Figure
from audit.report.pictures.marks import axis
from audit.report.pictures.scale import Scale, known
from audit.report.pictures.svg import LINE, SMALL, Pattern, block, circle, drawing, line, patterned, text, text_width, wrap
from audit.report.words import Words
from audit.wording import safe

_LABEL, _LEFT, _RIGHT, _SAID = 200.0, 218.0, 580.0, 602.0
_LOOKS: Mapping[str, tuple[str, Pattern]] = {
    "approve": ("within", "solid"), "approve_with_conditions": ("within", "striped"), "pilot": ("edge", "dotted"),
    "do_not_approve": ("gap", "crossed"), "insufficient_evidence": ("open", "empty"),
}


def status_words(status: str, w: Words) -> str:
    """Return a decision in a few words."""
    return {
        "approve": w("Approve"), "approve_with_conditions": w("Approve with conditions"), "pilot": w("Pilot only"),
        "do_not_approve": w("Do not approve"), "insufficient_evidence": w("Not enough evidence to decide"),
    }.get(status, safe(status))


def sensitivity_figure(
    s: Sensitivity, titles: Mapping[str, str], w: Words, title: str, bands: Sequence[tuple[float, str]] = ()
) -> Figure | None:
    """Return the score ranges and the strip of decisions. titles: indicator → its title. bands: (score from which it holds, name). None: nothing to draw."""
    if not s.scores and not s.margins:
        return None
    bands = [(at, safe(w.plain(name))) for at, name in bands]
    scores, height = _scores(s, titles, bands, w) if s.scores else ("", 0.0)
    strip, end = _strip(s.margins, height, w) if s.margins else ("", height)
    alt = _alt(s, titles, bands, w)
    return Figure(svg=drawing(end + 4, alt, [scores, strip]), alt=alt, caption=safe(title))


def _scores(s: Sensitivity, titles: Mapping[str, str], bands: Sequence[tuple[float, str]], w: Words) -> tuple[str, float]:
    scale = Scale(0.0, 100.0, _LEFT, _RIGHT, tuple((float(v), str(v)) for v in (0, 25, 50, 75, 100)))
    head, top = _bands_head(bands, scale)
    rows = [(r, wrap(w.plain(titles.get(r.indicator, r.indicator)), _LABEL, most=3), wrap(_said(r, w), 758 - _SAID, SMALL, most=3)) for r in s.scores]
    parts, y = [head], top
    for r, label, said in rows:
        height = max(30, LINE * max(len(label), len(said)) + 12)
        middle = y + height / 2
        parts += [block(0, middle, label), block(_SAID, middle, said, size=SMALL), _range(r, scale, middle)]
        y += height
    parts = [*(line(scale.x(at), top, scale.x(at), y, "edge", width=1.5, dash="5 3") for at, _ in bands), *parts]
    below, taken = axis(scale, y, w("Score, from 0 to 100; line: the lowest and highest with weights up to {factor} times larger or smaller",
                                    factor=f"{s.weight_factor:g}"))
    return "".join([*parts, below]), y + taken + 10


def _bands_head(bands: Sequence[tuple[float, str]], scale: Scale) -> tuple[str, float]:
    """The bands' names, each from its boundary on, in as many lines as they need so as not to touch."""
    free: list[float] = []
    parts = []
    for at, name in sorted(bands):
        label = wrap(name, 758 - scale.x(at) - 4, SMALL, most=1)
        row = next((i for i, until in enumerate(free) if until < scale.x(at) - 4), len(free))
        free[row:row + 1] = [scale.x(at) + text_width(label[0] if label else "", SMALL) + 8]
        parts.append(block(scale.x(at), 10 + LINE * row, label, "soft", size=SMALL))
    return "".join(parts), 8.0 + LINE * len(free)


def _range(r: ScoreRange, scale: Scale, y: float) -> str:
    low, high, score = known(r.low), known(r.high), known(r.score)
    parts = []
    if low is not None and high is not None:
        parts += [line(scale.x(low), y, scale.x(high), y, "side", width=5), *(line(scale.x(v), y - 7, scale.x(v), y + 7, "side") for v in (low, high))]
    if score is not None:
        parts.append(circle(scale.x(score), y, 5, "paper", "ink"))
    return "".join(parts)


def _said(r: ScoreRange, w: Words) -> str:
    if known(r.score) is None:
        return w("score not shown")
    if known(r.low) is None or known(r.high) is None:
        return f"{r.score:.1f}"
    return w("{value} ({low} to {high})", value=f"{r.score:.1f}", low=f"{r.low:.1f}", high=f"{r.high:.1f}")


def _strip(margins: Sequence[MarginRange], y: float, w: Words) -> tuple[str, float]:
    """The decision along the margin: segments in patterns, numbered, with the numbers' meaning below."""
    low, high = margins[0].from_factor, margins[-1].to_factor
    high = high if known(high) is not None and high > low else max([low + 1, *(2 * m.from_factor for m in margins)])
    scale = Scale(low, high, 10.0, 750.0, ())
    head = wrap(_heading(w), 750, most=2, bold=True)
    top = y + LINE * len(head) + 30
    parts = [block(0, y + LINE * len(head) / 2, head, bold=True)]
    until = -1.0
    for i, m in enumerate(margins):
        a, b = scale.x(m.from_factor), scale.x(min(m.to_factor, high))
        parts.append(patterned(a, top, b - a, 26, *_LOOKS.get(m.status, ("open", "empty"))))
        if (a + b) / 2 - 8 > until:
            parts.append(text((a + b) / 2, top - 6, str(i + 1), size=SMALL, anchor="middle", bold=True))
            until = (a + b) / 2 + text_width(str(i + 1), SMALL, bold=True) / 2 + 2
    parts.append(_factors(margins, scale, top + 26, high))
    bottom = top + 26 + 24
    if low <= 1 <= high:
        parts.append(line(scale.x(1.0), top - 4, scale.x(1.0), top + 32, "ink", width=2.5))
        parts.append(_one(scale.x(1.0), bottom + 8, w))
        bottom += LINE + 6
    key, end = _key(margins, bottom, w)
    return "".join([*parts, key]), end


def _heading(w: Words) -> str:
    return w("The decision, were every margin so many times the policy's")


def _factors(margins: Sequence[MarginRange], scale: Scale, y: float, high: float) -> str:
    """The boundaries' factors, those that have room."""
    parts, until = [], -1e9
    ends = [margins[0].from_factor, *(min(m.to_factor, high) for m in margins)]
    for value in ends:
        label, x = f"{value:.3g}", scale.x(value)
        half = text_width(label, SMALL) / 2
        x = min(max(x, half), 760 - half)
        if x - half > until:
            parts.append(text(x, y + 18, label, "soft", size=SMALL, anchor="middle"))
            until = x + half + 4
    return "".join(parts)


def _one(x: float, y: float, w: Words) -> str:
    words = w("heavy line: the policy's own margin")
    half = text_width(words, SMALL) / 2
    return text(min(max(x, half), 758 - half), y, words, "soft", size=SMALL, anchor="middle")


def _key(margins: Sequence[MarginRange], y: float, w: Words) -> tuple[str, float]:
    parts = []
    for i, m in enumerate(margins):
        parts.append(patterned(1, y + 3, 22, 14, *_LOOKS.get(m.status, ("open", "empty"))))
        lines = wrap(f"{i + 1}: {_segment(m, w)}", 720, SMALL)
        parts.append(block(30, y + 2 + LINE * len(lines) / 2, lines, size=SMALL))
        y += LINE * len(lines) + 6
    return "".join(parts), y


def _segment(m: MarginRange, w: Words) -> str:
    status, low = status_words(m.status, w), f"{m.from_factor:.3g}"
    if known(m.to_factor) is None:
        return w("{status}, from {low} times up", status=status, low=low)
    return w("{status}, from {low} to {high} times", status=status, low=low, high=f"{m.to_factor:.3g}")


def _alt(s: Sensitivity, titles: Mapping[str, str], bands: Sequence[tuple[float, str]], w: Words) -> str:
    said = [w("Scores, with weights up to {factor} times larger or smaller.", factor=f"{s.weight_factor:g}")] if s.scores else []
    said += [f"{safe(w.plain(titles.get(r.indicator, r.indicator)))}: {_said(r, w)}." for r in s.scores]
    said += [w("From {score}: {band}.", score=f"{at:g}", band=name) for at, name in bands if s.scores]
    if s.margins:
        said += [f"{_heading(w)}:", *(f"{_segment(m, w)}." for m in s.margins)]
    return " ".join(said)
