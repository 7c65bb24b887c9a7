"""Measurements → comparisons between groups: contrasts, intervals, p-values, multiplicity, missingness, power.

A mean or share goes from readings (columns) and statistics (which rows count, and what they say) through cells (sums by
item and group), frames (one statistic of one attribute) and contrasts (which groups are compared; sums by cluster; missing
bounds what was lost) to testing (p-values, by permutation; names where these are a sample) and estimation (intervals and
exact bounds; power). components splits what replies so far show into what more items, and what more repeats, would make smaller. describe has each group's own value, summary and spread how far the groups lie apart. What is no plain
mean or share is in described, from scored (one value an item and group, beside people's) and estimates (row influences)
through influences to intervals: quality (agreement) and models (regression) of scores with people's, ranked (ranking) of
those with a yes or no, shares (risk, resample) of ratios that rules name. multiplicity adjusts the family, and compare joins all.
drift asks another question of the same measurements: whether the tool stayed the same while it was asked.
"""

from audit.disparity.compare import Compared, Decided, Memory, compare_all, decide
from audit.disparity.components import Components, components
from audit.disparity.contrasts import OTHERS, compared_pairs
from audit.disparity.drift import find_drift
from audit.disparity.frames import Audited, Interim
from audit.disparity.multiplicity import holm
from audit.disparity.power import (
    Part,
    Precision,
    Units,
    clearing_margin,
    declared,
    detectable,
    detectable_in_rates,
    family_level,
    precision,
    steadied,
)
from audit.disparity.readings import Readings, of_measurements
from audit.disparity.shares import State

__all__ = [
    "OTHERS", "Audited", "Compared", "Components", "Decided", "Interim", "Memory", "Part", "Precision", "Readings", "State", "Units",
    "clearing_margin", "compare_all", "compared_pairs", "components", "decide", "declared", "detectable", "detectable_in_rates", "family_level",
    "find_drift", "holm", "of_measurements", "precision", "steadied",
]
