"""How fast to ask: at most so many at once (`Limit`), at most so many a minute (`Pace`), and when to ask again."""

import asyncio
import contextlib
import random
import re

from audit.errors import PlanError

_RATE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*/\s*(s|sec|second|min|minute|h|hour)\s*$")
_SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
LONGEST_RETRY_AFTER = 600.0
"""Seconds; a tool that asks for a longer wait stops the run instead."""
_MOST_AT_ONCE = 200


def parse_rate(text: str | None) -> float | None:
    """Return a rate such as `120/min` in calls a second; None for no rate. Raises PlanError."""
    if text is None:
        return None
    match = _RATE.match(text)
    if match is None or float(match[1]) <= 0:
        raise PlanError(f"connect.rate = {text!r} is not a rate", fix='Write for example rate = "120/min".')
    return float(match[1]) / _SECONDS[match[2]]


def wait_before_retry(attempt: int, retry_after: float | None, rng: random.Random) -> float:
    """Return how long to wait, in seconds: the tool's wish, or doubling from 0.5 to 30 with full jitter."""
    backoff: float = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (attempt - 1)) * rng.uniform(0.5, 1.0)
    if retry_after is None:
        return backoff
    return retry_after + backoff * 0.1


async def nap(seconds: float, stop: asyncio.Event) -> None:
    """Sleep, or less when the run stops."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


class Pace:
    """Spaces calls evenly, so that a rate is never exceeded, not even in a burst after a delay."""

    def __init__(self, per_second: float | None) -> None:
        self._gap = 0.0 if per_second is None else 1.0 / per_second
        self._free = 0.0
        self._one_by_one = asyncio.Lock()

    async def turn(self, stop: asyncio.Event) -> None:
        """Wait for this call's turn, or until the run stops."""
        now = asyncio.get_running_loop().time
        async with self._one_by_one:
            while (left := self._free - now()) > 0 and not stop.is_set():
                await nap(left, stop)
            self._free = now() + self._gap

    def hold(self, seconds: float) -> None:
        """Let no further call start for so long: the tool asked everyone to wait."""
        self._free = max(self._free, asyncio.get_running_loop().time() + seconds)


class Limit:
    """At most `size` calls at once. With `auto`: one more after each round of successes, half on trouble."""

    def __init__(self, size: int, *, auto: bool = False) -> None:
        self._auto = auto
        self.size = size
        self.round = 0
        self._busy = 0
        self._good = 0
        self._room = asyncio.Event()

    async def enter(self) -> None:
        """Wait for room and take it; `leave` gives it back."""
        while self._busy >= self.size:
            self._room.clear()
            await self._room.wait()
        self._busy += 1

    def leave(self) -> None:
        """Give the room back."""
        self._busy -= 1
        self._room.set()

    def went_well(self) -> None:
        """Count a reply; with `auto`, allow one more at once after as many as are allowed now."""
        self._good += 1
        if self._auto and self._good >= self.size and self.size < _MOST_AT_ONCE:
            self.size += 1
            self._good = 0
            self._room.set()

    def trouble(self, since: int) -> None:
        """With `auto`, halve: the tool said 429 or 5xx, or did not answer in time.

        `since` is `round` when the call began: calls that were in flight together halve it once.
        """
        self._good = 0
        if self._auto and since == self.round:
            self.size = max(1, self.size // 2)
            self.round += 1
