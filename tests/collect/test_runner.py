"""One sitting: who is asked, how often, how many at once, and when it stops."""

import asyncio
import contextlib
import itertools
import time

import pytest

from audit.collect import Limit
from audit.errors import PlanError
from audit.records import Failure, Reply
from tests.builders import some_probes
from tests.collect.sittings import Watched, count, lines, sit


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr("audit.collect.pacing._FIRST_WAIT", 0.01)
    monkeypatch.setattr("audit.collect.circuit._FIRST_WAIT", 0.01)
    monkeypatch.setattr("audit.collect.circuit._LONGEST_WAIT", 0.02)
    monkeypatch.setattr("audit.collect.circuit._GIVES_UP_AFTER", 0.1)
    monkeypatch.setattr("audit.collect.circuit._NEVER_WAS_UP_AFTER", 0.03)


class Tool:
    """Answers each probe, or fails as told: `failing` is failures by probe id, in order."""

    def __init__(self, failing=None, *, seconds=0.0):
        self.failing = failing or {}
        self.seconds = seconds
        self.asked: list[str] = []
        self.times: list[float] = []
        self.open = self.most_open = 0

    async def __call__(self, probe):
        self.asked.append(probe.id)
        self.times.append(time.monotonic())
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.open -= 1
        failures = self.failing.get(probe.id)
        if failures:
            raise failures.pop(0)
        return Reply(probe.id)


def server_error():
    return Failure("HTTP 500", detail="oops", retry=True)


def test_each_probe_is_asked_once_and_its_own_reply_is_kept(tmp_path):
    tool = Tool()
    summary, log = sit(tmp_path, some_probes(50), tool)
    assert sorted(tool.asked) == [p.id for p in some_probes(50)]
    assert {name: r.output for name, r in log.responses.items()} == {name: name for name in tool.asked}
    assert (summary.replies, summary.failures, summary.stopped) == (50, 0, "")


def test_a_failure_that_may_pass_is_tried_again_and_every_try_is_in_the_journal(tmp_path):
    tool = Tool({"p0001": [server_error(), server_error()]})
    watch = Watched()
    summary, log = sit(tmp_path, some_probes(3), tool, watch=watch)
    assert tool.asked.count("p0001") == 3
    assert (log.responses["p0001"].output, log.responses["p0001"].attempts) == ("p0001", 3)
    tries = [(e["event"], e["attempt"], e.get("final")) for e in lines(tmp_path) if e.get("probe") == "p0001"]
    assert tries == [("ask", 1, None), ("fail", 1, False), ("ask", 2, None), ("fail", 2, False), ("ask", 3, None), ("reply", 3, None)]
    assert (summary.replies, len(watch.retries)) == (3, 2)


def test_a_failure_that_will_not_pass_is_not_tried_again(tmp_path):
    tool = Tool({"p0001": [Failure("HTTP 404", detail="none")]})
    summary, log = sit(tmp_path, some_probes(3), tool)
    assert tool.asked.count("p0001") == 1
    assert (log.responses["p0001"].failure, log.responses["p0001"].output, log.responses["p0001"].detail) == ("HTTP 404", None, "none")
    assert (summary.replies, summary.failures) == (2, 1)


@pytest.mark.parametrize("retries", [0, 2])
def test_after_the_last_retry_it_is_a_recorded_failure(tmp_path, retries):
    tool = Tool({"p0001": [server_error() for _ in range(9)]})
    summary, log = sit(tmp_path, some_probes(3), tool, retries=retries)
    assert tool.asked.count("p0001") == retries + 1
    assert (log.responses["p0001"].failure, log.responses["p0001"].output) == ("HTTP 500", None)
    assert summary.failures == 1


def test_a_timeout_is_a_recorded_failure_and_is_tried_again(tmp_path):
    tool = Tool(seconds=1)
    _, log = sit(tmp_path, some_probes(1), tool, timeout=0.05, retries=1)
    assert (tool.asked, log.responses["p0000"].failure) == (["p0000", "p0000"], "no reply within 0.05 seconds")


