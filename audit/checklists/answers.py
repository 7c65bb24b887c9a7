"""The answers, checked: unknown, doubled or ill-formed ones are errors with their place; those to retired questions are kept."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from audit.checklists.catalogue import Checklist, criteria_of
from audit.checklists.columns import Tables
from audit.checklists.files import read_tables
from audit.checklists.overlays import read_overlay, shipped_overlays
from audit.checklists.rules import is_good, is_not_applicable
from audit.errors import ChecklistError
from audit.library import nearest
from audit.records import Answer, Claim, Criterion, Filed
from audit.wording import one_line

_FILE_NAME = re.compile(
    r"\.(?:pdf|docx?|odt|rtf|txt|md|html?|xlsx?|ods|csv|tsv|pptx?|odp|json|jsonl|ya?ml|toml|xml|zip|eml|msg|png|jpe?g|gif|webp|tiff?|heic|mp4|mov"
    r"|pem|crt|cer|der|jwks|jwt|imscc)$",
    re.IGNORECASE,
)
_WHATS = ("", "agreement", "certificate", "report", "export", "other")
_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]00:00:00)?")


class Answered(Struct, frozen=True):
    """Everything that people said: criterion → answer, the register of evidence by file, the vendor's claims, and answers to retired questions."""

    answers: dict[str, Answer] = {}
    filed: dict[str, Filed] = {}
    claims: tuple[Claim, ...] = ()
    retired: dict[str, Answer] = {}


def read_answers(path: Path, lists: Sequence[Checklist], today: dt.date) -> Answered:
    """Return what an answers file says; rows without an answer are left out.

    Raises ChecklistError with the place of an unknown criterion, a second answer, an answer of the wrong kind, a "not
    applicable" that is not allowed or has no reason, a date that is none.
    """
    return check_tables(read_tables(path), lists, today)


def check_tables(tables: Tables, lists: Sequence[Checklist], today: dt.date) -> Answered:
    """Return the tables of an answers file as answers. Raises as `read_answers` does."""
    criteria, gone = criteria_of(lists), {r.id for one in lists for r in one.retired}
    answers: dict[str, Answer] = {}
    retired: dict[str, Answer] = {}
    for name, answer in tables.answers:
        if name not in criteria and name not in gone:
            raise _unknown(name, answer, criteria)
        if not answer.answer.strip():
            _check_silent(answer, name)
            continue
        into = answers if name in criteria else retired
        if name in into:
            raise ChecklistError(
                f"the criterion {name!r} is answered twice", where=f"{into[name].where} and {answer.where}", fix="Keep one answer.",
            )
        if name in criteria:
            check_answer(criteria[name], answer, today)
        into[name] = answer
    return Answered(answers, _filed(tables.evidence), tuple(_claim(c, criteria) for c in tables.claims if c.claim.strip()), retired)


def _unknown(name: str, answer: Answer, criteria: Mapping[str, Criterion]) -> ChecklistError:
    """Return the error of an unknown criterion; one that a shipped overlay adds is told from a slip of the pen."""
    for overlay in shipped_overlays():
        if any(c.id == name for c in read_overlay(overlay, Path()).add):
            return ChecklistError(f"the criterion {name!r} is of the overlay {overlay!r}, which is not in use", where=answer.where,
                                  fix=f'Add it: [checklists] overlays = ["{overlay}"], or --overlay {overlay}.')
    return ChecklistError(f"unknown criterion {name!r}", where=answer.where, fix=nearest(name, criteria))


def _check_silent(answer: Answer, name: str) -> None:
    if answer.evidence.strip():
        raise ChecklistError(f"{name!r} has evidence and no answer", where=answer.where, fix="Answer it, or take the evidence out.")


def check_answer(criterion: Criterion, answer: Answer, today: dt.date) -> None:
    """Raise ChecklistError for an answer that is not of its criterion's kind."""
    if answer.date:
        _check_day(answer.date, "date", answer.where, before=today)
    if is_not_applicable(answer.answer):
        if not criterion.not_applicable_ok:
            raise ChecklistError(f"{criterion.id!r} cannot be not applicable", where=answer.where, fix="Answer the question.")
        if not answer.note.strip():
            raise ChecklistError(
                f"{criterion.id!r} is not applicable without a reason", where=answer.where, fix="Give the reason in the note."
            )
        return
    try:
        is_good(criterion, answer.answer, today)
    except ValueError as bad:
        raise ChecklistError(
            f"{criterion.id!r}: {one_line(answer.answer, 60)!r} is not an answer to this question", where=answer.where,
            fix=f"Give {bad}.",
        ) from None


def _check_day(text: str, name: str, where: str, before: dt.date | None = None) -> None:
    try:
        day = dt.date.fromisoformat(text[:10] if _DAY.fullmatch(text) else "")
    except ValueError:
        raise ChecklistError(f"{name} {one_line(text, 40)!r} is no date", where=where, fix="Write it as 2026-11-21.") from None
    if before is not None and day > before:
        raise ChecklistError(f"{name} {day} lies in the future", where=where, fix="Give the day on which it was answered.")


def _filed(register: Iterable[Filed]) -> dict[str, Filed]:
    found: dict[str, Filed] = {}
    for one in register:
        if not one.file.strip():
            raise ChecklistError("an entry of the register names no file", where=one.where, fix="Name it in the column file.")
        if one.file in found:
            raise ChecklistError(f"the file {one.file!r} is registered twice", where=f"{found[one.file].where} and {one.where}", fix="Keep one entry.")
        if one.what.casefold() not in _WHATS:
            raise ChecklistError(f"what = {one_line(one.what, 40)!r} is none of its values", where=one.where, fix=nearest(one.what, _WHATS[1:]))
        if one.confidential.casefold() not in ("", "yes", "no", "true", "false"):
            raise ChecklistError(f"confidential = {one_line(one.confidential, 40)!r} is not yes or no", where=one.where)
        for name in ("issued", "expires", "received"):
            if getattr(one, name):
                _check_day(getattr(one, name), name, one.where)
        found[one.file] = one
    return found


def _claim(claim: Claim, criteria: Mapping[str, Criterion]) -> Claim:
    if claim.criterion and claim.criterion not in criteria:
        raise ChecklistError(f"the claim names the unknown criterion {claim.criterion!r}", where=claim.where, fix=nearest(claim.criterion, criteria))
    return claim


def evidence_named(criterion: Criterion, answer: Answer) -> list[str]:
    """Return what an answer's evidence column names, one a line; an answer of the kind "file" names it itself."""
    named = answer.answer if criterion.answer == "file" and not answer.evidence.strip() else answer.evidence
    if is_not_applicable(named):
        return []
    return [one.strip() for one in named.replace(";\n", "\n").splitlines() if one.strip()]


def is_file_name(named: str) -> bool:
    """Return whether a text names a file rather than a place in words."""
    return bool(_FILE_NAME.search(named))
