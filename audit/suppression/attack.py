"""What a reader could work out: the range of each hidden count, from everything that is known about it.

The audit of a suppression pattern by linear programs (Fischetti & Salazar 2001, Manage. Sci. 47:1008; Hundepool et
al. 2012, *Statistical Disclosure Control*, ch. 4). The reader is taken to know the rule, and so which hidden cells are
small and which are hidden for their sake; who knows less can work out less.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from audit.suppression.tables import ROUNDING, Cell, Table

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Program:
    """equal @ x = known, at_most @ x <= limit, within bounds; x: the hidden cells' layers, in `place`."""

    place: dict[tuple[Cell, int], int]
    equal: Floats
    known: Floats
    at_most: Floats
    limit: Floats
    bounds: list[tuple[float, float | None]]

    def width(self, wanted: Floats) -> float:
        """Return how far the wanted sum of counts can vary."""
        low, high = (self._extreme(sign * wanted) for sign in (1.0, -1.0))
        return -high - low

    def _extreme(self, wanted: Floats) -> float:
        found = linprog(
            wanted, A_ub=self.at_most, b_ub=self.limit, A_eq=self.equal, b_eq=self.known, bounds=self.bounds, method="highs"
        )
        if found.status == 3:  # noqa: PLR2004 - SciPy's code for "unbounded"
            return -np.inf
        return float(found.fun or 0.0) if found.status == 0 else 0.0  # not solved: taken as known, so that more is hidden


def pinned(table: Table, hidden: Collection[Cell], sized: Collection[Cell], room: float) -> list[Cell]:
    """Return the small cells of which some count is known to within less than `room` people.

    sized: the cells whose number of people is published, though not how they divide into layers.
    """
    cells = sorted(hidden)
    layers = len(next(iter(table.counts.values()), ()))
    program = _program(table, cells, sized, layers)
    return [c for c in cells if any(program.width(t) < room - ROUNDING for t in _targets(table, c, program, layers))]


def _targets(table: Table, cell: Cell, program: _Program, layers: int) -> Iterator[Floats]:
    """Yield the sums to be kept secret: each small layer and, where it is small, the number of people."""
    count = table.counts[cell]
    if not table.small(count):
        return
    for chosen in [*([i] for i in range(layers)), *([list(range(layers))] if layers > 1 else [])]:
        if table.few(sum(count[i] for i in chosen)):
            wanted = np.zeros(len(program.place))
            wanted[[program.place[cell, i] for i in chosen]] = 1.0
            yield wanted


def _program(table: Table, cells: list[Cell], sized: Collection[Cell], layers: int) -> _Program:
    place = {(cell, i): layers * n + i for n, cell in enumerate(cells) for i in range(layers)}
    equal: list[Floats] = []
    known: list[float] = []
    at_most: list[Floats] = []
    limit: list[float] = []
    truth = np.array([table.counts[cell][i] for cell in cells for i in range(layers)])

    def row(signs: dict[Cell, float], chosen: Collection[int]) -> Floats:
        found = np.zeros(len(place))
        for cell, sign in signs.items():
            found[[place[cell, i] for i in chosen]] = sign
        return found

    within = set(cells)
    for equation in table.equations:
        signs = {c: -1.0 if c == equation.margin else 1.0 for c in equation.all & within}
        equal += [row(signs, [i]) for i in range(layers) if signs]
    if layers > 1:
        equal += [row({c: 1.0}, range(layers)) for c in cells if c in sized]
        for c in cells:
            if c not in sized and sum(table.counts[c]) > ROUNDING:
                few = table.few(sum(table.counts[c]))
                at_most.append(row({c: 1.0 if few else -1.0}, range(layers)))
                limit.append(table.most if few else -float(table.minimum))
    known = [float(r @ truth) for r in equal]
    return _Program(
        place, _stack(equal, place), np.array(known), _stack(at_most, place), np.array(limit),
        [_bounds(table, c, i, sized) for c in cells for i in range(layers)],
    )


def _stack(rows: list[Floats], place: dict[tuple[Cell, int], int]) -> Floats:
    return np.array(rows) if rows else np.zeros((0, len(place)))


def _bounds(table: Table, cell: Cell, layer: int, sized: Collection[Cell]) -> tuple[float, float | None]:
    """What the rule alone says of one count."""
    count = table.counts[cell]
    if len(count) > 1:
        if cell not in sized or sum(count) < 2 * table.minimum - ROUNDING:
            return 0.0, None  # all such cells are hidden, whatever they hold
        return (0.0, table.most) if table.few(count[layer]) else (0.0 if table.small(count) else float(table.minimum), None)
    if table.open_zero and count[0] < ROUNDING:
        return 0.0, None
    return (float(table.open_zero), table.most) if table.few(count[0]) else (float(table.minimum), None)
