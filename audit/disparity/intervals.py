"""Intervals for a mean, a rate, and their differences, from cluster sums. None is empty, NaN or of zero width.

Shares are handled by adding pseudo-clusters: for one cluster an item and one reply an item these are
the adjusted intervals of Agresti & Caffo (2000, Am. Stat. 54:280) for independent shares and of Bonett
& Price (2012, J. Educ. Behav. Stat. 37:479) for paired ones, where at higher levels, as in a large family, z²/4 of
them are added on each side instead of one (Agresti & Coull 1998, Am. Stat. 52:119); repeats and clusters enter through the
cluster sums (a ratio estimator with cluster-robust variance). Where few or no items changed, the exact
bounds of Clopper & Pearson (1934) are taken when they are wider; on fractional counts (repeats, scores) these are
checked by simulation only (benchmarks/calibration).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from audit.disparity.cells import Clusters, median
from audit.disparity.exact import Counts
from audit.disparity.readings import Floats

_ROUNDING = 1e-12
FEWEST_CHANGED = 5
"""With fewer clusters than this that differ at all, a t interval rests on too little."""
RARE = 20
"""With fewer changed clusters than this, "within the margin" also has to hold by the exact bound."""
EQUIVALENCE_LEVEL = 0.90
_FEW_FOR_SKEW = 50
_MOST_SKEW = 0.5
"""A larger skewness is too poorly known from the data to correct for in full."""
_LEAST_VARIANCE = 1e-3
"""Of two groups on partly the same clusters: a difference keeps at least this part of its variance."""


@dataclass(frozen=True)
class Spread:
    """An estimate, its centre after adjustment, its standard error and degrees of freedom.

    adjusted: pseudo-clusters on each side → centre and standard error, for shares. added: variance of another source.
    skew: the estimate's own skewness, where the adjustment does not see to it. null: sorted studentized statistics of
    exchanges without any difference, whose quantiles then take the place of Student's where they are wider. most: no
    difference is larger, 1 for shares.
    """

    estimate: float
    centre: float
    standard_error: float
    df: float
    counts: Counts
    adjusted: Callable[[float], tuple[float, float]] | None = None
    added: float = 0.0
    skew: float = 0.0
    null: Floats | None = None
    most: float = math.inf

    def interval(self, level: float) -> tuple[float, float]:
        """Return the interval at `level`; it always holds the estimate."""
        return self._interval(level, FEWEST_CHANGED)

    def equivalence_interval(self, level: float = EQUIVALENCE_LEVEL) -> tuple[float, float]:
        """Return the (90%) interval of the two one-sided tests, with the exact bounds where changes are rare.

        Few small changes look more certain than they are: with a rate of 2%, 60 items and 3 repeats a plain
        interval clears 7-8% of the tools whose gap is exactly 5 points (benchmarks/calibration). What pseudo-clusters
        add to the certainty that a gap is small is not taken either.
        """
        low, high = self._interval(level, RARE)
        shift = self.estimate - self.centre
        return max(min(low, low + shift), -self.most), min(max(high, high + shift), self.most)

    def _interval(self, level: float, trusted_from: int) -> tuple[float, float]:
        z = float(special.ndtri((1 + level) / 2))
        centre, error = self.adjusted(max(1.0, z * z / 4)) if self.adjusted else (self.centre, self.standard_error)
        error = (error**2 + self.added * bool(self.adjusted)) ** 0.5
        t = float(special.stdtrit(self.df, (1 + level) / 2))
        upper, lower = (_unskewed(sign * t, self.skew) for sign in (1, -1))
        if self.null is not None:
            upper, lower = max(t, _quantile(self.null, (1 + level) / 2)), min(-t, _quantile(self.null, (1 - level) / 2))
        low, high = centre - error * upper, centre - error * lower
        if self.counts.changed < trusted_from:
            low, high = min(low, self.counts.bounds(level)[0]), max(high, self.counts.bounds(level)[1])
        return max(min(low, self.estimate), -self.most), min(max(high, self.estimate), self.most)


def _quantile(drawn: Floats, share: float) -> float:
    return float(drawn[min(len(drawn) - 1, max(0, round(share * (len(drawn) + 1)) - 1))])


def _unskewed(t: float, skew: float) -> float:
    """Return the quantile of a studentized mean whose own skewness is `skew`, from Student's (Hall 1992, JRSS B 54:221).

    Where high values are rare, a sample with few of them has both a low mean and a small standard error.
    """
    skew = min(max(skew, -_MOST_SKEW), _MOST_SKEW)
    if abs(skew) < _ROUNDING:
        return t
    return float(3 / skew * (np.cbrt(1 + skew * (t - skew / 6)) - 1))


def skewness(*sides: tuple[Clusters, float]) -> float:
    """Return the skewness of a signed sum of means: Σψ³ / (Σψ²)^1.5 over the clusters' influences ψ.

    0 where a side has few clusters: there its own error, about √6/C, would do more harm than the skewness.
    """
    if min(clusters.size for clusters, _ in sides) < _FEW_FOR_SKEW:
        return 0.0
    cubes = squares = 0.0
    for clusters, sign in sides:
        influence = sign * clusters.changed_by(clusters.mean).sums / clusters.items
        square = influence * influence
        cubes += float(clusters.weight @ (square * influence))
        squares += float(clusters.weight @ square)
    return cubes / squares**1.5 if squares > 0 else 0.0


def mean_variance(clusters: Clusters, *, unbiased: bool = True) -> tuple[float, float]:
    """Return the mean over items and its cluster-robust variance (Cochran 1977, ch. 6 and 9A)."""
    mean, c = clusters.mean, clusters.size
    factor = c / (c - 1) if unbiased and c > 1 else 1.0
    off = clusters.changed_by(mean).sums
    return mean, float(factor * (clusters.weight @ off**2) / clusters.items**2)


def _with_pseudo(clusters: Clusters, values: Sequence[float], times: float = 1.0, size: float | None = None) -> Clusters:
    """Return the clusters and, for each value, `times` more of mean size or of as many items as `size`."""
    size = size or clusters.items / clusters.size
    return Clusters(
        np.concatenate([clusters.sums, [value * size for value in values]]),
        np.concatenate([clusters.counts, [size] * len(values)]), np.concatenate([clusters.weight, [times] * len(values)]),
    )


def paired_shares(difference: Clusters, step: float = 0.0, rare: float = math.inf) -> Spread:
    """Difference of two shares on the same items.

    The pseudo-clusters change as much as the changed ones do (by 1 with one reply an item), and by `step` at least: what
    a reply of the group itself would change, where its reference is a mean of many groups that hides how little was
    seen of it. `rare`: in how many clusters the group's replies differ from the usual one at all.
    """
    change = difference.values
    off = np.abs(change) > _ROUNDING
    changed = float(difference.weight[off].sum())
    size = max(step, float(np.sqrt(difference.weight[off] @ change[off] ** 2 / changed)) if changed else 1.0)

    def adjusted(pseudo: float) -> tuple[float, float]:
        centre, variance = mean_variance(_with_pseudo(difference, (size, -size), pseudo), unbiased=False)
        return centre, variance**0.5

    c = float(difference.size)
    rises, falls = (float(difference.weight @ np.maximum(sign * difference.sums, 0) / difference.items) for sign in (1, -1))
    counts = Counts(int(min(changed, rare)), rises * c, c, falls * c, c)
    return Spread(difference.mean, *adjusted(1.0), max(c - 1, 1), counts, adjusted, skew=skewness((difference, 1.0)), most=1.0)


def independent_shares(group: Clusters, reference: Clusters, covariance: float = 0.0) -> Spread:
    """Difference of two shares on different items; `covariance` of the shares, where some clusters are in both."""
    (mean_a, v_a), (mean_b, v_b) = (mean_variance(_with_pseudo(side, (0.0, 1.0)), unbiased=False) for side in (group, reference))
    error = _less(v_a + v_b, covariance) ** 0.5
    n1, n2 = float(group.size), float(reference.size)
    counts = Counts(min(_minority(group), _minority(reference)), group.mean * n1, n1, reference.mean * n2, n2, apart=True)
    return Spread(group.mean - reference.mean, mean_a - mean_b, error, welch([(v_a, group.size), (v_b, reference.size)]), counts, most=1.0)


def _less(variance: float, covariance: float) -> float:
    return max(variance - 2 * covariance, variance * _LEAST_VARIANCE)


def _minority(clusters: Clusters) -> int:
    """The clusters that are not wholly 0, or not wholly 1, whichever are fewer."""
    share = clusters.values
    return int(min(clusters.weight[share > _ROUNDING].sum(), clusters.weight[share < 1 - _ROUNDING].sum()))


def paired_means(difference: Clusters, unit: float) -> Spread:
    """Difference of two means on the same items; `unit` is a typical distance, for when hardly any vary."""
    variance = _mean_variance(difference, unit)
    counts = _off_the_middle(difference, unit)
    return Spread(difference.mean, difference.mean, variance**0.5, max(difference.size - 1, 1), counts, skew=skewness((difference, 1.0)))


def independent_means(group: Clusters, reference: Clusters, unit: float, covariance: float = 0.0) -> Spread:
    """Difference of two means on different items (Welch 1947, on clusters); `covariance` as for shares."""
    variance, terms = 0.0, []
    for clusters in (group, reference):
        v = _mean_variance(clusters, unit)
        variance += v
        terms.append((v, clusters.size))
    estimate = group.mean - reference.mean
    both = [_off_the_middle(one, unit) for one in (group, reference)]
    fewest = min(both, key=lambda c: c.changed)
    plain = Counts(fewest.changed, 0.0, fewest.up_clusters, 0.0, fewest.down_clusters, fewest.step, estimate)
    return Spread(estimate, estimate, _less(variance, covariance) ** 0.5, welch(terms), plain, skew=skewness((group, 1.0), (reference, -1.0)))


def one_mean(clusters: Clusters, unit: float) -> Spread:
    """A mean."""
    df = max(clusters.size - 1, 1)
    return Spread(clusters.mean, clusters.mean, _mean_variance(clusters, unit) ** 0.5, df, _off_the_middle(clusters, unit), skew=skewness((clusters, 1.0)))


def _off_the_middle(clusters: Clusters, unit: float) -> Counts:
    """Count what lies off the median, in steps of the largest change seen and at least one unit.

    A change that was not seen is taken to be no larger than that: without such an assumption no finite number of
    items bounds a mean (Bahadur & Savage 1956, Ann. Math. Stat. 27:1115).
    """
    middle = median(clusters.values, clusters.weight)
    off = clusters.values - middle
    step = max(unit, float(np.abs(off).max(initial=0.0)))
    n, w = float(clusters.size), clusters.weight
    return Counts(
        int(w[np.abs(off) > _ROUNDING].sum()), float(w @ np.maximum(off, 0)) / step, n, float(w @ np.maximum(-off, 0)) / step, n, step, middle,
    )


def wilson(clusters: Clusters, level: float = 0.95) -> tuple[float, float]:
    """A share's interval (Wilson 1927) on the effective number of independent replies.

    With one reply a cluster that number is n. Otherwise it is p(1-p) over the cluster-robust variance, times
    (z/t)² for the clusters' degrees of freedom, and never more than the replies (Korn & Graubard 1998, Survey
    Methodology 24:193); the clusters themselves where these do not vary.
    """
    share, variance = mean_variance(clusters)
    n = float(clusters.size)
    z = float(special.ndtri((1 + level) / 2))
    single = bool((clusters.counts == 1).all() and np.isin(clusters.sums, (0.0, 1.0)).all())
    if not single and 0 < share < 1 and variance > 0:
        t = float(special.stdtrit(max(n - 1, 1), (1 + level) / 2))
        n = max(1.0, min(share * (1 - share) / variance, clusters.items) * (z / t) ** 2)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return max(0.0, min(centre - reach, share)), min(1.0, max(centre + reach, share))


def log_ratio(group: Clusters, reference: Clusters, covariance: float = 0.0, pseudo: float = 0.5) -> tuple[float, float]:
    """Return the log of the ratio of two shares and its standard error, with `pseudo` clusters wholly 0, and wholly 1, a side.

    Delta method on cluster sums; with one reply an item, independent groups and half a pseudo-item it is Walter's
    (1975, Biometrika 62:371). `covariance`: of the two shares, where they rest on the same clusters; what the
    pseudo-clusters add is never taken away.
    """
    log, variance, least, shares = 0.0, 0.0, 0.0, []
    for clusters, sign in ((group, 1), (reference, -1)):
        share, v = mean_variance(_with_pseudo(clusters, (0.0, 1.0), pseudo), unbiased=False)
        log += sign * float(np.log(share))
        variance += v / share**2
        least += pseudo * (share**2 + (1 - share) ** 2) / ((clusters.size + 2 * pseudo) * share) ** 2
        covariance *= clusters.size / (clusters.size + 2 * pseudo)
        shares.append(share)
    return log, max(variance - 2 * covariance / (shares[0] * shares[1]), least) ** 0.5


def _mean_variance(clusters: Clusters, unit: float) -> float:
    """The variance of a mean; two pseudo-clusters stand for the unseen where nearly all clusters are alike."""
    middle = median(clusters.values, clusters.weight)
    off = np.abs(clusters.values - middle)
    if clusters.weight[off > _ROUNDING].sum() >= FEWEST_CHANGED:
        return mean_variance(clusters)[1]
    step = max(unit, float(off.max(initial=0.0)))
    return mean_variance(_with_pseudo(clusters, (middle + step, middle - step)), unbiased=False)[1]


def welch(terms: list[tuple[float, int]]) -> float:
    """Return the Welch–Satterthwaite degrees of freedom of (variance, clusters) terms."""
    total = sum(v for v, _ in terms)
    return max(1.0, 1 / sum((v / total) ** 2 / max(n - 1, 1) for v, n in terms)) if total > 0 else 1.0
