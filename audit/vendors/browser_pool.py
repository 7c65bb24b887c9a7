"""Pages to ask on: at most so many at once, in one browser, which is started again when it has died."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from audit.records import Failure
from audit.vendors.browser_page import reason_of
from audit.vendors.browser_start import Chromium, Launch, start

if TYPE_CHECKING:
    from playwright.async_api import Page, Playwright

_MOST_BARREN_STARTS = 5


class Pages:
    """Gives a page to whoever asks, when one is free. `barren`: starts of the browser since the last reply."""

    def __init__(self, driver: "Playwright", launch: Launch, workers: int) -> None:
        self._driver = driver
        self._launch = launch
        self._free = asyncio.Semaphore(workers)
        self._starting = asyncio.Lock()
        self._chromium: Chromium | None = None
        self.barren = 0
        self.version = ""

    @asynccontextmanager
    async def one(self, until: float) -> AsyncIterator["Page"]:
        """Give a page of its own, and close it. Raises Failure when none is free in time, or the browser died too often."""
        from playwright.async_api import Error as PageError

        try:
            async with asyncio.timeout_at(until):
                await self._free.acquire()
        except TimeoutError:
            raise Failure("no page was free in time (connect.workers)", retry=True) from None
        try:
            async with AsyncExitStack() as stack:
                try:
                    async with asyncio.timeout_at(until):
                        page = await stack.enter_async_context((await self.browser()).page(self._launch.viewport))
                except (PageError, TimeoutError) as bad:
                    raise Failure(f"the browser gave no page: {reason_of(bad)}", retry=True) from None
                yield page
        finally:
            self._free.release()

    async def browser(self) -> Chromium:
        """Return the browser, started (again) where it is not running."""
        async with self._starting:
            if self._chromium is not None and not self._chromium.running:
                await self.end()
            if self._chromium is None:
                self.barren += 1
                if self.barren > _MOST_BARREN_STARTS:
                    raise Failure(f"the browser ended {_MOST_BARREN_STARTS} times without one reply and is not started again")
                self._chromium = await start(self._driver, self._launch)
                self.version = f"Chromium {self._chromium.version}"
            return self._chromium

    async def end(self) -> None:
        """End the browser, where there is one."""
        chromium, self._chromium = self._chromium, None
        if chromium is not None:
            await chromium.end()


@asynccontextmanager
async def pool(driver: "Playwright", launch: Launch, workers: int) -> AsyncIterator[Pages]:
    """Start the browser, give its pages, and end it whatever happens."""
    pages = Pages(driver, launch, workers)
    await pages.browser()
    try:
        yield pages
    finally:
        await pages.end()
