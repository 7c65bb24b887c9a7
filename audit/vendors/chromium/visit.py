"""What a turn of a probe does on its page: one step after the other, within its time, to a reply or to a failure with a picture."""

import asyncio
import contextlib
import re
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from audit.errors import ConnectionSetupError, Unfinished
from audit.records import Failure, Json, Probe, Reply
from audit.vendors.chromium.look import Look
from audit.vendors.chromium.page import Visit, joined, refusal
from audit.vendors.chromium.steps import (
    Choose,
    Click,
    Error,
    Fill,
    Gone,
    Open,
    Press,
    Read,
    Settle,
    Step,
    Wait,
    address,
    described,
    filled,
    looked_for,
    origin_of,
)
from audit.vendors.site import DETAIL, values_of
from audit.wording import one_line

_SECONDS_FOR_A_PICTURE = 10.0
"""Of what went wrong. It is our own work, and not in the time that the tool has."""
_LOGIN_SECONDS = 15.0
_REASON = 160
_MARGIN_MS = 250
_COVERED = re.compile(r"- (.*(?:intercepts pointer events|is not enabled|is not stable|outside of the viewport).*)")
_DOWNLOAD = "Download is starting"
_TIMEOUT = "Timeout "
_OTHER = re.compile(r"[^\w-]")


class Asking(Struct, frozen=True):
    """What is the same for every probe. `seconds`: the time of a turn. `pictures`: where screenshots of failures go."""

    url: str
    steps: Sequence[Step]
    follow_up: Sequence[Step]
    origins: frozenset[str]
    logged_in: str | None
    seconds: float
    pictures: Path
    where: str


