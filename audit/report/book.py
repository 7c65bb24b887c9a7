"""tables.xlsx: the tables of a run, one sheet each, written by `workbook` as every other sheet is. No cell of it can be a formula."""

from collections.abc import Mapping
from pathlib import Path

from audit.errors import RunFolderError
from audit.records import Scorecard
from audit.report.documents.parts import role_name
from audit.report.tables import Table, storable
from audit.report.words import SOURCE, Words
from audit.wording import one_line
from audit.workbook import LARGEST_CELL, Sheet, sheets_of

MOST_ROWS = 5_000
"""Rows of a sheet: a longer table stands whole in its CSV file."""


def tables_workbook(path: Path, card: Scorecard, tables: Mapping[str, Table]) -> bytes:
    """Return the workbook. `path` is for messages. A table of more than 5,000 rows is cut, and the first sheet says so."""
    sheets = [Sheet(name, table.columns, [_fitting(row) for row in table.rows[:MOST_ROWS]], {}, (), numbers=True) for name, table in tables.items()]
    return sheets_of(path, sheets, RunFolderError, _about(card, tables), "About")


def _about(card: Scorecard, tables: Mapping[str, Table]) -> str:
    role = role_name(str(card.auditor["role"]), Words(SOURCE))
    lines = [
        f"{role}: {one_line(str(card.tool.get('name')))} {one_line(str(card.tool.get('version')))}, {card.as_of}",
        "Nothing here is to be filled in. Each sheet is a table of this run, as in the folder tables/; docs/outputs.md says what its columns mean.",
        "A sheet shows nothing that scorecard.json does not hold, except for responses: they are what the tool replied.",
    ]
    cut = [f"The sheet {name} holds the first {MOST_ROWS:,} of {len(t.rows):,} rows; tables/{name}.csv holds all." for name, t in tables.items() if len(t.rows) > MOST_ROWS]
    return storable("\n".join([*lines, *cut]))


def _fitting(row: Mapping[str, object]) -> dict[str, object]:
    """Return a row whose texts a workbook's cell can hold."""
    return {key: value[: LARGEST_CELL // 2 - 1] + "…" if isinstance(value, str) and len(value) > LARGEST_CELL // 2 else value for key, value in row.items()}
