"""`adopt`: a state's listing, or another district's audit, taken over with local rules and answers. No tool is asked."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.screen import Format, FormatOption, note, print_json, say, table, today
from audit.errors import AuditError, BundleError
from audit.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from audit.bundles import TrustedKey
    from audit.pipeline.adopting.localized import Local
    from audit.records.adoption import Adoption, ListedAs
    from audit.registry.offers import Offer

_MOST_CHANGES = 20
_OPEN = 3
Where = Annotated[Path, typer.Argument(metavar="WHERE", help="a bundle, a run folder, a list, or a downloaded site of one", show_default=False)]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="the run folder to write; for a list, a folder with one for each tool", show_default=False)]
Tools = Annotated[list[str] | None, typer.Option("--tool", metavar="ID", help="only this tool of a list; may be given again", show_default=False)]
Overlays = Annotated[list[str] | None, typer.Option("--overlay", metavar="NAME", help="your own overlay, over those of the audit; may be given again", show_default=False)]
Policy = Annotated[Path | None, typer.Option(metavar="FILE", help="judge by this policy instead of the audit's", show_default=False)]
Answers = Annotated[Path | None, typer.Option(help="your own answers (.xlsx, .csv, .toml); one to the same question takes the audit's place", show_default=False)]
Evidence = Annotated[Path | None, typer.Option(metavar="DIR", help="the folder of the files that your answers name", show_default=False)]
Organisation = Annotated[str, typer.Option(metavar="NAME", help="who takes it over; stands on every page", show_default=False)]
Keys = Annotated[Path | None, typer.Option(metavar="LIST", help="take over only what one of these keys has signed (TOML)", show_default=False)]


def adopt(
    where: Where, out: Out, tool: Tools = None, overlay: Overlays = None, policy: Policy = None, answers: Answers = None, evidence: Evidence = None,
    organisation: Organisation = "", keys: Keys = None, format: FormatOption = Format.TEXT,
) -> None:
    """Take an audit over: your rules and answers over it, judged as of today. The tool is not asked again.

    The same command again makes the folder anew. Exit codes as of `audit score`; with several tools the worst of them.
    """
    from audit.bundles import read_keys
    from audit.cli.answers import from_here
    from audit.pipeline.adopting.localized import Local, name_of
    from audit.registry.offers import is_list, offers_in

    local = Local(name_of(organisation), tuple(from_here(name) for name in overlay or ()), Path(), policy, answers, evidence)
    trusted = None if keys is None else read_keys(keys)
    if is_list(where):
        raise typer.Exit(_several(offers_in(where, tool or (), today()), local, out, trusted, format))
    if tool:
        raise BundleError("--tool picks from a list, and this is one audit", where=str(where), fix="Leave it out.")
    made = _one(where, local, out, trusted, None)
    if format is Format.JSON:
        print_json(made)
    else:
        _print(made)
    raise typer.Exit(made.exit_code)


def _one(path: Path, local: "Local", out: Path, trusted: "Sequence[TrustedKey] | None", listed: "ListedAs | None", digest: str = "") -> "Adoption":
    """Take one audit over. digest: what a list says it is."""
    from audit.pipeline.adopting.adopted import adopt as take_over
    from audit.pipeline.adopting.adopted import open_source

    with open_source(path, trusted, today(), listed, digest) as source:
        return take_over(source, local, out, today())


def _several(offers: "list[Offer]", local: "Local", out: Path, trusted: "Sequence[TrustedKey] | None", format: Format) -> int:
    """Take over one audit of each tool of a list, each into a folder of its own; one that cannot be taken over does not stop the others."""
    made: dict[str, Adoption] = {}
    refused: dict[str, str] = {}
    for number, offer in enumerate(offers, 1):
        note(f"{number} of {len(offers)}: {offer.tool}")
        try:
            if offer.path is None:
                raise BundleError(offer.because)
            made[offer.tool] = _one(offer.path, local, out / offer.tool, trusted, offer.listed, offer.digest)
        except AuditError as bad:
            refused[offer.tool] = one_line(str(bad), 400)
    if format is Format.JSON:
        print_json({"adopted": made, "refused": refused})
    else:
        _print_several(made, refused)
    codes = {one.exit_code for one in made.values()}
    return 1 if 1 in codes else _OPEN if refused or _OPEN in codes else 0


def _print(made: "Adoption") -> None:
    """Print the scorecard as `audit score` does, and then what was taken over and what came out otherwise."""
    from audit.cli.printing import print_card
    from audit.pipeline.documents import kept
    from audit.records import Scorecard
    from audit.report.documents.parts import role_name, status_name
    from audit.report.words import SOURCE, Words

    w, origin = Words(SOURCE), made.origin
    print_card(kept(Path(made.run) / "scorecard.json", Scorecard), Path(made.run))
    say()
    whose = f"{role_name(origin.role, w)}{f' by {one_line(origin.organisation)}' if origin.organisation else ''}, {origin.as_of}"
    say(f"Taken over: {whose}; {origin.kind} {origin.digest[:16]}…{_signed(made)}. The tool was not asked again.")
    say(f"Its decision: {status_name(made.before, w)}. Yours: {'the same' if made.before == made.after else status_name(made.after, w)}.")
    same, every = origin.numbers
    say(f"Worked out again from its replies: {same} of {every} measured differences are as it states them.")
    for line in (*_listed(made), *made.notes):
        say(f"Note: {one_line(line, 600)}")
    _print_changes(made)


def _print_changes(made: "Adoption") -> None:
    from audit.report.documents.parts import outcome_name
    from audit.report.words import SOURCE, Words

    w = Words(SOURCE)
    if made.rules:
        say("Your policy differs from the audit's in:")
        for rule in made.rules:
            say(f"  {one_line(rule, 300)}")
    say("Nothing came out otherwise." if not made.changes else f"What came out otherwise: {len(made.changes)}")
    for one in made.changes[:_MOST_CHANGES]:
        before, after = (outcome_name(kind, w) if kind else "not asked" for kind in (one.before, one.after))
        about = f" ({one_line(one.subject, 80)})" if one.subject else ""
        change = f"{before}, and a gate on one side only" if before == after else f"{before} → {after}"
        say(f"  {one_line(one.criterion, 80)}{about}: {change}. Why: {one_line(one.why, 300)}.")
    if len(made.changes) > _MOST_CHANGES:
        say(f"  and {len(made.changes) - _MOST_CHANGES} more (--format json lists all)")


def _signed(made: "Adoption") -> str:
    said = [f"signed by {one_line(s.name, 60) or s.key[:16]} ({s.standing.replace('_', ' ')})" for s in made.origin.signers]
    return f", {', '.join(said)}" if said else ", not signed"


def _listed(made: "Adoption") -> "Iterator[str]":
    """Yield what the list says of a tool, where that is not that schools may use it."""
    from audit.registry.statuses import read_statuses

    listed = made.origin.listed
    if listed is not None and not (meaning := read_statuses().meaning(listed.status)).allows_use:
        why = f" Why: {listed.because}" if listed.because else ""
        yield f"on the list of {listed.by or 'its publisher'} this tool is “{meaning.title}” since {listed.since or 'its beginning'}: {meaning.means}{why}"


def _print_several(made: "dict[str, Adoption]", refused: dict[str, str]) -> None:
    from audit.report.documents.parts import status_name
    from audit.report.words import SOURCE, Words

    w = Words(SOURCE)
    rows = [
        (name, one.version, one.origin.listed.status.replace("_", " ") if one.origin.listed else "–", status_name(one.before, w), status_name(one.after, w),
         f"{len(one.changes)}", one.run) for name, one in made.items()
    ]
    table(("tool", "version", "on the list", "its audit's decision", "yours", "came out otherwise", "run folder"), rows)
    for name, one in made.items():
        for line in (*_listed(one), *one.notes):
            say(f"{name}: {one_line(line, 600)}")
    for name, because in refused.items():
        say(f"{name}: not taken over: {because}")
