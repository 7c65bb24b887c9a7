"""What the two ways of drawing a document have in common: signs and tones of badges, safe links, levels of headings, full rows."""

import re
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from audit.report.blocks import Block, Callout, Document, Heading, Inline, Items, Paragraph, Runs, Table

SIGNS: Mapping[str, str] = {
    "gap_found": "◆", "not_met": "◆", "do_not_approve": "◆", "differ": "◆", "within_margin": "●", "met": "●", "approve": "●",
    "approve_with_conditions": "◐", "pilot": "◐", "inconclusive": "○", "insufficient_evidence": "○", "not_shown": "○",
}
"""A badge's sign by its kind; what is not here was not assessed or does not apply: a dash. Color alone says nothing."""
_TONES: Mapping[str, str] = {"◆": "red", "●": "green", "◐": "amber"}
_WEB = re.compile(r"(https?://|mailto:)\S+", re.IGNORECASE)
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:-[A-Za-z]{4})?(?:-([A-Za-z]{2}))?(?:-[A-Za-z0-9]{1,8})*")
_TOP = 2


def sign(kind: str) -> str:
    """Return the sign of a badge's kind."""
    return SIGNS.get(kind, "–")


def tone(kind: str) -> str:
    """Return red, green, amber, blue (a note) or grey: what a badge or an edge is colored with."""
    return "blue" if kind == "note" else _TONES.get(sign(kind), "grey")


def is_web(href: str) -> bool:
    """Return whether an address may be linked to: the web or a mailbox, nothing that runs (`javascript:`) and no file."""
    return _WEB.fullmatch(href) is not None


def language(tag: str) -> tuple[str, str]:
    """Return the language and the region of a BCP 47 tag, each empty where it has none (or is no tag at all)."""
    found = _LANGUAGE.fullmatch(tag)
    return ((found[1] or "").lower(), (found[2] or "").upper()) if found else ("", "")


def prepared(document: Document) -> Document:
    """Return the document without what no reader could follow: skipped levels, empty headings, rows shorter than their head, empty tables and lists."""
    level = 1

    def leveled(heading: Heading) -> Heading:
        nonlocal level
        level = max(_TOP, min(heading.level, level + 1))
        return replace(heading, level=level, text=heading.text.strip() or "–")

    return replace(
        document, title=document.title.strip() or document.name,
        blocks=_each(document.blocks, leveled), footer=_each(document.footer, leveled),
    )


def _each(blocks: tuple[Block, ...], leveled: Callable[[Heading], Heading]) -> tuple[Block, ...]:
    found: list[Block] = []
    for block in blocks:
        if isinstance(block, Heading):
            found.append(leveled(block))
        elif isinstance(block, Callout):
            found.append(replace(block, blocks=_each(block.blocks, leveled)))
        elif isinstance(block, Table):
            found += [replace(block, rows=tuple(_full(row, len(block.head)) for row in block.rows))] if block.head and block.rows else []
        elif not (isinstance(block, Items) and not block.items) and not (isinstance(block, Paragraph) and not block.runs):
            found.append(block)
    return tuple(found)


def _full(row: tuple[Runs, ...], columns: int) -> tuple[Runs, ...]:
    return (*row, *([()] * (columns - len(row))))[:columns]


def anchors(blocks: tuple[Block, ...]) -> list[str]:
    """Return the ids of all headings, in order: where links inside the document may lead."""
    return [
        one for block in blocks
        for one in ([block.id] if isinstance(block, Heading) else anchors(block.blocks) if isinstance(block, Callout) else [])
    ]


def words_of(run: Inline) -> str:
    """Return a run's text without what it is marked as."""
    return run if isinstance(run, str) else run.text
