"""Several plans at a time: what `audit fleet` did with each."""

from typing import Literal

from msgspec import Struct

from audit.records.findings import DecisionStatus

SCHEMA = "edtech-equity-audit/fleet/1"
FleetStatus = Literal["waiting", "running", "done", "complete", "failed", "stopped", "elsewhere", "wrong"]


class FleetPlan(Struct, frozen=True):
    """One plan of a fleet. plan, run: paths, relative to the folder of fleet.json where they lie below it. planned: probes.

    status: complete: nothing was left to do; failed: it ended without a result; elsewhere: another collector holds its run folder; wrong: refused when all were
    checked. exit_code: as `audit run` would end, None until it has ended. because: why, in one line, where there is something to say.
    """

    plan: str
    run: str
    tool: str
    vendor: str
    version: str
    status: FleetStatus
    exit_code: int | None = None
    decision: DecisionStatus | None = None
    planned: int = 0
    answered: int = 0
    failed: int = 0
    open: int = 0
    not_needed: int = 0
    because: str = ""


class Fleet(Struct, frozen=True):
    """`fleet.json`. version: of this program. scheduler: empty where everything ran on one machine. exit_code: None while plans are running."""

    schema: str
    version: str
    as_of: str
    scheduler: str
    exit_code: int | None
    plans: tuple[FleetPlan, ...]
