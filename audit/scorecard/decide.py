"""The decision, step by step; each step names the findings it rests on. Gates beat scores."""

from collections.abc import Sequence

from audit.policy import Policy
from audit.records import Decision, DecisionStatus, Disparity, Finding
from audit.wording import items_in_words

_FROM_WORST: tuple[DecisionStatus, ...] = (
    "do_not_approve", "insufficient_evidence", "pilot", "approve_with_conditions", "approve",
)
_APPROVING = ("approve", "approve_with_conditions", "pilot")
_MOST_REASONS = 8


def decide(findings: Sequence[Finding], disparities: Sequence[Disparity], policy: Policy, role: str) -> Decision:
    """Return the most cautious status that any finding calls for, and why.

    Input order does not matter. A vendor's own audit cannot carry an approval.
    """
    steps = [step for finding in findings if (step := _step(finding, policy)) is not None]
    status: DecisionStatus = min((s for s, _ in steps), key=_FROM_WORST.index, default="approve")
    reasons = [reason for _, reason in sorted(steps, key=lambda step: _FROM_WORST.index(step[0]))]
    gaps = [f.because for f in findings if f.assurance == "measured" and f.outcome == "not_met"]
    reasons = [*gaps, *(reason for reason in reasons if reason not in gaps)]
    judged = [f for f in findings if f.outcome in ("met", "not_met", "inconclusive")]
    if not steps:
        reasons = [f"All {len(judged)} criteria that were judged are met, and no measured difference is beyond its margin."]
    changes = list(_would_change(findings, disparities))
    silent = [name for name in policy.decision.required_indicators if name not in {f.indicator for f in judged}]
    if silent and status != "do_not_approve":
        status = "insufficient_evidence"
        reasons.insert(0, f"Nothing was asked and judged under: {', '.join(silent)}. What was measured is no approval by itself.")
        changes.append(f"Answers to the checklists: {', '.join(silent)}.")
    if role == "vendor" and status in _APPROVING:
        status = "insufficient_evidence"
        reasons.insert(0, "The vendor audited its own tool: a self-test cannot carry an approval.")
        changes.append("The same audit by somebody other than the vendor.")
    return Decision(
        status=status, because=_shortened(reasons), conditions=_conditions(findings), would_change=tuple(changes)
    )


def _step(finding: Finding, policy: Policy) -> tuple[DecisionStatus, str] | None:
    """Return the status that one finding calls for, with its reason; None when it calls for nothing."""
    rules = policy.decision
    measured = finding.assurance == "measured"
    said = finding.because if measured else f"{finding.question} {finding.because}"
    if finding.outcome == "not_met":
        if measured:
            return (rules.certain_gap if finding.severe else rules.gap), said
        return ("do_not_approve" if finding.required else rules.advisory_not_met), said
    if finding.required and finding.outcome == "inconclusive":
        return rules.required_inconclusive, said
    if finding.required and finding.outcome == "not_assessed":
        return rules.required_open, said
    return None


def _shortened(reasons: list[str]) -> tuple[str, ...]:
    unique = list(dict.fromkeys(reasons))
    rest = len(unique) - _MOST_REASONS
    return (*unique[:_MOST_REASONS], f"And {rest} more, listed below under findings.") if rest > 0 else tuple(unique)


def _conditions(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{f.subject or f.question}: {f.remedy}" for f in findings if f.outcome == "not_met"))


def _would_change(findings: Sequence[Finding], disparities: Sequence[Disparity]) -> tuple[str, ...]:
    """Return the few things that could alter the decision: open answers, and items still needed."""
    open_answers = [f for f in findings if f.required and f.outcome == "not_assessed" and f.assurance != "measured"]
    changes = [f"An answer to: {f.question}" for f in open_answers]
    changes += [
        f"{items_in_words(items).capitalize()} base items of the set {name} (audit fixtures draw {name} --seed N --items N draws more, as far as its templates go)."
        for name, items in sorted(_items_needed(disparities).items())
    ]
    if any(f.outcome == "not_met" and f.assurance == "measured" for f in findings):
        changes.append("A new version of the tool in which the measured difference is smaller than the margin.")
    return tuple(changes)


def _items_needed(disparities: Sequence[Disparity]) -> dict[str, int]:
    """Return set → the base items that its open attributes need; an attribute with a gap is settled."""
    deciding = [d for d in disparities if d.family == "confirmatory" and not d.negative_control]
    settled = {(d.set, d.attribute, d.statistic) for d in deciding if d.outcome == "gap_found"}
    needed: dict[str, int] = {}
    for d in deciding:
        if d.outcome in ("inconclusive", "not_assessed") and d.items_needed and (d.set, d.attribute, d.statistic) not in settled:
            needed[d.set] = max(needed.get(d.set, 0), d.items_needed)
    return needed
