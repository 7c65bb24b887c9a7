"""The cheapest design that reaches the margins: how many base items, how many repeats, and how to make it."""

import itertools
import math
import shlex
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from audit import fixtures
from audit.forecast.costs import characters
from audit.forecast.gaps import Planned, planned, scaled
from audit.forecast.known import Load
from audit.forecast.pilot import Pilot
from audit.forecast.records import Alternative, Proposal, SetDesign, Spending
from audit.forecast.sources import Source, size_of, source_of
from audit.forecast.units import comparisons
from audit.pipeline import Prepared
from audit.records import FixtureSet, Probe

_MOST_REPEATS = 5
_TRIES = 6
_NEAR = 1.05
"""A design that comes this near to the best one is as good, if it is cheaper."""
_ALIKE = 1.02
"""Costs this near to each other are the same."""
_SIZES = 24
_FEWEST = 12
"""Base items below which a design is no audit."""


class Asked(Struct, frozen=True):
    """One set of the plan, ready to be made larger or smaller. items: base items that it asks; rows: with their guises.

    calls: that a row takes (one, or one a turn); characters: sent in a mean call.
    """

    set: FixtureSet
    source: Source
    planned: tuple[Planned, ...]
    items: int
    rows: int
    calls: float
    characters: float

    @property
    def distinct(self) -> list[Planned]:
        """The comparisons, of those alike but for their groups only one."""
        return list({replace(p, of=replace(p.of, attribute="", group="", reference="", statistic="")): p for p in self.planned}.values())

    @property
    def same(self) -> bool:
        """Whether more items would be of the same templates."""
        return self.source.capacity is not None


class Terms(Struct, frozen=True):
    """What things cost and what is allowed. spend: calls by set → what they take."""

    spend: Callable[[Sequence[Load]], Spending]
    calls: int | None
    dollars: float | None

    def allow(self, cost: Spending) -> bool:
        """Whether the budget allows it."""
        return (self.calls is None or cost.calls <= self.calls) and (self.dollars is None or cost.dollars <= self.dollars)


Sizes = tuple[int, ...]
"""Base items of each set, in the plan's order."""


def asked(prepared: Prepared, pilot: Pilot, margin: float | None) -> list[Asked]:
    """Return the sets of a plan with what is planned of each."""
    found = []
    for name, one in zip(prepared.plan.design.fixtures, prepared.sets.values(), strict=True):
        every = tuple(p for attribute in one.attributes for p in planned(one, attribute, prepared.policy, pilot, margin))
        own = [p for p in prepared.probes if p.set == one.id and p.repeat == 1]
        found.append(Asked(one, source_of(name, one, prepared.plan.base), every, size_of(one), len(one.rows), *_a_row(own)))
    return found


def _a_row(probes: Sequence[Probe]) -> tuple[float, float]:
    """Return the calls that a mean row takes, and the characters that each sends."""
    calls = sum(p.calls for p in probes)
    return calls / max(1, len(probes)), sum(map(characters, probes)) / max(1, calls)


def propose(prepared: Prepared, sets: Sequence[Asked], terms: Terms, margin: float | None) -> Proposal:
    """Return the cheapest design that reaches the margins; where there is none, why, and the best that can be afforded."""
    repeats = sorted({*range(1, _MOST_REPEATS + 1), prepared.plan.design.repeats})
    margins = {p.of.statistic: p.margin for one in sets for p in one.planned} if margin is None else dict.fromkeys(
        (p.of.statistic for one in sets for p in one.planned), margin)
    for end, sure in ((1, True), (0, False)):
        sizes = {r: found for r in repeats if (found := _needed(sets, r, end)) is not None}
        costs = {r: _cost(sets, sizes[r], r, terms) for r in sizes}
        affordable = [r for r in sizes if terms.allow(costs[r])]
        if affordable:
            best = _cheapest(affordable, costs)
            made = [_drawn(one, n, best, end, prepared) for one, n in zip(sets, sizes[best], strict=True)]
            if all(m is not None for m in made):
                final = [m for m in made if m is not None]
                cost = _cost_of(final, sets, best, terms)
                if terms.allow(cost):
                    others = tuple(Alternative(r, sum(sizes[r]), costs[r]) for r in sizes if r != best)
                    because = "" if sure else _not_sure(sets)
                    return Proposal(margins, True, sure, because, best, _designs(sets, final, prepared), cost,
                                    _cleared(sets, final, best, end), others)
    return _instead(prepared, sets, repeats, terms, margins)


