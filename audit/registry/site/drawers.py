"""Pages of tools, drawn by as many processes as there are cores where there are many of them: drawing is most of what is left once the audits are read."""

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Self

import msgspec

from audit.records.listings import Listing, Publisher
from audit.records.merged import Merged
from audit.registry.site.pages import tool_page

_MANY = 200
"""From so many pages on, processes of their own draw them: starting one takes as long as drawing that many."""
_BATCH = 10
_AHEAD = 4
"""Batches that each process may have waiting: what bounds the memory."""
_MOST = 8

Asked = tuple[bytes, str]
"""What a page is made of (MessagePack), and its key: in another process equal values may make another key."""
_Made = tuple[Listing, Merged | None]


class Drawers:
    """Draws the pages of the listings it is given, in any order, and hands each to `put(path, content, key)`; all of them are there when the block ends."""

    def __init__(self, publisher: Publisher, as_of: str, put: Callable[[str, bytes, str], None]) -> None:
        self._publisher, self._as_of, self._put = publisher, as_of, put
        self._waiting: list[Asked] = []
        self._drawing: deque[Future[list[tuple[str, bytes, str]]]] = deque()
        self._pool: ProcessPoolExecutor | None = None
        self._processes = min(os.cpu_count() or 1, _MOST)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)

    def draw(self, listing: Listing, merged: Merged | None, key: str) -> None:
        """Draw the page of a listing, now or later. merged, key: as `tool_page` takes and gives them."""
        self._waiting.append((msgspec.msgpack.encode((listing, merged)), key))
        if len(self._waiting) >= (_BATCH if self._pool else _MANY) and self._processes > 1:
            self._hand_out()
        while len(self._drawing) > _AHEAD * self._processes:
            self._take_in()

    def _hand_out(self) -> None:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._processes, mp_context=get_context("spawn"))
        for start in range(0, len(self._waiting), _BATCH):
            self._drawing.append(self._pool.submit(drawn, self._waiting[start:start + _BATCH], self._publisher, self._as_of))
        self._waiting.clear()

    def _take_in(self) -> None:
        for page in self._drawing.popleft().result():
            self._put(*page)

    def _finish(self) -> None:
        """Draw what is left: few of them here, without any process."""
        while self._drawing:
            self._take_in()
        for page in drawn(self._waiting, self._publisher, self._as_of):
            self._put(*page)
        self._waiting.clear()


def drawn(asked: Sequence[Asked], publisher: Publisher, as_of: str) -> list[tuple[str, bytes, str]]:
    """Return (path, content, key) of the pages of listings."""
    return [_drawn(msgspec.msgpack.decode(raw, type=_Made), key, publisher, as_of) for raw, key in asked]


def _drawn(made: _Made, key: str, publisher: Publisher, as_of: str) -> tuple[str, bytes, str]:
    listing, merged = made
    page = tool_page(listing, publisher, as_of, merged)
    return page.path, page.make().encode(), key
