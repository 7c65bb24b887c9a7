"""The rows of a table (.csv, .tsv, .json, .jsonl, .xlsx), one after another as they are read: where each stands, and its cells."""

import csv
import io
import json
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from audit.errors import AuditError, ChecklistError
from audit.evidence.places import snake
from audit.evidence.specimen import Specimen
from audit.sheets import as_text
from audit.workbook import check_size, refuse_encrypted

_MOST_CELLS = 1_000
_MOST_EMPTY = 4_000_000
_LONGEST_CELL = 10_000
_LONGEST_LINE = 1_000_000

Row = tuple[str, list[tuple[str, str]]]
"""Where a row stands, and its cells: column (snake case, or empty), text."""
Rows = Generator[Row, None, None]


def rows_of(specimen: Specimen) -> Rows:
    """Return a table's rows. Raises ChecklistError, sometimes only after some rows: a file that cannot be read."""
    kind = specimen.path.suffix.lower()
    if kind == ".xlsx":
        return _from_workbook(specimen)
    if kind == ".jsonl":
        return _from_lines(specimen)
    return _from_json(specimen.json) if kind == ".json" else _from_csv(specimen)


def _from_csv(specimen: Specimen) -> Rows:
    """Yield the rows of a CSV as they are read. The first row names the columns, and is looked at too: it may be a person's."""
    csv.field_size_limit(_LONGEST_LINE)
    first = specimen.head.split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    delimiter = max(",;\t|", key=first.count)
    encoding = "utf-16" if specimen.head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        with specimen.path.open(encoding=encoding, errors="replace", newline="") as file:
            reader = csv.reader(_bounded(file), delimiter=delimiter)
            names: list[str] = []
            for number, cells in enumerate(reader):
                if number == 0:
                    names = [snake(name[:100].strip()) for name in cells[:_MOST_CELLS]]
                    yield "line 1", [("", text) for text in cells]
                    continue
                padded = [*names, *[""] * (len(cells) - len(names))]
                yield f"line {reader.line_num}", list(zip(padded, cells, strict=False))
    except csv.Error as bad:
        raise ChecklistError(f"not a readable CSV: {bad}", where=f"{specimen.where}, line {reader.line_num}", fix="Save it again from a spreadsheet program.") from None
    except (OSError, UnicodeError) as bad:
        raise ChecklistError(f"cannot be read: {getattr(bad, 'strerror', None) or type(bad).__name__}", where=specimen.where) from None


def _bounded(file: io.TextIOBase) -> Iterator[str]:
    """Yield lines, a longer one than a million characters in pieces, without the NUL that the csv module cannot read."""
    while line := file.readline(_LONGEST_LINE):
        yield line.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _from_lines(specimen: Specimen) -> Rows:
    """Yield the objects of JSON Lines as they are read; a line that is no JSON is looked at as text."""
    try:
        with specimen.path.open(encoding="utf-8-sig", errors="replace") as file:
            for number, line in enumerate(_bounded(file), 1):
                if not line.strip():
                    continue
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    value = line
                yield f"line {number}", _cells(value)
    except OSError as bad:
        raise ChecklistError(f"cannot be read: {bad.strerror}", where=specimen.where) from None


def _from_json(value: Any) -> Rows:
    """Yield each object of the outermost lists; a value without such a list is one row."""
    if isinstance(value, list):
        for i, one in enumerate(value):
            yield f"$[{i}]", _cells(one)
        return
    lists = {key: one for key, one in value.items() if isinstance(one, list)} if isinstance(value, dict) else {}
    rest = {key: one for key, one in value.items() if key not in lists} if isinstance(value, dict) else value
    yield "$", _cells(rest)
    for number, one in enumerate(lists.values()):
        for i, inner in enumerate(one):
            yield f"list {number + 1}, entry {i + 1}", _cells(inner)


def _cells(value: Any) -> list[tuple[str, str]]:
    """Return the texts and numbers inside a value, each with the names of the members that lead to it."""
    cells: list[tuple[str, str]] = []
    stack: list[tuple[str, Any]] = [("", value)]
    while stack and len(cells) < _MOST_CELLS:
        name, one = stack.pop()
        if isinstance(one, dict):
            stack += [(f"{name}_{snake(str(key)[:100])}".strip("_")[-200:], inner) for key, inner in reversed(one.items())]
        elif isinstance(one, list):
            stack += [(name, inner) for inner in reversed(one)]
        elif one is not None:
            cells.append((name, as_text(one)[:_LONGEST_CELL] if not isinstance(one, int) or isinstance(one, bool) or abs(one) < 10**30 else ""))
    return cells


def _from_workbook(specimen: Specimen) -> Rows:
    """Yield the rows of every sheet as they are read; no formula is evaluated. The first row of a sheet names its columns."""
    from openpyxl import load_workbook

    refuse_encrypted(specimen.raw, specimen.path, ChecklistError)
    try:
        check_size(specimen.raw, specimen.path, ChecklistError)
        with _quiet():
            book = load_workbook(specimen.path, read_only=True, data_only=True, keep_links=False)
        try:
            read = count(1)
            for number, sheet in enumerate(book.worksheets, 1):
                yield from _from_sheet(sheet, f"sheet {number}", read)
        finally:
            book.close()
    except AuditError:
        raise
    except Exception as bad:   # a damaged file can raise anything: zip, XML, key and value errors
        raise ChecklistError(f"not a readable .xlsx workbook ({type(bad).__name__})", where=specimen.where, fix="Open it and save it again as .xlsx.") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep still what openpyxl warns of: it does not keep drop-down lists and the like."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _read(rows: Iterator[Sequence[object]]) -> Iterator[Sequence[object]]:
    """Yield rows one by one, so that warnings are still only while openpyxl reads."""
    while True:
        with _quiet():
            values = next(rows, None)
        if values is None:
            return
        yield values


def _from_sheet(sheet: Any, title: str, read: Iterator[int]) -> Iterator[Row]:
    names: list[str] = []
    sheet.reset_dimensions()   # what a program says of its sheet's size may be wrong
    for number, values in enumerate(_read(sheet.iter_rows(values_only=True)), 1):
        if next(read) > _MOST_EMPTY:   # a sheet may say that its last row is the millionth
            raise ChecklistError(f"the workbook has more than {_MOST_EMPTY:,} rows, most of them empty", fix="Give a short sample.")
        texts = [as_text(value) for value in values[:_MOST_CELLS]]
        if not any(texts):
            continue
        if not names:
            names = [snake(text[:100].strip()) for text in texts]
            yield f"{title}, row {number}", [("", text) for text in texts]
        else:
            yield f"{title}, row {number}", list(zip([*names, *[""] * len(texts)], texts, strict=False))
