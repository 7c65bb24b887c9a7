"""The .xlsx side of `sheets`: every cell written is a text; every file read is somebody else's."""

import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from audit.errors import AuditError

LARGEST_CELL = 32_767
_LARGEST_UNPACKED = 200_000_000
MOST_ROWS = 200_000
_WIDTHS = {"prompt": 80, "output": 60, "question": 70, "why": 50, "answer": 24, "evidence": 40, "note": 40, "work": 90, "comment": 40,
           "by": 14, "sitting": 10, "turn": 8, "criterion": 34, "kind": 28, "what good looks like": 28, "when it applies": 40, "evidence wanted": 44, "claim": 70, "file": 36, "said in": 36}
_PASTED = ("output",)
"""Columns formatted as text before anything is in them: a pasted "- good" is then no formula, and 1/2 no date."""
_GUARDED = ("probe", "sitting", "turn", "prompt")
"""Columns of a sheet to fill in which typing is refused; sorting and filtering are not, as a protected sheet would."""
_LINE, _MOST_LINES = 15, 8
_ENCRYPTED = b"\xd0\xcf\x11\xe0"
_LONGEST_LIST = 250


class Sheet(NamedTuple):
    """A sheet to be written. choices: column → what the drop-down of each row offers (nothing: none); fill: the columns that a person fills.

    numbers: whether finite numbers are stored as numbers, for a sheet that is read and not filled; else every cell is a text.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, object]]
    choices: Mapping[str, Sequence[Sequence[str]]]
    fill: Sequence[str]
    numbers: bool = False


class Broken(NamedTuple):
    """A cell that shows an error, such as #NAME?."""

    place: str
    error: str


def workbook(
    path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, object]], error: type[AuditError], about: str, breaks: Sequence[int] = ()
) -> bytes:
    """Return an .xlsx file with one sheet to fill and one that says how. breaks: the rows (0: the first) below a thick line. `path` is for messages."""
    from openpyxl import Workbook

    book = Workbook()
    _write(book.worksheets[0], Sheet("Sheet to fill", columns, rows, {}, ()), path, error)
    _guard(book.worksheets[0], columns, len(rows))
    _rule_off(book.worksheets[0], len(columns), breaks)
    _heighten(book.worksheets[0], columns, rows)
    _fit_to_paper(book.worksheets[0])
    _explain(book, about)
    return _saved(book)


def sheets_of(path: Path, sheets: Sequence[Sheet], error: type[AuditError], about: str, first: str = "How to fill this in") -> bytes:
    """Return an .xlsx file with several sheets, their drop-downs, and before them one called `first` with what is to be known. `path` is for messages."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    _explain(book, about, first)
    lists: list[Sequence[str]] = []
    for one in sheets:
        sheet = book.create_sheet(one.title)
        _write(sheet, one, path, error)
        _shade(sheet, one)
        for column, offered in one.choices.items():
            _drop_downs(sheet, one.columns.index(column) + 1, offered, lists)
    if lists:
        hidden = book.create_sheet("Choices")
        hidden.sheet_state = "hidden"
        for index, choices in enumerate(lists, 1):
            for number, choice in enumerate(choices, 1):
                _put(hidden, number, index, choice, pasted=False)
    return _saved(book)


def _write(sheet: Any, one: Sheet, path: Path, error: type[AuditError]) -> None:
    sheet.title = one.title
    sheet.append(list(one.columns))
    for number, row in enumerate(one.rows, 2):
        for index, column in enumerate(one.columns, 1):
            value = row.get(column)
            if one.numbers and isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                sheet.cell(number, index).value = value
                continue
            text = _storable(value)
            if _length(text) > LARGEST_CELL:
                raise error(
                    f"row {number} needs a cell of {_length(text)} characters; a workbook holds {LARGEST_CELL}",
                    where=str(path), fix="Use a .jsonl worksheet.",
                )
            _put(sheet, number, index, text, pasted=column in _PASTED or column in one.fill)
    _dress(sheet, one.columns)


def _guard(sheet: Any, columns: Sequence[str], rows: int) -> None:
    """Refuse typing into the cells that must stay as they are."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    guarded = [get_column_letter(n) for n, column in enumerate(columns, 1) if column in _GUARDED]
    if not guarded or not rows:
        return
    rule = DataValidation(
        type="custom", formula1="1=0", allow_blank=False, errorStyle="stop", showErrorMessage=True, errorTitle="Please leave this cell as it is",
        error="The audit needs it unchanged. Press Cancel, and write into the other columns.",
    )
    for letter in guarded:
        rule.add(f"{letter}2:{letter}{rows + 1}")
    sheet.add_data_validation(rule)


