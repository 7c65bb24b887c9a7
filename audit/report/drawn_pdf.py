"""A document as tagged PDF (PDF/UA-1), set by Typst: every text travels as a string, never as markup."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from audit.report.blocks import (
    Badge,
    Block,
    Callout,
    Document,
    Facts,
    Figure,
    Foreign,
    Heading,
    Inline,
    Items,
    Ladder,
    Link,
    Paragraph,
    Runs,
    Soft,
    Strong,
    Table,
)
from audit.report.drawing import anchors, is_web, language, prepared, sign, tone, words_of
from audit.report.words import Words
from audit.wording import safe

_PRELUDE = Path(__file__).parent / "templates" / "document.typ"
_LOST = "\N{REPLACEMENT CHARACTER}"
_FORBIDDEN = re.compile("[\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U0010ffff]")
"""Halves of characters, private characters and what is no character: a PDF must say what each of its signs means."""
_IGNORABLE = re.compile("[\u00ad\u061c\u180b-\u180f\u200b\u2060-\u2064\u206a-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]")
_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_LONG = re.compile(r"\S{19,}")
_PIECE = 18
"""A word without a break every so many characters runs out of a narrow column."""
_LATIN = "".join(map(chr, range(0x20, 0x100))) + "\n–—‘’“”…−"
_OURS = "◆●◐○☐"
_WIDTH = 504.0
"""Points of text across US Letter, which also fits on A4."""
_PER_LINE = 104
"""Characters of a table's line, about."""
_WIDE, _WHOLE = 60, 1200
"""Characters: what a column asks for at most; a cell or a callout that is not broken over pages."""
_PX = 0.75
_WHOLE_WIDTH = 0.9
"""Of this share of the page, a picture takes the whole width."""
_SHORT = 90


def pdf_of(document: Document, w: Words) -> bytes:
    """Return the document as PDF/UA-1; the same document gives the same bytes.

    w: the language of the page numbers and of the steps of ladders. Fonts are those inside Typst; only for characters that they lack,
    this computer's. What no font has is drawn as U+FFFD, and a sentence at the end says so. Raises typst.TypstError for a picture that is no SVG.
    """
    import typst

    ready = prepared(document)
    source = _source(ready, w)
    for system, known in _ways(source):
        try:
            made = typst.compile(
                _shown(source, known, w).encode(), format="pdf", pdf_standards="ua-1", ignore_system_fonts=not system,
            )
        except typst.TypstError:
            if known is _FEWEST:
                raise
            continue
        assert isinstance(made, bytes)
        return made
    raise AssertionError("the last way returns or raises")


_FEWEST = frozenset(_LATIN + _OURS + _LOST)


def _ways(source: str) -> list[tuple[bool, frozenset[str]]]:
    """Return (with this computer's fonts?, characters that can be shown), the best way first: a script may fail as a whole though each letter is there."""
    rare = "".join(sorted(set(source) - _FEWEST))
    inside = _covered(rare, system=False)
    ways = [(False, _FEWEST | inside), (False, _FEWEST)]
    if len(inside) < len(rare):
        more = inside | _covered("".join(sorted(set(rare) - inside)), system=True)
        ways = [(True, _FEWEST | more), *ways] if len(more) > len(inside) else ways
    return ways


@lru_cache(maxsize=64)
def _covered(rare: str, *, system: bool) -> frozenset[str]:
    """Return the characters that some font has: each is drawn between two letters and compared with one that no font can have."""
    import typst

    if not rare:
        return frozenset()
    none = "\U0010ffff"
    rows = "\\\n".join(f'#box("A")#box("\\u{{{ord(c):x}}}")' for c in none + rare)
    drawn = typst.compile(f"#set page(width: auto, height: auto)\n{rows}\\\n#box(\"A\")".encode(), format="svg", ignore_system_fonts=not system)
    page = drawn[0] if isinstance(drawn, list) else drawn
    assert page is not None
    glyphs = re.findall(r'<use[^>]*?xlink:href="#([^"]+)"', page.decode())
    runs = " ".join(glyphs).split(glyphs[0])[1:]
    missing = runs[0]
    return frozenset(c for c, run in zip(rare, runs[1:], strict=False) if run != missing or not run.strip())


