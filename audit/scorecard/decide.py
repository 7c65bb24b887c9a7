"""The decision: the most cautious of its steps, with reasons, conditions, scope, and what would change it."""

from collections.abc import Mapping, Sequence
from typing import Any

from audit.records import Decision, Disparity, FixtureSet, Scope, Step
from audit.scorecard.case import Case, most_cautious
from audit.scorecard.changes import changes_of
from audit.scorecard.conditions import conditions_of
from audit.scorecard.steps import stands_in_the_way, steps_of

_MOST_REASONS = 8


def decide(case: Case, rows: Sequence[Disparity] = (), sets: Mapping[str, FixtureSet] | None = None, scope: Scope | None = None) -> Decision:
    """Return the most cautious status that any rule calls for, and why. Gates beat scores; the order of input does not matter.

    rows: the comparisons of the results, for the items that are needed and the groups of a gap. sets: for the groups' names.
    """
    steps = steps_of(case)
    used = {f.criterion for f in case.findings if stands_in_the_way(f) and f.outcome != "met"}
    return Decision(
        status=most_cautious(step.status for step in steps), because=_reasons(steps), conditions=conditions_of(case, rows, sets or {}),
        would_change=changes_of(case, rows), steps=steps, scope=scope,
        waivers=tuple(waiver for gate, waiver in sorted(case.waivers.items()) if gate in used),
    )


def scope_of(tool: Mapping[str, Any], provenance: Mapping[str, Any]) -> Scope:
    """Return what the decision is about: what the plan says of the tool, and the models that answered."""
    listed = {name: tuple(tool.get(name) or ()) for name in ("use_cases", "audience", "grades", "languages")}
    return Scope(
        version=str(tool.get("version") or ""), student_data=tool.get("student_data"), models=tuple(provenance.get("models") or ()), **listed,
    )


def _reasons(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return the reasons of the steps that hold the decision back, worst first; the single reason where nothing does."""
    unique = list(dict.fromkeys(step.because for step in steps if step.status != "approve"))
    if not unique:
        return tuple(step.because for step in steps if step.rule == "all-met")
    if len(unique) <= _MOST_REASONS:
        return tuple(unique)
    shown = unique[: _MOST_REASONS - 1]
    return (*shown, f"And {len(unique) - len(shown)} more, listed below under findings.")
