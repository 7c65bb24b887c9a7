"""`evidence`: files that a vendor supplies, each checked against its standard, offline."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.progress import Shares
from audit.cli.screen import Format, FormatOption, print_json, say, today

if TYPE_CHECKING:
    from audit.records import FileCheck

evidence = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Check the files that a vendor supplies, each against its standard, offline.")


@evidence.callback()
def main() -> None:
    """Check the files that a vendor supplies, each against its standard, offline."""


@evidence.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="files, or folders of them", show_default=False)],
    kind: Annotated[str | None, typer.Option("--as", metavar="KIND", help="hold them to this standard (audit list evidence); found out by looking otherwise", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Say what is wrong in each file, with its line or field. Nothing is copied, nothing in them runs."""
    from audit.evidence import inspect

    with Shares() as shown:
        found = [inspect(path, today(), kind, partial(shown.show, path.name)) for path in _each(files)]
    if format is Format.JSON:
        print_json(found)
    else:
        for one in found:
            print_check(one)
    raise typer.Exit(1 if any(one.errors or one.personal for one in found) else 0)


_LONGEST = 600


def _each(files: list[Path]) -> Iterator[Path]:
    """Yield the files themselves, and those in the folders; hidden ones are left out."""
    for path in files:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        else:
            yield path


def print_check(one: "FileCheck") -> None:
    """Print what was found in a file: a line, and one for each problem."""
    from audit.wording import one_line

    what = one.title or "no standard that is known here; kept as it is"
    counts = f": {one.errors:,} error{'' if one.errors == 1 else 's'}, {one.warnings:,} warning{'' if one.warnings == 1 else 's'}" if one.kind else ""
    say(f"{one_line(one.file, 120)}: {what}{counts}   SHA-256 {one.sha256[:12]}…")
    if one.personal:
        say("  This file is refused as evidence, and is not copied: it seems to hold real people's data.")
    for p in one.problems:
        place = f"{p.where}: " if p.where else ""
        say("  " + one_line(f"{p.level}: {place}{p.what}{'.' if not p.what.endswith('.') else ''} {p.fix}", _LONGEST))
