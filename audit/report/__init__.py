"""A scorecard and its results → files that people and programs read."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from audit.records import FixtureSet, Measurement, Response, Results, Scorecard
from audit.report.html import scorecard_page
from audit.report.tables import write_tables
from audit.runs import write_json, write_text

__all__ = ["scorecard_page", "write_report"]


def write_report(
    run: Path, card: Scorecard, results: Results, sets: Mapping[str, FixtureSet],
    measurements: Sequence[Measurement], responses: Mapping[str, Response],
) -> None:
    """Write results.json, scorecard.json, scorecard.html and tables/*.csv into a run folder."""
    write_json(run / "results.json", results)
    write_json(run / "scorecard.json", card)
    write_tables(run / "tables", card, measurements, responses)
    write_text(run / "scorecard.html", scorecard_page(card, sets))
