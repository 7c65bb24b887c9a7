"""How fast to ask: at most so many at once (`Limit`), at most so many a minute (`Pace`), and when to ask again."""

import asyncio
import random
import re
from typing import Literal

from audit.errors import PlanError

_RATE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*/\s*(s|sec|second|min|minute|h|hour)\s*$")
_SECONDS = {"s": 1, "sec": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_LONGEST_RETRY_AFTER = 600.0
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
    backoff = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** (attempt - 1)) * rng.uniform(0.5, 1.0)
    if retry_after is None:
        return backoff
    return min(retry_after, _LONGEST_RETRY_AFTER) + backoff * 0.1


class Pace:
    """Spaces calls evenly, so that a rate is never exceeded, not even in a burst."""

    def __init__(self, per_second: float | None) -> None:
        self._gap = 0.0 if per_second is None else 1.0 / per_second
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for this call's turn."""
        if not self._gap:
            return
        now = asyncio.get_running_loop().time()
        at = max(now, self._next)
        self._next = at + self._gap
        if at > now:
            await asyncio.sleep(at - now)

    def hold(self, seconds: float) -> None:
        """Let no further call start for so long: the tool asked everyone to wait."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)


class Limit:
    """At most `size` calls at once. With "auto": one more after each round of successes, half on trouble."""

    def __init__(self, size: int | Literal["auto"], start: int) -> None:
        self._auto = size == "auto"
        self.size = start if size == "auto" else size
        self.highest = _MOST_AT_ONCE if self._auto else self.size
        self._busy = 0
        self._good = 0
        self._free = asyncio.Condition()

    async def __aenter__(self) -> None:
        async with self._free:
            await self._free.wait_for(lambda: self._busy < self.size)
            self._busy += 1

    async def __aexit__(self, *_: object) -> None:
        async with self._free:
            self._busy -= 1
            self._free.notify_all()

    def went_well(self) -> None:
        """Count a reply; with "auto", allow one more at once after as many as are allowed now."""
        self._good += 1
        if self._auto and self._good >= self.size and self.size < self.highest:
            self.size += 1
            self._good = 0

    def trouble(self) -> None:
        """With "auto", halve: the tool said 429 or 5xx, or did not answer in time."""
        self._good = 0
        if self._auto:
            self.size = max(1, self.size // 2)