def _shown(source: str, known: frozenset[str], w: Words) -> str:
    """Return the source with every character that no font has replaced, and a sentence about it where one was."""
    lost = set(source) - known
    if not lost:
        return source
    note = w("{sign} stands for a character that none of the fonts at hand has. The web page of this document shows it.", sign=_LOST)
    return source.translate(dict.fromkeys(map(ord, lost), _LOST)) + f"\n\n#soft({_string(note)})\n"


def _source(document: Document, w: Words) -> str:
    """Return the document as a Typst program: calls of templates/document.typ with strings."""
    drawing = _Drawing(w, anchors((*document.blocks, *document.footer)))
    lang, region = language(document.lang)
    numbering = w("Page {page} of {pages}", page="\0none\0", pages="\0auto\0").split("\0")
    parts = ", ".join(p if p in ("none", "auto") else _string(p) for p in numbering)
    title = _one_line(document.title)
    short = title if len(title) <= _SHORT else title[: _SHORT - 1] + "…"
    head = (
        f"#show: paper.with(title: {_string(title)}, lang: {_string(lang or 'en')}, region: {_string(region) if region else 'none'}, role: {_string(document.role)}, "
        f"banner: {_string(_one_line(document.banner))}, short: {_string(short)}, numbering: ({parts},), compact: {_bool(document.name == 'memo')})\n"
        f"#role-line({_string(document.role)}, {_content(document.banner)})\n#heading(level: 1, {_content(document.title)})\n"
    )
    subtitle = f"#par(soft({_content(document.subtitle)}))\n" if document.subtitle else ""
    footer = f"#v(1em)\n#line(length: 100%, stroke: 0.5pt + line-ink)\n{drawing.blocks(document.footer)}" if document.footer else ""
    return f"{_PRELUDE.read_text(encoding='utf-8')}\n{head}{subtitle}\n{drawing.blocks(document.blocks)}\n{footer}"


class _Drawing:
    """Blocks as calls. Places are numbered: an id of a document is never a Typst label."""

    def __init__(self, w: Words, ids: Sequence[str]) -> None:
        self.w = w
        self.places: Mapping[str, str] = {one: f"place-{n}" for n, one in enumerate(dict.fromkeys(ids), 1)}
        self.set: set[str] = set()

    def blocks(self, blocks: Sequence[Block]) -> str:
        return "\n\n".join(self.block(b) for b in blocks)

    def block(self, block: Block) -> str:
        match block:
            case Heading():
                drawn = self.heading(block)
            case Paragraph():
                drawn = self.paragraph(block)
            case Items():
                name = "boxes" if block.check else "enum" if block.ordered else "list"
                drawn = f"#{name}({', '.join(f'[{self.runs(item)}]' for item in block.items)})"
            case Facts():
                drawn = f"#terms({', '.join(f'terms.item({_content(name)}, [{self.runs(value)}])' for name, value in block.pairs)})"
            case Table():
                drawn = self.table(block)
            case Figure():
                drawn = _figure(block)
            case Callout():
                body = self.blocks(block.blocks)
                drawn = f"#callout({_string(tone(block.kind))}, {_bool(len(body) < _WHOLE)}, [\n{body}\n])"
        return drawn

    def paragraph(self, paragraph: Paragraph) -> str:
        inside = f"[{self.runs(paragraph.runs)}]"
        return f"#par(soft{inside})" if paragraph.style == "soft" else f"#{paragraph.style or 'par'}{inside}"

    def heading(self, heading: Heading) -> str:
        """The first heading of an id is the place that links lead to."""
        label = "" if heading.id in self.set else f" #label({_string(self.places[heading.id])})"
        self.set.add(heading.id)
        return f"#[#heading(level: {heading.level}, {_content(heading.text)}){label}]"

    def table(self, table: Table) -> str:
        cells = [f"[{self.runs(cell, quoted=table.quoted)}]" for row in table.rows for cell in row]
        longest = max((sum(len(words_of(r)) for r in cell) for row in table.rows for cell in row), default=0)
        aligns = ", ".join("right" if n in table.numbers else "left" for n in range(len(table.head)))
        widths, size = _columns(table)
        drawn = (
            f"rows(({widths},), ({aligns},), {_bool(longest < _WHOLE)}, {_bool(table.quoted)}, {size}em, ({', '.join(_content(h) for h in table.head)},), {', '.join(cells)})"
        )
        return f"#figure(kind: table, caption: {_content(table.caption)}, {drawn})" if table.caption.strip() else f"#{drawn}"

    def runs(self, runs: Runs, *, quoted: bool = False) -> str:
        return "".join(f"#{self.run(r, quoted=quoted)}" for r in runs if words_of(r))

    def run(self, run: Inline, *, quoted: bool) -> str:
        text = _content(words_of(run), quoted=quoted)
        if isinstance(run, Strong):
            return f"strong({text})"
        if isinstance(run, Soft):
            return f"soft({text})"
        if isinstance(run, Badge):
            return f"badge({_string(tone(run.kind))}, {_string(sign(run.kind))}, {text})"
        if isinstance(run, Ladder):
            step = f" {self.w('(step {step} of {steps})', step=run.step, steps=run.steps)}" if run.step > 0 else ""
            return f"ladder({run.step}, {run.steps}, {_content(run.text + step)})"
        if isinstance(run, Foreign):
            lang, region = language(run.lang)
            return f"text(lang: {_string(lang)}{f', region: {_string(region)}' if region else ''}, {text})" if lang else text
        return self.link(run, text) if isinstance(run, Link) else text

    def link(self, link: Link, text: str) -> str:
        """A web address stands on paper too."""
        if link.href.startswith("#") and link.href[1:] in self.places:
            return f"link(label({_string(self.places[link.href[1:]])}), {text})"
        if not is_web(link.href):
            return text
        shown = "" if link.text == link.href else f" #soft({_content(f'({link.href})')})"
        return f"[#link({_string(link.href)}, {text}){shown}]"


