"""How much of each group of a set may be shown: everything, only how many people it has, or nothing.

The number of people is decided once for all measures and all values of `by`: the same people stand in each. Where
decisions have a truth, the people whose truth is no, those whose truth is yes and the rest are told apart; everybody
together is their sum, and is shown only where all of them are. What a share counts is decided by statistic.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from audit.records import GroupValue
from audit.suppression.complement import Protected, protect
from audit.suppression.kinds import (
    ALL,
    BETWEEN,
    MISSING,
    REST,
    Source,
    Tables,
    divided,
    is_share,
    of_everybody,
    rest,
    same,
    tables_of,
    truth_of,
)
from audit.suppression.tables import Cell, Counts, make_table

Rests = Mapping[Source, Mapping[Cell, Counts]]
Values = Mapping[tuple[Source, str], Protected]


@dataclass(frozen=True)
class Standing:
    """What is hidden in one set.

    people: by kind of people. values: of shares, by source and statistic. missing: how many replies are.
    errors: the sources whose decisions have a truth. parts: whether missing replies may be told apart by truth.
    unsized: statistics whose numbers of people would tell how few others there are. cells: every group of the set.
    """

    people: Mapping[str, Protected]
    values: Values
    missing: Protected
    errors: frozenset[Source]
    parts: bool
    unsized: frozenset[tuple[Source, str]]
    cells: frozenset[Cell]

    def of_people(self, source: Source, statistic: str) -> Protected:
        """Return the groups that are hidden in a statistic with their number of people."""
        return self.people[(truth_of(statistic) or ALL) if source in self.errors else ALL]

    def of_values(self, source: Source, statistic: str) -> Protected:
        """Return the groups whose value is hidden in a statistic."""
        if statistic == MISSING:
            return self.missing
        people = self.of_people(source, statistic)
        if statistic in BETWEEN:
            return people | self._between(source, statistic)
        known = self.values.get((source, same(statistic)))
        if known is None and source in self.errors:
            return people | self.values[source, ALL]
        if known is None and (source, "mean") in self.values and statistic != "mean":
            return self._everything()  # scores of 0 and 1: their errors are counts of people that are not known here
        return people | (known or Protected())

    def of_missing(self, statistic: str) -> Protected:
        """Return the groups whose number of missing replies is hidden in a statistic."""
        return self.missing if self.parts or of_everybody(statistic) else self._everything()

    def sized(self, source: Source, statistic: str) -> bool:
        """Whether a statistic's numbers of people may be shown at all."""
        return (source, same(statistic)) not in self.unsized

    def _between(self, source: Source, statistic: str) -> Protected:
        """Over the most selected group, one hidden rate hides all ratios; over others, those of the closed attributes."""
        rates = Protected()
        for (own, _), known in self.values.items():
            rates |= known if own == source else Protected()
        shut = {a for a, _ in rates.hidden} if statistic == "impact_ratio" else rates.closed if statistic == "risk_ratio" else set()
        return Protected(rates.hidden | {c for c in self.cells if c[0] in shut}, rates.closed, bounded=False)

    def _everything(self) -> Protected:
        return Protected(self.cells, frozenset(a for a, _ in self.cells), bounded=False)


def standing(groups: Iterable[GroupValue], minimum: int) -> Standing:
    """Return what one set must hide. groups: one row a group and statistic."""
    tables = tables_of(groups)
    errors = frozenset(source for source, statistic in tables if truth_of(statistic))
    rests = {source: rest(tables, source) for source in errors}
    people = _people(tables, rests, minimum)
    return Standing(
        people, _values(tables, rests, people, minimum), _missing(tables, people[ALL], minimum), errors,
        all(lost == 0 or lost >= minimum for lost in _parts(tables)), _unsized(tables, errors, minimum),
        frozenset(cell for rows in tables.values() for cell in rows),
    )


