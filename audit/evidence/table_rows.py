"""The rows of a file, one after another as they are read: tables (.csv, .tsv, .json, .jsonl, workbooks) and texts (.txt, .md, .yaml, .xml, .html, …)."""

import csv
import io
import json
import warnings
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, count, islice
from typing import Any
from xml.etree import ElementTree as ET  # only its types: `untrusted.markup` parses

from audit.errors import AuditError, ChecklistError
from audit.evidence.specimen import Specimen
from audit.evidence.table_look import heading, known
from audit.evidence.table_ods import rows_of_ods
from audit.evidence.table_text import (
    LONGEST_LINE,
    Row,
    Rows,
    Trust,
    delimiter_of,
    first_lines,
    from_html,
    is_table,
    lines_of,
    text_rows,
)
from audit.sheets import as_text
from audit.workbook import check_size, refuse_encrypted

_PLAIN = (".txt", ".text", ".tab", ".dat", ".log")
"""Endings of a text that may be one table and nothing else; others are reports and descriptions, which may list their contacts."""
TEXTS = (*_PLAIN, ".md", ".yaml", ".yml", ".xml", ".html", ".htm")
WORKBOOKS = (".xlsx", ".xlsm", ".ods")
TABLES = (".csv", ".tsv", ".json", ".jsonl", *WORKBOOKS)
_LARGEST_TREE = 20_000_000
_LARGEST_YAML = 1_000_000
_MOST_CELLS = 1_000
_MOST_EMPTY = 4_000_000
_LONGEST_CELL = 10_000
_FIRST = 5
_LOOK_FOR_HEADING = 20
_LEAST_KNOWN = 2
_ZIP, _OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def kind_of(specimen: Specimen) -> str:
    """Return the ending that says how to read a file. What calls itself .xls is often a page or a text with tabs, or an .xlsx."""
    kind = specimen.path.suffix.lower()
    if kind != ".xls" or specimen.head.startswith(_OLD):
        return kind
    if specimen.head.startswith(_ZIP):
        return ".xlsx"
    return ".html" if b"<t" in specimen.head.lower() else ".tsv"


def rows_of(specimen: Specimen) -> Rows:
    """Return a file's rows. Raises ChecklistError, sometimes only after some rows: a table that cannot be read."""
    kind = kind_of(specimen)
    if kind == ".ods":
        return _sheets(rows_of_ods(specimen))
    if kind in WORKBOOKS:
        return _from_workbook(specimen)
    if kind == ".jsonl":
        return _from_lines(specimen)
    if kind in TEXTS:
        return _from_text(specimen, kind)
    return _from_json(specimen.json) if kind == ".json" else _from_csv(specimen, "")


def _from_csv(specimen: Specimen, delimiter: str) -> Rows:
    """Yield the rows of a CSV as they are read. The row that names the columns is looked at too: it may be a person's."""
    csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(lines_of(specimen), delimiter=delimiter or delimiter_of(first_lines(specimen)))
    try:
        yield from _headed(((f"line {reader.line_num}", cells) for cells in reader), later="table")
    except csv.Error as bad:
        raise ChecklistError(f"not a readable CSV: {bad}", where=f"{specimen.where}, line {reader.line_num}", fix="Save it again from a spreadsheet program.") from None


def _headed(rows: Iterator[tuple[str, list[str]]], *, later: Trust, first: Trust = "table") -> Rows:
    """Yield rows with their columns: those of the first of the first five rows that names two columns about people, else of the first row.

    first, later: how much a contact says below a heading in the first row, and below one with title lines above it.
    """
    early = list(islice(rows, _LOOK_FOR_HEADING))
    filled = [i for i, (_, cells) in enumerate(early) if any(cells)][:_FIRST]
    filled = filled[1:] if filled and early[filled[0]][1][0].lower().startswith("sep=") else filled
    start = filled[0] if filled else 0
    at = next((i for i in filled if known(early[i][1]) >= _LEAST_KNOWN), start)
    names: list[str] = []
    for number, (where, cells) in enumerate(chain(early, rows)):
        if number <= at:
            names = [heading(cell) for cell in cells[:_MOST_CELLS]] if number == at else []
            yield Row(where, [("", text) for text in cells], first)
        else:
            padded = [*names, *[""] * (len(cells) - len(names))]
            yield Row(where, list(zip(padded, cells, strict=False)), first if at == start else later)


def _from_text(specimen: Specimen, kind: str) -> Rows:
    """Yield what a text holds: the rows of a table when it is one, else its parts when they have names (YAML, XML), and its lines."""
    if kind in (".html", ".htm"):
        yield from text_rows(from_html(lines_of(specimen)))
        return
    delimiter = is_table(specimen) if kind in _PLAIN else ""
    if delimiter:
        try:
            yield from _from_csv(specimen, delimiter)
        except ChecklistError:   # a quotation mark that is never closed: the lines are still there
            yield from text_rows(lines_of(specimen))
        return
    with suppress(AuditError):   # no YAML, no XML: its lines are looked at below
        yield from _named_parts(specimen, kind)
    yield from text_rows(lines_of(specimen))


def _named_parts(specimen: Specimen, kind: str) -> Rows:
    if kind == ".xml" and len(specimen.raw) <= _LARGEST_TREE:
        yield from _from_xml(specimen)
    if kind in (".yaml", ".yml") and len(specimen.raw) <= _LARGEST_YAML:
        for row in _from_json(specimen.yaml[0]):
            yield row._replace(trust="text")


