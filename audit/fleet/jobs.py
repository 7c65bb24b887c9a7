"""What goes to the process that works on a plan, and what comes back. Neither holds a secret: paths, counts and words."""

from msgspec import Struct

from audit.records.findings import DecisionStatus
from audit.records.fleets import FleetStatus


class Job(Struct, frozen=True):
    """One plan to be run. score: whether it is scored as well."""

    plan: str
    run: str
    score: bool


class Ended(Struct, frozen=True):
    """How one plan ended; the fields are those of `FleetPlan`."""

    status: FleetStatus
    exit_code: int
    decision: DecisionStatus | None = None
    planned: int = 0
    answered: int = 0
    failed: int = 0
    open: int = 0
    not_needed: int = 0
    because: str = ""


def failed(because: str) -> Ended:
    """Return the end of a plan that gave no result."""
    return Ended("failed", 3, because=because)


def stopped() -> Ended:
    """Return the end of a plan that was stopped before it began."""
    return Ended("stopped", 3, because="stopped before it began")
