"""When the tool is down: nobody asks but one, now and then, until it answers again or the run gives up.

A circuit breaker (Nygard, Release It!, 2007): closed while calls go well; open after `OPENS_AFTER` calls in a row that failed in a way that
may pass; then one call at a time is let through after a wait that doubles. So an outage costs a few calls and not every probe's retries.
"""

import asyncio

from audit.collect.pacing import nap

OPENS_AFTER = 10
"""Calls in a row that failed, without one reply in between."""
_FIRST_WAIT = 2.0
_LONGEST_WAIT = 30.0
_GIVES_UP_AFTER = 90.0
"""Seconds of waiting after which the tool is taken to be down for good."""
_NEVER_WAS_UP_AFTER = 5.0
"""The same for a tool that has not answered at all in this sitting: more likely it was never there."""


class Circuit:
    """Counts calls in a row that failed; `turn` is to be awaited before each call."""

    def __init__(self) -> None:
        self.failed_in_a_row = 0
        self.is_open = False
        self._was_up = False
        self._waited = 0.0
        self._wait = _FIRST_WAIT
        self._trial = asyncio.Lock()

    @property
    def given_up(self) -> bool:
        """Whether the tool has been tried again often enough."""
        return self.is_open and self._waited >= (_GIVES_UP_AFTER if self._was_up else _NEVER_WAS_UP_AFTER)

    async def turn(self, stop: asyncio.Event) -> bool:
        """Wait until a call may be made; return whether it is the trial of an open circuit, which must be `settle`d."""
        if not self.is_open:
            return False
        await self._trial.acquire()
        if not self.is_open or stop.is_set():
            self._trial.release()
            return False
        await nap(self._wait, stop)
        self._waited += self._wait
        self._wait = min(_LONGEST_WAIT, 2 * self._wait)
        return True

    def settle(self) -> None:
        """End a trial, however it went: the next one may wait for its turn."""
        self._trial.release()

    def answered(self) -> bool:
        """Count a reply, or a failure that shows the tool to be there; return whether that closed an open circuit."""
        closed, self._was_up = self.is_open, True
        self.failed_in_a_row, self.is_open, self._waited, self._wait = 0, False, 0.0, _FIRST_WAIT
        return closed

    def failed(self) -> float | None:
        """Count a call that failed in a way that may pass; return how long until the next trial where the circuit is open."""
        self.failed_in_a_row += 1
        self.is_open = self.is_open or self.failed_in_a_row >= OPENS_AFTER
        return self._wait if self.is_open else None
