"""`due`: which tools of a list need a new audit, and why."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.screen import Format, FormatOption, day_of, note, print_json, say, today

if TYPE_CHECKING:
    from datetime import date

    from audit.records.listings import Due

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="the folder of a list, or any folder of bundles and runs", show_default=False)]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="the day, as 2026-11-21; today otherwise", show_default=False)]
Index = Annotated[str | None, typer.Option("--index", metavar="URL", help="where what was read is remembered; FOLDER/.index.sqlite otherwise", show_default=False)]


def due(
    folder: Folder, as_of: AsOf = None,
    within: Annotated[int, typer.Option("--within", metavar="DAYS", min=0, max=36_500, help="also what will be due within so many days")] = 0,
    drift: Annotated[bool, typer.Option("--drift", help="compare the two newest audits of each tool with a test of the change; slow")] = False,
    index: Index = None, format: FormatOption = Format.TEXT,
) -> None:
    """List what needs a new audit, and why: date, version, papers that ran out, newer questions, conditions, drift, or no audit at all.

    Exit code 0: nothing is due today. 1: something is, or an audit could not be read. 2: wrong input.
    """
    from audit.registry.watching import what_is_due

    day = day_of(as_of, "--as-of") or today()
    found = what_is_due(folder, day, within, index, drift=drift, watch=lambda tool: note(f"comparing the two newest audits of {tool}"))
    if format is Format.JSON:
        print_json(found)
    else:
        _print(found.due, day)
    for problem in found.problems:
        note(problem)
    raise typer.Exit(1 if found.now or found.problems else 0)


def _print(rows: "tuple[Due, ...]", day: "date") -> None:
    from audit.registry.due import is_now
    from audit.wording import one_line

    if not rows:
        say(f"Nothing is due on {day}.")
    now, later = [d for d in rows if is_now(d, day)], [d for d in rows if not is_now(d, day)]
    for title, some in (("Due now:", now), ("Due later:", later)):
        if some:
            say(title)
        for one in some:
            say(f"  {one.on or 'since when is not known'}  {one.tool}: {one_line(one.because, 1000)}")
