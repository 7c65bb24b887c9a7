"""Answers as a workbook: a sheet an indicator with drop-downs, the register of evidence, the claims, and how to fill it in."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from audit.checklists.catalogue import Checklist, criteria_of
from audit.checklists.columns import (
    ANSWERS,
    CLAIMS,
    EVIDENCE,
    GIVEN,
    HOW,
    OWN_SHEETS,
    Tables,
    answer_rows,
    claim_row,
    evidence_row,
    offered,
    rows_no_longer_asked,
)
from audit.errors import ChecklistError
from audit.grids import Grid, grids_in
from audit.records import Answer, Claim, Filed
from audit.sheets import as_text
from audit.workbook import Sheet, sheets_of

_SHEETS = (((*ANSWERS, "topic"), {"criterion", "answer"}), (EVIDENCE, {"file", "issuer"}), (CLAIMS, {"claim", "said in"}))
_WHATS = ("agreement", "certificate", "report", "export", "other")
_EMPTY_ROWS = 60


def book_of(path: Path, lists: Sequence[Checklist], answers: Mapping[str, Answer], evidence: Iterable[Filed], claims: Iterable[Claim]) -> bytes:
    """Return the workbook. `path` is for messages."""
    known = criteria_of(lists)
    sheets = [_indicator(one, answer_rows(one, answers, known), known) for one in lists]
    gone = rows_no_longer_asked(lists, answers)
    if gone:
        sheets.append(Sheet("No longer asked", ANSWERS, gone, {}, GIVEN))
    register, said = [evidence_row(f) for f in evidence], [claim_row(c) for c in claims]
    sheets += [
        Sheet("Evidence", EVIDENCE, register, {"what": [_WHATS] * (len(register) + _EMPTY_ROWS), "confidential": [("yes", "no")] * (len(register) + _EMPTY_ROWS)}, EVIDENCE),
        Sheet("Claims", CLAIMS, said, {}, CLAIMS),
    ]
    return sheets_of(path, sheets, ChecklistError, HOW)


def _indicator(checklist: Checklist, rows: list[dict[str, object]], known: Mapping[str, Any]) -> Sheet:
    return Sheet(checklist.title, ANSWERS, rows, {"answer": [offered(known[str(row["criterion"])]) for row in rows]}, GIVEN)


def read_book(raw: bytes, path: Path) -> Tables:
    """Return what a workbook holds, whatever its sheets are called. Raises ChecklistError with the cell of what hides or cannot be read."""
    answers: list[tuple[str, Answer]] = []
    evidence: list[Filed] = []
    claims: list[Claim] = []
    others: list[str] = []
    found = False
    for grid in grids_in(raw, path, ChecklistError):
        names = [" ".join(as_text(value).split()).lower() for value in grid.head]
        others += _own(grid, names)
        if {"criterion", "answer"} <= set(names):
            found = True
            answers += [(row["criterion"].strip(), _answer(row, where)) for where, row in _rows(grid, names, path, (*GIVEN, "criterion"))
                        if row["criterion"].strip() or row["answer"].strip()]
        elif {"file", "issuer"} <= set(names):
            evidence += [Filed(where=where, **{c.replace(" ", "_"): row.get(c, "").strip() for c in EVIDENCE}) for where, row in _rows(grid, names, path, EVIDENCE)]
        elif {"claim", "said in"} <= set(names):
            claims += [Claim(where=where, **{c.replace(" ", "_"): row.get(c, "").strip() for c in CLAIMS}) for where, row in _rows(grid, names, path, CLAIMS)]
    if not found:
        raise ChecklistError("no sheet has the columns criterion and answer in its first row", where=str(path), fix="Begin with: audit answers export.")
    return Tables(tuple(answers), tuple(evidence), tuple(claims), tuple(others))


def _own(grid: Grid, names: Sequence[str]) -> list[str]:
    """Return what in a sheet is the person's own, and would be lost by writing the workbook anew."""
    known = next((columns for columns, needed in _SHEETS if needed <= set(names)), None)
    if known is None:
        return [f"the sheet {grid.title!r}"] if grid.title not in OWN_SHEETS and any(value is not None for row in (grid.head, *grid.rows) for value in row) else []
    columns = [f"the column {name!r}" for i, name in enumerate(names) if name and name not in known and any(len(row) > i and row[i] is not None for row in grid.rows)]
    return [*columns, *([f"the comments in {grid.title!r}"] if grid.comments else [])]


def _answer(row: Mapping[str, str], where: str) -> Answer:
    return Answer(where=where, **{name: row.get(name, "").strip() for name in (*GIVEN, "edition", "origin")})


def _rows(grid: Grid, names: Sequence[str], path: Path, filled: Sequence[str]) -> list[tuple[str, dict[str, str]]]:
    """Return (the place of the row's main cell, its texts by column) for each row with something in it; hidden and merged cells are errors."""
    twice = {name for name in names if name and list(names).count(name) > 1}
    if twice:
        raise ChecklistError(f"the column {min(twice)!r} appears twice", where=f"{path}, sheet {grid.title!r}", fix="Take one of them out.")
    columns = [i for i, name in enumerate(names) if name in filled]
    grid.check(path, columns, [i for i in columns if names[i] != "criterion"], ChecklistError)
    main = names.index("answer") if "answer" in names else 0
    rows = []
    for number, values in enumerate(grid.rows, 2):
        row = {name: as_text(value) for name, value in zip(names, values, strict=False) if name}
        if any(row.get(name, "").strip() for name in filled):
            rows.append((f"{path}, sheet {grid.title!r}, cell {grid.cell(number, main)}", row))
    return rows
