"""A small rating in a folder, and raters who fill their sheets as a test wants."""

import csv
import json
from pathlib import Path

import openpyxl

from audit.fixtures import load_set
from audit.raters import Order, collect, export, read_key
from tests.fixtures.sets import WORDS, matched_rows, sampled_rows, write

SCALE = {"outcome": "score", "scale": [1, 6]}


def score_set(folder: Path, items=12, *, design="sampled", **changes):
    rows = [row | {"truth": 3} for row in (sampled_rows if design == "sampled" else matched_rows)(items)]
    return load_set(write(folder, rows, design=design, **(SCALE | changes)))


def long_set(folder: Path, items=40):
    """A sampled set with more items than there are words."""
    rows = [
        {"item": f"i{n}", "groups": {"dialect": "SAE" if n % 2 else "AAE"}, "truth": 3,
         "input": {"text": f"We saw the {WORDS[n % 12]} and then the {WORDS[n // 12]} after school, {chr(97 + n // 12) * 9}."}}
        for n in range(items)
    ]
    return load_set(write(folder, rows, design="sampled", **SCALE))


def exported(folder: Path, fixture_set, *, raters=2, seed=1, **order):
    return export(fixture_set, folder, Order(raters=raters, seed=seed, **order))


def fill(folder: Path, answer) -> None:
    """Fill each sheet: `answer(rater number from 0, row of the set, again)`; None leaves a line empty."""
    key = json.loads((folder / "organiser" / "key.json").read_text(encoding="utf-8"))
    for number, sheet in enumerate(key["sheets"]):
        said = {line["code"]: answer(number, line["row"], line["again"]) for line in sheet["lines"]}
        set_cells(next((folder / "sheets").glob(f"{sheet['rater']}.*")), said)


def set_cells(path: Path, said: dict, column: int = 3) -> None:
    """Type into one column (from 1) of the lines with these codes."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        for row in book.worksheets[0].iter_rows(min_row=2):
            if row[0].value in said:
                book.worksheets[0].cell(row[0].row, column).value = said[row[0].value]
        book.save(path)
        return
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    for line in lines[1:]:
        if line[0] in said:
            line[column - 1] = "" if said[line[0]] is None else str(said[line[0]])
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)


def code(folder: Path, rater: int, place: int) -> str:
    """The code of a line of a sheet, both from 0."""
    return json.loads((folder / "organiser" / "key.json").read_text(encoding="utf-8"))["sheets"][rater]["lines"][place]["code"]


def taken(folder: Path):
    key, fixture_set = read_key(folder)
    return key, fixture_set, collect(folder, key, fixture_set)
