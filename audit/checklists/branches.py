"""Which questions a product is asked: by what the plan says of it, and by what was answered before. Unknown means asked."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from audit.checklists.rules import as_yes_no
from audit.errors import ChecklistError
from audit.library import nearest
from audit.plan import AGES, AUDIENCE, FEATURES, STUDENT_DATA, Tool
from audit.records import Answer, Criterion

_VALUES: Mapping[str, tuple[str, ...]] = {"student_data": STUDENT_DATA, "ages": AGES, "audience": AUDIENCE, "features": FEATURES}
_WORDS: Mapping[str, str] = {
    "student_data": "the tool holds student data ({})", "ages": "it is used by people of these ages: {}", "audience": "it is used by {}",
    "use_cases": "it is used for {}", "features": "the tool has these features: {}",
}
FEATURE_WORDS: Mapping[str, str] = {
    "generative": "makes text, images or speech", "chat": "converses with students or staff", "voice": "listens to voices",
    "recording": "keeps sound or video", "decides": "scores, ranks, flags or places people", "agent": "acts in other systems",
}


class Profile(Struct, frozen=True):
    """What is known of a product; None where nobody said it."""

    student_data: tuple[str, ...] | None = None
    ages: tuple[str, ...] | None = None
    audience: tuple[str, ...] | None = None
    use_cases: tuple[str, ...] | None = None
    features: tuple[str, ...] | None = None


def profile_of(tool: Tool) -> Profile:
    """Return what a plan's [tool] says. A tool that no student uses is used by adults.

    A tool that students talk to, or that listens to them, hears what they say of themselves: "none" does not switch the questions on data off.
    """
    adults = tool.audience and "students" not in tool.audience
    hears = tool.student_data == "none" and "students" in tool.audience and bool({"chat", "voice", "recording"} & set(tool.features or ()))
    return Profile(
        student_data=(tool.student_data,) if tool.student_data and not hears else None, ages=tool.ages or (("adult",) if adults else None),
        audience=tool.audience or None, use_cases=tool.use_cases or None, features=tool.features,
    )


def check_when(criterion: Criterion, where: str) -> None:
    """Raise ChecklistError for a condition with a value that no product can have."""
    for key, values in _VALUES.items():
        for value in getattr(criterion.when, key):
            if value not in values:
                raise ChecklistError(f"criterion {criterion.id!r}: when.{key} names {value!r}", where=where, fix=nearest(value, values))


def check_branches(criteria: Sequence[Criterion]) -> None:
    """Raise ChecklistError for a question that follows from an unknown one, from an answer that cannot be given, or from itself."""
    known = {c.id: c for c in criteria}
    for criterion in criteria:
        for parent, wanted in criterion.when.answers.items():
            if parent not in known:
                continue   # its checklist is not in use, or an overlay retired it: the question is then asked
            possible = known[parent].choices if known[parent].answer == "choice" else ("yes", "no")
            if known[parent].answer not in ("choice", "yes_no") or wanted not in possible:
                raise ChecklistError(
                    f"{criterion.id!r} follows from the answer {wanted!r} to {parent!r}, which cannot be given", where=criterion.id,
                    fix=f"Possible: {', '.join(possible)}.",
                )
        _check_circle(criterion, known)


def _check_circle(criterion: Criterion, known: Mapping[str, Criterion]) -> None:
    seen, todo = set(), list(criterion.when.answers)
    while todo:
        parent = todo.pop()
        if parent == criterion.id:
            raise ChecklistError(f"{criterion.id!r} follows from its own answer", where=criterion.id)
        if parent in known and parent not in seen:
            seen.add(parent)
            todo += known[parent].when.answers


def off(criterion: Criterion, profile: Profile, answers: Mapping[str, Answer], known: Mapping[str, Criterion]) -> str | None:
    """Return why a question is not asked of this product; None when it is. What nobody said leaves it asked."""
    for key, words in _WORDS.items():
        wanted, there = getattr(criterion.when, key), getattr(profile, key)
        if wanted and there is not None and not set(wanted) & set(there):
            said = ", ".join(there) or "none"
            return f"It applies only where {words.format(', '.join(wanted))}; the plan says {said}."
    for parent, wanted in criterion.when.answers.items():
        if parent not in known:
            continue
        if off(known[parent], profile, answers, known) is not None:
            return f"It follows from another question ({known[parent].question}), which does not apply."
        if parent in answers and not _same(answers[parent].answer, wanted):
            return f"It applies only where the answer to {known[parent].question!r} is {wanted}; it is {answers[parent].answer.strip()}."
    return None


def _same(answer: str, wanted: str) -> bool:
    return (as_yes_no(answer) or answer.strip().casefold()) == wanted.casefold()


def condition_in_words(criterion: Criterion, known: Mapping[str, Criterion]) -> str:
    """Return when a question applies, for a person who fills the sheet; empty when it always does."""
    parts = [words.format(", ".join(getattr(criterion.when, key))) for key, words in _WORDS.items() if getattr(criterion.when, key)]
    for parent, wanted in criterion.when.answers.items():
        asked = known[parent].question if parent in known else parent
        parts.append(f"the answer to {parent} ({asked}) is {wanted}")
    return f"Only where {', and '.join(parts)}." if parts else ""
