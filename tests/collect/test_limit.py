"""How many calls at once: fixed, or found by itself."""

import asyncio
import time

import pytest

from audit.collect import Limit
from audit.records import Failure, Reply
from tests.builders import some_probes
from tests.collect.sittings import sit


def rounds(limit, *seconds):
    """Give one whole round of replies for each latency."""
    sizes = []
    for each in seconds:
        for _ in range(max(4, limit.size)):
            limit.went_well(each)
        sizes.append(limit.size)
    return sizes


def test_auto_doubles_until_the_first_trouble_and_then_adds_one_a_round():
    limit = Limit(4, auto=True)
    assert rounds(limit, 0.1, 0.1) == [8, 16]
    limit.trouble(limit.round)
    assert limit.size == 8
    assert rounds(limit, 0.1, 0.1) == [9, 10]


def test_calls_that_were_in_flight_together_halve_it_once():
    limit = Limit(16, auto=True)
    since = limit.round
    for _ in range(6):
        limit.trouble(since)
    assert (limit.size, limit.told) == (8, 1)
    for _ in range(5):
        limit.trouble(limit.round)
    assert limit.size == 1


def test_replies_that_take_half_as_long_again_mean_fewer_calls_and_a_little_longer_no_more():
    limit = Limit(16, auto=True)
    assert rounds(limit, 0.1) == [32]
    assert rounds(limit, 0.14) == [32]
    assert rounds(limit, 0.2) == [24]
    assert rounds(limit, 0.1) == [25]


def test_a_single_slow_reply_changes_nothing():
    limit = Limit(8, auto=True)
    rounds(limit, 0.1)
    for number in range(16):
        limit.went_well(30.0 if number == 3 else 0.1)
    assert limit.size == 32


def test_a_fixed_limit_stays():
    limit = Limit(4)
    assert rounds(limit, 0.1, 5.0) == [4, 4]
    limit.trouble(limit.round)
    assert limit.size == 4


class Crowded:
    """Works on so many calls at once, each 40 ms; the others wait, or are sent away above `refuses`."""

    def __init__(self, at_once, refuses=10_000):
        self.room, self.refuses, self.open, self.refused = asyncio.Semaphore(at_once), refuses, 0, 0

    async def __call__(self, probe):
        if self.open >= self.refuses:
            self.refused += 1
            raise Failure("HTTP 429", retry=True)
        self.open += 1
        try:
            async with self.room:
                await asyncio.sleep(0.04)
        finally:
            self.open -= 1
        return Reply(probe.id)


def test_auto_finds_about_as_many_calls_as_the_tool_works_on_at_once(tmp_path):
    limit = Limit(2, auto=True)
    summary, _ = sit(tmp_path, some_probes(400), Crowded(12), limit=limit)
    assert summary.replies == 400
    assert 6 <= summary.at_once <= 30


def test_auto_stays_below_where_the_tool_says_429(tmp_path, monkeypatch):
    monkeypatch.setattr("audit.collect.pacing._FIRST_WAIT", 0.01)
    tool = Crowded(1000, refuses=20)
    summary, _ = sit(tmp_path, some_probes(600), tool, limit=Limit(2, auto=True), retries=6)
    assert (summary.replies, summary.failures) == (600, 0)
    assert 5 <= summary.at_once <= 21
    assert tool.refused < 90


@pytest.mark.parametrize("auto", [True, False])
def test_probes_are_taken_only_as_there_is_room_for_them(tmp_path, auto):
    taken, most = [0], [0]
    open_now = [0]

    def source():
        for probe in some_probes(200):
            taken[0] += 1
            yield probe

    async def ask(probe):
        open_now[0] += 1
        most[0] = max(most[0], taken[0] - done[0] - open_now[0])
        await asyncio.sleep(0.001)
        open_now[0] -= 1
        done[0] += 1
        return Reply(1)

    done = [0]
    start = time.monotonic()
    summary, _ = sit(tmp_path, source(), ask, size=4, auto=auto)
    assert (summary.replies, most[0]) == (200, 0)
    assert time.monotonic() - start < 5
