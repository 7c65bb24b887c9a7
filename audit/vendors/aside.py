"""Where `python` keeps a tool apart: an event loop in a thread of its own, and a place for what it prints."""

import asyncio
import contextlib
import io
import os
import sys
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from audit.records import Failure

_SECONDS_TO_END = 1.0
_LONGEST = 300
_LINES_SHOWN = 5


def said(bad: BaseException) -> str:
    """Return an exception in one short text, whatever it does when it is asked."""
    try:
        return f"{type(bad).__name__}: {bad}"[:_LONGEST]
    except Exception:
        return type(bad).__name__


@contextmanager
def prints_aside() -> Iterator[None]:
    """Keep what a tool prints off standard output, which is the audit's result; the first lines go to standard error."""
    with redirect_stdout(_FirstLines()), _descriptor_1_to_2():
        yield


@contextmanager
def _descriptor_1_to_2() -> Iterator[None]:
    """Send what C code and child processes write to descriptor 1 to descriptor 2; nothing where there is no descriptor."""
    try:
        kept = os.dup(1)
    except OSError:
        yield
        return
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


class _FirstLines(io.TextIOBase):
    """Passes a tool's first lines on to standard error, says that there are more, and drops these."""

    def __init__(self) -> None:
        self._lines = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str, /) -> int:
        if self._lines < _LINES_SHOWN:
            sys.stderr.write(text)
            self._lines += text.count("\n")
            if self._lines >= _LINES_SHOWN:
                sys.stderr.write("(what the tool prints from here on is not shown)\n")
        return len(text)


class Aside:
    """A loop for the tool's coroutines, started when first needed: one that blocks does not block the audit."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    async def run(self, awaitable: Awaitable[Any]) -> Any:
        """Await it over there and return its value. Raises Failure with what it raised."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_serve, args=(self._loop,), name="tool-loop", daemon=True)
            self._thread.start()
        value, failure = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_guarded(awaitable), self._loop))
        if failure is not None:
            raise failure
        return value

    def close(self) -> None:
        """End the loop; one that is blocked is left to itself, and ends with the process."""
        if self._loop is None or self._thread is None:
            return
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS_TO_END)


async def _guarded(awaitable: Awaitable[Any]) -> tuple[Any, Failure | None]:
    try:
        return await awaitable, None
    except BaseException as bad:  # even SystemExit, which would end the loop
        return None, Failure(said(bad))


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
