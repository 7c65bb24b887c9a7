"""A frame → its estimates with their p-values, and the p-value of "all its groups are alike"."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from audit.disparity.contrasts import OTHERS, Contrast, contrasts, guises, sides
from audit.disparity.estimation import Estimate, estimate, spread_of
from audit.disparity.exchange import between, exchange_among, exchange_between
from audit.disparity.frames import Frame
from audit.disparity.intervals import Spread
from audit.disparity.names import NamePart, name_part, named, with_names
from audit.disparity.permutation import MOST_PATTERNS, Exchanged, exchange_within, sign_flip
from audit.disparity.readings import Floats

_ROUNDING = 1e-12
_HALVINGS = 45


@dataclass(frozen=True)
class Tested:
    """p_values: (group, reference) → p, None where nothing can be tested; omnibus: None where it was not computed."""

    p_values: dict[tuple[str, str], float | None]
    omnibus: float | None


def measured(f: Frame, seed: int, draws: int, known: Tested | None = None) -> tuple[list[Estimate], Tested]:
    """Return the estimates of a frame's contrasts and their tests; `known`: tests that answer the same question."""
    names = named(f)
    joint = None if known or names or not f.even else _jointly(f, seed, draws)
    nulls = _nulls(f, seed, draws) if _of_scores(f) and f.even and not names and (f.design == "matched" or not f.crossed) else None
    p_values: dict[tuple[str, str], float | None] = {}
    found = []
    for c in contrasts(f):
        spread = spread_of(c) if c.testable else None
        if spread is not None and nulls is not None:
            spread = replace(spread, null=nulls(c))
        part = name_part(names, *_columns(f, c), matched=c.paired is not None) if names and spread else None
        spread = _of_names(spread, part)
        at = c.group, c.reference
        p_values[at] = known.p_values[at] if known else _tail(
            _p_value(c, spread, joint, f, seed, draws, exchange=part is None and f.even), c, spread, draws)
        found.append(estimate(c, p_values[at], spread))
    return found, known or Tested(p_values, joint.omnibus if joint else None)


def _columns(f: Frame, c: Contrast) -> tuple[int, list[int]]:
    column = f.cells.column(c.group)
    others = [g for g in range(len(f.cells.groups)) if g != column]
    return column, others if c.reference == OTHERS else [f.cells.column(c.reference)]


def _of_names(spread: Spread | None, part: NamePart | None) -> Spread | None:
    """Return the spread that holds for other names too; None where a group has one name only."""
    if spread is None or part is None:
        return spread
    return with_names(spread, part) if math.isfinite(part.variance) else None


def _jointly(f: Frame, seed: int, draws: int, *, centred: bool = False) -> Exchanged | None:
    """Return the tests by exchange among all groups; None where there is too much, or too little, to exchange.

    centred: each group less its own mean, and the draws are kept: what the statistics are without any difference.
    """
    rng = f.head.generator(seed, *["centred"] * centred)
    if f.design == "matched":
        sums, counts = guises(f)
        if len(counts) < 2:  # noqa: PLR2004 - nothing varies
            return None
        mean = np.nansum(sums, axis=0) / np.maximum(counts @ ~np.isnan(sums), 1)
        shown = sums - counts[:, None] * mean if centred else sums
        return exchange_within(shown, counts, draws, rng, plain=not _of_scores(f), keep=centred)
    if len(f.cells.item) > 10 * MOST_PATTERNS or f.crossed:
        return None
    every = sides(f)
    there = [g for g, side in enumerate(every) if side.size]
    chosen = [every[g].changed_by(every[g].mean) if centred else every[g] for g in there]
    if len(there) < 2 or (found := exchange_among(chosen, draws, rng, shares=not _of_scores(f), keep=centred)) is None:  # noqa: PLR2004
        return None
    return Exchanged(_spaced(found.p_others, there, len(every)), found.omnibus, None if found.drawn is None else _spaced(found.drawn, there, len(every)))


def _spaced(values: Floats, there: list[int], columns: int) -> Floats:
    """Put the values of the groups that were seen in the columns of all groups."""
    wide = np.full((*values.shape[:-1], columns), np.nan)
    wide[..., there] = values
    return wide


def _nulls(f: Frame, seed: int, draws: int) -> Callable[[Contrast], Floats | None]:
    """Return what gives a contrast the sorted statistics of exchanges without any difference; None where it has none."""
    joint = _jointly(f, seed, draws, centred=True)

    def null(c: Contrast) -> Floats | None:
        if c.reference == OTHERS:
            return np.sort(joint.drawn[:, f.cells.column(c.group)]) if joint is not None and joint.drawn is not None else None
        if c.paired is not None:
            return None
        group, reference = (side.changed_by(side.mean) for side in c.sides)
        found = between(group, reference, draws, c.head.generator(seed, c.group, c.reference, "centred"))
        return np.sort(found[1]) if found else None

    return null


def _p_value(c: Contrast, spread: Spread | None, joint: Exchanged | None, f: Frame, seed: int, draws: int, *, exchange: bool) -> float | None:
    if spread is None or not exchange:
        return _by_interval(spread) if spread else None
    if joint is not None and c.reference == OTHERS:
        return float(joint.p_others[f.cells.column(c.group)])
    rng = c.head.generator(seed, c.group, c.reference)
    p = None
    if c.paired is not None and c.reference != OTHERS:
        p = sign_flip(c.paired, draws, rng)
    elif c.paired is None and not f.crossed:
        p = exchange_between(*c.sides, draws, rng, shares=not _of_scores(f))
    return p if p is not None else _by_interval(spread)


def _tail(p: float | None, c: Contrast, spread: Spread | None, draws: int) -> float | None:
    """Return the p-value of an early look whose level may be below what so many draws can show.

    Where no draw at all was as far out as the replies are, that of the interval takes its place. By chance alone no draw is as far out in one of
    `draws` + 1 looks at most, whatever the interval's p-value is worth out there: what can be lost is bounded by that.
    """
    if p is None or spread is None or c.head.audited.interim is None or not c.head.statistic.confirmatory or p > (1 + _ROUNDING) / (draws + 1):
        return p
    return min(p, _by_interval(spread))


def _of_scores(f: Frame) -> bool:
    return f.head.statistic.kind == "mean"


def _by_interval(spread: Spread) -> float:
    """P as one minus the highest level whose interval leaves 0 out: where there is nothing that could be exchanged."""
    inside, outside = 1.0, 0.0  # levels: 0 is inside at 1, and outside at 0 unless the estimate is 0
    if abs(spread.estimate) < _ROUNDING:
        return 1.0
    for _ in range(_HALVINGS):
        level = (inside + outside) / 2
        low, high = spread.interval(level)
        inside, outside = (level, outside) if low <= 0 <= high else (inside, level)
    return 1 - outside
