"""The documentary tributary: questions, answers, and how each criterion comes out.

    catalogue, overlays, branches   what is asked, of whom, and what a state makes stricter
    files, book, columns            answers as people give them: .xlsx, .csv, .toml
    answers, register, editions     what was answered, on which papers, to which edition
    foreign, forms, hecvat          answers carried over from what vendors already have
    interview                       the questions one by one
    rules, contradictions, judge    what a good answer is, what speaks against it, and the finding
"""

from audit.checklists.answers import Answered, check_answer, check_tables, evidence_named, is_file_name, read_answers
from audit.checklists.branches import FEATURE_WORDS, Profile, off, profile_of
from audit.checklists.catalogue import Checklist, criteria_of, load_checklists, overlaid, shipped_checklists
from audit.checklists.columns import Tables, good_in_words, kind_in_words, offered
from audit.checklists.contradictions import contradiction_rules, find_contradictions
from audit.checklists.criteria import check_criterion
from audit.checklists.editions import Change, changes
from audit.checklists.files import check_writable, companions, files_of, read_tables, rewrite
from audit.checklists.foreign import Carried, Crosswalk, ForeignAnswer, NotCarried, carry, find_crosswalk, load_crosswalk, read_mapping
from audit.checklists.framework import COLUMNS as FRAMEWORK_COLUMNS
from audit.checklists.framework import in_order
from audit.checklists.hecvat import read_hecvat
from audit.checklists.interview import merged, open_questions, with_answer
from audit.checklists.judge import Papers, documentary_findings
from audit.checklists.overlays import Overlay, read_overlay, shipped_overlays
from audit.checklists.register import registered
from audit.checklists.rules import is_not_applicable

__all__ = [
    "FEATURE_WORDS",
    "FRAMEWORK_COLUMNS",
    "Answered",
    "Carried",
    "Change",
    "Checklist",
    "Crosswalk",
    "ForeignAnswer",
    "NotCarried",
    "Overlay",
    "Papers",
    "Profile",
    "Tables",
    "carry",
    "changes",
    "check_answer",
    "check_criterion",
    "check_tables",
    "check_writable",
    "companions",
    "contradiction_rules",
    "criteria_of",
    "documentary_findings",
    "evidence_named",
    "files_of",
    "find_contradictions",
    "find_crosswalk",
    "good_in_words",
    "in_order",
    "is_file_name",
    "is_not_applicable",
    "kind_in_words",
    "load_checklists",
    "load_crosswalk",
    "merged",
    "off",
    "offered",
    "open_questions",
    "overlaid",
    "profile_of",
    "read_answers",
    "read_hecvat",
    "read_mapping",
    "read_overlay",
    "read_tables",
    "registered",
    "rewrite",
    "shipped_checklists",
    "shipped_overlays",
    "with_answer",
]
