"""Complementary suppression: which further cells to hide, so that no small one follows from the rest."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from audit.suppression.attack import pinned
from audit.suppression.tables import ROUNDING, Cell, Equation, Table


@dataclass(frozen=True)
class Protected:
    """What must not be shown: the hidden cells, and the totals of the closed attributes.

    bounded: whether a hidden share may say that it is near 0 or near 1.
    """

    hidden: frozenset[Cell] = frozenset()
    closed: frozenset[str] = frozenset()
    bounded: bool = True

    def __or__(self, other: "Protected") -> "Protected":
        """Return what neither may show."""
        return Protected(self.hidden | other.hidden, self.closed | other.closed, self.bounded and other.bounded)


def protect(table: Table, start: Collection[Cell] = (), sized: Collection[Cell] = ()) -> Protected:
    """Return the small cells, those in `start`, and as many others as it takes to protect the small ones.

    The hidden cells of every known sum have together at least the minimum of people, and no small count can be
    worked out to within half of the minimum. The next smallest cell is hidden first. Where no pattern does it,
    every cell is hidden, and every total.
    """
    hidden = {c for c, count in table.counts.items() if table.small(count)} | (set(start) & set(table.counts))
    while weak := list(_weak(table, hidden)) or [(c, None) for c in pinned(table, hidden, sized, (table.minimum - 1) / 2)]:
        more = {found for cell, equation in weak if (found := _next(table, hidden, cell, equation)) is not None}
        if not more:
            return Protected(frozenset(table.counts) - table.unnamed, frozenset(a for a, _ in table.counts), bounded=False)
        hidden |= more
    return Protected(frozenset(hidden) - table.unnamed, table.closed)


def _weak(table: Table, hidden: set[Cell]) -> Iterator[tuple[Cell, Equation | None]]:
    """Yield a small cell of each known sum whose hidden part is one cell, or too few people even together."""
    for equation in table.equations:
        inside = equation.cells & hidden
        small = sorted(c for c in inside if table.small(table.counts[c]))
        if not small or equation.margin in hidden:
            continue
        together = [sum(layer) for layer in zip(*(table.counts[c] for c in inside), strict=True)]
        if len(inside) == 1 or any(table.few(people) for people in together):
            yield small[0], equation


def _next(table: Table, hidden: set[Cell], cell: Cell, equation: Equation | None) -> Cell | None:
    """Return the smallest cell that can still be hidden: where a hidden one stands alone, beside this one, or anywhere near."""
    own = [equation] if equation else sorted((e for e in table.equations if cell in e.all), key=lambda e: len(e.cells))
    near = [
        *(e.cells for e in (() if equation else _alone(table, hidden, cell))),
        *(e.cells for e in own), *({e.margin} for e in own if e.margin),
        *(e.all for e in table.equations if e.all & hidden),
    ]
    for cells in near:
        free = [c for c in cells - hidden - table.unnamed if sum(table.counts[c]) > ROUNDING]
        if free:
            return min(free, key=lambda c: (sum(table.counts[c]), c))
    return None


def _alone(table: Table, hidden: set[Cell], cell: Cell) -> list[Equation]:
    """Return the known sums of which only one cell is hidden, among those that lead to this cell: there it can be worked out."""
    linked, before = {cell}, set[Cell]()
    while linked != before:
        before = set(linked)
        linked |= {c for e in table.equations if e.all & before for c in e.all & hidden}
    return [e for e in table.equations if e.margin not in hidden and len(e.cells & hidden) == 1 and e.cells & linked]
