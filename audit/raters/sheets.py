"""Blinded sheets for raters, and the key that stays with the organiser."""

import random
import shutil
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from audit.errors import AuditError, FixtureError, WorksheetError
from audit.fixtures import narrow, write_set
from audit.raters.design import in_order, make_codes, share_out
from audit.raters.key import KEPT, KEY, SCHEMA, SET, SHEETS, Key, Sheet, Shown, key_text
from audit.records import FixtureSet, Json
from audit.sheets import KINDS, write_sheet
from audit.slots import slots_in
from audit.workbook import LARGEST_CELL

_ROUNDING = 1e-6
_HOW = """How to fill this in
1. The question: {question}
2. Read the text in the column "work" and write your answer in the column "{answer}" of the same row: {allowed}.
3. Go from the top to the bottom, in the order of the rows. Do not sort them.
4. Work alone. Do not talk about any of the work before everybody has finished.
5. Some work may look familiar. Judge each row as if it were the first time that you saw it.
6. If you cannot judge a row, leave "{answer}" empty and say why in the column "comment".
7. Do not change the columns "code" and "work". You may save and go on later.
8. Save the file under its own name and give it back to the organiser."""


class Order(Struct, frozen=True):
    """What an organiser asks for. question: None takes the set's own words; show: empty takes what the prompt shows."""

    raters: int
    seed: int
    items: int | None = None
    twice: float = 0.1
    step: float = 1.0
    question: str | None = None
    show: tuple[str, ...] = ()
    all_guises: bool = False
    ending: str = KINDS[0]


class Written(Struct, frozen=True):
    """What was written. unread: rows of the set, or of its chosen items, that are on nobody's sheet."""

    key: Key
    sheets: tuple[Path, ...]
    works: int
    unread: int
    guises: int


