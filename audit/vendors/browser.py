"""A tool that has only a web page: a short list of steps, done in Chromium through Playwright, in a fresh page for each probe.

The page is untrusted: it is read, never obeyed. It may not leave the plan's places, open windows, download, ask for files, devices or the
local network (docs/browser.md). `audit` types no password: a person logs in once, and `profile` keeps that.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from audit.errors import ConnectionSetupError, Unfinished
from audit.records import Failure, Probe, Reply
from audit.slots import SLOT
from audit.vendors.browser_look import Look
from audit.vendors.browser_page import Bounds, Visit
from audit.vendors.browser_pool import pool
from audit.vendors.browser_start import Launch, check_installed, playwright
from audit.vendors.browser_steps import Open, Step, address, origin_of, read_steps, slots_of
from audit.vendors.browser_visit import MOST_SPARED, Ask, Asking
from audit.vendors.site import Looked, Site, Tool, check_slots, values_of
from audit.vendors.web import check_address

_SHARE_SPARED = 0.15
"""Of the time that a probe has: for the picture of a failure, and for closing the page."""
_FOR_THE_PICTURE = 0.75
Pixels = Annotated[int, Meta(ge=200, le=4000)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`url`: the page that each probe starts at. `steps`: what is done there (`browser_steps`). `origins`: where else the page may go.

    frame: a selector of the inner page (`<iframe>`) that the steps look in. profile: a folder in which a person has logged in
    (`audit login PLAN`); logged_in: what only then is on the page. workers: pages at once. keep: the folder of screenshots, in
    place of `screenshots` in the run folder. executable: Chromium, Chrome or Edge, where it is not found by itself.
    """

    url: str
    steps: Annotated[list[dict[str, Any]], Meta(min_length=1)]
    origins: tuple[str, ...] = ()
    frame: str | None = None
    profile: str | None = None
    logged_in: str | None = None
    workers: Annotated[int, Meta(ge=1, le=16)] = 1
    headless: bool = True
    viewport: tuple[Pixels, Pixels] = (1280, 900)
    keep: str | None = None
    executable: str | None = None
    sandbox: bool = True


def check(settings: Settings, site: Site) -> None:
    """Refuse what cannot work before anything is started: addresses, steps, slots, a profile that is not there, no Playwright."""
    _read(settings, site)
    if any(probe.turns for probe in site.probes):
        raise ConnectionSetupError(
            "a set holds conversations, and a page is asked once and then closed", where=site.where,
            fix="Ask a set without turns.",
        )
    if site.concurrency > settings.workers:
        raise ConnectionSetupError(
            f"connect.concurrency is {site.concurrency}, and connect.workers {settings.workers}: a page takes one probe at a time",
            where=site.where, fix="Leave concurrency out, or raise workers.",
        )
    check_installed(site.where)


def _read(settings: Settings, site: Site) -> tuple[Step, ...]:
    """Return the steps, checked together with everything else that the plan says."""
    check_address(settings.url, "url", site, authorized=False)
    for origin in settings.origins:
        if origin_of(origin) != origin.lower().rstrip("/"):
            raise ConnectionSetupError(f"connect.origins: {origin[:80]!r} is no origin", where=site.where, fix='For example "https://login.example.com".')
    if settings.logged_in is not None and settings.profile is None:
        raise ConnectionSetupError("connect.logged_in without connect.profile", where=site.where, fix='Add profile = "a-folder".')
    steps = read_steps(settings.steps, site.where)
    check_slots([f"{{{{ {name} }}}}" for name in sorted(slots_of(steps))], site)
    for step in steps:
        if isinstance(step, Open) and origin_of(address(settings.url, Open(SLOT.sub("x", step.open)), {})) not in _origins(settings):
            raise ConnectionSetupError("a step opens a place that is not the tool's", where=site.where, fix="Add it to connect.origins.")
    return steps


def _origins(settings: Settings) -> frozenset[str]:
    """Return where the page may be: the plan's address, the same host by https, and what the plan adds."""
    own = origin_of(settings.url)
    return frozenset({own, own.replace("http://", "https://", 1), *map(origin_of, settings.origins)})


def launch_of(settings: Settings, site: Site) -> Launch:
    """Return how the browser is started."""
    hosts = tuple(sorted({urlsplit(origin).hostname or "" for origin in _origins(settings)}))
    return Launch(
        where=site.where, hosts=hosts, viewport=settings.viewport, headless=settings.headless, sandbox=settings.sandbox,
        executable=settings.executable, profile=site.base / settings.profile if settings.profile else None,
    )


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Start the browser, give `ask` and `look`, and end the browser."""
    steps, launch = _read(settings, site), launch_of(settings, site)
    if launch.profile is not None and not launch.profile.is_dir():
        raise Unfinished(f"nobody has logged in yet: there is no profile {settings.profile!r}", where=site.where, fix=f"Run: audit login {site.where}")
    pictures = site.base / settings.keep if settings.keep else site.keep or site.base / f"{Path(site.where).stem}-screenshots"
    asking = Asking(settings.url, steps, _origins(settings), settings.logged_in, pictures, site.where)
    spared = min(MOST_SPARED, _SHARE_SPARED * site.timeout)
    seconds = site.timeout - spared
    bounds = Bounds(asking.origins, settings.frame, site.where)
    async with playwright(site.where) as driver, pool(driver, launch, settings.workers) as pages:

        async def visit(probe: Probe, onlooker: Look | None) -> Reply:
            until = asyncio.get_running_loop().time() + seconds
            async with pages.one(until) as page:
                reply = await Ask(asking, Visit(page, bounds), probe.id, values_of(probe), until, seconds, _FOR_THE_PICTURE * spared, onlooker).go()
            pages.barren = 0
            return Reply(reply.output, {"browser": pages.version} | reply.meta)

        async def ask(probe: Probe) -> Reply:
            return await visit(probe, None)

        async def look(probe: Probe) -> Looked:
            onlooker = Look()
            try:
                return await visit(probe, onlooker), onlooker.seen
            except Failure as failure:
                return failure, onlooker.seen

        yield Tool(ask, look=look)
