"""Answers that cannot be so: against a file's own content, against what was measured, against another answer. The rules are data."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from audit.checklists.answers import Answered, evidence_named
from audit.checklists.rules import as_yes_no, number_in
from audit.errors import ChecklistError
from audit.library import convert, read_toml, shipped
from audit.records import Answer, Contradiction, Criterion, Disparity, EvidenceFile, Json


class OfEvidence(Struct, frozen=True, forbid_unknown_fields=True, rename={"equal": "is"}):
    """A fact of a file (docs/evidence.md) that speaks against the answer: equal to a value (`is` in the file), at least or at most a number, or short of the answer's own number."""

    fact: str
    equal: str | bool | None = None
    at_least: float | None = None
    at_most: float | None = None
    below_answer_by: float | None = None


class OfAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """Another answer that speaks against this one."""

    criterion: str
    answer: str


class Rule(Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: what is answered (empty: anything), what speaks against it, and what the finding then is."""

    id: str
    criterion: str
    because: str
    answer: str = ""
    evidence: OfEvidence | None = None
    measured: Literal["gap_found"] | None = None
    other: OfAnswer | None = None
    outcome: Literal["not_met", "inconclusive"] = "inconclusive"


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    edition: str
    rules: tuple[Rule, ...]


def contradiction_rules(criteria: Mapping[str, Criterion] | None = None) -> tuple[Rule, ...]:
    """Return the shipped rules; with `criteria`, those that can speak there. Raises ChecklistError for a rule that says nothing."""
    path = shipped("checklists") / "contradictions.toml"
    rules = convert(read_toml(path, ChecklistError, "rules"), _File, ChecklistError, str(path)).rules
    for rule in rules:
        if sum(side is not None for side in (rule.evidence, rule.measured, rule.other)) != 1:
            raise ChecklistError(f"the rule {rule.id!r} needs one of evidence, measured and other", where=str(path))
    return rules if criteria is None else tuple(r for r in rules if r.criterion in criteria)


def find_contradictions(
    criteria: Mapping[str, Criterion], answered: Answered, files: Mapping[str, EvidenceFile], disparities: Sequence[Disparity], today: date
) -> list[Contradiction]:
    """Return every contradiction, in the order of the rules; those of dates after them."""
    found: list[Contradiction] = []
    for rule in contradiction_rules(criteria):
        answer = answered.answers.get(rule.criterion)
        if answer is not None and _says(answer, rule.answer):
            found += _against(rule, answer, answered, files, disparities)
    for name, answer in answered.answers.items():
        if name in criteria and criteria[name].answer == "date":
            found += _dates(criteria[name], answer, files, today)
    return found


def outcome_of(rule: str) -> Literal["not_met", "inconclusive"]:
    """Return what a finding becomes by a rule: what a file shows to be otherwise is not met, what merely does not fit is inconclusive."""
    return next((r.outcome for r in contradiction_rules() if r.id == rule), "inconclusive")


def _says(answer: Answer, wanted: str) -> bool:
    return not wanted or (as_yes_no(answer.answer) or answer.answer.strip().casefold()) == wanted.casefold()


def _against(
    rule: Rule, answer: Answer, answered: Answered, files: Mapping[str, EvidenceFile], disparities: Sequence[Disparity]
) -> Iterator[Contradiction]:
    if rule.evidence is not None:
        for name, file in files.items():
            if rule.evidence.fact in file.check.facts and _speaks(rule.evidence, file.check.facts[rule.evidence.fact], answer):
                yield Contradiction(rule.id, rule.criterion, "evidence", f"{rule.because} (file {name})")
                return
    elif rule.other is not None:
        other = answered.answers.get(rule.other.criterion)
        if other is not None and _says(other, rule.other.answer):
            yield Contradiction(rule.id, rule.criterion, "answer", f"{rule.because} (answer to {rule.other.criterion})")
    elif any(d.outcome == rule.measured and d.family == "confirmatory" and not d.negative_control for d in disparities):
        yield Contradiction(rule.id, rule.criterion, "measured", rule.because)


def _speaks(side: OfEvidence, fact: Json, answer: Answer) -> bool:
    if side.equal is not None:
        return bool(fact == side.equal)
    if not isinstance(fact, int | float) or isinstance(fact, bool):
        return False
    if side.below_answer_by is not None:
        said = number_in(answer.answer)
        return said is not None and fact < said - side.below_answer_by
    return (side.at_least is None or fact >= side.at_least) and (side.at_most is None or fact <= side.at_most)


def _dates(criterion: Criterion, answer: Answer, files: Mapping[str, EvidenceFile], today: date) -> Iterator[Contradiction]:
    """Yield where a date that was answered is not the one of the file that it points at."""
    said = answer.answer.strip()[:10]
    for name in evidence_named(criterion, answer):
        if name not in files:
            continue
        file, ends = files[name], criterion.good == "in the future"
        known = file.expires if ends else file.filed.issued[:10] or file.check.facts.get("issued")
        if isinstance(known, str) and known and known[:10] != said:
            what = "expires" if ends else "is of"
            yield Contradiction("date", criterion.id, "evidence", f"The answer says {said}, and the file {what} {known[:10]} (file {name})")
