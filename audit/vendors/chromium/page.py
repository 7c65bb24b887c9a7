"""One probe's page: what the plan lets be done on it, what is watched meanwhile, and what is refused. All that it says is data."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from audit.errors import ConnectionSetupError
from audit.records import Failure
from audit.vendors.chromium.steps import Error, origin_of
from audit.vendors.site import DETAIL, LARGEST_REPLY, too_large
from audit.vendors.web import may_pass, retry_after
from audit.wording import one_line

if TYPE_CHECKING:
    from playwright.async_api import Dialog, FrameLocator, Locator, Page, Request, Response
    from playwright.async_api import Frame as PageFrame

T = TypeVar("T")

_POLL = 0.1
"""Seconds between two looks at the page."""
_READ_MS = 5_000
_PICTURE_MS = 8_000
_TRIES = 3
_MOST_NOTES = 30
_REASON = 160
_BAD_SELECTOR = ("while parsing", "not a valid selector", "Unknown engine", "Unexpected token", "Unsupported token")
_AROUND = re.compile(r"^\w+\.\w+: | at https?:.*")
"""What Playwright says around the reason: who speaks, and the address, which may hold what a probe filled in."""
_NOTHING = "nothing visible matches"
_NOTHING_NEW = "nothing matches that was not there when the turn began"
_CHANGED = "nothing new matches, but the last match has another text than when the turn began (replaces = true, if answers take each other's place)"


class Bounds(Struct, frozen=True):
    """Where a page may go (`origins`), where in it the steps look (`frame`, a selector), and the plan's name for messages.

    replaces: in a conversation, each answer takes the place of the one before.
    """

    origins: frozenset[str]
    frame: str | None
    where: str
    replaces: bool = False


class Visit:
    """A page with its watch: `trouble` ends the probe, `notes` are kept with the reply, `lacking` says what a wait is waiting for."""

    def __init__(self, page: "Page", bounds: Bounds) -> None:
        self.page = page
        self.root: Page | FrameLocator = page.frame_locator(bounds.frame) if bounds.frame else page
        self._banners: list[Error] = []
        self.notes: list[str] = []
        self.lacking = ""
        self.trouble: Failure | None = None
        self.refused: Failure | None = None
        self.astray: str | None = None
        self._bounds = bounds
        self._before: dict[str, tuple[int, str]] = {}
        page.on("dialog", self._dismiss)
        page.on("popup", self._close)
        page.on("download", lambda _: self._note("a download was refused"))
        page.on("filechooser", lambda _: self._note("a file was asked for, and none given"))
        page.on("crash", lambda _: self._end(Failure("the page crashed", retry=True)))
        page.on("request", self._asked)
        page.on("framenavigated", lambda frame: self._moved(frame, frame.url))
        page.on("response", self._answered)

    async def until(self, look: Callable[[], Awaitable[T | None]]) -> T:
        """Look again and again, until there is something; the caller ends it when it takes too long. Raises Failure for trouble."""
        while True:
            await self.check()
            try:
                found = await look()
            except self.errors as bad:
                self.explain(bad)
                found = None
            if found is not None:
                return found
            await asyncio.sleep(_POLL)

    def watch(self, banner: Error) -> None:
        """Look for an error that the plan knows at each `check` from now on."""
        if banner not in self._banners:
            self._banners.append(banner)

    async def check(self) -> None:
        """Raise Failure where the page went away, crashed, or shows an error that the plan knows."""
        if self.trouble is not None:
            raise self.trouble
        for banner in self._banners:
            with contextlib.suppress(self.errors):
                shown = self.visible(banner.error)
                if await shown.count():
                    text = one_line(await self.text_of(shown.last), _REASON)
                    raise Failure(f"the page says: {text or described_empty(banner)}", retry=banner.retry)

    @property
    def errors(self) -> type[Exception]:
        """Playwright's error, which is loaded only where a browser is used."""
        from playwright.async_api import Error as PageError

        return PageError

    def explain(self, bad: Exception) -> None:
        """Raise ConnectionSetupError for a selector or key that is none, and Failure where the page is gone; anything else may pass."""
        first = reason_of(bad)
        if any(sign in str(bad) for sign in _BAD_SELECTOR):
            raise ConnectionSetupError(f"not a selector: {first}", where=self._bounds.where, fix="Correct connect.steps; docs/browser.md shows how.")
        if "Unknown key" in str(bad):
            raise ConnectionSetupError(first, where=self._bounds.where, fix='For example { press = "Enter" }.')
        if self.page.is_closed():
            raise self.trouble or Failure("the page was closed", retry=True)
        self.lacking = first

    def visible(self, selector: str) -> "Locator":
        """Return what matches and can be seen."""
        return self.root.locator(selector).locator("visible=true")

    async def only(self, selector: str) -> "Locator | None":
        """Return the one visible match; None for none. Raises Failure for several."""
        found = self.visible(selector)
        count = await found.count()
        if count > 1:
            raise Failure(f"{count} visible elements match {selector!r}, and one is wanted", retry=True)
        self.lacking = "" if count else _NOTHING
        return found if count else None

    async def begin(self, selectors: Iterable[str]) -> None:
        """Remember what is there before a further turn of a conversation: from now on, of these, `matching` finds only what is new."""
        self.refused, self._before = None, {}
        self._before = {selector: await self._now(self.visible(selector)) for selector in selectors}

    async def matching(self, selector: str, *, may_stay: bool = False) -> "list[Locator]":
        """Return what matches, can be seen and is new, in the page's order. may_stay: what answers replace is new even if it reads as before."""
        found, replaces = self.visible(selector), self._bounds.replaces
        before, text = self._before.get(selector, (0, ""))
        if not before or (replaces and may_stay):
            count = await found.count()
            self.lacking = "" if count else _NOTHING
            return [found.nth(n) for n in range(count)]
        count, now = await self._now(found)
        if replaces:
            self.lacking = "it is as it was when the turn began" if (count, now) == (before, text) else "" if count else _NOTHING
            return [] if self.lacking else [found.nth(n) for n in range(count)]
        self.lacking = "" if count > before else _NOTHING_NEW if (count, now) == (before, text) else _CHANGED
        return [found.nth(n) for n in range(before, count)]

    async def last(self, selector: str) -> "Locator | None":
        """Return the last new match that can be seen; None for none."""
        found = await self.matching(selector)
        return found[-1] if found else None

    async def _now(self, found: "Locator") -> tuple[int, str]:
        count = await found.count()
        return count, (await self.text_of(found.last)).strip() if count else ""

    async def text_of(self, element: "Locator") -> str:
        """Return an element's text as it is shown, or a field's content. Raises Failure for one that is too large."""
        text = await element.inner_text(timeout=_READ_MS)
        if not text.strip():
            with contextlib.suppress(self.errors):
                text = await element.input_value(timeout=_READ_MS)
        if len(text.encode("utf-8", "replace")) > LARGEST_REPLY:
            raise too_large()
        return text

    async def photograph(self) -> bytes | None:
        """Return a picture (PNG) of what can be seen; None for a page that does not let itself be seen."""
        for _ in range(_TRIES):
            with contextlib.suppress(self.errors):
                return await self.page.screenshot(animations="disabled", timeout=_PICTURE_MS)
            if self.page.is_closed():
                break
            await asyncio.sleep(_POLL)   # it was on its way to another address
        return None

    async def words(self) -> str:
        """Return the beginning of the page's visible text; "" for a page that does not answer."""
        with contextlib.suppress(self.errors, Failure):
            return (await self.text_of(self.root.locator("body").first))[:DETAIL]
        return ""

    def _end(self, failure: Failure) -> None:
        self.trouble = self.trouble or failure

    def _note(self, what: str) -> None:
        self.notes.append(what)
        if len(self.notes) > _MOST_NOTES:
            self._end(Failure(f"the page does not stop ({what})"))

    async def _dismiss(self, dialog: "Dialog") -> None:
        """Answer a dialog with "no"; leaving a page is no question of the page's."""
        self._note(f"dialog: {one_line(dialog.message, _REASON)}")
        with contextlib.suppress(self.errors):
            await (dialog.accept() if dialog.type == "beforeunload" else dialog.dismiss())

    async def _close(self, popup: "Page") -> None:
        self._note("a window that the page opened was closed")
        with contextlib.suppress(self.errors):
            await popup.close()

    def _asked(self, request: "Request") -> None:
        if request.is_navigation_request():
            self._moved(request.frame, request.url)

    def _moved(self, frame: "PageFrame", url: str) -> None:
        """Note where the page goes by itself or is sent, if that is none of the plan's places."""
        if frame.parent_frame is not None or url in ("", "about:blank") or url.startswith("chrome-error:"):
            return
        if origin_of(url) not in self._bounds.origins:
            self.astray = origin_of(url) or one_line(url.partition(":")[0], 20) + ":"
            self._end(Failure(f"the page went to {one_line(self.astray)}, which is not among the plan's places (connect.url, connect.origins)"))

    def _answered(self, response: "Response") -> None:
        """Remember that the tool sent the page away: where a wait ends in vain, that may be why."""
        if may_pass(response.status) and response.request.resource_type in ("xhr", "fetch") and origin_of(response.url) in self._bounds.origins:
            self.refused = refusal(response, "the page's own request got ")


def described_empty(banner: Error) -> str:
    """Return what to say of an error that shows no words."""
    return f"(an element without words that matches {banner.error!r})"


def refusal(response: "Response", start: str = "") -> Failure:
    """Return the failure of an HTTP status, with the tool's wish to wait."""
    return Failure(
        f"{start}HTTP {response.status} {one_line(response.status_text, 60)}".strip(),
        retry=may_pass(response.status), retry_after=retry_after(response.headers.get("retry-after")),
    )


def reason_of(bad: Exception) -> str:
    """Return the line of Playwright's message that says what was wrong."""
    return one_line(_AROUND.sub("", str(bad).splitlines()[0]) if str(bad) else "no answer in time", _REASON)


def joined(notes: Sequence[str], most: int = 5) -> list[str]:
    """Return the first few notes, and how many more there are."""
    more = [f"and {len(notes) - most} more"] if len(notes) > most else []
    return [*notes[:most], *more]
