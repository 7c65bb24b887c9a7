"""The few things that would alter a decision, each found by deciding again as if it had come out well."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from audit.records import Change, DecisionStatus, Disparity, Finding
from audit.scorecard.case import Case, rank, turned
from audit.scorecard.conditions import rows_of
from audit.scorecard.steps import is_measured, status_of, steps_of
from audit.wording import items_in_words

AUDITOR = -1
"""The place of the auditor's role among what could change; the others are places in `Case.everything`."""
_MOST = 12
_WORDS = {"answer": "answers", "items": "measurements", "document": "documents or repairs", "version": "measured differences", "auditor": "auditors"}


class Lift(Struct, frozen=True):
    """What, met together, gives another status. No smaller part of it does."""

    places: frozenset[int]
    status: DecisionStatus


def lifts(case: Case) -> tuple[Lift, ...]:
    """Return every single change that lifts the decision; where none does, one set that does and of which no part does.

    The set is found by taking out one after the other what is not needed, advisory and light ones first.
    """
    base = rank(status_of(case))
    places = _candidates(case)
    singles = [Lift(frozenset([place]), status) for place in places if rank(status := status_of(lifted(case, [place]))) > base]
    if singles or not places:
        return tuple(singles)
    kept = set(places)
    for place in reversed(places):
        if rank(status_of(lifted(case, kept - {place}))) > base:
            kept.remove(place)
    return (Lift(frozenset(kept), status_of(lifted(case, kept))),)


def lifted(case: Case, places: Iterable[int]) -> Case:
    """Return the case with these findings met, and somebody other than the vendor auditing where the auditor is among them."""
    chosen = set(places)
    role = "independent" if AUDITOR in chosen else case.role
    return turned(msgspec.structs.replace(case, role=role), chosen)


def _candidates(case: Case) -> list[int]:
    """Return the places of what holds the decision where it is, weightiest first: nothing else can lift it."""
    steps = steps_of(case)
    worst = steps[0].status
    if worst == "approve":
        return []
    holding = {name for step in steps if step.status == worst for name in step.findings}
    silent = any(step.rule == "required-indicator" and step.status == worst for step in steps)
    places = [place for place, f in enumerate(case.everything) if ((f.criterion, f.subject) in holding and not _is_settled(f)) or (silent and not f.criterion)]
    own_test = [AUDITOR] if any(step.rule == "self-test" and step.status == worst for step in steps) else []
    return [*own_test, *sorted(places, key=lambda place: (not case.everything[place].required, -case.everything[place].weight, place))]


def _is_settled(finding: Finding) -> bool:
    return finding.outcome == "not_applicable" or (finding.outcome == "met" and not finding.contradictions)


def changes_of(case: Case, rows: Sequence[Disparity]) -> tuple[Change, ...]:
    """Return what would alter the decision, in words, best first; never more than a reader can take in."""
    found = lifts(case)
    if len(found) == 1 and len(found[0].places) > 1:
        return _together(case, found[0], rows)
    best = sorted(found, key=lambda lift: -rank(lift.status))
    shown = [_change(case, min(lift.places), rows, lift.status) for lift in best[:_MOST]]
    rest = len(best) - len(shown)
    if rest:
        last = shown[-1]
        shown[-1] = msgspec.structs.replace(last, text=f"{last.text} Or any one of {rest} more that are listed under findings.")
    return tuple(shown)


def _together(case: Case, lift: Lift, rows: Sequence[Disparity]) -> tuple[Change, ...]:
    """Return the parts of a set that lifts the decision only as a whole; too many of them are counted instead."""
    all_of_them = [_change(case, place, rows, lift.status) for place in sorted(lift.places)]
    parts = list(dict.fromkeys(all_of_them)) if len(all_of_them) <= _MOST else _counted(case, lift, all_of_them)
    if len(parts) == 1:
        return tuple(parts)
    return tuple(msgspec.structs.replace(part, text=f"{part.text} (Together with the other {len(parts) - 1} named here.)") for part in parts)


def _counted(case: Case, lift: Lift, every: Sequence[Change]) -> list[Change]:
    """Return one change for each kind and indicator, with how many it stands for."""
    where = [case.everything[place].indicator if place != AUDITOR else "" for place in sorted(lift.places)]
    counted = []
    for kind, indicator in dict.fromkeys((change.kind, name) for change, name in zip(every, where, strict=True)):
        own = [change for change, name in zip(every, where, strict=True) if (change.kind, name) == (kind, indicator)]
        needed = max((change.needed for change in own if change.needed is not None), default=None)
        several = f"{len(own)} {_WORDS[kind]} under {case.titles.get(indicator, indicator)}, listed under findings."
        counted.append(own[0] if len(own) == 1 else Change(several, kind, "", needed, lift.status))
    return counted


def _change(case: Case, place: int, rows: Sequence[Disparity], would_be: DecisionStatus) -> Change:
    if place == AUDITOR:
        return Change("The same audit by somebody other than the vendor.", "auditor", would_be=would_be)
    finding = case.everything[place]
    if not finding.criterion:
        return Change(f"Answers to the checklist: {case.titles.get(finding.indicator, finding.indicator)}.", "answer", would_be=would_be)
    if is_measured(finding):
        return _measured(finding, rows, would_be)
    if finding.contradictions:
        said = f"What contradicts itself is cleared up: {finding.question} {' '.join(finding.contradictions)}"
        return Change(said, "document", finding.criterion, would_be=would_be)
    if finding.outcome == "not_assessed":
        return Change(f"A good answer to: {finding.question}", "answer", finding.criterion, would_be=would_be)
    return Change(f"{finding.question} {finding.remedy}", "document", finding.criterion, would_be=would_be)


def _measured(finding: Finding, rows: Sequence[Disparity], would_be: DecisionStatus) -> Change:
    """Return a new version for a gap; else the base items that are needed, once for all attributes of a set."""
    if finding.outcome == "not_met":
        said = f"A new version of the tool in which the measured difference is smaller than the margin: {finding.subject}."
        return Change(said, "version", finding.criterion, would_be=would_be)
    own = [d for d in rows_of(finding, rows) if d.family == "confirmatory" and not d.negative_control]
    needed = max((d.items_needed for d in own if d.items_needed), default=None)
    if needed is None:
        return Change(f"Replies that can be read, from every group: {finding.subject}.", "items", finding.criterion, would_be=would_be)
    draw = f"(audit fixtures draw {own[0].set} --seed N --items N draws more, as far as its templates go)"
    said = f"{items_in_words(needed).capitalize()} base items of the set {own[0].set} {draw}, if the differences stay within the margin: {finding.subject}."
    return Change(said, "items", finding.criterion, needed, would_be)
