"""Which audits of one fixture set can be pooled: those whose items, reading, statistics and margins are the same. Repeats may differ."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from audit.between.grids import STATISTICS, Grid, Ints, clusters_of, items_of, make_grid
from audit.between.material import MISSING, AskedSet
from audit.between.pooling.same_items import SameItems, same_items
from audit.records import Disparity, FixtureSet, Json
from audit.records.merged import NotPooled
from audit.wording import OTHERS

_SHOWN = 12
_FEWEST = 2


class Asker(Struct, frozen=True):
    """One audit that asked a set. reading: how replies are read, in words; margins: statistic → the policy's rule."""

    label: str
    asked: AskedSet
    reading: str
    margins: Mapping[str, Json]


def sort_out(askers: Sequence[Asker], everyone: Sequence[str]) -> tuple[list[tuple[Asker, ...]], list[NotPooled]]:
    """Return the groups of two audits or more that can be pooled, and why others of this set cannot. everyone: all labels that count."""
    groups: list[list[Asker]] = []
    for one in askers:
        fitting = next((g for g in groups if not unlike(g[0], one)), None)
        if fitting is None:
            groups.append([one])
        else:
            fitting.append(one)
    groups.sort(key=lambda g: -len(g))
    title = askers[0].asked.fixture_set.title
    first = groups[0]
    why = [NotPooled(title, (*_labels(first), *_labels(g)), unlike(first[0], g[0])) for g in groups[1:]]
    absent = tuple(label for label in everyone if label not in _labels(askers))
    if absent:
        why.append(NotPooled(title, absent, f"asked only by {', '.join(_labels(askers))}"))
    return [tuple(g) for g in groups if len(g) >= _FEWEST], why


def _labels(askers: Sequence[Asker]) -> tuple[str, ...]:
    return tuple(one.label for one in askers)


def unlike(a: Asker, b: Asker) -> str:
    """Return why two audits of a set cannot be pooled; empty where they can."""
    one, other = a.asked.fixture_set, b.asked.fixture_set
    if one.digest != other.digest:
        digests = " and ".join(x.digest[:_SHOWN] for x in (one, other))
        return f"the fixtures are not the same (editions {one.edition} and {other.edition}, digests {digests}): other items, groups or attributes"
    if _shape(one) != _shape(other):
        return "the fixtures have the same digest, but not the same items and groups: one of them is damaged"
    if a.reading != b.reading:
        return f"the replies are read differently ({a.reading}; {b.reading})"
    statistics = [{(d.measure if d.statistic != MISSING else "", d.statistic) for d in x.asked.deciding} for x in (a, b)]
    if statistics[0] != statistics[1]:
        names = ", ".join(sorted({name for _, name in statistics[0] ^ statistics[1]}))
        return f"not the same statistics decide ({names})"
    margins = [{name: x.margins.get(name) for _, name in statistics[0]} for x in (a, b)]
    differing = next((name for name in sorted(margins[0]) if margins[0][name] != margins[1][name]), None)
    if differing is not None:
        return f"the margins differ (of {differing.replace('_', ' ')}: {_rule(margins[0][differing])} and {_rule(margins[1][differing])})"
    return ""


def _shape(own: FixtureSet) -> list[tuple[str, str | None, str | None, list[tuple[str, str]]]]:
    """Return what pooling rests on: items, their clusters and groups. A set whose texts are withheld has it too, but its digest is its maker's word."""
    return [(row.item, row.cluster, row.variant, sorted(row.groups.items())) for row in own.rows]


def _rule(rule: Json) -> str:
    if not rule:
        return "none"
    floor = rule.get("at_least_of_scale")
    return f"{rule['value']:g} {rule['unit']}{f', at least {100 * floor:g}% of the scale' if floor else ''}"


class Pool:
    """Audits of the same items: their grids and clusters, made once."""

    def __init__(self, askers: Sequence[Asker]) -> None:
        self.askers = tuple(askers)
        self.fixture_set = askers[0].asked.fixture_set
        self._items = items_of(self.fixture_set)
        self._clusters: Ints = clusters_of(self.fixture_set, self._items)
        self._grids: dict[tuple[str, str, str], list[Grid]] = {}

    def gaps(self, about: Disparity) -> SameItems | None:
        """Return the audits' differences in one comparison; None where an audit has no value on a side, or no such statistic is known here."""
        if about.statistic not in STATISTICS:
            return None
        groups = list(self.fixture_set.attributes[about.attribute].groups)
        columns = groups.index(about.group), None if about.reference == OTHERS else groups.index(about.reference)
        return same_items(self._made(about, groups), columns, self._clusters, matched=about.design == "matched")

    def _made(self, about: Disparity, groups: Sequence[str]) -> list[Grid]:
        key = about.measure, about.statistic, about.attribute
        if key not in self._grids:
            self._grids[key] = [
                make_grid(a.asked.measurements[_measure(a, about)], self._items, about.attribute, groups, about.statistic) for a in self.askers
            ]
        return self._grids[key]


def _measure(a: Asker, about: Disparity) -> str:
    return next(iter(a.asked.measurements)) if about.statistic == MISSING else about.measure
