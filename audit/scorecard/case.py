"""What is decided on: findings under the policy's gates and weights, in an order of their own, with the waivers in force."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import msgspec
from msgspec import Struct

from audit.policy import FROM_WORST, Policy
from audit.records import DecisionStatus, Finding, FindingOutcome, Waiver

JUDGED: tuple[FindingOutcome, ...] = ("met", "not_met", "inconclusive")


class Case(Struct, frozen=True):
    """Everything that a decision rests on. absent: what the policy asks for and no finding is about; it weighs nothing.

    waivers: those in force, by gate. titles: of the indicators.
    """

    findings: tuple[Finding, ...]
    absent: tuple[Finding, ...]
    policy: Policy
    role: str
    today: date
    waivers: Mapping[str, Waiver]
    titles: Mapping[str, str] = {}

    @property
    def everything(self) -> tuple[Finding, ...]:
        """The findings, and what is missing among them."""
        return (*self.findings, *self.absent)


def rank(status: DecisionStatus) -> int:
    """Return how much a status allows: 0 is the most cautious."""
    return FROM_WORST.index(status)


def most_cautious(statuses: Iterable[DecisionStatus]) -> DecisionStatus:
    """Return the most cautious of some statuses; "approve" of none."""
    return min(statuses, key=rank, default="approve")


def under_policy(findings: Sequence[Finding], policy: Policy) -> tuple[Finding, ...]:
    """Return the findings with the policy's gates and weights, in the same order."""
    add, drop = frozenset(policy.gates.add), frozenset(one.criterion for one in policy.gates.drop)
    return tuple(
        msgspec.structs.replace(
            f, required=f.criterion in add or (f.required and f.criterion not in drop), weight=policy.weights.get(f.criterion, f.weight)
        )
        for f in findings
    )


def make_case(findings: Sequence[Finding], policy: Policy, role: str, today: date, titles: Mapping[str, str]) -> Case:
    """Return the case; the order of the findings does not matter, nor that of waivers."""
    own = sorted(under_policy(findings, policy), key=_weightiest_first)
    return Case(
        findings=tuple(own), absent=tuple(_absent(own, policy)), policy=policy, role=role, today=today,
        waivers=_in_force(policy, today), titles=titles,
    )


def _weightiest_first(finding: Finding) -> tuple[bool, int, str, str, bytes]:
    return not finding.required, -finding.weight, finding.criterion, finding.subject, msgspec.json.encode(finding)


def _in_force(policy: Policy, today: date) -> dict[str, Waiver]:
    """Return gate → its waiver; of several the one that lasts longest. The last day itself still counts."""
    waivers = sorted(policy.waivers, key=lambda w: (w.expires, w.by, w.reason))
    return {w.gate: w for w in waivers if date.fromisoformat(w.expires) >= today}


def _absent(findings: Sequence[Finding], policy: Policy) -> list[Finding]:
    """Return a finding, open and without weight, for each added gate and each required indicator that nothing is about."""
    asked, covered = {f.criterion for f in findings}, {f.indicator for f in findings if f.outcome != "not_applicable"}
    gates = [
        _open(name, "", f"The policy makes {name} a gate, and it is on none of the checklists of this audit.") for name in sorted(set(policy.gates.add) - asked)
    ]
    return gates + [_open("", name, f"Nothing was asked under {name}.") for name in sorted(set(policy.decision.required_indicators) - covered)]


def _open(criterion: str, indicator: str, because: str) -> Finding:
    return Finding(
        criterion=criterion, indicator=indicator, question=criterion or indicator, outcome="not_assessed", because=because, required=bool(criterion),
        weight=0, assurance=None, evidence=(), remedy="",
    )


def turned(case: Case, places: Collection[int]) -> Case:
    """Return the case with the findings at these places of `case.everything` met, and nothing else changed."""
    everything = [_met(f) if place in places else f for place, f in enumerate(case.everything)]
    here = len(case.findings)
    return msgspec.structs.replace(case, findings=tuple(everything[:here]), absent=tuple(everything[here:]))


def _met(finding: Finding) -> Finding:
    return msgspec.structs.replace(finding, outcome="met", severe=False, contradictions=())


def names(findings: Iterable[Finding]) -> tuple[tuple[str, str], ...]:
    """Return the criterion and subject of each finding."""
    return tuple((f.criterion, f.subject) for f in findings)
