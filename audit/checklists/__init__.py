"""The documentary tributary: questions, answers, and how each criterion comes out."""

from audit.checklists.answers import Answer, answer_sheet, read_answers
from audit.checklists.catalogue import Checklist, load_checklists, shipped_checklists
from audit.checklists.judge import documentary_findings

__all__ = [
    "Answer", "Checklist", "answer_sheet", "documentary_findings", "load_checklists", "read_answers",
    "shipped_checklists",
]