def _cheapest(repeats: Sequence[int], costs: Mapping[int, Spending]) -> int:
    """Return the repeats of the cheapest design; of those that cost hardly more, the fewest: more items show more than more repeats."""
    dollars, calls = (min(getattr(costs[r], what) for r in repeats) for what in ("dollars", "calls"))
    return min(r for r in repeats if (costs[r].dollars <= _ALIKE * dollars if dollars else costs[r].calls <= _ALIKE * calls))


def _needed(sets: Sequence[Asked], repeats: int, end: int) -> Sizes | None:
    """Return the items of each set that reach every margin, by the formula; None where a set has no such number."""
    found = []
    for one in sets:
        least = 0.0
        for p in one.distinct:
            items = p.items(end, repeats, p.margin, same=one.same)
            if items is None:
                return None
            least = max(least, items / p.of.base)
        size = max(1, math.ceil(one.items * least - 1e-9))
        if one.source.most is not None and size > one.source.most:
            return None
        found.append(size)
    return tuple(found)


def _cost(sets: Sequence[Asked], sizes: Sequence[int], repeats: int, terms: Terms) -> Spending:
    calls = [one.calls * one.rows * n / one.items * repeats for one, n in zip(sets, sizes, strict=True)]
    return terms.spend([Load(one.set.id, c, c * one.characters) for c, one in zip(calls, sets, strict=True)])


def _cost_of(made: Sequence[tuple[int, FixtureSet]], sets: Sequence[Asked], repeats: int, terms: Terms) -> Spending:
    calls = [one.calls * len(own.rows) * (1 if one.same else n / size_of(own)) * repeats for one, (n, own) in zip(sets, made, strict=True)]
    return terms.spend([Load(one.set.id, c, c * one.characters) for c, one in zip(calls, sets, strict=True)])


def _drawn(one: Asked, size: int, repeats: int, end: int, prepared: Prepared) -> tuple[int, FixtureSet] | None:
    """Return how many to draw so that they are really enough, and what is drawn: how items fall on templates decides. None where none are.

    Written-out sets: the items that they would have to hold, and the set as it is.
    """
    if size == one.items:
        return size, one.set
    capacity = one.source.capacity
    if capacity is None:
        return size, one.set   # written by hand: there is nothing to draw yet
    number = one.source.drawing(size)
    for _ in range(_TRIES):
        drawn = redrawn(one, number, prepared)
        more = _lacking(one, drawn, repeats, end)
        if more <= 1:
            return number, drawn
        if number >= capacity:
            return None
        number = min(capacity, max(number + 1, math.ceil(number * more)))
    return None


def redrawn(one: Asked, items: int, prepared: Prepared) -> FixtureSet:
    """Return the set as the printed command draws it, and as the plan narrows it."""
    design = prepared.plan.design
    loaded = fixtures.load_set(one.source.folder, seed=design.seed, items=items)
    return fixtures.narrow(loaded, None, design.seed, design.attributes)


def _matching(one: Asked, drawn: FixtureSet) -> list[Planned]:
    """Return what is planned of the comparisons as the drawn set has them."""
    of = {(c.attribute, c.group, c.reference, c.statistic): c for attribute in drawn.attributes for c in comparisons(drawn, attribute)}
    return [replace(p, of=of[p.of.attribute, p.of.group, p.of.reference, p.of.statistic]) for p in one.planned]


def _lacking(one: Asked, drawn: FixtureSet, repeats: int, end: int) -> float:
    """Return how many times as many items the drawn set would have to hold; 1 where it is enough."""
    most = 1.0
    for p in _matching(one, drawn):
        if p.cleared(end, p.of.units, repeats) > p.margin:
            items = p.items(end, repeats, p.margin, same=True)
            most = max(most, items / p.of.base if items is not None else 2.0, 1.001)
    return most


def _cleared(sets: Sequence[Asked], made: Sequence[tuple[int, FixtureSet]], repeats: int, end: int) -> dict[str, float]:
    """Return the margin that each attribute is cleared of: of its worst comparison. made: items, and the set that was drawn or is as it is."""
    found: dict[str, float] = {}
    for one, (size, own) in zip(sets, made, strict=True):
        factor = 1.0 if one.same else size / one.items
        every = _matching(one, own) if own is not one.set else list(one.planned)
        for p in every:
            key = f"{p.of.set}: {p.of.attribute}"
            found[key] = max(found.get(key, 0.0), p.cleared(end, scaled(p.of.units, factor, same=one.same), repeats))
    return found


