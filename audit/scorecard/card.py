"""Everything put together: the scorecard of one audit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import Struct

from audit.policy import Policy, review_by
from audit.records import ClaimBeside, Contradiction, EvidenceFile, Finding, Gate, Indicator, Results, Scorecard
from audit.scorecard.decide import decide

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
) -> Scorecard:
    """Return the scorecard. `titles`: the five indicators and their titles, in order."""
    return Scorecard(
        schema=SCHEMA, tool=dict(tool), auditor=dict(auditor), as_of=today.isoformat(),
        decision=decide(findings, results.disparities, policy, str(auditor["role"])),
        indicators={name: _indicator(title, [f for f in findings if f.indicator == name], policy) for name, title in titles.items()},
        gates=tuple(_gate(f) for f in findings if _is_gate(f)),
        findings=tuple(findings), disparities=results.disparities, groups=results.groups,
        missingness=results.missingness, review_by=review_by(policy, today).isoformat(), provenance=dict(provenance), omnibus=results.omnibus, family=results.family,
        texts=results.texts, evidence=papers.evidence, contradictions=papers.contradictions, claims=papers.claims, retired=papers.retired,
    )


def _is_gate(finding: Finding) -> bool:
    """What is required, and any measured difference beyond its margin: that stands in the way as well."""
    return finding.outcome != "not_applicable" and (finding.required or (finding.assurance == "measured" and finding.outcome == "not_met"))


def _gate(finding: Finding) -> Gate:
    passed = {"met": True, "not_met": False}.get(finding.outcome)
    question = f"{finding.question} ({finding.subject})" if finding.subject else finding.question
    return Gate(finding.criterion, question, passed, finding.outcome, finding.because)


def _indicator(title: str, findings: list[Finding], policy: Policy) -> Indicator:
    """Weighted share of met among assessed, 0 to 100; no score below the policy's coverage."""
    applicable = [f for f in findings if f.outcome != "not_applicable"]
    assessed = [f for f in applicable if f.outcome in ("met", "not_met")]
    total, known = sum(f.weight for f in applicable), sum(f.weight for f in assessed)
    coverage = known / total if total else 0.0
    met = sum(f.weight for f in assessed if f.outcome == "met")
    return Indicator(
        title=title, score=round(100 * met / known, 1) if known and coverage >= policy.minimum.coverage else None,
        coverage=round(coverage, 4), assurance=dict(Counter(f.assurance for f in assessed if f.assurance)),
        met=sum(f.outcome == "met" for f in applicable), not_met=sum(f.outcome == "not_met" for f in applicable),
        open=len(applicable) - len(assessed),
    )
