"""Finds, starts and ends Chromium: with its sandbox, without a way into the local network, and with the profile of a person who has logged in."""

import asyncio
import contextlib
import importlib.util
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from audit.errors import ConnectionSetupError, Unfinished
from audit.wording import one_line

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, Playwright

INSTALL = "Run: pip install 'edtech-equity-audit[browser]' (with pipx: pipx inject edtech-equity-audit playwright)"
_NO_BROWSER = "Install Chromium, Chrome or Edge, or run: python -m playwright install chromium; or name one with connect.executable."
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
_CHANNELS = ("chrome", "msedge", "chromium")
"""Where Playwright looks by itself: Chrome and Edge at their usual places (Windows, macOS), and the Chromium that it installs."""
_FLAGS = ("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
_LOCAL = (
    "localhost", "*.localhost", "*.local", "*.lan", "*.internal", "*.home.arpa", "0.*.*.*", "10.*.*.*", "127.*.*.*", "169.254.*.*", "192.168.*.*",
    *(f"172.{n}.*.*" for n in range(16, 32)), "*::*", "*:*:*",
)
"""Hosts that no page of a product needs: this machine, the local network, and addresses without a name."""
_LOCKS = ("SingletonLock", "SingletonSocket", "SingletonCookie")
_IN_USE = ("ProcessSingleton", "in use by another", "existing browser session")
_REASON = 200
_START_MS = 120_000
_SECONDS_TO_CLOSE = 5.0
_SECONDS_TO_CRASH = 10.0
_SECONDS_TO_END = 5.0


class Launch(Struct, frozen=True):
    """How to start: `hosts` may be reached wherever they lie; `profile`: a folder, None for a browser that knows nobody."""

    where: str
    hosts: tuple[str, ...]
    viewport: tuple[int, int]
    headless: bool = True
    sandbox: bool = True
    executable: str | None = None
    profile: Path | None = None
    bounded: bool = True


def check_installed(where: str) -> None:
    """Raise ConnectionSetupError where Playwright is not installed."""
    if importlib.util.find_spec("playwright") is None:
        raise ConnectionSetupError('adapter = "browser" needs Playwright, which is not installed', where=where, fix=INSTALL)


class Chromium:
    """A running browser. `page` gives a page that knows nothing of the others, the profile's login apart."""

    def __init__(self, browser: "Browser | None", context: "BrowserContext | None") -> None:
        self._browser = browser
        self._context = context
        self._open = True
        if context is not None:
            context.on("close", lambda _: self._ended())
        if browser is not None:
            browser.on("disconnected", lambda _: self._ended())
        known = browser or (context.browser if context else None)
        self.version = known.version if known else ""

    @property
    def running(self) -> bool:
        """Whether it can be asked for a page."""
        return self._open

    def _ended(self) -> None:
        self._open = False

    @property
    def context(self) -> "BrowserContext | None":
        """The profile's own context; None without a profile."""
        return self._context

    @asynccontextmanager
    async def page(self, viewport: tuple[int, int]) -> AsyncIterator["Page"]:
        """Open a page, and close it whatever happens; a browser that cannot even close a page is given up."""
        context = self._context
        if context is None:
            assert self._browser is not None
            context = await self._browser.new_context(viewport={"width": viewport[0], "height": viewport[1]}, accept_downloads=False)
        page = None
        try:
            await context.grant_permissions([])
            page = await context.new_page()
            yield page
        finally:
            await self._close(context, page)

    async def _close(self, context: "BrowserContext", page: "Page | None") -> None:
        """Close a page. One that hangs does not let itself be closed: its process is ended; where that fails too, the browser."""
        if not self.running or (self._context is not None and page is None):
            return
        closing = asyncio.ensure_future(context.close() if self._context is None or page is None else page.close())
        await asyncio.wait({closing}, timeout=_SECONDS_TO_CLOSE)
        if not closing.done() and page is not None:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_SECONDS_TO_CRASH):
                    await (await context.new_cdp_session(page)).send("Page.crash")
            await asyncio.wait({closing}, timeout=_SECONDS_TO_CRASH)
        if not closing.done():
            closing.cancel()
        if closing.cancelling() or closing.exception() is not None:
            await self.end()

    async def end(self) -> None:
        """End the browser."""
        self._ended()
        with contextlib.suppress(Exception):
            async with asyncio.timeout(_SECONDS_TO_END):
                await (self._browser.close() if self._browser else self._context.close() if self._context else asyncio.sleep(0))


@asynccontextmanager
async def playwright(where: str) -> AsyncIterator["Playwright"]:
    """Start Playwright, and end it with all that it started. Raises ConnectionSetupError where it is not installed."""
    check_installed(where)
    from playwright.async_api import async_playwright

    async with async_playwright() as driver:
        yield driver


