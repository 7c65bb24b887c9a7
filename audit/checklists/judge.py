"""Criteria × answers × evidence → findings. Unanswered is not assessed, never met; what a file shows counts against what is said."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from audit.checklists.answers import Answered, evidence_named
from audit.checklists.branches import Profile, off
from audit.checklists.catalogue import Checklist, criteria_of
from audit.checklists.contradictions import outcome_of
from audit.checklists.register import is_certificate
from audit.checklists.rules import is_good, is_not_applicable
from audit.records import Answer, Assurance, Contradiction, Criterion, Evidence, EvidenceFile, Finding, FindingOutcome

_LADDER: tuple[Assurance, ...] = ("claimed", "documented", "supplied", "validated", "certified")
_WORST: tuple[FindingOutcome, ...] = ("not_met", "inconclusive")


class Papers(Struct, frozen=True):
    """What the answers rest on: the files by the name that answers give them, what contradicts them, and who the vendor is."""

    files: Mapping[str, EvidenceFile] = {}
    contradictions: Sequence[Contradiction] = ()
    vendor: str = ""


def documentary_findings(
    lists: Sequence[Checklist], answered: Answered, *, profile: Profile, papers: Papers, today: date
) -> list[Finding]:
    """Return one finding for each criterion that people answer; those that do not apply say so."""
    known = criteria_of(lists)
    return [_finding(c, answered, off(c, profile, answered.answers, known), papers, today) for c in known.values()]


def _finding(criterion: Criterion, answered: Answered, why_off: str | None, papers: Papers, today: date) -> Finding:
    answer = answered.answers.get(criterion.id) if why_off is None else None
    outcome, because = _outcome(criterion, answer, why_off, today)
    evidence, assurance, against = _backed(criterion, answer, papers) if answer else ((), None, "")
    contradictions = [c for c in papers.contradictions if c.criterion == criterion.id] if answer else []
    called: list[FindingOutcome] = [outcome_of(c.rule) for c in contradictions]
    if against:
        called.append("not_met")
    if outcome in ("met", "not_applicable") and called:
        outcome = min(called, key=_WORST.index)
    parts = [because, against, *(f"Contradiction: {c.because}." for c in contradictions)]
    return Finding(
        criterion=criterion.id, indicator=criterion.indicator, question=criterion.question, outcome=outcome,
        because=" ".join(part for part in parts if part), required=criterion.required, weight=criterion.weight, assurance=assurance,
        evidence=evidence, remedy=criterion.remedy, answered_by=answer.by if answer else "", sources=criterion.source,
        answered_on=answer.date[:10] if answer else "", contradictions=tuple(c.because for c in contradictions), set_by=criterion.set_by,
        topic=criterion.topic, answer=answer.answer.strip() if answer else "", owner=criterion.answered_by,
    )


def _outcome(criterion: Criterion, answer: Answer | None, why_off: str | None, today: date) -> tuple[FindingOutcome, str]:
    if why_off is not None:
        return "not_applicable", why_off
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


def _backed(criterion: Criterion, answer: Answer, papers: Papers) -> tuple[tuple[Evidence, ...], Assurance, str]:
    """Return what an answer rests on, how far up the ladder that stands, and what in it speaks against the answer."""
    rows = [_one(criterion, name, papers) for name in evidence_named(criterion, answer)]
    best = max((assurance for _, assurance, _ in rows), key=_LADDER.index, default=_LADDER[0])
    return tuple(evidence for evidence, _, _ in rows), best, " ".join(against for _, _, against in rows if against)


def _one(criterion: Criterion, name: str, papers: Papers) -> tuple[Evidence, Assurance, str]:
    file = papers.files.get(name)
    if file is None:
        return Evidence("link" if name.startswith(("http://", "https://")) else "text", name), "documented", ""
    check, filed = file.check, file.filed
    held = check.kind is not None and check.kind in criterion.checked_by
    evidence = Evidence(
        "file", name, check.sha256, supplied_by=filed.supplied_by, date=filed.received[:10] or filed.issued[:10], expires=file.expires or "",
        checked=f"{check.title}: {_count(check.errors, 'error')}, {_count(check.warnings, 'warning')}" if check.kind else "",
    )
    counting = [p for p in check.problems if p.level == "error" and (held or p.rule.startswith("register."))]
    if counting:
        first, others = counting[0], (check.errors if held else len(counting)) - 1
        more = f" and {others} more" if others else ""
        return evidence, "supplied", f"The file {name} does not bear it out: {first.where}: {first.what}{more}."
    if is_certificate(file, papers.vendor):
        return evidence, "certified", ""
    return evidence, "validated" if held else "supplied", ""


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
