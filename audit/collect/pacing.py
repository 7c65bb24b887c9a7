"""How fast to ask: at most so many a minute (`Pace`), and when to ask again."""

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
        if not self._gap and self._free <= now():
            return
        async with self._one_by_one:
            while (left := self._free - now()) > 0 and not stop.is_set():
                await nap(left, stop)
            self._free = now() + self._gap

    def hold(self, seconds: float) -> None:
        """Let no further call start for so long: the tool asked everyone to wait."""
        self._free = max(self._free, asyncio.get_running_loop().time() + seconds)
