"""Asks each open probe, some at once; retries by rule; journals every call, reply and failure."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from msgspec import Struct

from audit.collect.budget import Budget
from audit.collect.circuit import Circuit
from audit.collect.journal import Answered, Journal, answered, failed
from audit.collect.journal import Ask as Asked
from audit.collect.limit import Limit
from audit.collect.pacing import LONGEST_RETRY_AFTER, Pace, nap, wait_before_retry
from audit.collect.talking import Ask, Visit, reply_to
from audit.errors import AuditError
from audit.records import Failure, Json, Probe, Reply

_REFUSES_AFTER = 20
"""Probes in a row that failed for good, and never a reply: the tool refuses everything that it is asked."""
_MOST_BEHIND = 1_000
"""Replies that may wait for the disk before calls wait with them."""


class Watch(Protocol):
    """Somebody who looks on: a progress bar, or nobody."""

    def done(self) -> None:
        """One probe has its reply."""

    def failed(self, reason: str) -> None:
        """One probe has failed for good."""

    def retrying(self, reason: str, seconds: float) -> None:
        """A call failed and is made again after so many seconds."""

    def down(self, reason: str, seconds: float) -> None:
        """The tool does not answer: one call is tried after so many seconds, the others wait."""

    def up(self) -> None:
        """The tool answers again."""


class Asking(Struct, frozen=True):
    """How to ask. `seen` looks at each reply's output and may raise to stop the run; `heard` gives a turn's text for the turns to come.

    visit: opens what each attempt at a probe is asked in, before its call is due and before its clock begins; `ask` is then not used.
    """

    ask: Ask
    timeout: float
    retries: int
    limit: Limit
    pace: Pace
    budget: Budget
    seen: Callable[[Reply], None]
    heard: Callable[[Json], str] = str
    visit: Visit | None = None


Kept = tuple[Answered, asyncio.Future[None]]
"""A reply as journalled, and what is done when it is on disk."""


class Summary(Struct):
    """What this sitting did. `stopped` says why it ended before every probe was asked; `at_once` how many calls at once it ended with.

    `held_back`: how often the tool made an automatic limit smaller by sending calls away.
    """

    replies: int = 0
    failures: int = 0
    stopped: str = ""
    at_once: int = 0
    held_back: int = 0


async def collect(probes: Iterable[Probe], asking: Asking, journal: Journal, watch: Watch) -> Summary:
    """Ask every probe given; return when all have ended, or when the budget is spent or the tool is down.

    Probes are taken one by one as there is room, so they may come from a generator. Once it is to stop, calls in
    flight are still awaited, so that none is paid for twice. Raises what the journal raises, at once, and the AuditError of `asking.seen`.
    """
    sitting = _Sitting(asking, journal, watch, iter(probes))
    try:
        async with asyncio.TaskGroup() as tasks:
            await sitting.run(tasks)
    except BaseExceptionGroup as several:
        raise _first(several) from None
    sitting.summary.at_once, sitting.summary.held_back = asking.limit.size, asking.limit.told
    return sitting.summary


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return what went wrong first, out of a group of groups."""
    inner = several.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


