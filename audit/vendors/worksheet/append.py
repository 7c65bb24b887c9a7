"""Rows added below a worksheet that people have filled: what is there stays as it is, formats and columns of their own included.

A workbook is not loaded and saved again, which would lose what the library does not know (charts, the results of formulas): the rows are put
into its XML, and the whole is read back before it is written.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import msgspec

from audit.errors import WorksheetError
from audit.library import write_whole
from audit.sheets import IN_USE, cell, check_kind, chosen_sheet, csv_form, named, raw_sheet, rows_in
from audit.workbook import LARGEST_CELL

_MARKS = ("~${name}", ".~lock.{name}#")
_ROW = re.compile(r"<(?P<ns>(?:\w+:)?)row\b(?P<head>[^>]*?)(?:/>|>(?P<cells>.*?)</(?P=ns)row\s*>)", re.DOTALL)
_HOLDS = re.compile(r"<(?:\w+:)?(?:v|is|f)\b")
_CELL = re.compile(r"<(?:\w+:)?c\b([^>]*)>")
_NUMBER = re.compile(r'\br="(\d+)"')
_SPAN = re.compile(r'(<(?:\w+:)?dimension\b[^>]*?\bref="[A-Z]+\d+:[A-Z]+)\d+"')
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BY_HAND = "Open it, save it again as .xlsx, close it, and run the same command again."

Line = Mapping[str, str]
"""Column → text."""


def append_rows(path: Path, needed: Sequence[str], rows: Sequence[Line]) -> tuple[int, int]:
    """Add rows below a sheet, whole or not at all, and return the numbers of the first and the last as a person sees them.

    Raises WorksheetError: a needed column is missing, the file is open in a spreadsheet program, a text is too long for a cell, or what was
    there would not read as before.
    """
    refuse_open(path)
    raw = raw_sheet(path, WorksheetError)
    before = rows_in(raw, path, needed, WorksheetError)
    kind = check_kind(path, WorksheetError)
    more = {".csv": _csv, ".jsonl": _jsonl, ".xlsx": _xlsx}[kind](raw, path, needed, rows)
    after = rows_in(more, path, needed, WorksheetError)
    kept, added = after[: len(before)], after[len(before):]
    if kept != before or [_alike(row, needed) for _, row in added] != [_alike(row, needed) for row in rows]:
        raise WorksheetError("rows cannot be added to this sheet without changing it", where=str(path), fix=_BY_HAND)
    try:
        write_whole(path, more, WorksheetError)
    except WorksheetError as bad:
        raise WorksheetError(bad.what, where=bad.where, fix=IN_USE) from None
    return added[0][0], added[-1][0]


def refuse_open(path: Path) -> None:
    """Raise WorksheetError when a spreadsheet program has the file open: what it saves later would take the new rows away."""
    for mark in _MARKS:
        lock = path.with_name(mark.format(name=path.name))
        if lock.exists():
            raise WorksheetError(
                "this worksheet is open in a spreadsheet program, and rows are to be added to it", where=str(path),
                fix=f"Save and close it there, and run the same command again (if it is not open, delete {lock.name}).",
            )


def _alike(row: Line, needed: Sequence[str]) -> list[str]:
    return ["".join(_NO_XML.sub("", row.get(name, "")).split()).lstrip("'") for name in needed]


def _csv(raw: bytes, path: Path, needed: Sequence[str], rows: Sequence[Line]) -> bytes:
    form = csv_form(raw)
    lines = form.text.splitlines(keepends=True)
    names = named(next(csv.reader(lines[form.head:], delimiter=form.delimiter)), needed, str(path), WorksheetError)
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=form.delimiter, quoting=csv.QUOTE_ALL).writerows([cell(row.get(name)) for name in names] for row in rows)
    text = form.text + ("" if form.text.endswith("\n") else "\r\n") + file.getvalue()
    try:
        return text.encode(form.encoding)
    except UnicodeEncodeError:   # Windows-1252 has no letter for what a prompt holds
        return text.encode("utf-8-sig", "replace")


def _jsonl(raw: bytes, path: Path, needed: Sequence[str], rows: Sequence[Line]) -> bytes:
    gap = b"" if raw.endswith(b"\n") or not raw else b"\n"
    return raw + gap + b"".join(msgspec.json.encode(row) + b"\n" for row in rows)


class _Rows(NamedTuple):
    """A workbook's sheet in parts: before the end of the last row that holds anything, and what follows. last: that row's number."""

    head: str
    tail: str
    last: int
    prefix: str
    styles: dict[str, str]


def _xlsx(raw: bytes, path: Path, needed: Sequence[str], rows: Sequence[Line]) -> bytes:
    title, names, _ = chosen_sheet(raw, needed, path, WorksheetError)
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        part = _part(raw, title)
        try:
            sheet = _parted(archive.read(part).decode("utf-8"))
        except (KeyError, UnicodeDecodeError, ValueError):
            raise WorksheetError("rows cannot be added to this workbook", where=str(path), fix=_BY_HAND) from None
        added = "".join(_row(sheet, n, names, row, path) for n, row in enumerate(rows, sheet.last + 1))
        end = sheet.last + len(rows)
        xml = _SPAN.sub(rf'\g<1>{end}"', sheet.head, count=1) + added + _without_rows_to(sheet.tail, end)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as copy:
            for info in archive.infolist():
                copy.writestr(info, xml.encode() if info.filename == part else archive.read(info))
    return file.getvalue()


def _part(raw: bytes, title: str) -> str:
    """Return which file of a workbook's archive holds a sheet."""
    from openpyxl.reader.excel import ExcelReader

    reader = ExcelReader(io.BytesIO(raw), read_only=True, keep_links=False)
    reader.read_manifest()
    reader.read_workbook()
    return next(str(rel.target) for sheet, rel in reader.parser.find_sheets() if sheet.name == title)


