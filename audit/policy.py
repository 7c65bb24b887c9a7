"""The policy: margins, gates, weights, minimums and consequences, read from TOML. No number of it stands in code."""

import calendar
import itertools
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from audit.errors import PlanError
from audit.library import convert, nearest, read_toml, shipped
from audit.records import DecisionStatus, Waiver

Share = Annotated[float, Meta(gt=0, le=1)]
Weight = Annotated[int, Meta(ge=1, le=5)]
Days = Annotated[int, Meta(ge=0, le=1830)]
Text = Annotated[str, Meta(min_length=1)]
Caution = Literal["limit_use", "human_review", "repair", "monitor"]

FROM_WORST: tuple[DecisionStatus, ...] = ("do_not_approve", "insufficient_evidence", "pilot", "approve_with_conditions", "approve")
"""The statuses, the most cautious first. The first two allow no use at all: one says no, the other not yet."""
NO_USE = FROM_WORST[:2]


class Margin(Struct, frozen=True, forbid_unknown_fields=True):
    """How large a difference may be: in shares (0 to 1), standard deviations, or as a ratio below 1."""

    value: Annotated[float, Meta(gt=0)]
    unit: Literal["share", "sd", "ratio", "points"]
    source: str
    at_least_of_scale: Annotated[float, Meta(ge=0, le=1)] = 0.0


class Minimum(Struct, frozen=True, forbid_unknown_fields=True):
    """Below these nothing is judged, or no score shown. coverage: the share of an indicator's questions that are answered."""

    items: Annotated[int, Meta(ge=2)]
    coverage: Share


class Consequences(Struct, frozen=True, forbid_unknown_fields=True):
    """What each kind of finding leads to. advisory_not_met: or open. review_months: of a file without [review]."""

    certain_gap: DecisionStatus
    gap: DecisionStatus
    required_open: DecisionStatus
    required_inconclusive: DecisionStatus
    advisory_not_met: DecisionStatus
    required_indicators: tuple[str, ...]
    review_months: Annotated[int, Meta(ge=1, le=60)] | None = None


class Dropped(Struct, frozen=True, forbid_unknown_fields=True):
    """A required criterion that the policy makes advisory, and why."""

    criterion: Text
    because: Text


class Gates(Struct, frozen=True, forbid_unknown_fields=True):
    """Which criteria are gates, beside those that the checklists require."""

    add: tuple[Text, ...]
    drop: tuple[Dropped, ...]


class Band(Struct, frozen=True, forbid_unknown_fields=True):
    """What a score allows at most, from `score_from` (0 to 100, inclusive) up to the next band's."""

    score_from: Annotated[float, Meta(ge=0, le=100)]
    name: Text
    status: DecisionStatus


class Ranges(Struct, frozen=True, forbid_unknown_fields=True):
    """The ranges of weights and margins under which the decision is tried again, as factors."""

    weight_factor: Annotated[float, Meta(ge=1, le=100)]
    margin_from: Share
    margin_to: Annotated[float, Meta(ge=1, le=100)]


class Review(Struct, frozen=True, forbid_unknown_fields=True):
    """When to look again. model_pinned: the criterion that asks whether the model stays the same."""

    months: Annotated[int, Meta(ge=1, le=60)]
    model_pinned: Text
    days_unpinned_model: Days
    days_before_expiry: Days


class Cautions(Struct, frozen=True, forbid_unknown_fields=True):
    """What use in spite of a measured gap asks for, and in how many days what need not come before the first use is due."""

    certain_gap: tuple[Caution, ...]
    gap: tuple[Caution, ...]
    inconclusive: tuple[Caution, ...]
    days: Days


class Policy(Struct, frozen=True, forbid_unknown_fields=True):
    """A policy file, with the shipped one's tables where it leaves them out."""

    id: str
    edition: str
    title: str
    margins: dict[str, Margin]
    minimum: Minimum
    decision: Consequences
    gates: Gates
    weights: dict[str, Weight]
    bands: Annotated[tuple[Band, ...], Meta(min_length=1)]
    sensitivity: Ranges
    review: Review
    conditions: Cautions
    waivers: tuple[Waiver, ...] = ()


_FILLED = ("gates", "weights", "bands", "sensitivity", "review", "conditions")
"""What a file may leave out, whole or in part; a list is never filled in part."""
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
    """Return the policy at `path` (the shipped default for None), and its table as written.

    Raises PlanError for what does not fit: a key, a margin, bands with a gap, a worse finding that would lead to a milder status.
    """
    ours = shipped("checklists") / "policy.toml"
    path = path or ours
    written = read_toml(path, PlanError, "policy")
    policy = convert(_filled(written, written if path == ours else read_toml(ours, PlanError, "policy")), Policy, PlanError, str(path))
    for statistic, margin in policy.margins.items():
        check_margin(statistic, margin, str(path))
    missing = sorted(name for name, units in _UNITS.items() if units != ("ratio",) and name not in policy.margins)
    if missing:
        raise PlanError(f"missing key {missing[0]!r} at margins", where=str(path), fix="Every statistic that decides needs a margin.")
    if policy.decision.review_months is not None and "review" in written:
        raise PlanError("decision.review_months stands beside [review]", where=str(path), fix="Move it there, as months.")
    _check_waivers(policy, str(path))
    _check_bands(policy.bands, str(path))
    _check_consequences(policy.decision, str(path))
    return policy, written


