"""The budget: never passed, with what is in flight and what earlier sittings spent."""

import asyncio
import itertools
import random

import msgspec
import pytest

from audit.collect import REPLY_TOKENS, Budget, Log, Prices, expected_cost, spent_before
from audit.collect.budget import DEARER
from audit.collect.log import tokens
from audit.records import Failure, Reply
from audit.vendors.site import with_usage
from tests.builders import a_probe, some_probes
from tests.collect.sittings import count, sit


def a_budget(prices=None, *, calls=None, dollars=None, made=0, spent=0.0):
    return Budget(prices or Prices(), most_calls=calls, most_dollars=dollars, calls=made, spent=spent)


async def slowly(probe):
    await asyncio.sleep(0.01)
    return Reply(1)


@pytest.mark.parametrize("size", [1, 7])
def test_no_call_is_made_over_the_budget_of_calls(tmp_path, size):
    summary, log = sit(tmp_path, some_probes(30), slowly, budget=a_budget(calls=10), size=size)
    assert (log.calls, len(log.responses), summary.stopped) == (10, 10, "the budget of 10 calls is spent")


def test_retries_are_calls_too(tmp_path, monkeypatch):
    monkeypatch.setattr("audit.collect.pacing._FIRST_WAIT", 0.01)

    async def fails(probe):
        raise Failure("HTTP 500", retry=True)

    summary, log = sit(tmp_path, some_probes(30), fails, budget=a_budget(calls=10))
    assert (log.calls, summary.stopped) == (10, "the budget of 10 calls is spent")


def test_calls_of_earlier_sittings_count(tmp_path):
    _, log = sit(tmp_path, some_probes(30), slowly, budget=a_budget(calls=10, made=7))
    assert log.calls == 3


def test_a_budget_in_cents_is_used_to_the_last_call():
    budget = a_budget(Prices(per_call=0.1), dollars=0.3)
    assert [budget.reserve(a_probe()) is not None for _ in range(4)] == [True, True, True, False]
    assert budget.stopped == "the budget of $0.30 would be passed"


def test_dollars_count_calls_in_flight(tmp_path):
    _, log = sit(tmp_path, some_probes(30), slowly, budget=a_budget(Prices(per_call=0.3), dollars=1.0), size=20)
    assert log.calls == 3


def usage(sent, received):
    return {"usage": {"prompt_tokens": sent, "completion_tokens": received}}


def test_dear_replies_are_learned_from_the_first_before_the_others_are_asked(tmp_path):
    """1 dollar for 1,000 tokens received, 2,000 a reply: 2 dollars a call, so 9 dollars hold 4 calls and never 5."""
    paid = []

    async def dear(probe):
        await asyncio.sleep(0.01)
        paid.append(2.0)
        return Reply(1, usage(0, 2000))

    _, log = sit(tmp_path, some_probes(30), dear, budget=a_budget(Prices(per_1k_output_tokens=1.0), dollars=9.0), size=20)
    assert sum(paid) == 8.0
    assert log.calls == 4


def test_a_real_cost_takes_the_place_of_the_expected_one():
    prices = Prices(per_call=0.01, per_1k_input_tokens=1.0, per_1k_output_tokens=2.0)
    budget, probe = a_budget(prices), a_probe("x" * 400)
    reserved = budget.reserve(probe)
    assert reserved == pytest.approx(0.01 + DEARER * (0.1 + 0.5))
    budget.settle(probe, reserved, usage(200, 50))
    assert budget.dollars == pytest.approx(0.01 + 0.2 + 0.1)
    assert budget.reserve(probe) == pytest.approx(0.01 + DEARER * (0.2 + 0.5))


@pytest.mark.parametrize("size", [1, 4, 30])
@pytest.mark.parametrize("seed", range(6))
def test_the_cap_holds_whatever_replies_cost_up_to_the_stated_factor(tmp_path, size, seed):
    """Each reply may be as dear as DEARER times the dearest call that is known, when it was sent: replies grow from 250 tokens on."""
    rng, paid, prices = random.Random(seed), [], Prices(per_call=0.001, per_1k_input_tokens=0.5, per_1k_output_tokens=1.0)
    dearest = [REPLY_TOKENS]

    async def dear(probe):
        most = DEARER * dearest[0]
        await asyncio.sleep(rng.uniform(0, 0.004))
        received = int(most * rng.choice([0.1, 0.5, 1.0, 1.0]))
        dearest[0] = max(dearest[0], received)
        sent = int(DEARER * len(probe.prompt) / 4)
        paid.append(prices.of(1, sent, received))
        return Reply(1, usage(sent, received))

    cap = rng.uniform(1.0, 60.0)
    summary, _ = sit(tmp_path, some_probes(60), dear, budget=a_budget(prices, dollars=cap), size=size)
    assert sum(paid) <= cap
    if summary.stopped:  # and no more is left over than the next call could have cost
        assert cap - sum(paid) < prices.of(1, 100, DEARER * DEARER * dearest[0])


