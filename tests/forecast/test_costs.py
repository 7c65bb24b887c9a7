"""What a run costs, foretold: by rule of thumb, after a ping, after its first replies; on a stand-in whose tokens are not the rule's."""

import asyncio
import json
import math
import random
import re

import pytest
from aiohttp import web

from audit import pipeline
from audit.cli.screen import now, today
from audit.collect import Prices, read_journal
from audit.forecast import forecast
from audit.forecast.costs import Heard, learn
from audit.forecast.known import estimate, know
from tests.audits import write_plan, write_set
from tests.builders import a_probe, some_probes
from tests.collect.sittings import Watched
from tests.loopback import http_server

PRICES = Prices(per_call=0.001, per_1k_input_tokens=0.5, per_1k_output_tokens=1.5)
SYSTEM, CHARACTERS = 60, 3.1


def test_nothing_told_is_four_characters_a_token_and_250_tokens_a_reply():
    found = estimate(know([], 2.0), [a_probe("x" * 400)] * 10, PRICES, 0.0, 0)
    assert found.dollars == pytest.approx(10 * (0.001 + 0.1 * 0.5 + 0.25 * 1.5))
    assert found.low < found.dollars / 2 < 2 * found.dollars < found.high


def test_a_line_through_told_tokens_finds_the_system_prompt_and_the_tokenisation():
    told = [Heard(n, round(SYSTEM + n / CHARACTERS), 100, 1.0) for n in (100, 200, 350, 400, 800, 1200)]
    known = learn(told, 2.0)
    assert known.system == pytest.approx(SYSTEM, abs=1)
    assert 1 / known.slope == pytest.approx(CHARACTERS, rel=0.01)


def test_one_reply_of_the_mean_length_gives_the_input_of_all():
    probes = [a_probe("x" * n, id=str(n)) for n in (100, 200, 300, 400, 500)]
    known = know([Heard(300, round(SYSTEM + 300 / CHARACTERS), 0, 1.0)], 2.0)
    found = estimate(known, probes, Prices(per_1k_input_tokens=1.0), 0.0, 0)
    assert found.dollars == pytest.approx(sum(SYSTEM + len(p.prompt) / CHARACTERS for p in probes) / 1000, rel=0.01)


def test_the_range_is_that_of_a_mean_of_so_many():
    # 100 and 300: mean 200, SD 141.4; with two t(1) = 12.7 → more than ± 100%; of ten such pairs t(19) = 2.09 · 102.6 · sqrt(1/20 + 1/1000) = 48.5.
    # Upwards also the calls that may fail, half a one in 20: 1.96 · sqrt(0.025 / (1.025 · 20)) = 6.8% of 200
    few, more = (know([Heard(100, 10, n, 1.0) for n in (100, 300)] * times, 2.0) for times in (1, 10))
    probes, price = [a_probe("x" * 100)] * 1000, Prices(per_1k_output_tokens=1.0)
    assert estimate(few, probes, price, 0.0, 0).low == 0.0
    found = estimate(more, probes, price, 0.0, 0)
    assert found.low == pytest.approx(200 - 48.5, abs=0.1)
    assert found.high == pytest.approx(200 + math.hypot(48.5, 13.7), abs=0.1)
    assert found.within == pytest.approx((found.high - 200) / 200)


def test_retries_cost_calls_and_dollars():
    once, often = (estimate(know([], 2.0, rate), some_probes(100), PRICES, 0.0, 0) for rate in (1.0, 1.25))
    assert often.dollars == pytest.approx(1.25 * once.dollars)


def test_what_is_spent_is_not_spent_again():
    found = estimate(know([], 2.0), some_probes(3), Prices(per_call=0.5), 4.0, 8)
    assert (found.dollars, found.low, found.high) == (5.5, 5.5, 5.5)


def prepared(folder, address, budget=""):
    plan = write_plan(folder, f'adapter = "chat"\nbase_url = "{address}/v1"\nmodel = "m"\n')
    price = "price = { per_call = 0.001, per_1k_input_tokens = 0.5, per_1k_output_tokens = 1.5 }"
    plan.write_text(plan.read_text() + f"[budget]\n{budget}\n{price}\n")
    return pipeline.prepare(plan, {}, today())


def asked(what, folder):
    return asyncio.run(pipeline.collect_run(what, folder, {}, now, lambda _: Watched()))


def cost_of(run):
    log = read_journal(run)
    return PRICES.of(log.calls, *log.tokens)


@pytest.fixture
def failing_once(monkeypatch):
    seen: set[str] = set()
    monkeypatch.setattr("audit.collect.pacing._FIRST_WAIT", 0.01)

    async def answer(request, body):
        prompt = json.loads(body)["messages"][-1]["content"]
        rng = random.Random(prompt)
        sent, received = round(SYSTEM + len(prompt) / CHARACTERS), rng.randint(100, 600)
        text = rng.choice(["true", "false"])
        if rng.random() < 0.07 and prompt not in seen:
            seen.add(prompt)
            return web.Response(status=503)
        return web.json_response({"choices": [{"message": {"content": text}}], "model": "m", "usage": {"prompt_tokens": sent, "completion_tokens": received}})

    return answer


def test_after_twenty_replies_the_estimate_is_within_a_fifth_of_what_the_run_then_costs(tmp_path, failing_once):
    """150 items of 20 to 620 characters in two guises; 3.1 characters a token, 60 tokens of a system prompt, replies of 100 to 600 tokens."""
    write_set(tmp_path / "tiny", items=150)
    rows = [json.loads(line) for line in (tmp_path / "tiny" / "items.jsonl").read_text().splitlines()]
    for n, row in enumerate(rows):
        row["input"]["text"] += " word" * (4 * (n % 30))
    (tmp_path / "tiny" / "items.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with http_server(failing_once) as server:
        before = forecast(prepared(tmp_path, server.url))
        what = prepared(tmp_path, server.url)
        heard = asyncio.run(pipeline.ping(what, {}))
        pinged = forecast(what, (heard[0], heard[1].meta, 0.01))
        run = tmp_path / "plan-run"
        asked(prepared(tmp_path, server.url, "calls = 22"), run)
        told = forecast(prepared(tmp_path, server.url))
        assert 18 <= told.estimate.told <= 22
        asked(prepared(tmp_path, server.url), run)
        ended = forecast(prepared(tmp_path, server.url))
    real = cost_of(run)
    for one in (before, pinged, told):
        assert one.estimate.low <= real <= one.estimate.high
    assert abs(told.dollars - real) < 0.2 * real
    # of the input alone a ping knows nearly all: its probe is of about the mean length
    sent = sum(SYSTEM + len(p.prompt) / CHARACTERS for p in what.probes)
    known = pinged.estimate
    assert abs(sum(known.system_tokens + known.tokens_per_character * len(p.prompt) for p in what.probes) - sent) < 0.05 * sent
    assert real <= ended.dollars < 1.08 * real  # a call that failed is counted as if it had cost something too
    assert "replies told" in told.estimate.basis
    assert re.search(r"variances from \d+ replies", ended.assumed)


def test_no_cap_is_passed_on_the_priced_stand_in(tmp_path, failing_once):
    write_set(tmp_path / "tiny", items=60)
    with http_server(failing_once) as server:
        asked(prepared(tmp_path, server.url, "dollars = 20.0"), tmp_path / "plan-run")
    assert 17 < cost_of(tmp_path / "plan-run") <= 20.0
