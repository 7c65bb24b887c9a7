"""Where more items of a set come from: its own templates, those of the shipped set that it was drawn from, or somebody who writes them."""

import math
from pathlib import Path

from msgspec import Struct

from audit import fixtures
from audit.fixtures import shipped_sets
from audit.records import FixtureSet


class Source(Struct, frozen=True):
    """Where more items of a set come from. name: for `audit fixtures draw`; capacity: of its templates, None where it is written out.

    share: of the items that are drawn, those that the plan asks: it may leave attributes out.
    """

    name: str
    folder: Path
    capacity: int | None
    share: float

    @property
    def most(self) -> int | None:
        """The base items that the plan can ask of it; None where it is written out."""
        return None if self.capacity is None else math.floor(self.capacity * self.share + 1e-9)

    def drawing(self, items: int) -> int:
        """Return how many to draw so that the plan asks so many."""
        return min(self.capacity or items, math.ceil(items / self.share - 1e-9))


def source_of(name: str, one: FixtureSet, base: Path) -> Source:
    """Return where more items come from: the set's own templates, or those of the shipped set that it was drawn from."""
    folder = fixtures.find_set(name, base)
    capacity = fixtures.provenance(folder).capacity
    if capacity is None and one.id in shipped_sets():
        folder = fixtures.find_set(one.id, base)
        capacity = fixtures.provenance(folder).capacity
    if capacity is None:
        return Source(name, folder, None, 1.0)
    whole = fixtures.load_set(folder)
    kept = {row.item for row in whole.rows if row.groups.keys() & one.attributes.keys()}
    shipped = folder.name if name == folder.name or folder.parent != (base / name).parent else str(folder)
    return Source(shipped, folder, capacity, len(kept) / size_of(whole))


def size_of(one: FixtureSet) -> int:
    """Return the base items of a set."""
    return len({row.item for row in one.rows})
