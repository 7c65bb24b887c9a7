"""`answers`: the checklist answers as a workbook, .csv or .toml: out, in, one by one, and checked."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from audit.cli.screen import Format, FormatOption, print_json, say, today

if TYPE_CHECKING:
    from audit.checklists import Answered, Checklist, Profile
    from audit.pipeline import About

answers = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="The checklist answers: as a workbook, .csv or .toml; imported, asked one by one, checked.",
)
PlanOption = Annotated[Path | None, typer.Option("--plan", metavar="PLAN", help="take checklists, overlays and what applies from this plan", show_default=False)]
Overlays = Annotated[
    list[str] | None, typer.Option("--overlay", metavar="NAME", help="a state's or your own overlay; may be given again (audit list overlays)", show_default=False),
]
File = Annotated[Path, typer.Argument(metavar="ANSWERS", help="the answers: .xlsx, .csv or .toml", show_default=False)]
_MOST_LEFT = 20


class Asked(NamedTuple):
    """What is asked, of which product, and where its evidence lies."""

    lists: "list[Checklist]"
    profile: "Profile"
    whose: "About"
    evidence: Path | None


def asked(plan: Path | None, overlays: Sequence[str] | None) -> Asked:
    """Return the questions of a plan, or all of them, with the overlays named."""
    from audit.checklists import Profile, load_checklists, profile_of
    from audit.pipeline import About, about, evidence_folder
    from audit.plan import INDICATORS, read_plan

    named = [from_here(name) for name in overlays or ()]
    if plan is None:
        return Asked(load_checklists(INDICATORS, named, Path()), Profile(), About(), None)
    read = read_plan(plan, None)
    lists = load_checklists(read.checklists.use, (*read.checklists.overlays, *named), read.base)
    return Asked(lists, profile_of(read.tool), about(read.tool), evidence_folder(read))


def from_here(name: str) -> str:
    """Return an overlay as the command line means it: a file is looked for from the working folder, anything else is a shipped name."""
    from audit.library import is_there

    return str(Path(name).resolve()) if is_there(Path(name)) else name


@answers.command()
def export(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="the file to write: .xlsx, .csv or .toml (with --crosswalk .xlsx, .csv or .jsonl)", show_default=False)],
    source: Annotated[Path | None, typer.Option("--from", metavar="ANSWERS", help="answers to put in, in any of the formats", show_default=False)] = None,
    crosswalk: Annotated[str | None, typer.Option(metavar="NAME", help="in the order of a framework instead (audit list crosswalks)", show_default=False)] = None,
    plan: PlanOption = None, overlay: Overlays = None, format: FormatOption = Format.TEXT,
) -> None:
    """Write the answers as a file to fill in, or to hand on: with drop-downs, when each is asked, and what proves it."""
    import msgspec

    from audit import checklists
    from audit.errors import ChecklistError
    from audit.library import is_there

    for path in (out, *(checklists.companions(out) if out.suffix.lower() == ".csv" else ())):
        if is_there(path) or path.is_dir():
            raise ChecklistError("there is a file already", where=str(path), fix="Name a new one.")
    wanted = asked(plan, overlay)
    tables = checklists.read_tables(source) if source else checklists.Tables()
    answered = checklists.check_tables(tables, wanted.lists, today())
    if crosswalk is not None:
        _export_in_order(crosswalk, out, wanted, answered, format)
        return
    written = checklists.rewrite(out, wanted.lists, msgspec.structs.replace(tables, others=()))
    questions = len(checklists.criteria_of(wanted.lists))
    told = {"written": written, "questions": questions, "answers": len(answered.answers), "claims": len(answered.claims), "files": len(answered.filed)}
    if format is Format.JSON:
        print_json(told)
        return
    say(f"{', '.join(str(path) for path in written)}: {questions} questions, {len(answered.answers)} answered")
    if tables.others:
        say(f"Left out, because they are no sheets of ours: {', '.join(tables.others)}")


def _export_in_order(name: str, out: Path, wanted: Asked, answered: "Answered", format: Format) -> None:
    from audit import checklists
    from audit.errors import ChecklistError
    from audit.sheets import write_sheet

    crosswalk = checklists.find_crosswalk(name)
    criteria = {c.id: c for one in wanted.lists for c in one.criteria}
    rows = checklists.in_order(crosswalk, criteria, answered.answers)
    write_sheet(out, checklists.FRAMEWORK_COLUMNS, rows, ChecklistError, f"{crosswalk.title}, {crosswalk.edition} ({crosswalk.confidence}, {crosswalk.as_of})\n{crosswalk.about}")
    if format is Format.JSON:
        print_json({"written": [out], "crosswalk": crosswalk.id, "edition": crosswalk.edition, "rows": rows})
        return
    say(f"{out}: {len(rows)} rows in the order of {crosswalk.title}, {crosswalk.edition} ({crosswalk.confidence}, {crosswalk.as_of})")


@answers.command("import")
def import_(
    form: Annotated[Path, typer.Argument(metavar="FORM", help="a HECVAT 4 workbook, an OpenACR report, or a form of your own", show_default=False)],
    into: Annotated[Path, typer.Option("--into", metavar="ANSWERS", help="the answers to add to; made where there are none", show_default=False)],
    kind: Annotated[str | None, typer.Option("--as", metavar="KIND", help="hecvat, openacr or form; by the file's ending otherwise", show_default=False)] = None,
    map_file: Annotated[Path | None, typer.Option("--map", metavar="MAP", help="the map of a form of your own (docs/checklists.md)", show_default=False)] = None,
    plan: PlanOption = None, overlay: Overlays = None, format: FormatOption = Format.TEXT,
) -> None:
    """Carry over what a vendor has already answered elsewhere; what could not be carried is listed. No answer of yours is replaced."""
    from audit import checklists, pipeline
    from audit.errors import ChecklistError
    from audit.library import nearest

    if kind not in (None, "hecvat", "openacr", "form"):
        raise ChecklistError(f"unknown form {kind!r}", where="--as", fix=nearest(kind, ("hecvat", "openacr", "form")))
    wanted = asked(plan, overlay)
    tables = checklists.read_tables(into) if into.exists() else checklists.Tables()
    answered = checklists.check_tables(tables, wanted.lists, today())
    found = pipeline.import_form(form, kind, map_file, wanted.lists, today())  # type: ignore[arg-type]
    merged, clashes = checklists.merged(tables, found.answers, found.notes)
    checklists.rewrite(into, wanted.lists, merged)
    added = [name for name in found.answers if name not in answered.answers]
    if format is Format.JSON:
        print_json({
            "form": found.form, "written": into, "carried": {name: found.answers[name] for name in added},
            "noted": found.notes, "kept": {name: {"answer": mine.answer, "form": theirs.answer} for name, (mine, theirs) in clashes.items()}, "not_carried": found.not_carried,
        })
        return
    _say_imported(found, added, clashes, into)


def _say_imported(found: Any, added: Sequence[str], clashes: Any, into: Path) -> None:
    from audit.wording import one_line

    say(f"{one_line(found.form)}: {len(added)} answers carried into {into}")
    for name in added:
        say(f"  {name}: {one_line(found.answers[name].answer, 60)}   from {one_line(found.answers[name].origin, 100)}")
    if found.notes:
        say(f"\nNoted beside {len(found.notes)} open questions, for you to judge: {', '.join(found.notes)}")
    if clashes:
        say(f"\nYour answer stands, and the form says otherwise ({len(clashes)}):")
        for name, (mine, theirs) in clashes.items():
            say(f"  {name}: {one_line(mine.answer, 60)}; the form: {one_line(theirs.answer, 60)} ({one_line(theirs.origin, 100)})")
    reasons: dict[str, list[str]] = {}
    for one in found.not_carried:
        reasons.setdefault(one_line(one.because, 300), []).append(one_line(one.ref, 40))
    if reasons:
        say(f"\nNot carried ({len(found.not_carried)}):")
    for because, refs in reasons.items():
        more = f" and {len(refs) - _MOST_LEFT} more (--format json lists all)" if len(refs) > _MOST_LEFT else ""
        say(f"  {', '.join(refs[:_MOST_LEFT])}{more}: {because}")
