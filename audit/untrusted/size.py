"""Bytes within a limit, and text that says what it is."""

from pathlib import Path

from audit.errors import AuditError

LARGEST = 100_000_000
"""Bytes of a file that is read whole."""


def bytes_of(path: Path, error: type[AuditError], most: int = LARGEST) -> bytes:
    """Return a file's bytes. Raises `error`: no file, a folder, unreadable, or larger than `most` bytes."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise error("this is a device or a pipe, not a file", where=str(path))
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except FileNotFoundError:
        raise error("there is no file here", where=str(path), fix="Check the path.") from None
    except (OSError, ValueError) as bad:
        what = "this is a folder, not a file" if path.is_dir() else f"cannot be read: {getattr(bad, 'strerror', None) or bad}"
        raise error(what, where=str(path)) from None
    if len(raw) > most:
        raise error(f"the file is larger than {most // 1_000_000} MB", where=str(path), fix="Give the part that is asked for.")
    return raw


def text_of(raw: bytes, where: str, error: type[AuditError]) -> str:
    """Return UTF-8 text, with or without a byte-order mark. Raises `error` naming the line of the first byte that is none."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = raw[: bad.start].count(b"\n") + 1
        raise error(f"line {line} is not UTF-8", where=where, fix="Save the file as UTF-8.") from None
