"""CSV as RFC 4180 has it, in blocks of rows, from files of any size: each fault with its line, and the rest read on."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import IO, NamedTuple

from audit.evidence.specimen import Problems

BLOCK = 4_000
_STEP = 10
_PIECE = 1 << 17
_ROOM = 8_000_000
_LONGEST_ROW = 4 * _ROOM
_OF_A_LINE, _OF_A_CELL = 100, 60
"""Bytes, about: a block ends within `_STEP` rows of `_ROOM`, and a line within two pieces, so that only a row of very
many lines comes to `_LONGEST_ROW`."""

_BOM = "\ufeff"


class Block(NamedTuple):
    """Rows of the header's width, as columns; lines: the line on which each row begins."""

    columns: Sequence[Sequence[str]]
    lines: Sequence[int]


class Rows:
    """A member of the archive as rows. header: the first row; read: bytes so far.

    file: open for reading bytes; name: for messages. Faults go to `problems` and the rows that hold them are left out.
    """

    def __init__(self, file: IO[bytes], name: str, problems: Problems) -> None:
        self._file, self.name, self._problems = file, name, problems
        self.read, self._lines_read = 0, 0
        self._held: list[str] = []
        self._size = 0
        self._reader = csv.reader(self._lines(), strict=True)
        self.header = self._first()

    def _first(self) -> list[str]:
        try:
            return next(self._reader, [])
        except csv.Error as bad:
            self._fault("csv.row", self._reader.line_num, f"this header cannot be read: {bad}")
            return []

    def blocks(self) -> Iterator[Block]:
        """Yield what follows the header. A row that cannot be read is a problem; so is one of another width."""
        more = True
        while more:
            before, rows = self._reader.line_num, list[list[str]]()
            self._held.clear()
            self._size = 0
            try:
                while more and len(rows) < BLOCK and self._size < _ROOM:
                    come = len(rows)
                    rows.extend(islice(self._reader, _STEP))
                    more = len(rows) == come + _STEP
            except csv.Error as bad:   # what came before it in the block is in `rows`, and the reader goes on after it
                self._fault("csv.row", self._reader.line_num, f"this row cannot be read: {bad}")
            lines: Sequence[int] = range(before + 1, before + 1 + len(rows))
            if self._reader.line_num - before != len(rows):
                lines = self._starts(rows, before)
            if any('"' in line for line in self._held) and '"' in "".join(chain.from_iterable(rows)):
                self._quotes(rows, lines, before)
            yield from self._even(rows, lines)

    def _even(self, rows: list[list[str]], lines: Sequence[int]) -> Iterator[Block]:
        width = len(self.header)
        if set(map(len, rows)) - {width}:
            for row, line in zip(rows, lines, strict=True):
                if len(row) != width:
                    what = f"this row has {len(row):,} of {width:,} columns" if row else "this line is blank"
                    self._fault("csv.columns", line, what)
            lines = [line for row, line in zip(rows, lines, strict=True) if len(row) == width]
            rows = [row for row in rows if len(row) == width]
        if rows:
            yield Block(list(zip(*rows, strict=True)), lines)

    def _starts(self, rows: list[list[str]], before: int) -> list[int]:
        """Return the line of each row where some have line breaks inside, which both versions forbid."""
        lines, line = [], before + 1
        for row in rows:
            lines.append(line)
            inside = sum(cell.count("\n") for cell in row)
            if inside:
                self._fault("csv.line-break", line, "there is a line break inside a value")
            line += 1 + inside
        return lines

    def _quotes(self, rows: list[list[str]], lines: Sequence[int], before: int) -> None:
        """Note quotation marks inside values that were not doubled: Python reads them, other programs do not."""
        for row, line in zip(rows, lines, strict=True):
            marked = [cell for cell in row if '"' in cell]
            if marked:
                first = line - before - 1
                raw = "".join(self._held[first:first + 1 + sum(cell.count("\n") for cell in row)])
                if any(cell.replace('"', '""') not in raw for cell in marked):
                    self._fault("csv.quote", line, 'a quotation mark inside a value is not written ""')

    def _lines(self) -> Iterator[str]:
        rest = b""
        while piece := self._file.read(_PIECE):
            self.read += len(piece)
            whole, newline, after = piece.rpartition(b"\n")
            if newline:
                yield from self._decoded(rest + whole + newline)
            rest = after if newline else rest + piece
            if len(rest) > _PIECE or self._size > _LONGEST_ROW:
                self._fault("csv.row", self._lines_read + 1, "here is a line or row too long for a roster; nothing after it was read")
                return
        yield from self._decoded(rest)

    def _decoded(self, raw: bytes) -> Iterator[str]:
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = self._repaired(raw)
        if self._lines_read == 0:
            text = text.removeprefix(_BOM)   # allowed, and no part of the first name
        for line in io.StringIO(text, newline="\n"):
            self._lines_read += 1
            self._held.append(line)
            self._size += len(line) + _OF_A_LINE + _OF_A_CELL * line.count(",")
            yield line

    def _repaired(self, raw: bytes) -> str:
        """Return the text with a mark for each wrong byte; the lines that have any are named."""
        for number, line in enumerate(raw.split(b"\n"), self._lines_read + 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                self._fault("csv.utf8", number, "this line is not UTF-8")
        return raw.decode(errors="replace")

    def _fault(self, rule: str, line: int, what: str) -> None:
        self._problems.error(rule, f"{self.name} line {line}", what, _FIXES[rule])


_FIXES = {
    "csv.row": "Write the file as RFC 4180 has it.",
    "csv.columns": "Give each row as many values as the header has names.",
    "csv.line-break": "Take it out.",
    "csv.quote": 'Enclose the value in quotation marks and write "" for each inside it.',
    "csv.utf8": "Save the file as UTF-8.",
}
