"""The rules of a decision. Each that speaks is a step: the most that it allows, why, and the findings it rests on."""

from collections.abc import Iterator, Sequence

from audit.policy import NO_USE
from audit.records import DecisionStatus, Finding, Step
from audit.scorecard.case import JUDGED, Case, most_cautious, names, rank
from audit.scorecard.scores import Share, band_at, share_of, shown, too_few

RULES = (
    "self-test", "required-indicator", "gap-certain", "gap", "gate-failed", "contradiction", "gate-open", "gate-inconclusive", "band", "coverage",
    "waiver", "advisory-not-met", "advisory-inconclusive", "advisory-open", "gate-dropped", "waiver-expired", "all-met",
)
"""In the order in which reasons of the same weight are told; docs/policy.md explains each."""


def steps_of(case: Case) -> tuple[Step, ...]:
    """Return every rule that speaks, the most cautious first. The decision is the first one's status: gates beat scores."""
    steps = [
        *_self_test(case), *_silent_indicators(case), *(step for f in case.everything for step in _of_finding(f, case)),
        *_open_advice(case), *_scores(case), *_dropped(case), *_expired(case),
    ]
    if all(step.status == "approve" for step in steps):
        steps.append(_all_met(case.findings))
    return tuple(sorted(steps, key=lambda step: (rank(step.status), RULES.index(step.rule))))


def status_of(case: Case) -> DecisionStatus:
    """Return the most cautious status that any rule calls for."""
    return most_cautious(step.status for step in steps_of(case))


def is_measured(finding: Finding) -> bool:
    """Whether a finding comes from the audit's own measurements."""
    return finding.assurance == "measured"


def stands_in_the_way(finding: Finding) -> bool:
    """Whether a finding is a gate: what is required, and any measured difference beyond its margin."""
    return finding.outcome != "not_applicable" and (finding.required or (is_measured(finding) and finding.outcome == "not_met"))


def _self_test(case: Case) -> Iterator[Step]:
    if case.role == "vendor":
        yield Step("self-test", NO_USE[-1], "The vendor audited its own tool: a self-test cannot carry an approval.")


def _silent_indicators(case: Case) -> Iterator[Step]:
    judged = {f.indicator for f in case.everything if f.outcome in JUDGED}
    silent = [name for name in case.policy.decision.required_indicators if name not in judged]
    if silent:
        said = f"Nothing was judged under: {', '.join(silent)}. What was measured is no approval by itself."
        yield Step("required-indicator", NO_USE[-1], said, names(f for f in case.findings if f.indicator in silent and f.outcome != "not_applicable"))


def _of_finding(finding: Finding, case: Case) -> Iterator[Step]:
    """Yield what one finding calls for. Open advisory questions are said together, not here."""
    rule, status = _rule(finding, case)
    if not rule:
        return
    waiver = case.waivers.get(finding.criterion) if stands_in_the_way(finding) else None
    said, own = _said(finding), names([finding])
    if waiver:
        at_most = most_cautious(["approve_with_conditions", case.policy.decision.advisory_not_met])
        yield Step("waiver", at_most, f"{said} Waived by {waiver.by} until {waiver.expires}: {waiver.reason}", own)
    else:
        yield Step(rule, status, said, own)


def _rule(finding: Finding, case: Case) -> tuple[str, DecisionStatus]:
    rules, outcome = case.policy.decision, finding.outcome
    if outcome == "not_met" and is_measured(finding):
        least = rules.required_inconclusive if finding.required else rules.advisory_not_met
        return ("gap-certain" if finding.severe else "gap"), most_cautious([rules.certain_gap if finding.severe else rules.gap, least])
    if finding.required:
        return _rule_of_gate(finding, case)
    if outcome in ("not_met", "inconclusive"):
        return f"advisory-{outcome.replace('_', '-')}", rules.advisory_not_met
    return "", "approve"


def _rule_of_gate(finding: Finding, case: Case) -> tuple[str, DecisionStatus]:
    """A gate that is not met says no. One that something contradicts counts as open: two things cannot both be so."""
    rules, outcome = case.policy.decision, finding.outcome
    if outcome == "not_met":
        return "gate-failed", "do_not_approve"
    if finding.contradictions and outcome in ("met", "inconclusive"):
        return "contradiction", rules.required_open
    if outcome == "not_assessed":
        return "gate-open", rules.required_open
    return ("gate-inconclusive", rules.required_inconclusive) if outcome == "inconclusive" else ("", "approve")


def _said(finding: Finding) -> str:
    """Return a finding in a sentence or two; a placeholder says all in its reason."""
    return finding.because if is_measured(finding) or not finding.weight else f"{finding.question} {finding.because}"


def _open_advice(case: Case) -> Iterator[Step]:
    """Yield one step for each indicator with open advisory questions: they count as if they were not met."""
    still_open = [f for f in case.findings if f.outcome == "not_assessed" and not f.required]
    for indicator in sorted({f.indicator for f in still_open}):
        own = [f for f in still_open if f.indicator == indicator]
        said = f"{len(own)} advisory question{' has' if len(own) == 1 else 's have'} no answer yet under {_title(case, indicator)}."
        yield Step("advisory-open", case.policy.decision.advisory_not_met, said, names(own))


def _scores(case: Case) -> Iterator[Step]:
    """Yield what each indicator's band allows, and where too little is answered to show a score."""
    for indicator in sorted({f.indicator for f in case.findings if f.outcome != "not_applicable"}):
        share = share_of(case.findings, indicator)
        lost = names(f for f in case.findings if f.indicator == indicator and f.outcome not in ("met", "not_applicable"))
        yield Step("band", case.policy.bands[band_at(share.earned, case.policy.bands)].status, _band_said(case, indicator, share), lost)
        if too_few(share, case.policy):
            said = f"{_title(case, indicator)}: {share.answered} of {share.asked} questions are answered, too few for a score to be shown."
            yield Step("coverage", case.policy.decision.advisory_not_met, said, lost)


def _band_said(case: Case, indicator: str, share: Share) -> str:
    band = case.policy.bands[band_at(share.earned, case.policy.bands)]
    return f"{_title(case, indicator)}: {shown(share.earned):g} of 100, with what is unanswered earning nothing ({band.name[:1].lower()}{band.name[1:]})."


def _title(case: Case, indicator: str) -> str:
    return case.titles.get(indicator, indicator)


def _dropped(case: Case) -> Iterator[Step]:
    for one in sorted(case.policy.gates.drop, key=lambda d: d.criterion):
        own = names(f for f in case.findings if f.criterion == one.criterion)
        if own:
            yield Step("gate-dropped", "approve", f"The policy takes {one.criterion} out of the gates: {one.because}", own)


def _expired(case: Case) -> Iterator[Step]:
    for one in sorted(case.policy.waivers, key=lambda w: (w.gate, w.expires, w.by)):
        if one.expires < case.today.isoformat() and one.gate not in case.waivers:
            own = names(f for f in case.findings if f.criterion == one.gate and stands_in_the_way(f))
            yield Step("waiver-expired", "approve", f"The waiver of {one.gate} by {one.by} expired on {one.expires} and no longer counts.", own)


def _all_met(findings: Sequence[Finding]) -> Step:
    judged = [f for f in findings if f.outcome in JUDGED]
    said = f"All {len(judged)} criteria that were judged are met, and no measured difference is beyond its margin."
    return Step("all-met", "approve", said, names(judged))
