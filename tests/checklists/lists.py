"""Small checklists and answer files for the tests of the documentary side."""

import datetime as dt
from pathlib import Path

import openpyxl
import tomli_w

from audit.checklists import Checklist, Papers, Profile, documentary_findings, find_contradictions, read_answers
from audit.pipeline import About, read_documents
from audit.records import When
from tests.builders import a_criterion

TODAY = dt.date(2026, 11, 30)

CRITERIA = (
    a_criterion(id="yes"),
    a_criterion(id="no", good="no"),
    a_criterion(id="choice", answer="choice", good=("done by others",), choices=("done by others", "done by us")),
    a_criterion(id="days", answer="number", good="<= 7", unit="school days"),
    a_criterion(id="percent", answer="number", good=">= 99.5", unit="percent"),
    a_criterion(id="plain", answer="number", good="== 1000"),
    a_criterion(id="future", answer="date", good="in the future"),
    a_criterion(id="recent", answer="date", good="within 12 months"),
    a_criterion(id="text", answer="text", good="given"),
    a_criterion(id="paper", answer="file", good="given"),
    a_criterion(id="maybe", not_applicable_ok=True),
    a_criterion(id="records", when=When(student_data=("record", "sensitive"))),
)


def a_checklist(*criteria):
    return Checklist("safe", "Safe", "1", criteria or CRITERIA)


def answers_file(folder: Path, answers: dict, *, kind="toml") -> Path:
    """Write an answers file ({id: answer or {answer=…, note=…}})."""
    path = folder / f"answers.{kind}"
    full = {name: value if isinstance(value, dict) else {"answer": value} for name, value in answers.items()}
    if kind == "toml":
        path.write_text(tomli_w.dumps({"answers": full}), encoding="utf-8")
    else:
        columns = ["criterion", "question", "answer", "evidence", "note", "by", "date"]
        rows = [columns, *([name, "?", *(value.get(c) for c in columns[2:])] for name, value in full.items())]
        if kind == "xlsx":
            book = openpyxl.Workbook()
            for row in rows:
                book.worksheets[0].append(row)
            book.save(path)
        else:
            path.write_text("\n".join(",".join('"' + ("" if v is None else str(v)) + '"' for v in row) for row in rows), encoding="utf-8")
    return path


def answers_in(folder: Path, answers: dict, *, kind="toml"):
    """Write an answers file and read it."""
    return read_answers(answers_file(folder, answers, kind=kind), [a_checklist()], TODAY)


def findings_of(folder: Path, answers: dict, *, kind="toml", evidence=None, profile=None, checklist=None, vendor="", version=""):
    """Criterion → its finding, from an answers file as a run would read it."""
    lists = [checklist or a_checklist()]
    path = answers_file(folder, answers, kind=kind) if isinstance(answers, dict) else answers
    documents = read_documents(path, evidence, lists, About(vendor, version), TODAY)
    criteria = {c.id: c for c in lists[0].criteria}
    contradictions = find_contradictions(criteria, documents.answered, documents.files, (), TODAY)
    found = documentary_findings(
        lists, documents.answered, profile=profile or Profile(student_data=("record",)),
        papers=Papers(documents.files, contradictions, vendor), today=TODAY,
    )
    return {f.criterion: f for f in found}
