"""Worksheets that people have filled → one answer a probe, what is still open, and the answers that contradict each other."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from audit.errors import WorksheetError
from audit.library import write_whole
from audit.records import Json, Probe
from audit.sheets import csv_bytes, read_sheet
from audit.vendors.worksheet.write import Style, to_paste
from audit.workbook import LARGEST_CELL

_MOST_NAMED = 5
_CONFLICTS = ("probe", "turn", "prompt", "answer", "file", "row", "by", "note", "keep")
_NOT_KEPT = {"", "no", "n", "0", "false"}
_LOOKALIKES = str.maketrans({
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"', "–": "-", "—": "-", "‑": "-", "−": "-",
    "…": "...", "\ufeff": None, "\u200b": None, "\u00ad": None,
})
"""What a program that corrects while one types makes of plain signs, and back."""

Key = tuple[str, int]
"""(probe, turn)."""


class Line(NamedTuple):
    """A row of a worksheet as a person sees it."""

    path: Path
    row: int
    probe: str
    turn: int
    output: str
    by: str
    note: str
    keep: bool
    cut: bool
    sitting: int

    @property
    def key(self) -> Key:
        """What the row is for."""
        return self.probe, self.turn


class Filled(Struct, frozen=True):
    """What worksheets hold: probe and turn → the row that counts; rows that contradict each other; every row."""

    counts: dict[Key, Line]
    conflicts: list[list[Line]]
    lines: list[Line]


def read_part(path: Path, known: Mapping[str, Probe], style: Style) -> list[Line]:
    """Return the rows of one worksheet. known: the probes of the plan by id.

    Raises WorksheetError, naming the rows: a worksheet of another plan, a probe that the plan does not have, a turn that its conversation
    does not have, a prompt beside the wrong probe.
    """
    sheet = read_sheet(path, style.needed, WorksheetError, ("output", "more"))
    _check_probes([(n, row["probe"].strip()) for n, row in sheet], known, path)
    lines = [_line(path, n, row, known[row["probe"].strip()]) for n, row in sheet]
    _check_prompts(sheet, lines, known, style.paste)
    return lines


def _line(path: Path, number: int, row: Mapping[str, str], probe: Probe) -> Line:
    own = row["output"]
    more = row.get("more", "").strip()
    cut = len(own.encode("utf-16-le", "replace")) // 2 >= LARGEST_CELL and not more
    output = f"{own.strip()}\n{more}".strip() if more else own.strip()
    keep = row.get("keep", "").strip().lower() not in _NOT_KEPT
    return Line(path, number, probe.id, _turn(path, number, row, probe), output, row.get("by", "").strip(), row.get("note", "").strip(), keep, cut, _first_number(row.get("sitting", "")))


def _turn(path: Path, number: int, row: Mapping[str, str], probe: Probe) -> int:
    if not probe.turns:
        return 1
    turn = _first_number(row.get("turn", ""))
    if not 1 <= turn <= len(probe.turns):
        raise WorksheetError(
            f"row {number} does not say which turn of the conversation it is", where=str(path),
            fix=f'Write "1 of {len(probe.turns)}", … into the column "turn", as it was.',
        )
    return turn


def _first_number(text: str) -> int:
    found = re.match(r"\s*(\d{1,6})\b", text)
    return int(found[1]) if found else 0


def _check_probes(rows: Sequence[tuple[int, str]], known: Mapping[str, Probe], path: Path) -> None:
    strange = [(number, probe) for number, probe in rows if probe not in known]
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


def _check_prompts(sheet: Sequence[tuple[int, dict[str, str]]], lines: Sequence[Line], known: Mapping[str, Probe], paste: str) -> None:
    """Refuse a sheet in which one column was sorted or moved against the others."""
    shifted = [
        line.row for (_, row), line in zip(sheet, lines, strict=True)
        if row.get("prompt", "").strip() and _plain(row["prompt"]) != _plain(to_paste(known[line.probe], paste, line.turn))
    ]
    if shifted:
        raise WorksheetError(
            f"the prompt is not the one of its probe in {_rows(shifted)}", where=str(lines[0].path),
            fix="Undo the sorting or moving of single columns; connect.paste must be as it was when the sheet was written.",
        )


def _plain(text: str) -> str:
    """Return a text as no spreadsheet program can have changed it: without spaces, a guarding apostrophe, and with plain quotes and dashes."""
    return "".join(text.translate(_LOOKALIKES).split()).removeprefix("'")


def merged(lines: Iterable[Line]) -> Filled:
    """Return which row counts for each probe and turn. The same answer twice is one; of different ones, that marked in the column "keep"."""
    every = list(lines)
    filled: dict[Key, list[Line]] = defaultdict(list)
    for line in every:
        if line.output:
            filled[line.key].append(line)
    counts, conflicts = {}, []
    for key, own in filled.items():
        rows = [line for line in own if line.keep] or own
        counts[key] = rows[0]
        if len({_bare(line.output) for line in rows}) > 1:
            conflicts.append(own)
    return Filled(counts, conflicts, every)


def _bare(answer: str) -> str:
    return " ".join(answer.split())


def answered(filled: Filled, probes: Iterable[Probe]) -> tuple[dict[str, Json], dict[str, dict[str, Json]]]:
    """Return the probes that are answered whole, and whence: probe → output, probe → {by, note, sheet} (sheet: where there are several).

    The output of a conversation is its transcript, as the collector makes it of its turns.
    """
    outputs: dict[str, Json] = {}
    beside: dict[str, dict[str, Json]] = {}
    several = len({line.path for line in filled.lines}) > 1
    for probe in probes:
        rows = [filled.counts.get((probe.id, turn)) for turn in range(1, probe.calls + 1)]
        whole = [line for line in rows if line is not None and not line.cut]
        if len(whole) < probe.calls:
            continue
        said = [{"prompt": text, "output": line.output} for text, line in zip(probe.turns, whole, strict=False)]
        outputs[probe.id] = {"conversation": said} if probe.turns else whole[0].output
        words = {"by": [line.by for line in whole], "note": [line.note for line in whole], "sheet": [line.path.name for line in whole] if several else []}
        beside[probe.id] = {name: "; ".join(dict.fromkeys(filter(None, own))) for name, own in words.items() if any(own)}
    return outputs, beside


def open_places(filled: Filled, probes: Sequence[Probe], paths: Sequence[Path]) -> tuple[str, ...]:
    """Return where an answer is still wanted: "row 7", or with several sheets "sheet-2.xlsx: rows 7, 9"; then the probes without a row."""
    wanted = {(p.id, turn) for p in probes for turn in range(1, p.calls + 1)}
    empty: dict[Path, list[str]] = defaultdict(list)
    for line in filled.lines:
        counted = filled.counts.get(line.key)
        if line.key in wanted and counted is None:
            empty[line.path].append(str(line.row))
        elif line.key in wanted and line.cut and counted is line:
            empty[line.path].append(f'{line.row} (cut at {LARGEST_CELL:,} characters: put the rest into a column "more")')
    present = {line.key for line in filled.lines}
    lost = dict.fromkeys(p.id for p in probes for turn in range(1, p.calls + 1) if (p.id, turn) not in present)
    rows = [f"row {n}" for n in empty[paths[0]]] if len(paths) == 1 else [f"{path.name}: {_some(empty[path])}" for path in paths if empty[path]]
    return (*rows, *(f"no row for probe {name}" for name in lost))


def refuse_conflicts(filled: Filled, known: Mapping[str, Probe], style: Style, table: Path | None) -> None:
    """Raise WorksheetError for answers that contradict each other, naming the first; all of them are written to `table` before."""
    if not filled.conflicts:
        return
    own = filled.conflicts[0]
    different = list({_bare(line.output): line for line in reversed([line for line in own if line.keep] or own)}.values())[::-1]
    files = {line.path for line in own}
    places = f"rows {_and(str(line.row) for line in different)}" if len(files) == 1 else _and(f"row {line.row} of {line.path.name}" for line in different)
    turn = f" (turn {own[0].turn})" if known[own[0].probe].turns else ""
    every = f", and so have {len(filled.conflicts) - 1} more" if len(filled.conflicts) > 1 else ""
    if table is not None:
        write_conflicts(filled, known, style, table)
    raise WorksheetError(
        f"probe {own[0].probe}{turn} has {_count(len(different))} different answers, in {places}{every}", where=str(own[0].path),
        fix='Empty the wrong one, or write "x" beside the right one in a column "keep".' + (f" All of them stand in {table.name}." if table else ""),
    )


def write_conflicts(filled: Filled, known: Mapping[str, Probe], style: Style, table: Path) -> None:
    """Write every answer that another one contradicts, with where it stands, as a CSV."""
    rows = [
        {
            "probe": line.probe, "turn": line.turn if known[line.probe].turns else "", "prompt": to_paste(known[line.probe], style.paste, line.turn),
            "answer": line.output, "file": line.path.name, "row": line.row, "by": line.by, "note": line.note, "keep": "x" if line.keep else "",
        }
        for own in filled.conflicts for line in own
    ]
    write_whole(table, csv_bytes(_CONFLICTS, rows), WorksheetError)


def _count(number: int) -> str:
    return {2: "two", 3: "three"}.get(number, str(number))


def _and(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _some(rows: Sequence[str]) -> str:
    shown = ", ".join(rows[:_MOST_NAMED])
    return f"row{'s' if len(rows) > 1 else ''} {shown}{f' and {len(rows) - _MOST_NAMED} more' if len(rows) > _MOST_NAMED else ''}"


def _rows(numbers: Sequence[int]) -> str:
    return _some([str(n) for n in numbers])
