"""Differences between tools that were asked the very same probes: tested, bounded, and ranked only as far as that carries.

A comparison goes from `material` (what a run holds) through `grids` (sums by item and group) and `contrasts` (two tools' gaps, by cluster)
to `flips` (signs exchanged within items; all comparisons together) and `differences` (intervals and what is shown). `answers` orders
what was answered under all weights of a range, `order` makes tiers, and `side_by_side` joins all.
"""

from audit.between.material import MISSING, AskedSet, Tool
from audit.between.side_by_side import SCHEMA, compare_tools

__all__ = ["MISSING", "SCHEMA", "AskedSet", "Tool", "compare_tools"]