def export(fixture_set: FixtureSet, folder: Path, order: Order) -> Written:
    """Write one blinded sheet a rater, the instructions, and the organiser's key and copy of the set.

    Raises FixtureError for a set of texts, a scale that the step does not divide, an unknown field; WorksheetError
    for a folder that is not empty, so that filled sheets are never overwritten.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WorksheetError("this folder is not empty, and filled sheets are never overwritten", where=str(folder), fix="Name a new one.")
    chosen = narrow(fixture_set, order.items, order.seed)
    key = make_key(chosen, order)
    lines = {sheet.rater: [_line(chosen, key, line) for line in sheet.lines] for sheet in key.sheets}
    _check_lengths(lines, order.ending)
    how = _HOW.format(question=key.question, answer=key.answer, allowed=key.allowed())
    columns = ("code", "work", key.answer, "comment")
    paths = tuple(folder / SHEETS / f"{rater}{order.ending}" for rater in lines)
    try:
        for path, rows in zip(paths, lines.values(), strict=True):
            write_sheet(path, columns, rows, WorksheetError, how)
        (folder / SHEETS / "instructions.txt").write_text(how + "\n", encoding="utf-8-sig", newline="\r\n")
        write_set(chosen, folder / KEPT / SET)
        (folder / KEPT / KEY).write_text(key_text(key), encoding="utf-8", newline="\n")
    except (OSError, AuditError) as bad:
        shutil.rmtree(folder, ignore_errors=True)   # it was new or empty: nothing half-written stays
        if isinstance(bad, AuditError):
            raise
        raise WorksheetError(f"cannot be written: {bad.strerror}", where=str(folder)) from None
    read = {line.row for sheet in key.sheets for line in sheet.lines}
    return Written(key, paths, len(read), len(chosen.rows) - len(read), _most_guises(chosen))


def _check_lengths(lines: Mapping[str, list[dict[str, str]]], ending: str) -> None:
    longest = max((len(line["work"].encode("utf-16-le")) // 2 for own in lines.values() for line in own), default=0)
    if ending == KINDS[0] and longest > LARGEST_CELL:
        raise WorksheetError(
            f"a work sample has {longest:,} characters, and a cell of a workbook holds {LARGEST_CELL:,}",
            fix="Use --format-of-sheets .csv, and a program that opens such cells whole.",
        )


def make_key(fixture_set: FixtureSet, order: Order) -> Key:
    """Return the key of a rating: the same set, order and seed give the same key."""
    if fixture_set.outcome == "text":
        raise FixtureError(
            "the outcome of this set is a text, which has no right answer to agree on", where=fixture_set.id,
            fix='Raters score sets with outcome = "score" or "decision".',
        )
    _check_step(fixture_set, order.step)
    rng = random.Random(f"{order.seed} {fixture_set.digest}")  # noqa: S311 - a seeded order, not a secret
    shares = share_out(fixture_set.rows, order.raters, rng, all_guises=order.all_guises)
    orders = [in_order(share, fixture_set.rows, order.twice, rng) for share in shares]
    codes = iter(make_codes(sum(map(len, orders)), rng))
    return Key(
        schema=SCHEMA, set=fixture_set.id, edition=fixture_set.edition, digest=fixture_set.digest, outcome=fixture_set.outcome,
        scale=fixture_set.scale if fixture_set.outcome == "score" else None, step=order.step if fixture_set.outcome == "score" else 1.0,
        question=" ".join((order.question or _question(fixture_set)).split()), fields=_fields(fixture_set, order.show), seed=order.seed,
        twice=order.twice, all_guises=order.all_guises,
        sheets=tuple(
            Sheet(f"rater-{n}", tuple(Shown(next(codes), row, again) for row, again in lines)) for n, lines in enumerate(orders, 1)
        ),
    )


def _check_step(fixture_set: FixtureSet, step: float) -> None:
    if fixture_set.outcome != "score" or fixture_set.scale is None or not step:
        return
    steps = (fixture_set.scale[1] - fixture_set.scale[0]) / step
    if abs(steps - round(steps)) > _ROUNDING or round(steps) < 1:
        low, high = fixture_set.scale
        raise FixtureError(
            f"steps of {step:g} do not lead from {low:g} to {high:g}", where=fixture_set.id,
            fix="Give the distance of two neighbouring scores as --step, or --step 0 for any number on the scale.",
        )


def _question(fixture_set: FixtureSet) -> str:
    """Return what is asked when the organiser does not say; the set's title would tell raters what is compared."""
    if fixture_set.outcome == "score":
        return "Which score does this work deserve?"
    label = fixture_set.positive if isinstance(fixture_set.positive, str) else "yes"
    return f'Is "{label}" the right answer for this work?'


def _fields(fixture_set: FixtureSet, show: tuple[str, ...]) -> tuple[str, ...]:
    """Return the parts of the input to be read: those asked for, else those that the prompt shows a tool, else all."""
    known = dict.fromkeys(name for row in fixture_set.rows for name in row.input)
    for name in show:
        if name not in known:
            raise FixtureError(f"no input has the field {name!r}", where=fixture_set.id, fix=f"Fields: {', '.join(known)}.")
    shown = slots_in(fixture_set.prompt) & known.keys()
    return show or tuple(name for name in known if name in shown or not shown)


def _line(fixture_set: FixtureSet, key: Key, line: Shown) -> dict[str, str]:
    return {"code": line.code, "work": work_of(fixture_set.rows[line.row].input, key.fields)}


def work_of(given: Mapping[str, Json], fields: tuple[str, ...]) -> str:
    """Return what a rater reads of a probe's input: one field bare, several under their names."""
    parts = {name: _as_read(given[name]) for name in fields if name in given}
    return "\n\n".join(parts.values() if len(fields) == 1 else (f"{name}:\n{text}" for name, text in parts.items()))


def _as_read(value: Json) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _most_guises(fixture_set: FixtureSet) -> int:
    counts: dict[str, int] = {}
    for row in fixture_set.rows:
        counts[row.item] = counts.get(row.item, 0) + 1
    return max(counts.values(), default=0)
