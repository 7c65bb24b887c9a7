"""What programs read of an audit, beside results.json and scorecard.json: tables as CSV and as a workbook, JUnit XML, a Markdown summary."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from audit.records import Measurement, Response, Scorecard
from audit.report.book import tables_workbook
from audit.report.junit import junit_xml
from audit.report.markdown import summary_md
from audit.report.tables import write_tables
from audit.runs import write_bytes, write_text


def write_machines(run: Path, card: Scorecard, measurements: Sequence[Measurement], responses: Mapping[str, Response]) -> None:
    """Write tables/*.csv, tables.xlsx, junit.xml and summary.md into a run folder."""
    tables = write_tables(run / "tables", card, measurements, responses)
    write_bytes(run / "tables.xlsx", tables_workbook(run / "tables.xlsx", card, tables))
    write_bytes(run / "junit.xml", junit_xml(card))
    write_text(run / "summary.md", summary_md(card))
