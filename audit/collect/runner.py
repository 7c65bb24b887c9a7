"""Asks each open probe, some at once; retries by rule; journals every call, reply and failure."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Protocol

from msgspec import Struct

from audit.collect.budget import Budget
from audit.collect.journal import Ask, Journal, answered, failed
from audit.collect.pacing import Limit, Pace, wait_before_retry
from audit.records import Failure, Probe, Reply

_DOWN_AFTER = 20
"""Probes in a row that failed without one reply in between: the tool is taken to be down."""


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
    unbroken_failures: int = 0
    last_reason: str = ""


async def collect(probes: Iterable[Probe], asking: Asking, journal: Journal, watch: Watch) -> Summary:
    """Ask every probe given; return when all have ended, or when the budget is spent or the tool is down.

    An exception from the journal or from `asking.seen` stops the run; what was journalled is kept.
    """
    summary = Summary()
    queue = iter(probes)
    workers = {asyncio.create_task(_work(queue, asking, journal, watch, summary)) for _ in range(asking.limit.highest)}
    try:
        finished, _ = await asyncio.wait(workers, return_when=asyncio.FIRST_EXCEPTION)
        for task in finished:
            task.result()
    finally:
        for task in workers:
            task.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return summary


async def _work(queue: Iterator[Probe], asking: Asking, journal: Journal, watch: Watch, summary: Summary) -> None:
    rng = random.Random()  # noqa: S311 - jitter, which must differ between runs
    while not summary.stopped:
        async with asking.limit:
            probe = None if summary.stopped else next(queue, None)
            if probe is None:
                return
            await _one(probe, asking, journal, watch, summary, rng)


async def _one(
    probe: Probe, asking: Asking, journal: Journal, watch: Watch, summary: Summary, rng: random.Random
) -> None:
    for attempt in range(1, asking.retries + 2):
        await asking.pace.turn()
        reserved = asking.budget.reserve(probe)
        if reserved is None:
            summary.stopped = asking.budget.stopped
            return
        start = time.perf_counter()
        try:
            journal.note(Ask(probe.id, attempt, journal.clock()))
            reply = await within(asking.ask(probe), asking.timeout)
        except Failure as failure:
            asking.limit.trouble()
            final = not failure.retry or attempt > asking.retries or bool(summary.stopped)
            await journal.append(failed(journal, probe, attempt, time.perf_counter() - start, failure, final=final))
            if final:
                _count_failure(failure, summary)
                watch.failed(failure.reason)
                return
            wait = wait_before_retry(attempt, failure.retry_after, rng)
            if failure.retry_after:
                asking.pace.hold(wait)
            watch.retrying(failure.reason, wait)
            await asyncio.sleep(wait)
        else:
            await journal.append(answered(journal, probe, attempt, time.perf_counter() - start, reply))
            asking.limit.went_well()
            asking.budget.settle(reserved, reply.meta)
            summary.replies += 1
            summary.unbroken_failures = 0
            watch.done()
            asking.seen(reply)
            return


async def within(call: Awaitable[Reply], seconds: float) -> Reply:
    """Await one call, or raise Failure when it takes longer than `seconds`."""
    try:
        return await asyncio.wait_for(call, seconds)
    except TimeoutError:
        raise Failure(f"no reply within {seconds:g} seconds", retry=True) from None


def _count_failure(failure: Failure, summary: Summary) -> None:
    summary.failures += 1
    summary.unbroken_failures += 1
    summary.last_reason = failure.reason
    if summary.unbroken_failures >= _DOWN_AFTER and not summary.replies and not summary.stopped:
        summary.stopped = f"the tool did not answer one of the first {_DOWN_AFTER} probes ({failure.reason})"
