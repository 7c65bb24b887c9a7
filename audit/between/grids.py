"""One tool's replies to one set in one statistic: sums and counts by base item × group; repeats are added up here and never counted as rows."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.records import NOT_ASKED, FixtureSet, Measurement

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Value = Callable[[Measurement], float | None]
"""A measurement → its value; NaN where the reply is missing, None where the measurement does not count."""

_NAN = float("nan")


def _number(m: Measurement) -> float:
    return _NAN if m.value is None else m.value


def _where(truth: float, value: Value) -> Value:
    """Count what has this truth; a reply whose truth is not known could belong here: a missing one."""

    def counted(m: Measurement) -> float | None:
        return _NAN if m.truth is None else value(m) if m.truth == truth else None

    return counted


def _error(m: Measurement) -> float:
    return _NAN if m.truth is None else _number(m) - m.truth


STATISTICS: Mapping[str, Value] = {
    "selection_rate_difference": _number,
    "false_positive_rate_difference": _where(0.0, _number),
    "false_negative_rate_difference": _where(1.0, lambda m: 1.0 - _number(m)),
    "mean_difference": _number,
    "mean_error_difference": _error,
    "missing_rate": lambda m: None if m.missing == NOT_ASKED else float(m.value is None),
}
"""The statistics that decide, as docs/method.md defines them: which measurements count, and what they say."""

SHARES = frozenset(name for name in STATISTICS if "rate" in name)


@dataclass(frozen=True)
class Grid:
    """(I, G) sums of the values obtained, and the replies obtained and planned, of a set's items in an attribute's groups."""

    sums: Floats
    obtained: Floats
    planned: Floats

    @property
    def means(self) -> Floats:
        """(I, G): an item's mean in a group over its repeats; NaN where nothing was obtained."""
        return np.where(self.obtained > 0, self.sums / np.maximum(self.obtained, 1), _NAN)

    def filled(self, value: float) -> Floats:
        """(I, G): the means if every missing reply had been `value`; NaN where none was planned."""
        there = self.planned > 0
        return np.where(there, (self.sums + (self.planned - self.obtained) * value) / np.maximum(self.planned, 1), _NAN)


def make_grid(measurements: Sequence[Measurement], items: Mapping[str, int], attribute: str, groups: Sequence[str], statistic: str) -> Grid:
    """Return a tool's grid. items: base item → row; groups: the columns."""
    column = {group: place for place, group in enumerate(groups)}
    sums, obtained, planned = (np.zeros((len(items), len(groups))) for _ in range(3))
    read = STATISTICS[statistic]
    for m in measurements:
        value, group = read(m), m.groups.get(attribute)
        if value is None or group not in column:
            continue
        at = items[m.item], column[group]
        planned[at] += 1
        if not math.isnan(value):
            sums[at] += value
            obtained[at] += 1
    return Grid(sums, obtained, planned)


def items_of(fixture_set: FixtureSet) -> dict[str, int]:
    """Return base item → row, in the set's own order."""
    return {item: row for row, item in enumerate(dict.fromkeys(row.item for row in fixture_set.rows))}


def clusters_of(fixture_set: FixtureSet, items: Mapping[str, int]) -> Ints:
    """(I,): what is independent. Items share a cluster by declaration, or by a name that stands for a group as one of a sample of names.

    Names that cross items join these: then fewer clusters are independent, never more.
    """
    random = [name for name, about in fixture_set.attributes.items() if about.variants == "random"]
    parent = list(range(len(items)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[tuple[str, ...], int] = {}
    for row in fixture_set.rows:
        i = items[row.item]
        marks: list[tuple[str, ...]] = [("cluster", row.cluster)] if row.cluster else []
        marks += [("name", name, row.groups[name], row.variant) for name in random if row.variant and name in row.groups]
        for mark in marks:
            parent[root(i)] = root(first.setdefault(mark, i))
    return np.unique([root(i) for i in range(len(items))], return_inverse=True)[1].astype(np.int64)
