"""Required values, enumerations, dates, numbers, identifiers and the rules of bulk and delta, a block of a column at a time.

A column of a block is looked at as a whole first (a set, one search of the joined text); rows are gone through only
where something is wrong, so that a million right ones cost little. No message repeats a value: a shifted column may
hold anything.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime

from audit.evidence.oneroster.notes import Notes
from audit.evidence.oneroster.tables import Column

_LONGEST_ID = 255
_NOT_IN_ID = re.compile(r"[^0-9A-Za-z./@_,-]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z", re.ASCII)
_YEAR = re.compile(r"[12]\d{3}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_GRADES = frozenset({"IT", "PR", "PK", "TK", "KG", "PS", "UG", "AE", "ABE", "Other", *(f"{grade:02}" for grade in range(1, 14))})
"""Entry grade levels of the Common Education Data Standards (CEDS)."""

_LISTED = 12
_NO_ID = "this identifier is empty, longer than 255 characters, or has others than 0-9 a-z A-Z . - _ / @"


def is_date(text: str) -> bool:
    """Return whether a text is a day of the calendar, YYYY-MM-DD."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_time(text: str) -> bool:
    """Return whether a text is a moment in UTC, YYYY-MM-DDTHH:MM:SS.sssZ."""
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True


_KINDS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "boolean": ({"true", "false"}.__contains__, "neither true nor false"),
    "date": (is_date, "no date as YYYY-MM-DD"),
    "year": (_YEAR.fullmatch, "no year as YYYY"),
    "number": (_NUMBER.fullmatch, "no number"),
}


def check_ids(notes: Notes, name: str, column: Sequence[str], lines: Sequence[int], *, many: bool = False) -> None:
    """Note identifiers with other characters than 0-9 a-z A-Z . - _ / @, or longer than 255."""
    joined = "".join(column)
    if not (_NOT_IN_ID.search(joined) or max(map(len, column)) > _LONGEST_ID or "," in joined):
        return
    for line, cell in zip(lines, column, strict=True):
        for one in cell.split(",") if many and cell else (cell,):
            if _NOT_IN_ID.search(one) or "," in one or len(one) > _LONGEST_ID or (many and cell and not one):
                notes.fault(name, line, name, _NO_ID)


def check_required(notes: Notes, name: str, column: Sequence[str], lines: Sequence[int], deleted: frozenset[int]) -> None:
    """Note blank values that have to be there; a record that is to be deleted (its line) needs none."""
    if "" in column:
        for line, cell in zip(lines, column, strict=True):
            if not cell and line not in deleted:
                notes.fault(f"{name}.required", line, name, "this value has to be there")


def check_values(notes: Notes, column: Column, cells: Sequence[str], lines: Sequence[int]) -> None:
    """Note values that are not of the column's kind: enumerations, true and false, dates, years, numbers, grades."""
    if column.kind == "words":
        _check_words(notes, column, cells, lines)
    elif column.kind == "grades":
        wrong = {cell for cell in set(cells) if cell and set(cell.split(",")) - _GRADES}
        for line in _lines_of(wrong, cells, lines):
            notes.warn(f"{column.name}.code", line, column.name, "these are no CEDS codes for grades (KG, 01 to 13, PK, UG …)")
    elif column.kind in _KINDS:
        right, what = _KINDS[column.kind]
        wrong = {cell for cell in set(cells) if cell and not right(cell)}
        for line in _lines_of(wrong, cells, lines):
            notes.fault(column.name, line, column.name, f"this is {what}")


def _check_words(notes: Notes, column: Column, cells: Sequence[str], lines: Sequence[int]) -> None:
    allowed = column.words
    others = set(cells) - allowed - {""}
    if not others:
        return
    wrong = {cell for cell in others if any(not _is_word(one, column) for one in (cell.split(",") if column.many else (cell,)))}
    what = f"this is none of {', '.join(sorted(allowed)[:_LISTED])}{' or ext:…' if column.extended else ''}"
    for line in _lines_of(wrong, cells, lines):
        notes.fault(column.name, line, column.name, what)


def _is_word(text: str, column: Column) -> bool:
    return text in column.words or (column.extended and text.startswith("ext:") and text != "ext:")


def check_state(notes: Notes, mode: str, status: Sequence[str], modified: Sequence[str], lines: Sequence[int]) -> frozenset[int]:
    """Note what breaks the rules of the mode; return the lines of records that are to be deleted.

    bulk: both columns are blank. delta: `active` or `tobedeleted`, and when it was changed; `inactive` is of version 1.0.
    """
    if mode != "delta":
        for name, column in (("status", status), ("dateLastModified", modified)):
            filled = len(column) - column.count("")
            if filled:
                notes.count(f"{name}.bulk", filled, next(line for line, cell in zip(lines, column, strict=True) if cell))
        return frozenset()
    for line in _lines_of(set(status) - {"active", "tobedeleted", "inactive"}, status, lines):
        notes.fault("status", line, "status", "in a delta file this is active or tobedeleted")
    for line in _lines_of(set(status) & {"inactive"}, status, lines):
        notes.warn("status.inactive", line, "status", "inactive is of version 1.0; write active or tobedeleted")
    wrong = {cell for cell in set(modified) if not is_time(cell)}
    for line in _lines_of(wrong, modified, lines):
        notes.fault("dateLastModified", line, "dateLastModified", "in a delta file this is a time in UTC, YYYY-MM-DDTHH:MM:SS.sssZ")
    return frozenset(_lines_of({"tobedeleted"}, status, lines))


def check_span(notes: Notes, first: tuple[str, Sequence[str]], last: tuple[str, Sequence[str]], lines: Sequence[int]) -> None:
    """Note a period that ends before it begins. first, last: a column's name, and its values."""
    turned = {pair for pair in set(zip(first[1], last[1], strict=True)) if all(map(is_date, pair)) and pair[0] > pair[1]}
    if turned:
        for line, pair in zip(lines, zip(first[1], last[1], strict=True), strict=True):
            if pair in turned:
                notes.warn(f"{last[0]}.order", line, last[0], f"{last[0]} is before {first[0]}")


def _lines_of(values: Iterable[str], cells: Sequence[str], lines: Sequence[int]) -> list[int]:
    """Return the lines of the cells that hold one of the values."""
    wanted = frozenset(values)
    return [line for line, cell in zip(lines, cells, strict=True) if cell in wanted] if wanted else []
