"""An answers file: .xlsx, .toml, or .csv with its companions for the register of evidence and the claims. What is written reads back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w
from msgspec import Struct

from audit.checklists.book import book_of, read_book
from audit.checklists.branches import condition_in_words
from audit.checklists.catalogue import Checklist, criteria_of
from audit.checklists.columns import (
    ANSWERS,
    CLAIMS,
    EVIDENCE,
    Tables,
    answer_rows,
    by_id,
    claim_row,
    evidence_row,
    kind_in_words,
    rows_no_longer_asked,
)
from audit.errors import ChecklistError
from audit.library import convert, nearest, read_text, read_toml, write_whole
from audit.records import Answer, Claim, Criterion, Filed
from audit.sheets import csv_bytes, read_sheet, uncell
from audit.untrusted import bytes_of
from audit.wording import one_line

KINDS = (".xlsx", ".csv", ".toml")
_LARGEST = 30_000_000
_ANSWER_KEYS = ("answer", "evidence", "note", "by", "date", "edition", "origin")


def check_kind(path: Path) -> str:
    """Return the ending of an answers file; raise ChecklistError for one that is none."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise ChecklistError(f"{path.suffix or 'no ending'} is not a kind of answers file", where=str(path), fix="Use .xlsx, .csv or .toml.")
    return kind


def read_tables(path: Path) -> Tables:
    """Return what an answers file holds, each entry with its place. Raises ChecklistError: no file, not its format, an unknown key or column."""
    kind = check_kind(path)
    if kind == ".toml":
        return _from_toml(path)
    if kind == ".xlsx":
        return read_book(bytes_of(path, ChecklistError, _LARGEST), path)
    rows = read_sheet(path, ("criterion", "answer"), ChecklistError)
    answers = [
        (uncell(row["criterion"].strip()), Answer(where=f"{path}, row {number}", **{key: uncell(row.get(key, "").strip()) for key in _ANSWER_KEYS}))
        for number, row in rows
    ]
    own = dict.fromkeys(f"the column {name!r}" for _, row in rows for name, text in row.items() if name not in ANSWERS and text.strip())
    register, said = companions(path)
    evidence = [
        Filed(where=f"{register}, row {number}", **{c.replace(" ", "_"): uncell(row.get(c, "").strip()) for c in EVIDENCE})
        for number, row in (read_sheet(register, ("file",), ChecklistError) if register.is_file() else [])
    ]
    claims = [
        Claim(where=f"{said}, row {number}", **{c.replace(" ", "_"): uncell(row.get(c, "").strip()) for c in CLAIMS})
        for number, row in (read_sheet(said, ("claim",), ChecklistError) if said.is_file() else [])
    ]
    return Tables(tuple(answers), tuple(evidence), tuple(claims), tuple(own))


def companions(path: Path) -> tuple[Path, Path]:
    """Return where a .csv of answers has its register of evidence and its claims: answers-evidence.csv, answers-claims.csv."""
    return path.with_name(f"{path.stem}-evidence.csv"), path.with_name(f"{path.stem}-claims.csv")


def files_of(path: Path, lists: Sequence[Checklist], tables: Tables) -> dict[Path, bytes]:
    """Return path → bytes of an answers file with everything in it, in the format of the path's ending. Of doubled ids the one with an answer counts."""
    kind, answers = check_kind(path), by_id(tables.answers)
    if kind == ".xlsx":
        return {path: book_of(path, lists, answers, tables.evidence, tables.claims)}
    if kind == ".toml":
        return {path: _toml(lists, answers, tables).encode()}
    known = criteria_of(lists)
    rows = [row for one in lists for row in answer_rows(one, answers, known)] + rows_no_longer_asked(lists, answers)
    files = {path: csv_bytes(ANSWERS, rows)}
    register, said = companions(path)
    if tables.evidence:
        files[register] = csv_bytes(EVIDENCE, [evidence_row(f) for f in tables.evidence])
    if tables.claims:
        files[said] = csv_bytes(CLAIMS, [claim_row(c) for c in tables.claims])
    return files


def check_writable(tables: Tables, path: Path) -> None:
    """Raise ChecklistError for a workbook with somebody's own sheets in it, which writing it anew would lose."""
    check_kind(path)
    if tables.others:
        raise ChecklistError(
            f"the file holds something of your own, {one_line(tables.others[0], 80)}, which would be lost", where=str(path),
            fix="Work on a copy: audit answers export copy.xlsx --from this file.",
        )


