"""Answers in somebody else's form, and what becomes of them. What a form does not say is never made up.

    ForeignAnswer × Crosswalk × Criterion → Carried (at most one a criterion) and NotCarried (each with its reason)
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from audit.checklists.forms import Box, ForeignAnswer, Said, Tab, gathered, tabs_of, word
from audit.checklists.rules import is_good, is_not_applicable
from audit.errors import AuditError, ChecklistError
from audit.library import convert, is_there, nearest, read_toml, shipped
from audit.records import Criterion
from audit.sheets import check_kind, read_sheet
from audit.wording import one_line, safe

__all__ = ["Carried", "Crosswalk", "Entry", "ForeignAnswer", "Form", "NotCarried", "carry", "find_crosswalk", "load_crosswalk", "read_mapping"]

_LONGEST_NOTE = 8_000
_SAID = 300
_ANY_DAY = dt.date(2000, 1, 1)   # only the kind of an answer is checked here: the day does not matter
_OTHER_WAY = {"yes": "no", "no": "yes"}


class Carried(Struct, frozen=True):
    """An answer to one of our questions. origin: form, its ids and cells; note: what the form adds, or why it does not apply."""

    criterion: str
    answer: str
    note: str
    origin: str


class NotCarried(Struct, frozen=True):
    """What a person has to read and answer: the form's id, its place, and why it did not become an answer.

    criterion: our question that it concerns, empty for none; beside: what the form says, to be noted beside that question.
    """

    ref: str
    where: str
    because: str
    criterion: str = ""
    beside: str = ""


class Entry(Struct, frozen=True, forbid_unknown_fields=True):
    """One id of the other form and our questions that it concerns.

    carries: "same" (yes is yes), "opposite" (yes is no), "value" (the text is the answer), "note" (for a person to read); none only points.
    answers: their word → our answer; any other word is then only a note, because it says less than our question asks.
    """

    ref: str
    about: str
    criteria: tuple[str, ...]
    carries: Literal["same", "opposite", "note", "value"] | None = None
    confidence: str = ""
    answers: dict[str, str] = {}


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """Which columns of a form hold the id, the answer and the additional information; sheet: the only one to read."""

    id: str
    answer: str
    note: str = ""
    sheet: str = ""


class Crosswalk(Struct, frozen=True, forbid_unknown_fields=True):
    """A map from another form or framework to our questions, with its edition and the day it was made."""

    id: str
    title: str
    edition: str
    as_of: str
    confidence: Literal["verified", "general knowledge", "unresolved"]
    about: str
    entries: tuple[Entry, ...]
    form: Form | None = None


def find_crosswalk(name: str) -> Crosswalk:
    """Return a crosswalk: a shipped one's name, or the path of a file. Raises ChecklistError for what is neither."""
    folder = shipped("checklists") / "crosswalks"
    path = next((p for p in (Path(name), folder / f"{name}.toml") if is_there(p)), None)
    if path is None:
        raise ChecklistError(f"unknown crosswalk {name!r}", fix=nearest(name, [p.stem for p in folder.glob("*.toml")]))
    return load_crosswalk(path, ChecklistError)


def load_crosswalk(path: Path, error: type[AuditError]) -> Crosswalk:
    """Return a crosswalk file. Raises `error`: no TOML, an unknown key, no date, one pair twice, `answers` where nothing is carried."""
    found = convert(read_toml(path, error, "crosswalk"), Crosswalk, error, str(path))
    try:
        dt.date.fromisoformat(found.as_of)
    except ValueError:
        raise error(f"as_of = {found.as_of!r} is no date", where=str(path), fix="Write it as 2026-11-22.") from None
    seen = set()
    for entry in found.entries:
        if entry.answers and entry.carries not in ("same", "opposite", "value"):
            raise error(f"the entry {entry.ref!r} has answers, but carries none", where=str(path), fix='Add carries = "same".')
        for pair in [(entry.ref.casefold(), name) for name in entry.criteria]:
            if pair in seen:
                raise error(f"the entry {entry.ref!r} names {pair[1]!r} twice", where=str(path), fix="Keep one of them.")
            seen.add(pair)
    return found


def carry(
    given: Sequence[ForeignAnswer], crosswalk: Crosswalk, criteria: Mapping[str, Criterion], source: str
) -> tuple[list[Carried], list[NotCarried]]:
    """Return what a form answers of our questions, and everything it says that was not carried, in the form's order.

    criteria: the questions in use, by id. source: the form with its edition ("HECVAT 4.1.4"). Answers to one question that
    contradict each other are all left out.
    """
    entries = defaultdict(list)
    for entry in crosswalk.entries:
        entries[entry.ref.casefold()].append(entry)
    offers: dict[str, list[tuple[ForeignAnswer, str]]] = defaultdict(list)
    left: list[NotCarried] = []
    for one in given:
        pairs = [(entry, name) for entry in entries[one.ref.casefold()] for name in entry.criteria]
        general = one.problem or ("" if pairs else "no question of ours asks this") or ("" if one.answer else f"no answer is given{_aside(one)}")
        for entry, name in pairs if not general else ():
            answer, because = _answer(one, entry, name, criteria.get(name))
            if because:
                there = name if name in criteria and entry.carries else ""
                left.append(NotCarried(one.ref, one.where, because, there, f"{one.ref} ({entry.about}): {one_line(one.answer, _SAID)}{_aside(one)}" if there else ""))
            else:
                offers[name].append((one, answer))
        if general:
            left.append(NotCarried(one.ref, one.where, general))
    carried = []
    for name, several in offers.items():
        if len({answer.casefold() for _, answer in several}) > 1:
            told = ", ".join(f"{one.ref} means {answer!r}" for one, answer in several)
            left.extend(NotCarried(one.ref, one.where, f"the answers to {name} contradict each other: {told}") for one, _ in several)
        else:
            carried.append(_joined(name, several, source))
    order = {one.ref: number for number, one in reversed(list(enumerate(given)))}
    return carried, sorted(left, key=lambda one: order[one.ref])


