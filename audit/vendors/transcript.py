"""A worksheet for tools without an API: written when it is not there, filled by people, then read.

The ids say nothing about group or item, and the rows come in random order: people are blind to both. Several people have a part each;
a conversation has a row a turn; of an adaptive plan a sheet holds the blocks so far, and the next one's rows are added below.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct

from audit.errors import Unfinished, WorksheetError
from audit.records import Failure, Probe, Reply
from audit.sheets import KINDS
from audit.vendors.site import Site, Tool
from audit.vendors.worksheet.order import Item, item_of, pastes, share_out
from audit.vendors.worksheet.read import Filled, answered, merged, open_places, read_part, refuse_conflicts
from audit.vendors.worksheet.write import Style, add_below, longest, to_paste, write_part, write_worksheet
from audit.workbook import LARGEST_CELL

__all__ = ["Settings", "Worksheet", "check", "connect", "read_worksheet", "to_paste", "write_worksheet"]
_FILL = """Paste the tool's answers into the column "output", save, and run the same command again."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`file`: .xlsx, .csv or .jsonl, relative to the plan; or several; or a folder ("sheets/"), of which every sheet is read.

    `paste`: what the column "prompt" holds: the set's whole prompt, for a product that chats, or the bare text, for one that judges texts (a
    filter, a detector, a scorer). parts: so many sheets, one for each person. sitting: rows after which a person pauses.
    """

    file: str | Annotated[tuple[str, ...], Meta(min_length=1)]
    paste: Literal["prompt", "text"] = "prompt"
    parts: Annotated[int, Meta(ge=1, le=100)] = 1
    sitting: Annotated[int, Meta(ge=1, le=10_000)] | None = None

    def __post_init__(self) -> None:
        """Refuse another ending before anything is written, and two ways to say how many sheets there are."""
        names = (self.file,) if isinstance(self.file, str) else self.file
        for name in names:
            if Path(name).suffix.lower() not in KINDS and not (self.folder and Path(name).suffix == ""):
                raise ValueError(f"file = {name!r} is no kind of sheet (.xlsx, .csv or .jsonl) and no folder (a name that ends with /)")
        if not isinstance(self.file, str) and self.parts > 1:
            raise ValueError(f"parts = {self.parts}, but file names {len(self.file)} sheets: leave parts out")
        if len(set(names)) < len(names):
            raise ValueError("file names the same sheet twice")

    @property
    def folder(self) -> bool:
        """Whether every sheet of a folder is read."""
        return isinstance(self.file, str) and self.file.endswith("/")

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the sheets to be written: of several parts sheet-1.xlsx, sheet-2.xlsx and so on."""
        if not isinstance(self.file, str):
            return self.file
        name = f"{self.file}sheet{KINDS[0]}" if self.folder else self.file
        stem, ending = name[: -len(Path(name).suffix)], Path(name).suffix
        return (name,) if self.parts == 1 else tuple(f"{stem}-{n}{ending}" for n in range(1, self.parts + 1))


