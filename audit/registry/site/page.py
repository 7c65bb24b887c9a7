"""One page to be written, and lists that go over several pages."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")
PER_PAGE = 100
"""Tools on one page of a list."""


class Page(Struct, frozen=True):
    """A file of the site. path: from the site's folder; make: draws its text (UTF-8); key: changes when anything on it does, the template included."""

    path: str
    make: Callable[[], str]
    key: str


class Turn(Struct, frozen=True):
    """One page of a list that goes over several. number: from 1; turns: the addresses of all of them, from one of them to the others."""

    path: str
    number: int
    turns: tuple[str, ...]


def turned(items: Sequence[T], first: str, later: str, per_page: int = PER_PAGE) -> Iterator[tuple[Turn, Sequence[T]]]:
    """Yield the pages of a list; one where the list is empty. first: the path of the first page; later: that of the others, with {n} in it."""
    count = max(-(-len(items) // per_page), 1)
    paths = [first, *(later.replace("{n}", str(n)) for n in range(2, count + 1))]
    turns = tuple(path.rsplit("/", 1)[-1] for path in paths)
    for i, path in enumerate(paths):
        yield Turn(path, i + 1, turns), items[i * per_page:(i + 1) * per_page]
