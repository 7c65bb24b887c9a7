"""Max − min between groups, with the between-group variance that is corrected for sampling noise.

The highest observed rate minus the lowest grows with the number of groups and shrinks with their sizes even where
all groups are alike; so does the plain variance between them. Lum, Zhang & Bower (2022, FAccT, arXiv 2205.05770)
subtract the groups' mean sampling variance. A bootstrap of max − min inherits the error twice: no interval is made.
"""

from dataclasses import dataclass

import numpy as np

from audit.disparity.readings import Floats


@dataclass(frozen=True)
class GroupSpread:
    """How far groups lie apart. highest, lowest: their places among the groups; max_minus_min in the values' unit.

    variance: the corrected variance between groups, in the unit squared; it is unbiased, and therefore below zero
    at times where the groups are alike. naive: the uncorrected one. groups: how many entered the variance; fewer than
    given where a group has a single row, and hence no sampling variance. None where fewer than two groups entered.
    """

    max_minus_min: float | None
    highest: int | None
    lowest: int | None
    variance: float | None
    naive: float | None
    groups: int

    @property
    def standard_deviation(self) -> float | None:
        """The root of the corrected variance, 0 where that is below zero: no more than noise was seen."""
        return None if self.variance is None else max(0.0, self.variance) ** 0.5


def spread(values: Floats, variances: Floats) -> GroupSpread:
    """Return the spread of groups' values (G,) with their sampling variances (G,); NaN where there is none.

    variance = Σ(v_g − v̄)² / (G−1) − mean of the sampling variances, unbiased where these are and where groups are
    independent (Lum, Zhang & Bower 2022, section 4).
    """
    there = np.flatnonzero(~np.isnan(values))
    if len(there) < 2:  # noqa: PLR2004 - one group has nothing to differ from
        return GroupSpread(None, None, None, None, None, len(there))
    highest, lowest = int(there[values[there].argmax()]), int(there[values[there].argmin()])
    known = ~np.isnan(values) & ~np.isnan(variances)
    groups = int(known.sum())
    naive = variance = None
    if groups >= 2:  # noqa: PLR2004
        naive = float(values[known].var(ddof=1))
        variance = naive - float(variances[known].mean())
    return GroupSpread(float(values[highest] - values[lowest]), highest, lowest, variance, naive, groups)
