"""`registry`: a vetted list as a folder: begin it, add audits, decide, put a vendor's reply on file, correct."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, print_json, say, today

if TYPE_CHECKING:
    from audit.bundles import TrustedKey

registry = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keep a vetted list: a folder of audits, with a record of each tool that only grows.")

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="the folder of the list", show_default=False)]
Tool = Annotated[str, typer.Argument(metavar="ID", help="the tool's id, as audit publish shows it", show_default=False)]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="who decides, for all who read the list", show_default=False)]
Because = Annotated[str, typer.Option("--because", metavar="TEXT", help="why, for all who read the list", show_default=False)]
On = Annotated[str, typer.Option("--on", metavar="DATE", help="from which day, as 2026-11-21; today otherwise", show_default=False)]
_DECISIONS = {"do_not_approve": "do not approve", "insufficient_evidence": "not enough evidence to decide"}


@registry.command("init")
def init(
    folder: Folder,
    organisation: Annotated[str, typer.Option("--organisation", metavar="NAME", help="who publishes the list", show_default=False)],
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="what the list is called")] = "Vetted tools",
    url: Annotated[str, typer.Option("--url", metavar="URL", help="where the site will lie, ending in /", show_default=False)] = "",
    contact: Annotated[str, typer.Option("--contact", metavar="TEXT", help="an address to write to", show_default=False)] = "",
    appeals: Annotated[str, typer.Option("--appeals", metavar="TEXT", help="where a vendor objects", show_default=False)] = "",
    format: FormatOption = Format.TEXT,
) -> None:
    """Begin a list in a folder: registry.toml, to be edited, and tools/. A folder of audits stays as it is."""
    from audit.records.listings import Publisher
    from audit.registry.writing import init_registry

    written = init_registry(folder, Publisher(organisation, title, url, contact, appeals))
    if format is Format.JSON:
        print_json({"written": written})
        return
    for path in written:
        say(f"written: {path}")


@registry.command("add")
def add(
    folder: Folder,
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE…", help="what audit bundle made", show_default=False)],
    tool: Annotated[str | None, typer.Option("--tool", metavar="ID", help="the tool they are of; found by vendor and name otherwise", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Put copies of bundles on file, each with its tool; a tool that is new gets a tool.toml."""
    from audit.registry.writing import add_bundles

    found = add_bundles(folder, bundles, today(), tool)
    if format is Format.JSON:
        print_json([one._asdict() for one in found])
        return
    for one in found:
        say(f"{one.tool}: {one.file}{' (a new tool)' if one.made else ''}" if one.new else f"{one.tool}: on file already as {one.file}")


@registry.command("status")
def status(
    folder: Folder, tool: Tool,
    status: Annotated[str, typer.Argument(metavar="STATUS", help="what the list says from then on, such as approved", show_default=False)],
    by: By, because: Because, on: On = "",
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="the last day of an approval; the day by which its audit is to be done again otherwise", show_default=False)] = "",
    audit: Annotated[str, typer.Option("--audit", metavar="DIGEST", help="the audit it rests on, by 8 characters or more; the newest otherwise", show_default=False)] = "",
    condition: Annotated[list[str] | None, typer.Option("--condition", metavar="TEXT", help="what has to be done; may be given several times", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Decide about a tool: an entry at the end of its history, which is never rewritten.

    Exit code 2: the policy (checklists/statuses.toml) does not allow the move; those that it allows are named.
    """
    from audit.records.listings import StatusEntry
    from audit.registry.statuses import read_statuses
    from audit.registry.writing import decide

    meaning = read_statuses().meaning(status)
    asked = StatusEntry(meaning.id, on or today().isoformat(), by, because, until, audit, tuple(condition or ()))
    entry, rests_on = decide(folder, tool, asked, today())
    if format is Format.JSON:
        print_json(entry)
        return
    say(f"{tool}: {meaning.title} from {entry.on}{f' until {entry.until}' if entry.until else ''}.")
    if entry.on > today().isoformat():
        note(f"It has no effect before {entry.on}, and until then nothing else can be decided about {tool}. As long as that day has not come, the entry may be taken "
             "out of the file by hand.")
    if entry.until and not until:
        note(f"It ends on {entry.until}, the day by which its audit is to be done again; another day: --until.")
    if meaning.allows_use and rests_on is not None and rests_on.decision in ("do_not_approve", "insufficient_evidence"):
        note(f"The audit it rests on came to: {_DECISIONS[rests_on.decision]}. Readers will see both.")


@registry.command("reply")
def reply(
    folder: Folder,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="what audit reply made; its signature FILE.dsse.json is taken along", show_default=False)],
    keys: Annotated[Path | None, typer.Option("--keys", metavar="LIST", help="whose signatures count; FOLDER/trusted-keys.toml otherwise", show_default=False)] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Put a vendor's reply on file, unchanged, with the tool whose audit it answers."""
    from audit.registry.writing import add_reply

    found = add_reply(folder, file, trusted_keys(folder, keys), today())
    if format is Format.JSON:
        print_json(found._asdict())
        return
    signed = f"signed by {found.reply.signed_by}" if found.reply.signed_by else "not signed by a trusted key"
    say(f"{found.tool}: the reply of {found.reply.on} is on file as {found.file} ({signed}).")


@registry.command("correct")
def correct(
    folder: Folder, tool: Tool,
    what: Annotated[str, typer.Option("--what", metavar="TEXT", help="what was wrong on the list and is mended", show_default=False)],
    by: By, because: Because, on: On = "", format: FormatOption = Format.TEXT,
) -> None:
    """Log a correction: what was wrong on the list, for all to see. It mends nothing by itself."""
    from audit.records.listings import Correction
    from audit.registry.writing import correct as log

    entry = log(folder, tool, Correction(on or today().isoformat(), by, what, because), today())
    if format is Format.JSON:
        print_json(entry)
        return
    say(f"{tool}: the correction of {entry.on} is in its log.")


def trusted_keys(folder: Path, keys: Path | None) -> "tuple[TrustedKey, ...]":
    """Return whose signatures count: those of a list that was named, else those of the folder's own, else nobody's."""
    from audit.bundles import read_keys

    own = folder / "trusted-keys.toml"
    return tuple(read_keys(keys or own)) if keys is not None or own.is_file() else ()
