"""The policy: margins, minimums and consequences, read from TOML. No number of it stands in code."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from audit.errors import PlanError
from audit.library import convert, read_toml, shipped
from audit.records import DecisionStatus

Share = Annotated[float, Meta(gt=0, le=1)]


class Margin(Struct, frozen=True, forbid_unknown_fields=True):
    """How large a difference may be: in shares (0 to 1), standard deviations, or as a ratio below 1."""

    value: Annotated[float, Meta(gt=0)]
    unit: Literal["share", "sd", "ratio", "points"]
    source: str


class Minimum(Struct, frozen=True, forbid_unknown_fields=True):
    """Below these nothing is judged."""

    items: Annotated[int, Meta(ge=2)]
    coverage: Share


class Consequences(Struct, frozen=True, forbid_unknown_fields=True):
    """What each kind of finding leads to."""

    certain_gap: DecisionStatus
    gap: DecisionStatus
    required_open: DecisionStatus
    only_measurements_inconclusive: DecisionStatus
    advisory_not_met: DecisionStatus
    review_months: Annotated[int, Meta(ge=1, le=60)]


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """A policy file."""

    id: str
    edition: str
    title: str
    margins: dict[str, Margin]
    minimum: Minimum
    decision: Consequences


def read_policy(path: Path | None) -> tuple[Policy, dict[str, Any]]:
    """Return the policy at `path` (the shipped default for None), and its table as written."""
    path = path or shipped("checklists") / "policy.toml"
    written = read_toml(path, PlanError, "policy")
    policy = convert(written, Policy, PlanError, str(path))
    for statistic, margin in policy.margins.items():
        if margin.unit == "ratio" and margin.value >= 1:
            raise PlanError(f"margins.{statistic}: a ratio margin is below 1", where=str(path), fix="For example 0.8.")
    return policy, written


def review_by(policy: Policy, today: date) -> date:
    """Return the day by which the audit is to be done again."""
    months = today.month - 1 + policy.decision.review_months
    return date(today.year + months // 12, months % 12 + 1, min(today.day, 28))
