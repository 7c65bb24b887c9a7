"""A vendor's file → what a machine finds in it. One file a standard; this table is all that the rest of the audit knows of them.

A checker module has `recognises(specimen) -> bool`, a quick look that claims a file for its standard, and
`check(specimen, problems) -> Facts`, which names every problem with its line or field and returns what the file says.
It raises ChecklistError only for a file that cannot be read at all. To add one: a file here, a line below; the contract
test then holds it to this.
"""

from audit.evidence.inspect import CHECKERS, inspect
from audit.evidence.specimen import Entry, Facts, Problems, Specimen

__all__ = ["CHECKERS", "Entry", "Facts", "Problems", "Specimen", "inspect"]
