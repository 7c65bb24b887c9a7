"""`answers fill`: the open questions one by one in the terminal; every answer is saved at once, so it can stop and go on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.cli.answers import Asked, File, Overlays, PlanOption, asked
from audit.cli.screen import note, say, today

if TYPE_CHECKING:
    from audit.checklists import Answered
    from audit.records import Answer, Criterion

_STOP, _SKIP, _WHY = "q", "", "?"


class _Stopped(Exception):
    """The input ended, or the person stopped."""


def fill(
    file: File, plan: PlanOption = None, overlay: Overlays = None,
    by: Annotated[str, typer.Option(help="who answers; asked at the start otherwise", show_default=False)] = "",
    who: Annotated[str, typer.Option("--who", help="only the questions that this side answers: vendor, district or all")] = "all",
) -> None:
    """Ask the open questions one by one; each answer is saved at once. The same command again goes on where it stopped."""
    from audit import checklists
    from audit.errors import ChecklistError

    if who not in ("vendor", "district", "all"):
        raise ChecklistError(f"--who {who!r} is none of its values", where="--who", fix="Use vendor, district or all.")
    wanted = asked(plan, overlay)
    tables = checklists.read_tables(file) if file.exists() else checklists.Tables()
    checklists.check_writable(tables, file)
    answered = checklists.check_tables(tables, wanted.lists, today())
    say("Enter leaves a question open, ? explains it, q stops. Every answer is saved at once.")
    done, skipped = 0, set[str]()
    try:
        by = by or _ask("Who answers (name or role)")
        while questions := _questions(wanted, answered, skipped, who):
            given = _one(questions[0], by, len(questions))
            if given is None:
                skipped.add(questions[0].id)
                continue
            tables = checklists.with_answer(tables, questions[0].id, given)
            checklists.rewrite(file, wanted.lists, tables)
            answered = checklists.check_tables(tables, wanted.lists, today())
            done += 1
    except _Stopped:
        pass
    _end(file, wanted, answered, done)


def _end(file: Path, wanted: Asked, answered: "Answered", done: int) -> None:
    from audit import checklists

    left = list(checklists.open_questions(wanted.lists, answered, wanted.profile))
    required = sum(c.required for c in left)
    say(f"\n{done} answered now; {len(left)} open, {required} of them required. {file}: the same command goes on from here.")
    raise typer.Exit(3 if required else 0)


def _questions(wanted: Asked, answered: "Answered", skipped: set[str], who: str) -> "list[Criterion]":
    from audit import checklists

    sides = {"all": ("vendor", "district", "either")}.get(who, (who, "either"))
    return [c for c in checklists.open_questions(wanted.lists, answered, wanted.profile) if c.id not in skipped and c.answered_by in sides]


def _one(criterion: "Criterion", by: str, left: int) -> "Answer | None":
    """Ask one question until the answer is one; None leaves it open. Raises _Stopped."""
    import msgspec

    from audit import checklists
    from audit.errors import ChecklistError
    from audit.records import Answer

    say(f"\n[{criterion.id}; {left} left] {criterion.question}{' (required)' if criterion.required else ''}")
    say(f"  Answer with: {checklists.kind_in_words(criterion)}")
    while True:
        said = _ask("  Answer")
        if said == _WHY:
            say(f"  Why: {criterion.why}\n  Evidence: {criterion.evidence}")
            continue
        if said == _STOP:
            raise _Stopped
        if said == _SKIP:
            return None
        answer = Answer(said, note="asked next", by=by, date=today().isoformat(), edition=criterion.edition)
        try:
            checklists.check_answer(criterion, answer, today())
        except ChecklistError as bad:
            note(f"  {bad}")
            continue
        proof = "" if checklists.is_not_applicable(said) else _ask("  Evidence (a file in the evidence folder, an address, a place; Enter: none)")
        return msgspec.structs.replace(answer, evidence=proof, note=_note(said))


def _note(said: str) -> str:
    from audit.checklists import is_not_applicable

    if not is_not_applicable(said):
        return _ask("  Note (Enter: none)")
    while not (reason := _ask("  Why does it not apply?")):
        note("  A reason is needed.")
    return reason


def _ask(text: str) -> str:
    """Return what was typed. Raises _Stopped at the end of the input."""
    try:
        return str(typer.prompt(text, default="", show_default=False)).strip()
    except (typer.Abort, EOFError):
        raise _Stopped from None
