"""All comparisons of tools together: signs exchanged within clusters of items, the same for every comparison of a set.

To exchange the labels of two tools within an item changes the sign of the item's difference: exact where the tools are
interchangeable, item by item. The statistic is studentized, so that it also holds, asymptotically, where only the gaps
are equal (Romano 1990, JASA 85:686; Chung & Romano 2013, Ann. Stat. 41:484). One sign for all comparisons of
a cluster keeps how they go together; p-values are stepped down by the largest statistic (Westfall & Young 1993; Romano & Wolf 2005,
JASA 100:94). Between tools, of which some are alike and some not, this rests on the central limit theorem.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from audit.between.contrasts import Quantity
from audit.between.grids import Floats

LEVEL = 0.95
DRAWS = 9_999
_AT_ONCE = 50
_FEW = 10
_FEWER = 5
_TINY = 1e-24
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Spread:
    """How far a quantity may be off. share: of decisions or of missing replies; step: a typical distance of single items."""

    quantity: Quantity
    share: bool
    step: float

    @cached_property
    def parts(self) -> tuple[Floats, Floats, Floats, Floats]:
        """(C,) each: what a cluster adds to either side's mean, and its share of either side's items."""
        q = self.quantity
        n, m = (max(float(items.sum()), 1.0) for items in (q.own_items, q.base_items))
        return q.own / n, q.base / m, q.own_items / n, q.base_items / m

    @cached_property
    def clusters(self) -> int:
        """The independent clusters of the smaller side."""
        return min(int((items > 0).sum()) for items in (self.quantity.own_items, self.quantity.base_items) if items.any())

    @cached_property
    def variance(self) -> float:
        """The cluster-robust variance of the difference of two ratio estimators (Cochran 1977, ch. 6), by C/(C-1)."""
        own, base, share, other = self.parts
        off = (own - share * own.sum()) - (base - other * base.sum())
        return float(off @ off) * self._factor

    @property
    def _factor(self) -> float:
        return self.clusters / max(self.clusters - 1, 1)

    @cached_property
    def changes(self) -> Floats:
        """(k,): the items' values, by cluster, that lie off the usual one: 0 within items, else the median of all."""
        q = self.quantity
        values = np.concatenate([s[n > 0] / n[n > 0] for s, n in ((q.own, q.own_items), (q.base, q.base_items))])
        usual = 0.0 if not q.base_items.any() else float(np.median(values))
        return np.asarray(values[np.abs(values - usual) > _ROUNDING] - usual)

    @property
    def features(self) -> Floats:
        """(C, 4): what is added up over clusters, each with its sign."""
        own, base, share, other = self.parts
        return np.column_stack([own, base, (own - base) * share, (own - base) * other])

    def statistics(self, sums: NDArray[np.floating]) -> Floats:
        """(B,): the studentized quantity from sums of the features (B, 4)."""
        own, base, share, other = self.parts
        both = own - base
        a, b, x, y = sums.T.astype(np.float64)
        squares = both @ both - 2 * a * x + 2 * b * y + a**2 * (share @ share) - 2 * a * b * (share @ other) + b**2 * (other @ other)
        return np.asarray((a - b) / np.sqrt(np.maximum(squares, 0) * self._factor + _TINY * (1 + (a - b) ** 2)), dtype=np.float64)

    def interval(self, critical: float, comparisons: int) -> tuple[float, float]:
        """Return the interval that holds with all others. critical: of the largest statistic; comparisons: how many there are.

        Shares, and what fewer than 5 clusters show, get pseudo-clusters of both signs (Bonett & Price 2012, J. Educ. Behav. Stat.
        37:479; z²/4 of each: Agresti & Coull 1998, Am. Stat. 52:119): nothing is certain for free. Where fewer than 10 clusters
        show anything, exchanges of signs cannot reach far out, and Student's t with Bonferroni's level stands in.
        """
        df = max(self.clusters - 1, 1)
        tail = (1 - LEVEL) / 2 / (comparisons if self.few else 1)
        reach = max(critical, float(-special.stdtrit(df, tail)))
        wide = reach * self.squared_error(reach) ** 0.5
        return self.quantity.estimate - wide, self.quantity.estimate + wide

    @property
    def few(self) -> bool:
        """Whether so few clusters show anything that what is drawn from them does not reach far out."""
        return len(self.changes) < _FEW

    def squared_error(self, reach: float) -> float:
        """Return the variance with that of the pseudo-clusters. reach: how many standard errors an interval goes."""
        return self.variance + self._pseudo(reach)

    def _pseudo(self, reach: float) -> float:
        few = len(self.changes) < _FEWER
        if not self.share and not few:
            return 0.0
        size = float(np.sqrt(np.mean(self.changes**2))) if len(self.changes) else 0.0
        size = max(size, (1.0 if self.share else self.step) if few else 0.0)
        total = 0.0
        for items in (self.quantity.own_items, self.quantity.base_items):
            if items.any():
                total += 2 * max(1.0, reach**2 / 4) * (size * float(items[items > 0].mean()) / float(items.sum())) ** 2
        return total


