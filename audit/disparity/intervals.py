"""Intervals for a mean, a rate, and their differences, from cluster sums. None is empty, NaN or of zero width.

Shares are handled by adding pseudo-clusters: for one cluster an item and one reply an item these are
the adjusted intervals of Agresti & Caffo (2000, Am. Stat. 54:280) for independent shares and of Bonett
& Price (2012, J. Educ. Behav. Stat. 37:479) for paired ones; repeats and clusters enter through the
cluster sums (a ratio estimator with cluster-robust variance). Where few or no items changed, the exact
bounds of Clopper & Pearson (1934) are taken when they are wider; on fractional counts (repeats, scores) these are
checked by simulation only (benchmarks/calibration.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from audit.disparity.cells import Clusters

_ROUNDING = 1e-12
FEWEST_CHANGED = 5
"""With fewer clusters than this that differ at all, a t interval rests on too little."""
RARE = 20
"""With fewer changed clusters than this, "within the margin" also has to hold by the exact bound."""
_EQUIVALENCE_LEVEL = 0.90


@dataclass(frozen=True)
class Counts:
    """For the exact bounds: how many clusters changed, and the two sums that the estimate is the difference of.

    up, down: rises and falls in clusters that change wholly (paired), or selected clusters of the two groups;
    step: what a cluster that changes wholly changes the estimate by; middle: what the others show.
    """

    changed: int
    up: float
    up_clusters: float
    down: float
    down_clusters: float
    step: float = 1.0
    middle: float = 0.0


@dataclass(frozen=True)
class Spread:
    """An estimate, its centre after adjustment, its standard error and degrees of freedom."""

    estimate: float
    centre: float
    standard_error: float
    df: float
    counts: Counts

    def interval(self, level: float) -> tuple[float, float]:
        """Return the interval at `level`; it always holds the estimate."""
        return self._interval(level, FEWEST_CHANGED)

    def equivalence_interval(self) -> tuple[float, float]:
        """Return the 90% interval of the two one-sided tests, with the exact bounds where changes are rare.

        Few small changes look more certain than they are: with a rate of 2%, 60 items and 3 repeats a plain
        interval clears 7-8% of the tools whose gap is exactly 5 points (benchmarks/calibration.py).
        """
        return self._interval(_EQUIVALENCE_LEVEL, RARE)

    def _interval(self, level: float, trusted_from: int) -> tuple[float, float]:
        reach = float(stats.t.ppf((1 + level) / 2, self.df)) * self.standard_error
        low, high = self.centre - reach, self.centre + reach
        c = self.counts
        if c.changed < trusted_from:
            high = max(high, c.middle + c.step * (_upper(c.up, c.up_clusters, level) - _lower(c.down, c.down_clusters, level)))
            low = min(low, c.middle + c.step * (_lower(c.up, c.up_clusters, level) - _upper(c.down, c.down_clusters, level)))
        return min(low, self.estimate), max(high, self.estimate)


def _upper(count: float, n: float, level: float) -> float:
    """Return the upper Clopper-Pearson bound of a share; a fractional count is allowed."""
    return 1.0 if count >= n else float(stats.beta.ppf((1 + level) / 2, count + 1, n - count))


def _lower(count: float, n: float, level: float) -> float:
    """Return the lower Clopper-Pearson bound of a share."""
    return 1.0 - _upper(n - count, n, level)


def _ratio_variance(sums: Sequence[float] | np.ndarray, counts: Sequence[float] | np.ndarray, *, unbiased: bool) -> tuple[float, float]:
    """Return the mean over items and its cluster-robust variance (Cochran 1977, ch. 6 and 9A)."""
    s, n = np.asarray(sums, dtype=float), np.asarray(counts, dtype=float)
    total = n.sum()
    mean = float(s.sum() / total)
    factor = len(s) / (len(s) - 1) if unbiased and len(s) > 1 else 1.0
    return mean, float(factor * ((s - n * mean) ** 2).sum() / total**2)


def _with_pseudo(clusters: Clusters, values: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    size = clusters.counts.mean()
    sums = np.concatenate([clusters.sums, [value * size for value in values]])
    return sums, np.concatenate([clusters.counts, [size] * len(values)])


def paired_shares(difference: Clusters, rises: float, falls: float) -> Spread:
    """Difference of two shares on the same items. `rises`, `falls`: mean positive and negative part.

    The pseudo-clusters change as much as the changed ones do (by 1 with one reply an item).
    """
    change = difference.sums / difference.counts
    changed = np.abs(change[np.abs(change) > _ROUNDING])
    size = float(np.sqrt((changed**2).mean())) if len(changed) else 1.0
    centre, variance = _ratio_variance(*_with_pseudo(difference, (size, -size)), unbiased=False)
    c = float(len(change))
    return Spread(difference.mean, centre, variance**0.5, max(c - 1, 1), Counts(len(changed), rises * c, c, falls * c, c))


def independent_shares(group: Clusters, reference: Clusters) -> Spread:
    """Difference of two shares on different items."""
    centre, variance, terms = 0.0, 0.0, []
    for clusters, sign in ((group, 1), (reference, -1)):
        mean, v = _ratio_variance(*_with_pseudo(clusters, (0.0, 1.0)), unbiased=False)
        centre += sign * mean
        variance += v
        terms.append((v, len(clusters.sums)))
    n1, n2 = float(len(group.sums)), float(len(reference.sums))
    counts = Counts(min(_minority(group), _minority(reference)), group.mean * n1, n1, reference.mean * n2, n2)
    return Spread(group.mean - reference.mean, centre, variance**0.5, _welch(terms), counts)


def _minority(clusters: Clusters) -> int:
    """The clusters that are not wholly 0, or not wholly 1, whichever are fewer."""
    share = clusters.sums / clusters.counts
    return int(min(np.count_nonzero(share > _ROUNDING), np.count_nonzero(share < 1 - _ROUNDING)))


def paired_means(difference: Clusters, unit: float) -> Spread:
    """Difference of two means on the same items; `unit` is a typical distance, for when hardly any vary."""
    variance = _mean_variance(difference, unit)
    counts = _off_the_middle(difference, unit)
    return Spread(difference.mean, difference.mean, variance**0.5, max(len(difference.sums) - 1, 1), counts)


def independent_means(group: Clusters, reference: Clusters, unit: float) -> Spread:
    """Difference of two means on different items (Welch 1947, on clusters)."""
    variance, terms = 0.0, []
    for clusters in (group, reference):
        v = _mean_variance(clusters, unit)
        variance += v
        terms.append((v, len(clusters.sums)))
    estimate = group.mean - reference.mean
    both = [_off_the_middle(one, unit) for one in (group, reference)]
    fewest = min(both, key=lambda c: c.changed)
    plain = Counts(fewest.changed, 0.0, fewest.up_clusters, 0.0, fewest.down_clusters, fewest.step, estimate)
    return Spread(estimate, estimate, variance**0.5, _welch(terms), plain)


def one_mean(clusters: Clusters, unit: float) -> Spread:
    """A mean."""
    df = max(len(clusters.sums) - 1, 1)
    return Spread(clusters.mean, clusters.mean, _mean_variance(clusters, unit) ** 0.5, df, _off_the_middle(clusters, unit))


def _off_the_middle(clusters: Clusters, unit: float) -> Counts:
    """Count what lies off the median, in steps of the largest change seen and at least one unit.

    A change that was not seen is taken to be no larger than that: without such an assumption no finite number of
    items bounds a mean (Bahadur & Savage 1956, Ann. Math. Stat. 27:1115).
    """
    values = clusters.sums / clusters.counts
    middle = float(np.median(values))
    off = values - middle
    step = max(unit, float(np.abs(off).max(initial=0.0)))
    n = float(len(values))
    return Counts(
        int(np.count_nonzero(np.abs(off) > _ROUNDING)), float(np.maximum(off, 0).sum()) / step, n,
        float(np.maximum(-off, 0).sum()) / step, n, step, middle,
    )


def wilson(clusters: Clusters, level: float = 0.95) -> tuple[float, float]:
    """A share's interval (Wilson 1927) on the effective number of independent replies.

    With one reply a cluster that number is n. Otherwise it is p(1-p) over the cluster-robust variance, times
    (z/t)² for the clusters' degrees of freedom, and never more than the replies (Korn & Graubard 1998, Survey
    Methodology 24:193); the clusters themselves where these do not vary.
    """
    share, variance = _ratio_variance(clusters.sums, clusters.counts, unbiased=True)
    n = float(len(clusters.sums))
    z = float(stats.norm.ppf((1 + level) / 2))
    single = bool((clusters.counts == 1).all() and np.isin(clusters.sums, (0.0, 1.0)).all())
    if not single and 0 < share < 1 and variance > 0:
        t = float(stats.t.ppf((1 + level) / 2, max(n - 1, 1)))
        n = max(1.0, min(share * (1 - share) / variance, float(clusters.counts.sum())) * (z / t) ** 2)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5
    return max(0.0, min(centre - reach, share)), min(1.0, max(centre + reach, share))


def log_ratio(group: Clusters, reference: Clusters, *, paired: bool) -> tuple[float, float]:
    """Return the log of the ratio of two shares and its standard error, with half a pseudo-item on each side.

    Delta method on cluster sums, after the idea of Walter (1975, Biometrika 62:371). `paired`: the clusters of
    both are the same, in the same order.
    """
    logs, residuals = [], []
    for clusters in (group, reference):
        size = clusters.counts.mean()
        n = clusters.counts.sum() + size
        share = (clusters.sums.sum() + size / 2) / n
        logs.append(float(np.log(share)))
        own = np.concatenate([clusters.sums, [size / 2]]) - np.concatenate([clusters.counts, [size]]) * share
        half = size / 2 * np.array([1.0, -1.0])
        residuals.append(np.concatenate([own[:-1], half]) / (n * share))
    if paired:
        both = residuals[0][:-2] - residuals[1][:-2]
        variance = float((both**2).sum() + sum((r[-2:] ** 2).sum() for r in residuals))
    else:
        variance = float(sum((r**2).sum() for r in residuals))
    return logs[0] - logs[1], variance**0.5


def _mean_variance(clusters: Clusters, unit: float) -> float:
    """The variance of a mean; two pseudo-clusters stand for the unseen where nearly all clusters are alike."""
    values = clusters.sums / clusters.counts
    middle = float(np.median(values))
    off = np.abs(values - middle)
    if np.count_nonzero(off > _ROUNDING) >= FEWEST_CHANGED:
        return _ratio_variance(clusters.sums, clusters.counts, unbiased=True)[1]
    step = max(unit, float(off.max(initial=0.0)))
    return _ratio_variance(*_with_pseudo(clusters, (middle + step, middle - step)), unbiased=False)[1]


def _welch(terms: list[tuple[float, int]]) -> float:
    """Return the Welch–Satterthwaite degrees of freedom."""
    total = sum(v for v, _ in terms)
    below = sum(v * v / max(n - 1, 1) for v, n in terms)
    return max(1.0, total * total / below) if below > 0 else 1.0