def check(settings: Settings, site: Site) -> None:
    """Raise WorksheetError for a text that no cell of a workbook can hold, before anything is written."""
    if not any(Path(name).suffix.lower() == KINDS[0] for name in settings.sheets):
        return
    for length, probe in longest(site.probes, settings.paste).items():
        if length > LARGEST_CELL:
            raise WorksheetError(
                f"a text to paste has {length:,} characters (item {probe.item!r} of {probe.set!r}), and a cell of a workbook holds {LARGEST_CELL:,}",
                where=site.where, fix='Shorten it, take the item out of the set, or let connect.file end in ".csv" and open it in LibreOffice.',
            )


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Write the worksheets and stop (Unfinished), or read them and give `ask`."""
    book = _Book(settings, site)
    if not any(path.exists() for path in book.paths):
        raise book.begin()
    present = [path for path in book.paths if path.exists()]
    filled = merged(line for path in present for line in read_part(path, book.known, book.style))
    refuse_conflicts(filled, book.known, book.style, book.table)
    places = (*book.go_on(filled, present), *open_places(filled, site.probes, present if len(book.paths) == 1 else book.paths))
    outputs, beside = answered(filled, site.probes)

    async def ask(probe: Probe) -> Reply:
        if probe.id not in outputs:
            raise Failure("there is no answer on the worksheet yet")
        output = outputs[probe.id]
        return Reply(output["conversation"][len(probe.history)]["output"] if isinstance(output, dict) else output, beside[probe.id])

    yield Tool(ask, outputs, places)


class _Book:
    """The worksheets of a plan: where they lie, and what is written into which."""

    def __init__(self, settings: Settings, site: Site) -> None:
        self.site, self.grows = site, site.planned is not None
        self.known = {probe.id: probe for probe in site.planned or site.probes}
        self.written = [site.base / name for name in settings.sheets]
        self.paths = (_sheets_in(site.base / str(settings.file)) or self.written) if settings.folder else self.written
        turns = any(probe.turns for probe in self.known.values())
        plain = len(self.written) == 1 and settings.sitting is None and not (turns or self.grows or settings.folder)
        self.style = Style(plain, settings.paste, turns, settings.sitting)
        first = (site.base / str(settings.file)) if settings.folder or isinstance(settings.file, str) else self.written[0]
        self.table = first.with_name(f"{first.stem}-conflicts.csv")   # beside a folder, so that it is not read as one of its sheets
        self.folder = settings.folder

    def begin(self) -> Unfinished:
        """Write every worksheet, and return what is then to be done."""
        dealt = share_out(self.site.probes, len(self.written)) if len(self.written) > 1 else [list(self.site.probes)]
        for n, (path, own) in enumerate(zip(self.written, dealt, strict=True), 1):
            write_part(path, own, self.style, _part(n, len(self.written)))
        block = "; it is the first block, and how many follow depends on the answers" if self.grows else ""
        if len(dealt) == 1:
            return Unfinished(f"the worksheet is written, with {pastes(dealt[0])} rows to fill{block}", where=str(self.written[0]), fix=_FILL)
        rows = ", ".join(f"{path.name} ({pastes(own)} rows)" for path, own in zip(self.written, dealt, strict=True))
        return Unfinished(f"{len(dealt)} worksheets are written, one for each person: {rows}{block}", where=str(self.written[0].parent), fix=_FILL)

    def go_on(self, filled: Filled, present: Sequence[Path]) -> tuple[str, ...]:
        """Write what no sheet has: a part that is not there, or the rows of a new block (then raises Unfinished). Returns what to tell."""
        held = {item_of(self.known[line.probe]): self.paths.index(line.path) for line in filled.lines}
        rows = {line.probe for line in filled.lines}
        lacking = [probe for probe in self.site.probes if probe.id not in rows]
        absent = [path for path in self.paths if path not in present]
        if absent and self.grows:
            return tuple(f"{path.name} is not there: put it back" for path in absent)
        if absent:
            return self._again([p for p in lacking if item_of(p) not in held], absent)
        if lacking and self.grows:
            raise self._next(filled, lacking, held)
        return ()

    def _again(self, lacking: Sequence[Probe], absent: Sequence[Path]) -> tuple[str, ...]:
        """Write parts that are not there anew, each with the rows that it had where the plan is the same."""
        before = share_out(self.site.probes, len(self.paths))
        own: dict[Item, int] = {item_of(p): absent.index(path) for path, part in zip(self.paths, before, strict=True) if path in absent for p in part}
        told = []
        for path, part in zip(absent, share_out(lacking, len(absent), own), strict=True):
            if part:
                write_part(path, part, self.style, _part(self.paths.index(path) + 1, len(self.paths)))
            told.append(f"{path.name} was not there{f', and is written again: {pastes(part)} rows' if part else ''}")
        return tuple(told)

    def _next(self, filled: Filled, lacking: Sequence[Probe], held: dict[Item, int]) -> Unfinished:
        """Add the rows of a new block below the sheets, and return what is then to be done."""
        added = []
        for path, own in zip(self.paths, self._shares(lacking, held), strict=True):
            if own:
                first, last = add_below(path, own, self.style, max((line.sitting for line in filled.lines if line.path == path), default=0))
                added.append(f"{path.name} (rows {first} to {last})" if len(self.paths) > 1 else f"rows {first} to {last}")
        return Unfinished(
            f"the rows before are read; {pastes(lacking)} more are added below: {', '.join(added)}",
            where=str(self.paths[0] if len(self.paths) == 1 else self.paths[0].parent), fix=_FILL,
        )

    def _shares(self, lacking: Sequence[Probe], held: dict[Item, int]) -> list[list[Probe]]:
        """Deal the probes of a new block to the sheets, beside what these have."""
        wanted = {probe.id for probe in lacking}
        old = [probe for probe in self.known.values() if item_of(probe) in held]
        every = list({probe.id: probe for probe in (*old, *lacking)}.values())
        return [[probe for probe in share if probe.id in wanted] for share in share_out(every, len(self.paths), held)]


def _part(number: int, of: int) -> str:
    return f"part {number} of {of}" if of > 1 else ""


def _sheets_in(folder: Path) -> list[Path]:
    """Return the sheets of a folder by name, without the lock files of spreadsheet programs."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in KINDS and not path.name.startswith((".", "~$")) and path.is_file())


class Worksheet(NamedTuple):
    """What a worksheet holds: probe id → answer, and in words the places that are still empty."""

    answers: dict[str, object]
    missing: tuple[str, ...]


def read_worksheet(path: Path, probes: Sequence[Probe], paste: Literal["prompt", "text"] = "prompt") -> Worksheet:
    """Return the pasted answers of one worksheet, and which rows have none. Raises WorksheetError as the adapter does; writes nothing."""
    style = Style(plain=True, paste=paste, turns=any(probe.turns for probe in probes), sitting=None)
    known = {probe.id: probe for probe in probes}
    filled = merged(read_part(path, known, style))
    refuse_conflicts(filled, known, style, None)
    return Worksheet(answered(filled, probes)[0], open_places(filled, probes, [path]))