class Ask(Struct):
    """A probe, or one turn of it, on its page: until when the steps must be done, and what was read so far."""

    asking: Asking
    visit: Visit
    probe: Probe
    onlooker: Look | None = None
    until: float = 0.0
    read: dict[str | None, str] = {}
    at: tuple[int, Step] = (0, Open(""))

    async def go(self) -> Reply:
        """Take every step. Raises Failure, with a picture and the page's words; Unfinished where the login has expired."""
        self.until = _clock() + self.asking.seconds
        try:
            return await self._steps()
        except Failure as bad:
            failure = bad
        except TimeoutError:
            failure = self._too_late()
        except self.visit.errors as bad:
            failure = self._stumbled(bad)
        if self.asking.logged_in is not None and self.visit.astray is not None:
            raise self._logged_out(f"the page went to {one_line(self.visit.astray)}")
        raise await self._shown(failure)

    async def _steps(self) -> Reply:
        steps = self.asking.follow_up if self.probe.history else self.asking.steps
        async with asyncio.timeout_at(self.until) as limit:
            if self.probe.history:
                self.at = (1, steps[0])
                await self.visit.begin(looked_for(steps))
            for number, step in enumerate(steps, 1):
                self.at, self.visit.lacking = (number, step), ""
                await self._take(step)
                if isinstance(step, Open) and number == 1:
                    await self._check_login()
                if self.onlooker is not None:
                    await self._show(self.onlooker, limit)
            await self.visit.check()
        meta: dict[str, Json] = {"page": joined(self.visit.notes)} if self.visit.notes else {}
        return Reply(self.read[None] if None in self.read else {str(name): text for name, text in self.read.items()}, meta)

    async def _show(self, onlooker: Look, limit: asyncio.Timeout) -> None:
        """Let the onlooker see what is there after a step; the clock stands still meanwhile."""
        since = _clock()
        limit.reschedule(None)
        turn, (number, step) = len(self.probe.history) + 1, self.at
        picture = await self._picture(f"turn-{turn}-step-{number}" if turn > 1 else f"step-{number}")
        await onlooker.took(self._name(), step, self.visit, picture)
        self.until += _clock() - since
        limit.reschedule(self.until)

    async def _take(self, step: Step) -> None:  # noqa: C901 - one case a kind of step
        visit, values = self.visit, values_of(self.probe)
        match step:
            case Open():
                await self._open(step)
            case Fill():
                await (await visit.until(lambda: visit.only(step.fill))).fill(filled(step.with_, values), timeout=self._left())
            case Choose():
                await (await visit.until(lambda: visit.only(step.choose))).select_option(label=filled(step.option, values), timeout=self._left())
            case Click():
                await (await visit.until(lambda: visit.only(step.click))).click(timeout=self._left())
            case Press():
                await visit.check()
                await visit.page.keyboard.press(step.press)
            case Wait():
                await visit.until(lambda: visit.last(step.wait))
            case Gone():
                await visit.until(lambda: self._is_gone(step.gone))
            case Settle():
                await self._settle(step)
            case Read():
                self.read[step.as_] = await visit.until(lambda: self._text(step))
            case Error():
                visit.watch(step)
                await visit.check()

    def _left(self) -> float:
        """Return how long Playwright may try, in milliseconds: a little less than there is, so that it can say what was in the way."""
        return max(1.0, (self.until - _clock()) * 1000 - _MARGIN_MS)

    async def _open(self, step: Open) -> None:
        url = address(self.asking.url, step, values_of(self.probe))
        if origin_of(url) not in self.asking.origins:
            raise ConnectionSetupError("a step opens a place that is not the tool's", where=self.asking.where, fix="Add it to connect.origins.")
        answer = await self.visit.page.goto(url, wait_until="domcontentloaded", timeout=self._left())
        if answer is not None and not answer.ok:
            raise refusal(answer)

    async def _check_login(self) -> None:
        """Raise Unfinished where what only a person who is logged in can see does not appear."""
        wanted = self.asking.logged_in
        if wanted is None:
            return
        try:
            async with asyncio.timeout(min(_LOGIN_SECONDS, self.asking.seconds / 2)):
                await self.visit.until(lambda: self.visit.last(wanted))
        except TimeoutError:
            raise self._logged_out("nothing on the page matches connect.logged_in") from None

    def _logged_out(self, why: str) -> Unfinished:
        return Unfinished(
            f"nobody is logged in ({why})", where=self.asking.where,
            fix=f"Log in: audit login {self.asking.where} – then run the same command again; what was collected is kept.",
        )

    async def _is_gone(self, selector: str) -> bool | None:
        self.visit.lacking = "it is still there"
        return True if await self.visit.visible(selector).count() == 0 else None

    async def _settle(self, step: Settle) -> None:
        since, before = _clock(), ""

        async def still() -> bool | None:
            nonlocal since, before
            element = await self.visit.last(step.settle)
            if element is not None:
                self.visit.lacking = "its text goes on changing" if before.strip() else "what matches has no text"
            text = await self.visit.text_of(element) if element else ""
            if not text.strip() or text != before:
                since, before = _clock(), text
            return True if text.strip() and _clock() - since >= step.for_ else None

        await self.visit.until(still)

    async def _text(self, step: Read) -> str | None:
        """Return what a step reads; None as long as there is no text."""
        found = await self.visit.matching(step.read, may_stay=step.as_ is not None)
        if not found:
            return None
        text = "\n".join([(await self.visit.text_of(one)).strip() for one in (found if step.all else found[-1:])])
        self.visit.lacking = f"{len(found)} match, without a text" if step.all else "what matches has no text"
        return text if text.strip() else None

    def _name(self) -> str:
        turn = f"turn {len(self.probe.history) + 1}, " if self.probe.history else ""
        return f"{turn}{self.at[0]}"

    def _where(self) -> str:
        number, step = self.at
        return f"step {number} ({described(step)})"

    def _too_late(self) -> Failure:
        """Return the failure of a step that did not end in time; the tool's own refusal, where there was one, says more."""
        refused = self.visit.refused
        reason = f"{self._where()}: {self.visit.lacking or 'not done'} within {self.asking.seconds:g} seconds"
        if refused is None:
            return Failure(reason, retry=True)
        return Failure(f"{refused.reason}; {reason}", retry=True, retry_after=refused.retry_after)

    def _stumbled(self, bad: Exception) -> Failure:
        """Return the failure of a step that Playwright could not take."""
        try:
            self.visit.explain(bad)
        except Failure as failure:
            return failure
        if _DOWNLOAD in str(bad):
            return Failure("the address is a file to download, not a page")
        if self.visit.trouble is not None:
            return self.visit.trouble
        if isinstance(self.at[1], Open):
            self.visit.lacking = "the page did not open" if _TIMEOUT in str(bad) else f"the page did not open: {self.visit.lacking}"
            return self._too_late() if _TIMEOUT in str(bad) else Failure(self.visit.lacking, retry=True)
        covered = _COVERED.findall(str(bad))
        why = one_line(covered[-1], _REASON) if covered else self.visit.lacking
        return Failure(f"{self._where()}: {why}", retry=True)

    async def _shown(self, failure: Failure) -> Failure:
        """Return a failure with what a person may want to see: where its picture lies, and what the page showed."""
        picture, words = "none, for the page did not answer", ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SECONDS_FOR_A_PICTURE):
                picture = await self._picture(_OTHER.sub("_", self.probe.id))
                words = await self.visit.words()
        if self.onlooker is not None:
            await self.onlooker.stuck(self._name(), self.at[1], self.visit, failure)
        notes = "".join(f"{note}\n" for note in joined(self.visit.notes))
        detail = f"screenshot: {picture}\n{notes}{words}"
        return Failure(failure.reason, detail=detail[:DETAIL], retry=failure.retry, retry_after=failure.retry_after)

    async def _picture(self, name: str) -> str:
        """Keep a picture of the page and return where; or why there is none."""
        raw = await self.visit.photograph()
        if raw is None:
            return "none, for the page did not answer"
        path = self.asking.pictures / f"{name}.png"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
        except OSError as bad:
            return f"none ({bad.strerror})"
        return f"{path.parent.name}/{path.name}"


def _clock() -> float:
    return asyncio.get_running_loop().time()