class _Sitting:
    """One sitting of a collection: what it shares between the calls that it makes at the same time.

    As many callers as calls are allowed at once take one probe after the other. A caller goes on as soon as its reply is written;
    that the reply is on disk, before it counts, is awaited by one task for all of them.
    """

    def __init__(self, asking: Asking, journal: Journal, watch: Watch, probes: Iterator[Probe]) -> None:
        self.asking = asking
        self.journal = journal
        self.watch = watch
        self.probes = probes
        self.summary = Summary()
        self.stop = asyncio.Event()
        self.circuit = Circuit()
        self._written: asyncio.Queue[Kept | None] = asyncio.Queue(_MOST_BEHIND)
        self._callers = 0
        self._left = True
        self._refused = 0
        self._jitter = random.Random()  # noqa: S311 - jitter, which must differ between runs

    async def run(self, tasks: asyncio.TaskGroup) -> None:
        """Ask until no probe is left, or until the sitting is to stop."""
        tasks.create_task(self._count_what_is_on_disk())
        if self.asking.budget.learns:
            await self._call(None, most=1)
        async with asyncio.TaskGroup() as calls:
            self._engage(calls)
        await self._written.put(None)

    def _engage(self, calls: asyncio.TaskGroup) -> None:
        """Have one more caller at work if more calls are allowed at once and there is something to ask; it engages the next one.

        One after the other, so that the first request is on its way while the later ones still connect, and replies do not come all at once.
        """
        if self._left and not self.stop.is_set() and self._callers < self.asking.limit.size:
            self._callers += 1
            calls.create_task(self._call(calls))

    async def _call(self, calls: asyncio.TaskGroup | None, most: int | None = None) -> None:
        """Ask one probe after the other until none is left, there are too many callers, or the sitting is to stop."""
        if calls is not None:
            await asyncio.sleep(0)
            self._engage(calls)
        for _ in range(most) if most else itertools.count():
            if self.stop.is_set() or self._callers > self.asking.limit.size:
                break
            if (probe := next(self.probes, None)) is None:
                self._left = False
                break
            if (kept := await self._until_answered(probe)) is not None:
                await self._written.put(kept)
            if calls is not None:
                self._engage(calls)
        self._callers -= calls is not None

    async def _count_what_is_on_disk(self) -> None:
        """Count each reply once it is safely on disk. What the onlooker raises stops the sitting; calls in flight are still awaited."""
        refused: AuditError | None = None
        while (kept := await self._written.get()) is not None:
            await kept[1]
            try:
                self._replied(kept[0])
            except AuditError as error:
                refused = refused or error
                self.stop.set()
        if refused is not None:
            raise refused

    async def _until_answered(self, probe: Probe) -> Kept | None:
        for attempt in range(1, self.asking.retries + 2):
            async with self._place(probe) as ask:
                await self.asking.pace.turn(self.stop)
                trial = self.circuit.is_open and await self.circuit.turn(self.stop)
                try:
                    wait = await self._attempt(probe, attempt, ask)
                finally:
                    if trial:
                        self.circuit.settle()
            if not isinstance(wait, float):
                return wait
            await nap(wait, self.stop)
        return None

    def _place(self, probe: Probe) -> AbstractAsyncContextManager[Ask]:
        """Return what a probe is asked in. It is opened before the call is due, so that neither the rate nor the tool's time depends on it."""
        return nullcontext(self.asking.ask) if self.asking.visit is None else self.asking.visit(probe)

    async def _attempt(self, probe: Probe, attempt: int, ask: Ask) -> Kept | float | None:
        """Make one call; return its reply, how long to wait before the next one, or None when there is none."""
        asking, journal = self.asking, self.journal
        if self.stop.is_set():
            return None
        reserved = await asking.budget.room(probe)
        if reserved is None:
            self._end(asking.budget.stopped)
            return None
        if self.stop.is_set():   # while it waited for room
            asking.budget.give_back(probe, reserved)
            return None
        journal.note(Asked(probe.id, attempt, journal.clock(), probe.calls))
        since, start = asking.limit.round, time.perf_counter()
        try:
            reply = await reply_to(probe, ask, asking.timeout if asking.visit is None else None, asking.heard, self._next_turn)
            event = answered(journal, probe, attempt, time.perf_counter() - start, reply)
        except Failure as failure:
            asking.budget.lost(probe, reserved)
            return await self._failed(probe, attempt, time.perf_counter() - start, failure, since)
        on_disk = journal.append(event)
        asking.budget.settle(probe, reserved, event.meta)
        asking.limit.went_well(event.seconds)
        if self.circuit.answered():
            self.watch.up()
        return event, on_disk

    async def _next_turn(self) -> None:
        """Wait until the next turn of a conversation may be asked for: it is a call like any other."""
        await self.asking.pace.turn(self.stop)

    def _replied(self, event: Answered) -> None:
        self.summary.replies += 1
        self.watch.done()
        self.asking.seen(Reply(event.output, event.meta))

    async def _failed(self, probe: Probe, attempt: int, seconds: float, failure: Failure, since: int) -> float | None:
        asking = self.asking
        too_long = failure.retry_after is not None and failure.retry_after > LONGEST_RETRY_AFTER
        final = not failure.retry or attempt > asking.retries or self.stop.is_set() or too_long
        event = failed(self.journal, probe, attempt, seconds, failure, final=final)
        if failure.retry:
            asking.limit.trouble(since)
            self._watch_circuit(event.reason)
        elif self.circuit.answered():
            self.watch.up()
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

    def _watch_circuit(self, reason: str) -> None:
        """Count a call that failed in a way that may pass; stop when the tool does not come back."""
        until = self.circuit.failed()
        if until is None:
            return
        if self.circuit.given_up:
            self._end(f"the tool did not answer {self.circuit.failed_in_a_row} calls in a row ({reason})")
        elif not self.stop.is_set():
            self.watch.down(reason, until)

    def _count(self, reason: str, *, may_pass: bool) -> None:
        """Count a failed probe. A tool that refuses many probes for good is not down if it has answered others."""
        self.summary.failures += 1
        self.watch.failed(reason)
        self._refused += not may_pass
        if self._refused >= _REFUSES_AFTER and not self.summary.replies:
            self._end(f"the tool did not answer {self._refused} probes in a row ({reason})")

    def _end(self, why: str) -> None:
        self.summary.stopped = self.summary.stopped or why
        self.stop.set()
