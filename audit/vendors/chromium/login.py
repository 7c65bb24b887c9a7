"""A visible window in which a person logs in, once; what the browser then knows stays in the profile. Nothing is typed or read for them."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import structs

from audit.errors import ConnectionSetupError, PlanError
from audit.plan import SHARED, Connect
from audit.vendors.browser import Settings, launch_of
from audit.vendors.chromium.start import playwright, start
from audit.vendors.site import Site

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

_POLL = 0.3
_IGNORED = "# made by audit login: a browser profile with a login in it\n*\n"


async def log_in(settings: Settings, site: Site, tell: Callable[[str], None], *, visible: bool = True) -> None:
    """Open the tool's page in the plan's profile, and return when the person has closed the window.

    The window is bounded by nothing: a login may lead anywhere. Raises ConnectionSetupError: no profile in the plan, no screen, no browser.
    """
    launch = launch_of(settings, site)
    if launch.profile is None:
        raise ConnectionSetupError("the plan names no profile to log in to", where=site.where, fix='Add profile = "profile" to [connect].')
    try:
        launch.profile.mkdir(mode=0o700, parents=True, exist_ok=True)
        (launch.profile / ".gitignore").write_text(_IGNORED, encoding="utf-8")
    except OSError as bad:
        raise ConnectionSetupError(f"the profile cannot be written: {bad.strerror}", where=str(launch.profile), fix="Name another folder.") from None
    async with playwright(site.where) as driver:
        chromium = await start(driver, structs.replace(launch, headless=not visible, bounded=False))
        context = chromium.context
        assert context is not None
        try:
            page = context.pages[0] if context.pages else await context.new_page()
            tell("A browser window is open. Log in there with a test account, then close the window.")
            with contextlib.suppress(Exception):  # a page that does not open is the person's to see
                await page.goto(settings.url, wait_until="commit")
            await _until_closed(context, lambda: chromium.running, settings.logged_in, tell)
        finally:
            await chromium.end()


async def _until_closed(context: "BrowserContext", running: Callable[[], bool], logged_in: str | None, tell: Callable[[str], None]) -> None:
    """Wait until no window is left, and say once when the page shows that somebody is logged in."""
    told = logged_in is None
    while running() and context.pages:
        with contextlib.suppress(Exception):
            if not told and any([await page.locator(logged_in or "").locator("visible=true").count() for page in context.pages]):
                told = True
                tell("The page shows that you are logged in: close the window.")
        await asyncio.sleep(_POLL)


def settings_of(connect: Connect, where: str) -> Settings:
    """Return a plan's settings. Raises PlanError for a plan of another adapter."""
    from audit.library import convert

    if connect.adapter != "browser":
        raise PlanError(f"adapter = {connect.adapter!r}: one logs in to web pages only", where=where, fix='audit login is for adapter = "browser".')
    return convert(connect.settings, Settings, PlanError, f"{where} [connect] browser", also=SHARED)
