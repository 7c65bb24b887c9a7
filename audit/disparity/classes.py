"""Quantities that rest on two kinds of truths, as AUC does: what is known of them is what is known of the rarer kind.

A thousand rows with twelve "yes" say about as much of an AUC as the twelve. So items, clusters and degrees of freedom are
those of the rarer kind, and what a dozen did not do is not taken to be impossible.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audit.disparity.cells import median
from audit.disparity.estimates import Estimated
from audit.disparity.exact import Counts
from audit.disparity.intervals import FEWEST_CHANGED, Spread, welch
from audit.disparity.readings import Flags, Floats

_ROUNDING = 1e-9


@dataclass(frozen=True)
class _Strata(Counts):
    """Independent parts that an estimate is the sum of."""

    parts: tuple[Counts, ...] = ()

    def bounds(self, level: float) -> tuple[float, float]:
        """Return the bounds about the estimate, `middle`: the parts' distances as squares, as Newcombe 1998 puts two together."""
        ends = [part.bounds(level) for part in self.parts]
        return self.middle - math.hypot(*(low for low, _ in ends)), self.middle + math.hypot(*(high for _, high in ends))


@dataclass(frozen=True)
class Basis:
    """What an estimate rests on.

    strata: disjoint sets of clusters (C,), each with how many clusters it counts for. items: those of the rarer kind of
    truth, of the side that has fewer.
    """

    strata: Sequence[tuple[Flags, int]]
    items: int

    @property
    def clusters(self) -> int:
        """How many clusters the smallest stratum counts for."""
        return min(size for _, size in self.strata)

    def spread(self, whole: Estimated, alike: Floats, step: float) -> Spread:
        """Return an estimate's uncertainty from its clusters' influences (C,).

        Clusters in no stratum (they only make a common SD) are one more. Each stratum's variance is Σ influence² with one cluster more that moves the estimate by a whole `step`, or as far as
        any on either side does (Agresti & Caffo 2000, Am. Stat. 54:280, add some to shares); the degrees of freedom are Welch's (1947). Beside it stand the
        exact bounds of Clopper & Pearson (1934) on wholly changed clusters: one counts by its squared distance from the
        median one. By truth, with one row a cluster, this is DeLong's variance of an AUC with that row more.
        """
        terms, parts, changed = [], [], math.inf
        most = max(step, *(float(np.abs(whole.influence[stratum]).max(initial=0.0)) * size for stratum, size in self.strata))
        for stratum, counted in self.strata:
            size = max(counted, 1)
            x, w = whole.influence[stratum], alike[stratum]
            terms.append(((float(w @ x**2) + (most / size) ** 2) * (size / (size + 1)) ** 2, size))
            off = np.clip((x - median(x, w)) * size / most, -1.0, 1.0)
            up, down = (float(w @ np.maximum(sign * off, 0.0) ** 2) for sign in (1, -1))
            n = max(size, up, down)
            parts.append(Counts(0, up, n, down, n, most, -most * (up - down) / n))
            moved = float(w[np.abs(off) > _ROUNDING].sum())
            changed = min(changed, moved if moved < FEWEST_CHANGED else max(FEWEST_CHANGED, up + down))
        rest = ~np.logical_or.reduce([stratum for stratum, _ in self.strata])
        if squares := float(alike[rest] @ whole.influence[rest] ** 2):
            size = int(alike[rest].sum())
            terms.append((squares * size / max(size - 1, 1), size))
        counts = _Strata(int(changed), 0.0, 1.0, 0.0, 1.0, most, whole.value, parts=tuple(parts))
        return Spread(whole.value, whole.value, sum(v for v, _ in terms) ** 0.5, welch(terms), counts)


def disjoint(parts: Flags, sizes: Floats) -> list[tuple[Flags, int]]:
    """Return strata of parts (sides, kinds, C): those that have clusters in common are one, of the smallest's size (sides, kinds)."""
    for axis in (0, 1):
        if (parts.any(axis=1 - axis).sum(axis=0) > 1).any():
            parts, sizes = np.logical_or.reduce(parts, axis=axis, keepdims=True), sizes.min(axis=axis, keepdims=True)
    return [(stratum, int(size)) for stratum, size in zip(parts.reshape(-1, parts.shape[-1]), sizes.ravel(), strict=True)]
