"""Tools that have to be opened for each probe (a page): when they are opened, what their time is charged to, and that they are closed."""

import asyncio
import itertools
from contextlib import asynccontextmanager

import msgspec
import pytest

from audit.errors import Unfinished
from audit.records import Failure, Reply
from tests.builders import some_probes
from tests.collect.sittings import count, lines, sit


class Places:
    """A tool that is opened for each attempt: `log` has what was done, in order."""

    def __init__(self, *, opening=0.0, fails=0, broken=False):
        self.log, self.opening, self.fails, self.broken = [], opening, fails, broken

    @asynccontextmanager
    async def __call__(self, _probe):
        await asyncio.sleep(self.opening)
        if self.broken:
            raise Unfinished("the browser gives no page")
        place = sum(line[0] == "open" for line in self.log)
        self.log.append(("open", place))

        async def ask(turn):
            self.log.append(("ask", place, turn.input.get("turn", 1)))
            if self.fails:
                self.fails -= 1
                raise Failure("no", retry=True)
            return Reply("ok")

        try:
            yield ask
        finally:
            self.log.append(("close", place))


async def never(probe):
    raise AssertionError("asked beside its place")


def a_talk():
    return msgspec.structs.replace(some_probes(1)[0], turns=("One", "Two", "Three"))


def test_all_turns_of_a_probe_are_asked_in_one_place(tmp_path):
    places = Places()
    sit(tmp_path, [a_talk()], never, visit=places)
    assert places.log == [("open", 0), ("ask", 0, 1), ("ask", 0, 2), ("ask", 0, 3), ("close", 0)]


def test_a_retry_begins_anew_in_a_place_of_its_own_after_the_first_is_closed(tmp_path, monkeypatch):
    monkeypatch.setattr("audit.collect.pacing._FIRST_WAIT", 0.01)
    places = Places(fails=1)
    sit(tmp_path, [a_talk()], never, visit=places)
    assert places.log == [("open", 0), ("ask", 0, 1), ("close", 0), ("open", 1), ("ask", 1, 1), ("ask", 1, 2), ("ask", 1, 3), ("close", 1)]


def test_opening_is_not_in_the_time_of_the_reply_and_has_no_part_in_the_timeout(tmp_path):
    _, log = sit(tmp_path, some_probes(1), never, visit=Places(opening=0.5), timeout=0.05)
    assert log.responses["p0000"].output == "ok"
    assert log.responses["p0000"].seconds < 0.4


def test_a_place_that_cannot_be_opened_stops_the_run_before_its_probe_counts_as_asked(tmp_path):
    with pytest.raises(Unfinished, match="the browser gives no page"):
        sit(tmp_path, some_probes(3), never, visit=Places(broken=True))
    assert [line["event"] for line in lines(tmp_path)] == ["begin"]


def test_the_rate_is_that_of_the_calls_and_not_of_the_openings(tmp_path):
    """Two places at once that take longer to open than the rate has between two calls."""
    times = []

    @asynccontextmanager
    async def places(probe):
        await asyncio.sleep(0.2 if probe.id == "p0000" else 0.0)

        async def ask(turn):
            times.append(asyncio.get_running_loop().time())
            return Reply("ok")

        yield ask

    sit(tmp_path, some_probes(5), never, visit=places, rate="20/s", size=2)
    assert count(tmp_path, "reply") == 5
    assert all(later - earlier > 0.045 for earlier, later in itertools.pairwise(times))
