"""A fixture set → how much it has of what is independent, for every comparison that decides."""

from collections.abc import Iterable

from msgspec import Struct

from audit import measures
from audit.disparity import OTHERS, Units, compared_pairs
from audit.records import FixtureSet, Row

_ERRORS = {0.0: "false_positive_rate_difference", 1.0: "false_negative_rate_difference"}


class Comparison(Struct, frozen=True):
    """One comparison that is to decide, and how much there is for it.

    units: one where matched, else of the group and of its reference. base: its base items; count: the clusters of the smaller side. whole: the base
    items of the attribute altogether, of which an error rate uses those of its truth. named: names of the group that has fewest, where these
    are a sample and lie in no cluster of their own; None otherwise.
    """

    set: str
    attribute: str
    group: str
    reference: str
    statistic: str
    units: tuple[Units, ...]
    base: int
    count: int
    whole: int
    named: int | None


def statistics_of(fixture_set: FixtureSet) -> list[tuple[str, float | None]]:
    """Return the statistics that decide, each with the truth whose rows it rests on (None: all rows)."""
    if fixture_set.outcome == "decision":
        truths = set(_truths(fixture_set).values())
        return [(name, truth) for truth, name in _ERRORS.items() if truth in truths] or [("selection_rate_difference", None)]
    by_error = fixture_set.outcome == "score" and fixture_set.design == "sampled" and any(row.truth is not None for row in fixture_set.rows)
    return [("mean_error_difference" if by_error else "mean_difference", None)]


def _truths(fixture_set: FixtureSet) -> dict[object, float | None]:
    """Return what each truth that occurs is as a number."""
    return {truth: measures.truth_of(truth, fixture_set) for truth in {row.truth for row in fixture_set.rows}}


def deciding(fixture_set: FixtureSet) -> int:
    """Return how many statistics decide: an error rate for each truth there is, one statistic a measure otherwise."""
    if fixture_set.outcome == "decision":
        return len(statistics_of(fixture_set))
    return sum(measures.decides(name, fixture_set) for name in measures.measures_of(fixture_set))


def comparisons(fixture_set: FixtureSet, attribute: str) -> list[Comparison]:
    """Return every comparison of an attribute that decides, with what the set has for it."""
    about, found, truths = fixture_set.attributes[attribute], [], _truths(fixture_set)
    whole = len({row.item for row in fixture_set.rows if attribute in row.groups})
    for statistic, truth in statistics_of(fixture_set):
        rows = [r for r in fixture_set.rows if attribute in r.groups and (truth is None or truths[r.truth] == truth)]
        own = {group: [r for r in rows if r.groups[attribute] == group] for group in about.groups}
        for group, reference in compared_pairs(about):
            rest = [r for g, there in own.items() if g != group and reference in (OTHERS, g) for r in there]
            sides = [_units(own[group]), _units(rest)]
            units = (_units(own[group]),) if fixture_set.design == "matched" else tuple(sides)
            found.append(Comparison(
                fixture_set.id, attribute, group, reference, statistic, units, int(min(u.items for u in units)),
                min(len({r.cluster or r.item for r in side}) for side in ((own[group],) if len(units) == 1 else (own[group], rest))), whole,
                _named(attribute, [own[group], *([rest] if reference != OTHERS else [])], random=about.variants == "random"),
            ))
    return found


def _units(rows: Iterable[Row]) -> Units:
    """Return the items, and the clusters: as many of equal size as count the same, (Σn)² / Σn²."""
    sizes: dict[str, set[str]] = {}
    for row in rows:
        sizes.setdefault(row.cluster or row.item, set()).add(row.item)
    items = sum(map(len, sizes.values()))
    squares = sum(len(own) ** 2 for own in sizes.values())
    return Units(float(items), items**2 / squares if squares else 0.0)


def _named(attribute: str, sides: list[list[Row]], *, random: bool) -> int | None:
    """Return the fewest names of a group, where names cross clusters; None where each lies in one, which then counts."""
    if not random:
        return None
    clusters: dict[tuple[str, str], set[str]] = {}
    for rows in sides:
        for row in rows:
            if row.variant is not None:
                clusters.setdefault((row.groups[attribute], row.variant), set()).add(row.cluster or row.item)
    if not clusters or all(len(own) == 1 for own in clusters.values()):
        return None
    return min(len({row.variant for row in rows}) for rows in sides)
