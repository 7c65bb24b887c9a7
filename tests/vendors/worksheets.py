"""Small worksheets for tests: probes with guises and turns, and a person who fills rows in."""

import asyncio
import random

import msgspec
import openpyxl

from audit.collect import reply_to
from audit.errors import WorksheetError
from audit.sheets import read_sheet
from audit.vendors.transcript import Settings, connect
from tests.builders import a_probe, a_site

GROUPS = ("SAE", "AAE", "EL")


def guises(items, groups=GROUPS, repeats=1, turns=(), seed=1):
    """Probes of matched items in a random order; the ids tell neither item nor group."""
    probes = [
        msgspec.structs.replace(
            a_probe(f"Text {i} {g}", item=f"i{i:02}", group=g, repeat=r, id=f"p{random.Random(f'{i} {g} {r}').randrange(16**15):015x}"),
            turns=tuple(f"{turn} {i} {g}" for turn in turns), prompt=f"{turns[0]} {i} {g}" if turns else f"Text {i} {g}",
        )
        for i in range(items) for g in groups for r in range(1, repeats + 1)
    ]
    random.Random(seed).shuffle(probes)
    return probes


def rows_of(path):
    return [row for _, row in read_sheet(path, ("probe",), WorksheetError)]


def fill(path, answer, **more):
    """Write answer(row: column → text) into each row's "output" (None: leave it), and more[column](row) beside, as a person does."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heads = [one.value.lower() for one in sheet[1]]
    for column in more:
        if column not in heads:
            heads.append(column)
            sheet.cell(1, len(heads)).value = column
    for cells in sheet.iter_rows(min_row=2):
        row = {name: one.value for name, one in zip(heads, cells, strict=False)}
        for column, say in {"output": answer, **more}.items():
            if (said := say(row)) is not None:
                one = sheet.cell(cells[0].row, heads.index(column) + 1)
                one.value, one.data_type = said, "s"
    book.save(path)
    return path


def opened(settings, base, probes, planned=None):
    """Open the adapter and return (tool, probe → whole reply as the collector keeps it)."""
    site = msgspec.structs.replace(a_site(base, probes), planned=planned)

    async def run():
        async with connect(Settings(**settings), site) as tool:
            return tool, {p.id: await reply_to(p, tool.ask, 5, str) for p in probes if p.id in tool.answered}

    return asyncio.run(run())
