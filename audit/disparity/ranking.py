"""How well scores rank the right answers above the wrong ones, for a group and between two groups.

truth: (n,) whether the right answer is "yes". score: (n,), higher for "yes". weight: (n,) how many alike rows. Ties
count half; an ROC curve is joined by straight lines, which is the same.
"""

from dataclasses import dataclass

import numpy as np

from audit.disparity.estimates import Estimated, undefined
from audit.disparity.readings import Flags, Floats, Ints

_ROUNDING = 1e-14
"""Steps of two curves this close are one: 1/3 is not always the same float."""
_BLOCK = 100_000


def auc(truth: Flags, score: Floats, weight: Floats) -> Estimated:
    """Return the area under the ROC curve, 0 to 1: P(score of a "yes" > of a "no") + half of P(equal).

    Influence: DeLong's structural components, (V10 − AUC)/N1 for a "yes" and (V01 − AUC)/N0 for a "no", where V is
    the share of the others that the row is ranked rightly against (DeLong, DeLong & Clarke-Pearson 1988, *Biometrics*
    44:837). Undefined without a "yes" or without a "no". O(n log n) (Sun & Xu 2014).
    """
    yes, no = weight * truth, weight * ~truth
    positives, negatives = float(yes.sum()), float(no.sum())
    if positives <= 0 or negatives <= 0:
        return undefined(len(score))
    place = _places(score)
    above_no = _below(no, place) / negatives
    below_yes = 1 - _below(yes, place) / positives
    area = float(yes @ above_no) / positives
    return Estimated(area, np.where(truth, (above_no - area) / positives, (below_yes - area) / negatives))


def abroca(truth: Flags, score: Floats, weight: Floats, group: Flags, reference: Flags) -> float:
    """Return ABROCA, 0 to 1: the area between the ROC curves of two groups, ∫|TPR_g − TPR_r| dFPR.

    group, reference: (n,). Integrated exactly, also where the curves cross (Gardner, Brooks & Baker 2019, *LAK '19*,
    225-234; their code takes a grid). NaN where a group has no "yes" or no "no". It is never negative, and above 0
    for two samples of the same group: judge it against a permutation (Borchers 2025, arXiv 2501.04683), never by
    whether an interval excludes 0.
    """
    return float(abroca_draws(truth, score, weight[None, :], group, reference)[0])


def abroca_draws(truth: Flags, score: Floats, weights: Floats, group: Flags, reference: Flags) -> Floats:
    """Return ABROCA for each of B weight vectors, (B,), NaN where undefined; weights: (B, n).

    Sorts the scores once. For permutations of the groups, whose rows change and not their weights, call `abroca`.
    """
    one, other = _Curve.of(truth, score, group), _Curve.of(truth, score, reference)
    size = max(1, _BLOCK // (one.length + other.length + 2))  # block by block, so that memory stays bounded
    return np.concatenate([np.empty(0), *(
        _between(one.points(block), other.points(block)) for block in (weights[k : k + size] for k in range(0, len(weights), size))
    )])


@dataclass(frozen=True)
class _Curve:
    """Where a group's rows lie on its ROC curve: yes, no: rows from the highest score down; *_ends: (P,) how many lie at or above each score."""

    yes: Ints
    no: Ints
    yes_ends: Ints
    no_ends: Ints

    @classmethod
    def of(cls, truth: Flags, score: Floats, group: Flags) -> "_Curve":
        down = -score
        levels = np.unique(down[group])
        rows = [np.flatnonzero(group & kind) for kind in (truth, ~truth)]
        yes, no = (r[np.argsort(down[r])] for r in rows)
        return cls(yes, no, *(np.searchsorted(down[r], levels, side="right") for r in (yes, no)))

    @property
    def length(self) -> int:
        """The number of distinct scores, P."""
        return len(self.yes_ends)

    def points(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return false and true positive rates from (0, 0) to (1, 1), (B, P + 1) each; NaN without a "yes" or without a "no"."""
        rates = []
        for rows, ends in ((self.no, self.no_ends), (self.yes, self.yes_ends)):
            above = np.zeros((len(weights), len(rows) + 1))
            np.cumsum(weights[:, rows], axis=1, out=above[:, 1:])
            whole = np.where(above[:, -1:] > 0, above[:, -1:], np.nan)
            rates.append(above[:, np.concatenate([[0], ends])] / whole)
        return rates[0], rates[1]


def _between(one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> Floats:
    """(B,): the areas between pairs of ROC curves, each straight between the steps of either."""
    steps = np.concatenate([one[0], other[0]], axis=1)
    order = np.argsort(steps, axis=1, kind="stable")
    steps = np.take_along_axis(steps, order, axis=1)
    left, right = steps[:, :-1], steps[:, 1:]
    wide = right - left > _ROUNDING
    before = np.cumsum(order < one[0].shape[1], axis=1)[:, :-1]
    every = np.arange(1, before.shape[1] + 1)
    start, end = (a - b for a, b in zip(_heights(one, left, right, before), _heights(other, left, right, every - before), strict=True))
    size = np.abs(start) + np.abs(end)
    crossing = (start * end < 0) & (size > 0)
    means = np.where(crossing, (start**2 + end**2) / (2 * np.where(crossing, size, 1.0)), size / 2)
    areas = np.where(wide, (right - left) * means, 0.0).sum(axis=1)
    return np.where(np.isnan(steps).any(axis=1), np.nan, areas)


def _heights(curve: tuple[Floats, Floats], left: Floats, right: Floats, passed: Ints) -> tuple[Floats, Floats]:
    """Return the curves' heights at both ends of each interval, on the line that spans it: where a curve jumps, the inner side.

    passed: how many of the curve's points lie at the interval's left end or before it.
    """
    across, up = curve
    after = np.clip(passed, 1, across.shape[1] - 1) + across.shape[1] * np.arange(len(across))[:, None]  # places in all the draws' points
    (x0, x1), (y0, y1) = ((np.take(line, after - 1), np.take(line, after)) for line in (across, up))
    slope = np.divide(y1 - y0, x1 - x0, out=np.zeros_like(x0), where=x1 > x0)
    return y0 + slope * (left - x0), y0 + slope * (right - x0)


def _places(score: Floats) -> Ints:
    """Return each score's rank among the distinct ones, from 0."""
    return np.unique(score, return_inverse=True)[1].astype(np.int64)


def _below(weight: Floats, place: Ints) -> Floats:
    """Return for each row the weight of rows with a lower score, and half of that with the same."""
    at = np.bincount(place, weights=weight)
    return np.asarray((np.cumsum(at) - at / 2)[place])