def _parted(xml: str) -> _Rows:
    """Take a sheet's XML apart. Raises ValueError: no row that holds anything, or rows without numbers."""
    found = [m for m in _ROW.finditer(xml) if m["cells"] and _HOLDS.search(m["cells"])]
    number = _NUMBER.search(found[-1]["head"]) if found else None
    if number is None:
        raise ValueError
    seen: dict[str, Counter[str]] = {}
    for m in found[1:]:
        for one in _CELL.finditer(m["cells"]):
            place, style = re.search(r'\br="([A-Z]+)\d+"', one[1]), re.search(r'\bs="(\d+)"', one[1])
            if place and style:
                seen.setdefault(place[1], Counter())[style[1]] += 1
    end = found[-1].end()
    return _Rows(xml[:end], xml[end:], int(number[1]), found[-1]["ns"], {column: counts.most_common(1)[0][0] for column, counts in seen.items()})


def _row(sheet: _Rows, number: int, names: Sequence[str], row: Line, path: Path) -> str:
    from openpyxl.utils import get_column_letter

    ns, cells = sheet.prefix, []
    for index, name in enumerate(names, 1):
        text, letter = _NO_XML.sub("", row.get(name, "")).replace("\r\n", "\n").replace("\r", "\n"), get_column_letter(index)
        if len(text.encode("utf-16-le", "replace")) // 2 > LARGEST_CELL:
            raise WorksheetError(f"row {number} needs a cell of {len(text):,} characters; a workbook holds {LARGEST_CELL:,}", where=str(path))
        style = f' s="{sheet.styles[letter]}"' if letter in sheet.styles else ""
        if text:
            cells.append(f'<{ns}c r="{letter}{number}"{style} t="inlineStr"><{ns}is><{ns}t xml:space="preserve">{escape(text)}</{ns}t></{ns}is></{ns}c>')
        elif style:
            cells.append(f'<{ns}c r="{letter}{number}"{style}/>')
    return f'<{ns}row r="{number}">{"".join(cells)}</{ns}row>'


def _without_rows_to(tail: str, end: int) -> str:
    """Return what follows the last filled row without the empty rows whose numbers the new ones take."""
    def gone(m: re.Match[str]) -> str:
        number = _NUMBER.search(m["head"])
        return "" if number and int(number[1]) <= end else m[0]

    return _ROW.sub(gone, tail)