def test_a_failed_probe_is_asked_again_by_the_next_sitting(tmp_path):
    tool = Tool({"p0001": [Failure("HTTP 404")]})
    _, log = sit(tmp_path, some_probes(3), tool)
    again = [p for p in some_probes(3) if log.responses[p.id].failure is not None]
    _, log = sit(tmp_path, again, tool)
    assert (tool.asked.count("p0001"), tool.asked.count("p0000")) == (2, 1)
    assert log.responses["p0001"].output == "p0001"


def test_a_retry_after_holds_everybody_for_as_long_as_asked(tmp_path):
    tool = Tool({"p0000": [Failure("HTTP 429", retry=True, retry_after=0.6)]}, seconds=0.02)
    start = time.monotonic()
    sit(tmp_path, some_probes(20), tool, size=2)
    late = sorted(at - start for at in tool.times)
    assert len([at for at in late if at < 0.5]) <= 3
    assert late[3] >= 0.6


def test_a_wait_longer_than_ten_minutes_stops_the_run_instead(tmp_path):
    tool = Tool({"p0000": [Failure("HTTP 429", retry=True, retry_after=3600)]})
    summary, log = sit(tmp_path, some_probes(20), tool, size=1)
    assert tool.asked == ["p0000"]
    assert summary.stopped == "the tool asks to wait 3600 seconds (HTTP 429)"
    assert log.responses["p0000"].failure == "HTTP 429"


def test_once_it_stops_nobody_who_waits_for_a_turn_asks(tmp_path):
    tool = Tool({"p0000": [Failure("HTTP 429", retry=True, retry_after=3600)]})
    sit(tmp_path, some_probes(20), tool, size=10, rate="10/s")
    assert tool.asked == ["p0000"]


@pytest.mark.parametrize("size", [1, 3, 16])
def test_no_more_than_so_many_calls_are_open_at_once_and_all_are_used(tmp_path, size):
    tool = Tool(seconds=0.01)
    sit(tmp_path, some_probes(60), tool, size=size)
    assert tool.most_open == size


def test_retries_take_no_extra_room(tmp_path):
    tool = Tool({f"p{n:04}": [server_error()] for n in range(0, 30, 2)}, seconds=0.01)
    sit(tmp_path, some_probes(30), tool, size=3)
    assert tool.most_open <= 3


def test_the_rate_is_not_exceeded(tmp_path):
    tool = Tool()
    sit(tmp_path, some_probes(12), tool, size=12, rate="20/s")
    for first in range(12):
        for last in range(first, 12):
            assert last - first <= (tool.times[last] - tool.times[first]) * 20 + 0.5


def test_auto_halves_at_429_and_not_at_404(tmp_path):
    limit = Limit(8, auto=True)
    sit(tmp_path / "a", some_probes(1), Tool({"p0000": [Failure("HTTP 404")]}), limit=limit)
    assert limit.size == 8
    sit(tmp_path / "b", some_probes(1), Tool({"p0000": [Failure("HTTP 429", retry=True)]}), limit=limit)
    assert limit.size == 4


def test_a_tool_that_is_down_stops_the_run_early(tmp_path):
    class Down(Tool):
        async def __call__(self, probe):
            self.asked.append(probe.id)
            raise Failure("no connection", retry=True)

    tool = Down()
    summary, log = sit(tmp_path, some_probes(500), tool, retries=1)
    assert "calls in a row (no connection)" in summary.stopped
    assert len(tool.asked) <= 10 + 4 + 3
    assert all(r.output is None for r in log.responses.values())


def test_a_tool_that_goes_down_in_the_middle_stops_the_run_too(tmp_path):
    tool = Tool({f"p{n:04}": [server_error() for _ in range(9)] for n in range(30, 500)})
    summary, log = sit(tmp_path, some_probes(500), tool, retries=1)
    assert "in a row (HTTP 500)" in summary.stopped
    assert len(tool.asked) <= 30 + 10 + 4 + 10
    assert sum(r.failure is None for r in log.responses.values()) == 30


