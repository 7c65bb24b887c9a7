"""Rates by group with intervals, by resampling cell counts: what a resample costs does not grow with the rows.

Rows that are alike are interchangeable, so drawing N rows with replacement is one multinomial draw of the cell
counts (Efron 1979, Ann. Stat. 7:1): exact, not an approximation.

Everywhere the last axis of the cells is the outcome; the axes before it are the conditions under which it was seen
(the group, or the group and the truth). A plain resample of 0/n is 0 for ever. So within a condition outcome k is
drawn with probability (n_k + ½) / (n + K/2), the posterior mean under Jeffreys' prior (Brown, Cai & DasGupta 2001,
Stat. Sci. 16:101); conditions keep their observed shares, and one that was never observed is never drawn.
"""

from dataclasses import dataclass

import numpy as np

from audit.disparity.readings import Floats, Ints

RATES = ("selection_rate", "true_positive_rate", "false_positive_rate", "false_negative_rate", "accuracy")
"""The order of the first axis of `rates`; the names are fairlearn's, and scikit-learn's for the last."""
_HALF = 0.5
_LEVEL = 0.95


@dataclass(frozen=True)
class RateIntervals:
    """The five rates by group, (5, G) each in the order of RATES.

    value, low, high: shares of 1, NaN where the condition was never observed (never 0.0). n: the observed
    denominators. vanished: the resamples in which the condition was not drawn; they widen the interval.
    """

    value: Floats
    low: Floats
    high: Floats
    n: Ints
    vanished: Ints


def resample_counts(counts: Ints, draws: int, rng: np.random.Generator) -> Ints:
    """Return (B, …): B = `draws` resamples of the cells, one exact multinomial over all of them each.

    counts: (…, K) non-negative integers, K outcomes on the last axis, at least one observed.
    """
    share = _smoothed(counts) / counts.sum()
    drawn = rng.multinomial(int(counts.sum()), share.ravel(), size=draws)
    return drawn.reshape(draws, *counts.shape)


def rates(cells: Ints | Floats) -> Floats:
    """Return (…, 5, G): the five rates in the order of RATES; NaN over an empty denominator.

    cells: (…, G, 2, 2), group × truth × decision, 0 and 1 on the last two axes.
    """
    above, below = _parts(cells)
    with np.errstate(invalid="ignore"):
        result: Floats = above / below
    return result


def rate_intervals(counts: Ints, resampled: Ints | Floats, level: float = _LEVEL) -> RateIntervals:
    """Return the rates of the cells (G, 2, 2) with percentile intervals from their resamples (B, G, 2, 2).

    `resampled` comes from `resample_counts`.
    """
    value = rates(counts)
    drawn = rates(resampled)
    low, high = percentile(drawn, level, (0.0, 1.0))
    never = np.isnan(value)
    low, high = np.where(never, np.nan, np.fmin(low, value)), np.where(never, np.nan, np.fmax(high, value))
    return RateIntervals(value, low, high, _parts(counts)[1].astype(np.int64), np.isnan(drawn).sum(axis=0))


def percentile(drawn: Floats, level: float, bounds: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return the percentile interval over the first axis, B resamples, as order statistics (no interpolation).

    The ends are the k-th smallest and k-th largest, k = ⌊(B+1)(1−level)/2⌋ (Davison & Hinkley 1997, 5.3.1). A resample
    without a value (NaN) could have been anything within `bounds`: it counts as the lowest for the low end and as the
    highest for the high end, instead of being dropped. Raises ValueError where B is too small for the level.
    """
    size = len(drawn)
    tail = int((size + 1) * (1 - level) / 2 + 1e-9)
    if tail < 1:
        raise ValueError(f"{size} resamples are too few for an interval at level {level}")
    ordered = np.sort(np.ascontiguousarray(np.moveaxis(drawn, 0, -1)), axis=-1)  # NaN last, each column in one piece
    high = ordered[..., size - tail]
    if not np.isnan(ordered[..., -1]).any():
        return ordered[..., tail - 1], high
    place = tail - 1 - np.isnan(ordered).sum(axis=-1)
    low = np.take_along_axis(ordered, np.maximum(place, 0)[..., None], axis=-1)[..., 0]
    return np.where(place < 0, bounds[0], low), np.where(np.isnan(high), bounds[1], high)


def _smoothed(counts: Ints) -> Floats:
    """Return cells that hold each condition's count, spread over its outcomes by Jeffreys' rule."""
    seen = counts.sum(axis=-1, keepdims=True)
    result: Floats = seen * (counts + _HALF) / (seen + counts.shape[-1] * _HALF)
    return result


def _parts(cells: Ints | Floats) -> tuple[Ints | Floats, Ints | Floats]:
    """Return the numerators and the denominators of the five rates, (…, 5, G) each."""
    tn, fp, fn, tp = cells[..., 0, 0], cells[..., 0, 1], cells[..., 1, 0], cells[..., 1, 1]
    positive, negative = tp + fn, tn + fp
    total = positive + negative
    above = np.stack([tp + fp, tp, fp, fn, tp + tn], axis=-2)
    return above, np.stack([total, positive, negative, positive, total], axis=-2)
