"""One Chromium, and one event loop for it, for many tests: a start costs a second of CPU. Each page in it is as fresh as ever."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from audit.collect import reply_to
from audit.plan import Connect
from audit.records import Failure, Probe, Reply
from audit.vendors import Site, open_adapter
from audit.vendors.chromium import pool
from audit.vendors.chromium.start import Chromium, Launch, start
from tests.builders import a_probe, a_site

T = TypeVar("T")
SLOWEST = 8
"""A page that is not waited for in vain has so many times the seconds that a plain page took on this computer, as busy as it is."""


class Lent:
    """A browser that goes on after whoever used it has left."""

    def __init__(self, own: Chromium, shared: "OneChromium") -> None:
        self._own, self._shared = own, shared
        self.version = own.version

    @property
    def running(self) -> bool:
        return self._own.running

    @asynccontextmanager
    async def page(self, viewport: tuple[int, int]) -> AsyncIterator:
        await asyncio.sleep(self._shared.slow)
        if self._shared.broken is not None:
            raise self._shared.broken
        async with self._own.page(viewport) as page:
            self._shared.pages += 1
            yield page

    async def end(self) -> None:
        """Stay."""


class OneChromium:
    """Runs what asks through a browser; `pages` counts those that were opened."""

    def __init__(self) -> None:
        self._loop = asyncio.Runner()
        self._own: dict[Launch, Chromium] = {}
        self._driver = None
        self._patience = 0.0
        self.pages, self.slow = 0, 0.0
        self.broken: Exception | None = None

    def run(self, work: Coroutine[None, None, T], *, slow: float = 0.0, broken: Exception | None = None) -> T:
        """Return what work returns; every browser that it asks for is this one. slow, broken: how opening a page goes."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pool, "start", self._start)
            patch.setattr(pool, "playwright", self._playwright)
            self.slow, self.broken = slow, broken
            return self._loop.run(work)

    @asynccontextmanager
    async def _playwright(self, _where: str) -> AsyncIterator:
        if self._driver is None:
            from playwright.async_api import async_playwright

            self._driver = await async_playwright().start()
        yield self._driver

    async def _start(self, driver: object, launch: Launch) -> Lent:
        if launch not in self._own or not self._own[launch].running:
            self._own[launch] = await start(driver, launch)
        return Lent(self._own[launch], self)

    def close(self) -> None:
        """End it."""
        async def end() -> None:
            for own in self._own.values():
                await own.end()
            if self._driver is not None:
                await self._driver.stop()

        self._loop.run(end())
        self._loop.close()

    def left_open(self) -> int:
        """How many pages are open now."""
        return sum(len(context.pages) for own in self._own.values() for context in own._browser.contexts)

    def patience(self, url: str, folder: Path) -> float:
        """Return the seconds after which a wait is one in vain, here and now."""
        if not self._patience:
            since = time.monotonic()
            for _ in range(2):   # the first one starts the browser
                since, steps = time.monotonic(), [{"settle": "#answer", "for": 0.1}, {"read": "#answer"}]
                assert isinstance(self.asked(url, folder, steps, a_probe(), seconds=60.0), Reply)
            self._patience = max(2.0, round(SLOWEST * (time.monotonic() - since), 1))
        return self._patience

    def asked(self, url: str, folder: Path, steps: list, probe: Probe, *, seconds: float = 60.0, **settings: object) -> Reply | Failure:
        """Ask one probe, all its turns."""
        connect = Connect("browser", settings={"url": url, "steps": steps} | settings)
        return self.run(one_asked(connect, a_site(folder, [probe], timeout=seconds, concurrency=1), probe))


async def one_asked(connect: Connect, site: Site, probe: Probe) -> Reply | Failure:
    async with open_adapter(connect, site) as tool:
        try:
            async with opened(tool, probe) as ask:
                return await reply_to(probe, ask, None, str)
        except Failure as failure:
            return failure


def opened(tool, probe: Probe) -> AbstractAsyncContextManager:
    assert tool.visit is not None
    return tool.visit(probe)
