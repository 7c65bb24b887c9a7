"""A criterion that can work: its kind, its rule and its conditions fit together."""

import re

from audit.checklists.branches import check_when
from audit.checklists.rules import check_rule
from audit.errors import ChecklistError
from audit.records import Criterion

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
_HEAVIEST = 10


def check_criterion(criterion: Criterion, where: str) -> None:
    """Raise ChecklistError for a criterion that cannot work."""
    start = f"criterion {criterion.id!r}"
    if (criterion.answer == "measured") != (criterion.measured is not None):
        raise ChecklistError(f'{start}: answer = "measured" goes with a measured key', where=where)
    if not _ID.fullmatch(criterion.id):
        raise ChecklistError(f"{start}: an id is small letters, digits and hyphens", where=where, fix="For example safe-our-question.")
    if not 1 <= criterion.weight <= _HEAVIEST:
        raise ChecklistError(f"{start}: the weight is at least 1 and at most {_HEAVIEST}", where=where)
    if criterion.answer != "measured" and not criterion.question.strip():
        raise ChecklistError(f"{start} asks nothing", where=where, fix="Write its question.")
    plain = [choice.strip().casefold() for choice in criterion.choices]
    if "" in plain or len(set(plain)) < len(plain):
        raise ChecklistError(f"{start}: two choices are the same, or one is empty", where=where)
    if criterion.set_by or criterion.edition:
        raise ChecklistError(f"{start}: set_by and edition are filled in by the program", where=where, fix="Leave them out.")
    check_when(criterion, where)
    check_rule(criterion, where)
