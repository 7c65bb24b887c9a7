"""What a newer edition of the questions means for answers that were given to an older one. Nothing that was answered is lost."""

from collections.abc import Sequence

from msgspec import Struct

from audit.checklists.answers import Answered
from audit.checklists.catalogue import Checklist, criteria_of


class Change(Struct, frozen=True):
    """One question that is not what it was. edition: in which it changed; answered: the edition that was answered, empty where none was."""

    criterion: str
    change: str
    edition: str
    answered: str
    what: str


def changes(lists: Sequence[Checklist], answered: Answered) -> list[Change]:
    """Return what was added, changed and retired since the edition that the answers say they answer.

    Editions are compared as texts: dates, 2026-11-22. Answers that name none are not compared.
    """
    given = [a.edition for a in (*answered.answers.values(), *answered.retired.values()) if a.edition]
    if not given:
        return []
    latest, found = max(given), []
    for criterion in criteria_of(lists).values():
        answer = answered.answers.get(criterion.id)
        if answer is None and criterion.since > latest:
            found.append(Change(criterion.id, "added", criterion.since, "", criterion.question))
        elif answer is not None and answer.edition and criterion.revised > answer.edition:
            found.append(Change(criterion.id, "changed", criterion.revised, answer.edition, criterion.question))
    for one in lists:
        for retired in one.retired:
            if retired.id in answered.retired:
                instead = f" Asked instead: {retired.replaced_by}." if retired.replaced_by else ""
                found.append(Change(retired.id, "retired", retired.edition, answered.retired[retired.id].edition, f"{retired.because}{instead}"))
    return found
