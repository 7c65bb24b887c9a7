"""How fast: rates, waits and the number of calls at once."""

import asyncio
import itertools
import random
import time

import pytest

from audit.collect import Pace, parse_rate
from audit.collect.pacing import wait_before_retry
from audit.errors import PlanError


@pytest.mark.parametrize(("text", "rate"), [("120/min", 2.0), ("3/s", 3.0), ("1.5 / sec", 1.5), ("7200/hour", 2.0), ("60/minute", 1.0), (None, None)])
def test_a_rate_is_calls_a_second(text, rate):
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["120", "/min", "0/min", "-1/s", "1/day", "many/min", ""])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(PlanError, match=r'rate = "120/min"'):
        parse_rate(text)


def test_the_wait_doubles_from_half_a_second_to_thirty_with_jitter():
    rng = random.Random(1)
    for attempt, longest in [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 30), (20, 30)]:
        waits = [wait_before_retry(attempt, None, rng) for _ in range(200)]
        assert longest / 2 <= min(waits) < max(waits) <= longest
        assert max(waits) - min(waits) > longest / 4


def test_a_retry_after_is_never_cut_short():
    assert all(wait_before_retry(1, seconds, random.Random(1)) >= seconds for seconds in (0.1, 30, 599))


def turns(pace, count):
    """Take turns all at once; return when each came, in seconds from the start."""
    async def run():
        stop, start, came = asyncio.Event(), time.monotonic(), []

        async def one():
            await pace.turn(stop)
            came.append(time.monotonic() - start)

        await asyncio.gather(*(one() for _ in range(count)))
        return sorted(came)

    return asyncio.run(run())


def test_turns_are_evenly_spaced_and_never_early():
    came = turns(Pace(50), 11)
    assert all(at >= n / 50 - 0.001 for n, at in enumerate(came))
    assert came[-1] < 1


def test_a_delay_is_not_made_up_for_by_a_burst():
    """At 20 a second, the program hangs for 0.3 seconds: the turns that this cost do not all come at once then."""
    async def run():
        pace, came = Pace(20), []

        async def one(number):
            await pace.turn(asyncio.Event())
            came.append(time.monotonic())
            if number == 1:
                time.sleep(0.3)  # noqa: ASYNC251 - that is the point

        await asyncio.gather(*map(one, range(6)))
        return came

    assert all(later - sooner >= 0.049 for sooner, later in itertools.pairwise(asyncio.run(run())))


def test_without_a_rate_nobody_waits():
    assert turns(Pace(None), 100)[-1] < 0.5


def test_a_hold_puts_off_even_those_who_already_wait():
    """At 10 a second the turns are at 0, 0.1, 0.2 …; at 0.05 everybody is told to wait until 0.55."""
    async def run():
        pace, stop, start, came = Pace(10), asyncio.Event(), time.monotonic(), []

        async def one():
            await pace.turn(stop)
            came.append(time.monotonic() - start)

        waiting = [asyncio.create_task(one()) for _ in range(5)]
        await asyncio.sleep(0.05)
        pace.hold(0.5)
        await asyncio.gather(*waiting)
        return came

    came = asyncio.run(run())
    assert came[0] < 0.05
    assert min(came[1:]) >= 0.549
    assert all(later - sooner >= 0.099 for sooner, later in itertools.pairwise(came[1:]))


def test_a_hold_without_a_rate_holds_the_next_ones():
    pace = Pace(None)

    async def run():
        pace.hold(0.3)
        start = time.monotonic()
        await pace.turn(asyncio.Event())
        return time.monotonic() - start

    assert asyncio.run(run()) >= 0.299


def test_a_stop_ends_the_waiting():
    async def run():
        pace, stop = Pace(0.01), asyncio.Event()
        await pace.turn(stop)
        waiting = asyncio.create_task(pace.turn(stop))
        await asyncio.sleep(0.01)
        stop.set()
        await asyncio.wait_for(waiting, 1)

    asyncio.run(run())
