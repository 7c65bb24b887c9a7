"""Tools of one use side by side: what was decided, and what was measured. No order is made of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from audit.plan import INDICATORS
from audit.records.listings import Publisher
from audit.registry.site.drawing import draw, key_of
from audit.registry.site.facets import Shelf
from audit.registry.site.names import named
from audit.registry.site.page import Page, turned
from audit.registry.site.rows import Row
from audit.registry.site.tools import VERDICTS

_COLUMNS = 24
_PER_PAGE = 50


def compare_pages(uses: Sequence[Shelf], publisher: Publisher) -> Iterator[Page]:
    """Yield the page that lists the uses, and for each use its tools side by side, fifty a page."""
    counts = [(shelf.value, len(shelf.rows)) for shelf in uses]
    path = "compare/index.html"
    yield Page(path, lambda: draw("uses", path, "Tools side by side", publisher, uses=uses), key_of("uses", counts, publisher))
    for shelf in uses:
        yield from _use(shelf, publisher)


def _use(shelf: Shelf, publisher: Publisher) -> Iterator[Page]:
    value = shelf.value
    indicators, attributes, unseen = _indicators(shelf.rows), *_attributes(shelf.rows)
    for turn, own in turned(shelf.rows, f"compare/{value.key}.html", f"compare/{value.key}.page-{{n}}.html", _PER_PAGE):
        make = partial(draw, "compare", turn.path, f"{value.title}: tools side by side", publisher, use=value.title, rows=own, number=turn.number, turns=turn.turns,
                       indicators=indicators, attributes=attributes, unseen=unseen, verdicts=VERDICTS)
        depends = [(r.place, r.name, r.version, r.status, r.decision, r.role, r.audited, r.scores, {a: r.attributes.get(a) for a in attributes}) for r in own]
        yield Page(turn.path, make, key_of("compare", value, turn, indicators, attributes, unseen, depends, publisher))


def _indicators(rows: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    """Return the five indicators that any of the tools has, with their titles, in their order; what else a bundle names is on the tool's own page."""
    titles = {key: title for row in rows for key, (title, _) in row.scores.items()}
    return tuple((key, named(titles[key], 40)) for key in INDICATORS if key in titles)


def _attributes(rows: Sequence[Row]) -> tuple[tuple[str, ...], int]:
    """Return the attributes that most of the tools were looked at for, in order of name, and how many are left out."""
    counts = Counter(name for row in rows for name in row.attributes)
    most = sorted(counts, key=lambda name: (-counts[name], name))[:_COLUMNS]
    return tuple(sorted(most)), len(counts) - len(most)
