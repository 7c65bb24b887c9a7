"""What an import came to, and the NOTICE that says so: from which files, what was left out and why, what was found."""

from collections.abc import Iterator

from msgspec import Struct

from audit import personal
from audit.records import Design
from audit.samples.layout import MapFile
from audit.samples.rows import LeftOut


class Imported(Struct, frozen=True):
    """What an import came to. files: name → SHA-256. left_out: reason → rows. groups: attribute → group → items.

    without_group: attribute → probes without one. other_values: "attribute: value" → rows whose value the map does not name.
    personal_data: kind → items. not_used: attributes with fewer than two groups. unread: "column: value" → rows of the side file.
    """

    set: str
    folder: str
    sha256: str
    design: Design
    items: int
    probes: int
    rows_read: int
    files: dict[str, str]
    left_out: dict[str, LeftOut]
    groups: dict[str, dict[str, int]]
    without_group: dict[str, int]
    other_values: dict[str, int]
    without_truth: int
    not_in_roster: int
    merged: int
    unread: dict[str, int]
    not_used: tuple[str, ...]
    personal_data: dict[str, list[str]]
    masked: bool


def notice_text(told: Imported, file: MapFile) -> str:
    """Return the text of NOTICE. It names files, counts and items, and repeats nothing of the texts."""
    return "\n".join(_lines(told, file)) + "\n"


def _lines(told: Imported, file: MapFile) -> Iterator[str]:
    yield f"{file.title} ({file.id}): imported work samples, not part of the package edtech-equity-audit."
    yield "Keep this folder as the student records are kept that it comes from; publish nothing of it without the right to."
    yield ""
    yield "Imported from"
    yield from (f"  {name}  SHA-256 {sha256}" for name, sha256 in told.files.items())
    yield ""
    yield f"{told.rows_read:,} rows read, {told.probes:,} kept as probes, {told.items:,} items."
    yield from told_lines(told)
    yield ""
    yield f"Licence as the map says it: {file.licence}"


def told_lines(told: Imported) -> Iterator[str]:
    """Yield what was counted and left out, line by line, for NOTICE and for the screen."""
    for reason, left in told.left_out.items():
        shown = ", ".join(map(str, left.first)) + (", …" if left.rows > len(left.first) else "")
        yield f"Left out, {reason}: {_rows(left.rows)} ({shown})."
    for name, probes in told.without_group.items():
        if name in told.groups:
            yield f"Without a group of {name}, compared by the other attributes only: {probes:,} of the probes."
    yield from (f"A value that the map does not name, {value}: {_rows(rows)}." for value, rows in told.other_values.items())
    yield from (f"A value of the side file that is not known, {value}: {_rows(rows)}." for value, rows in told.unread.items())
    if told.without_truth:
        yield f"Without a human score: {told.without_truth:,} probes."
    if told.not_in_roster:
        yield f"Not in the side file: {_rows(told.not_in_roster)}."
    if told.merged:
        yield f"Rows of the side file that repeat another: {told.merged:,}, merged."
    yield from (f"Not used, fewer than two groups: {name}." for name in told.not_used)
    done = "replaced by its kind in brackets" if told.masked else "left in the texts: no run sends it unless its plan says so and why"
    for kind, items in told.personal_data.items():
        yield f"Personal data, {kind}: in {len(items):,} item{'s' if len(items) > 1 else ''}, {done}."
    yield ("Scanned for personal data. " if told.personal_data else "Scanned for personal data: nothing was found. ") + personal.CANNOT_FIND


def _rows(count: int) -> str:
    return f"{count:,} row{'s' if count != 1 else ''}"