def test_the_cap_holds_for_any_reply_where_the_tool_is_told_when_to_stop(tmp_path):
    paid, lengths = [], itertools.cycle([1, 5, 2, 2000])

    async def uneven(probe):
        await asyncio.sleep(0.001)
        paid.append(next(lengths) / 1000)
        return Reply(1, usage(0, int(paid[-1] * 1000)))

    budget = Budget(Prices(per_1k_output_tokens=1.0), most_calls=None, most_dollars=9.0, calls=0, spent=0.0, most_received=2000)
    sit(tmp_path, some_probes(60), uneven, budget=budget, size=20)
    assert 7.0 < sum(paid) <= 9.0


def test_a_call_waits_for_what_those_in_flight_really_cost(tmp_path):
    """Room for 375 tokens a call is taken, so that two at once do not fit into 0.80 dollars. But they cost 0.10 each."""
    async def cheap(probe):
        await asyncio.sleep(0.002)
        return Reply(1, usage(0, 100))

    _, log = sit(tmp_path, some_probes(30), cheap, budget=a_budget(Prices(per_1k_output_tokens=1.0), dollars=0.8), size=20)
    assert log.calls == 5  # 4 are paid, 0.40, and room for 0.375 is left; after the fifth it is not


def test_what_the_dearest_reply_cost_is_known_to_the_next_sitting(tmp_path):
    async def dear(probe):
        return Reply(1, usage(300, 2000))

    _, log = sit(tmp_path, some_probes(2), dear)
    assert log.dearest == (300, 2000)
    budget = Budget(Prices(per_1k_output_tokens=1.0), most_calls=None, most_dollars=2.9, calls=0, spent=0.0, dearest=log.dearest)
    assert budget.reserve(a_probe()) is None


@pytest.mark.parametrize("meta", [{}, {"usage": None}, {"usage": "many"}, usage(-1000, -1000), usage(True, 1e9), {"usage": [1]}, usage("1", None)])
def test_token_counts_that_cannot_be_change_nothing(meta):
    budget, probe = a_budget(Prices(per_1k_input_tokens=1.0, per_1k_output_tokens=1.0)), a_probe()
    reserved = budget.reserve(probe)
    budget.settle(probe, reserved, meta)
    assert budget.dollars == pytest.approx(reserved / DEARER)  # as dear as the dearest that is known


def test_what_earlier_sittings_spent_is_real_where_it_was_told_and_else_estimated():
    prices = Prices(per_call=0.01, per_1k_output_tokens=1.0)
    log = Log(None, {}, calls=5, in_flight=1, torn=False, tokens=(0, 700), untold={"p0": 0, "p1": 2})
    probes = [a_probe(id="p0"), a_probe(id="p1")]
    assert expected_cost(probes[1], prices) == pytest.approx(0.01 + REPLY_TOKENS / 1000)
    assert spent_before(log, probes, prices) == pytest.approx(3 * 0.01 + 0.7 + 2 * (0.01 + REPLY_TOKENS / 1000))


def test_a_run_in_many_sittings_spends_no_more_than_one(tmp_path):
    prices = Prices(per_call=0.01, per_1k_output_tokens=1.0)
    probes, log = some_probes(30), Log(None, {}, 0, 0, torn=False)
    for _ in range(12):
        budget = a_budget(prices, calls=log.calls + 1, dollars=2.0, made=log.calls, spent=spent_before(log, probes, prices))
        _, log = sit(tmp_path, [p for p in probes if p.id not in log.responses], slowly, budget=budget)
    assert log.calls == int(2.0 / 0.26)
    assert count(tmp_path, "ask") == 7


@pytest.mark.parametrize(("counts", "told"), [
    ({"prompt_tokens": 7, "completion_tokens": 3}, (7, 3)), ({"input_tokens": 7, "output_tokens": 3}, (7, 3)), ({"total_tokens": 10}, (0, 0)),
    ({"prompt_tokens": 7, "input_tokens": 7, "output_tokens": 3}, (7, 3)), ({"prompt_tokens": None, "input_tokens": 7}, (7, 0)),
])
def test_tokens_count_by_either_of_the_names_in_use(counts, told):
    assert (tokens({"usage": counts}, "prompt_tokens"), tokens({"usage": counts}, "completion_tokens")) == told


@pytest.mark.parametrize(("output", "meta"), [
    ({"text": "Good.", "usage": {"input_tokens": 7}}, {"usage": {"input_tokens": 7}}), ({"usage": "daily"}, {}), (["usage"], {}), ("usage", {}), (7, {}),
])
def test_a_tool_whose_output_holds_its_usage_has_told_it(output, meta):
    assert with_usage(output) == Reply(output, meta)


def test_a_conversation_that_does_not_fit_is_told_apart_from_a_budget_that_is_spent():
    budget = a_budget(calls=6)
    talk = msgspec.structs.replace(a_probe(), turns=("One.", "Two.", "Three.", "Four."))
    assert budget.reserve(talk) is not None
    assert budget.reserve(talk) is None
    assert budget.stopped == "the budget of 6 calls leaves 2, and the next conversation takes 4"
