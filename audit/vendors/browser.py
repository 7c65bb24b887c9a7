"""A tool that has only a web page: a short list of steps, done in Chromium through Playwright, in a fresh page for each probe.

The page is untrusted: it is read, never obeyed. It may not leave the plan's places, open windows, download, ask for files, devices or the
local network (docs/browser.md). `audit` types no password: a person logs in once, and `profile` keeps that.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from msgspec import Meta, Struct, structs

from audit.errors import ConnectionSetupError
from audit.records import Probe, Reply
from audit.slots import SLOT
from audit.vendors.chromium.look import Look
from audit.vendors.chromium.page import Bounds, Visit
from audit.vendors.chromium.pool import pool
from audit.vendors.chromium.start import Launch, check_installed
from audit.vendors.chromium.steps import Open, Step, address, origin_of, read_follow_up, read_steps, slots_of
from audit.vendors.chromium.visit import Ask, Asking
from audit.vendors.site import Ask as AskOne
from audit.vendors.site import Seen, Site, Tool, check_slots
from audit.vendors.web import check_address

Pixels = Annotated[int, Meta(ge=200, le=4000)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`url`: the page that each probe starts at. `steps`: what is done there (`chromium.steps`). `origins`: where else the page may go.

    follow_up: of a conversation, what is done on the same page for each further turn. replaces: each answer takes the place of the one before.
    frame: a selector of the inner page (`<iframe>`) that the steps look in. profile: a folder in which a person has logged in
    (`audit login PLAN`); logged_in: what only then is on the page. workers: pages at once. keep: the folder of screenshots, in
    place of `screenshots` in the run folder. executable: Chromium, Chrome or Edge, where it is not found by itself.
    """

    url: str
    steps: Annotated[list[dict[str, Any]], Meta(min_length=1)]
    follow_up: list[dict[str, Any]] = []
    replaces: bool = False
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
    if site.concurrency > settings.workers:
        raise ConnectionSetupError(
            f"connect.concurrency is {site.concurrency}, and connect.workers {settings.workers}: a page takes one probe at a time",
            where=site.where, fix="Leave concurrency out, or raise workers.",
        )
    check_installed(site.where)


def _read(settings: Settings, site: Site) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Return the steps, and those of each further turn, checked together with everything else that the plan says."""
    check_address(settings.url, "url", site, authorized=False)
    for origin in settings.origins:
        if origin_of(origin) != origin.lower().rstrip("/"):
            raise ConnectionSetupError(f"connect.origins: {origin[:80]!r} is no origin", where=site.where, fix='For example "https://login.example.com".')
    if settings.logged_in is not None and settings.profile is None:
        raise ConnectionSetupError("connect.logged_in without connect.profile", where=site.where, fix='Add profile = "a-folder".')
    steps = read_steps(settings.steps, site.where)
    follow_up = read_follow_up(settings.follow_up, site.where, replaces=settings.replaces)
    talks = [probe for probe in site.probes if probe.turns]
    if talks and not follow_up:
        raise ConnectionSetupError(
            f"{talks[0].set!r} holds conversations, and the plan does not say how a page is asked a second time", where=site.where,
            fix="Add follow_up = [ … ] to [connect]: the steps of each further turn, on the same page (docs/browser.md).",
        )
    check_slots(_slots(steps), site)
    check_slots(_slots(follow_up), structs.replace(site, probes=talks))
    for step in steps:
        if isinstance(step, Open) and origin_of(address(settings.url, Open(SLOT.sub("x", step.open)), {})) not in _origins(settings):
            raise ConnectionSetupError("a step opens a place that is not the tool's", where=site.where, fix="Add it to connect.origins.")
    return steps, follow_up


def _slots(steps: Sequence[Step]) -> list[str]:
    return [f"{{{{ {name} }}}}" for name in sorted(slots_of(steps))]


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
    """Give what asks, and end the browser, which is started for the first page that is asked for."""
    steps, follow_up = _read(settings, site)
    pictures = site.base / settings.keep if settings.keep else site.keep or site.base / f"{Path(site.where).stem}-screenshots"
    asking = Asking(settings.url, steps, follow_up, _origins(settings), settings.logged_in, site.timeout, pictures, site.where)
    bounds = Bounds(asking.origins, settings.frame, site.where, settings.replaces)
    async with pool(launch_of(settings, site), settings.workers) as pages:

        @asynccontextmanager
        async def visit(probe: Probe, seen: list[Seen] | None = None) -> AsyncIterator[AskOne]:
            async with pages.one() as page:
                here = Visit(page, bounds)

                async def turn(probe: Probe) -> Reply:
                    reply = await Ask(asking, here, probe, None if seen is None else Look(seen)).go()
                    pages.barren = 0
                    return Reply(reply.output, {"browser": pages.version} | reply.meta)

                yield turn

        async def ask(probe: Probe) -> Reply:
            async with visit(probe) as turn:
                return await turn(probe)

        yield Tool(ask, visit=visit)