def _designs(sets: Sequence[Asked], made: Sequence[tuple[int, FixtureSet]], prepared: Prepared) -> tuple[SetDesign, ...]:
    return tuple(_design(one, n, own, prepared) for one, (n, own) in zip(sets, made, strict=True))


def _design(one: Asked, number: int, own: FixtureSet, prepared: Prepared) -> SetDesign:
    """Return what a set has to be. number: to draw; own: what that gives, the set itself where nothing is to be drawn."""
    name = prepared.plan.design.fixtures[list(prepared.sets).index(one.set.id)]
    if own is one.set:
        return SetDesign(one.set.id, one.items if one.same else number, one.items, one.source.most, "", name)
    folder = f"{one.set.id}-{number}"
    words = ["audit", "fixtures", "draw", one.source.name, "--items", str(number), "--seed", str(prepared.plan.design.seed),
             "--out", str(prepared.plan.path.parent / folder)]
    return SetDesign(one.set.id, size_of(own), one.items, one.source.most, shlex.join(words), folder)


def _not_sure(sets: Sequence[Asked]) -> str:
    if any(p.replies for one in sets for p in one.planned):
        return "by the replies so far this is enough, by what they leave open it need not be"
    return "this holds where the items of one template do not move alike; ask the plan as it is first: `audit check` then goes by its replies"


def _instead(
    prepared: Prepared, sets: Sequence[Asked], repeats: Sequence[int], terms: Terms, margins: Mapping[str, float],
) -> Proposal:
    """Return the cheapest of the designs that come nearest to the margins within templates and budget, and why none reaches them."""
    tried: list[tuple[float, Spending, int, Sizes]] = []
    biggest = max((one.source.most or 64 * one.items) / one.items for one in sets)
    least = min(1.0, _FEWEST / max(one.items for one in sets))
    for r, step in itertools.product(repeats, range(-1, _SIZES + 1)):
        factor = least * (biggest / least) ** (step / _SIZES) if step >= 0 else 1.0
        sizes = tuple(max(1, min(round(one.items * factor), one.source.most or 10**9)) for one in sets)
        cost = _cost(sets, sizes, r, terms)
        if terms.allow(cost):
            tried.append((_furthest(sets, sizes, r), cost, r, sizes))
    if not tried:
        r, now = prepared.plan.design.repeats, [(one.items, one.set) for one in sets]
        return Proposal(dict(margins), False, False, f"the budget does not allow even {_FEWEST} base items", r, _designs(sets, now, prepared),
                        _cost_of(now, sets, r, terms), _cleared(sets, now, r, 1), ())
    best = min(t[0] for t in tried)
    _, _, r, sizes = min((t for t in tried if t[0] <= best * _NEAR), key=lambda t: (t[1].dollars, t[1].calls))
    made = [(n, one.set) if n == one.items or not one.same else ((m := one.source.drawing(n)), redrawn(one, m, prepared)) for one, n in zip(sets, sizes, strict=True)]
    return Proposal(dict(margins), False, True, _why_not(sets, repeats, terms), r, _designs(sets, made, prepared), _cost_of(made, sets, r, terms),
                    _cleared(sets, made, r, 1), ())


def _furthest(sets: Sequence[Asked], sizes: Sizes, repeats: int) -> float:
    """Return the largest of the margins that are cleared, relative to the policy's."""
    return max((
        p.cleared(1, scaled(p.of.units, n / one.items, same=one.same), repeats) / p.margin
        for one, n in zip(sets, sizes, strict=True) for p in one.distinct if min(u.items for u in p.of.units) * n / one.items >= 2  # noqa: PLR2004
    ), default=math.inf)


def _why_not(sets: Sequence[Asked], repeats: Sequence[int], terms: Terms) -> str:
    """Return what stands in the way: the budget, the number of templates, or the number of different items that they give."""
    for end in (1, 0):
        needed = {r: n for r in repeats if (n := _needed(sets, r, end)) is not None}
        if needed:
            cost = min((_cost(sets, needed[r], r, terms) for r in needed), key=lambda c: (c.dollars, c.calls))
            if terms.allow(cost):
                continue
            return f"the cheapest would take {cost.calls:,} calls and ${cost.dollars:,.2f}, more than the budget" + ("" if end else ", and it is not sure to be enough")
    short = [one for one in sets if any(p.items(1, repeats[-1], p.margin, same=one.same) is None for p in one.distinct)]
    if short:
        return f"however many items are drawn, {short[0].set.id} has too few templates (or names) that are independent of each other: new ones would have to be written"
    return "the templates do not give so many different items"
