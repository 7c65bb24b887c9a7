"""`audit check --pilot`: what it asks, when it stops, that nothing of it is asked again; and how near its estimate comes (benchmarks/costs, shortened)."""

import json
import random
from collections import Counter

import pytest
from aiohttp import web
from msgspec.structs import replace

from audit.collect import Log, Prices
from audit.forecast.costs import Heard
from audit.forecast.known import estimate, know
from audit.forecast.pilot import told
from audit.forecast.sample import LEAST, PLAIN, Choice, most_of
from audit.records import Response
from benchmarks.costs import KINDS, result
from tests.audits import audit, write_plan, write_set
from tests.builders import a_probe, some_probes
from tests.loopback import http_server

PRICES = Prices(per_1k_input_tokens=0.5, per_1k_output_tokens=1.5)


def so_far(asked, probes, tokens, prices=PRICES):
    """What a journal tells once these were asked. tokens: probe → those of its reply."""
    log = Log(None, {}, len(asked), 0, torn=False)
    for p in asked:
        log.responses[p.id] = Response(p.id, "", None, "", 1.0, 1, "", {"usage": {"prompt_tokens": 100, "completion_tokens": tokens(p)}})
    return told(log, probes, prices)


def piloted(probes, tokens, prices=PRICES):
    choice, asked = Choice(probes, probes, prices, 1.0), []
    while batch := choice.open_ones():
        asked += batch
        choice.take(so_far(asked, probes, tokens, prices))
    return choice, asked


def test_a_pilot_of_replies_that_are_all_alike_ends_at_thirty_and_asks_the_first_of_the_plan():
    probes = some_probes(600)
    choice, asked = piloted(probes, lambda _: 200)
    assert [p.id for p in asked] == [p.id for p in probes[:LEAST]]
    assert choice.enough


def test_a_pilot_asks_on_while_replies_differ_and_stops_at_its_most():
    rng = random.Random(4)
    choice, asked = piloted(some_probes(3000), lambda _: rng.choice([10, 10, 10, 10, 10, 3000]))
    assert not choice.enough
    assert len(asked) == choice.most == 200


@pytest.mark.parametrize(("planned", "most"), [(12, 12), (60, 30), (300, 100), (5000, 200)])
def test_a_pilot_asks_at_most_a_third_of_the_plan_and_200(planned, most):
    assert most_of(planned, PRICES) == most


def test_where_tokens_cost_nothing_ten_replies_are_enough():
    assert len(piloted(some_probes(600), lambda _: 200, Prices(per_call=0.01))[1]) == PLAIN


def test_where_replies_tell_no_tokens_a_pilot_ends_after_ten():
    probes = some_probes(600)
    choice = Choice(probes, probes, PRICES, 1.0)
    first = choice.open_ones()
    choice.take(so_far(first, probes, lambda _: 0))
    assert choice.replies == PLAIN
    log = Log(None, {p.id: Response(p.id, "", None, "", 1.0, 1, "", {}) for p in first}, PLAIN, 0, torn=False)
    choice.take(told(log, probes, PRICES))
    assert choice.mute
    assert choice.open_ones() == []


def test_a_tool_that_answers_none_of_the_first_probes_is_asked_no_more():
    probes = some_probes(600)
    choice = Choice(probes, probes, PRICES, 1.0)
    assert len(choice.open_ones()) == PLAIN
    assert choice.in_vain
    assert choice.open_ones() == []


def test_a_small_set_is_in_the_pilot_and_the_set_that_is_known_least_is_asked_more():
    rng = random.Random(1)
    labels, talks = some_probes(900), [a_probe(f"Talk {n}", id=f"t{n}") for n in range(100)]
    choice, asked = piloted([*labels, *(replace(p, set="talks") for p in talks)], lambda p: 3 if p.set == "tiny" else rng.randint(50, 3000))
    sets = Counter(p.set for p in asked[:LEAST])
    assert sets["talks"] >= 3
    assert {p.set for p in asked[LEAST:]} == {"talks"}
    assert choice.enough


def test_sets_that_differ_are_each_reckoned_by_their_own_replies():
    # 90 labels of 10 tokens and 10 talks of 1,000, of which 3 and 3 were heard: 900 + 10,000 tokens, not 100 times the mean of 505
    told = [Heard(40, 10, 10, 1.0, "tiny")] * 3 + [Heard(40, 10, 1000, 1.0, "talks")] * 3
    probes = [a_probe("x" * 40)] * 90 + [replace(a_probe("x" * 40), set="talks")] * 10
    assert estimate(know(told, 1.0), probes, Prices(per_1k_output_tokens=1.0), 0.0, 0).dollars == pytest.approx(10.9)


@pytest.mark.parametrize("name", ["replies of 100 to 600 tokens", "conversations, 60, beside 560 labels", "5% refused, a price a call"])
def test_a_pilot_is_within_a_fifth_of_what_the_run_costs(name):
    """40 runs; were it 95 of 100, 36 or more would be within in 99 of 100 such tests."""
    found = result(next(k for k in KINDS if k.name == name), 40, 7)
    assert found.near >= 0.9
    assert found.asked.max() <= 200


