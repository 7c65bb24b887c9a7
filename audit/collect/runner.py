"""Asks each open probe, some at once; retries by rule; journals every call, reply and failure."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from msgspec import Struct

from audit.collect.budget import Budget
from audit.collect.journal import Answered, Ask, Journal, answered, failed
from audit.collect.pacing import LONGEST_RETRY_AFTER, Limit, Pace, nap, wait_before_retry
from audit.errors import AuditError
from audit.records import Failure, Probe, Reply

_DOWN_AFTER = 20
"""Probes in a row that failed without one reply in between: the tool is taken to be down."""
_REASON = 200


class Watch(Protocol):
    """Somebody who looks on: a progress bar, or nobody."""

    def done(self) -> None:
        """One probe has its reply."""

    def failed(self, reason: str) -> None:
        """One probe has failed for good."""

    def retrying(self, reason: str, seconds: float) -> None:
        """A call failed and is made again after so many seconds."""


class Asking(Struct, frozen=True):
    """How to ask. `seen` looks at each reply's output and may raise to stop the run."""

    ask: Callable[[Probe], Awaitable[Reply]]
    timeout: float
    retries: int
    limit: Limit
    pace: Pace
    budget: Budget
    seen: Callable[[Reply], None]


class Summary(Struct):
    """What this sitting did. `stopped` says why it ended before every probe was asked."""

    replies: int = 0
    failures: int = 0
    stopped: str = ""


async def collect(probes: Iterable[Probe], asking: Asking, journal: Journal, watch: Watch) -> Summary:
    """Ask every probe given; return when all have ended, or when the budget is spent or the tool is down.

    Once it is to stop, calls in flight are still awaited. An exception from the journal or from
    `asking.seen` ends the run at once; what was journalled is kept.
    """
    sitting = _Sitting(asking, journal, watch)
    alone = asking.budget.learns
    try:
        async with asyncio.TaskGroup() as calls:
            for probe in probes:
                await asking.limit.enter()
                if sitting.stop.is_set():
                    break
                task = calls.create_task(sitting.ask(probe))
                if alone:
                    await asyncio.wait({task})
                    alone = False
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    return sitting.summary


class _Sitting:
    """One sitting of a collection: what it shares between the calls that it makes at the same time."""

    def __init__(self, asking: Asking, journal: Journal, watch: Watch) -> None:
        self.asking = asking
        self.journal = journal
        self.watch = watch
        self.summary = Summary()
        self.stop = asyncio.Event()
        self._unbroken = 0
        self._all_may_pass = True
        self._jitter = random.Random()  # noqa: S311 - jitter, which must differ between runs

    async def ask(self, probe: Probe) -> None:
        """Ask one probe until it has a reply, has failed for good, or the run stops."""
        try:
            for attempt in range(1, self.asking.retries + 2):
                wait = await self._attempt(probe, attempt)
                if wait is None:
                    return
                await nap(wait, self.stop)
        finally:
            self.asking.limit.leave()

    async def _attempt(self, probe: Probe, attempt: int) -> float | None:
        """Make one call; return how long to wait before the next one, None when there is none."""
        asking, journal = self.asking, self.journal
        await asking.pace.turn(self.stop)
        if self.stop.is_set():
            return None
        reserved = asking.budget.reserve(probe)
        if reserved is None:
            self._end(asking.budget.stopped)
            return None
        journal.note(Ask(probe.id, attempt, journal.clock()))
        since, start = asking.limit.round, time.perf_counter()
        try:
            reply = await within(asking.ask(probe), asking.timeout)
            event = answered(journal, probe, attempt, time.perf_counter() - start, reply)
        except Failure as failure:
            return await self._failed(probe, attempt, time.perf_counter() - start, failure, since)
        await journal.append(event)
        asking.budget.settle(probe, reserved, event.meta)
        self._replied(event)
        return None

    def _replied(self, event: Answered) -> None:
        self.asking.limit.went_well()
        self.summary.replies += 1
        self._unbroken, self._all_may_pass = 0, True
        self.watch.done()
        self.asking.seen(Reply(event.output, event.meta))

    async def _failed(self, probe: Probe, attempt: int, seconds: float, failure: Failure, since: int) -> float | None:
        asking = self.asking
        too_long = failure.retry_after is not None and failure.retry_after > LONGEST_RETRY_AFTER
        final = not failure.retry or attempt > asking.retries or self.stop.is_set() or too_long
        event = failed(self.journal, probe, attempt, seconds, failure, final=final)
        if failure.retry:
            asking.limit.trouble(since)
        await self.journal.append(event)
        if too_long:
            self._end(f"the tool asks to wait {failure.retry_after:.0f} seconds ({event.reason})")
        if final:
            self._count(event.reason, may_pass=failure.retry)
            return None
        wait = wait_before_retry(attempt, failure.retry_after, self._jitter)
        if failure.retry_after:
            asking.pace.hold(wait)
        self.watch.retrying(event.reason, wait)
        return wait

    def _count(self, reason: str, *, may_pass: bool) -> None:
        """Count a failed probe. A tool that refuses many probes for good is not down if it has answered others."""
        self.summary.failures += 1
        self.watch.failed(reason)
        self._unbroken += 1
        self._all_may_pass = self._all_may_pass and may_pass
        if self._unbroken >= _DOWN_AFTER and (self._all_may_pass or not self.summary.replies):
            self._end(f"the tool did not answer {self._unbroken} probes in a row ({reason})")

    def _end(self, why: str) -> None:
        self.summary.stopped = self.summary.stopped or why
        self.stop.set()


async def within(call: Awaitable[Reply], seconds: float) -> Reply:
    """Await one call. Raises Failure, also when it takes longer than `seconds` or the adapter stumbles."""
    clock = asyncio.timeout(seconds)
    try:
        async with clock:
            return await call
    except (Failure, AuditError):
        raise
    except Exception as bad:
        if clock.expired():
            raise Failure(f"no reply within {seconds:g} seconds", retry=True) from None
        raise Failure(f"the adapter stumbled: {type(bad).__name__}: {bad}"[:_REASON]) from None
