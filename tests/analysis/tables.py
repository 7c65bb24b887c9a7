"""Small invented tables, written in each format; and the question put to them."""

import csv
import json
from pathlib import Path

import duckdb

from audit.analysis import analyze, make_request

DATA = Path(__file__).parents[2] / "../shared/data"


def write(path: Path, rows: list[dict], delimiter: str = ",") -> Path:
    """Write rows (the first names the columns) as the path's ending says."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    elif path.suffix == ".parquet":
        source = write(path.with_suffix(".tmp.jsonl"), rows)
        duckdb.sql(f"COPY (SELECT * FROM read_json('{source}', format = 'newline_delimited')) TO '{path}'")
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), delimiter="\t" if path.suffix == ".tsv" else delimiter)
            writer.writeheader()
            writer.writerows(rows)
    return path


def ask(table: Path, *groups: str, decision=None, score=None, text=None, **options):
    """Analyze a table."""
    return analyze(question(table, *groups, decision=decision, score=score, text=text, **options))


def question(table: Path, *groups: str, decision=None, score=None, text=None, **options):
    return make_request(table, groups=groups, outcomes={"decision": decision, "score": score, "text": text}, **options)


def group_values(results, statistic, attribute=None):
    return {g.group: g.value for g in results.groups if g.statistic == statistic and attribute in (None, g.attribute)}
