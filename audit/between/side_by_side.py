"""Tools side by side: what differs between them, what was answered, and the order that all of it supports."""

import itertools
from collections.abc import Iterator, Sequence

from audit.between.answers import decision_ranking, indicator_rankings, scores, side_by_side
from audit.between.differences import Differences, find_differences
from audit.between.flips import DRAWS, LEVEL
from audit.between.material import MISSING, Tool, titles_of
from audit.between.order import gap_order, overall, tiers
from audit.records.comparisons import GapDifference, OwnGap, Ranking, ToolComparison

SCHEMA = "edtech-equity-audit/comparison/1"


def compare_tools(tools: Sequence[Tool], seed: int) -> ToolComparison:
    """Return the comparison of two or more tools; in which order they are given changes nothing.

    seed: of the exchanges. A set of one tool beside the others changes nothing that is said of the others' sets, but the family.
    """
    ordered = sorted(tools, key=lambda t: (t.label.casefold(), t.label))
    labels = [t.label for t in ordered]
    compared = find_differences(ordered, seed)
    measured = list(_measured(ordered, compared.found))
    alike = {frozenset((a.label, b.label)): not any({r.tool_a, r.tool_b} == {a.label, b.label} for r in compared.refused)
             for a, b in itertools.combinations(ordered, 2)}
    factor = max(t.weight_factor for t in ordered)
    indicators, refused = indicator_rankings(ordered, alike, factor)
    rankings = [*measured, *indicators, decision_ranking(ordered, "Decision")]
    return ToolComparison(
        schema=SCHEMA, tools=tuple(t.about for t in ordered), overall=overall(labels, rankings, "Everything together"), rankings=tuple(rankings),
        differences=tuple(compared.found), gaps=tuple(_gaps(ordered)), criteria=tuple(side_by_side(ordered)), indicators=tuple(scores(ordered)),
        refused=(*compared.refused, *refused), family=_family(compared), level=LEVEL, weight_factor=factor, seed=seed, titles=titles_of(s for tool in ordered for s in tool.own_sets),
    )


def _measured(tools: Sequence[Tool], differences: Sequence[GapDifference]) -> Iterator[Ranking]:
    """Yield one order for each attribute of each set that two tools or more share: of replies, and of missing ones."""
    named = dict.fromkeys((d.set, d.attribute, "missing" if d.statistic == MISSING else "replies") for d in differences)
    for name, attribute, kind in sorted(named, key=lambda key: (key[0], key[1], key[2] == "missing")):
        own = [d for d in differences if (d.set, d.attribute) == (name, attribute) and (d.statistic == MISSING) == (kind == "missing")]
        there = [t for t in tools if any(t.label in (d.tool_a, d.tool_b) for d in own)]
        outcomes = {t.label: t.sets[name].outcomes.get((kind, attribute), "not_assessed") for t in there}
        pairs = [gap_order(a.label, b.label, own, outcomes) for a, b in itertools.combinations(there, 2)]
        first = there[0].sets[name].fixture_set
        title = f"{first.title}: {first.attributes[attribute].title or attribute}{', missing replies' if kind == 'missing' else ''}"
        yield Ranking(
            "missing" if kind == "missing" else "replies", title, tiers([t.label for t in there], pairs), tuple(pairs), dict(outcomes), name, attribute,
        )


def _gaps(tools: Sequence[Tool]) -> Iterator[OwnGap]:
    for tool in tools:
        for name, asked in tool.sets.items():
            for d in asked.deciding:
                yield OwnGap(tool.label, name, d.measure, d.statistic, d.unit, d.attribute, d.group, d.reference, d.estimate, d.low, d.high, d.margin,
                             d.outcome, d.negative_control)


def _family(compared: Differences) -> str:
    tested = compared.tested // 2
    if not tested:
        return "No difference between tools could be tested."
    return (
        f"{tested} differences between two tools' gaps, and as many sums of them, are tested together, step by step, at 5%, by {DRAWS:,} exchanges of signs "
        "within clusters of base items. All intervals hold together at 95%. A gap is shown to be the smaller one where the difference and the sum are both told from zero."
    )
