"""A district's table, row by row: CSV, TSV, JSON Lines and Parquet through DuckDB, XLSX through the workbook reader."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from audit.analysis.source import opened
from audit.errors import FixtureError, TableError
from audit.library import nearest
from audit.samples.layout import Columns
from audit.sheets import read_sheet
from audit.wording import one_line

_MOST_ROWS = 2_000_000
_AT_ONCE = 1_000
Cells = Mapping[str, str]
"""Column (in lower case, single spaces) → its text."""


class Table(NamedTuple):
    """A table that was opened: its columns in lower case → as written, and its rows with their numbers."""

    path: Path
    sha256: str
    columns: Mapping[str, str]
    rows: Callable[[], Iterator[tuple[int, Cells]]]

    def column(self, wanted: Columns, what: str) -> str:
        """Return the first of the wanted columns that is there, in lower case. Raises FixtureError with the nearest name."""
        names = (wanted,) if isinstance(wanted, str) else wanted
        for name in names:
            if plain(name) in self.columns:
                return plain(name)
        raise FixtureError(
            f"there is no column {' or '.join(repr(one_line(name, 60)) for name in names)} ({what})", where=str(self.path),
            fix=one_line(nearest(names[0], self.columns.values()), 300) if names else "",
        )


def plain(name: str) -> str:
    """Return a column's name without case and needless spaces."""
    return " ".join(name.split()).casefold()


@contextmanager
def opened_table(path: Path) -> Iterator[Table]:
    """Open a table. Raises TableError or FixtureError: no file, another ending, no readable rows, two columns of one name."""
    if path.suffix.lower() == ".xlsx":
        found = read_sheet(path, (), TableError)
        names = list(found[0][1]) if found else []
        yield Table(path, hashlib.sha256(path.read_bytes()).hexdigest(), {plain(n): n for n in names}, lambda: iter(_keys(found)))
        return
    if path.suffix.lower() not in (".csv", ".tsv", ".jsonl", ".parquet"):
        raise TableError(f"{path.suffix or 'no ending'} is not a kind of table", where=str(path), fix="Use .csv, .xlsx, .tsv, .jsonl or .parquet.")
    with opened(path) as source:
        names = [name for name in source.columns if name.strip()]
        keys = [plain(name) for name in names]
        twice = [name for name, key in zip(names, keys, strict=True) if keys.count(key) > 1]
        if twice:
            raise TableError(f"the column {one_line(twice[0], 60)!r} appears twice", where=str(path), fix="Rename one of them.")
        sql = "SELECT " + ", ".join(f"CAST({source.columns[name].sql} AS VARCHAR)" for name in names) + " FROM source_rows"  # noqa: S608
        yield Table(
            path, source.sha256, dict(zip(keys, names, strict=True)),
            lambda: _limited(path, keys, source.first_row, source.batches(sql, _AT_ONCE)),
        )


def _keys(found: list[tuple[int, dict[str, str]]]) -> Iterator[tuple[int, Cells]]:
    return ((number, {plain(name): value for name, value in row.items()}) for number, row in found)


def _limited(path: Path, keys: list[str], first: int, batches: Iterator[list[tuple[Any, ...]]]) -> Iterator[tuple[int, Cells]]:
    number = first - 1
    for batch in batches:
        for values in batch:
            number += 1
            if number - first >= _MOST_ROWS:
                raise TableError(f"the table has more than {_MOST_ROWS:,} rows", where=str(path), fix="Import a part of it.")
            yield number, {key: "" if value is None else str(value) for key, value in zip(keys, values, strict=True)}
