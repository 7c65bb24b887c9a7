"""What was answered and judged, tool beside tool: the order of two scores under all weights of a range, whatever is still open."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.between.material import Tool
from audit.between.order import tiers
from audit.records import DecisionStatus, Finding
from audit.records.comparisons import PairOrder, Ranking, Refusal, ScoreBeside, SideBySide

_RANK: Mapping[DecisionStatus, int] = {"do_not_approve": 0, "pilot": 1, "approve_with_conditions": 2, "approve": 3}
"""From the worst; "insufficient_evidence" stands above and below nothing."""
_KNOWN = ("met", "not_met")


@dataclass(frozen=True)
class Weighed:
    """Weights of the criteria that speak for one tool, for the other, and of those whose open answers could speak for the other."""

    gains: float
    losses: float
    open: float

    def holds(self, factor: float, *, whatever_is_open: bool = True) -> bool:
        """Whether the score is the higher one for every choice of weights between w/factor and factor·w.

        Both scores are shares of the same weights, so that the sign of their difference is that of Σ w·(a - b): linear in each
        weight, and lowest where the gains weigh least and the losses most.
        """
        return self.gains / factor > factor * (self.losses + (self.open if whatever_is_open else 0.0))


def weigh(a: Mapping[tuple[str, str], Finding], b: Mapping[tuple[str, str], Finding]) -> Weighed:
    """Return what speaks for A on the criteria that apply to both; an open answer of A is taken as not met, and one of B as met."""
    gains = losses = open_ = 0.0
    for key in a.keys() & b.keys():
        one, other = a[key], b[key]
        if "not_applicable" in (one.outcome, other.outcome):
            continue
        if one.outcome in _KNOWN and other.outcome in _KNOWN:
            gains += one.weight * (one.outcome == "met" and other.outcome == "not_met")
            losses += one.weight * (one.outcome == "not_met" and other.outcome == "met")
        elif one.outcome != "met" and other.outcome != "not_met":
            open_ += one.weight
    return Weighed(gains, losses, open_)


def indicator_rankings(tools: Sequence[Tool], comparable: Mapping[frozenset[str], bool], factor: float) -> tuple[list[Ranking], list[Refusal]]:
    """Return one order an indicator. comparable: two tools → whether what was measured of them is of the same sets, probes and margins."""
    rankings, refused = [], []
    for name, title in _titles(tools).items():
        pairs = []
        for a, b in itertools.combinations(tools, 2):
            because = _unlike(a, b, name)
            if because:
                refused.append(Refusal(a.label, b.label, f"the indicator {title}", because))
            pairs.append(PairOrder(a.label, b.label, None, "not compared") if because else _scores(a, b, name, factor, measured=comparable[frozenset((a.label, b.label))]))
        outcomes = {t.label: _score(t, name) for t in tools}
        labels = [t.label for t in tools]
        rankings.append(Ranking("indicator", title, tiers(labels, pairs), tuple(pairs), outcomes))
    return rankings, refused


def _titles(tools: Sequence[Tool]) -> dict[str, str]:
    return {name: one.title for tool in tools for name, one in tool.indicators.items()}


def _score(tool: Tool, name: str) -> str:
    one = tool.indicators.get(name)
    return "no score" if one is None or one.score is None else f"{one.score:g}"


def _unlike(a: Tool, b: Tool, name: str) -> str:
    """Return why two tools' answers to an indicator's questions cannot be ordered; empty where they can."""
    one, other = a.editions.get(name), b.editions.get(name)
    if one != other:
        return f"the checklist's editions differ ({one or 'not used'} and {other or 'not used'})"
    rows = [_findings(t, name, measured=True) for t in (a, b)]
    unlike = sum((rows[0][k].question, rows[0][k].weight) != (rows[1][k].question, rows[1][k].weight) for k in rows[0].keys() & rows[1].keys())
    return f"{unlike} of its questions or weights differ" if unlike else ""


def _findings(tool: Tool, name: str, *, measured: bool) -> dict[tuple[str, str], Finding]:
    return {(f.criterion, f.subject): f for f in tool.findings if f.indicator == name and (measured or f.assurance != "measured")}


def _scores(a: Tool, b: Tool, name: str, factor: float, *, measured: bool) -> PairOrder:
    one, other = (_findings(t, name, measured=measured) for t in (a, b))
    both = weigh(one, other), weigh(other, one)
    for tool, weighed in zip((a, b), both, strict=True):
        if weighed.holds(factor):
            return PairOrder(a.label, b.label, tool.label, f"its score on the same criteria is higher for all weights from 1/{factor:g} to {factor:g} times the checklist's, whatever the open answers are")
    if any(w.holds(factor, whatever_is_open=False) for w in both):
        return PairOrder(a.label, b.label, None, "the answers that are still open could change the order")
    if both[0].gains or both[0].losses:
        return PairOrder(a.label, b.label, None, f"the order changes with weights from 1/{factor:g} to {factor:g} times the checklist's")
    return PairOrder(a.label, b.label, None, "no difference on the criteria that were judged for both")


def decision_ranking(tools: Sequence[Tool], title: str) -> Ranking:
    """Return the order of the decisions, where these rest on the same policy, checklists, sets and repeats."""
    pairs = []
    for a, b in itertools.combinations(tools, 2):
        ranks = [_RANK.get(t.about.decision) for t in (a, b)]
        above, because = None, "the same decision"
        if a.basis != b.basis:
            because = "the decisions rest on other policies, checklists, fixture sets or repeats"
        elif ranks[0] is None or ranks[1] is None:
            because = "too little evidence for a decision stands above and below nothing"
        elif ranks[0] != ranks[1]:
            above = a.label if ranks[0] > ranks[1] else b.label
            because = "the same evidence and policy lead to the better decision"
        pairs.append(PairOrder(a.label, b.label, above, because))
    labels = [t.label for t in tools]
    return Ranking("decision", title, tiers(labels, pairs), tuple(pairs), {t.label: t.about.decision for t in tools})


def side_by_side(tools: Sequence[Tool]) -> Iterator[SideBySide]:
    """Yield each criterion with every tool's outcome."""
    rows: dict[tuple[str, str], dict[str, Finding]] = {}
    for tool in tools:
        for f in tool.findings:
            rows.setdefault((f.criterion, f.subject), {})[tool.label] = f
    for (criterion, subject), found in rows.items():
        first = next(iter(found.values()))
        yield SideBySide(
            criterion, first.indicator, first.question, subject, any(f.required for f in found.values()),
            {t.label: found[t.label].outcome if t.label in found else None for t in tools},
        )


def scores(tools: Sequence[Tool]) -> Iterator[ScoreBeside]:
    """Yield each indicator with every tool's score and coverage."""
    for name, title in _titles(tools).items():
        there = {t.label: t.indicators[name] for t in tools if name in t.indicators}
        yield ScoreBeside(name, title, {label: one.score for label, one in there.items()}, {label: one.coverage for label, one in there.items()})
