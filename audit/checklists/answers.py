"""The answers: a .toml, .csv or .xlsx file. Unknown, doubled or ill-formed answers are errors with their place."""

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from audit.checklists.catalogue import Checklist
from audit.checklists.rules import is_good, is_not_applicable
from audit.errors import ChecklistError
from audit.library import convert, inside, nearest, read_toml
from audit.records import Criterion, Evidence
from audit.sheets import KINDS, read_sheet, write_sheet

COLUMNS = (
    "criterion", "question", "answer", "evidence", "note", "by", "date",
    "kind", "who answers", "required", "why", "evidence wanted",
)
_FILE_NAME = re.compile(
    r"\.(?:pdf|docx?|odt|rtf|txt|md|html?|xlsx?|ods|csv|tsv|pptx?|odp|json|ya?ml|toml|xml|zip|eml|msg|png|jpe?g|gif|webp|tiff?|heic|mp4|mov)$",
    re.IGNORECASE,
)
_LONGEST_NAME = 255
_HOW = """How to fill this in
1. Answer in the column "answer": yes or no, one of the choices, a number, a date as 2026-11-21, or a text, as "kind" says.
2. In "evidence", name a file in the evidence folder, a web address, or the place in a document.
3. "not applicable" needs a reason in "note". What is left empty counts as not assessed, never as met.
4. Say who answered ("by") and when ("date")."""


class _Given(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person can write in one table of answers.toml."""

    answer: str
    evidence: str = ""
    note: str = ""
    by: str = ""
    date: str = ""


class Answer(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One answer as given; `where` is its place in the file, `proof` what its evidence turned out to be."""

    answer: str
    evidence: str = ""
    note: str = ""
    by: str = ""
    date: str = ""
    where: str = ""
    proof: Evidence | None = None


def answer_sheet(checklists: Sequence[Checklist], path: Path) -> None:
    """Write the sheet to fill in: one row a question, measured criteria left out."""
    rows = [
        {
            "criterion": c.id, "question": c.question, "kind": _kind(c), "who answers": c.answered_by,
            "required": "required" if c.required else "advisory", "why": c.why, "evidence wanted": c.evidence,
        }
        for checklist in checklists for c in checklist.criteria if c.answer != "measured"
    ]
    write_sheet(path, COLUMNS, rows, ChecklistError, _HOW)


def _kind(criterion: Criterion) -> str:
    kind = {"yes_no": "yes or no", "choice": "one of: " + "; ".join(criterion.choices), "number": f"number ({criterion.unit})",
            "date": "date", "text": "text", "file": "file"}[criterion.answer]
    return kind + (" (or not applicable, with a reason)" if criterion.not_applicable_ok else "")


def read_answers(
    path: Path, checklists: Sequence[Checklist], today: dt.date, evidence: Path | None
) -> dict[str, Answer]:
    """Return criterion id → answer; rows without an answer are left out. Evidence files are hashed.

    Raises ChecklistError with the place of an unknown criterion, a second answer, an answer of the wrong
    kind, a "not applicable" that is not allowed or has no reason, or an evidence file that is not there.
    """
    criteria = {c.id: c for checklist in checklists for c in checklist.criteria if c.answer != "measured"}
    answers: dict[str, Answer] = {}
    for name, answer in _rows(path):
        if name not in criteria:
            raise ChecklistError(f"unknown criterion {name!r}", where=answer.where, fix=nearest(name, criteria))
        if not answer.answer.strip():
            continue
        if name in answers:
            raise ChecklistError(
                f"the criterion {name!r} is answered twice", where=f"{answers[name].where} and {answer.where}",
                fix="Keep one answer.",
            )
        _check(criteria[name], answer, today)
        answers[name] = msgspec.structs.replace(answer, proof=_proof(criteria[name], answer, evidence))
    return answers


def _proof(criterion: Criterion, answer: Answer, folder: Path | None) -> Evidence | None:
    """Return what an answer's evidence is: a file in the folder with its hash, a link, or a place in words."""
    named = answer.answer.strip() if criterion.answer == "file" and not answer.evidence else answer.evidence
    if not named:
        return None
    if named.startswith(("http://", "https://")):
        return Evidence("link", named)
    path = inside(folder, named, ChecklistError, answer.where) if folder is not None and len(named) <= _LONGEST_NAME else None
    if path is not None and path.is_file():
        return Evidence("file", named, _sha256(path, answer.where))
    if _FILE_NAME.search(named) or criterion.answer == "file":
        raise ChecklistError(
            f"the evidence file {named!r} is not there", where=answer.where,
            fix=f"Put it into {folder}." if folder else 'Name its folder in the plan: [checklists] evidence = "evidence/".',
        )
    return Evidence("text", named)


def _sha256(path: Path, where: str) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as bad:
        raise ChecklistError(f"the evidence file {path.name!r} cannot be read: {bad.strerror}", where=where) from None


def _check(criterion: Criterion, answer: Answer, today: dt.date) -> None:
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
            f"{criterion.id!r}: {answer.answer[:60]!r} is not an answer to this question", where=answer.where,
            fix=f"Give {bad}.",
        ) from None


def _rows(path: Path) -> list[tuple[str, Answer]]:
    if path.suffix.lower() not in (".toml", *KINDS):
        raise ChecklistError(f"{path.suffix or 'no ending'} is not a kind of answers file", where=str(path), fix="Use .xlsx, .csv or .toml.")
    if path.suffix.lower() == ".toml":
        table = read_toml(path, ChecklistError, "answers file")
        unknown = table.keys() - {"answers"}
        if unknown or not isinstance(table.get("answers", {}), dict):
            raise ChecklistError(
                f"unknown key {min(unknown, default='answers')!r}", where=str(path),
                fix="Write one table an answer: [answers.safe-agreement].",
            )
        return [(name, _from_toml(name, value, path)) for name, value in table.get("answers", {}).items()]
    return [
        (row["criterion"].strip(), Answer(
            answer=row["answer"], evidence=row.get("evidence", "").strip(), note=row.get("note", ""), by=row.get("by", ""),
            date=row.get("date", ""), where=f"{path}, row {number}",
        ))
        for number, row in read_sheet(path, ("criterion", "answer"), ChecklistError)
    ]


def _from_toml(name: str, value: Any, path: Path) -> Answer:
    where = f"{path} [answers.{name}]"
    if not isinstance(value, dict):
        value = {"answer": value}
    given = convert({k: _text(v, where) for k, v in value.items()}, _Given, ChecklistError, where)
    return Answer(where=where, **msgspec.structs.asdict(given))


def _text(value: Any, where: str) -> str:
    if isinstance(value, list | dict):
        raise ChecklistError("an answer is one text, number, date or true or false", where=where, fix="Write it in quotation marks.")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, dt.date) else str(value)
