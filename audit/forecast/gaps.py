"""What a design can show, comparison by comparison: from assumed variances, or from those of the replies so far."""

import math
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from audit import disparity
from audit.disparity import Part, Precision, Units
from audit.disparity.exact import Counts
from audit.forecast.pilot import Key, Pilot
from audit.forecast.records import GapForecast, GroupForecast, Range
from audit.forecast.units import Comparison, comparisons, deciding
from audit.policy import Policy
from audit.records import FixtureSet

BASE_RATE = 0.2
ICC = 0.5
SHARED = (1.0, 0.5)
"""Matched: of an item's effect, what its guises share: all of it (only the tool's noise differs), or half."""
_SD_OF_SCALE = 0.25
_RARE = 20
_EQUIVALENCE = 0.90
_MOST = 10**7
_STEPS = 60
ENDS = (0, 1)
"""The favourable and the cautious end of what is assumed, or of what the replies leave open."""


class Planned(Struct, frozen=True):
    """One comparison and one measure, ready for any design. parts: at both ends, in the margin's unit (shares, or SD of single replies).

    fixed: variance by names that cross items. changed: share of clusters that differed, and half the mean change: None where assumed. sd: the
    margin is in SD, and so has an error. rate: of a share.
    """

    of: Comparison
    measure: str
    parts: tuple[tuple[Part, ...], tuple[Part, ...]]
    margin: float
    sd: bool
    fixed: float = 0.0
    changed: tuple[float, float] | None = None
    rate: float | None = None
    replies: bool = False

    def known(self, end: int, units: Sequence[Units], repeats: float) -> Precision:
        """Return how well a design knows the comparison."""
        if end and self.of.named is not None and not self.replies:
            units = [Units(u.items, min(u.clusters, self.of.named)) for u in units]
        found = disparity.precision(self.parts[end], units, repeats, self.fixed)
        return found if self.rate is None else Precision(disparity.steadied(found.standard_error, min(u.clusters for u in units)), found.df)

    def gap(self, end: int, units: Sequence[Units], repeats: float, level: float) -> float:
        """Return the smallest gap that is told from chance."""
        known = self.known(end, units, repeats)
        found = _gap_factor(level, round(known.df, 1)) * known.standard_error
        if self.rate is None:
            return found
        return disparity.detectable_in_rates(found, self.rate, 0.5 if len(units) == 1 else units[1].items / sum(u.items for u in units))

    def cleared(self, end: int, units: Sequence[Units], repeats: float) -> float:
        """Return the smallest margin within which a tool without a gap is found; the margin's own error counts where it is in SD."""
        known = self.known(end, units, repeats)
        clusters = min(u.clusters for u in units)
        error = self.margin / math.sqrt(2 * max(clusters - 1, 1)) if self.sd else 0.0
        return max(_margin_factor(round(known.df, 1)) * math.hypot(known.standard_error, error), self._rare(clusters))

    def _rare(self, clusters: float) -> float:
        """Return the exact bound of a tool of which few clusters change: what the verdict asks for too."""
        if self.changed is None or self.changed[0] * clusters >= _RARE or len(self.of.units) > 1:
            return 0.0
        x = self.changed[1] * clusters
        return Counts(0, x, clusters, x, clusters).bounds(_EQUIVALENCE)[1]

    def items(self, end: int, repeats: float, margin: float, *, same: bool) -> int | None:
        """Return the base items that clear a tool without a gap of `margin`; None where no number does. same: new items are of the same templates."""
        if not self.of.base or not self._clears(end, _MOST / self.of.base, repeats, margin, same=same):
            return None
        low, high = math.log(1 / self.of.base), math.log(_MOST / self.of.base)
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if self._clears(end, math.exp(middle), repeats, margin, same=same) else (middle, high)
            if math.exp(high) - math.exp(low) < 0.2 / self.of.base:   # a fifth of an item
                break
        return math.ceil(self.of.base * math.exp(high) - 1e-6)

    def _clears(self, end: int, factor: float, repeats: float, margin: float, *, same: bool) -> bool:
        units = scaled(self.of.units, factor, same=same)
        return min(u.clusters for u in units) >= 2 and self.cleared(end, units, repeats) <= margin  # noqa: PLR2004 - a variance needs two


def scaled(units: Sequence[Units], factor: float, *, same: bool) -> list[Units]:
    """Return so many times the items: of the same clusters, or of as many times the clusters."""
    return [Units(u.items * factor, min(u.clusters, u.items * factor) if same else u.clusters * factor) for u in units]


@lru_cache(maxsize=4096)
def _gap_factor(level: float, df: float) -> float:
    return disparity.detectable(1.0, level, df)


@lru_cache(maxsize=4096)
def _margin_factor(df: float) -> float:
    return disparity.clearing_margin(Precision(1.0, df))


def planned(fixture_set: FixtureSet, attribute: str, policy: Policy, pilot: Pilot, margin: float | None = None) -> list[Planned]:
    """Return every comparison of an attribute; from replies where there are enough of them, one a measure."""
    found = []
    for one in comparisons(fixture_set, attribute):
        seen = pilot.found.get(_key(one), ())
        own = [_seen(one, c, fixture_set, policy, margin) for c in seen]
        found += own or [_assumed(one, fixture_set, policy, margin)]
    return found


def _key(one: Comparison) -> Key:
    return one.set, one.attribute, one.group, one.reference, one.statistic


