"""Pages of which there is one: the first one, how decisions are made, what statuses mean, what has changed, what was corrected."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from audit.records.listings import Correction, Publisher, StatusEntry
from audit.registry.site.drawing import draw, key_of
from audit.registry.site.facets import Shelf
from audit.registry.site.indexes import Counted, letters_of
from audit.registry.site.page import Page, turned
from audit.registry.site.rows import Row
from audit.registry.site.tools import VERDICTS
from audit.registry.statuses import read_statuses

LATEST = 200
_AT_HOME = 5
_PER_PAGE = 200
T = TypeVar("T", StatusEntry, Correction)
Log = Sequence[tuple[Row, T]]


def one_of_each(rows: Sequence[Row], counted: Counted, publisher: Publisher, as_of: str) -> Iterator[Page]:
    """Yield the pages of which there is one. rows: in order."""
    shelves = {facet.key: own for facet, own in counted}
    changes = _newest(rows, lambda row: row.history)[:LATEST]
    yield _home(rows, counted, changes[:_AT_HOME], publisher, as_of)
    yield Page("methods.html", lambda: draw("methods", "methods.html", "How we decide", publisher, verdicts=VERDICTS), key_of("methods", publisher))
    yield _statuses(shelves.get("status", ()), publisher)
    yield from _log("changes", "Changes", changes, publisher, LATEST)
    yield from _log("corrections", "Corrections", _newest(rows, lambda row: row.corrections), publisher, _PER_PAGE)


def _home(rows: Sequence[Row], counted: Counted, changes: Log[StatusEntry], publisher: Publisher, as_of: str) -> Page:
    statuses = next((own for facet, own in counted if facet.key == "status"), ())
    meanings = read_statuses()
    usable = sum(len(shelf.rows) for shelf in statuses if meanings.meaning(shelf.rows[0].status).allows_use)
    facets, letters = [facet for facet, _ in counted], letters_of(rows)
    depends = ([(shelf.value, len(shelf.rows)) for shelf in statuses], [facet.key for facet in facets], letters, _depends(changes), as_of, publisher)

    def make() -> str:
        return draw("home", "index.html", publisher.title.strip() or "Vetted tools", publisher, count=len(rows), usable=usable, statuses=statuses, facets=facets, letters=letters,
                    changes=changes, as_of=as_of)

    return Page("index.html", make, key_of("home", depends))


def _statuses(shelves: Sequence[Shelf], publisher: Publisher) -> Page:
    known = read_statuses()
    counts = {one.id: 0 for one in known.status} | {shelf.rows[0].status: len(shelf.rows) for shelf in shelves}
    allowed = [one for one in known.status if one.allows_use]

    def make() -> str:
        return draw("statuses", "statuses.html", "What each status means", publisher, known=known, allowed=allowed, counts=counts)

    return Page("statuses.html", make, key_of("statuses", counts, publisher))


def _newest(rows: Sequence[Row], of: Callable[[Row], Sequence[T]]) -> list[tuple[Row, T]]:
    """Return what all tools have in their logs, the newest first; of one day in order of names, of one tool the last first."""
    every = [(row, entry) for row in rows for entry in reversed(of(row))]
    return sorted(every, key=lambda pair: pair[1].on, reverse=True)


def _depends(log: Log[T]) -> list[tuple[str, str, T]]:
    return [(row.place, row.name, entry) for row, entry in log]


def _log(kind: str, title: str, entries: Log[T], publisher: Publisher, per_page: int) -> Iterator[Page]:
    for turn, own in turned(entries, f"{kind}.html", f"{kind}-page-{{n}}.html", per_page):
        make = partial(draw, "log", turn.path, title, publisher, kind=kind, number=turn.number, turns=turn.turns, entries=own, most=LATEST)
        yield Page(turn.path, make, key_of(kind, turn, _depends(own), publisher))
