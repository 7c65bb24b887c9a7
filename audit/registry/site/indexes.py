"""Ways to a tool without scripts: from A to Z, by what matters (facets), by the words of its name."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby

from audit.records.listings import Publisher
from audit.registry.site.drawing import draw, key_of
from audit.registry.site.facets import Facet, Shelf
from audit.registry.site.names import letter
from audit.registry.site.page import PER_PAGE, Page, turned
from audit.registry.site.rows import Row, line_of
from audit.registry.site.searching import by_word
from audit.registry.statuses import read_statuses

Counted = Sequence[tuple[Facet, Sequence[Shelf]]]
"""Every facet in which some tool has a value, with the tools of each value."""


def letters_of(rows: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    """Return each letter with the address of its first tool, from the site's folder. rows: in order."""
    found: dict[str, str] = {}
    for i, row in enumerate(rows):
        page = "index.html" if i < PER_PAGE else f"page-{i // PER_PAGE + 1}.html"
        found.setdefault(letter(row.name), page)
    return tuple((key, f"tools/{page}#letter-{key.lower()}") for key, page in found.items())


def _letter(row: Row) -> str:
    return letter(row.name)


def az_pages(rows: Sequence[Row], publisher: Publisher) -> Iterator[Page]:
    """Yield all tools from A to Z, a hundred a page. rows: in order."""
    letters = letters_of(rows)
    for turn, own in turned(rows, "tools/index.html", "tools/page-{n}.html"):
        lines = [line_of(row) for row in own]
        groups = [(key, list(same)) for key, same in groupby(own, key=_letter)]
        make = partial(draw, "tools", turn.path, "All tools", publisher, number=turn.number, turns=turn.turns, letters=letters, groups=groups)
        yield Page(turn.path, make, key_of("az", turn, letters, lines, publisher))


def shelf_pages(counted: Counted, publisher: Publisher) -> Iterator[Page]:
    """Yield the pages by facet: all of them, each with its values, and the tools of each value."""
    yield _browse(counted, "", publisher)
    for facet, shelves in counted:
        yield _browse([(facet, shelves)], facet.key, publisher)
        for shelf in shelves:
            yield from _shelf(facet, shelf, publisher)


def _browse(counted: Counted, one: str, publisher: Publisher) -> Page:
    path, title = (f"by/{one}/index.html", counted[0][0].title) if one else ("by/index.html", "Browse")
    counts = [(facet.key, [(shelf.value, len(shelf.rows)) for shelf in shelves]) for facet, shelves in counted]
    return Page(path, lambda: draw("browse", path, title, publisher, facets=counted, one=one), key_of("browse", one, counts, publisher))


def _shelf(facet: Facet, shelf: Shelf, publisher: Publisher) -> Iterator[Page]:
    value = shelf.value
    means = read_statuses().meaning(shelf.rows[0].status).means if facet.key == "status" else ""
    for turn, own in turned(shelf.rows, f"by/{facet.key}/{value.key}/index.html", f"by/{facet.key}/{value.key}/page-{{n}}.html"):
        make = partial(draw, "shelf", turn.path, f"{facet.title}: {value.title}", publisher, facet=facet, value=value, means=means, count=len(shelf.rows),
                       number=turn.number, turns=turn.turns, rows=own)
        yield Page(turn.path, make, key_of("shelf", facet.key, value, turn, len(shelf.rows), [line_of(row) for row in own], publisher))


def word_pages(rows: Sequence[Row], publisher: Publisher) -> Iterator[Page]:
    """Yield the words of names: the letters, and for each the words that begin with it, with their tools."""
    letters = by_word(rows)
    counts = tuple((key, len(words)) for key, words in letters.items())
    values = {"letters": counts, "one": "", "words": ()}
    yield Page("words/index.html", lambda: draw("words", "words/index.html", "Words in names", publisher, **values), key_of("words", counts, publisher))
    for key, words in letters.items():
        path = f"words/{key.lower()}.html"
        make = partial(draw, "words", path, f"Words: {key}", publisher, letters=counts, one=key, words=words.items())
        depends = [(word, [(row.place, row.name, row.vendor) for row in own]) for word, own in words.items()]
        yield Page(path, make, key_of("words", key, [name for name, _ in counts], depends, publisher))
