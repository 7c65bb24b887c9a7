"""What people said and supplied in two audits of one tool: answers, evidence files, contradictions and waivers that are not what they were."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from audit.records import Answer, Contradiction, Criterion, EvidenceFile, Waiver
from audit.records.changes import AnswerChange, ContradictionChange, EvidenceChange, EvidenceKind, WaiverChange

_YES = ("yes", "true")


class Papers(Struct, frozen=True):
    """The documents of one audit. criteria: the questions that people answer; retired: those asked no more, and why; as_of: the day, 2026-11-22."""

    criteria: Mapping[str, Criterion]
    answers: Mapping[str, Answer]
    retired: Mapping[str, str]
    files: Mapping[str, EvidenceFile]
    contradictions: tuple[Contradiction, ...]
    waivers: tuple[Waiver, ...]
    as_of: str


def answer_changes(old: Papers, new: Papers) -> Iterator[AnswerChange]:
    """Yield every question that is new, retired, reworded or answered otherwise, in the newer audit's order."""
    for name, question in {**new.criteria, **old.criteria}.items():
        given = [p.answers.get(name) if name in p.criteria else None for p in (old, new)]
        said = [a.answer if a else None for a in given]
        if name not in old.criteria:
            yield AnswerChange(name, question.question, "newly_asked", None, said[1])
        elif name not in new.criteria:
            yield AnswerChange(name, question.question, "retired", said[0], None, because=new.retired.get(name, ""))
        else:
            yield from _answered(old.criteria[name], new.criteria[name], given[0], given[1])


def _answered(before: Criterion, after: Criterion, old: Answer | None, new: Answer | None) -> Iterator[AnswerChange]:
    reworded = is_reworded(before, after)
    said = [a.answer if a else None for a in (old, new)]
    if old is None and new is None:
        if reworded:
            yield AnswerChange(after.id, after.question, "reworded", None, None, reworded=True)
    elif old is None or new is None:
        yield AnswerChange(after.id, after.question, "added" if old is None else "removed", said[0], said[1], reworded=reworded)
    elif plain(old.answer) != plain(new.answer):
        yield AnswerChange(after.id, after.question, "changed", said[0], said[1], reworded=reworded)
    elif (plain(old.evidence), plain(old.note)) != (plain(new.evidence), plain(new.note)):
        yield AnswerChange(after.id, after.question, "backed", said[0], said[1], reworded=reworded)
    elif reworded:
        yield AnswerChange(after.id, after.question, "reworded", said[0], said[1], reworded=True)


def is_reworded(before: Criterion, after: Criterion) -> bool:
    """Return whether a question, or the rule that a good answer meets, is not what it was."""
    return any(getattr(before, name) != getattr(after, name) for name in ("question", "answer", "good", "choices", "unit", "when", "checked_by", "not_applicable_ok", "measured"))


def plain(text: str) -> str:
    """Return a text as it is compared: spaces and letter case say nothing."""
    return " ".join(text.split()).casefold()


def evidence_changes(old: Mapping[str, EvidenceFile], new: Mapping[str, EvidenceFile]) -> Iterator[EvidenceChange]:
    """Yield every file that was added, is gone, has another content, ran out, runs again, or was found otherwise by the machine."""
    for name in sorted({*old, *new}):
        a, b = old.get(name), new.get(name)
        kinds = tuple(_kinds(a, b))
        if kinds:
            yield EvidenceChange(
                name, kinds, a.check.sha256 if a else None, b.check.sha256 if b else None, a.expires if a else None, b.expires if b else None,
                a.check.errors if a else None, b.check.errors if b else None, any(x is not None and x.filed.confidential.casefold() in _YES for x in (a, b)),
            )


def _kinds(a: EvidenceFile | None, b: EvidenceFile | None) -> Iterator[EvidenceKind]:
    if a is None or b is None:
        yield "added" if a is None else "gone"
        if b is not None and b.expired:
            yield "expired"
        return
    if a.check.sha256 != b.check.sha256:
        yield "content"
    if a.expired != b.expired:
        yield "expired" if b.expired else "renewed"
    if _found(a) != _found(b):
        yield "checked"


def _found(file: EvidenceFile) -> tuple[str | None, int, int]:
    return file.check.kind, file.check.errors, file.check.warnings


def contradiction_changes(old: Sequence[Contradiction], new: Sequence[Contradiction]) -> Iterator[ContradictionChange]:
    """Yield what contradicts itself newly, and what no more."""
    before, after = ({(c.rule, c.criterion, c.against): c for c in some} for some in (old, new))
    for key, c in after.items():
        if key not in before:
            yield ContradictionChange("appeared", c.rule, c.criterion, c.because)
    for key, c in before.items():
        if key not in after:
            yield ContradictionChange("gone", c.rule, c.criterion, c.because)


def waiver_changes(old: Papers, new: Papers) -> Iterator[WaiverChange]:
    """Yield every waiver that is new, gone, otherwise, or run out between the two audits' days."""
    before, after = ({w.gate: w for w in p.waivers} for p in (old, new))
    for gate, w in {**before, **after}.items():
        kept = before.get(gate), after.get(gate)
        if kept[0] is None or kept[1] is None:
            yield WaiverChange("added" if kept[0] is None else "gone", gate, w.by, w.reason, w.expires)
        elif kept[0].expires >= old.as_of and w.expires < new.as_of:
            yield WaiverChange("expired", gate, w.by, w.reason, w.expires)
        elif kept[0] != kept[1]:
            yield WaiverChange("changed", gate, w.by, w.reason, w.expires)