def replying(lengths=(100, 600)):
    async def answer(_request, body):
        rng = random.Random(body)
        usage = {"prompt_tokens": 50, "completion_tokens": rng.randint(*lengths)}
        return web.json_response({"choices": [{"message": {"content": "true"}}], "model": "m", "usage": usage})

    return answer


def a_plan(folder, address, *, budget="", design="", items=150):
    write_set(folder / "tiny", items=items)
    plan = write_plan(folder, f'adapter = "chat"\nbase_url = "{address}/v1"\nmodel = "m"\nretries = 0\n', design=design)
    plan.write_text(plan.read_text() + f"[budget]\n{budget}\nprice = {{ per_1k_input_tokens = 0.5, per_1k_output_tokens = 1.5 }}\n")
    return plan


def test_what_a_pilot_asked_is_kept_and_never_asked_again(tmp_path):
    with http_server(replying()) as server:
        plan = a_plan(tmp_path, server.url)
        offered = json.loads(audit("check", plan, "--format", "json").stdout)["forecast"]["pilot"]
        assert server.bodies == []
        assert (offered["least"], offered["most"]) == (30, 100)
        assert "audit check" in audit("check", plan).stdout
        assert "asks 30 to 100 probes, about $" in " ".join(audit("check", plan).stdout.split())
        done = audit("check", plan, "--pilot", "--format", "json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        asked = len(server.bodies)
        assert found["pilot"] == {"run": str(tmp_path / "plan-run"), "replies": asked, "new": asked, "most": 100, "enough": True, "stopped": ""}
        assert 30 <= asked <= 100
        assert found["forecast"]["estimate"]["told"] == asked
        assert found["forecast"]["pilot"] is None
        again = audit("check", plan, "--pilot")
        assert "asked nothing" in again.stderr
        assert "tell enough" in again.stderr
        collected = audit("collect", plan)
        assert collected.returncode == 0, collected.stderr
        assert max(Counter(server.bodies).values()) == 1
        assert len(server.bodies) == 300
        ended = json.loads(audit("check", plan, "--pilot", "--format", "json").stdout)["forecast"]
        assert ended["estimate"]["within"] == 0.0
        assert found["forecast"]["dollars"] == pytest.approx(ended["dollars"], rel=0.2)
        assert len(server.bodies) == 300


def test_a_pilot_of_an_adaptive_plan_asks_of_its_first_block(tmp_path):
    with http_server(replying()) as server:
        plan = a_plan(tmp_path, server.url, items=100, design="looks = 5\n")
        assert audit("check", plan, "--pilot", "--adaptive").returncode == 0
        first = set(server.bodies)
        assert 30 <= len(first) <= 40
        assert audit("collect", plan, "--adaptive").returncode in (0, 3)
        assert first <= set(server.bodies[:40])
        assert max(Counter(server.bodies).values()) == 1


async def refusing(_request, _body):
    return web.Response(status=400)


def test_a_tool_that_does_not_answer_is_said_and_ends_with_3(tmp_path):
    with http_server(refusing) as server:
        done = audit("check", a_plan(tmp_path, server.url), "--pilot")
        assert done.returncode == 3
        assert "the tool answered none of the probes" in done.stderr
        assert len(server.bodies) == PLAIN
        assert "Cost:" in done.stdout


def test_a_budget_that_is_too_small_for_a_pilot_is_said_and_ends_with_3(tmp_path):
    with http_server(replying()) as server:
        done = audit("check", a_plan(tmp_path, server.url, budget="calls = 4"), "--pilot")
        assert done.returncode == 3
        assert "the pilot stopped: the budget of 4 calls is spent. 4 of 300 probes have a reply" in done.stderr
        assert len(server.bodies) == 4


def test_a_plan_that_changed_since_its_pilot_is_refused_until_another_folder_is_named(tmp_path):
    with http_server(replying((200, 200))) as server:
        plan = a_plan(tmp_path, server.url)
        assert audit("check", plan, "--pilot").returncode == 0
        plan.write_text(plan.read_text().replace("repeats = 1", "repeats = 2"))
        done = audit("check", plan, "--pilot")
        assert (done.returncode, done.stdout) == (2, "")
        assert "made by another plan" in done.stderr
        assert "--run" in done.stderr
        assert audit("check", plan, "--pilot", "--run", tmp_path / "other").returncode == 0
        assert (tmp_path / "other" / "journal.jsonl").is_file()


@pytest.mark.parametrize(("arguments", "connect", "said"), [
    (("--pilot", "--ping"), 'adapter = "scripted"\n', "Leave one of them out"),
    (("--pilot",), 'adapter = "transcript"\nfile = "answers.csv"\n', "here a person does"),
])
def test_a_pilot_that_cannot_be_is_refused_in_one_line(tmp_path, arguments, connect, said):
    write_set(tmp_path / "tiny", items=20)
    done = audit("check", write_plan(tmp_path, connect), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "plan-run").exists()
