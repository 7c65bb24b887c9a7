"""The documents made from one scorecard. Each is composed of blocks, in any language there is a catalogue for, and drawn by others.

    parts      names in words, numbers as they read, the frame around a document
    sentences  what was measured, in whole sentences
    reasons    why the decision came out so, in plain words
    duties     what has to be done and what would alter it, in plain words
    measured   the report's section on what was measured
    found      the report's findings, and the files they rest on
    behind     the report's limits and provenance
    report, memo, public, staff   the four documents
"""

from collections.abc import Callable, Mapping

from audit.records import FixtureSet, Scorecard
from audit.report.blocks import Document
from audit.report.documents.memo import memo_document
from audit.report.documents.public import public_document
from audit.report.documents.report import report_document
from audit.report.documents.staff import staff_document
from audit.report.words import Words

DOCUMENTS: Mapping[str, Callable[[Scorecard, Mapping[str, FixtureSet], Words], Document]] = {
    "report": report_document, "memo": memo_document, "public": public_document, "staff": staff_document,
}
"""A document's name, which is its file's stem, and what composes it."""

__all__ = ["DOCUMENTS", "memo_document", "public_document", "report_document", "staff_document"]
