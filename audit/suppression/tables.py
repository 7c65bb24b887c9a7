"""Counts of people by attribute × group, and the sums that a reader knows: totals, margins, crossings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from audit.errors import TableError
from audit.wording import one_line

CROSSED = " × "
ROUNDING = 1e-6
Cell = tuple[str, str]
"""An attribute and one of its groups."""
Counts = tuple[float, ...]
"""People of a cell by layer: (people,), or (selected, not selected)."""
_NOT_RECORDED = "\0not recorded"


@dataclass(frozen=True)
class Equation:
    """The cells add up to the margin or, where that is None, to a total that is taken to be known."""

    cells: frozenset[Cell]
    margin: Cell | None = None

    @property
    def all(self) -> frozenset[Cell]:
        """The cells and their margin."""
        return self.cells | {self.margin} if self.margin else self.cells


@dataclass(frozen=True)
class Table:
    """The counts of one question, and what is known of their sums.

    unnamed: cells that are never published but follow from others: the people without a recorded group.
    closed: attributes whose total must not be shown, because it would reveal such a cell or is small itself.
    open_zero: a cell with nobody in it reveals nothing and may be shown (missing replies).
    """

    counts: Mapping[Cell, Counts]
    minimum: int
    equations: tuple[Equation, ...] = ()
    unnamed: frozenset[Cell] = frozenset()
    closed: frozenset[str] = frozenset()
    open_zero: bool = False
    most: float = field(init=False)

    def __post_init__(self) -> None:
        """`most`: the largest count that is small; people who answered several times count in fractions."""
        whole = all(abs(x - round(x)) < ROUNDING for count in self.counts.values() for x in count)
        object.__setattr__(self, "most", float(self.minimum - 1 if whole else self.minimum))

    def few(self, people: float) -> bool:
        """Whether a number of people is too small to be shown."""
        return people < self.minimum - ROUNDING and not (self.open_zero and people < ROUNDING)

    def small(self, count: Counts) -> bool:
        """Whether a cell must be hidden: any of its layers is too small."""
        if self.open_zero and sum(count) < ROUNDING:
            return False
        return any(x < self.minimum - ROUNDING for x in count)


def make_table(counts: Mapping[Cell, Counts], minimum: int, *, open_zero: bool = False) -> Table:
    """Return the counts with every sum that a reader knows. Raises TableError for a crossing that cannot be told apart.

    Totals are taken to be known: the comparisons with all other groups reveal them, and so do school reports.
    A total that is small itself is not, and is never shown.
    """
    bare = Table(counts, minimum, open_zero=open_zero)
    by_attribute: dict[str, list[Cell]] = {}
    for cell in counts:
        by_attribute.setdefault(cell[0], []).append(cell)
    sums = {name: _add(counts, cells) for name, cells in by_attribute.items()}
    total = max(sums.values(), key=sum, default=())
    found, unnamed, closed = dict(counts), set(), set()
    totals, lines = [], []
    for name, cells in by_attribute.items():
        rest = _minus(total, sums[name])
        hole = (name, _NOT_RECORDED)
        if sum(rest) > ROUNDING and bare.small(rest):
            found[hole] = rest
            unnamed.add(hole)
            closed.add(name)
        totals.append(Equation(frozenset(cells) | ({hole} if hole in found else set())))
    for margin, cells in _lines(by_attribute):
        rest = _minus(counts[margin], _add(counts, cells))
        hole = (cells[0][0], f"{_NOT_RECORDED}: {CROSSED.join(margin)}")
        if min(rest) < -ROUNDING:
            continue  # people who are in several groups: no sum that a reader could use
        if sum(rest) > ROUNDING and bare.small(rest):
            found[hole] = rest
            unnamed.add(hole)
        lines.append(Equation(frozenset(cells) | ({hole} if hole in found else set()), margin))
    if total and bare.small(total):
        totals, closed = [], set(by_attribute)
    return Table(found, minimum, (*totals, *lines), frozenset(unnamed), frozenset(closed), open_zero)


def _lines(by_attribute: Mapping[str, list[Cell]]) -> Iterator[tuple[Cell, list[Cell]]]:
    """Yield each margin (a group) with the crossings (groups of several attributes at once) that add up to it."""
    for crossing, cells in by_attribute.items():
        names = crossing.split(CROSSED)
        for attribute in by_attribute:
            kept = attribute.split(CROSSED)
            if len(kept) >= len(names) or not set(kept) < set(names):
                continue
            places = [names.index(name) for name in kept]
            lines: dict[Cell, list[Cell]] = {}
            for cell in cells:
                parts = _parts(cell[1], names)
                lines.setdefault((attribute, CROSSED.join(parts[i] for i in places)), []).append(cell)
            yield from ((margin, line) for margin, line in lines.items() if margin in by_attribute[attribute])


def _parts(group: str, names: list[str]) -> list[str]:
    parts = group.split(CROSSED)
    if len(parts) != len(names):
        raise TableError(
            f"the group {one_line(group, 60)!r} cannot be told apart by {one_line(CROSSED.join(names), 60)!r}",
            fix=f"Rename groups that hold {CROSSED.strip()!r}.",
        )
    return parts


def _add(counts: Mapping[Cell, Counts], cells: list[Cell]) -> Counts:
    return tuple(sum(layer) for layer in zip(*(counts[c] for c in cells), strict=True))


def _minus(a: Counts, b: Counts) -> Counts:
    return tuple(x - y for x, y in zip(a, b, strict=True))