async def start(driver: "Playwright", launch: Launch) -> Chromium:
    """Start the first browser that is found and can be started. Raises ConnectionSetupError; Unfinished where nobody has logged in yet."""
    from playwright.async_api import Error as PageError

    if launch.profile is not None:
        if not launch.profile.is_dir():
            raise Unfinished(f"nobody has logged in yet: there is no profile {launch.profile.name!r}", where=launch.where, fix=f"Run: audit login {launch.where}")
        free_profile(launch.profile, launch.where)
    said = ""
    for place in _places(launch):
        try:
            return await _launch(driver, launch, place)
        except PageError as bad:
            why = str(bad)
            if launch.profile is not None and any(sign in why for sign in _IN_USE):
                raise _profile_in_use(launch.profile, launch.where) from None
            said = said if "executable_path" not in place and said else _reason(why)
    fix = _NO_BROWSER
    if "sandbox" in said.lower():
        fix = "Chromium's sandbox does not work here. For a page that you trust: sandbox = false in [connect]."
    if "x server" in said.lower() or "$display" in said.lower():
        fix = "A window can be opened only on a computer with a screen."
    raise ConnectionSetupError(f"no browser could be started: {said}", where=launch.where, fix=fix)


def _places(launch: Launch) -> Iterator[dict[str, Any]]:
    """Give the browsers to try: the plan's own, or those on the PATH, then those that Playwright knows."""
    if launch.executable is not None:
        yield {"executable_path": launch.executable}
        return
    for program in _PROGRAMS:
        if path := shutil.which(program):
            yield {"executable_path": path}
    for channel in _CHANNELS:
        yield {"channel": channel}


async def _launch(driver: "Playwright", launch: Launch, place: Mapping[str, Any]) -> Chromium:
    options: dict[str, Any] = {
        **place, "timeout": _START_MS, "headless": launch.headless, "chromium_sandbox": launch.sandbox and not _is_root(), "args": flags(launch),
        # Playwright lets a page open windows as it likes, and would end the browser itself on Ctrl-C
        "ignore_default_args": ["--disable-popup-blocking"], "handle_sigint": False, "handle_sigterm": False, "handle_sighup": False,
    }
    if launch.profile is None:
        return Chromium(await driver.chromium.launch(**options), None)
    width, height = launch.viewport
    context = await driver.chromium.launch_persistent_context(
        launch.profile, viewport={"width": width, "height": height}, accept_downloads=False, **options
    )
    return Chromium(None, context)


def flags(launch: Launch) -> list[str]:
    """Return Chromium's options. Hosts of the local network do not resolve, whoever asks: a page, a redirect, a worker, a socket."""
    rules = [f"MAP {host} ~NOTFOUND" for host in _LOCAL] + [f"EXCLUDE {host}" for host in launch.hosts]
    return [
        *_FLAGS, *(["--disable-gpu"] if launch.headless else []), *([f"--host-resolver-rules={', '.join(rules)}"] if launch.bounded else []),
    ]


def _is_root() -> bool:
    """Return whether Chromium would refuse its sandbox: for root, on Linux."""
    return sys.platform.startswith("linux") and os.geteuid() == 0


def free_profile(profile: Path, where: str) -> None:
    """Remove the lock that a killed browser has left in a profile. Raises ConnectionSetupError where a browser has it open."""
    lock = profile / _LOCKS[0]
    try:
        host, _, process = str(lock.readlink()).rpartition("-")
    except (OSError, ValueError):
        return  # no lock; on Windows the system frees it with the process
    if host != socket.gethostname() or (_is_running(process) and _answers(profile / _LOCKS[1])):
        raise _profile_in_use(profile, where)
    _remove(profile / name for name in _LOCKS)


def _profile_in_use(profile: Path, where: str) -> ConnectionSetupError:
    return ConnectionSetupError(
        f"the profile {profile.name!r} is open in another browser", where=where, fix="Close that window, or wait for the other audit to end."
    )


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except OSError:
        return True
    return True


def _answers(path: Path) -> bool:
    """Return whether a browser listens where the lock says: a process number may have gone to another program."""
    if not hasattr(socket, "AF_UNIX"):
        return True
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as one:
        one.settimeout(1.0)
        try:
            one.connect(os.fspath(path.resolve()))
        except (OSError, ValueError):
            return False
    return True


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()


def _reason(why: str) -> str:
    """Return the line of Playwright's message that says why a browser did not start."""
    lines = [line.strip(" -│╔╗╚╝═║") for line in why.splitlines()]
    telling = [line for line in lines if "ERROR" in line or "sandbox" in line.lower() or "$DISPLAY" in line]
    return one_line((telling or [line for line in lines if line] or [""])[0], _REASON)
