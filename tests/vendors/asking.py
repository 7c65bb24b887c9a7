"""How the adapters' tests ask one probe: as the collector would."""

import asyncio

from audit.collect import within
from audit.plan import Connect
from audit.records import Failure, Probe, Reply
from audit.vendors import Site, open_adapter


async def ask_one(adapter: str, settings: dict, site: Site, probe: Probe, *, seconds=5.0) -> Reply:
    """Open an adapter and ask one probe, as the collector would. Raises Failure."""
    async with open_adapter(Connect(adapter, settings=settings), site) as tool:
        return await within(tool.ask(probe), seconds)


def heard(adapter: str, settings: dict, site: Site, probe: Probe, *, seconds=5.0) -> Reply | Failure:
    """Open an adapter and ask one probe; return the reply or the failure."""
    try:
        return asyncio.run(ask_one(adapter, settings, site, probe, seconds=seconds))
    except Failure as failure:
        return failure
