"""Criteria × answers → findings. Unanswered is not assessed, never met."""

from collections.abc import Mapping, Sequence
from datetime import date

from audit.checklists.answers import Answer
from audit.checklists.catalogue import Checklist
from audit.checklists.rules import is_good, is_not_applicable
from audit.records import Assurance, Criterion, Finding, FindingOutcome

_ASSURANCE: Mapping[str, Assurance] = {"file": "supplied", "link": "documented", "text": "documented"}


def documentary_findings(
    checklists: Sequence[Checklist], answers: Mapping[str, Answer], *, student_data: str | None, today: date
) -> list[Finding]:
    """Return one finding for each criterion that people answer; those that do not apply say so."""
    return [
        _finding(criterion, answers.get(criterion.id), student_data, today)
        for checklist in checklists for criterion in checklist.criteria if criterion.answer != "measured"
    ]


def _finding(criterion: Criterion, answer: Answer | None, student_data: str | None, today: date) -> Finding:
    outcome, because = _outcome(criterion, answer, student_data, today)
    proof = answer.proof if answer else None
    claimed: Assurance | None = "claimed" if answer else None
    return Finding(
        criterion=criterion.id, indicator=criterion.indicator, question=criterion.question, outcome=outcome,
        because=because, required=criterion.required, weight=criterion.weight,
        assurance=_ASSURANCE[proof.kind] if proof else claimed, evidence=(proof,) if proof else (),
        remedy=criterion.remedy, answered_by=answer.by if answer else "", sources=criterion.source,
    )


def _outcome(criterion: Criterion, answer: Answer | None, student_data: str | None, today: date) -> tuple[FindingOutcome, str]:
    if criterion.applies_to and student_data is not None and student_data not in criterion.applies_to:
        kinds = ", ".join(criterion.applies_to)
        return "not_applicable", f"It applies only where the tool holds student data ({kinds}); the plan says {student_data}."
    if answer is None:
        return "not_assessed", "Nobody has answered this question yet."
    if is_not_applicable(answer.answer):
        return "not_applicable", f"Said not to apply: {answer.note.strip()}"
    good, why = is_good(criterion, answer.answer, today)
    if criterion.answer in ("text", "file"):
        why = answer.answer.strip()
    note = f" Note: {answer.note.strip()}" if answer.note.strip() else ""
    end = "" if why.endswith((".", "!", "?", "…")) else "."
    return ("met" if good else "not_met"), f"{why[0].upper()}{why[1:]}{end}{note}"