def _assumed(one: Comparison, fixture_set: FixtureSet, policy: Policy, margin: float | None) -> Planned:
    share = fixture_set.outcome == "decision"
    sd = math.sqrt(BASE_RATE * (1 - BASE_RATE)) if share else 1.0
    factor = 0.5 * (1 + 1 / max(1, len(fixture_set.attributes[one.attribute].groups) - 1)) if one.reference == disparity.OTHERS else 1.0
    ends = [disparity.declared(fixture_set.design, sd=sd, icc=ICC, shared=shared, between=float(end)) for end, shared in zip(ENDS, SHARED, strict=True)]
    if fixture_set.design == "matched":
        ends = [tuple(part.scaled(factor) for part in parts) for parts in ends]
    return Planned(one, "", (ends[0], ends[1]), _margin(one, fixture_set, policy, margin, None), not share, rate=BASE_RATE if share else None)


def _seen(one: Comparison, c: disparity.Components, fixture_set: FixtureSet, policy: Policy, margin: float | None) -> Planned:
    share = fixture_set.outcome == "decision"
    by = 1.0 if share else 1 / c.scale**2
    return Planned(
        one, c.measure, (tuple(p.scaled(by) for p in c.low), tuple(p.scaled(by) for p in c.high)),
        _margin(one, fixture_set, policy, margin, None if share else c.scale), not share, c.fixed * by, c.changed, c.rate, replies=True,
    )


def _margin(one: Comparison, fixture_set: FixtureSet, policy: Policy, wanted: float | None, sd: float | None) -> float:
    """Return the margin, as a share or in SD. sd: of single replies, None where it is not known: then a quarter of the scale for one in points."""
    rule = policy.margins[one.statistic]
    width = fixture_set.scale[1] - fixture_set.scale[0] if fixture_set.scale else None
    if wanted is not None or rule.unit == "share":
        return wanted if wanted is not None else rule.value
    if rule.unit == "points":
        return rule.value / (sd or (_SD_OF_SCALE * width if width else 1.0))
    return max(rule.value, rule.at_least_of_scale * width / sd) if sd and width else rule.value


def level_of(sets: Collection[FixtureSet]) -> float:
    """Return the level of one comparison so that all that decide hold together at 5%."""
    return disparity.family_level([(len(a.groups), a.reference is not None, deciding(s)) for s in sets for a in s.attributes.values()])


def family_of(sets: Collection[FixtureSet]) -> int:
    """Return how many comparisons decide."""
    return sum(len(disparity.compared_pairs(a)) * deciding(s) for s in sets for a in s.attributes.values())


def gaps(
    sets: Collection[FixtureSet], policy: Policy, repeats: int, *, pilot: Pilot | None = None, margin: float | None = None,
    templates: Mapping[str, bool] | None = None,
) -> tuple[GapForecast, ...]:
    """Return what a design of these sets could show, by set and attribute. templates: whether a set's items are drawn from templates."""
    level, there = level_of(sets), pilot or Pilot()
    return tuple(
        _gap(s, name, planned(s, name, policy, there, margin), repeats, level, policy.minimum.items, same=(templates or {}).get(s.id, True),
             replies=there.replies.get(s.id, 0))
        for s in sets for name in s.attributes
    )


def _gap(
    fixture_set: FixtureSet, attribute: str, every: Sequence[Planned], repeats: int, level: float, minimum: int, *, same: bool, replies: int
) -> GapForecast:
    by_group = tuple(_worst([p for p in every if p.of.group == group], repeats, level, same=same)
                     for group in dict.fromkeys(p.of.group for p in every))
    worst = max(by_group, key=lambda g: g.cleared[1] / g.margin)
    independent = min(p.of.count for p in every)
    return GapForecast(
        set=fixture_set.id, attribute=attribute, groups=len(fixture_set.attributes[attribute].groups), items=independent,
        unit="share" if fixture_set.outcome == "decision" else "SD", low=max(g.gap[0] for g in by_group), high=max(g.gap[1] for g in by_group),
        margin=worst.margin, items_for_margin=(_most([g.drawn[0] for g in by_group]), _most([g.drawn[1] for g in by_group])),
        enough=independent >= minimum, base_items=every[0].of.whole, cleared=worst.cleared,
        replies=replies if any(g.replies for g in by_group) else 0, by_group=by_group,
    )


def _most(items: Sequence[int | None]) -> int | None:
    return None if any(i is None for i in items) else max(i for i in items if i is not None)


def _worst(own: Sequence[Planned], repeats: int, level: float, *, same: bool) -> GroupForecast:
    """Return a group's comparison that is known least, for its margin."""
    def cleared(p: Planned) -> Range:
        return p.cleared(0, p.of.units, repeats), p.cleared(1, p.of.units, repeats)

    worst = max(own, key=lambda p: cleared(p)[1] / p.margin)
    needed = [_of_whole(worst, worst.items(end, repeats, worst.margin, same=same)) for end in ENDS]
    gap = [max(p.gap(end, p.of.units, repeats, level) for p in own) for end in ENDS]
    return GroupForecast(
        worst.of.group, worst.of.reference, worst.measure, worst.of.statistic, worst.of.base, min(u.clusters for u in worst.of.units),
        (gap[0], gap[1]), cleared(worst), worst.margin, (needed[0], needed[1]), None, worst.replies,
    )


def _of_whole(p: Planned, items: int | None) -> int | None:
    """Return the base items of the whole attribute that hold so many of a comparison."""
    return math.ceil(items / p.of.base * p.of.whole - 1e-9) if items is not None else None
