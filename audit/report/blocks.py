"""What a document is made of, before anybody draws it: each is composed once and drawn as HTML and as PDF from the same blocks.

Texts are plain texts, of vendors too: whoever draws them makes them safe for his format. Only `Figure.svg` is markup, and we make it.
"""

from typing import Literal

from msgspec import Struct

from audit.records import Json


class Strong(Struct, frozen=True, tag=True):
    """Words that carry the sentence."""

    text: str


class Soft(Struct, frozen=True, tag=True):
    """Words that may be skipped."""

    text: str


class Badge(Struct, frozen=True, tag=True):
    """An outcome or a decision: its kind (gap_found, met, approve, …) gives sign and color, its text says it."""

    kind: str
    text: str


class Ladder(Struct, frozen=True, tag=True):
    """How well an answer is backed: step of so many, and in words. measured: step 0."""

    step: int
    steps: int
    text: str


class Foreign(Struct, frozen=True, tag=True):
    """A text in another language than the document's, as a BCP 47 tag: what a vendor or a source wrote."""

    text: str
    lang: str


class Link(Struct, frozen=True, tag=True):
    """A place in the same document (`#id`) or a web address."""

    text: str
    href: str


Inline = str | Strong | Soft | Badge | Ladder | Foreign | Link
Runs = tuple[Inline, ...]


class Heading(Struct, frozen=True, tag=True):
    """A heading of level 2 to 4; the title is the only one of level 1. id: unique in the document."""

    level: Literal[2, 3, 4]
    text: str
    id: str


class Paragraph(Struct, frozen=True, tag=True):
    """A paragraph. style: lead (the sentence to read first), soft (an explanation), status (a decision, large), or none."""

    runs: Runs
    style: Literal["", "lead", "soft", "status"] = ""


class Items(Struct, frozen=True, tag=True):
    """A list. ordered: its order says something. check: boxes to tick on paper."""

    items: tuple[Runs, ...]
    ordered: bool = False
    check: bool = False


class Table(Struct, frozen=True, tag=True):
    """A table; the first column heads its rows. numbers: columns (from 0) that are aligned as numbers. quoted: cells keep their line breaks."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Runs, ...], ...]
    numbers: tuple[int, ...] = ()
    quoted: bool = False


class Figure(Struct, frozen=True, tag=True):
    """A picture. svg: made by `pictures`, never from a file of others; alt: all that it shows, in words; wide: needs the whole page's width."""

    svg: str
    alt: str
    caption: str


class Facts(Struct, frozen=True, tag=True):
    """Names and what they stand for."""

    pairs: tuple[tuple[str, Runs], ...]


class Callout(Struct, frozen=True, tag=True):
    """Blocks that belong together behind a colored edge. kind: a decision's status, a finding's outcome, or "note"; label: its accessible name."""

    kind: str
    label: str
    blocks: "tuple[Block, ...]"


Block = Heading | Paragraph | Items | Table | Figure | Facts | Callout


class Document(Struct, frozen=True):
    """A document. name: its file's stem; role: who audited, for the banner; banner: what stands on every page, in words; data: embedded for programs."""

    name: str
    lang: str
    title: str
    role: str
    banner: str
    subtitle: str
    blocks: tuple[Block, ...]
    footer: tuple[Block, ...] = ()
    skip: str = ""
    data: Json = None
