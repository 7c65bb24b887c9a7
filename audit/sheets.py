"""Sheets that people fill: .xlsx, .csv and .jsonl, as Excel and LibreOffice save them again.

No cell that we write can be a formula; no formula that we read is evaluated.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from audit.errors import AuditError

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_LARGEST_CELL = 32_767
_LARGEST_SHEET = 200_000_000
_WIDTHS = {"prompt": 80, "output": 60, "question": 70, "why": 50, "answer": 24, "evidence": 40, "note": 40}


def cell(value: object) -> str:
    """Return a value as a text that no spreadsheet program reads as a formula."""
    text = "" if value is None else str(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "'" + text if text.startswith(_FORMULA_STARTS) and not is_number else text


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write a CSV that spreadsheet programs open in UTF-8 (with a byte-order mark)."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([cell(row.get(column)) for column in columns] for row in rows)


def write_sheet(
    path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]], error: type[AuditError], about: str
) -> None:
    """Write a sheet to be filled, in the format of the path's ending; `about` says how (in .xlsx only)."""
    _check_kind(path, error)
    if path.suffix == ".csv":
        write_csv(path, columns, rows)
    elif path.suffix == ".jsonl":
        path.write_bytes(b"".join(msgspec.json.encode({c: r.get(c) for c in columns}) + b"\n" for r in rows))
    else:
        _write_xlsx(path, columns, rows, error, about)


def read_sheet(path: Path, needed: Sequence[str], error: type[AuditError]) -> list[tuple[int, dict[str, str]]]:
    """Return (row number as the person sees it, column → text) for each row that is not empty.

    Column names are read without case and spaces. Raises `error` when a needed column is missing.
    """
    _check_kind(path, error)
    try:
        if path.stat().st_size > _LARGEST_SHEET:
            raise error("the file is larger than 200 MB", where=str(path))
        reader = {".csv": _read_csv, ".jsonl": _read_jsonl, ".xlsx": _read_xlsx}[path.suffix]
        rows = reader(path, needed, error)
    except FileNotFoundError:
        raise error("there is no file here", where=str(path), fix="Check the path.") from None
    except OSError as bad:
        raise error(f"cannot be read: {bad.strerror}", where=str(path)) from None
    return [(number, row) for number, row in rows if any(value.strip() for value in row.values())]


def _check_kind(path: Path, error: type[AuditError]) -> None:
    if path.suffix not in (".xlsx", ".csv", ".jsonl"):
        raise error(f"{path.suffix or 'no ending'} is not a kind of sheet", where=str(path), fix="Use .xlsx, .csv or .jsonl.")


def _named(columns: Sequence[Any], needed: Sequence[str], path: Path, error: type[AuditError]) -> list[str]:
    names = [_text(column).strip().lower() for column in columns]
    missing = [column for column in needed if column not in names]
    if missing:
        raise error(
            f"the column {missing[0]!r} is missing", where=str(path),
            fix=f"The first row must name the columns {', '.join(needed)}.",
        )
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise error(f"the column {min(twice)!r} appears twice", where=str(path))
    return names


def _read_csv(path: Path, needed: Sequence[str], error: type[AuditError]) -> list[tuple[int, dict[str, str]]]:
    text = _decoded(path.read_bytes())
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(_LARGEST_SHEET)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = _named(next(reader, []), needed, path, error)
        return [
            (number, dict(zip(names, [*values, *[""] * len(names)], strict=False)))
            for number, values in enumerate(reader, 2)
        ]
    except csv.Error as bad:
        raise error(f"not a readable CSV: {bad}", where=f"{path}, line {reader.line_num}") from None


def _decoded(raw: bytes) -> str:
    """Decode what spreadsheet programs write: UTF-8 with or without mark, UTF-16 with mark, Windows-1252."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _read_jsonl(path: Path, needed: Sequence[str], error: type[AuditError]) -> list[tuple[int, dict[str, str]]]:
    rows = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError) as bad:
            raise error(f"line {number} is not a JSON object: {bad}", where=str(path)) from None
        _named(list(row), needed, path, error)
        rows.append((number, {key.strip().lower(): _text(value) for key, value in row.items()}))
    return rows


def _read_xlsx(path: Path, needed: Sequence[str], error: type[AuditError]) -> list[tuple[int, dict[str, str]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _check_zip(path, error)
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as bad:
        raise error(
            f"not a readable .xlsx workbook ({type(bad).__name__})", where=str(path), fix="Save it again as .xlsx."
        ) from None
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        names = _named(next(rows, ()), needed, path, error)
        return [
            (number, {name: _text(value) for name, value in zip(names, values, strict=False)})
            for number, values in enumerate(rows, 2)
        ]
    finally:
        book.close()


def _check_zip(path: Path, error: type[AuditError]) -> None:
    with zipfile.ZipFile(path) as archive:
        if sum(info.file_size for info in archive.infolist()) > _LARGEST_SHEET:
            raise error("the workbook unpacks to more than 200 MB", where=str(path))


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        return msgspec.json.encode(value).decode()
    return str(value).replace("_x000D_", "").replace("\r\n", "\n")


def _write_xlsx(
    path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]], error: type[AuditError], about: str
) -> None:
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Sheet to fill"
    sheet.append(list(columns))
    for number, row in enumerate(rows, 2):
        for index, column in enumerate(columns, 1):
            text = ILLEGAL_CHARACTERS_RE.sub("", "" if row.get(column) is None else str(row[column]))
            if len(text) > _LARGEST_CELL:
                raise error(
                    f"row {number} needs a cell of {len(text)} characters; a workbook holds {_LARGEST_CELL}",
                    where=str(path), fix="Use a .jsonl worksheet.",
                )
            if text:
                one = sheet.cell(number, index, text)
                one.data_type = "s"
                one.alignment = Alignment(wrap_text=True, vertical="top")
    for index, column in enumerate(columns, 1):
        head = sheet.cell(1, index)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="FFDDE6F0")
        sheet.column_dimensions[get_column_letter(index)].width = _WIDTHS.get(column, 20)
    sheet.freeze_panes = "A2"
    help_sheet = book.create_sheet("How to fill this in")
    help_sheet.column_dimensions["A"].width = 100
    for line in about.splitlines():
        help_sheet.append([line])
    book.save(path)
