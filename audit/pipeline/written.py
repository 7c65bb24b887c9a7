"""A run's documents written again, from its scorecard: in other languages, years later; nothing is measured or judged."""

from collections.abc import Sequence
from pathlib import Path

from audit import fixtures, report, runs
from audit.errors import RunFolderError
from audit.pipeline.documents import kept
from audit.plan import read_plan
from audit.records import Scorecard


def write_again(run: Path, langs: Sequence[str]) -> list[Path]:
    """Write a scored run's documents in these languages; return their paths. Raises AuditError: no run, not scored, an unknown language."""
    runs.read_head(run)
    if not (run / "scorecard.json").is_file():
        raise RunFolderError("this run has not been scored", where=str(run), fix=f"audit score {run}")
    card = kept(run / "scorecard.json", Scorecard)
    sets = {f.name: fixtures.load_set(f) for f in sorted((run / "fixtures").iterdir()) if f.is_dir()}
    written = report.write_documents(run, card, sets, langs)
    runs.write_manifest(run, {"design": read_plan(run / "plan.toml", None).design.seed})
    return written
