"""Measurements → comparisons between groups: contrasts, intervals, p-values, multiplicity, missingness, power.

The seams for better statistics: `intervals` and `permutation` work on cluster sums only, so that a
joint method over the family (step-down max-T) can take the place of `multiplicity.holm` in `compare`.
"""

from audit.disparity.compare import Audited, Compared, compare_all
from audit.disparity.power import Detectable, planned_detectable

__all__ = ["Audited", "Compared", "Detectable", "compare_all", "planned_detectable"]
