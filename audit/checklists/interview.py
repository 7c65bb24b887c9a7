"""The questions one by one: which comes next, and the tables with one more answer in them."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from audit.checklists.answers import Answered
from audit.checklists.branches import Profile, off
from audit.checklists.catalogue import Checklist, criteria_of
from audit.checklists.columns import Tables, by_id
from audit.records import Answer, Criterion


def open_questions(lists: Sequence[Checklist], answered: Answered, profile: Profile) -> Iterator[Criterion]:
    """Yield the questions that apply and have no answer, the required ones of each indicator first."""
    known = criteria_of(lists)
    for one in lists:
        own = [known[c.id] for c in one.criteria if c.id in known and c.id not in answered.answers]
        for criterion in sorted(own, key=lambda c: not c.required):
            if off(criterion, profile, answered.answers, known) is None:
                yield criterion


def with_answer(tables: Tables, name: str, answer: Answer) -> Tables:
    """Return the tables with this answer in the place of what stood there."""
    return msgspec.structs.replace(tables, answers=(*[(n, a) for n, a in tables.answers if n != name], (name, answer)))


def merged(tables: Tables, more: Mapping[str, Answer], notes: Mapping[str, str]) -> tuple[Tables, dict[str, tuple[Answer, Answer]]]:
    """Return the tables with `more` answers where none stood, and the clashes: criterion → (what stands, what would have come).

    notes: put beside questions that stay open and have no note yet.
    """
    there = {name: answer for name, answer in by_id(tables.answers).items() if answer.answer.strip()}
    clashes: dict[str, tuple[Answer, Answer]] = {}
    for name, answer in more.items():
        if name not in there:
            tables = with_answer(tables, name, answer)
        elif there[name].answer.strip().casefold() != answer.answer.strip().casefold():
            clashes[name] = (there[name], answer)
    noted = by_id(tables.answers)
    for name, note in notes.items():
        known = noted.get(name, Answer(""))
        if not known.answer.strip() and not known.note.strip():
            tables = with_answer(tables, name, msgspec.structs.replace(known, note=note))
    return tables, clashes
