"""An event loop in a thread of its own, where `python` awaits what the tool's function gives."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable
from typing import Any

from audit.records import Failure

_SECONDS_TO_END = 1.0
_LONGEST = 300


def said(bad: BaseException) -> str:
    """Return an exception in one short text, whatever it does when it is asked."""
    try:
        return f"{type(bad).__name__}: {bad}"[:_LONGEST]
    except Exception:
        return type(bad).__name__


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
