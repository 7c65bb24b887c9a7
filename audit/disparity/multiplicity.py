"""Many comparisons at once: a step-down min-P for the family that decides, Benjamini–Hochberg for exploration.

Each comparison has its own exact p-value. How they go together is a normal copula with the correlations of the
clusters' influences on the estimates (Westfall & Young 1993, *Resampling-Based Multiple Testing*, step-down min-P;
with a normal joint distribution: Conneely & Boehnke 2007, Am. J. Hum. Genet. 81:1158). Unlike a permutation of all
groups at once it stays right when one group differs: no other group's null hypothesis rests on it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import special

from audit.disparity.permutation import chunks
from audit.disparity.readings import Floats

LEVEL = 0.95
_TINY = 1e-300


@dataclass(frozen=True)
class Block:
    """Comparisons on the same clusters: influence (S, M) and, for S clusters, how many alike each stands for.

    share: (M,) how much of the error each may use, relative to the others: its p-value counts as p / share. drawn: where comparisons are
    looked at several times, what makes of () → (B, M) normal draws how far out they come in any look.
    """

    influence: Floats
    weight: Floats
    share: Floats
    drawn: Callable[[Callable[[], Floats]], Floats] | None = None


@dataclass(frozen=True)
class Family:
    """p-values adjusted together, and the level at which a single interval holds with all the others at 95%.

    level: of a comparison with a share of 1; others have 1 - (1 - level)·share.
    """

    adjusted: list[float]
    level: float


def correlations(block: Block, p_values: Floats) -> Floats:
    """(M, M): correlations of the estimates, drawn towards none by what chance alone would show.

    The shrinkage of Schäfer & Strimmer (2005, Stat. Appl. Genet. Mol. Biol. 4:32), normal theory: with few clusters
    a correlation by chance must not pass for a real one, which would make the family look smaller than it is. A
    comparison in which at most one cluster shows anything (no reply is missing, say) cannot count and has zeros.
    """
    values = block.influence * np.sqrt(block.weight)[:, None]
    live = ((values != 0).sum(axis=0) > 1) | (p_values <= 1 - LEVEL)
    r = np.zeros((len(live), len(live)))
    norm = np.sqrt((values[:, live] ** 2).sum(axis=0))
    seen = np.clip((values[:, live].T @ values[:, live]) / np.maximum(np.outer(norm, norm), _TINY), -1.0, 1.0)
    beside = ~np.eye(len(seen), dtype=bool)
    clusters = max(2.0, float(block.weight[(values != 0).any(axis=1)].sum()))
    squares = float((seen[beside] ** 2).sum())
    share = min(1.0, float(((1 - seen[beside] ** 2) ** 2).sum()) / (clusters - 1) / squares) if squares else 1.0
    r[np.ix_(live, live)] = (1 - share) * np.where(beside, seen, 1.0) + share * ~beside
    return r


def step_down(p_values: Sequence[float], blocks: Sequence[Block], draws: int, rng: np.random.Generator) -> Family:
    """Return the p-values of the blocks' comparisons, in order, adjusted with strong family-wise control.

    `draws`: from the joint distribution. Blocks are taken as independent, which is conservative where they are not (Royen 2014, Far East J. Theor. Stat.
    48:139: the Gaussian correlation inequality).
    """
    m = len(p_values)
    if m == 0:
        return Family([], LEVEL)
    share = np.concatenate([block.share for block in blocks])
    raw = np.asarray(p_values, dtype=float)
    p = np.minimum(raw / share, 1.0)
    z = -special.ndtri(np.clip(p, _TINY, 1.0) / 2)
    own = np.split(raw, np.cumsum([block.influence.shape[1] for block in blocks])[:-1])
    drawn = np.concatenate([_furthest(b, ps, draws, rng) for b, ps in zip(blocks, own, strict=True)], axis=1)
    for column in np.flatnonzero((share < 1) & drawn.any(axis=0)):
        drawn[:, column] = -special.ndtri(np.minimum(special.ndtr(-drawn[:, column]) / share[column], 0.5))
    largest = drawn.max(axis=1)
    level = LEVEL if m == 1 else max(LEVEL, 1 - 2 * float(special.ndtr(-np.quantile(largest, LEVEL))))
    order = np.argsort(-z, kind="stable")
    rest = np.maximum.accumulate(drawn.T[order[::-1]], axis=0)[::-1]   # (m, draws): along a row numpy takes many numbers at a time
    stepped = ((rest >= z[order, None] - 1e-12).sum(axis=1) + 1) / (draws + 1)
    adjusted = np.empty(m)
    adjusted[order] = np.maximum.accumulate(np.maximum(stepped, p[order]))
    return Family([float(a) for a in np.minimum(adjusted, 1.0)] if m > 1 else [float(p[0])], level)


def _furthest(block: Block, p_values: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """(B, M) how far out a block's comparisons come without any difference: |z|, over all looks where there are several."""
    values, vectors = np.linalg.eigh(correlations(block, p_values))
    root = vectors * np.sqrt(np.maximum(values, 0))

    def normal(size: int) -> Floats:
        return np.asarray(rng.standard_normal((size, len(root))) @ root.T)

    if block.drawn is None:
        return np.abs(normal(draws))
    return np.concatenate([block.drawn(partial(normal, size)) for size in chunks(draws, len(root))])


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the false discovery rate is held (1995, JRSS B 57:289)."""
    from scipy import stats

    return [float(p) for p in stats.false_discovery_control(list(p_values))] if p_values else []


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the family-wise error is held (Holm 1979, Scand. J. Stat. 6:65)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [1.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(order):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted
