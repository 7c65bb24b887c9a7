"""What looks like a real person's data in a roster, and personal data that a product may not need.

Patterns of `audit.personal` that fit a cell, with a cheap look at the whole column first: an at-sign, or digits with a
mark between them. Addresses at the reserved names (RFC 2606, RFC 6761), telephone numbers 555-01xx and social security
numbers that are never issued are let through. Names of invented people cannot be told from others.
"""

import re
from collections.abc import Iterator, Sequence

from audit.evidence.oneroster.notes import Notes

_RESERVED = r"(?:[\w-]+\.)*(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost)(?![\w-])(?!\.[\w-])"
_EMAIL = re.compile(rf"@(?!{_RESERVED})[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{{2,}}", re.IGNORECASE)
_MARKED = re.compile(r"\d[-. )] ?\d")
_PHONE = re.compile(r"(?<![\w-])(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])(?!555[ .-]?01)\d{3}[ .-]\d{4}(?![\w-])", re.ASCII)
_SOCIAL = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])", re.ASCII)
_NINE = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}(?![\w-])", re.ASCII)
_INVENTED = re.compile(r"555\D?01\d\d$")
_DIGITS_OF_A_NUMBER = 7
_IDENTITIES = frozenset({"identifier", "userIds", "userMasterIdentifier"})
_BETWEEN = "\n"

UNNEEDED = frozenset({"sms", "phone", "pronouns"})
"""Columns of users.csv that few products need; of demographics.csv it is every one."""


def find_personal(notes: Notes, column: str, kind: str, cells: Sequence[str], lines: Sequence[int]) -> None:
    """Note cells that look like a real person's e-mail address, telephone number or social security number."""
    joined = _BETWEEN.join(cells)
    if kind == "telephone":
        _note(notes, column, _telephones(cells, lines), "a telephone number")
        return
    if "@" in joined and _EMAIL.search(joined):
        _note(notes, column, _matching(_EMAIL, cells, lines), "an e-mail address")
    if _MARKED.search(joined):
        _note(notes, column, _matching(_PHONE, cells, lines), "a telephone number")
        _note(notes, column, _matching(_SOCIAL, cells, lines), "what looks like a social security number")
    if column in _IDENTITIES:
        for line in _matching(_NINE, cells, lines):
            notes.count(f"{column}.nine-digits", 1, line)


def _telephones(cells: Sequence[str], lines: Sequence[int]) -> Iterator[int]:
    if not any(cells):
        return
    for line, cell in zip(lines, cells, strict=True):
        if cell and sum(map(str.isdigit, cell)) >= _DIGITS_OF_A_NUMBER and not _INVENTED.search(cell.strip()):
            yield line


def _matching(pattern: re.Pattern[str], cells: Sequence[str], lines: Sequence[int]) -> Iterator[int]:
    return (line for line, cell in zip(lines, cells, strict=True) if pattern.search(cell))


def _note(notes: Notes, column: str, lines: Iterator[int], what: str) -> None:
    for line in lines:
        notes.personal(line, column, what)
