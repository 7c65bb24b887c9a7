"""The same answers in a framework's order: one row for each of its references and each question of ours that speaks to it."""

from collections.abc import Mapping

from audit.checklists.columns import kind_in_words
from audit.checklists.foreign import Crosswalk
from audit.records import Answer, Criterion

COLUMNS = ("reference", "about", "criterion", "question", "answer", "evidence", "note", "by", "date", "edition", "kind")


def in_order(crosswalk: Crosswalk, criteria: Mapping[str, Criterion], answers: Mapping[str, Answer]) -> list[dict[str, str]]:
    """Return the rows of COLUMNS, in the framework's own order; questions that it does not speak of are left out."""
    rows = []
    for entry in crosswalk.entries:
        for name in entry.criteria:
            if name not in criteria:
                continue   # its checklist is not in use, or an overlay retired it
            criterion, answer = criteria[name], answers.get(name, Answer(""))
            rows.append({
                "reference": entry.ref, "about": entry.about, "criterion": name, "question": criterion.question, "answer": answer.answer,
                "evidence": answer.evidence, "note": answer.note, "by": answer.by, "date": answer.date,
                "edition": answer.edition or criterion.edition, "kind": kind_in_words(criterion) if criterion.answer != "measured" else "measured by the audit",
            })
    return rows
