"""Measurements → comparisons between groups: contrasts, intervals, p-values, multiplicity, missingness, power.

The order: readings (columns) → cells (sums by item and group) → contrasts (sums by cluster) → testing (p-values) and
estimation (intervals) → multiplicity (the family) → compare, which joins them.
"""

from audit.disparity.compare import Compared, compare_all
from audit.disparity.frames import Audited
from audit.disparity.power import Detectable, planned_detectable
from audit.disparity.readings import Readings, of_measurements
from audit.disparity.shares import State

__all__ = ["Audited", "Compared", "Detectable", "Readings", "State", "compare_all", "of_measurements", "planned_detectable"]
