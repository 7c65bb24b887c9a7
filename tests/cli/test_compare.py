"""`audit compare` from run folders to the order of the tools, on stand-ins with planted gaps."""

import json
import shutil

import pytest

from tests.audits import audit, write_plan, write_set

FAIR = 'adapter = "scripted"\nanswers = "score"\nsd = 0.6\nicc = 0.8\nseed = {seed}\n'
GAP = FAIR + 'gap = {{ "dialect=AAE" = 0.8 }}\n'
SETTINGS = "scale = [1, 6]"


def run_of(folder, name, connect, *, items=40, repeats=2, policy="", extra=SETTINGS, edition="", **tool):
    write_set(folder / "tiny", items=items, outcome="score", extra=f"{extra}\n{edition}")
    plan = write_plan(folder, connect, repeats=repeats, name=name, **tool)
    if policy:
        plan.write_text(plan.read_text() + f'\n[policy]\nfile = "{policy}"\n')
    result = audit("run", plan, "--out", folder / "run")
    assert result.returncode in (0, 1, 3), result.stderr
    return folder / "run"


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    base = tmp_path_factory.mktemp("tools")
    return {
        "fair": run_of(base / "fair", "Fair Tool", FAIR.format(seed=1)), "gap": run_of(base / "gap", "Gap Tool", GAP.format(seed=2)),
        "twin": run_of(base / "twin", "Twin Tool", GAP.format(seed=3)),
    }


def compared(*arguments):
    result = audit("compare", *arguments, "--format", "json")
    return result, json.loads(result.stdout) if result.stdout else None


def test_a_planted_gap_puts_a_tool_below_one_without_and_the_exit_code_is_0(tools):
    result, found = compared(tools["gap"], tools["fair"])
    assert result.returncode == 0, result.stderr
    assert found["schema"] == "edtech-equity-audit/comparison/1"
    assert found["overall"]["tiers"] == [["Fair Tool 1"], ["Gap Tool 1"]]
    d = next(d for d in found["differences"] if d["statistic"] == "mean_difference")
    assert d["smaller"] == "Fair Tool 1"
    assert d["low"] < -0.8 < d["high"]


def test_two_tools_with_the_same_planted_gap_are_tied(tools):
    _, found = compared(tools["gap"], tools["twin"])
    assert found["overall"]["tiers"] == [["Gap Tool 1", "Twin Tool 1"]]
    assert {g["outcome"] for g in found["gaps"] if g["statistic"] == "mean_difference"} == {"gap_found"}


def test_three_tools_make_two_tiers_in_any_order_of_arguments(tools):
    first, found = compared(*tools.values())
    assert found["overall"]["tiers"] == [["Fair Tool 1"], ["Gap Tool 1", "Twin Tool 1"]]
    assert compared(*reversed(tools.values()))[0].stdout == first.stdout


def test_the_text_names_the_order_the_differences_and_what_was_tested_together(tools):
    said = audit("compare", *tools.values()).stdout
    assert "1. Fair Tool 1" in said
    assert "2. Gap Tool 1, Twin Tool 1 (tied)" in said
    assert "tested together" in said


def test_the_same_run_twice_is_refused_and_so_is_a_copy_of_it(tools, tmp_path):
    copy = shutil.copytree(tools["fair"], tmp_path / "copy")
    for second, word in ((tools["fair"], "named twice"), (copy, "the same replies")):
        result = audit("compare", tools["fair"], second, "--out", tmp_path / "out")
        assert result.returncode == 2
        assert word in result.stderr
    assert not (tmp_path / "out").exists()


def test_what_is_no_run_or_not_scored_is_one_line_and_exit_2(tools, tmp_path):
    bare = shutil.copytree(tools["fair"], tmp_path / "bare")
    (bare / "scorecard.json").unlink()
    for wrong, word in ((tmp_path / "nothing", "run folder"), (bare, "has not been scored")):
        result = audit("compare", tools["gap"], wrong)
        assert (result.returncode, len(result.stderr.splitlines())) == (2, 1)
        assert word in result.stderr
    assert "two runs or more" in audit("compare", tools["gap"]).stderr


@pytest.mark.parametrize(("change", "word"), [
    ({"items": 30}, "content differs"), ({"repeats": 1}, "the probes differ"), ({"edition": 'edition = "9"'}, "content differs"), ({"policy": "policy.toml"}, "margins differ"),
])
def test_runs_that_share_no_probes_or_margins_end_with_3_and_say_what_differs(tools, tmp_path, change, word):
    if "policy" in change:
        text = (tools["fair"] / "policy.toml").read_text()
        for old, new in (("value = 0.1\n", "value = 0.2\n"), ("value = 0.05\n", "value = 0.06\n")):
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "policy.toml").write_text(text)
    other = run_of(tmp_path, "Other Tool", FAIR.format(seed=4), **change)
    result, found = compared(tools["fair"], other)
    assert result.returncode == 3, result.stderr
    assert word in json.dumps(found["refused"])
    assert found["overall"]["tiers"] == [["Fair Tool 1", "Other Tool 1"]]


def test_two_runs_of_one_tool_are_told_apart_by_their_folders(tools, tmp_path):
    again = run_of(tmp_path, "Fair Tool", FAIR.format(seed=9))
    _, found = compared(tools["fair"], again)
    assert len({t["label"] for t in found["tools"]}) == 2


def test_the_documents_are_written_whole_and_say_the_same(tools, tmp_path):
    result = audit("compare", *tools.values(), "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"comparison.json", "comparison.html", "comparison.pdf"}
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert page.index("The order that is supported") < page.index("Differences between two tools") < page.index("How the tools were compared")
    assert "Fair Tool 1 stands above Gap Tool 1." in page
    assert (tmp_path / "out" / "comparison.pdf").read_bytes().startswith(b"%PDF")
    assert json.loads((tmp_path / "out" / "comparison.json").read_text())["overall"]["tiers"][0] == ["Fair Tool 1"]


def test_a_hostile_name_runs_nowhere(tools, tmp_path):
    hostile = run_of(tmp_path, "<script>alert(1)</script>\u202e", FAIR.format(seed=5), organisation="=1+1\x1b[31m")
    result = audit("compare", tools["gap"], hostile, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert "<script>alert" not in page
    assert "\u202e" not in page + result.stdout
    assert "\x1b" not in page + result.stdout
