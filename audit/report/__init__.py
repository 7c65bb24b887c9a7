"""A scorecard and its results → what people and programs read.

    blocks, words          what a document is made of; its language
    documents/, pictures/  the report, the memo, the public summary, the staff guide; each composed once
    drawn_html, drawn_pdf  any document as a self-contained page, and as a tagged PDF
    machines               tables, JUnit, Markdown: for spreadsheets and for vendors' CI
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from audit.records import FixtureSet, Measurement, Response, Results, Scorecard
from audit.report.machines import write_machines
from audit.report.words import Words, languages
from audit.runs import write_bytes, write_json, write_text

DOCUMENTS = "documents"
__all__ = ["DOCUMENTS", "Words", "languages", "write_documents", "write_report"]


def write_report(
    run: Path, card: Scorecard, results: Results, sets: Mapping[str, FixtureSet],
    measurements: Sequence[Measurement], responses: Mapping[str, Response], langs: Sequence[str],
) -> None:
    """Write everything that comes out of a run into its folder: results.json, scorecard.json, the documents, and what machines read."""
    write_json(run / "results.json", results)
    write_json(run / "scorecard.json", card)
    write_machines(run, card, measurements, responses)
    write_documents(run, card, sets, langs)


def write_documents(run: Path, card: Scorecard, sets: Mapping[str, FixtureSet], langs: Sequence[str]) -> list[Path]:
    """Write `documents/LANGUAGE/NAME.html` and `.pdf` for each document and language; what was there before is replaced.

    `scorecard.html` is the report in the first language. Raises PlanError for a language that there is no catalogue for.
    """
    from audit.report.documents import DOCUMENTS as COMPOSERS
    from audit.report.drawn_html import html_of
    from audit.report.drawn_pdf import pdf_of

    every = [Words(lang) for lang in langs]
    shutil.rmtree(run / DOCUMENTS, ignore_errors=True)
    written = []
    for w in every:
        for name, compose in COMPOSERS.items():
            document = compose(card, sets, w)
            page, path = html_of(document, w), run / DOCUMENTS / w.lang / name
            write_text(path.with_suffix(".html"), page)
            write_bytes(path.with_suffix(".pdf"), pdf_of(document, w))
            if name == "report" and w is every[0]:
                write_text(run / "scorecard.html", page)
            written += [path.with_suffix(".html"), path.with_suffix(".pdf")]
    return written
