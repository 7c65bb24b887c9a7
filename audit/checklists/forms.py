"""The cells of somebody else's form, and one answer for each of its ids. Nothing is evaluated, nothing hidden counts."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from audit.checklists.rules import as_yes_no, is_not_applicable
from audit.errors import AuditError
from audit.grids import Grid, grids_in
from audit.sheets import as_text
from audit.untrusted import bytes_of
from audit.wording import one_line, safe
from audit.workbook import Broken

_MOST_COLUMNS = 40


class ForeignAnswer(Struct, frozen=True):
    """One answer as it stands in the form. ref: the form's id; note: additional information; problem: why it cannot be used, or empty."""

    ref: str
    answer: str
    note: str = ""
    where: str = ""
    problem: str = ""


class Box(NamedTuple):
    """A cell: its place, its text, why it cannot be relied on (an error, hidden), and whether it is more than a formula without a result."""

    place: str = ""
    text: str = ""
    problem: str = ""
    calculated: bool = True


class Tab(NamedTuple):
    """A sheet: its rows that are not empty, each as column (from 0) → cell."""

    title: str
    hidden: bool
    rows: list[dict[int, Box]]


class Said(NamedTuple):
    """A row that has an id; sheet: empty in a file that has none."""

    ref: str
    answer: Box
    note: Box
    sheet: str


def tabs_of(path: Path, error: type[AuditError]) -> list[Tab]:
    """Return a workbook's sheets, hidden ones marked. A formula counts with the result saved in it. Raises `error` as `grids_in` does."""
    return [_tab(grid) for grid in grids_in(bytes_of(path, error), path, error)]


def _tab(grid: Grid) -> Tab:
    rows = []
    uncalculated = {cell for cell, _ in grid.uncalculated}
    for number, values in enumerate((grid.head, *grid.rows), 1):
        row = {}
        for i, value in enumerate(values[:_MOST_COLUMNS]):
            box = _box(grid.cell(number, i), value)
            if value is None and box.place in uncalculated:
                box = Box(box.place, "", f"the formula in cell {box.place} has no saved result: open the workbook, save it, and import it again", calculated=False)
            elif box.text and (number in grid.hidden_rows or i in grid.hidden_columns):
                box = box._replace(problem=f"the cell {box.place} is hidden")   # nobody who looked at the form saw it
            if box.text or box.problem:
                row[i] = box
        if row:
            rows.append(row)
    return Tab(safe(grid.title), grid.hidden, rows)


def _box(place: str, value: object) -> Box:
    if isinstance(value, Broken):
        return Box(place, "", f"the cell {place} holds the spreadsheet error {value.error}")
    return Box(place, safe(as_text(value)).strip())


def gathered(rows: Iterable[Said]) -> list[ForeignAnswer]:
    """Return one answer an id, in the order of the form: the first that is not empty. Ids that say nothing are left out.

    Problems: two different answers to one id; no answer but a cell that cannot be read. A formula without a saved result is one only
    where no other row has the id: forms repeat their first sheet on later ones by formulas.
    """
    known: dict[str, list[Said]] = {}
    for row in rows:
        known.setdefault(row.ref, []).append(row)
    return [one for ref, several in known.items() if (one := _gathered(ref, several)) is not None]


def _gathered(ref: str, several: Sequence[Said]) -> ForeignAnswer | None:
    real = [row for row in several if row.answer.calculated] or several
    answered = [row for row in real if row.answer.text]
    broken = [row for row in real if row.answer.problem]
    row = next((one for one in answered if not one.answer.problem), (*broken, *answered, *real)[0])
    note, unread = _note([row.note, *(one.note for one in several)])
    problem = row.answer.problem
    if len({word(one.answer.text) for one in answered}) > 1:
        problem = "the form answers this twice, differently: " + ", ".join(f"{one.answer.text[:40]!r} in {_place(one)}" for one in answered)
    elif unread and is_not_applicable(row.answer.text):
        problem = f"not applicable, and the reason cannot be read: {unread}"
    if not (row.answer.text or note or problem):
        return None
    return ForeignAnswer(ref, row.answer.text, note, _place(row), one_line(problem, 300))


def _note(boxes: Sequence[Box]) -> tuple[str, str]:
    """Return the first note that is not empty, or in its place why it cannot be read; and that reason."""
    real = [box for box in boxes if box.calculated] or boxes
    box = next((one for one in real if one.text), next((one for one in real if one.problem), Box()))
    return (box.text or (f"({box.problem})" if box.problem else "")), box.problem


def _place(row: Said) -> str:
    return f"sheet {row.sheet!r}, cell {row.answer.place}" if row.sheet else row.answer.place


def word(text: str) -> str:
    """Return an answer as it is compared: "yes" and "no" in their spellings, other words in small letters."""
    return as_yes_no(text) or " ".join(text.casefold().split()).rstrip(".")
