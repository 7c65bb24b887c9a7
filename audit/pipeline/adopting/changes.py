"""An audit that was taken over, held against what it said itself: do the numbers come out again, what came out otherwise, and why."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from audit import checklists
from audit.policy import Policy
from audit.records import Criterion, Disparity, Finding, Results, Scorecard
from audit.records.adoption import FindingChange, LocalRules
from audit.wording import one_line

_NUMBERS = ("estimate", "low", "high", "low90", "high90", "p_value", "p_adjusted")
_PLACE = ("set", "by", "measure", "statistic", "unit", "attribute", "group", "reference", "family")
_CLOSE = 1e-6
_NOT_RULES = ("id", "edition", "title")
_MOST_RULES = 40
_LONGEST = 300
Key = tuple[str, str]


class Side(Struct, frozen=True):
    """One side: the scorecard, the questions, and the policy that it was judged by."""

    card: Scorecard
    lists: Sequence[checklists.Checklist]
    policy: Policy


def came_again(stated: Results, found: Results) -> tuple[int, int]:
    """Return how many measured differences have the numbers that the audit states, and how many there are on either side.

    Compared are estimates, intervals and p-values, to one part in a million; verdicts hang on margins, which may be others here.
    """
    before, after = _by_place(stated), _by_place(found)
    same = sum(place in after and _alike(one, after[place]) for place, one in before.items())
    return same, len(before.keys() | after.keys())


def _by_place(results: Results) -> dict[str, Disparity]:
    rows = (*results.disparities, *results.missingness)
    return {msgspec.json.encode([getattr(row, name) for name in _PLACE], order="sorted").decode(): row for row in rows}


def _alike(one: Disparity, other: Disparity) -> bool:
    return all(_close(getattr(one, name), getattr(other, name)) for name in _NUMBERS)


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_CLOSE, abs_tol=_CLOSE)


def rules_changed(before: Policy, after: Policy) -> tuple[str, ...]:
    """Return in which rules two policies differ, one a sentence; titles and sources of margins are no rules."""
    old, new = dict(_leaves("", msgspec.to_builtins(before))), dict(_leaves("", msgspec.to_builtins(after)))
    told = [
        f"{name}: {_value(old.get(name))} → {_value(new.get(name))}" for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name) and not (name in _NOT_RULES or name.endswith(".source"))
    ]
    more = len(told) - _MOST_RULES
    return tuple(told[:_MOST_RULES]) + ((f"and {more} more",) if more > 0 else ())


def _leaves(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(f"{place}.{key}" if place else str(key), inner)
    else:
        yield place, value


def _value(value: Any) -> str:
    return "not set" if value is None else one_line(value, 120)


def differences(before: Side, after: Side, local: LocalRules) -> tuple[FindingChange, ...]:
    """Return the findings that came out otherwise, each with what caused it; those of questions on one side only too."""
    old, new = _findings(before.card), _findings(after.card)
    return tuple(
        _change(key, old.get(key), new.get(key), before, after, local) for key in dict.fromkeys((*new, *old))
        if _outcome(old.get(key)) != _outcome(new.get(key)) or _required(old.get(key)) != _required(new.get(key))
    )


def _findings(card: Scorecard) -> dict[Key, Finding]:
    return {(f.criterion, f.subject): f for f in card.findings}


def _outcome(finding: Finding | None) -> Any:
    return None if finding is None else finding.outcome


def _required(finding: Finding | None) -> bool:
    return finding is not None and finding.required


def _change(key: Key, old: Finding | None, new: Finding | None, before: Side, after: Side, local: LocalRules) -> FindingChange:
    shown = new or old
    assert shown is not None
    why = _left_out(key[0], after) if new is None else _why(new, old, before, after, local)
    return FindingChange(
        key[0], key[1], one_line(shown.question, _LONGEST), _outcome(old), _outcome(new), one_line(new.because if new else "", _LONGEST), why,
    )


def _left_out(criterion: str, after: Side) -> str:
    retired = next((r for one in after.lists for r in one.retired if r.id == criterion), None)
    return f"left out by your overlay {retired.by}: {one_line(retired.because, _LONGEST)}" if retired else "no longer measured here"


def _why(new: Finding, old: Finding | None, before: Side, after: Side, local: LocalRules) -> str:
    """Return what of the district's caused a finding, the nearest cause first."""
    if new.assurance == "measured":
        return _why_measured(new, old, before, after)
    ours, theirs = (_questions(side.lists).get(new.criterion) for side in (after, before))
    said = bool(local.answers or local.files)
    off = new.outcome == "not_applicable" or (old is not None and old.outcome == "not_applicable")
    causes = (
        (new.criterion in local.answers, f"your answer ({one_line(new.answered_by, 80)})"),
        (ours != theirs, f"your overlay ({one_line(ours.set_by, _LONGEST)})" if ours is not None and ours.set_by else "your overlay"),
        (old is not None and old.required != new.required, "your policy: gates"),
        (said and (old is None or new.contradictions != old.contradictions), "your answers or files, which this one does not fit"),
        (said and off, "your answers, from which it follows whether this is asked"),
    )
    return next((why for holds, why in causes if holds), f"the day: {before.card.as_of} then, {after.card.as_of} now")


def _why_measured(new: Finding, old: Finding | None, before: Side, after: Side) -> str:
    if _margins(before.policy) != _margins(after.policy):
        return "your policy: margins"
    if before.policy.minimum != after.policy.minimum:
        return "your policy: the fewest base items"
    if old is not None and old.outcome == new.outcome:
        return "your policy: gates, or your overlay"
    return "the audit's own page says otherwise than its replies: see audit verify"


def _margins(policy: Policy) -> Mapping[str, Any]:
    return {name: (m.value, m.unit, m.at_least_of_scale) for name, m in policy.margins.items()}


def _questions(lists: Sequence[checklists.Checklist]) -> dict[str, Criterion]:
    return {c.id: c for one in lists for c in one.criteria}
