"""What a plan could show and the cheapest design that shows more: before a reply, from replies, and by the command that is printed."""

import json
import shlex

import pytest

from audit import pipeline
from audit.cli.screen import today
from audit.forecast import forecast
from audit.records import Attribute
from tests.audits import audit, write_plan, write_set
from tests.builders import a_set

SCORE = 'adapter = "scripted"\nanswers = "score"\nmean = 3.5\nsd = 1.0\nicc = 0.5\n'


def of(plan, **options):
    return forecast(pipeline.prepare(plan, {}, today()), **options)


def checked(plan, *arguments):
    done = audit("check", plan, *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["forecast"]


def test_sixty_matched_items_are_assumed_to_see_9_to_15_points_and_to_need_hundreds(tmp_path):
    """The normal formula gives 8.4 to 13.2 points; a rate nearer to a half varies more, and the intervals' pseudo-clusters cost a little."""
    write_set(tmp_path / "tiny", items=60)
    found = of(write_plan(tmp_path, 'adapter = "scripted"\n', repeats=3)).gaps[0]
    assert (found.items, found.base_items, found.unit, found.margin) == (60, 60, "share", 0.05)
    assert 0.084 < found.low < 0.098
    assert 0.132 < found.high < 0.156
    assert found.items_for_margin[0] == pytest.approx(183, abs=8)
    assert found.items_for_margin[1] == pytest.approx(457, abs=12)


def test_every_group_has_its_calls_minutes_and_dollars(tmp_path):
    write_set(tmp_path / "tiny", items=60)
    plan = write_plan(tmp_path, 'adapter = "http"\nurl = "http://127.0.0.1:9/"\nrate = "60/min"\n', repeats=3)
    plan.write_text(plan.read_text() + "[budget]\nprice = { per_call = 0.01 }\n")
    own = of(plan).gaps[0].by_group
    assert [(one.group, one.reference) for one in own] == [("AAE", "SAE")]
    calls = own[0].drawn[1] * 2 * 3
    assert (own[0].cost.calls, own[0].cost.minutes) == (calls, pytest.approx(calls / 60, abs=0.01))
    assert own[0].cost.dollars == pytest.approx(calls / 100)


def test_a_written_out_set_needs_further_items_and_no_command_draws_them(tmp_path):
    write_set(tmp_path / "tiny", items=60)
    found = of(write_plan(tmp_path, SCORE, repeats=2), margin=0.2).proposal
    assert found.reached
    assert found.sets[0].command == ""
    assert found.sets[0].at_most is None
    assert "written out, so more have to be written" in audit("check", tmp_path / "plan.toml").stdout


def test_repeats_are_worth_less_than_items_where_guises_differ(tmp_path):
    write_set(tmp_path / "tiny", items=60)
    found = of(write_plan(tmp_path, 'adapter = "scripted"\n', repeats=3)).proposal
    by_repeats = {a.repeats: a for a in found.alternatives}
    assert found.repeats == 1
    assert found.cost.calls < by_repeats[2].cost.calls < by_repeats[5].cost.calls
    assert "A further repeat is worth less" in audit("check", tmp_path / "plan.toml").stdout


def test_a_budget_that_is_too_small_gets_the_best_that_it_allows(tmp_path):
    write_set(tmp_path / "tiny", items=60)
    plan = write_plan(tmp_path, 'adapter = "scripted"\n', repeats=3)
    plan.write_text(plan.read_text() + "[budget]\ncalls = 300\n")
    found = of(plan).proposal
    assert not found.reached
    assert "more than the budget" in found.because
    assert found.cost.calls <= 300
    assert 0.05 < found.cleared["tiny: dialect"] < 0.2
    assert "No design that can be afforded" in audit("check", plan).stdout


def test_items_of_one_template_are_no_more_independent_than_their_templates(tmp_path):
    write_set(tmp_path / "tiny", items=60)
    file = tmp_path / "tiny" / "items.jsonl"
    alone = of(write_plan(tmp_path, 'adapter = "scripted"\n')).gaps[0]
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    file.write_text("".join(json.dumps(row | {"cluster": f"t{int(row['item'][1:]) % 20}"}) + "\n" for row in rows))
    together = of(write_plan(tmp_path, 'adapter = "scripted"\n')).gaps[0]
    assert (together.items, together.base_items) == (20, 60)
    assert together.high > 1.1 * alone.high


def test_a_plan_in_a_sampled_design_is_planned_from_both_sides(tmp_path):
    write_set(tmp_path / "tiny", items=60, design="sampled", outcome="score", extra="scale = [1, 6]")
    found = of(write_plan(tmp_path, SCORE, repeats=3)).gaps[0]
    # 1 SD, ICC 0.5, 3 repeats: Var = 2/60 · (0.5/3 + 0.5) = 0.0222; t(118), 80%: 2.826
    assert found.low == pytest.approx(found.high)
    assert found.low == pytest.approx(2.826 * 0.0222**0.5, rel=0.01)


def test_the_printed_command_makes_the_design_and_it_is_then_enough(tmp_path):
    """A pilot on the shipped set, a margin that it cannot reach, the command as printed, and the plan as told."""
    tool = 'adapter = "scripted"\nanswers = "score"\nmean = 0.0\nsd = 0.2\n'
    plan = write_plan(tmp_path, tool, sets=["feedback-tone"], repeats=3, design='attributes = ["gifted"]')
    assert audit("collect", plan).returncode == 0
    now = checked(plan)["gaps"][0]
    wanted = round(0.8 * now["cleared"][1], 3)
    found = checked(plan, "--margin", str(wanted))
    assert found["gaps"][0]["replies"] == 83 * 3 * 3
    told = found["proposal"]
    assert told["reached"], told["because"]
    assert told["sets"][0]["command"], told
    words = shlex.split(told["sets"][0]["command"])
    assert words[0] == "audit"
    assert audit(*words[1:]).returncode == 0
    drawn = write_plan(tmp_path / "next", tool, sets=["../" + told["sets"][0]["fixtures"]], repeats=told["repeats"], design='attributes = ["gifted"]')
    after = checked(drawn, "--margin", str(wanted), "--run", str(tmp_path / "plan-run"))
    assert after["gaps"][0]["replies"] > 0
    assert after["calls"] == told["cost"]["calls"]
    end = 1 if told["sure"] else 0
    assert after["gaps"][0]["cleared"][end] <= wanted


def test_replies_of_another_tool_teach_nothing_and_it_is_said(tmp_path):
    write_set(tmp_path / "tiny", items=30)
    assert audit("collect", write_plan(tmp_path, SCORE)).returncode == 0
    found = of(write_plan(tmp_path, SCORE, version="2"))
    assert found.gaps[0].replies == 0
    assert "another tool, version or connection" in found.assumed


def test_a_worksheet_takes_a_persons_minutes_and_sittings(tmp_path):
    write_set(tmp_path / "tiny", items=60)
    plan = write_plan(tmp_path, 'adapter = "transcript"\nfile = "sheet.csv"\n', repeats=2)
    found = of(plan)
    assert (found.calls, found.minutes, found.sittings) == (240, 240.0, 4)
    assert "of a person, in 4 sittings of an hour" in audit("check", plan).stdout


def test_nothing_printed_but_a_command_or_a_hash_is_wider_than_80_columns(tmp_path):
    plan = write_plan(tmp_path, 'adapter = "scripted"\n', sets=["early-warning"], repeats=2)
    for line in audit("check", plan).stdout.splitlines():
        assert len(line) <= 80 or line.startswith("audit fixtures draw"), line


def test_the_statistics_of_a_set_are_those_that_the_audit_decides_on():
    from audit.forecast.units import comparisons
    from audit.records import Row

    rows = tuple(Row(f"i{n}", {"a": g}, {"text": "x"}, truth=n % 3 == 0) for n in range(12) for g in ("g", "ref"))
    found = comparisons(a_set(attributes={"a": Attribute(groups={"g": "G", "ref": "R"}, reference="ref")}, rows=rows), "a")
    assert [(c.statistic, c.base, c.count, c.whole) for c in found] == [("false_positive_rate_difference", 8, 8, 12), ("false_negative_rate_difference", 4, 4, 12)]
