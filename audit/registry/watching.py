"""What is due over a whole list: its tools one by one, and the drift between their two newest audits where that is asked for."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from msgspec import Struct

from audit.errors import AuditError
from audit.records.listings import Due, Listing
from audit.registry.due import drift_due, due_of, is_now
from audit.registry.lists import Registry, open_registry
from audit.registry.reading import told
from audit.registry.statuses import in_force

_TWO = 2
Watch = Callable[[str], None]


class WhatIsDue(Struct, frozen=True):
    """What needs a new audit as of a day. due: the earliest first; now: how many of them are due that day; problems: what could not be read, a line each."""

    as_of: str
    tools: int
    now: int
    due: tuple[Due, ...]
    problems: tuple[str, ...]


def what_is_due(
    folder: Path, today: date, within: int = 0, index: str | None = None, *, drift: bool = False, watch: Watch = lambda _tool: None
) -> WhatIsDue:
    """Return what needs a new audit as of a day, or will within so many days. drift: compare the two newest audits of each tool; watch: told of each.

    Raises RegistryError as `open_registry` does.
    """
    found: list[Due] = []
    problems: list[str] = []
    with open_registry(folder, today, (), index) as registry:
        for listing in registry.listings():
            found += _of(listing, today, within)
            if drift:
                found += _drift(registry, listing, watch, problems)
        every = tuple(sorted(set(found), key=lambda d: (not is_now(d, today), d.on, d.tool, d.kind, d.because)))
        return WhatIsDue(today.isoformat(), len(registry.tools), sum(is_now(d, today) for d in every), every, (*registry.problems, *problems))


def _of(listing: Listing, today: date, within: int) -> tuple[Due, ...]:
    now = in_force(listing.record, listing.audits, today)
    return (*due_of(listing.record, now, listing.audits, today, within), *(d for d in listing.due if d.kind == "drift"))


def _drift(registry: Registry, listing: Listing, watch: Watch, problems: list[str]) -> tuple[Due, ...]:
    """Return what the two newest audits show to have changed; a pair that cannot be compared is a problem, said in a line."""
    from audit.pipeline.changed import change_of

    pair = [audit for audit in listing.audits if audit.role != "vendor"][:_TWO]
    if len(pair) < _TWO or any(d.kind == "drift" for d in listing.due):
        return ()
    watch(listing.record.id)
    try:
        return drift_due(listing, [change_of(registry.folder / pair[1].file, registry.folder / pair[0].file, renamed=True)])
    except AuditError as bad:
        problems.append(told(pair[0].file, AuditError(f"it could not be compared with {pair[1].file}: {bad.what}")))
        return ()
