"""Before anything is sent: whether texts of your own hold personal data, and whether they may go all the same."""

from collections.abc import Mapping
from typing import Any

from audit import fixtures, personal
from audit.errors import PlanError
from audit.plan import Plan
from audit.records import FixtureSet
from audit.wording import one_line

_MOST_NAMED = 3


def check_personal_data(plan: Plan, sets: Mapping[str, FixtureSet]) -> None:
    """Raise PlanError where texts seem to hold personal data and the plan does not say that they may be sent.

    The message names kinds, counts and items, never the data. Sets that ship with the package are invented and not scanned.
    """
    if plan.design.personal_data == "send":
        return
    for name, fixture_set in _own(plan, sets).items():
        found = fixtures.personal_data_of(fixture_set)
        if found:
            raise PlanError(
                f"nothing was sent: the set {one_line(name, 40)!r} seems to hold {_said(found)}", where=str(plan.path),
                fix='Take it out of the texts (an import with personal_data = "mask" does), or, where it may be sent, say so: '
                f'[design] personal_data = "send" and personal_data_reason = "…". {personal.CANNOT_FIND}',
            )


def personal_data_sent(plan: Plan, sets: Mapping[str, FixtureSet]) -> dict[str, Any]:
    """Return what was scanned, what was found (kind → number of items), and why it was sent all the same."""
    own = _own(plan, sets)
    found: dict[str, int] = {}
    for fixture_set in own.values():
        for kind, items in fixtures.personal_data_of(fixture_set).items():
            found[kind] = found.get(kind, 0) + len(items)
    return {"scanned": list(own), "found": found, "sent_because": plan.design.personal_data_reason if plan.design.personal_data == "send" else None}


def _own(plan: Plan, sets: Mapping[str, FixtureSet]) -> dict[str, FixtureSet]:
    """Return the sets that the plan names by a path."""
    shipped = set(plan.design.fixtures) & set(fixtures.shipped_sets())
    return {name: fixture_set for name, fixture_set in sets.items() if name not in shipped}


def _said(found: Mapping[str, list[str]]) -> str:
    """Return kinds, counts and first items in one phrase."""
    parts = []
    for kind, items in found.items():
        more = ", …" if len(items) > _MOST_NAMED else ""
        named = ", ".join(one_line(item, 40) for item in items[:_MOST_NAMED])
        parts.append(f"{kind} in {len(items):,} item{'s' if len(items) > 1 else ''} ({named}{more})")
    return "; ".join(parts)
