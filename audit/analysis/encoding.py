"""A text table as UTF-8 with one kind of line end: what DuckDB reads without guessing.

The file is read in pieces, whatever its size; a copy is made (in the folder for temporary files) only of
a file that needs one.
"""

import codecs
import hashlib
from collections.abc import Iterator
from pathlib import Path

from audit.errors import TableError

_PIECE = 1 << 22
_MARK = codecs.BOM_UTF8
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def digest(path: Path) -> str:
    """Return a file's SHA-256. Raises TableError for one that cannot be read."""
    found = hashlib.sha256()
    for piece in _pieces(path):
        found.update(piece)
    return found.hexdigest()


def plain(path: Path, folder: Path) -> Path:
    """Return the path of the same table as UTF-8 with one kind of line end: the file itself, or a copy in `folder`.

    UTF-8, and UTF-16 with a byte-order mark, are read. Raises TableError for an empty file, for one with
    NUL characters, and naming the line that is not UTF-8.
    """
    if not _needs_copy(path):
        return path
    copy = folder / f"table{path.suffix.lower()}"
    with copy.open("wb") as file:
        for text in _texts(path):
            file.write(text.replace("\r\n", "\n").encode())
    return copy


def _needs_copy(path: Path) -> bool:
    """Whether a file is not UTF-8 without a mark and with one kind of line end; all of it is checked."""
    start = next(_pieces(path), b"")
    if not start.strip():
        raise TableError("the file is empty", where=str(path), fix="The first row must name the columns.")
    crlf = feeds = 0
    for text in _texts(path):
        crlf += text.count("\r\n")
        feeds += text.count("\n")
        if "\x00" in text:
            raise TableError(
                f"line {feeds - text[text.index(chr(0)):].count(chr(10)) + 1} holds a NUL character: this is no text table",
                where=str(path), fix="Save it as CSV UTF-8.",
            )
    return start.startswith((_MARK, *_UTF16)) or 0 < crlf < feeds


def _texts(path: Path) -> Iterator[str]:
    """Yield a file's text in pieces, none of which ends between the two characters of a line end."""
    start = next(_pieces(path), b"")
    decoder = codecs.getincrementaldecoder("utf-16" if start.startswith(_UTF16) else "utf-8-sig")()
    line, held = 1, ""
    for piece in _with_end(path):
        try:
            text = held + decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as bad:
            broken = line + bad.object[: bad.start].count(b"\n")
            raise TableError(
                f"line {broken} is not UTF-8", where=str(path), fix='Save the table as "CSV UTF-8".'
            ) from None
        held = "\r" if piece and text.endswith("\r") else ""
        text = text.removesuffix(held)
        line += text.count("\n")
        yield text


def _with_end(path: Path) -> Iterator[bytes]:
    """Yield a file in pieces, and then nothing once: its end."""
    yield from _pieces(path)
    yield b""


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as bad:
        raise TableError(f"cannot be read: {bad.strerror}", where=str(path)) from None
