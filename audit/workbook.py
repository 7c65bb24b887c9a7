"""The .xlsx side of `sheets`: every cell written is a text; every file read is somebody else's."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from audit.errors import AuditError

LARGEST_CELL = 32_767
_LARGEST_UNPACKED = 200_000_000
_MOST_ROWS = 200_000
_WIDTHS = {"prompt": 80, "output": 60, "question": 70, "why": 50, "answer": 24, "evidence": 40, "note": 40, "work": 90, "comment": 40}
_PASTED = ("output",)
"""Columns formatted as text before anything is in them: a pasted "- good" is then no formula, and 1/2 no date."""
_ENCRYPTED = b"\xd0\xcf\x11\xe0"


class Broken(NamedTuple):
    """A cell that shows an error, such as #NAME?."""

    place: str
    error: str


def workbook(
    path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]], error: type[AuditError], about: str
) -> bytes:
    """Return an .xlsx file with one sheet to fill and one that says how. `path` is for messages."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Sheet to fill"
    sheet.append(list(columns))
    for number, row in enumerate(rows, 2):
        for index, column in enumerate(columns, 1):
            text = _storable(row.get(column))
            if _length(text) > LARGEST_CELL:
                raise error(
                    f"row {number} needs a cell of {_length(text)} characters; a workbook holds {LARGEST_CELL}",
                    where=str(path), fix="Use a .jsonl worksheet.",
                )
            _put(sheet, number, index, text, pasted=column in _PASTED)
    _dress(sheet, columns)
    help_sheet = book.create_sheet("How to fill this in")
    help_sheet.column_dimensions["A"].width = 100
    for line in about.splitlines():
        help_sheet.append([line])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _storable(value: object) -> str:
    """Return a value's text without the control characters that XML cannot hold."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    text = "" if value is None else str(value)
    return ILLEGAL_CHARACTERS_RE.sub("", text).encode("utf-8", "replace").decode()


def _length(text: str) -> int:
    """Return the length as spreadsheet programs count it: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def _put(sheet: Any, row: int, column: int, text: str, *, pasted: bool) -> None:
    from openpyxl.styles import Alignment

    if not text and not pasted:
        return
    one = sheet.cell(row, column)
    if text:
        one.value = text
        one.data_type = "s"
    if pasted:
        one.number_format = "@"
    one.alignment = Alignment(wrap_text=True, vertical="top")


def _dress(sheet: Any, columns: Sequence[str]) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    for index, column in enumerate(columns, 1):
        head = sheet.cell(1, index)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="FFDDE6F0")
        sheet.column_dimensions[get_column_letter(index)].width = _WIDTHS.get(column, 20)
    sheet.freeze_panes = "A2"


def sheets_in(raw: bytes, path: Path, error: type[AuditError]) -> list[tuple[str, list[tuple[object, ...]]]]:
    """Return (title, rows of cell values) for each sheet; a formula gives the value saved with it.

    Raises `error`: encrypted, no workbook, or one that unpacks to too much.
    """
    from openpyxl import load_workbook

    if raw.startswith(_ENCRYPTED):
        raise error(
            "this workbook is locked with a password, or in the old .xls format", where=str(path),
            fix="Save it as .xlsx without a password.",
        )
    try:
        _check_size(raw, path, error)
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        try:
            return [(sheet.title, _values(sheet, path, error)) for sheet in book.worksheets]
        finally:
            book.close()
    except AuditError:
        raise
    except Exception as bad:  # a damaged file can raise anything: zip, XML, key and value errors
        raise error(
            f"not a readable .xlsx workbook ({type(bad).__name__})", where=str(path), fix="Open it and save it again as .xlsx."
        ) from None


def _check_size(raw: bytes, path: Path, error: type[AuditError]) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if sum(info.file_size for info in archive.infolist()) > _LARGEST_UNPACKED:
            raise error("the workbook unpacks to more than 200 MB", where=str(path), fix="Keep only the sheet to fill.")


def _values(sheet: Any, path: Path, error: type[AuditError]) -> list[tuple[object, ...]]:
    sheet.reset_dimensions()   # what a program says of its sheet's size may be wrong
    found: list[tuple[object, ...]] = []
    for number, cells in enumerate(sheet.iter_rows(), 1):
        values = tuple(Broken(one.coordinate, str(one.value)) if one.data_type == "e" else one.value for one in cells)
        if number > _MOST_ROWS and any(value is not None for value in values):
            raise error(f"the sheet {sheet.title!r} has more than {_MOST_ROWS:,} rows", where=str(path))
        if number <= _MOST_ROWS:
            found.append(values)
    return found


def check_cells(rows: Sequence[Sequence[object]], columns: Sequence[int], where: str, error: type[AuditError]) -> None:
    """Raise `error` for the first spreadsheet error (#NAME?) in these columns: it hides what a person typed."""
    for values in rows:
        for index in columns:
            value = values[index] if index < len(values) else None
            if isinstance(value, Broken):
                raise error(
                    f"the cell {value.place} holds the spreadsheet error {value.error}", where=where,
                    fix="It was read as a formula: type an apostrophe (') and then the text.",
                )