def rewrite(path: Path, lists: Sequence[Checklist], tables: Tables) -> list[Path]:
    """Write an answers file anew, whole or not at all; return what was written. Raises ChecklistError as `check_writable` does."""
    check_writable(tables, path)
    written = files_of(path, lists, tables)
    folder = next((target for target in written if target.is_dir()), None)
    if folder is not None:
        raise ChecklistError("this is a folder, and a file has to be written here", where=str(folder), fix="Name another file.")
    for target, raw in written.items():
        write_whole(target, raw, ChecklistError)
    return list(written)


def _toml(lists: Sequence[Checklist], answers: Mapping[str, Answer], tables: Tables) -> str:
    written: dict[str, Any] = {"answers": {name: {"answer": a.answer} | _written(a, _ANSWER_KEYS) for name, a in answers.items()}}
    if tables.evidence:
        written["evidence"] = {f.file: _written(f, [c.replace(" ", "_") for c in EVIDENCE if c != "file"]) for f in tables.evidence}
    if tables.claims:
        written["claims"] = [_written(c, [name.replace(" ", "_") for name in CLAIMS]) for c in tables.claims]
    others = tomli_w.dumps({key: value for key, value in written.items() if key != "answers"}, multiline_strings=False)
    return f"{others}\n" * bool(others) + _explained(written["answers"], lists)   # a list of tables may stand in one line, which no table may precede


def _explained(answers: Mapping[str, Mapping[str, str]], lists: Sequence[Checklist]) -> str:
    """Return the answers' tables, each question above its own; lines that begin with #: are ours and are made anew."""
    known = criteria_of(lists)
    parts = []
    for name in [*known, *(n for n in answers if n not in known)]:
        told = [f"#: {line}" for line in _told(known[name], known)] if name in known else ["#: no longer asked"]
        parts.append("\n".join([*told, tomli_w.dumps({"answers": {name: answers.get(name, {"answer": ""})}}, multiline_strings=False)]))
    return "\n".join(parts) + "\n"


def _told(criterion: Criterion, known: Mapping[str, Criterion]) -> list[str]:
    lines = [criterion.question, f"Answer with: {kind_in_words(criterion)}. Evidence: {criterion.evidence}", condition_in_words(criterion, known)]
    return [" ".join(line.split()) for line in lines if line]


def _written(value: Struct, keys: Sequence[str]) -> dict[str, str]:
    return {key: getattr(value, key) for key in keys if getattr(value, key)}


def _from_toml(path: Path) -> Tables:
    table = read_toml(path, ChecklistError, "answers file")
    unknown = table.keys() - {"answers", "evidence", "claims"}
    answers, evidence, claims = table.get("answers", {}), table.get("evidence", {}), table.get("claims", [])
    if unknown or not isinstance(answers, dict) or not isinstance(evidence, dict) or not isinstance(claims, list):
        raise ChecklistError(
            f"unknown key {min(unknown, default='answers')!r}", where=str(path),
            fix='Write one table an answer ([answers.safe-agreement]), one a file ([evidence."file.pdf"]) and one a claim ([[claims]]).',
        )
    own = any(line.lstrip().startswith("#") and not line.startswith("#:") for line in read_text(path, ChecklistError, "answers file").splitlines())
    return Tables(
        tuple((name, _answer(name, value, path)) for name, value in answers.items()),
        tuple(_entry(Filed, value, f"{path} [evidence.{one_line(name, 60)}]", {"file": name}) for name, value in evidence.items()),
        tuple(_entry(Claim, value, f"{path} [[claims]] {number}", {}) for number, value in enumerate(claims, 1)),
        ("its comments (lines that begin with #)",) if own else (),
    )


def _entry(kind: Any, value: Any, where: str, also: Mapping[str, str]) -> Any:
    if not isinstance(value, dict):
        raise ChecklistError("this is a table of its own", where=where, fix='For example: what = "agreement".')
    allowed = set(kind.__struct_fields__) - {"where", *also}
    for key in value:
        if key not in allowed:
            raise ChecklistError(f"unknown key {one_line(key, 60)!r}", where=where, fix=nearest(key, allowed))
    return convert({k: _text(v, where) for k, v in value.items()} | dict(also) | {"where": where}, kind, ChecklistError, where)


def _answer(name: str, value: Any, path: Path) -> Answer:
    """Return an answer; a bare value is one too."""
    answer: Answer = _entry(Answer, value if isinstance(value, dict) else {"answer": value}, f"{path} [answers.{one_line(name, 60)}]", {})
    return answer


def _text(value: Any, where: str) -> str:
    if isinstance(value, list | dict):
        raise ChecklistError("an answer is one text, number, date or true or false", where=where, fix="Write it in quotation marks.")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, dt.date) else str(value)
