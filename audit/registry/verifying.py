"""Whether every number of a bundle comes out again, for the publisher of a list."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

from audit.errors import AuditError
from audit.wording import one_line

TRIED = "-"
"""In place of a day: the numbers could not be recomputed, and trying again would come to the same."""


class Verified(NamedTuple):
    """What recomputing came to. on: the day, `TRIED` where it was not possible; problem: why the audit cannot be listed, empty where it can."""

    on: str
    problem: str = ""


def verified(path: Path, today: date) -> Verified:
    """Return whether a bundle's numbers come out again, each in a process of its own with bounded time and memory."""
    from audit.pipeline.verifying.again import Limits
    from audit.pipeline.verifying.verified import verify_bundle

    try:
        found = verify_bundle(path, None, today, limits=Limits())
    except AuditError as bad:
        return Verified(TRIED, one_line(bad.what, 400))
    if found.outcome in ("holds", "not_recomputed"):
        return Verified(today.isoformat() if found.outcome == "holds" and not found.stopped else TRIED)
    return Verified(TRIED, one_line(found.sentence, 600))
