"""What the commands share: the format option, the clock, JSON on standard output, lines on standard error."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec
import typer

from audit.errors import AuditError


class Format(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="text for people, json for programs")]


def say(text: str = "") -> None:
    """Print a line of the result."""
    typer.echo(text)


def note(text: str) -> None:
    """Print a line that is not the result (standard error)."""
    typer.echo(text, err=True)


def print_json(value: Any) -> None:
    """Print a value as JSON; paths are texts."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2).decode())


def day_of(text: str | None, option: str) -> date | None:
    """Return the day that an option gives, None where it is left out. Raises AuditError for what is no day."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise AuditError(f"{text!r} is no day", where=option, fix="Write it as 2026-11-21.") from None


def now() -> str:
    """Return the time, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def today() -> date:
    """Return the date."""
    return datetime.now(UTC).date()


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print aligned columns; numbers to the right."""
    cells = [list(head), *[[str(c) for c in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    numeric = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(head))]
    for row in cells:
        say("  ".join(c.rjust(w) if right else c.ljust(w) for c, w, right in zip(row, widths, numeric, strict=True)).rstrip())
