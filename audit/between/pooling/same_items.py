"""One comparison of groups in several audits of the same items: each audit's difference, and how the differences go together.

The items are the same, so the audits are no independent estimates: what chance made of the items, it made for all of them. The
covariance of the differences between audits is that of what each cluster of items adds to them. Whether the audits differ at all is
tested by exchanging the audits' labels within clusters of items.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from audit.between.contrasts import mean_of
from audit.between.grids import Floats, Grid, Ints

DRAWS = 1_999
_CHUNK = 2_000_000
_TINY = 1e-10
_SAME = 1e-9


@dataclass(frozen=True)
class SameItems:
    """A comparison in k audits, by cluster of items.

    own, base: (C, k) sums of a group's and its reference's values; own_items, base_items: (C, k) how many items these are of.
    Within items there is one side (their differences), and base is empty of items.
    """

    own: Floats
    base: Floats
    own_items: Floats
    base_items: Floats

    @cached_property
    def estimates(self) -> Floats:
        """(k,): each audit's difference, the group less its reference."""
        return _differences(self._parts)[0]

    @cached_property
    def covariance(self) -> Floats:
        """(k, k): cluster-robust, of two ratio estimators (Cochran 1977, ch. 6), by C/(C-1)."""
        off = _differences(self._parts)[1]
        return np.asarray(off.T @ off * self._factor)

    @cached_property
    def clusters(self) -> int:
        """The independent clusters of the smaller side of the audit that answered least."""
        sides = [(items > 0).sum(axis=0) for items in (self.own_items, self.base_items) if items.any()]
        return int(min(side.min() for side in sides))

    @property
    def varies(self) -> bool:
        """Whether any cluster of items tells two audits apart."""
        off = self.own - self.own[:, :1], self.base - self.base[:, :1]
        return any(bool((np.abs(o) > _SAME).any()) for o in off)

    @property
    def _factor(self) -> float:
        return self.clusters / max(self.clusters - 1, 1)

    @property
    def _parts(self) -> Floats:
        """(2 or 4, C, k): sums and items, of one side within items and of two between."""
        both = [self.own, self.own_items]
        return np.stack([*both, self.base, self.base_items] if self.base_items.any() else both)

    def p_value(self, draws: int, rng: np.random.Generator) -> float:
        """Return how often audits whose labels are exchanged within clusters of items differ as much: (b + 1) / (B + 1).

        Exact where the audits are interchangeable, cluster by cluster. Their distance is Hotelling's T², studentized, so that it also holds,
        asymptotically, where only the differences are equal and some audits are noisier than others (fewer repeats, say).
        """
        parts = self._parts
        across = linalg.helmert(parts.shape[2])
        floor = _TINY * (float(np.trace(self.covariance)) + float(((across @ self.estimates) ** 2).sum()) + float(np.finfo(float).tiny))
        seen = float(_distances(parts[:, None], across, floor)[0])
        far = sum(int((_distances(drawn, across, floor) >= seen * (1 - _SAME) - _SAME).sum()) for drawn in _exchanged(parts, draws, rng))
        return (far + 1) / (draws + 1)


def same_items(grids: Sequence[Grid], columns: tuple[int, int | None], clusters: Ints, *, matched: bool) -> SameItems | None:
    """Return a comparison in several audits of one set; None where an audit has no value on a side.

    columns: of the group and of its reference, None for all the others together. clusters: (I,) codes.
    """
    group, reference = columns
    parts = [_matched(x, group, reference, clusters) if matched else _sampled(x, group, reference, clusters) for x in grids]
    found = SameItems(*(np.stack(side, axis=1) for side in zip(*parts, strict=True)))
    seen = [found.own_items.sum(axis=0), *([] if matched else [found.base_items.sum(axis=0)])]
    return found if all((side > 0).all() for side in seen) else None


_Sides = tuple[Floats, Floats, Floats, Floats]


def _matched(x: Grid, group: int, reference: int | None, clusters: Ints) -> _Sides:
    others = [g for g in range(x.means.shape[1]) if g != group] if reference is None else [reference]
    gap = x.means[:, group] - mean_of(x.means[:, others])
    own, items = _added(gap[:, None], clusters)
    return own, np.zeros(len(own)), items, np.zeros(len(own))


def _sampled(x: Grid, group: int, reference: int | None, clusters: Ints) -> _Sides:
    """An audit's own height is taken off: that a tool is stricter with everybody in one district is no difference between groups."""
    others = [g for g in range(x.means.shape[1]) if g != group] if reference is None else [reference]
    seen = x.means[:, [group, *others]]
    means = x.means - (np.nanmean(seen) if not np.isnan(seen).all() else 0.0)
    (own, own_items), (base, base_items) = _added(means[:, [group]], clusters), _added(means[:, others], clusters)
    return own, base, own_items, base_items


def _added(values: Floats, clusters: Ints) -> tuple[Floats, Floats]:
    """(C,) each: the sum over each cluster's items, and how many have a value."""
    there, size = ~np.isnan(values), int(clusters.max()) + 1
    return tuple(np.bincount(clusters, weights=what.sum(axis=1), minlength=size).astype(float) for what in (np.where(there, values, 0.0), there))  # type: ignore[return-value]


def _differences(parts: Floats) -> tuple[Floats, Floats]:
    """(…, k) differences of the sides' means, and (…, C, k) what each cluster adds to them beyond its share."""
    found = [_mean(parts[i], parts[i + 1]) for i in range(0, len(parts), 2)]
    (mean, off), *rest = found
    return (mean - rest[0][0], off - rest[0][1]) if rest else (mean, off)


def _mean(sums: Floats, items: Floats) -> tuple[Floats, Floats]:
    n = np.maximum(items.sum(axis=-2, keepdims=True), 1.0)
    mean = sums.sum(axis=-2, keepdims=True) / n
    return mean[..., 0, :], (sums - mean * items) / n


def _distances(parts: Floats, across: Floats, floor: float) -> Floats:
    """(B,): T² of the contrasts between audits. parts: (2 or 4, B, C, k); floor: what stands in for a variance of nothing."""
    estimates, off = _differences(parts)
    values, off = estimates @ across.T, off @ across.T
    scatter = np.swapaxes(off, -1, -2) @ off + floor * np.eye(len(across))
    return np.asarray(np.einsum("bi,bi->b", values, np.linalg.solve(scatter, values[..., None])[..., 0]))


def _exchanged(parts: Floats, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
    """Yield (2 or 4, b, C, k): the audits in a random order within each cluster, the same for all parts of it."""
    clusters, k = parts.shape[1:]
    most = max(1, _CHUNK // parts.size)
    for start in range(0, draws, most):
        order: NDArray[np.intp] = np.argsort(rng.random((min(most, draws - start), clusters, k), dtype=np.float32), axis=-1)
        yield np.take_along_axis(parts[:, None], order[None], axis=-1)
