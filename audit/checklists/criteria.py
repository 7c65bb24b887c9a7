"""A criterion that can work: its kind, its rule and its conditions fit together."""

from audit.checklists.branches import check_when
from audit.checklists.rules import check_rule
from audit.errors import ChecklistError
from audit.records import Criterion


def check_criterion(criterion: Criterion, where: str) -> None:
    """Raise ChecklistError for a criterion that cannot work."""
    start = f"criterion {criterion.id!r}"
    if (criterion.answer == "measured") != (criterion.measured is not None):
        raise ChecklistError(f'{start}: answer = "measured" goes with a measured key', where=where)
    if criterion.weight < 1:
        raise ChecklistError(f"{start}: the weight is at least 1", where=where)
    if criterion.set_by or criterion.edition:
        raise ChecklistError(f"{start}: set_by and edition are filled in by the program", where=where, fix="Leave them out.")
    check_when(criterion, where)
    check_rule(criterion, where)
