"""`publish`: a folder of audits → the vetted list as a site."""

import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.screen import Format, FormatOption, day_of, note, print_json, say, today

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from audit.bundles import TrustedKey
    from audit.registry.site.publish import Published

_BETWEEN_LINES = 5.0
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="the folder of the list: tools/, registry.toml; or any folder of bundles and runs", show_default=False)]
Out = Annotated[Path, typer.Option("--out", metavar="SITE", help="the folder of the site: new, empty, or one that this command made", show_default=False)]
Index = Annotated[str | None, typer.Option("--index", metavar="URL", help="remember in this database what was read (sqlite:///FILE, postgresql+psycopg://…); "
                                                                        "FOLDER/.index.sqlite otherwise", show_default=False)]
Keys = Annotated[Path | None, typer.Option("--keys", metavar="LIST", help="whose signatures count (TOML); FOLDER/trusted-keys.toml otherwise", show_default=False)]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="the day of the list, as 2026-11-21; today otherwise", show_default=False)]
Verify = Annotated[bool, typer.Option("--verify", help="recompute every number of each audit that was not recomputed before; slow the first time")]


def publish(folder: Folder, out: Out, index: Index = None, keys: Keys = None, as_of: AsOf = None, verify: Verify = False, format: FormatOption = Format.TEXT) -> None:
    """Make the site of a vetted list: pages, search, JSON, CSV, Atom, badges. What did not change is not written.

    The same folder and day give the same site. Exit code 0: published. 1: published, with something to look at: what could not be listed, or a history that the policy does not know. 2: wrong input, nothing has changed.
    """
    from audit.registry.site.publish import publish_site

    day = day_of(as_of, "--as-of") or today()
    with _patience(f"reading the audits in {folder}: what was read is remembered, so the next time is quick"):
        made = publish_site(folder, out, day, _trusted(folder, keys), index, verify=verify, watch=_watch())
    if format is Format.JSON:
        print_json(made)
    else:
        _print(made)
    raise typer.Exit(1 if made.problems else 0)


def _trusted(folder: Path, keys: Path | None) -> "tuple[TrustedKey, ...]":
    """Return whose signatures count: those of a list that was named, else those of the folder's own, else nobody's."""
    from audit.bundles import read_keys

    own = folder / "trusted-keys.toml"
    return tuple(read_keys(keys or own)) if keys is not None or own.is_file() else ()


@contextmanager
def _patience(text: str) -> "Iterator[None]":
    """Say what is being done where it takes a while."""
    waiting = threading.Timer(_BETWEEN_LINES, note, (text,))
    waiting.daemon = True
    waiting.start()
    try:
        yield
    finally:
        waiting.cancel()


def _watch() -> "Callable[[int, int], None]":
    """Return what says now and then how far the site has come: nothing for what is quick."""
    last = time.monotonic()

    def watch(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= _BETWEEN_LINES:
            last = time.monotonic()
            note(f"drawing: {done:,} of {total:,} tools")

    return watch


def _print(made: "Published") -> None:
    from audit.wording import one_line

    say(f"{made.site}: {made.tools:,} tools, {made.audits:,} audits, as of {made.as_of}.")
    if made.written or made.removed:
        say(f"Files: {made.written:,} written, {made.unchanged:,} as they were, {made.removed:,} removed.")
    else:
        say(f"Nothing has changed: all {made.unchanged:,} files are as they were.")
    if made.problems:
        say(f"{len(made.problems):,} to look at:")
        for problem in made.problems:
            say(f"  {one_line(problem, 1000)}")
