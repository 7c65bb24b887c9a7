"""Invented tables, maps and rosters, written into a test's folder."""

import csv
import json

WORDS = ["river", "garden", "bridge", "winter", "music", "market", "planet", "forest", "summer", "school", "robot", "ocean", "pencil", "window", "travel", "lantern"]
MAP = '''
id = "ours"
title = "Our essays"
use_case = "essay-scoring"
outcome = "score"
scale = [1, 6]
{top}
[columns]
text = "essay"
{columns}
{rest}
'''
ELL = '[groups.ell]\ncolumn = "EL"\nvalues = { "Yes" = "ell", "No" = "not_ell" }\nreference = "not_ell"'


def text(n):
    """Return the n-th of many different short texts without anybody's data."""
    return f"The {WORDS[n % 16]} was near the {WORDS[n // 16 % 16]} and the {WORDS[n // 5 % 16]} beside my {WORDS[(n * 7 + 3) % 16]}."


def essays(count=8, **changes):
    """Return rows of an invented table; changes: column → {row: value}."""
    rows = [{"id": f"e{n}", "student": f"{1000 + n}", "essay": text(n), "score": str(1 + n % 6), "EL": "Yes" if n % 2 else "No"} for n in range(count)]
    for column, values in changes.items():
        for n, value in values.items():
            rows[n][column] = value
    return rows


def write_csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_map(folder, *, top="", columns='item = "id"\ntruth = "score"', rest=ELL):
    path = folder / "map.toml"
    path.write_text(MAP.format(top=top, columns=columns, rest=rest), encoding="utf-8")
    return str(path)


def items(folder):
    return [json.loads(line) for line in (folder / "items.jsonl").read_text(encoding="utf-8").splitlines()]
