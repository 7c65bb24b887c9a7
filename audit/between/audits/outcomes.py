"""What came out otherwise in two audits of one tool: findings with what else changed of their inputs, gates, conditions and scores."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from audit.between.audits.papers import Papers, is_reworded
from audit.records import Condition, Criterion, Finding, FindingOutcome, Gate, Indicator
from audit.records.changes import (
    AnswerChange,
    ConditionChange,
    ContradictionChange,
    EvidenceChange,
    FindingChange,
    GapChange,
    GateChange,
    Reason,
    ScoreChange,
    Setting,
)

_RANK: Mapping[FindingOutcome, int] = {"not_met": 0, "not_assessed": 1, "inconclusive": 1, "met": 2, "not_applicable": 2}
_SHOWN = ("grew", "shrank", "moved", "changed")
_DESIGN = ("design.", "connect.positive", "connect.reply")


class Inputs(Struct, frozen=True):
    """Everything else that changed between two audits, by which an outcome can have changed.

    places: a measured finding's subject → its set and attribute. titles: "set/attribute/group" → the name for people.
    """

    old: Papers
    new: Papers
    answers: tuple[AnswerChange, ...]
    evidence: tuple[EvidenceChange, ...]
    contradictions: tuple[ContradictionChange, ...]
    settings: tuple[Setting, ...]
    gaps: tuple[GapChange, ...]
    places: Mapping[str, tuple[str, str]]
    same_replies: bool
    titles: Mapping[str, str]

    def set_otherwise(self, area: str, *starts: str) -> list[Setting]:
        """Return what of an area was set otherwise, among names with one of these beginnings."""
        return [s for s in self.settings if s.area == area and (not starts or s.name.startswith(starts))]


def finding_changes(old: Sequence[Finding], new: Sequence[Finding], inputs: Inputs) -> Iterator[FindingChange]:
    """Yield each finding that came out otherwise, the worse first: what was asked in both audits, and what was measured in only one."""
    before, after = ({(f.criterion, f.subject): f for f in some} for some in (old, new))
    found = [_change(before.get(key), after.get(key), inputs) for key in {**after, **before}]
    yield from sorted((f for f in found if f is not None), key=lambda f: ("worse", "better", "other").index(f.direction))


def _change(old: Finding | None, new: Finding | None, inputs: Inputs) -> FindingChange | None:
    one = new or old
    if one is None or (old and new and old.outcome == new.outcome) or ((old is None or new is None) and one.assurance != "measured"):
        return None
    before, after = old.outcome if old else None, new.outcome if new else None
    reasons = tuple(dict.fromkeys(_measured(one, inputs) if one.assurance == "measured" else _documentary(one, old, inputs)))
    return FindingChange(
        one.criterion, one.subject, one.indicator, one.question, one.required, before, after, _direction(before, after), reasons or (_otherwise(inputs),),
    )


def _direction(old: FindingOutcome | None, new: FindingOutcome | None) -> Literal["worse", "better", "other"]:
    if old is None or new is None or "not_applicable" in (old, new) or _RANK[old] == _RANK[new]:
        return "other"
    return "worse" if _RANK[new] < _RANK[old] else "better"


def _otherwise(inputs: Inputs) -> Reason:
    versions = [s for s in inputs.settings if s.area == "program" and s.name == "edtech-equity-audit"]
    return Reason("program", f"{versions[0].old} → {versions[0].new}") if versions else Reason("unknown")


def _measured(f: Finding, inputs: Inputs) -> Iterator[Reason]:
    """Yield what of the inputs of a measured finding changed; a verdict can also turn where the gap is not shown to have changed."""
    place = inputs.places.get(f.subject)
    if place is None:
        return
    name, attribute = place
    missing = any("missingness" in e.what for e in f.evidence)  # which table of results.json it rests on
    own = [g for g in inputs.gaps if (g.set, g.attribute) == (name, attribute) and (g.statistic == "missing_rate") == missing]
    for g in own:
        if g.kind in _SHOWN and not g.negative_control:
            yield Reason("gap", inputs.titles.get(f"{name}/{attribute}/{g.group}", g.group))
    if inputs.set_otherwise("fixtures", f"{name}."):
        yield Reason("fixtures", name)
    statistics = {g.statistic for g in own}
    for s in inputs.set_otherwise("policy", "margins."):
        if not statistics or s.name.split(".")[1] in statistics:
            yield Reason("margin", f"{s.name}: {s.old or '–'} → {s.new or '–'}")
    for s in inputs.set_otherwise("policy", "minimum."):
        yield Reason("policy", f"{s.name}: {s.old or '–'} → {s.new or '–'}")
    for s in inputs.set_otherwise("plan", *_DESIGN):
        yield Reason("design", f"{s.name}: {s.old or '–'} → {s.new or '–'}")
    if not inputs.same_replies and not any(g.kind in _SHOWN for g in own):
        yield Reason("replies")


def _documentary(f: Finding, old: Finding | None, inputs: Inputs) -> Iterator[Reason]:
    """Yield what of the inputs of an answered finding changed."""
    before, after = inputs.old.criteria.get(f.criterion), inputs.new.criteria.get(f.criterion)
    if before is not None and after is not None and is_reworded(before, after):
        yield Reason("question", f"{before.edition} → {after.edition}" if before.edition != after.edition else "")
    by_name = {a.criterion: a for a in inputs.answers}
    own = by_name.get(f.criterion)
    if own is not None and own.kind not in ("reworded", "newly_asked", "retired"):
        yield Reason("answer", "" if own.kind == "backed" else f"{own.old or '–'} → {own.new or '–'}")
    for one in (before, after):
        yield from (Reason("other_answer", name) for name in (one.when.answers if one else ()) if name in by_name)
    yield from _papers(f, old, inputs)
    if f.outcome == "not_applicable" or (old and old.outcome == "not_applicable"):
        yield from (Reason("tool", f"{s.name}: {s.old or '–'} → {s.new or '–'}") for s in inputs.set_otherwise("tool"))
    if _by_day(before, after) and inputs.old.as_of != inputs.new.as_of:
        yield Reason("date", f"{inputs.old.as_of} → {inputs.new.as_of}")


def _papers(f: Finding, old: Finding | None, inputs: Inputs) -> Iterator[Reason]:
    named = {e.what for one in (f, old) if one is not None for e in one.evidence}
    for e in inputs.evidence:
        if e.file in named:
            yield Reason("expired" if "expired" in e.kinds else "evidence", e.file)
    for c in inputs.contradictions:
        if c.criterion == f.criterion:
            yield Reason("contradiction", c.because)


def _by_day(*criteria: Criterion | None) -> bool:
    return any(c is not None and c.answer == "date" for c in criteria)


def gate_changes(old: tuple[Sequence[Gate], Sequence[Finding]], new: tuple[Sequence[Gate], Sequence[Finding]]) -> Iterator[GateChange]:
    """Yield every gate that was lost, won, added or dropped. old, new: gates, and the findings that they are about."""
    before, after = (_gates(*some) for some in (old, new))
    for key, gate in {**after, **{key: g for key, g in before.items() if key not in after}}.items():
        a, b, about = before.get(key), after.get(key), (gate.criterion, gate.question.removesuffix(f" ({key[1]})"), key[1])
        if a is None or b is None:
            yield GateChange(*about, "added" if a is None else "dropped", a.passed if a else None, b.passed if b else None)
        elif a.passed != b.passed:
            kind: Literal["lost", "won", "failed", "open"] = "lost" if a.passed else "won" if b.passed else "failed" if b.passed is False else "open"
            yield GateChange(*about, kind, a.passed, b.passed)


def _gates(gates: Sequence[Gate], findings: Sequence[Finding]) -> dict[tuple[str, str], Gate]:
    """Return gates by criterion and subject: the question may read otherwise in another edition."""
    subjects = {(f.criterion, f"{f.question} ({f.subject})"): f.subject for f in findings if f.subject}
    return {(g.criterion, subjects.get((g.criterion, g.question), "")): g for g in gates}


def condition_changes(old: Sequence[Condition], new: Sequence[Condition]) -> Iterator[ConditionChange]:
    """Yield every condition that is new, gone, or due on another day."""
    before, after = ({(c.text, c.kind, c.owner): c for c in some} for some in (old, new))
    for key, c in {**after, **before}.items():
        a, b = before.get(key), after.get(key)
        if a is None or b is None:
            yield ConditionChange("added" if a is None else "gone", c.text, c.owner, c.due)
        elif a.due != b.due:
            yield ConditionChange("due", b.text, b.owner, b.due)


def score_changes(old: Mapping[str, Indicator], new: Mapping[str, Indicator]) -> Iterator[ScoreChange]:
    """Yield every indicator whose score or coverage is another."""
    for name, one in {**old, **new}.items():
        a, b = old.get(name), new.get(name)
        change = ScoreChange(
            name, one.title, a.score if a else None, b.score if b else None, a.coverage if a else None, b.coverage if b else None,
        )
        if (change.old, change.old_coverage) != (change.new, change.new_coverage):
            yield change
