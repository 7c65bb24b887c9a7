"""From what is shown of two tools at a time to tiers: a rank only where every pair across it is supported."""

import itertools
from collections.abc import Mapping, Sequence

from audit.records import Outcome
from audit.records.comparisons import GapDifference, PairOrder, Ranking

_MOST_NAMED = 3


def tiers(labels: Sequence[str], pairs: Sequence[PairOrder]) -> tuple[tuple[str, ...], ...]:
    """Return the tools in tiers: each tool of a tier stands above each tool of every later one.

    Tools are in one tier where a chain of pairs leads from each to the other, a tie counting in both directions: the strongly connected
    components of "is not shown to stand below", which always lie one behind the other (every two tools are joined).
    """
    reach = {a: {a} for a in labels}
    for pair in pairs:
        if pair.above != pair.tool_b:
            reach[pair.tool_a].add(pair.tool_b)
        if pair.above != pair.tool_a:
            reach[pair.tool_b].add(pair.tool_a)
    for through, a in itertools.product(labels, labels):
        if through in reach[a]:
            reach[a] |= reach[through]
    found: dict[frozenset[str], list[str]] = {}
    for a in labels:
        found.setdefault(frozenset(reach[a]), []).append(a)
    return tuple(tuple(found[key]) for key in sorted(found, key=lambda key: -len(key)))


def gap_order(a: str, b: str, differences: Sequence[GapDifference], outcomes: Mapping[str, Outcome]) -> PairOrder:
    """Return which of two tools stands above the other on one attribute. outcomes: tool → the attribute's verdict.

    Above: in at least one comparison the gap is shown to be smaller and in none larger; or nothing is shown between the two, and one
    is within the margin where the other has a gap. Controls count for nobody.
    """
    own = [d for d in differences if not d.negative_control and {d.tool_a, d.tool_b} == {a, b}]
    smaller = {t: sum(d.smaller == t for d in own) for t in (a, b)}
    cleared = next((t for t, other in ((a, b), (b, a)) if outcomes.get(t) == "within_margin" and outcomes.get(other) == "gap_found"), None)
    shown = next((t for t, other in ((a, b), (b, a)) if smaller[t] and not smaller[other]), None)
    if not own:
        return PairOrder(a, b, None, "not compared")
    if smaller[a] and smaller[b]:
        return PairOrder(a, b, None, "each has the smaller gap in some comparison")
    if shown and cleared and shown != cleared:
        return PairOrder(a, b, None, "the gap that is shown to be smaller is beyond the margin, and the other tool is within it")
    if shown:
        both = " Both tools are within the margin." if outcomes.get(a) == outcomes.get(b) == "within_margin" else ""
        return PairOrder(a, b, shown, f"its gap is shown to be smaller in {smaller[shown]} of {len(own)} comparisons and larger in none.{both}")
    if cleared:
        return PairOrder(a, b, cleared, "it is within the margin, and the other tool has a gap beyond it")
    return PairOrder(a, b, None, "no difference shown")


def overall(labels: Sequence[str], rankings: Sequence[Ranking], title: str) -> Ranking:
    """Return the order that everything together supports: above on at least one criterion, and below on none."""
    pairs = []
    for a, b in itertools.combinations(labels, 2):
        rows = [(r.title, p.above) for r in rankings for p in r.pairs if (p.tool_a, p.tool_b) == (a, b) and p.above]
        better = {t: [name for name, above in rows if above == t] for t in (a, b)}
        above = next((t for t, other in ((a, b), (b, a)) if better[t] and not better[other]), None)
        pairs.append(PairOrder(a, b, above, _why(a, b, better, above)))
    return Ranking("overall", title, tiers(labels, pairs), tuple(pairs))


def _why(a: str, b: str, better: Mapping[str, list[str]], above: str | None) -> str:
    if above:
        return f"above on {_named(better[above])}, and below on nothing that was compared"
    if better[a]:
        return f"{a} is above on {_named(better[a])}, and {b} on {_named(better[b])}"
    return "no difference shown on anything that was compared"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return "; ".join(names[:_MOST_NAMED]) + more
