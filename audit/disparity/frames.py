"""What all contrasts of one statistic of one attribute share: its cells, its unit, its bounds."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np

from audit.disparity.cells import Cells, increasing, make_cells
from audit.disparity.readings import Floats, Ints, Readings
from audit.disparity.scale import Distance, typical_distance
from audit.disparity.statistics import MISSING, Statistic
from audit.records import Attribute, Design, FixtureSet

_EVEN = 1.25
_MOSTLY = 0.9
"""In a matched set, an attribute is compared within items when at least this share of its items has several groups."""


@dataclass(frozen=True)
class Interim:
    """What p-values and intervals count for where the replies are one of several looks at what is asked bit by bit.

    look: which one; last: whether it is the last one planned. repeated: two-sided p-value of this look → the error over all looks that it corresponds to. nominal: error over all
    looks → two-sided level of this look. equivalence: level of the interval of the two one-sided tests. drawn: () → (B, M) normal draws
    → (B, M) how far out the comparisons come in any look. fewest: independent items below which no gap is found at this look (its p-value
    is 1). Stages do not know each other: audit.sequential makes them.
    """

    look: int
    last: bool
    repeated: Callable[[float], float]
    nominal: Callable[[float], float]
    equivalence: float
    drawn: Callable[[Callable[[], Floats]], Floats]
    fewest: int = 0

    def over_looks(self, p: float, items: int) -> float:
        """Return what a p-value of this look counts for over all looks. items: the independent ones that it rests on."""
        return self.repeated(p) if items >= self.fewest else 1.0


@dataclass(frozen=True)
class Audited:
    """What one measure read from one set's replies (or from a table's rows, for one value of `by`).

    readings of one set number the same clusters alike. text_range: the bounds of a measure of text. decides: whether a
    verdict may rest on the measure, or it only describes. interim: where the replies are a look of an adaptive run. A set may come several
    times, each time with other attributes: those of one look together.
    """

    set: FixtureSet
    measure: str
    unit: str
    readings: Readings
    text_range: tuple[float, float] | None = None
    by: Mapping[str, str] | None = None
    decides: bool = True
    interim: Interim | None = None


@dataclass(frozen=True)
class Head:
    """What a statistic of an attribute is about, without its numbers.

    distance: a typical one in the statistic's own unit, for standardizing and for when nothing varies.
    """

    audited: Audited
    statistic: Statistic
    attribute: str
    distance: Distance

    @property
    def unit(self) -> float:
        """The typical distance as a number."""
        return self.distance.value

    @property
    def set(self) -> FixtureSet:
        """The fixture set."""
        return self.audited.set

    @property
    def by(self) -> dict[str, str]:
        """The values of the columns that the analysis is repeated for."""
        return dict(self.audited.by or {})

    @property
    def about(self) -> Attribute:
        """The attribute's declaration."""
        return self.set.attributes[self.attribute]

    @property
    def key(self) -> tuple[str, ...]:
        """What names the statistic within an audit."""
        by = [part for pair in self.by.items() for part in pair]
        return self.set.id, *by, self.audited.measure, self.statistic.name, self.attribute

    def generator(self, seed: int, *of: str) -> np.random.Generator:
        """Return random numbers of the statistic's own (`of`: of a part of it), so that another one beside it changes none of them."""
        mark = hashlib.sha256(msgspec.json.encode([seed, [*self.key, *of]])).digest()
        return np.random.default_rng(int.from_bytes(mark[:8], "big"))


@dataclass(frozen=True)
class Frame:
    """The cells of one statistic of one attribute.

    bounds: the lowest and highest value that a missing reply could have had; None when unbounded.
    sample: (S,) the clusters whose influences are kept, to see how comparisons go together.
    """

    head: Head
    cells: Cells
    design: Design
    bounds: tuple[float, float] | None
    sample: Ints

    @cached_property
    def obtained(self) -> Ints:
        """(G,): replies with a value."""
        return self.cells.count(self.cells.obtained)

    @cached_property
    def planned(self) -> Ints:
        """(G,): replies planned."""
        return self.cells.count(self.cells.planned)

    @cached_property
    def lost(self) -> Ints:
        """(G,): replies without one; the missing rate's own values count them."""
        return self.cells.count(self.cells.sums if self.head.statistic is MISSING else self.cells.planned - self.cells.obtained)

    @cached_property
    def even(self) -> bool:
        """Whether the groups' items rest on about as many replies each: else their means differ in noise, and cannot be exchanged."""
        items = self.cells.count(self.cells.obtained > 0)
        each = self.obtained[items > 0] / items[items > 0]
        return not len(each) or bool(each.max() <= _EVEN * each.min())

    @cached_property
    def crossed(self) -> bool:
        """Whether any cluster is in two groups."""
        cluster, group = self.cells.cluster, self.cells.group
        if increasing(cluster):
            return False
        n, sums, squares = (np.bincount(cluster, weights=what) for what in (None, group, group**2))
        return bool((n * squares > sums**2).any())

    @cached_property
    def sampled(self) -> tuple[Ints, Ints]:
        """Return the entries that lie in sampled clusters, and the place of each among these."""
        place = np.full(len(self.cells.weight), -1)
        place[self.sample] = np.arange(len(self.sample))
        entries = np.flatnonzero(place[self.cells.cluster] >= 0)
        return entries, place[self.cells.cluster[entries]]


def frame(audited: Audited, statistic: Statistic, attribute: str, sample: Ints) -> Frame:
    """Return the frame of one statistic of one attribute."""
    head = Head(audited, statistic, attribute, typical_distance(audited.set, statistic, audited.readings, sample))
    groups = list(head.about.groups)
    cells = make_cells(audited.readings, attribute, groups, statistic.rows(audited.readings), statistic.value)
    design: Design = "matched" if audited.set.design == "matched" and cells.crossing() >= _MOSTLY else "sampled"
    return Frame(head, cells, design, _bounds(audited, statistic), sample)


def _bounds(audited: Audited, statistic: Statistic) -> tuple[float, float] | None:
    if statistic.kind == "share":
        return 0.0, 1.0
    scale = audited.set.scale if audited.set.outcome == "score" else audited.text_range
    if scale is None or statistic.group == "mean":
        return scale
    width = scale[1] - scale[0]
    return (-width, width) if statistic.group == "mean_error" else (0.0, width)
