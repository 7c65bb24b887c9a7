"""What has to be done, and what would alter the decision, in plain words: from the finding that calls for it, naming no group."""

from collections.abc import Callable, Mapping

from audit.records import Change, Condition, Finding, FixtureSet, Scorecard
from audit.report.blocks import Inline, Runs
from audit.report.documents.parts import cut, short
from audit.report.documents.sentences import subject_name
from audit.report.words import Words

_OWNER = 60
Sets = Mapping[str, FixtureSet]


def plain_condition(c: Condition, card: Scorecard, sets: Sets, w: Words, longest: int) -> Inline:
    """Return a condition in a sentence of at most so many characters."""
    finding = _finding(card, c.criterion, c.subject) or _finding(card, c.criterion, None)
    waived = next((one for one in card.decision.waivers if one.gate == c.criterion and one.expires == c.due and c.kind == "agreement"), None)
    if finding is None:
        return _several(c, card, w) or short(c.text, w, longest)
    question = w.plain(finding.question)
    if waived is not None:
        return cut(w("A must-have is put off, because: {reason}", reason=waived.reason), longest)
    if finding.assurance == "measured":
        return cut(_measured(c.kind, subject_name(c.subject, sets, w), w) if c.subject else _measured_together(c.kind, w), longest)
    if finding.outcome == "not_assessed":
        return cut(w("Get a good answer to: {question}", question=question), longest)
    return cut(w("Put right: {question}", question=question), longest)


def _several(c: Condition, card: Scorecard, w: Words) -> str:
    """Return the condition that an indicator's open questions share; empty for any other."""
    still_open = [f for f in card.findings if f.indicator == c.subject and f.outcome == "not_assessed" and not f.required and f.assurance != "measured"]
    own = [f for f in still_open if ("vendor" if f.owner == "vendor" else "district") == c.owner]
    if not own or c.criterion:
        return ""
    title = w.plain(card.indicators[c.subject].title)
    return w.plural("Answer {n} open question: {indicator}.", "Answer {n} open questions: {indicator}.", len(own), indicator=title)


def owner_name(owner: str, w: Words) -> str:
    """Return who has to do it; a waiver's is a person, by name."""
    return {"district": w("district"), "vendor": w("vendor")}.get(owner) or cut(owner, _OWNER) or "–"


def _measured(kind: str, subject: str, w: Words) -> str:
    sentences: Mapping[str, Callable[[], str]] = {
        "repair": lambda: w("Mend it, and test it again: {subject}", subject=subject),
        "human_review": lambda: w("A person looks at the work before a result counts: {subject}", subject=subject),
        "limit_use": lambda: w("Do not use it for this until it is mended: {subject}", subject=subject),
        "monitor": lambda: w("Test it again, with more work: {subject}", subject=subject),
        "agreement": lambda: w("Put this in the contract: {subject}", subject=subject),
    }
    return sentences[kind]()


def _measured_together(kind: str, w: Words) -> str:
    """Return what is to be done once for all measured findings of a kind."""
    if kind == "monitor":
        return w("Test again, with more work, each thing for which there is too little data to tell.")
    return w("Mend each difference that is more than allowed, and test again.")


def plain_change(c: Change, card: Scorecard, w: Words, longest: int) -> Inline:
    """Return what would alter the decision in a sentence of at most so many characters."""
    finding = _finding(card, c.criterion, None)
    if c.kind == "auditor":
        return cut(w("The same test, by someone other than the vendor."), longest)
    if c.kind == "version":
        return cut(w("A new version of the tool that treats all groups alike."), longest)
    if c.kind == "items" and c.needed:
        return cut(w("More test work: about {n} pieces.", n=f"{c.needed:,}"), longest)
    if finding is not None and c.kind == "answer":
        return cut(w("A good answer to: {question}", question=w.plain(finding.question)), longest)
    if finding is not None and c.kind == "document" and not finding.contradictions:
        return cut(w("Proof that this is put right: {question}", question=w.plain(finding.question)), longest)
    return short(c.text, w, longest)


def condition_rows(card: Scorecard, sets: Sets, w: Words, longest: int, most: int) -> tuple[tuple[Runs, ...], ...]:
    """Return at most so many conditions as rows of a table: what, who, by when; those that read the same are one."""
    rows: list[tuple[Runs, ...]] = [
        ((plain_condition(c, card, sets, w, longest),), (owner_name(c.owner, w),), (due(c.due, w),)) for c in card.decision.conditions
    ]
    return tuple(list(dict.fromkeys(rows))[:most])


def due(day: str, w: Words) -> str:
    """Return until when: a day, or before the first use."""
    return w("before use") if day == "before use" else cut(day, _OWNER) or "–"


def _finding(card: Scorecard, criterion: str, subject: str | None) -> Finding | None:
    """Return the finding that a condition or a change names. subject: None for any."""
    return next((f for f in card.findings if criterion and f.criterion == criterion and subject in (None, f.subject)), None)
