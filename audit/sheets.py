"""Sheets that people fill: .xlsx, .csv and .jsonl, as Excel and LibreOffice save them again.

No cell that we write can be a formula; no formula that we read is evaluated.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from audit.errors import AuditError
from audit.library import write_whole

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_LARGEST_SHEET = 200_000_000
KINDS = (".xlsx", ".csv", ".jsonl")
IN_USE = "If it is open in a spreadsheet program, save and close it there; then run the same command again."

Rows = list[tuple[int, dict[str, str]]]


def cell(value: object) -> str:
    """Return a value as a text that no spreadsheet program reads as a formula."""
    text = "" if value is None else str(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    is_formula = text.lstrip("'").startswith(_FORMULA_STARTS)
    return "'" + text if is_formula and not is_number else text


def uncell(text: str) -> str:
    """Return the text that `cell` was given: without the apostrophe that keeps it from being a formula."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA_STARTS) else text


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write a CSV that spreadsheet programs open in UTF-8 (with a byte-order mark)."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        _fill_csv(file, columns, rows)


def csv_bytes(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """Return the CSV that `write_csv` writes."""
    file = io.StringIO(newline="")
    _fill_csv(file, columns, rows)
    return file.getvalue().encode("utf-8-sig", "replace")


def _fill_csv(file: io.TextIOBase, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)   # a program that splits at semicolons then sees no formula either
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)


def write_sheet(
    path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]], error: type[AuditError], about: str, breaks: Sequence[int] = ()
) -> None:
    """Write a sheet to be filled, in the format of the path's ending, whole or not at all.

    `about` says how to fill it (in .xlsx only). breaks: the rows (0: the first) that have a thick line above them. Raises `error`: another
    ending, a text that is too long for a cell, a folder that cannot be written.
    """
    kind = check_kind(path, error)
    if kind == ".csv":
        raw = csv_bytes(columns, rows)
    elif kind == ".jsonl":
        raw = b"".join(msgspec.json.encode({c: r.get(c) for c in columns}) + b"\n" for r in rows)
    else:
        from audit.workbook import workbook

        raw = workbook(path, columns, rows, error, about, breaks)
    write_whole(path, raw, error)


def read_sheet(path: Path, needed: Sequence[str], error: type[AuditError], typed: Sequence[str] = ()) -> Rows:
    """Return (row number as the person sees it, column → text) for each row that is not empty.

    Column names are read without case and spaces. typed: columns in which a workbook's cell must be what a person typed. Raises `error` when
    a needed column is missing, or a typed cell has become a formula, a date or a percentage.
    """
    return rows_in(raw_sheet(path, error), path, needed, error, typed)


def raw_sheet(path: Path, error: type[AuditError]) -> bytes:
    """Return a sheet's bytes. Raises `error`: another ending, no file, one that is in use or larger than 200 MB."""
    check_kind(path, error)
    try:
        if path.stat().st_size > _LARGEST_SHEET:
            raise error("the file is larger than 200 MB", where=str(path))
        return path.read_bytes()
    except FileNotFoundError:
        raise error("there is no file here", where=str(path), fix="Check the path.") from None
    except (OSError, ValueError) as bad:
        fix = IN_USE if isinstance(bad, PermissionError) else ""
        raise error(f"cannot be read: {getattr(bad, 'strerror', None) or bad}", where=str(path), fix=fix) from None


def rows_in(raw: bytes, path: Path, needed: Sequence[str], error: type[AuditError], typed: Sequence[str] = ()) -> Rows:
    """Return what `read_sheet` does, of the bytes of a sheet; `path` is for its ending and for messages."""
    kind = check_kind(path, error)
    if kind == ".xlsx":
        rows = _from_workbook(raw, needed, path, error, typed)
    else:
        rows = (_read_csv if kind == ".csv" else _read_jsonl)(raw, needed, path, error)
    return [(number, row) for number, row in rows if any(value.strip() for value in row.values())]


def check_kind(path: Path, error: type[AuditError]) -> str:
    """Return the path's ending in lower case; raise `error` for one that is no kind of sheet."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise error(f"{path.suffix or 'no ending'} is not a kind of sheet", where=str(path), fix="Use .xlsx, .csv or .jsonl.")
    return kind


def named(columns: Sequence[object], needed: Sequence[str], where: str, error: type[AuditError]) -> list[str]:
    """Return a head's column names without case and spaces. Raises `error`: a needed one is missing, or one appears twice."""
    names = [" ".join(as_text(column).split()).lower() for column in columns]
    missing = [column for column in needed if column not in names]
    if missing:
        raise error(
            f"the column {missing[0]!r} is missing", where=where,
            fix=f"The first row must name the columns {', '.join(needed)}.",
        )
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise error(f"the column {min(twice)!r} appears twice", where=where, fix="Take one of them out.")
    return names


