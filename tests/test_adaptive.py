"""Adaptive collection from plan to scorecard, on stand-ins with a planted gap: early ends, kills, failures, and scoring again."""

import json
import random
import shutil
import sys
from datetime import date
from types import SimpleNamespace

import pytest

from audit import collect, pipeline
from audit.cli import main
from tests.audits import audit, write_plan, write_set
from tests.judge import judges
from tests.judge.judges import KEY, endpoint, write_judge

GAP = 'adapter = "scripted"\nbase_rate = 0.1\ngap = { "dialect=AAE" = 0.6 }\n'
FAIR = 'adapter = "scripted"\nbase_rate = 0.0\n'
UNCLEAR = 'adapter = "scripted"\nbase_rate = 0.3\nicc = 0.0\nfail = { "dialect=AAE" = 0.05, "dialect=SAE" = 0.05 }\n'
ADAPTIVE = "adaptive = true\n"


@pytest.fixture
def command(monkeypatch, capsys):
    """The command in this process: a new one needs seconds only to start."""
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["audit", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return SimpleNamespace(returncode=end.value.code or 0, stdout=out, stderr=err)

    return run


def a_run(command, folder, connect, *, items=200, design=ADAPTIVE, more=(), set_design="matched"):
    write_set(folder / "tiny", items=items, design=set_design)
    plan = write_plan(folder, connect, design=design)
    return command("run", plan, "--out", folder / "out", *more), folder / "out"


def card(run):
    return json.loads((run / "scorecard.json").read_text(encoding="utf-8"))


def deciding(run, of="disparities"):
    return [d for d in json.loads((run / "results.json").read_text(encoding="utf-8"))[of] if d["family"] == "confirmatory"]


def events(run, kind):
    lines = map(json.loads, (run / "journal.jsonl").read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line["event"] == kind]


def test_a_clear_gap_ends_the_asking_early_and_the_scorecard_says_by_which_look(command, tmp_path):
    result, run = a_run(command, tmp_path, GAP)
    looks = card(run)["provenance"]["adaptive"]
    assert result.returncode == 1
    assert (looks["looks"], looks["made"], looks["probes_planned"], looks["probes_counted"], looks["probes_not_needed"]) == (5, 1, 400, 80, 320)
    assert looks["stopped"] == [{"set": "tiny", "attribute": "dialect", "look": 1}]
    assert len(events(run, "ask")) == 80
    assert deciding(run)[0]["outcome"] == "gap_found"
    assert deciding(run)[0]["because"].endswith("(Look 1 of 5.)")
    assert "look 1 of 5, 80 of 400 probes: settled: dialect (tiny); open: nothing" in result.stderr
    assert "320 of the 400 calls of the fixed design are not needed" in result.stderr


def test_the_option_does_what_the_plan_key_does(command, tmp_path):
    _, by_key = a_run(command, tmp_path / "a", GAP)
    _, by_option = a_run(command, tmp_path / "b", GAP, design="", more=["--adaptive"])
    assert (by_key / "results.json").read_bytes() == (by_option / "results.json").read_bytes()
    assert card(by_key)["provenance"]["collection"] == card(by_option)["provenance"]["collection"]
    assert "adaptive: 5 looks, after 20%, 40%, 60%, 80%, 100%" in command("check", tmp_path / "b" / "plan.toml", "--adaptive").stdout


def test_a_tool_that_is_alike_is_cleared_without_asking_everything_and_p_values_of_the_look_count_for_all_looks(command, tmp_path):
    result, run = a_run(command, tmp_path, FAIR)
    looks = card(run)["provenance"]["adaptive"]
    assert result.returncode == 0
    assert 0 < looks["probes_counted"] < 300
    assert {d["outcome"] for d in [*deciding(run), *deciding(run, "missingness")]} == {"within_margin"}


def test_scoring_again_makes_the_same_looks(command, tmp_path):
    _, run = a_run(command, tmp_path, UNCLEAR, items=60)
    before = (run / "results.json").read_bytes(), card(run)["provenance"]["adaptive"]
    command("score", run)
    assert ((run / "results.json").read_bytes(), card(run)["provenance"]["adaptive"]) == before


def test_a_run_that_was_killed_anywhere_goes_on_to_the_same_looks_and_results(command, tmp_path):
    _, whole = a_run(command, tmp_path, 'adapter = "scripted"\nbase_rate = 0.1\ngap = { "dialect=AAE" = 0.25 }\n', items=120)
    lines = (whole / "journal.jsonl").read_bytes().splitlines(keepends=True)
    wanted = (whole / "results.json").read_bytes()
    for at in random.Random(4).sample(range(1, len(lines)), 3):
        broken = tmp_path / f"broken{at}"
        shutil.copytree(whole, broken, ignore=shutil.ignore_patterns("results.json", "scorecard*", "documents", "tables"))
        (broken / "journal.jsonl").write_bytes(b"".join(lines[:at]))
        command("run", tmp_path / "plan.toml", "--out", broken)
        assert (broken / "results.json").read_bytes() == wanted
        assert {e["probe"] for e in events(broken, "answer")} == {e["probe"] for e in events(whole, "answer")}


def test_failed_probes_of_a_block_that_was_looked_at_are_missing_and_not_asked_again(command, tmp_path):
    _, run = a_run(command, tmp_path, UNCLEAR, items=60)
    asked, before = len(events(run, "ask")), (run / "results.json").read_bytes()
    assert sum(d["missing"] for d in deciding(run, "missingness")) > 0
    command("run", tmp_path / "plan.toml", "--out", run)
    assert len(events(run, "ask")) == asked
    assert (run / "results.json").read_bytes() == before


def test_a_budget_that_ends_in_mid_block_leaves_that_block_uncounted_and_more_money_completes_it(command, tmp_path):
    write_set(tmp_path / "tiny", items=60)
    plan = write_plan(tmp_path, UNCLEAR.replace("0.05", "0.0"), design=ADAPTIVE)
    plain = plan.read_text(encoding="utf-8")
    plan.write_text(plain + "\n[budget]\ncalls = 40\n", encoding="utf-8")
    stopped = command("run", plan, "--out", tmp_path / "out")
    looks = card(tmp_path / "out")["provenance"]["adaptive"]
    assert "budget of 40 calls is spent" in stopped.stderr
    assert (looks["made"], looks["probes_counted"], looks["replies_not_counted"]) == (1, 24, 16)
    assert deciding(tmp_path / "out")[0]["items"] == 12
    plan.write_text(plain, encoding="utf-8")
    command("run", plan, "--out", tmp_path / "out")
    assert card(tmp_path / "out")["provenance"]["adaptive"]["replies_not_counted"] == 0


def test_before_the_first_block_is_complete_nothing_is_scored(command, tmp_path):
    write_set(tmp_path / "tiny", items=60)
    plan = write_plan(tmp_path, FAIR, design=ADAPTIVE)
    plan.write_text(plan.read_text(encoding="utf-8") + "\n[budget]\ncalls = 5\n", encoding="utf-8")
    result = command("run", plan, "--out", tmp_path / "out")
    assert result.returncode == 3
    assert "no block of the adaptive design is complete" in result.stderr


def test_a_set_of_other_items_in_each_group_is_asked_in_blocks_too(command, tmp_path):
    _, run = a_run(command, tmp_path, GAP, items=100, design=ADAPTIVE + "looks = 4\n", set_design="sampled")
    looks = card(run)["provenance"]["adaptive"]
    assert looks["shares"] == [0.25, 0.5, 0.75, 1.0]
    assert looks["probes_counted"] in {50, 100}
    assert (deciding(run)[0]["design"], deciding(run)[0]["outcome"]) == ("sampled", "gap_found")


def test_what_can_hardly_be_settled_is_said_early_and_stopped_only_where_the_plan_says_so(command, tmp_path):
    noisy = 'adapter = "scripted"\nbase_rate = 0.5\nicc = 0.0\n'
    said, run = a_run(command, tmp_path / "say", noisy, items=60)
    assert 'the planned items can hardly settle dialect (tiny): it is asked on (futility = "stop" would not)' in said.stderr
    assert card(run)["provenance"]["adaptive"]["probes_counted"] == 120
    stopped, run = a_run(command, tmp_path / "stop", noisy, items=60, design=ADAPTIVE + 'futility = "stop"\n')
    assert "it is no longer asked" in stopped.stderr
    assert card(run)["provenance"]["adaptive"]["probes_counted"] < 120
    assert deciding(run)[0]["outcome"] == "inconclusive"


def test_keys_of_looks_without_an_adaptive_plan_are_refused(command, tmp_path):
    write_set(tmp_path / "tiny", items=20)
    result = command("check", write_plan(tmp_path, FAIR, design="looks = 4"))
    assert result.returncode == 2
    assert "design.looks is given, but the plan is not adaptive" in result.stderr


def test_the_next_block_follows_from_the_journal_alone(command, tmp_path):
    _, run = a_run(command, tmp_path, GAP, items=60)
    prepared = pipeline.prepare(tmp_path / "plan.toml", {}, date(2026, 11, 21))
    log = collect.read_journal(run)
    parts = prepared.plan, prepared.policy, prepared.sets, prepared.probes
    assert pipeline.next_block(*parts, log) is None
    first = pipeline.next_block(*parts, collect.read_journal(tmp_path / "nowhere"))
    assert first is not None
    assert len({p.item for p in first}) == 12
    log.responses.pop(first[3].id)
    assert pipeline.next_block(*parts, log) == first


TEXTS = '''
def answer(given):
    """The same comment for everybody, but for AAE, where it is longer and in other words."""
    number = int(given["text"].split()[1])
    common = f"Part {number} is clear. Add a source for point {number % 7}."
    return common + " Slow down and rewrite the whole draft, because much of it is wrong." * (given["text"].split()[2] == "AAE")
'''


@pytest.fixture
def early_texts(command, tmp_path):
    """An adaptive run over texts that differ so much that it ends at its first look, after 40 of 200 items."""
    write_set(tmp_path / "tiny", items=200, outcome="text", extra='measures = ["words"]')
    (tmp_path / "tool.py").write_text(TEXTS, encoding="utf-8")
    plan = write_plan(tmp_path, 'adapter = "python"\ncall = "tool:answer"\n', design=ADAPTIVE)
    command("run", plan, "--out", tmp_path / "out")
    return tmp_path / "out"


def test_whole_texts_are_compared_as_of_their_look_and_at_its_level(early_texts):
    """At the first of five looks a test of 5% may use 0.05 · 0.2³: a p-value of 1/50,000, the least of 2,000 / 0.2² exchanges, counts for 125/50,000."""
    told = json.loads((early_texts / "results.json").read_text(encoding="utf-8"))["texts"][0]
    assert card(early_texts)["provenance"]["adaptive"]["made"] == 1
    assert (told["items"], told["outcome"]) == (40, "differ")
    assert told["p_value"] == pytest.approx(125 / 50_000, rel=1e-3)
    assert told["because"].endswith("(Look 1 of 5.)")


def test_a_judge_may_read_what_an_adaptive_run_asked_and_the_run_is_scored_and_verified_with_it(command, early_texts, tmp_path):
    with endpoint(judges.accurate) as server:
        judged = audit("judge", "run", early_texts, write_judge(tmp_path / "j", server), **KEY)
        assert len(server.bodies) <= 80
    assert judged.returncode == 0, judged.stderr
    assert command("score", early_texts).returncode == 1
    own = [d for d in json.loads((early_texts / "results.json").read_text(encoding="utf-8"))["disparities"] if d["measure"] == "judge_revision"]
    assert {(d["items"], d["missing"]) for d in own} == {(40, 0)}
    assert card(early_texts)["provenance"]["judges"]
    bundle = tmp_path / "audit.zip"
    made = command("bundle", early_texts, "--out", bundle)
    assert made.returncode == 0, made.stderr
    checked = command("verify", bundle)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_two_adaptive_runs_are_compared_with_p_values_that_count_once_for_each_look(command, tmp_path):
    """Whatever ended them: five looks at a difference, each at 1%, find one where there is none in 5% at most (Bonferroni)."""
    made = {}
    for name, design in (("fixed", ""), ("adaptive", ADAPTIVE)):
        for seed in (1, 2):
            made[name, seed] = a_run(command, tmp_path / f"{name}{seed}", f"{UNCLEAR}seed = {seed}\n".replace("0.05", "0.0"), items=60, design=design)[1]
    found = {}
    for name in ("fixed", "adaptive"):
        command("compare", made[name, 1], made[name, 2], "--out", tmp_path / name)
        found[name] = json.loads((tmp_path / name / "comparison.json").read_text(encoding="utf-8"))
    fixed, adaptive = (next(d for d in found[name]["differences"] if d["statistic"] == "selection_rate_difference") for name in ("fixed", "adaptive"))
    assert adaptive["items"] == fixed["items"] == 60
    assert adaptive["p_difference"] == pytest.approx(min(1.0, 5 * fixed["p_difference"]))
    assert adaptive["high"] - adaptive["low"] > 1.1 * (fixed["high"] - fixed["low"])
    assert "collected adaptively" in found["adaptive"]["notes"][0]
    assert "collected adaptively" in (tmp_path / "adaptive" / "comparison.html").read_text(encoding="utf-8")
    assert found["fixed"]["notes"] == []
