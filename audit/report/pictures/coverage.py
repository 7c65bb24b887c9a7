"""The five indicators: what is answered and how, the score where there is one, and how well it is backed."""

from collections.abc import Mapping, Sequence

from audit.records import Finding, Indicator
from audit.report.blocks import Figure
from audit.report.pictures.svg import LINE, SMALL, Pattern, block, drawing, line, patterned, rect, text, text_width, wrap
from audit.report.words import Words
from audit.wording import safe

_BAR, _STEPS_LEFT, _COLUMN = 500.0, 556.0, 34.0
_RUNGS = ("claimed", "documented", "supplied", "validated", "certified")
_PARTS: tuple[tuple[str, str, Pattern], ...] = (
    ("met", "within", "solid"), ("not_met", "gap", "crossed"), ("unfit", "open", "striped"), ("open", "open", "empty"),
)


def coverage_figure(indicators: Mapping[str, Indicator], w: Words, title: str, findings: Sequence[Finding] = ()) -> Figure | None:
    """Return a bar for each indicator; None without any question. findings: to tell what does not fit together from what is open.

    The bar counts questions; "answered" is by their weight, as the score is.
    """
    rows = [(name, i) for name, i in indicators.items()]
    if not any(_total(i) for _, i in rows):
        return None
    counts = [(i, _counts(name, i, findings)) for name, i in rows]
    alt = " ".join(_sentence(i, count, w) for i, count in counts)
    key, top = _key(w)
    parts, y = [key], float(top)
    for i, count in counts:
        part, height = _indicator(i, count, y, w)
        parts.append(part)
        y += height
    steps, taken = _steps_key(y, w)
    return Figure(svg=drawing(y + taken, alt, [*parts, steps]), alt=alt, caption=safe(title))


def _total(i: Indicator) -> int:
    return i.met + i.not_met + i.open


def _counts(name: str, i: Indicator, findings: Sequence[Finding]) -> dict[str, int]:
    """Part → how many questions; a person's answer is inconclusive where two things do not fit together."""
    unfit = sum(f.indicator == name and f.outcome == "inconclusive" and f.assurance != "measured" for f in findings)
    return {"met": i.met, "not_met": i.not_met, "unfit": min(unfit, i.open), "open": i.open - min(unfit, i.open)}


def _names(w: Words) -> Mapping[str, str]:
    return {"met": w("met"), "not_met": w("not met"), "unfit": w("does not fit together"), "open": w("open")}


def _assurance(w: Words) -> Mapping[str, str]:
    return {"claimed": w("claimed"), "documented": w("documented"), "supplied": w("supplied"), "validated": w("validated"),
            "certified": w("certified"), "measured": w("measured in this audit")}


def _key(w: Words) -> tuple[str, float]:
    """Return the patterns with their names, and the height they take."""
    parts, x, y = [], 1.0, 14.0
    for part, kind, pattern in _PARTS:
        words = _names(w)[part]
        wide = 34 + text_width(words, SMALL)
        if x + wide > _BAR:
            x, y = 1.0, y + LINE + 4
        parts += [patterned(x, y - 7, 22, 14, kind, pattern), text(x + 28, y + 4, words, "soft", size=SMALL)]
        x += wide + 14
    lines = wrap(w("how well backed"), 760 - _STEPS_LEFT, SMALL)
    parts.append(block(_STEPS_LEFT, 6 + LINE * len(lines) / 2, lines, "soft", size=SMALL))
    return "".join(parts), max(y, LINE * len(lines)) + 18


def _indicator(i: Indicator, counts: Mapping[str, int], y: float, w: Words) -> tuple[str, float]:
    score = _score(i, w)
    room = _BAR - text_width(score, bold=True) - 16
    lines = wrap(w.plain(i.title), room, bold=True)
    parts = [block(0, y + LINE * len(lines) / 2, lines, bold=True), text(_BAR, y + LINE / 2 + 4.5, score, bold=True, anchor="end")]
    top, x, total = y + LINE * len(lines) + 6, 1.0, max(_total(i), 1)
    for part, kind, pattern in _PARTS:
        wide = (_BAR - 1) * counts[part] / total
        if wide:
            parts.append(patterned(x, top, wide, 18, kind, pattern))
        x += wide
    said = wrap(_counted(i, counts, w), _BAR, SMALL, most=3)
    parts += [block(0, top + 24 + LINE * len(said) / 2, said, "soft", size=SMALL), _steps(i, top + 18)]
    return "".join(parts), LINE * (len(lines) + len(said)) + 46


def _score(i: Indicator, w: Words) -> str:
    return w("score not shown") if i.score is None else w("{score} of 100", score=f"{i.score:g}")


def _counted(i: Indicator, counts: Mapping[str, int], w: Words) -> str:
    parts = [f"{_names(w)[part]}: {counts[part]:,}" for part, *_ in _PARTS if counts[part] or part != "unfit"]
    return "; ".join([*parts, w("answered, by weight: {share}", share=f"{100 * i.coverage:.0f}%")])


def _steps(i: Indicator, bottom: float) -> str:
    """A stair: a step for each kind of backing, full where something stands on it, with how many above it; what was measured beside it."""
    parts = []
    for step, kind in enumerate((*_RUNGS, "measured")):
        x, count = _STEPS_LEFT + _COLUMN * step, i.assurance.get(kind, 0)
        measured = kind == "measured"
        tall = 26 if measured else 6 + 4 * step
        parts.append(rect(x, bottom - tall, 24, tall, _step_fill(count, measured=measured), "within" if measured else "axis", dash="" if count else "3 2"))
        parts.append(text(x + 12, bottom - tall - 4, f"{count:,}", "soft", size=SMALL, anchor="middle"))
        parts.append(text(x + 12, bottom + 14, "M" if measured else str(step + 1), "soft", size=SMALL, anchor="middle"))
    return "".join(parts) + line(_STEPS_LEFT, bottom, _STEPS_LEFT + _COLUMN * 6 - 10, bottom, "axis")


def _step_fill(count: int, *, measured: bool) -> str:
    return ("within" if measured else "axis") if count else "paper"


def _steps_key(y: float, w: Words) -> tuple[str, float]:
    named = ", ".join(f"{i + 1} = {_assurance(w)[kind]}" for i, kind in enumerate(_RUNGS))
    words = w("How well backed: {steps}, M = {measured}. Above each: how many.", steps=named, measured=_assurance(w)["measured"])
    lines = wrap(words, 750, SMALL, most=3)
    return block(0, y + LINE * len(lines) / 2, lines, "soft", size=SMALL), LINE * len(lines) + 6


def _sentence(i: Indicator, counts: Mapping[str, int], w: Words) -> str:
    backed = ", ".join(f"{count:,} {_assurance(w).get(kind, safe(kind))}" for kind, count in i.assurance.items()) or w("nothing yet")
    return w("{indicator}: {score}; {counts}; backed by: {backed}.", indicator=safe(w.plain(i.title)), score=_score(i, w), counts=_counted(i, counts, w),
             backed=backed)