def _answer(one: ForeignAnswer, entry: Entry, name: str, criterion: Criterion | None) -> tuple[str, str]:
    """Return our answer and "", or "" and why there is none."""
    said = one_line(f"{one.answer}{_aside(one)}", _SAID)
    if criterion is None or entry.carries is None:
        return "", f"{name} is not asked in this audit" if criterion is None else f"the crosswalk only points to {name}"
    if entry.carries == "note":
        return "", f"only a note for {name}: {said}"
    theirs = word(one.answer)
    answer = {word(key): ours for key, ours in entry.answers.items()}.get(theirs, "")
    if is_not_applicable(answer or one.answer):
        if not criterion.not_applicable_ok:
            return "", f"{name} cannot be not applicable: {said}"
        return ("not applicable", "") if one.note or answer else ("", f"not applicable to {name}, but no reason is given")
    if entry.answers and not answer:
        return "", f"it does not settle {name}, which asks for more: {said}"
    if not answer:
        answer = one.answer if entry.carries == "value" else _OTHER_WAY.get(theirs, "") if entry.carries == "opposite" else theirs
    wanted = _wanted(criterion, answer, is_value=entry.carries == "value" or bool(entry.answers))
    return ("", f"{name} asks for {wanted}, not for: {said}") if wanted else (answer, "")


def _wanted(criterion: Criterion, answer: str, *, is_value: bool) -> str:
    """Return what a criterion asks for where an answer is not of its kind; empty where it is."""
    if criterion.answer == "file" or (criterion.answer == "text" and not is_value):
        return f"a {criterion.answer}"
    try:
        is_good(criterion, answer, _ANY_DAY)
    except ValueError as bad:
        return str(bad)
    return ""


def _aside(one: ForeignAnswer) -> str:
    return f" ({one_line(one.note, _SAID)})" if one.note else ""


def _joined(name: str, several: Sequence[tuple[ForeignAnswer, str]], source: str) -> Carried:
    """Return several answers that agree as one. Why it does not apply is the form's note, or the answer from which it follows."""
    answer = several[0][1]
    follows = [f"{source} {one.ref} is answered with {one.answer[:40]!r}." for one, ours in several if is_not_applicable(ours) and not one.note]
    note = "; ".join(dict.fromkeys([one.note for one, _ in several if one.note] + follows))
    cut = note if len(note) <= _LONGEST_NOTE else f"{note[: _LONGEST_NOTE - 1]}…"
    return Carried(name, answer, cut, "; ".join(f"{source} {one.ref}, {one.where}" for one, _ in several))


def read_mapping(path: Path, crosswalk: Crosswalk, error: type[AuditError]) -> list[ForeignAnswer]:
    """Return the answers of any form that has an id, an answer and additional information in columns that the crosswalk names.

    .xlsx (visible sheets, the header anywhere in them), .csv or .jsonl. Raises `error`: no [form], no such sheet or columns, unreadable.
    """
    form = crosswalk.form
    if form is None:
        raise error(f"the crosswalk {crosswalk.id!r} does not say how to read a form", fix='Add [form] with id = "…" and answer = "…".')
    names = [_head(name) for name in (form.id, form.answer, form.note) if name]
    if check_kind(path, error) == ".xlsx":
        return gathered(_in_tabs(tabs_of(path, error), form, names, path, error))
    said = []
    for number, row in read_sheet(path, names, error):
        boxes = [Box(f"row {number}", safe(row[name]).strip()) for name in names]
        if boxes[0].text:
            said.append(Said(boxes[0].text, boxes[1], boxes[2] if form.note else Box(), ""))
    return gathered(said)


def _in_tabs(tabs: Sequence[Tab], form: Form, names: Sequence[str], path: Path, error: type[AuditError]) -> Iterator[Said]:
    shown = [tab for tab in tabs if not tab.hidden and form.sheet in ("", tab.title)]
    if not shown:
        raise error(f"there is no sheet {form.sheet!r}", where=str(path), fix=nearest(form.sheet, [tab.title for tab in tabs]))
    any_header = False
    for tab in shown:
        columns: list[int] = []
        for row in tab.rows:
            heads = {_head(box.text): i for i, box in reversed(row.items())}
            boxes = [row.get(i, Box()) for i in columns]
            if set(names) <= set(heads):
                columns, any_header = [heads[name] for name in names], True
            elif boxes and boxes[0].problem and not boxes[0].text and boxes[1].text:
                raise error(f"an id cannot be read: {boxes[0].problem}", where=f"{path}, sheet {tab.title!r}")
            elif boxes and boxes[0].text:
                yield Said(boxes[0].text, boxes[1], boxes[2] if form.note else Box(), tab.title)
    if not any_header:
        raise error(f"no row names the columns {', '.join(n for n in (form.id, form.answer, form.note) if n)}", where=str(path), fix="Mend [form] in the crosswalk.")


def _head(text: str) -> str:
    return " ".join(text.split()).lower()