@dataclass(frozen=True)
class Tested:
    """Adjusted p-values of all quantities, and what the largest statistic of all comes to in exchanges, (B,), the least first."""

    adjusted: list[float]
    largest: NDArray[np.floating]

    def critical(self, looks: int = 1) -> float:
        """Return the value that the largest statistic passes in 5% of exchanges; in 5% / looks where it could have been looked at so often."""
        if not len(self.largest):
            return float("nan")
        place = min(int(np.ceil((1 - (1 - LEVEL) / looks) * (len(self.largest) + 1))), len(self.largest)) - 1
        return float(self.largest[place])


def together(
    blocks: Sequence[tuple[list[Spread], int]], generators: Sequence[np.random.Generator], draws: int,
    beside: tuple[Sequence[float], np.random.Generator] | None = None,
) -> Tested:
    """Return what all quantities of an audit of tools come to together. blocks: the quantities of a set, and the set's clusters C.

    beside: sizes of statistics that are standard normal where nothing differs, last in what is returned. They are drawn as if
    independent of each other: for normal values of any correlation that holds the level (Šidák 1967, JASA 62:626).
    """
    columns, seen = [], []
    for (spreads, size), rng in zip(blocks, generators, strict=True):
        signs = (rng.integers(0, 2, (draws, size), dtype=np.int8) * 2 - 1).astype(np.float32)
        for some in (spreads[start:start + _AT_ONCE] for start in range(0, len(spreads), _AT_ONCE)):
            drawn = signs @ np.concatenate([s.features for s in some], axis=1).astype(np.float32)
            for k, spread in enumerate(some):
                seen.append(abs(float(spread.statistics(spread.features.sum(axis=0)[None])[0])))
                columns.append(np.abs(spread.statistics(drawn[:, 4 * k:4 * k + 4])).astype(np.float32))
    if beside is not None:
        values, rng = beside
        seen += values
        columns += [np.abs(rng.standard_normal(draws)).astype(np.float32) * (v > 0) for v in values]  # one of exactly 0 shows nothing
    if not seen:
        return Tested([], np.empty(0))
    order = sorted(range(len(seen)), key=lambda k: (seen[k], -k))
    largest, adjusted = np.zeros(draws, dtype=np.float32), [1.0] * len(seen)
    for k in order:  # from the smallest statistic: what is still compared with it is all that is no larger
        largest = np.maximum(largest, columns[k])
        adjusted[k] = (int(np.count_nonzero(largest >= seen[k] * (1 - 1e-6) - 1e-6)) + 1) / (draws + 1)
    running = 0.0
    for k in reversed(order):
        running = max(running, adjusted[k])
        adjusted[k] = running
    return Tested(adjusted, np.sort(largest))
