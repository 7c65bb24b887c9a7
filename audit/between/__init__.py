"""Differences between tools that were asked the very same probes: tested, bounded, and ranked only as far as that carries.

A comparison goes from `material` (what a run holds) through `grids` (sums by item and group) and `contrasts` (two tools' gaps, by cluster)
to `flips` (signs exchanged within items; all comparisons together) and `differences` (intervals and what is shown). `answers` orders
what was answered under all weights of a range, `order` makes tiers, and `side_by_side` joins all.

One tool audited twice goes the same way: `twice` finds which items are the same, `apart` compares two draws of the same templates, `changes` says
what became of each gap; `papers`, `settings` and `outcomes` say what else is not what it was, and what followed.

Several audits of one tool: `pool_sets` finds which asked the same items, `pool` how their differences go together, `pool_models` what they say of
districts that made none, `pool_gaps` joins these; `pool_answers` says where the assessors disagree.
"""

from audit.between.audits.changes import find_changes
from audit.between.audits.outcomes import Inputs, condition_changes, finding_changes, gate_changes, score_changes
from audit.between.audits.papers import Papers, answer_changes, contradiction_changes, evidence_changes, waiver_changes
from audit.between.audits.settings import setting_changes
from audit.between.flips import LEVEL
from audit.between.material import MISSING, AskedSet, Tool, key_of, titles_of
from audit.between.pooling.answers import disagreements, shared_conditions
from audit.between.pooling.gaps import Average, pooled_gaps
from audit.between.pooling.sets import Asker, Pool, sort_out
from audit.between.side_by_side import SCHEMA, compare_tools

__all__ = [
    "LEVEL", "MISSING", "SCHEMA", "AskedSet", "Asker", "Average", "Inputs", "Papers", "Pool", "Tool", "answer_changes", "compare_tools",
    "condition_changes", "contradiction_changes", "disagreements", "evidence_changes", "find_changes", "finding_changes", "gate_changes", "key_of",
    "pooled_gaps", "score_changes", "setting_changes", "shared_conditions", "sort_out", "titles_of", "waiver_changes",
]
