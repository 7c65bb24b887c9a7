"""Everything put together: the scorecard of one audit."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from audit.policy import Policy
from audit.records import (
    ClaimBeside,
    Contradiction,
    DecisionStatus,
    Disparity,
    EvidenceFile,
    Finding,
    FixtureSet,
    Gate,
    Results,
    Scorecard,
    Sensitivity,
)
from audit.scorecard.case import Case, make_case, under_policy
from audit.scorecard.decide import decide, scope_of
from audit.scorecard.review import review_of
from audit.scorecard.scores import indicator_of
from audit.scorecard.sensitivity import sensitivity_of, with_measured
from audit.scorecard.steps import stands_in_the_way, status_of

SCHEMA = "edtech-equity-audit/scorecard/1"


class Papers(Struct, frozen=True):
    """What was supplied and said beside the answers; retired: questions that an overlay took out, with the reason."""

    evidence: tuple[EvidenceFile, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    claims: tuple[ClaimBeside, ...] = ()
    retired: tuple[str, ...] = ()


def make_scorecard(
    *, tool: Mapping[str, Any], auditor: Mapping[str, Any], titles: Mapping[str, str], findings: Sequence[Finding],
    results: Results, policy: Policy, today: date, provenance: Mapping[str, Any], papers: Papers,
    sets: Mapping[str, FixtureSet] | None = None, rejudge: Callable[[float], Sequence[Finding]] | None = None,
) -> Scorecard:
    """Return the scorecard. titles: the five indicators and their titles, in order. sets: for the names of groups in conditions.

    rejudge: the measured findings when every margin is so many times the policy's; without it sensitivity is of weights only.
    """
    case = make_case(findings, policy, str(auditor["role"]), today, titles)
    rows = (*results.disparities, *results.missingness)
    review_by, review_because = review_of(case, papers.evidence)
    own = under_policy(findings, policy)
    return Scorecard(
        schema=SCHEMA, tool=dict(tool), auditor=dict(auditor), as_of=today.isoformat(),
        decision=decide(case, rows, sets, scope_of(tool, provenance)),
        indicators={name: indicator_of(title, name, case.findings, policy) for name, title in titles.items()},
        gates=tuple(_gate(f, case) for f in own if stands_in_the_way(f)),
        findings=own, disparities=results.disparities, groups=results.groups,
        missingness=results.missingness, review_by=review_by.isoformat(), provenance=dict(provenance), omnibus=results.omnibus, family=results.family,
        texts=results.texts, evidence=papers.evidence, contradictions=papers.contradictions, claims=papers.claims, retired=papers.retired,
        sensitivity=_sensitivity(case, findings, rejudge, rows), review_because=review_because,
    )


def _gate(finding: Finding, case: Case) -> Gate:
    """Return a gate; a waiver in force is said, and does not pass it."""
    passed = {"met": True, "not_met": False}.get(finding.outcome)
    question = f"{finding.question} ({finding.subject})" if finding.subject else finding.question
    waiver = case.waivers.get(finding.criterion) if not passed else None
    waived = f" Waived by {waiver.by} until {waiver.expires}: {waiver.reason}" if waiver else ""
    return Gate(finding.criterion, question, passed, finding.outcome, f"{finding.because}{waived}")


def _sensitivity(
    case: Case, findings: Sequence[Finding], rejudge: Callable[[float], Sequence[Finding]] | None, rows: Sequence[Disparity]
) -> Sensitivity:
    if rejudge is None:
        return sensitivity_of(case, None, rows)

    def decided(factor: float) -> DecisionStatus:
        return status_of(make_case(with_measured(findings, rejudge(factor)), case.policy, case.role, case.today, case.titles))

    return sensitivity_of(case, decided, rows)
