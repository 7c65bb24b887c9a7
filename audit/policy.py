"""The policy: margins, minimums and consequences, read from TOML. No number of it stands in code."""

import calendar
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from audit.errors import PlanError
from audit.library import convert, nearest, read_toml, shipped
from audit.records import DecisionStatus

Share = Annotated[float, Meta(gt=0, le=1)]


class Margin(Struct, frozen=True, forbid_unknown_fields=True):
    """How large a difference may be: in shares (0 to 1), standard deviations, or as a ratio below 1."""

    value: Annotated[float, Meta(gt=0)]
    unit: Literal["share", "sd", "ratio", "points"]
    source: str
    at_least_of_scale: Annotated[float, Meta(ge=0, le=1)] = 0.0


class Minimum(Struct, frozen=True, forbid_unknown_fields=True):
    """Below these nothing is judged."""

    items: Annotated[int, Meta(ge=2)]
    coverage: Share


class Consequences(Struct, frozen=True, forbid_unknown_fields=True):
    """What each kind of finding leads to."""

    certain_gap: DecisionStatus
    gap: DecisionStatus
    required_open: DecisionStatus
    required_inconclusive: DecisionStatus
    advisory_not_met: DecisionStatus
    required_indicators: tuple[str, ...]
    review_months: Annotated[int, Meta(ge=1, le=60)]


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """A policy file."""

    id: str
    edition: str
    title: str
    margins: dict[str, Margin]
    minimum: Minimum
    decision: Consequences


_UNITS: Mapping[str, tuple[str, ...]] = {
    "selection_rate_difference": ("share",), "false_positive_rate_difference": ("share",), "false_negative_rate_difference": ("share",),
    "missing_rate": ("share",), "mean_difference": ("sd", "points"), "mean_error_difference": ("sd", "points"),
    "selection_rate_ratio": ("ratio",), "non_selection_rate_ratio": ("ratio",),
}
"""Statistic → the units that its margin can be given in. A ratio is shown and decides nothing: its margin may be left out."""
_DESCRIBED: Mapping[str, tuple[str, ...]] = {
    "true_positive_rate_difference": ("share",), "accuracy_difference": ("share",), "mean_absolute_error_difference": ("sd", "points"),
    "mean_error_beyond_human_difference": ("sd", "points"), "standardized_mean_difference": ("sd",), "dsm_difference": ("sd",),
    "qwk_difference": ("points",), "qwk_beyond_human_difference": ("points",), "auc_difference": ("points",),
}
"""Statistics that only describe, unless somebody gives them a margin: a policy may leave them out."""
_KNOWN = {**_UNITS, **_DESCRIBED}
_EXAMPLES = {"ratio": "0.8", "share": "0.05 for 5 percentage points"}


def read_policy(path: Path | None) -> tuple[Policy, dict[str, Any]]:
    """Return the policy at `path` (the shipped default for None), and its table as written."""
    path = path or shipped("checklists") / "policy.toml"
    written = read_toml(path, PlanError, "policy")
    policy = convert(written, Policy, PlanError, str(path))
    for statistic, margin in policy.margins.items():
        check_margin(statistic, margin, str(path))
    missing = sorted(name for name, units in _UNITS.items() if units != ("ratio",) and name not in policy.margins)
    if missing:
        raise PlanError(f"missing key {missing[0]!r} at margins", where=str(path), fix="Every statistic that decides needs a margin.")
    return policy, written


def units_of(statistic: str) -> tuple[str, ...]:
    """Return the units that a statistic's margin can be given in; none for an unknown one."""
    return _KNOWN.get(statistic, ())


def check_margin(statistic: str, margin: Margin, where: str) -> None:
    """Raise PlanError for a margin of an unknown statistic, in a unit that does not fit it, or out of its range."""
    if statistic not in _KNOWN:
        raise PlanError(f"unknown statistic {statistic!r} in [margins]", where=where, fix=nearest(statistic, _KNOWN))
    if margin.unit not in _KNOWN[statistic]:
        units = " or ".join(_KNOWN[statistic])
        raise PlanError(f"margins.{statistic}: the unit {margin.unit!r} does not fit", where=where, fix=f"Give it in: {units}.")
    if margin.unit in ("ratio", "share") and not margin.value < 1:
        raise PlanError(f"margins.{statistic}: a {margin.unit} is below 1", where=where, fix=f"For example {_EXAMPLES[margin.unit]}.")
    if not margin.value < float("inf"):
        raise PlanError(f"margins.{statistic}: a margin is a finite number", where=where)


def months_from(day: date, months: int) -> date:
    """Return the same day so many months later (or earlier); the month's last day where it has no such day."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def review_by(policy: Policy, today: date) -> date:
    """Return the day by which the audit is to be done again."""
    return months_from(today, policy.decision.review_months)
