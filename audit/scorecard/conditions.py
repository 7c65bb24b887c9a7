"""What has to be done if the tool is used all the same: by whom, until when, and which finding calls for it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Literal

from audit.policy import Caution
from audit.records import Condition, Disparity, Finding, FixtureSet
from audit.scorecard.case import Case
from audit.scorecard.steps import is_measured, stands_in_the_way
from audit.wording import group_title

BEFORE_USE = "before use"
"""`Condition.due` of what has to be done before the first use; every other due is a day (ISO 8601)."""
_FIRST: tuple[str, ...] = ("limit_use", "human_review", "repair", "agreement", "monitor")
_MOST_NAMED = 5
_MISSING = "results.json: missingness,"
Owner = Literal["district", "vendor"]
_TOGETHER: tuple[tuple[Literal["repair", "monitor"], Owner], ...] = (("repair", "vendor"), ("monitor", "district"))


def conditions_of(case: Case, rows: Sequence[Disparity], sets: Mapping[str, FixtureSet]) -> tuple[Condition, ...]:
    """Return the conditions, those before the first use first. rows: of the results, which say the groups of a gap."""
    found = {c for f in case.findings for c in _of_finding(f, case, rows, sets)} | set(_open_advice(case))
    found |= set(_shared(case))
    return tuple(sorted(found, key=lambda c: (c.due != BEFORE_USE, _FIRST.index(c.kind), c.criterion, c.subject, c.text, c.owner, c.due)))


def rows_of(finding: Finding, rows: Sequence[Disparity]) -> list[Disparity]:
    """Return the comparisons that a measured finding rests on, by what its evidence says of the run."""
    said = {e.what for e in finding.evidence if e.kind == "run"}
    return [d for d in rows if any(f"results.json: {kind}, set {d.set}, attribute {d.attribute}" in said for kind in ("disparities", "missingness"))]


def _of_finding(finding: Finding, case: Case, rows: Sequence[Disparity], sets: Mapping[str, FixtureSet]) -> Iterator[Condition]:
    if finding.outcome in ("met", "not_applicable"):
        return
    waiver = case.waivers.get(finding.criterion) if stands_in_the_way(finding) else None
    if waiver:
        said = f"Waived by {waiver.by} until {waiver.expires}: {waiver.reason} ({finding.question})"
        yield Condition(said, "agreement", waiver.by, waiver.expires, finding.criterion, finding.subject)
    if is_measured(finding):
        yield from _measured(finding, case, rows, sets)
    elif finding.outcome != "not_assessed" or finding.required:
        due = (waiver.expires if waiver else BEFORE_USE) if finding.required else _later(case)
        said = f"An answer is needed: {finding.question}" if finding.outcome == "not_assessed" else f"{finding.question} {finding.remedy}"
        yield Condition(said, _kind(finding), _owner(finding), due, finding.criterion, finding.subject)


def _later(case: Case) -> str:
    return (case.today + timedelta(days=case.policy.conditions.days)).isoformat()


def _owner(finding: Finding) -> Owner:
    """Who has to do it: the vendor where only the vendor can answer, else the district, which chooses the tool."""
    return "vendor" if finding.owner == "vendor" else "district"


def _kind(finding: Finding) -> Literal["agreement", "repair"]:
    return "agreement" if _owner(finding) == "vendor" else "repair"


def _kinds(finding: Finding, case: Case) -> tuple[Caution, ...]:
    cautions = case.policy.conditions
    of_gap = cautions.certain_gap if finding.severe else cautions.gap
    return of_gap if finding.outcome == "not_met" else cautions.inconclusive


def _measured(finding: Finding, case: Case, rows: Sequence[Disparity], sets: Mapping[str, FixtureSet]) -> Iterator[Condition]:
    """Yield what has to be done before the first use, for each finding: it is another group and another use each time."""
    subject = finding.subject or finding.question
    for kind in _kinds(finding, case):
        if kind == "limit_use":
            said = f"Not used for this until it is repaired and measured again: {subject}."
        elif kind == "human_review":
            said = _reviewed(finding, subject, _groups(finding, rows, sets))
        else:
            continue
        yield Condition(said, kind, "district", BEFORE_USE, finding.criterion, finding.subject)


def _reviewed(finding: Finding, subject: str, groups: str) -> str:
    if any(e.what.startswith(_MISSING) for e in finding.evidence):
        return f"Where the tool gives no result, a person does the task instead ({subject}; {groups})."
    return f"A person looks at the work itself before a result counts, without relying on the tool ({subject}; {groups})."


def _shared(case: Case) -> Iterator[Condition]:
    """Yield what is done once for all measured findings of a criterion: the vendor's repair, and measuring again."""
    open_ones = [f for f in case.findings if is_measured(f) and f.outcome not in ("met", "not_applicable")]
    for criterion in sorted({f.criterion for f in open_ones}):
        for kind, owner in _TOGETHER:
            own = [f for f in open_ones if f.criterion == criterion and kind in _kinds(f, case)]
            if own:
                about = _several(sorted({f.subject or f.question for f in own}))
                said = f"{own[0].remedy} ({about})" if kind == "repair" else f"Measured again, with more items and on the version in use: {about}."
                subject = own[0].subject if len({f.subject for f in own}) == 1 else ""
                yield Condition(said, kind, owner, _later(case), criterion, subject)


def _several(subjects: Sequence[str]) -> str:
    more = len(subjects) - _MOST_NAMED
    return "; ".join(subjects[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _groups(finding: Finding, rows: Sequence[Disparity], sets: Mapping[str, FixtureSet]) -> str:
    """Return the groups that a measured gap is about, by their names where the set is known."""
    gaps = [d for d in rows_of(finding, rows) if d.outcome == "gap_found" and d.family == "confirmatory" and not d.negative_control]
    named = {group_title(sets[d.set], d.attribute, d.group) if d.set in sets else d.group for d in gaps}
    return ", ".join(sorted(named)) if named else "all groups"


def _open_advice(case: Case) -> Iterator[Condition]:
    """Yield one condition for the open advisory questions of an indicator and an owner."""
    still_open = [f for f in case.findings if f.outcome == "not_assessed" and not f.required and not is_measured(f)]
    for indicator, owner in sorted({(f.indicator, _owner(f)) for f in still_open}):
        own = [f for f in still_open if (f.indicator, _owner(f)) == (indicator, owner)]
        one = own[0]
        said = f"An answer is needed: {one.question}" if len(own) == 1 else f"{len(own)} open questions under {case.titles.get(indicator, indicator)} are answered."
        yield Condition(said, _kind(one), owner, _later(case), one.criterion if len(own) == 1 else "", "" if len(own) == 1 else indicator)
