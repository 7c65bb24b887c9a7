"""When the tool is down: a few calls, and not every probe's retries."""

import pytest

from audit.records import Failure, Reply
from tests.builders import some_probes
from tests.collect.sittings import Watched, count, sit


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr("audit.collect.pacing._FIRST_WAIT", 0.001)
    monkeypatch.setattr("audit.collect.circuit._FIRST_WAIT", 0.01)
    monkeypatch.setattr("audit.collect.circuit._LONGEST_WAIT", 0.04)
    monkeypatch.setattr("audit.collect.circuit._GIVES_UP_AFTER", 0.3)
    monkeypatch.setattr("audit.collect.circuit._NEVER_WAS_UP_AFTER", 0.03)


class Outage:
    """Answers, but for the calls from number `first` up to `last`."""

    def __init__(self, first, last, failure=None):
        self.first, self.last, self.calls = first, last, 0
        self.failure = failure or (lambda: Failure("HTTP 503", retry=True))

    async def __call__(self, probe):
        self.calls += 1
        if self.first <= self.calls <= self.last:
            raise self.failure()
        return Reply(probe.id)


def test_an_outage_is_waited_out_and_costs_no_probe_its_reply(tmp_path):
    watch, tool = Watched(), Outage(30, 44)
    summary, _ = sit(tmp_path, some_probes(200), tool, size=8, watch=watch)
    assert (summary.replies, summary.failures, summary.stopped) == (200, 0, "")
    assert watch.downs
    assert watch.ups == 1
    assert watch.downs[0][0] == "HTTP 503"


def test_while_it_is_open_one_call_at_a_time_is_tried(tmp_path):
    tool = Outage(30, 10_000)
    summary, _ = sit(tmp_path, some_probes(200), tool, size=8)
    assert "did not answer" in summary.stopped
    assert "calls in a row (HTTP 503)" in summary.stopped
    in_flight_when_it_opened, trials = 8, 10
    assert tool.calls <= 29 + 10 + in_flight_when_it_opened + trials
    assert count(tmp_path, "ask") == tool.calls


def test_a_tool_that_never_answered_is_given_up_sooner(tmp_path):
    never, later = Outage(1, 10_000), Outage(5, 10_000)
    sit(tmp_path / "a", some_probes(100), never, size=1)
    sit(tmp_path / "b", some_probes(100), later, size=1)
    assert never.calls < later.calls


def test_a_tool_that_refuses_for_good_is_there_and_opens_nothing(tmp_path):
    watch = Watched()
    tool = Outage(5, 60, failure=lambda: Failure("HTTP 404"))
    summary, _ = sit(tmp_path, some_probes(100), tool, size=2, watch=watch)
    assert (summary.replies, summary.failures, watch.downs) == (44, 56, [])


def test_the_next_sitting_asks_what_the_outage_left_open(tmp_path):
    probes = some_probes(100)
    _, log = sit(tmp_path, probes, Outage(30, 10_000), size=4)
    left = [p for p in probes if p.id not in log.responses or log.responses[p.id].failure]
    _, log = sit(tmp_path, left, Outage(0, 0), size=4)
    assert sum(r.failure is None for r in log.responses.values()) == 100
