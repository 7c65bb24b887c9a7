"""Conversations: several turns, one reply, which is the transcript."""

import asyncio
import json

import msgspec
import pytest
from aiohttp import web

from audit.collect import Budget, Prices, reply_to
from audit.plan import Connect
from audit.records import Failure, Reply
from audit.vendors import open_adapter
from tests.builders import a_probe, a_site
from tests.collect.sittings import lines, no_budget, sit
from tests.loopback import http_server

TURNS = ("What is 3/4 + 1/8?", "I still do not get it.", "So is it 7/8?")


def talk(number=1):
    return msgspec.structs.replace(a_probe("x", id=f"p{number:04}"), prompt=TURNS[0], turns=TURNS)


class Tutor:
    """Remembers what it was asked, and answers with the number of the turn."""

    def __init__(self, fails_at=0):
        self.asked, self.fails_at = [], fails_at

    async def __call__(self, probe):
        self.asked.append(probe)
        if probe.input["turn"] == self.fails_at:
            self.fails_at = 0
            raise Failure("HTTP 500", retry=True)
        usage = {"prompt_tokens": 10 * probe.input["turn"], "completion_tokens": 5}
        return Reply({"text": f"reply {probe.input['turn']}"}, {"model": f"m{probe.input['turn']}", "usage": usage})


def test_each_turn_is_asked_with_all_that_was_said_before():
    tool = Tutor()
    asyncio.run(reply_to(talk(), tool, 5.0, lambda output: output["text"]))
    assert [p.prompt for p in tool.asked] == list(TURNS)
    assert [p.history for p in tool.asked] == [
        (), ((TURNS[0], "reply 1"),), ((TURNS[0], "reply 1"), (TURNS[1], "reply 2"))]
    assert tool.asked[2].input["messages"] == [
        {"role": "user", "content": TURNS[0]}, {"role": "assistant", "content": "reply 1"},
        {"role": "user", "content": TURNS[1]}, {"role": "assistant", "content": "reply 2"}, {"role": "user", "content": TURNS[2]}]


def test_the_reply_is_the_whole_transcript_and_its_tokens_add_up():
    reply = asyncio.run(reply_to(talk(), Tutor(), 5.0, lambda output: output["text"]))
    assert reply.output == {"conversation": [{"prompt": t, "output": {"text": f"reply {n}"}} for n, t in enumerate(TURNS, 1)]}
    assert reply.meta == {"model": "m3", "usage": {"prompt_tokens": 60, "completion_tokens": 15}}


def test_a_conversation_that_breaks_off_is_a_failure_that_names_the_turn_and_starts_anew(tmp_path, monkeypatch):
    monkeypatch.setattr("audit.collect.pacing._FIRST_WAIT", 0.01)
    tool = Tutor(fails_at=2)
    summary, log = sit(tmp_path, [talk()], tool)
    assert [p.input["turn"] for p in tool.asked] == [1, 2, 1, 2, 3]
    assert [e.get("reason") for e in lines(tmp_path) if e["event"] == "fail"] == ["turn 2 of 3: HTTP 500"]
    assert (summary.replies, len(log.responses["p0001"].output["conversation"])) == (1, 3)


def test_every_turn_is_a_call_for_the_journal_the_budget_and_the_rate(tmp_path):
    budget = Budget(Prices(per_call=1.0), most_calls=7, most_dollars=None, calls=0, spent=0.0)
    tool = Tutor()
    summary, log = sit(tmp_path, [talk(n) for n in range(5)], tool, budget=budget, size=1)
    assert (len(tool.asked), summary.replies, log.calls, log.in_flight) == (6, 2, 6, 0)
    assert "budget of 7 calls" in summary.stopped
    assert budget.dollars == 6.0


def test_the_rate_is_kept_between_turns(tmp_path):
    times = []

    async def ask(probe):
        times.append(asyncio.get_running_loop().time())
        return Reply("ok")

    sit(tmp_path, [talk(1), talk(2)], ask, rate="20/s", budget=no_budget())
    assert len(times) == 6
    assert all(later - earlier > 0.045 for earlier, later in zip(sorted(times), sorted(times)[1:], strict=False))


@pytest.mark.parametrize("adapter", ["chat", "http"])
def test_an_adapter_sends_what_was_said_so_far(tmp_path, adapter):
    async def answer(request, body):
        heard = json.loads(body)["messages"]
        return web.json_response({"choices": [{"message": {"content": f"I heard {len(heard)}"}}], "model": "m"})

    with http_server(answer) as server:
        settings = {
            "chat": {"base_url": server.url, "model": "m"},
            "http": {"url": server.url, "body": {"messages": "{{ messages }}", "n": "{{ turn }}"}},
        }[adapter]

        async def ask():
            async with open_adapter(Connect(adapter, settings=settings), a_site(tmp_path, [talk()])) as tool:
                return await reply_to(talk(), tool.ask, 5.0, lambda o: o if isinstance(o, str) else o["choices"][0]["message"]["content"])

        reply = asyncio.run(ask())
        last = json.loads(server.bodies[-1])
    texts = [m["content"] for m in last["messages"]]
    assert texts == [TURNS[0], "I heard 1", TURNS[1], "I heard 3", TURNS[2]]
    assert len(reply.output["conversation"]) == 3
    if adapter == "http":
        assert last["n"] == 3
