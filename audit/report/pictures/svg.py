"""Shapes and texts as SVG, made safe; every one has a class for CSS and presentation attributes for light paper.

A color is never alone: whoever uses these also changes the shape, the pattern or the text. No script, no style, no ids, nothing from outside.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Literal

from audit.wording import safe

WIDTH = 760
SIZE, SMALL = 13, 12
LINE = 16
MOST_ROWS = 20
"""So many rows a picture holds; the table under it holds all."""
ALL_SAID = 8
"""Up to so many rows the alt text says every number; beyond that it sums up."""

KINDS: Mapping[str, tuple[str, str]] = {
    "ink": ("#1b1f24", "#eceff3"),
    "soft": ("#4a5058", "#c0c6cf"),
    "axis": ("#555b63", "#a9b0ba"),
    "band": ("#dfe8f3", "#2b3a4d"),
    "edge": ("#55708f", "#8fb0d6"),
    "gap": ("#9b1c22", "#ff9a9e"),
    "within": ("#0b5f38", "#6fdba5"),
    "open": ("#555b63", "#c0c6cf"),
    "side": ("#1b4f9c", "#8fbcff"),
    "paper": ("#ffffff", "#14171b"),
}
"""What a shape is → its color on light and on dark paper. Classes: f-KIND where it fills, s-KIND where it is the line."""


def _css() -> str:
    dark = "".join(f"svg.picture .f-{kind}{{fill:{color}}}svg.picture .s-{kind}{{stroke:{color}}}" for kind, (_, color) in KINDS.items())
    return f"svg.picture{{display:block;width:100%;max-width:{WIDTH}px;height:auto}}\n@media screen and (prefers-color-scheme:dark){{{dark}}}\n"


PICTURE_CSS = _css()
"""What a page needs for the pictures in it: their size, and their colors on dark paper (#14171b). Print stays light."""

_WIDTHS: Mapping[str, float] = {
    **dict.fromkeys("iljI.,:;'|!·()[]/- ", 0.40), **dict.fromkeys("mwMW@%—…", 1.0), **dict.fromkeys("ftr", 0.45),
    **dict.fromkeys("0123456789", 0.64),
}
_CAPITAL, _OTHER, _WIDE, _BOLD = 0.76, 0.62, 1.05, 1.1
_FULL_WIDTH = 0x1100


def text_width(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """Return about how wide a text is, in px: of a wide sans-serif face, so that it is seldom wider."""
    return size * (_BOLD if bold else 1.0) * sum(_letter(c) for c in text)


def _letter(c: str) -> float:
    return _WIDTHS.get(c) or (_WIDE if ord(c) >= _FULL_WIDTH and not 0x2000 <= ord(c) < 0x2100 else _CAPITAL if c.isupper() else _OTHER)  # noqa: PLR2004 - punctuation


def wrap(text: str, width: float, size: float = SIZE, *, most: int = 2, bold: bool = False) -> tuple[str, ...]:
    """Return a text in at most so many lines of a width in px; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    rest = " ".join(safe(text).split())
    while rest:
        if text_width(rest, size, bold=bold) <= width:
            return (*lines, rest)
        cut = _fitting(rest, width, size, bold=bold)
        if len(lines) == most - 1:
            cut = _fitting(rest, width - text_width("…", size, bold=bold), size, bold=bold)
            return (*lines, rest[:cut].rstrip() + "…")
        space = rest.rfind(" ", 1, cut + 1)
        cut = space if space > 0 else cut
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return tuple(lines)


def _fitting(text: str, width: float, size: float, *, bold: bool) -> int:
    """Return how many letters fit, one at least."""
    used = 0.0
    for i, c in enumerate(text):
        used += text_width(c, size, bold=bold)
        if used > width:
            return max(i, 1)
    return len(text)


def num(value: float) -> str:
    """Return a place in px, to a tenth."""
    return f"{round(value, 1) + 0.0:g}" if abs(value) < 1e5 else "0"  # noqa: PLR2004 - far outside every picture


Anchor = Literal["start", "middle", "end"]


def text(x: float, y: float, words: str, kind: str = "ink", *, size: int = SIZE, anchor: Anchor = "start", bold: bool = False) -> str:
    """Return one line of text; y is its base line."""
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    weight = ' font-weight="600"' if bold else ""
    return (f'<text x="{num(x)}" y="{num(y)}" class="f-{kind}" fill="{KINDS[kind][0]}" font-size="{size}"{where}{weight}>'
            f"{escape(safe(' '.join(words.split())))}</text>")


def block(
    x: float, middle: float, lines: Sequence[str], kind: str = "ink", *, size: int = SIZE, anchor: Anchor = "start", bold: bool = False
) -> str:
    """Return lines of text around a height."""
    first = middle - LINE * (len(lines) - 1) / 2 + 0.35 * size
    return "".join(text(x, first + LINE * i, line, kind, size=size, anchor=anchor, bold=bold) for i, line in enumerate(lines))


def line(x1: float, y1: float, x2: float, y2: float, kind: str, *, width: float = 1.5, dash: str = "") -> str:
    """Return a straight line."""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (f'<line x1="{num(x1)}" y1="{num(y1)}" x2="{num(x2)}" y2="{num(y2)}" class="s-{kind}" stroke="{KINDS[kind][0]}" '
            f'stroke-width="{num(width)}"{dashes}/>')


def rect(x: float, y: float, width: float, height: float, fill: str | None, stroke: str | None = None, *, dash: str = "") -> str:
    """Return a rectangle, filled or only drawn around."""
    return f'<rect x="{num(x)}" y="{num(y)}" width="{num(max(width, 0.0))}" height="{num(height)}" {_painted(fill, stroke, 1.5, dash)}/>'


def circle(x: float, y: float, radius: float, fill: str, stroke: str | None = None) -> str:
    """Return a circle."""
    return f'<circle cx="{num(x)}" cy="{num(y)}" r="{num(radius)}" {_painted(fill, stroke, 2.5, "")}/>'


def polygon(corners: Sequence[tuple[float, float]], fill: str, stroke: str | None = None) -> str:
    """Return a filled shape with straight sides."""
    return f'<polygon points="{" ".join(f"{num(x)},{num(y)}" for x, y in corners)}" {_painted(fill, stroke, 1.5, "")}/>'


def _painted(fill: str | None, stroke: str | None, width: float, dash: str) -> str:
    names = " ".join(f"{prefix}-{kind}" for prefix, kind in (("f", fill), ("s", stroke)) if kind)
    ink = f'fill="{KINDS[fill][0]}"' if fill else 'fill="none"'
    edge = f' stroke="{KINDS[stroke][0]}" stroke-width="{num(width)}"' if stroke else ""
    return f'class="{names}" {ink}{edge}' + (f' stroke-dasharray="{dash}"' if dash and stroke else "")


Pattern = Literal["solid", "crossed", "striped", "dotted", "empty"]


def patterned(x: float, y: float, width: float, height: float, kind: str, pattern: Pattern) -> str:
    """Return a rectangle in a pattern that can be told from the others without color. empty: dashed outline."""
    if pattern == "solid":
        return rect(x, y, width, height, kind, kind)
    inside = {"crossed": _stripes(x, y, width, height, 7, kind) + _stripes(x, y, width, height, 7, kind, mirrored=True),
              "striped": _stripes(x, y, width, height, 9, kind), "dotted": _dots(x, y, width, height, kind), "empty": ""}[pattern]
    return rect(x, y, width, height, "paper") + inside + rect(x, y, width, height, None, kind, dash="4 3" if pattern == "empty" else "")


def _stripes(x: float, y: float, width: float, height: float, step: float, kind: str, *, mirrored: bool = False) -> str:
    """Return slanting lines cut at the rectangle's sides (no pattern element: that would need an id)."""
    found = []
    for i in range(1, math.ceil((width + height) / step)):
        across = i * step
        x1, y1 = (across, 0.0) if across <= width else (width, across - width)
        x2, y2 = (0.0, across) if across <= height else (across - height, height)
        a, b = (width - x1, width - x2) if mirrored else (x1, x2)
        found.append(f"M{num(x + a)} {num(y + y1)}L{num(x + b)} {num(y + y2)}")
    return f'<path d="{"".join(found)}" class="s-{kind}" fill="none" stroke="{KINDS[kind][0]}" stroke-width="1.2"/>' if found else ""


def _dots(x: float, y: float, width: float, height: float, kind: str) -> str:
    columns, rows = int(width // 8), max(int(height // 8), 1)
    dots = "".join(
        f"M{num(x + width * (i + 0.5) / columns - 1.2)} {num(y + height * (j + 0.5) / rows - 1.2)}h2.4v2.4h-2.4z" for i in range(columns) for j in range(rows)
    )
    return f'<path d="{dots}" class="f-{kind}" fill="{KINDS[kind][0]}"/>' if dots else ""


def drawing(height: float, alt: str, parts: Sequence[str]) -> str:
    """Return the whole picture: 760 px wide, its alt text as its accessible name."""
    tall = math.ceil(height)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" width="{WIDTH}" height="{tall}" viewBox="0 0 {WIDTH} {tall}" role="img" '
            f'aria-label="{escape(safe(alt))}" font-family="sans-serif">{"".join(parts)}</svg>')