def _row(names: Sequence[str], values: Sequence[object]) -> dict[str, str]:
    """Return a row's texts by column; what lies in columns without a name is left out."""
    padded = [*values, *[None] * len(names)]
    return {name: as_text(value) for name, value in zip(names, padded, strict=False) if name}


class Form(NamedTuple):
    """How a CSV was saved. head: the lines before the one with the columns (0, or 1 for a "sep=;")."""

    text: str
    encoding: str
    delimiter: str
    head: int


def csv_form(raw: bytes) -> Form:
    """Return a CSV's text, and how the program that saved it did so."""
    text, encoding = _decoded(raw)
    first = text.split("\n", 1)[0].rstrip("\r")
    if first.lower().startswith("sep=") and len(first) == len("sep=;"):
        return Form(text, encoding, first[-1], 1)
    return Form(text, encoding, max(",;\t", key=first.count), 0)


def _read_csv(raw: bytes, needed: Sequence[str], path: Path, error: type[AuditError]) -> Rows:
    form = csv_form(raw)
    csv.field_size_limit(_LARGEST_SHEET)
    text = form.text.partition("\n")[2] if form.head else form.text
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=form.delimiter, strict=True)
    try:
        names = named(next(reader, []), needed, str(path), error)
        return [(row, _row(names, values)) for row, values in enumerate(reader, form.head + 2)]
    except csv.Error as bad:
        raise error(
            f"not a readable CSV: {bad}", where=f"{path}, line {reader.line_num}",
            fix="Look for a quotation mark that is not closed, or save it again from a spreadsheet program.",
        ) from None


def _decoded(raw: bytes) -> tuple[str, str]:
    """Decode what spreadsheet programs write: UTF-8 with or without mark, UTF-16 with mark, Windows-1252; and say which it was."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace"), "utf-16"
    try:
        return raw.decode("utf-8-sig"), "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8"
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace"), "cp1252"


def _read_jsonl(raw: bytes, needed: Sequence[str], path: Path, error: type[AuditError]) -> Rows:
    rows = []
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
            raise error(f"line {number} is not a JSON object: {bad}", where=str(path)) from None
        names = named(list(row), needed, f"{path}, line {number}", error)
        rows.append((number, _row(names, list(row.values()))))
    return rows


def _from_workbook(raw: bytes, needed: Sequence[str], path: Path, error: type[AuditError], typed: Sequence[str]) -> Rows:
    from audit.workbook import check_cells

    title, names, rows = chosen_sheet(raw, needed, path, error)
    check_cells(rows, [i for i, name in enumerate(names) if name], f"{path}, sheet {title!r}", error)
    if typed:
        _check_typed(raw, title, [i for i, name in enumerate(names) if name in typed], path, error)
    return [(number, _row(names, values)) for number, values in enumerate(rows[1:], 2)]


def _check_typed(raw: bytes, title: str, columns: Sequence[int], path: Path, error: type[AuditError]) -> None:
    """Raise `error` for the first cell of these columns (0: the first) that a program has made a formula, a date or a percentage of what was typed."""
    from openpyxl import load_workbook

    from audit.workbook import MOST_ROWS

    book = load_workbook(io.BytesIO(raw), read_only=True, keep_links=False)
    try:
        sheet: Any = book[title]
        sheet.reset_dimensions()
        for cells in sheet.iter_rows(min_row=2, max_row=MOST_ROWS):
            for one in (cells[i] for i in columns if i < len(cells)):
                if made := _made_of(one):
                    raise error(
                        f"a spreadsheet program has made {made} of what was typed into the cell {one.coordinate}", where=f"{path}, sheet {title!r}",
                        fix="Type an apostrophe (') and then the answer, as the tool gave it.",
                    )
    finally:
        book.close()


def _made_of(one: Any) -> str:
    if one.data_type == "f":
        return "a formula"
    if one.data_type == "d":
        return "a date"
    return "a percentage" if one.data_type == "n" and one.value is not None and "%" in (one.number_format or "") else ""


def chosen_sheet(raw: bytes, needed: Sequence[str], path: Path, error: type[AuditError]) -> tuple[str, list[str], list[tuple[object, ...]]]:
    """Return title, column names and rows of the first sheet whose first row names the needed columns; other sheets are people's own."""
    from audit.workbook import sheets_in

    sheets = sheets_in(raw, path, error)
    if not sheets:
        raise error("this workbook has no sheet with cells", where=str(path))
    heads = [{as_text(value).strip().lower() for value in next(iter(rows), ())} for _, rows in sheets]
    title, rows = sheets[next((i for i, head in enumerate(heads) if set(needed) <= head), 0)]
    return title, named(next(iter(rows), ()), needed, f"{path}, sheet {title!r}", error), rows


def as_text(value: object) -> str:
    """Return a cell's value as the text that a person means by it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    return str(value).replace("_x000D_\n", "\n").replace("\r\n", "\n")
