"""A worksheet for tools without an API: written when it is not there, filled by a person, then read.

The ids say nothing about group or item, and the rows come in random order: the person is blind to both.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from msgspec import Struct

from audit.errors import Unfinished, WorksheetError
from audit.records import Probe, Reply
from audit.sheets import KINDS, read_sheet, write_sheet
from audit.vendors.site import Site, Tool

COLUMNS = ("probe", "prompt", "output")
_MOST_NAMED = 5
_HOW = """How to fill this in
1. For each row, copy the text in the column "prompt" and paste it into the tool, in a new conversation each time.
2. Copy the tool's whole answer and paste it into the column "output" of the same row.
3. Leave "output" empty where you have not asked yet. If the tool refuses, paste what it says.
4. Do not change the column "probe". You may sort the rows, and save and go on later.
5. Save, and run the same audit command again."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`file`: .xlsx, .csv or .jsonl, relative to the plan.

    `paste`: what the column "prompt" holds: the set's whole prompt, for a product that chats, or the bare text, for
    one that judges texts (a filter, a detector, a scorer).
    """

    file: str
    paste: Literal["prompt", "text"] = "prompt"

    def __post_init__(self) -> None:
        """Refuse another ending before anything is written."""
        if Path(self.file).suffix.lower() not in KINDS:
            raise ValueError(f"file = {self.file!r} is no kind of sheet (.xlsx, .csv or .jsonl)")


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Write the worksheet and stop (Unfinished), or read it and give `ask`."""
    path = site.base / settings.file
    if not path.exists():
        write_worksheet(path, site.probes, settings.paste)
        raise Unfinished(
            f"the worksheet is written, with {len(site.probes)} rows to fill", where=str(path),
            fix="""Paste the tool's answers into the column "output", save, and run the same command again.""",
        )
    sheet = read_worksheet(path, site.probes, settings.paste)

    async def ask(probe: Probe) -> Reply:
        return Reply(sheet.answers[probe.id])

    yield Tool(ask, sheet.answers, sheet.missing)


def to_paste(probe: Probe, paste: str) -> str:
    """Return what a person pastes into the tool."""
    text = probe.input.get("text")
    return text if paste == "text" and isinstance(text, str) else probe.prompt


def write_worksheet(path: Path, probes: Sequence[Probe], paste: str = "prompt") -> None:
    """Write one row a probe, in the probes' (random) order."""
    rows = [{"probe": probe.id, "prompt": to_paste(probe, paste), "output": None} for probe in probes]
    write_sheet(path, COLUMNS, rows, WorksheetError, _HOW)


class Worksheet(Struct, frozen=True):
    """What a worksheet holds: probe id → answer, and in words the places that are still empty."""

    answers: dict[str, str]
    missing: tuple[str, ...]


def read_worksheet(path: Path, probes: Sequence[Probe], paste: str = "prompt") -> Worksheet:
    """Return the pasted answers, and which rows have none.

    Raises WorksheetError, naming the rows, for a worksheet of another plan, a probe that the plan
    does not have, a prompt beside the wrong probe, and two different answers to one probe.
    """
    sheet = read_sheet(path, ("probe", "output"), WorksheetError)
    rows = [(n, r["probe"].strip(), r["output"].strip()) for n, r in sheet]
    _check_probes(rows, {probe.id for probe in probes}, path)
    _check_prompts(sheet, {probe.id: to_paste(probe, paste) for probe in probes}, path)
    answers: dict[str, str] = {}
    first: dict[str, int] = {}
    for number, probe, output in rows:
        if output and answers.setdefault(probe, output) != output:
            raise WorksheetError(
                f"probe {probe} has two different answers, in rows {first[probe]} and {number}", where=str(path),
                fix="Keep the one that the tool gave.",
            )
        if output:
            first.setdefault(probe, number)
    return Worksheet(answers, _missing(rows, answers, probes))


def _check_probes(rows: Sequence[tuple[int, str, str]], known: set[str], path: Path) -> None:
    strange = [(number, probe) for number, probe, _ in rows if probe not in known]
    if strange and len(strange) == len(rows):
        raise WorksheetError(
            "this worksheet belongs to another plan: none of its probes is in this one", where=str(path),
            fix="Use the worksheet that this plan wrote, or name another file to have a new one written.",
        )
    if strange:
        name = f"unknown probe {strange[0][1][:40]!r}" if strange[0][1] else "there is no probe id"
        raise WorksheetError(
            f"{name} in {_rows([n for n, _ in strange])}", where=str(path),
            fix='Restore the id in the column "probe", or delete the row.',
        )


def _check_prompts(sheet: Sequence[tuple[int, dict[str, str]]], wanted: Mapping[str, str], path: Path) -> None:
    """Refuse a sheet in which one column was sorted or moved against the others."""
    shifted = [n for n, row in sheet if row.get("prompt", "").strip() and _plain(row["prompt"]) != _plain(wanted[row["probe"].strip()])]
    if shifted:
        raise WorksheetError(
            f"the prompt is not the one of its probe in {_rows(shifted)}", where=str(path),
            fix="Undo the sorting or moving of single columns; connect.paste must be as it was when the sheet was written.",
        )


def _plain(text: str) -> str:
    """Return a text as a spreadsheet program cannot have changed it: without the spaces and a guarding apostrophe."""
    return " ".join(text.split()).removeprefix("'")


def _missing(rows: Sequence[tuple[int, str, str]], answers: Mapping[str, str], probes: Sequence[Probe]) -> tuple[str, ...]:
    """Return "row 7" for each row without an answer, and "no row for probe p…" for each that was deleted."""
    present = {probe for _, probe, _ in rows}
    empty = [f"row {number}" for number, probe, _ in rows if probe not in answers]
    return (*empty, *(f"no row for probe {probe.id}" for probe in probes if probe.id not in present))


def _rows(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:_MOST_NAMED]))
    more = f" and {len(numbers) - _MOST_NAMED} more" if len(numbers) > _MOST_NAMED else ""
    return f"row{'s' if len(numbers) > 1 else ''} {shown}{more}"
