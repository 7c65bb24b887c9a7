"""A program, started once (or `workers` times): a JSON object a line in, one a line out, in any order.

Lines on its standard output that are not a JSON object with a known id (banners, logs) are passed over.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from audit.errors import ConnectionSetupError
from audit.records import Failure, Probe, Reply
from audit.vendors.process import Program, start
from audit.vendors.site import Site, Tool

_MOST_BARREN_STARTS = 5


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`argv[0]` is looked up on the PATH and in the plan's folder; the process runs in that folder."""

    argv: Annotated[list[str], Meta(min_length=1)]
    workers: Annotated[int, Meta(ge=1, le=64)] = 1


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Start the processes, give `ask`, and end the processes."""
    argv = [found(settings.argv[0], site), *settings.argv[1:]]
    async with AsyncExitStack() as stack:
        workers = [_Worker(argv, site) for _ in range(settings.workers)]
        stack.push_async_callback(_end_all, workers)
        await asyncio.gather(*(worker.program() for worker in workers))

        async def ask(probe: Probe) -> Reply:
            return await min(workers, key=_Worker.load).ask(probe)

        yield Tool(ask)


def found(program: str, site: Site) -> str:
    """Return where a program lies: in the plan's folder where it is given with a folder, else on the PATH first."""
    here = str(site.base / program)
    path = shutil.which(here) if Path(program).name != program else shutil.which(program) or shutil.which(here)
    if path is None:
        raise ConnectionSetupError(
            f"there is no program {program!r}", where=site.where, fix="Check connect.argv, or install the program."
        )
    return path


async def _end_all(workers: list["_Worker"]) -> None:
    await asyncio.gather(*(worker.end() for worker in workers))


class _Worker:
    """A program that is started again when it has ended, as long as it gives replies in between."""

    def __init__(self, argv: list[str], site: Site) -> None:
        self._argv = argv
        self._site = site
        self._program: Program | None = None
        self._barren = 0
        self._given_up: Failure | None = None
        self._asking = 0
        self._starting = asyncio.Lock()

    def load(self) -> tuple[bool, int]:
        """Return what to choose the idlest by: given up or not, and the questions it has now."""
        return self._given_up is not None, self._asking

    async def ask(self, probe: Probe) -> Reply:
        self._asking += 1
        try:
            return await (await self.program()).ask(probe)
        finally:
            self._asking -= 1

    async def program(self) -> Program:
        """Return the program, started (again) where it is not running."""
        async with self._starting:
            if self._given_up is not None:
                raise self._given_up
            if self._program is not None and self._program.closed is not None:
                await self._program.end()
                self._barren = 0 if self._program.replies else self._barren + 1
                if self._barren == _MOST_BARREN_STARTS:
                    self._given_up = Failure(
                        f"the program ended {self._barren} times without one reply and is not started again",
                        detail=self._program.last_words(),
                    )
                    raise self._given_up
                self._program = None
            if self._program is None:
                self._program = await start(self._argv, self._site)
            return self._program

    async def end(self) -> None:
        if self._program is not None:
            await self._program.end()
