"""What a command found about several audits, written beside each other: as data, as a page and as a PDF."""

from pathlib import Path
from typing import Any

from audit.report.blocks import Document
from audit.report.drawn_html import html_of
from audit.report.drawn_pdf import pdf_of
from audit.report.words import Words
from audit.runs import write_bytes, write_json, write_text


def write_beside(out: Path, name: str, found: Any, document: Document, w: Words) -> str:
    """Write `OUT/NAME.json`, `.html` and `.pdf`; both papers are drawn before the first file is written. Returns what was written, in words."""
    page, paper = html_of(document, w), pdf_of(document, w)
    write_json(out / f"{name}.json", found)
    write_text(out / f"{name}.html", page)
    write_bytes(out / f"{name}.pdf", paper)
    return f"written: {out / f'{name}.html'}, {name}.pdf, {name}.json"