def _heighten(sheet: Any, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> None:
    """Make rows as high as their prompt needs, up to eight lines: programs do not agree on whether to do so when a file is opened."""
    if "prompt" not in columns:
        return
    for number, row in enumerate(rows, 2):
        lines = sum(1 + len(line) // _WIDTHS["prompt"] for line in str(row.get("prompt") or "").splitlines())
        if lines > 1:
            sheet.row_dimensions[number].height = _LINE * min(lines, _MOST_LINES)


def _rule_off(sheet: Any, columns: int, breaks: Sequence[int]) -> None:
    from openpyxl.styles import Border, Side

    line = Border(top=Side("thick", color="FF3A6EA5"))
    for row in breaks:
        for column in range(1, columns + 1):
            sheet.cell(row + 2, column).border = line


def _explain(book: Any, about: str, title: str = "How to fill this in") -> None:
    from openpyxl.styles import Alignment

    sheet = book.create_sheet(title)
    sheet.column_dimensions["A"].width = 100
    for number, line in enumerate(about.splitlines(), 1):
        sheet.cell(number, 1).value = line
        sheet.cell(number, 1).alignment = Alignment(wrap_text=True, vertical="top")
    _fit_to_paper(sheet)


def _saved(book: Any) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _shade(sheet: Any, one: Sheet) -> None:
    """Shade the columns that a person fills, so that they are found at once; the first column stays in view."""
    from openpyxl.styles import PatternFill

    sheet.freeze_panes = "C2" if one.columns[0] == "criterion" else "B2"
    _fit_to_paper(sheet)
    for number in range(2, len(one.rows) + 2):
        for column in one.fill:
            sheet.cell(number, one.columns.index(column) + 1).fill = PatternFill("solid", fgColor="FFFFFBE6")


def _fit_to_paper(sheet: Any) -> None:
    """Print all columns side by side, and the head on each page."""
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
    sheet.print_title_rows = "1:1"


def _drop_downs(sheet: Any, column: int, offered: Sequence[Sequence[str]], lists: list[Sequence[str]]) -> None:
    """Give each row's cell its drop-down; a list with commas or a long one lies on the sheet "Choices". Other entries are warned of, not refused."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    made: dict[tuple[str, ...], Any] = {}
    for number, choices in enumerate(offered, 2):
        if not choices:
            continue
        key = tuple(choices)
        if key not in made:
            formula = f'"{",".join(key)}"'
            if any("," in c or '"' in c for c in key) or len(formula) > _LONGEST_LIST:
                lists.append(key)
                letter = get_column_letter(len(lists))
                formula = f"Choices!${letter}$1:${letter}${len(key)}"
            made[key] = DataValidation(
                type="list", formula1=formula, allow_blank=True, errorStyle="warning", showErrorMessage=True, errorTitle="Not one of the choices",
                error="The audit will not be able to read this answer.",
            )
            sheet.add_data_validation(made[key])
        made[key].add(f"{get_column_letter(column)}{number}")


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

    refuse_encrypted(raw, path, error)
    try:
        check_size(raw, path, error)
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


def check_size(raw: bytes, path: Path, error: type[AuditError], most: int = _LARGEST_UNPACKED) -> None:
    """Raise `error` for a workbook that unpacks to more than `most` bytes."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        if sum(info.file_size for info in archive.infolist()) > most:
            raise error(f"the workbook unpacks to more than {most // 1_000_000} MB", where=str(path), fix="Keep only the sheets to fill.")


def _values(sheet: Any, path: Path, error: type[AuditError]) -> list[tuple[object, ...]]:
    sheet.reset_dimensions()   # what a program says of its sheet's size may be wrong
    found: list[tuple[object, ...]] = []
    for number, cells in enumerate(sheet.iter_rows(), 1):
        values = tuple(Broken(one.coordinate, str(one.value)) if one.data_type == "e" else one.value for one in cells)
        if number > MOST_ROWS and any(value is not None for value in values):
            raise error(f"the sheet {sheet.title!r} has more than {MOST_ROWS:,} rows", where=str(path))
        if number <= MOST_ROWS:
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


def refuse_encrypted(raw: bytes, path: Path, error: type[AuditError]) -> None:
    """Raise `error` for a workbook that is locked, or of the old kind."""
    if raw.startswith(_ENCRYPTED):
        raise error(
            "this workbook is locked with a password, or in the old .xls format", where=str(path),
            fix="Save it as .xlsx without a password.",
        )