def _people(tables: Tables, rests: Rests, minimum: int) -> dict[str, Protected]:
    """Return the groups whose number of people is hidden, by kind of people."""
    kinds: dict[str, list[Mapping[Cell, Counts]]] = {"no": [], "yes": [], ALL: []}
    for (source, statistic), rows in tables.items():
        if truth_of(statistic) or source not in rests or statistic == MISSING:
            kinds[truth_of(statistic) or ALL].append({cell: (float(row.items or 0),) for cell, row in rows.items()})
    kinds[REST] = [{cell: (sum(count),) for cell, count in left.items()} for left in rests.values()]
    found = dict.fromkeys(kinds, Protected())
    while True:
        before = dict(found)
        for kind in ("no", "yes", REST):
            found[kind] = _closed(kinds[kind], found[kind], minimum, open_zero=kind == REST)
            found[ALL] |= found[kind]
        wider = _closed(kinds[ALL], found[ALL], minimum)
        if rests and wider.hidden > found[ALL].hidden:  # hidden in the sum, not in a part: the parts would add up to it
            found = {kind: known | Protected(wider.hidden - found[ALL].hidden) for kind, known in found.items()}
        found[ALL] |= wider
        if found == before:
            return found


def _closed(
    parts: Iterable[Mapping[Cell, Counts]], known: Protected, minimum: int, *, open_zero: bool = False
) -> Protected:
    """Return what must be hidden in every one of these tables alike."""
    tables = [make_table(dict(counts), minimum, open_zero=open_zero) for counts in {tuple(p.items()) for p in parts if p}]
    while True:
        before = known
        for table in tables:
            known |= protect(table, known.hidden)
        if known == before:
            return known


def _values(tables: Tables, rests: Rests, people: Mapping[str, Protected], minimum: int) -> Values:
    """Return the groups whose share is hidden; under "all" of a source with a truth, those whose part is."""
    found: dict[tuple[Source, str], Protected] = {}
    for (source, statistic), rows in tables.items():
        key = source, same(statistic)
        if is_share(statistic, rows) and statistic != MISSING and (truth_of(statistic) or source not in rests) and key not in found:
            found[key] = _sized({cell: divided(row) for cell, row in rows.items()}, people[truth_of(statistic) or ALL], minimum)
    for source, left in rests.items():
        together = people[ALL] | _sized(left, people[REST], minimum, open_zero=True)
        for (own, _), known in list(found.items()):
            together |= known if own == source else Protected()
        found[source, ALL] = Protected(together.hidden, together.closed, bounded=False)
    return found


def _sized(counts: Mapping[Cell, Counts], people: Protected, minimum: int, *, open_zero: bool = False) -> Protected:
    """Return the groups whose counts are hidden, where the number of people of all but these is shown."""
    if not counts:
        return people
    table = make_table(counts, minimum, open_zero=open_zero)
    return people | protect(table, people.hidden, sized=set(counts) - people.hidden)


def _missing(tables: Tables, people: Protected, minimum: int) -> Protected:
    """Return the groups whose missing replies are hidden, and with them how many were asked."""
    counts: list[Mapping[Cell, Counts]] = []
    for (_, statistic), rows in tables.items():
        if of_everybody(statistic):
            counts.append({cell: (float(row.missing or 0),) for cell, row in rows.items()})
        if statistic == MISSING:
            counts.append({cell: divided(row)[:1] for cell, row in rows.items()})
    return _closed(counts, people, minimum, open_zero=True)


def _parts(tables: Tables) -> Iterator[int]:
    """Yield the missing replies of people with one truth, or with any, and those of all the others."""
    for (source, statistic), rows in tables.items():
        if not of_everybody(statistic):
            for cell, row in rows.items():
                every = max(own[cell].missing or 0 for (other, _), own in tables.items() if other == source and cell in own)
                yield from (row.missing or 0, every - (row.missing or 0))


def _unsized(tables: Tables, errors: Iterable[Source], minimum: int) -> frozenset[tuple[Source, str]]:
    """Return the statistics that leave out a few people of some group: a human score is missing, say."""
    most: dict[tuple[Source, Cell], int] = {}
    for (source, _), rows in tables.items():
        for cell, row in rows.items():
            most[source, cell] = max(most.get((source, cell), 0), row.items or 0)
    return frozenset(
        (source, same(statistic)) for (source, statistic), rows in tables.items()
        if source not in set(errors) and not of_everybody(statistic)
        and any(0 < most[source, cell] - (row.items or 0) < minimum for cell, row in rows.items())
    )
