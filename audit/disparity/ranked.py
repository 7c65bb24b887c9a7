"""Scores of a yes-or-no truth: AUC by group, its differences, and ABROCA with a permutation test and a bootstrap.

Draws of ABROCA work on counts by score × truth × side (scores in at most 200 classes), so that single rows cost the
same however many they are; more draws than 2e7 over the rows are never made.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from scipy import sparse

from audit.disparity import ranking
from audit.disparity.classes import Basis, disjoint
from audit.disparity.estimates import Estimated
from audit.disparity.estimation import LEVEL, Estimate
from audit.disparity.intervals import EQUIVALENCE_LEVEL
from audit.disparity.quality import Kind, of_kind
from audit.disparity.readings import Flags, Floats
from audit.disparity.resample import percentile
from audit.disparity.scored import Described, Pair, Scores, blank, judged, on, pairs
from audit.disparity.statistics import Statistic

AUC = Statistic("auc", "auc_difference", "mean", "auc", judged, lambda r: r.value, confirmatory=False)
_ABROCA = Statistic("abroca", "abroca", "mean", "abroca", judged, lambda r: r.value, confirmatory=False)
_CLASSES = 200
_FEWEST_DRAWS, _MOST_DRAWS, _MOST_CELLS = 99, 199, 20_000_000
_WIDE = 4_000_000


def with_yes_or_no(s: Scores, seed: int, confirm: Callable[[str], bool]) -> Iterator[Described]:
    """Yield AUC and ABROCA. s: readings whose truth is 0 or 1."""
    yield of_kind(s, auc_kind(), confirm=confirm(AUC.name))
    yield Described(s.named(_ABROCA), [_abroca(s, pair, seed) for pair in pairs(s)], [])


def auc_kind() -> Kind:
    """Return how AUC is told by group and compared."""
    return Kind(AUC, _auc, (0.0, 1.0), (-1.0, 1.0), basis=_by_truth)


def _yes(s: Scores) -> Flags:
    return np.asarray(s.human == 1, dtype=bool)


def _by_truth(s: Scores, sides: Sequence[Floats]) -> Basis:
    """Return the basis of an AUC: the "yes" and the "no" of each side, each with its clusters."""
    rows = [[(side > 0) & truth for truth in (_yes(s), ~_yes(s))] for side in sides]
    parts = np.array([[s.present(r.astype(float)) for r in side] for side in rows])
    return Basis(disjoint(parts, parts @ s.alike), int(min(s.times[r].sum() for side in rows for r in side)))


def _auc(s: Scores, side: Floats) -> Estimated:
    return on(s, side, lambda rows, w: ranking.auc(_yes(s)[rows], s.value[rows], w))


def _abroca(s: Scores, pair: Pair, seed: int) -> Estimate:
    """Return ABROCA of a pair. Its interval is of the bootstrap, which is too high where curves are alike, and never holds 0."""
    own, base = pair.own > 0, pair.base > 0
    truth = s.human == 1
    value = ranking.abroca(truth, s.value, s.times * (pair.own + pair.base), own, base)
    common = blank(s, _ABROCA, pair, s.present(pair.own), s.present(pair.base))
    nothing = np.zeros(len(s.frame.sample))
    if np.isnan(value):
        return Estimate(s.named(_ABROCA), common, None, nothing, None)
    cells = _Cells.of(s, pair)
    draws = int(np.clip(_MOST_CELLS // max(len(s.value), 1), _FEWEST_DRAWS, _MOST_DRAWS))
    rng = s.named(_ABROCA).generator(seed, pair.group, pair.reference)
    p = _p(cells, draws, rng)
    drawn = cells.areas(_resampled(cells, draws, rng))
    fewest = min(float((s.times * side)[truth == yes].sum()) for side in (own, base) for yes in (True, False))

    def interval(level: float) -> tuple[float, float]:
        low, high = (float(end) for end in percentile(drawn, min(level, LEVEL), (0.0, 1.0)))
        if high - low < 1 / len(s.value) ** 2:  # curves without an error on either side: the rule of three
            unseen = 1 - ((1 - level) / 2) ** (1 / fewest)
            low, high = value - unseen, value + unseen
        return max(0.0, min(low, value)), min(1.0, max(high, value))

    low90, high90 = interval(EQUIVALENCE_LEVEL)
    common = msgspec.structs.replace(
        common, estimate=value, low90=low90, high90=high90, standard_error=float(np.nanstd(drawn)) or None, p_value=p
    )
    return Estimate(s.named(_ABROCA), common, interval, nothing, p)


@dataclass(frozen=True)
class _Cells:
    """Counts by class of score × truth (K columns) of the two sides, by cluster.

    parts: one sparse (C, K) of each group in the pair, the group's own first. alike: (C,). exchange: what may be exchanged:
    the clusters' labels, the guises within a cluster, or nothing where clusters lie in both groups of different items.
    """

    parts: list[sparse.csr_array]
    alike: Floats
    matched: bool
    crossed: bool

    @classmethod
    def of(cls, s: Scores, pair: Pair) -> "_Cells":
        kept = (pair.own > 0) | (pair.base > 0)
        _, place = np.unique(s.value[kept], return_inverse=True)
        place = place * _CLASSES // max(int(place.max()) + 1, _CLASSES)
        column = place * 2 + (s.human[kept] == 1)
        width = 2 * (int(place.max()) + 1)
        group = s.group[kept]
        own = s.groups.index(pair.group)
        sides = [own, *np.unique(group[group != own])] if s.matched else [own, -1]
        group = group if s.matched else np.where(group == own, own, -1)
        labels, cluster = np.unique(s.cluster[kept], return_inverse=True)
        alike, row = s.alike[labels], cluster
        if not s.matched and len(labels) == len(cluster):  # single rows: alike ones are one kind
            kinds, row = np.unique(column * 2 + (group == own), return_inverse=True)
            alike = np.bincount(row, weights=alike[cluster]).astype(float)
            column, group = kinds // 2, np.where(kinds % 2 == 1, own, -1)
            row = np.arange(len(kinds))
        parts = [
            sparse.csr_array((np.ones(int((group == g).sum())), (row[group == g], column[group == g])), shape=(len(alike), width))
            for g in sides
        ]
        both = _rows(parts[0]) & np.logical_or.reduce([_rows(part) for part in parts[1:]])
        return cls(parts, alike, s.matched, bool(both.any()))

    @property
    def sides(self) -> tuple[Floats, Floats]:
        """(K,) counts of the group and of what it is compared with."""
        own, *rest = (part.T @ self.alike for part in self.parts)
        return own, np.sum(rest, axis=0)

    def areas(self, sides: tuple[Floats, Floats]) -> Floats:
        """Return ABROCA of each of B draws of both sides' counts, (B, K) each."""
        own, base = sides
        width = own.shape[1]
        column = np.arange(2 * width) % width
        first = np.arange(2 * width) < width
        return ranking.abroca_draws(column % 2 == 1, (column // 2).astype(float), np.hstack([own, base]), first, ~first)


def _p(cells: _Cells, draws: int, rng: np.random.Generator) -> float | None:
    """Return P of an area this large by exchange; None where neither labels nor guises can be exchanged."""
    if cells.crossed and not cells.matched:
        return None
    own, base = cells.sides
    seen = float(cells.areas((own[None], base[None]))[0])
    drawn = cells.areas(_exchanged(cells, draws, rng))
    beyond = np.isnan(drawn) | (drawn >= seen * (1 - 1e-9) - 1e-12)
    return (int(beyond.sum()) + 1) / (draws + 1)


def _exchanged(cells: _Cells, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return both sides' counts with guises in a random order in each cluster, or with clusters' groups in a random order."""
    if not cells.matched:
        return _relabelled(cells, draws, rng)
    there = np.column_stack([_rows(part) for part in cells.parts])
    own, base = [], []
    for size in _chunks(draws, there.size):
        first = np.argsort(np.where(there, rng.random((size, *there.shape)), 2.0), axis=2)[..., 0]
        own.append(np.sum([(first == g).astype(float) @ part for g, part in enumerate(cells.parts)], axis=0))
        base.append(np.sum([(first != g).astype(float) @ part for g, part in enumerate(cells.parts)], axis=0))
    return np.concatenate(own), np.concatenate(base)


def _relabelled(cells: _Cells, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    taken, every = int(cells.alike[_rows(cells.parts[0])].sum()), cells.parts[0] + cells.parts[1]
    own = [
        rng.multivariate_hypergeometric(cells.alike.astype(np.int64), taken, size, method="marginals").astype(float) @ every
        for size in _chunks(draws, len(cells.alike))
    ]
    mixed = np.concatenate(own)
    return mixed, cells.alike @ every - mixed


def _resampled(cells: _Cells, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return both sides' counts of clusters drawn with replacement: within each side, or together where they are in both."""
    if cells.crossed:
        drawn = np.concatenate([_drawn(cells.alike, size, rng) for size in _chunks(draws, len(cells.alike))])
        return drawn @ cells.parts[0], np.sum([drawn @ part for part in cells.parts[1:]], axis=0)
    sides = []
    for part in cells.parts:
        mine = np.where(_rows(part), cells.alike, 0.0)
        sides.append(np.concatenate([_drawn(mine, size, rng) @ part for size in _chunks(draws, len(mine))]))
    return sides[0], sides[1]


def _rows(part: sparse.csr_array) -> Flags:
    """(C,): which clusters have a row in a part."""
    return np.asarray(np.diff(part.indptr) > 0, dtype=bool)


def _drawn(alike: Floats, draws: int, rng: np.random.Generator) -> Floats:
    return rng.multinomial(int(alike.sum()), alike / alike.sum(), size=draws).astype(float)


def _chunks(draws: int, width: int) -> Iterator[int]:
    most = max(1, _WIDE // max(width, 1))
    while draws > 0:
        yield min(draws, most)
        draws -= most