def _columns(table: Table) -> tuple[str, float]:
    """Return the columns' widths, and the size of the letters: as wide as it is where all fits on a line, else shared by need."""
    texts = [[head, *("".join(map(words_of, row[n])) for row in table.rows)] for n, head in enumerate(table.head)]
    want = [min(_WIDE, max(len(t) for t in own)) + 2 for own in texts]
    if sum(want) <= _PER_LINE:
        return ", ".join(["auto"] * len(want)), 0.92
    kept = [[*own[0].split(), *own[1:]] if n in table.numbers else " ".join(own).split() for n, own in enumerate(texts)]  # numbers stay on a line
    need = [min(_PIECE, max(map(len, own), default=1)) + 2 for own in kept]
    want = [need[n] if n in table.numbers else max(own, need[n]) for n, own in enumerate(want)]
    spare = max(0, _PER_LINE - sum(need)) / max(1, sum(want) - sum(need))
    size = 0.92 if sum(need) <= _PER_LINE else max(0.6, 0.92 * _PER_LINE / sum(need))
    return ", ".join(f"{n + (w - n) * spare:.1f}fr" for n, w in zip(need, want, strict=True)), round(size, 2)


def _figure(figure: Figure) -> str:
    found = re.search(r'<svg[^>]*?\swidth="([0-9.]+)', figure.svg)
    points = float(found[1]) * _PX if found else _WIDTH
    width = f"{points:.1f}pt" if points < _WHOLE_WIDTH * _WIDTH else "100%"
    alt = _one_line(figure.alt) or _one_line(figure.caption) or "–"
    picture = f"picture({_string(figure.svg)}, {_string(alt)}, {width})"
    caption = f"caption: {_content(figure.caption)}, " if figure.caption.strip() else ""
    return f"#figure(kind: image, {caption}{picture})"


def _clean(text: str) -> str:
    """Return a text of which every character may stand in a PDF."""
    return _IGNORABLE.sub("", _FORBIDDEN.sub(_LOST, safe(_BREAKS.sub("\n", text))))


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())


def _string(text: str) -> str:
    """Return a Typst string literal."""
    return '"' + _clean(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", " ") + '"'


def _content(text: str, *, quoted: bool = False) -> str:
    """Return an expression that gives the text, with its line breaks where it is quoted; words too long for a line may be broken."""
    lines = _clean(text).split("\n") if quoted else [re.sub(r"\s+", " ", _clean(text))]
    return "{" + "; linebreak(); ".join(_line(one) for one in lines) + "}"


def _line(text: str) -> str:
    """Return the pieces of a line; a long word is a row of boxes, which may be broken between them and reads as one."""
    parts, at = [], 0
    for found in _LONG.finditer(text):
        word = found[0]
        pieces = [word[i:i + _PIECE] for i in range(0, len(word), _PIECE)]
        parts += [_string(text[at:found.start()]), "; ".join(f"box({_string(p)})" for p in pieces)]
        at = found.end()
    return "; ".join([*parts, _string(text[at:])])


def _bool(value: bool) -> str:
    return "true" if value else "false"
