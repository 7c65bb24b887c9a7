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


def auc_draws(truth: Flags, score: Floats, weights: Floats) -> Floats:
    """Return AUC for each of B weight vectors, (B,), NaN where undefined; weights: (B, n)."""
    curve = _Curve.of(truth, score, np.ones(len(score), dtype=bool))
    return np.array([curve.area(weight) for weight in weights], dtype=float)


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

    Sorts once. For permutations of the groups, whose rows change and not their weights, call `abroca`.
    """
    one, other = _Curve.of(truth, score, group), _Curve.of(truth, score, reference)
    return np.array([_between(one.points(weight), other.points(weight)) for weight in weights], dtype=float)


@dataclass(frozen=True)
class _Curve:
    """Where a group's rows lie on its ROC curve, from the highest score down: yes, no: rows; *_place: their score's rank."""

    yes: Ints
    no: Ints
    yes_place: Ints
    no_place: Ints
    length: int

    @classmethod
    def of(cls, truth: Flags, score: Floats, group: Flags) -> "_Curve":
        yes, no = np.flatnonzero(group & truth), np.flatnonzero(group & ~truth)
        place = _places(-np.concatenate([score[yes], score[no]]))
        return cls(yes, no, place[: len(yes)], place[len(yes) :], int(place.max(initial=-1)) + 1)

    def points(self, weight: Floats) -> tuple[Floats, Floats] | None:
        """Return false and true positive rates from (0, 0) to (1, 1); None without a "yes" or without a "no"."""
        rates = []
        for rows, place in ((self.no, self.no_place), (self.yes, self.yes_place)):
            sums = np.cumsum(np.bincount(place, weights=weight[rows], minlength=self.length))
            if len(sums) == 0 or sums[-1] <= 0:
                return None
            rates.append(np.concatenate([[0.0], sums / sums[-1]]))
        return rates[0], rates[1]

    def area(self, weight: Floats) -> float:
        """Return the area under the curve by the trapezoidal rule; NaN where there is none."""
        points = self.points(weight)
        if points is None:
            return float("nan")
        across, up = points
        return float(np.diff(across) @ (up[1:] + up[:-1]) / 2)


def _between(one: tuple[Floats, Floats] | None, other: tuple[Floats, Floats] | None) -> float:
    """Return the area between two ROC curves, each straight between the steps of either."""
    if one is None or other is None:
        return float("nan")
    steps = np.sort(np.concatenate([one[0], other[0]]))
    left, right = steps[:-1], steps[1:]
    wide = right - left > _ROUNDING
    left, right = left[wide], right[wide]
    start = _height(one, left, right, left) - _height(other, left, right, left)
    end = _height(one, left, right, right) - _height(other, left, right, right)
    size = np.abs(start) + np.abs(end)
    crossing = (start * end < 0) & (size > 0)
    means = size / 2
    means[crossing] = (start[crossing] ** 2 + end[crossing] ** 2) / (2 * size[crossing])
    return float((right - left) @ means)


def _height(curve: tuple[Floats, Floats], left: Floats, right: Floats, at: Floats) -> Floats:
    """Return the curve's height at an end of each interval, on the line that spans it: where the curve jumps, the inner side."""
    across, up = curve
    after = np.clip(np.searchsorted(across, (left + right) / 2, side="right"), 1, len(across) - 1)
    before = after - 1
    slope = (up[after] - up[before]) / (across[after] - across[before])
    return np.asarray(up[before] + slope * (at - across[before]))


def _places(score: Floats) -> Ints:
    """Return each score's rank among the distinct ones, from 0."""
    return np.unique(score, return_inverse=True)[1].astype(np.int64)


def _below(weight: Floats, place: Ints) -> Floats:
    """Return for each row the weight of rows with a lower score, and half of that with the same."""
    at = np.bincount(place, weights=weight)
    return np.asarray((np.cumsum(at) - at / 2)[place])