def test_a_tool_that_refuses_many_in_a_row_is_not_down_when_it_has_answered_others(tmp_path):
    tool = Tool({f"p{n:04}": [Failure("the model gave no text")] for n in range(5, 60)})
    summary, _ = sit(tmp_path, some_probes(70), tool, size=1)
    assert (summary.replies, summary.failures, summary.stopped) == (15, 55, "")


def test_stopping_does_not_wait_for_long_retries_but_for_calls_in_flight(tmp_path):
    class Slow(Tool):
        async def __call__(self, probe):
            self.asked.append(probe.id)
            if probe.id == "p0000":
                raise Failure("HTTP 503", retry=True)
            await asyncio.sleep(0.3)
            if probe.id == "p0001":
                raise Failure("HTTP 429", retry=True, retry_after=3600)
            await asyncio.sleep(0.3)
            return Reply(1)

    start = time.monotonic()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("audit.collect.pacing._FIRST_WAIT", 25)
        summary, log = sit(tmp_path, some_probes(50), Slow(), size=3)
    assert time.monotonic() - start < 5
    assert "3600" in summary.stopped
    assert log.responses["p0002"].output == 1
    assert log.in_flight == 0


def test_an_error_of_the_onlooker_ends_the_run_and_keeps_what_came(tmp_path):
    seen = []

    def refuse(reply):
        seen.append(reply.output)
        if len(seen) == 5:
            raise PlanError("connect.reply matches nothing")

    tool = Tool(seconds=0.01)
    with pytest.raises(PlanError, match="matches nothing"):
        sit(tmp_path, some_probes(50), tool, seen=refuse)
    assert 5 <= count(tmp_path, "reply") == len(tool.asked) <= 16


def test_an_adapter_that_stumbles_costs_one_probe_and_not_the_run(tmp_path):
    tool = Tool({"p0001": [KeyError("surprise")]})
    summary, log = sit(tmp_path, some_probes(5), tool)
    assert (summary.replies, summary.failures) == (4, 1)
    assert log.responses["p0001"].failure == "the adapter stumbled: KeyError: 'surprise'"


def test_being_cancelled_leaves_no_task_and_a_journal_that_goes_on(tmp_path):
    class Counting(Tool):
        async def __call__(self, probe):
            if len(self.asked) == 10:
                raise asyncio.CancelledError
            return await super().__call__(probe)

    async def interrupted():
        from audit.collect import Asking, Journal, Pace, collect
        from tests.collect.sittings import no_budget

        journal = Journal(tmp_path, "c", lambda: "t", {})
        asking = Asking(ask=Tool(seconds=0.05), timeout=5, retries=0, limit=Limit(4), pace=Pace(None), budget=no_budget(), seen=lambda _: None)
        task = asyncio.create_task(collect(some_probes(100), asking, journal, Watched()))
        await asyncio.sleep(0.2)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        left = len(asyncio.all_tasks())
        journal.close()
        return left

    assert asyncio.run(interrupted()) == 1
    from audit.collect import read_journal

    log = read_journal(tmp_path)
    assert 0 < len(log.responses) < 100
    _, log = sit(tmp_path, [p for p in some_probes(100) if p.id not in log.responses], Tool())
    assert len(log.responses) == 100


def test_no_probe_is_done_at_once(tmp_path):
    assert sit(tmp_path, [], Tool())[0].stopped == ""


def test_a_clock_that_jumps_loses_nothing_and_asks_nothing_twice(tmp_path):
    """Daylight saving, a corrected clock, a machine that slept: the journal's times are for people, and nothing waits by them."""
    hours = itertools.cycle(["2026-11-22T10:00:00.000Z", "2026-11-22T02:00:00.000Z", "2031-01-01T00:00:00.000Z"])
    tool, probes = Tool(), some_probes(60)
    _, log = sit(tmp_path, probes[:40], tool, clock=lambda: next(hours), rate="2000/s")
    left = [p for p in probes if p.id not in log.responses]
    summary, log = sit(tmp_path, left, tool, clock=lambda: next(hours))
    assert (len(log.responses), len(tool.asked), summary.stopped) == (60, 60, "")
    assert {r.output for r in log.responses.values()} == {p.id for p in probes}
