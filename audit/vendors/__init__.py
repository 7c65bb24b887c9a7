"""Who is asked. One file an adapter; this table is all that the rest of the audit knows of them.

An adapter module has `Settings` (its keys of `[connect]`) and `connect(settings, site)`, an async
context manager that gives a `Tool`. Its `ask(probe) -> Reply` raises `Failure` when the tool gives no
reply; it never waits, retries or keeps anything: that is `collect`'s. To add one: a file here, a line
below; the contract test then holds it to this.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from typing import NamedTuple

from audit.errors import PlanError
from audit.library import convert, nearest
from audit.plan import SHARED, Connect
from audit.vendors.site import Ask, Seen, Site, Tool, Visit


class Entry(NamedTuple):
    """Where an adapter lives, how many calls it takes at once by default, and what it is for."""

    module: str
    concurrency: int
    about: str


ADAPTERS: Mapping[str, Entry] = {
    "http": Entry("audit.vendors.http", 4, "a web API: any URL, method, headers and body"),
    "chat": Entry("audit.vendors.chat", 4, "an OpenAI-style chat endpoint"),
    "command": Entry("audit.vendors.command", 4, "a program that answers JSON lines on its standard output"),
    "python": Entry("audit.vendors.python", 1, "a Python function"),
    "browser": Entry("audit.vendors.browser", 1, "a tool that has only a web page, driven in Chromium by a short list of steps"),
    "transcript": Entry("audit.vendors.transcript", 64, "a worksheet that a person fills by pasting: for tools without an API"),
    "scripted": Entry("audit.vendors.scripted", 64, "a stand-in with a known planted gap, to try an audit out"),
}

__all__ = ["ADAPTERS", "Ask", "Entry", "Seen", "Site", "Tool", "Visit", "check_connection", "check_settings", "default_concurrency", "open_adapter"]


def _entry(connect: Connect, where: str) -> Entry:
    if connect.adapter not in ADAPTERS:
        raise PlanError(f"unknown adapter {connect.adapter!r}", where=where, fix=nearest(connect.adapter, ADAPTERS))
    return ADAPTERS[connect.adapter]


def default_concurrency(connect: Connect) -> int:
    """Return how many calls to make at once where the plan does not say (or says "auto": the start): the adapter's, or as many as it has workers."""
    workers = connect.settings.get("workers", 1)
    return max(ADAPTERS[connect.adapter].concurrency, workers if isinstance(workers, int) else 1)


def check_settings(connect: Connect, where: str) -> None:
    """Raise PlanError when the adapter is unknown or its keys are, before anything is started."""
    module = import_module(_entry(connect, where).module)
    convert(connect.settings, module.Settings, PlanError, f"{where} [connect] {connect.adapter}", also=SHARED)


def check_connection(connect: Connect, site: Site) -> None:
    """Run what an adapter can check without asking (`check(settings, site)`, where it has one)."""
    module = import_module(_entry(connect, site.where).module)
    if hasattr(module, "check"):
        module.check(convert(connect.settings, module.Settings, PlanError, f"{site.where} [connect] {connect.adapter}"), site)


@asynccontextmanager
async def open_adapter(connect: Connect, site: Site) -> AsyncIterator[Tool]:
    """Start the adapter that the plan names, and end it again whatever happens."""
    module = import_module(_entry(connect, site.where).module)
    settings = convert(connect.settings, module.Settings, PlanError, f"{site.where} [connect] {connect.adapter}", also=SHARED)
    async with module.connect(settings, site) as tool:
        yield tool
