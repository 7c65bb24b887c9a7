"""When the audit is to be done again, and why then."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from audit.policy import months_from
from audit.records import EvidenceFile
from audit.scorecard.case import Case


def review_of(case: Case, evidence: Sequence[EvidenceFile]) -> tuple[date, tuple[str, ...]]:
    """Return the day by which to look again, never before today, and the reasons that set it: the earliest of the policy's."""
    due = sorted({(max(day, case.today), reason) for day, reason in _due(case, evidence)})
    first = due[0][0]
    return first, tuple(reason for day, reason in due if day == first)


def _due(case: Case, evidence: Sequence[EvidenceFile]) -> Iterator[tuple[date, str]]:
    rules, today = case.policy.review, case.today
    yield months_from(today, rules.months), f"The policy asks for a new look after {rules.months} months."
    pinned = {f.outcome for f in case.findings if f.criterion == rules.model_pinned}
    if not pinned or pinned - {"met", "not_applicable"}:
        said = f"Nobody has shown that the model stays the same: the results are good for {rules.days_unpinned_model} days ({rules.model_pinned})."
        yield today + timedelta(days=rules.days_unpinned_model), said
    for file in evidence:
        day = _day(file.expires)
        if day is not None and not file.expired:
            yield day - timedelta(days=rules.days_before_expiry), f"{file.check.file} expires on {day}."
    for gate in sorted({f.criterion for f in case.findings if f.outcome not in ("met", "not_applicable")} & case.waivers.keys()):
        yield date.fromisoformat(case.waivers[gate].expires), f"The waiver of {gate} ends on {case.waivers[gate].expires}."


def _day(written: str | None) -> date | None:
    """Return a file's day, None for one that is no day: a vendor's file may hold anything."""
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        return None