def _filled(written: dict[str, Any], ours: dict[str, Any]) -> dict[str, Any]:
    """Return a file's table with the shipped one's where it says nothing; days of waivers as text, as they may be written without quotes."""
    full = {name: _over(ours[name], written.get(name)) for name in _FILLED} | {k: v for k, v in written.items() if k not in _FILLED}
    decision, review, waivers = (written.get(name) for name in ("decision", "review", "waivers"))
    if isinstance(decision, dict) and "review_months" in decision and review is None:
        full["review"] = full["review"] | {"months": decision["review_months"]}
    if isinstance(waivers, list):
        full["waivers"] = [_dated(waiver) for waiver in waivers]
    return full


def _over(ours: Any, theirs: Any) -> Any:
    if theirs is None:
        return ours
    return ours | theirs if isinstance(ours, dict) and isinstance(theirs, dict) else theirs


def _dated(waiver: Any) -> Any:
    if not isinstance(waiver, dict) or type(waiver.get("expires")) is not date:
        return waiver
    return waiver | {"expires": waiver["expires"].isoformat()}


def _check_waivers(policy: Policy, where: str) -> None:
    for place, waiver in enumerate(policy.waivers, 1):
        empty = next((name for name in ("gate", "by", "reason") if not getattr(waiver, name).strip()), None)
        if empty:
            raise PlanError(f"waiver {place}: {empty!r} is empty", where=where, fix="A waiver needs the gate, a name, a reason and a day.")
        try:
            date.fromisoformat(waiver.expires)
        except ValueError:
            raise PlanError(
                f"waiver {place}: expires = {waiver.expires[:40]!r} is no day", where=where, fix="Write it as 2027-01-31."
            ) from None
    twice = {c.criterion for c in policy.gates.drop} & set(policy.gates.add)
    if twice:
        raise PlanError(f"gates: {min(twice)!r} is both added and dropped", where=where, fix="Leave it in one of the two.")


def _check_bands(bands: tuple[Band, ...], where: str) -> None:
    """Raise PlanError where bands leave a score out, count it twice, or take a lower score more lightly."""
    starts = [band.score_from for band in bands]
    if starts[0] != 0 or any(after <= before for before, after in itertools.pairwise(starts)):
        raise PlanError("bands: score_from is to start at 0 and to rise", where=where, fix="For example 0, 50 and 75: each band ends where the next begins.")
    for before, after in itertools.pairwise(bands):
        if _milder(before.status, after.status):
            raise PlanError(f"bands: {before.name!r} allows more than {after.name!r}, a higher score", where=where, fix="Let no lower score allow more.")


def _check_consequences(rules: Consequences, where: str) -> None:
    """Raise PlanError where a worse finding would lead to a milder status, or a missing answer to more than a no."""
    for worse, better in (("certain_gap", "gap"), ("gap", "required_inconclusive")):
        if _milder(getattr(rules, worse), getattr(rules, better)):
            raise PlanError(f"decision: {worse} is taken more lightly than {better}", where=where, fix=f"Make {worse} as cautious, or more.")
    if rules.required_open not in NO_USE:
        raise PlanError(
            f"decision.required_open = {rules.required_open!r}: a missing answer would allow more than a no", where=where,
            fix='Use "insufficient_evidence"; a gate that need not hold can be dropped in [gates], or waived.',
        )


def _milder(one: DecisionStatus, other: DecisionStatus) -> bool:
    return FROM_WORST.index(one) > FROM_WORST.index(other)


def check_criteria(policy: Policy, known: Iterable[str], where: str) -> None:
    """Raise PlanError for a gate, waiver or weight that names no criterion of `known`, with the nearest."""
    names = frozenset(known)
    named = [
        *(("gates.add", name) for name in policy.gates.add), *(("gates.drop", one.criterion) for one in policy.gates.drop),
        *(("waivers", one.gate) for one in policy.waivers), *(("weights", name) for name in policy.weights),
        ("review.model_pinned", policy.review.model_pinned),
    ]
    for place, name in named:
        if name not in names:
            raise PlanError(f"unknown criterion {name!r} in {place}", where=where, fix=nearest(name, names))


def with_margins(policy: Policy, factor: float) -> Policy:
    """Return the policy with every margin `factor` times as wide (a ratio: to that power, so that 2 is twice as wide as a logarithm)."""
    return msgspec.structs.replace(policy, margins={name: _scaled(margin, factor) for name, margin in policy.margins.items()})


def _scaled(margin: Margin, factor: float) -> Margin:
    if margin.unit == "ratio":
        return msgspec.structs.replace(margin, value=margin.value**factor)
    return msgspec.structs.replace(margin, value=margin.value * factor, at_least_of_scale=margin.at_least_of_scale * factor)


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
