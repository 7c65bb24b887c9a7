"""Asking less: base items in blocks, a look after each, and what is settled is no longer asked (STATISTICS.md, section 6).

blocks says which items are asked when; spending and levels, what a p-value and an interval of one look count for over all looks; settling, when
an attribute's verdict cannot change any more; walking puts them in order. What is measured and how it is judged comes from outside. docs/adaptive.md.
"""

from audit.sequential.blocks import blocks_of
from audit.sequential.levels import FEWEST, Looks, alarms
from audit.sequential.settling import Levels, Standing, is_futile, is_settled
from audit.sequential.walking import Finding, Made, Subject, Walk, walk

__all__ = ["FEWEST", "Finding", "Levels", "Looks", "Made", "Standing", "Subject", "Walk", "alarms", "blocks_of", "is_futile", "is_settled", "walk"]
