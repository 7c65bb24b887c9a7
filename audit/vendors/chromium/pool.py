"""Pages to ask on: at most so many at once, in one browser, which is started for the first page, and again when it has died."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from audit.errors import Unfinished
from audit.vendors.chromium.page import reason_of
from audit.vendors.chromium.start import Chromium, Launch, playwright, start

if TYPE_CHECKING:
    from playwright.async_api import Page, Playwright

_MOST_BARREN_STARTS = 5
_TRIES = 3
_SECONDS_TO_OPEN = 60.0
"""For an empty page, which asks nothing of the tool: what takes longer is this computer, and no reply of the tool's is missing for it."""
_KEPT = "Close other programs and run the same command again; what was collected is kept."


class Pages:
    """Gives a page to whoever asks, when one is free. `barren`: starts of the browser since the last reply."""

    def __init__(self, launch: Launch, workers: int, ending: AsyncExitStack) -> None:
        self._launch = launch
        self._free = asyncio.Semaphore(workers)
        self._ending = ending
        self._starting = asyncio.Lock()
        self._driver: Playwright | None = None
        self._chromium: Chromium | None = None
        self.barren = 0
        self.version = ""

    @asynccontextmanager
    async def one(self) -> AsyncIterator["Page"]:
        """Give an empty page, and close it. Raises AuditError: no browser that starts, none that lives, none that gives a page."""
        async with self._free, AsyncExitStack() as stack:
            yield await self._opened(stack)

    async def _opened(self, stack: AsyncExitStack) -> "Page":
        from playwright.async_api import Error as PageError

        why = ""
        for _ in range(_TRIES):
            chromium = await self._browser()
            try:
                async with asyncio.timeout(_SECONDS_TO_OPEN):
                    return await stack.enter_async_context(chromium.page(self._launch.viewport))
            except (PageError, TimeoutError) as bad:
                why = reason_of(bad)
        raise Unfinished(f"the browser gives no page: {why}", where=self._launch.where, fix=_KEPT)

    async def _browser(self) -> Chromium:
        """Return the browser, started (again) where it is not running."""
        async with self._starting:
            if self._chromium is not None and not self._chromium.running:
                await self.end()
            if self._chromium is None:
                if self.barren == _MOST_BARREN_STARTS:
                    raise Unfinished(f"the browser ended {self.barren} times without one reply", where=self._launch.where, fix=_KEPT)
                self.barren += 1
                if self._driver is None:
                    self._driver = await self._ending.enter_async_context(playwright(self._launch.where))
                self._chromium = await start(self._driver, self._launch)
                self.version = f"Chromium {self._chromium.version}"
            return self._chromium

    async def end(self) -> None:
        """End the browser, where there is one."""
        chromium, self._chromium = self._chromium, None
        if chromium is not None:
            await chromium.end()


@asynccontextmanager
async def pool(launch: Launch, workers: int) -> AsyncIterator[Pages]:
    """Give the pages of a browser, and end it, if one was started, whatever happens."""
    async with AsyncExitStack() as ending:
        pages = Pages(launch, workers, ending)
        try:
            yield pages
        finally:
            await pages.end()
