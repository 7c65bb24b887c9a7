"""By what a list can be narrowed: each facet, the values that a tool has in it, and in which order they stand."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from audit.plan import AUDIENCE, INDICATORS, STUDENT_DATA
from audit.records.listings import Status
from audit.registry.site.names import data_words, folded, grade_words, language_words, month_words, named, slug, use_words
from audit.registry.site.rows import Row
from audit.registry.statuses import read_statuses

_LEVELS = ((80.0, "80", "80 or more"), (60.0, "60", "60 to 79"), (0.0, "0", "less than 60"))
"""Levels of an indicator's score, by which a list is narrowed. No decision rests on them: the policy's gates decide."""
_QUARTERS = 8
_GRADES = ("pre-k", "k", *(str(n) for n in range(1, 13)))


class Value(Struct, frozen=True):
    """One value of a facet. key: its folder; order: where it stands among the others."""

    key: str
    title: str
    order: tuple[int, str]


class Facet(Struct, frozen=True):
    """One way to narrow the list. about: what a reader has to know of it, in plain words; of: the values of a tool, as of a day."""

    key: str
    title: str
    about: str
    of: Callable[[Row, str], Iterable[Value]]


class Shelf(Struct, frozen=True):
    """The tools that have one value, in the order of their names."""

    value: Value
    rows: tuple[Row, ...]


def shelves(facet: Facet, rows: Sequence[Row], as_of: str) -> tuple[Shelf, ...]:
    """Return a facet's values with their tools. Values that make one address are one; rows: in order of names."""
    found: dict[str, tuple[Value, list[Row]]] = {}
    for row in rows:
        for key, value in {one.key: one for one in facet.of(row, as_of)}.items():
            found.setdefault(key, (value, []))[1].append(row)
    return tuple(Shelf(value, tuple(own)) for value, own in sorted(found.values(), key=lambda pair: (pair[0].order, pair[0].key)))


def _plain(texts: Iterable[str], words: Callable[[str], str], known: Sequence[str] = ()) -> Iterator[Value]:
    for text in texts:
        yield _one(text, words(text), known.index(text) if text in known else len(known))


@lru_cache(maxsize=10_000)
def _one(text: str, title: str, order: int) -> Value:
    return Value(slug(text), title, (order, folded(title)))


def _status(row: Row, as_of: str) -> Iterator[Value]:
    yield _of_status(row.status)


@lru_cache
def _of_status(status: Status) -> Value:
    known = read_statuses()
    return Value(slug(status), known.meaning(status).title, (STATUS_ORDER.index(status) if status in STATUS_ORDER else len(STATUS_ORDER), ""))


STATUS_ORDER = (
    "approved", "approved_with_conditions", "teacher_use_only", "pilot", "under_review", "awaiting_vendor", "screening", "requested", "suspended",
    "expired", "denied", "withdrawn",
)
"""How statuses stand beside each other: those that allow use first."""


def _agreement(row: Row, as_of: str) -> Iterator[Value]:
    for state, family, others in row.agreements:
        title = f"{named(family, 40)} ({named(state, 20)})" if state else named(family, 40)
        yield _one(title, title, 1)
        if others:
            yield _one("open to other districts", "Open to other districts", 0)
    if not row.agreements:
        yield _one("none on file", "None on file", 2)


def _level(row: Row, as_of: str) -> Iterator[Value]:
    for key, (title, score) in row.scores.items():
        place = INDICATORS.index(key) if key in INDICATORS else len(INDICATORS)
        yield _of_level(key, named(title, 40), place, -1 if score is None else next(i for i, level in enumerate(_LEVELS) if score >= level[0] or i == len(_LEVELS) - 1))


@lru_cache(maxsize=1000)
def _of_level(key: str, title: str, place: int, level: int) -> Value:
    if level < 0:
        return Value(slug(f"{key}-open"), f"{title}: no score yet", (place * 10 + 9, title))
    return Value(slug(f"{key}-{_LEVELS[level][1]}"), f"{title}: {_LEVELS[level][2]}", (place * 10 + level, title))


def _reviewed(row: Row, as_of: str) -> Iterator[Value]:
    if not row.reviewed:
        yield _one("not yet", "Not yet, or only by the vendor", 99)
        return
    month, now = _months(row.reviewed), _months(as_of)
    first = (now // 3 - _QUARTERS + 1) * 3
    yield from (_since(start) for start in range(first, now // 3 * 3 + 1, 3) if start <= month)
    if month < first:
        yield _one("earlier", "Earlier", 98)


def _months(day: str) -> int:
    """Months since the year 0."""
    return int(day[:4]) * 12 + int(day[5:7]) - 1


@lru_cache(maxsize=1000)
def _since(month: int) -> Value:
    year, own = divmod(month, 12)
    return Value(f"since-{year:04}-{own + 1:02}", f"Since {month_words(year, own + 1)}", (0, f"{100_000 - month:06}"))


_FUNDING: Mapping[str, str] = {
    "title-i": "Title I", "title-ii-a": "Title II-A", "title-iii": "Title III", "title-iv-a": "Title IV-A", "idea": "IDEA", "e-rate": "E-Rate",
    "esser": "ESSER", "perkins-v": "Perkins V",
}


def funding_words(tag: str) -> str:
    """Return a funding tag as a title."""
    return _FUNDING.get(tag.lower()) or named(tag, 60)


FACETS: tuple[Facet, ...] = (
    Facet("status", "Status", "What the list says of a tool now.", _status),
    Facet("use", "Use", "What a tool is for. A decision holds for these uses and no others.", lambda row, _: _plain(row.uses, use_words)),
    Facet("grade", "Grade", "For which grades a tool was looked at.", lambda row, _: _plain(row.grades, grade_words, _GRADES)),
    Facet("audience", "Who uses it", "Who works with the tool.", lambda row, _: _plain(row.audience, lambda text: named(text, 40).capitalize(), AUDIENCE)),
    Facet("data", "Student data", "What the tool keeps about students.", lambda row, _: _plain((row.student_data,), data_words, (*STUDENT_DATA, ""))),
    Facet("agreement", "Agreement on file", "Signed agreements on student data that have not run out.", _agreement),
    Facet("indicator", "Indicator", "The five indicators, from 0 to 100. A score is no approval: some questions are musts, and no score makes up for one.", _level),
    Facet("standard", "Standard", "Technical standards. A file for each was checked by machine, or the list has them on record.",
          lambda row, _: _plain(row.standards, lambda text: named(text, 60))),
    Facet("language", "Language", "Languages in which a tool was looked at.", lambda row, _: _plain(row.languages, language_words)),
    Facet("reviewed", "Last audit", "The newest audit by anyone but the vendor.", _reviewed),
    Facet("funding", "Funding", "Tags of the list. They are no legal finding: ask who runs the program.", lambda row, _: _plain(row.funding, funding_words)),
)


def facet_counts(rows: Sequence[Row], as_of: str) -> tuple[tuple[Facet, tuple[Shelf, ...]], ...]:
    """Return every facet in which some tool has a value, with its shelves."""
    found = ((facet, shelves(facet, rows, as_of)) for facet in FACETS)
    return tuple((facet, own) for facet, own in found if own)
