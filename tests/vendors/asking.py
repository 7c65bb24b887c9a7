"""How the adapters' tests ask one probe: as the collector would."""

import asyncio
import time
from collections.abc import Callable

from audit.collect import within
from audit.plan import Connect
from audit.records import Failure, Probe, Reply
from audit.vendors import Site, open_adapter

LONG = 120
"""Seconds for what is to succeed, on however slow a computer."""


def until(seen: Callable[[], bool], what: str) -> None:
    """Wait until something is seen; what: for the message."""
    end = time.monotonic() + LONG
    while not seen():
        assert time.monotonic() < end, what
        time.sleep(0.05)


async def ask_one(adapter: str, settings: dict, site: Site, probe: Probe, *, seconds=5.0) -> Reply:
    """Open an adapter and ask one probe, as the collector would. Raises Failure."""
    async with open_adapter(Connect(adapter, settings=settings), site) as tool:
        if tool.visit is None:
            return await within(tool.ask(probe), seconds)
        async with tool.visit(probe) as ask:
            return await ask(probe)


def heard(adapter: str, settings: dict, site: Site, probe: Probe, *, seconds=5.0) -> Reply | Failure:
    """Open an adapter and ask one probe; return the reply or the failure."""
    try:
        return asyncio.run(ask_one(adapter, settings, site, probe, seconds=seconds))
    except Failure as failure:
        return failure