def _from_xml(specimen: Specimen) -> Rows:
    """Yield each element with its attributes, its children's texts, and those of a child that has no namesake beside it."""
    markup = specimen.xml
    for element in markup.root.iter():
        if len(element) or len(element.attrib) > 1:
            yield Row(f"line {markup.line(element)}", list(islice(_leaves(element, "", 2), _MOST_CELLS)), "text")


def _leaves(element: ET.Element, name: str, depth: int) -> Iterator[tuple[str, str]]:
    for key, text in element.attrib.items():
        yield f"{name}_{heading(_local(key))}".strip("_"), text
    tags = [child.tag for child in islice(element, _MOST_CELLS)]
    alone = {tag for tag in tags if tags.count(tag) == 1} if len(tags) < _MOST_CELLS else set()
    for child in islice(element, _MOST_CELLS):
        own = f"{name}_{heading(_local(child.tag))}".strip("_")
        if len(child) == 0 and child.text:
            yield own, child.text
        if depth > 1 and child.tag in alone:
            yield from _leaves(child, own, depth - 1)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _from_lines(specimen: Specimen) -> Rows:
    """Yield the objects of JSON Lines as they are read; a line that is no JSON is looked at as text."""
    for number, line in enumerate(lines_of(specimen), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = line
        yield Row(f"line {number}", _cells(value))


def _from_json(value: Any) -> Rows:
    """Yield each object of the outermost lists; a value without such a list is one row."""
    if isinstance(value, list):
        for i, one in enumerate(value):
            yield Row(f"$[{i}]", _cells(one))
        return
    lists = {key: one for key, one in value.items() if isinstance(one, list)} if isinstance(value, dict) else {}
    rest = {key: one for key, one in value.items() if key not in lists} if isinstance(value, dict) else value
    yield Row("$", _cells(rest))
    for number, one in enumerate(lists.values()):
        for i, inner in enumerate(one):
            yield Row(f"list {number + 1}, entry {i + 1}", _cells(inner))


def _cells(value: Any) -> list[tuple[str, str]]:
    """Return the texts and numbers inside a value, each with the names of the members that lead to it."""
    cells: list[tuple[str, str]] = []
    stack: list[tuple[str, Any]] = [("", value)]
    while stack and len(cells) < _MOST_CELLS:
        name, one = stack.pop()
        if isinstance(one, dict):
            stack += [(f"{name}_{heading(str(key))}".strip("_")[-200:], inner) for key, inner in reversed(one.items())]
        elif isinstance(one, list):
            stack += [(name, inner) for inner in reversed(one)]
        elif one is not None:
            cells.append((name, as_text(one)[:_LONGEST_CELL] if not isinstance(one, int) or isinstance(one, bool) or abs(one) < 10**30 else ""))
    return cells


def _sheets(rows: Iterable[tuple[int, int, list[str]]]) -> Rows:
    """Yield the rows (number of the sheet, of the row, texts) of each sheet with its columns."""
    waiting = iter(rows)
    after = next(waiting, None)
    while after is not None:
        sheet = after[0]

        def own() -> Generator[tuple[str, list[str]], None, None]:
            nonlocal after
            while after is not None and after[0] == sheet:   # noqa: B023  (used up before the next sheet)
                yield f"sheet {after[0]}, row {after[1]}", after[2]
                after = next(waiting, None)

        yield from _headed(own(), first="form", later="text")


def _from_workbook(specimen: Specimen) -> Rows:
    """Yield the rows of every sheet as they are read; no formula is evaluated."""
    from openpyxl import load_workbook

    refuse_encrypted(specimen.raw, specimen.path, ChecklistError)
    try:
        check_size(specimen.raw, specimen.path, ChecklistError)
        with _quiet():
            book = load_workbook(io.BytesIO(specimen.raw), read_only=True, data_only=True, keep_links=False)
        try:
            yield from _sheets(_filled(book.worksheets))
        finally:
            book.close()
    except AuditError:
        raise
    except Exception as bad:   # a damaged file can raise anything: zip, XML, key and value errors
        raise ChecklistError(f"not a readable .xlsx workbook ({type(bad).__name__})", where=specimen.where, fix="Open it and save it again as .xlsx.") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep still what openpyxl warns of: it does not keep drop-down lists and the like."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _read(rows: Iterator[Sequence[object]]) -> Iterator[Sequence[object]]:
    """Yield rows one by one, so that warnings are still only while openpyxl reads."""
    while True:
        with _quiet():
            values = next(rows, None)
        if values is None:
            return
        yield values


def _filled(sheets: Iterable[Any]) -> Iterator[tuple[int, int, list[str]]]:
    read = count(1)
    for title, sheet in enumerate(sheets, 1):
        sheet.reset_dimensions()   # what a program says of its sheet's size may be wrong
        for number, values in enumerate(_read(sheet.iter_rows(values_only=True)), 1):
            if next(read) > _MOST_EMPTY:   # a sheet may say that its last row is the millionth
                raise ChecklistError(f"the workbook has more than {_MOST_EMPTY:,} rows, most of them empty", fix="Give a short sample.")
            texts = [as_text(value) for value in values[:_MOST_CELLS]]
            if any(texts):
                yield title, number, texts
