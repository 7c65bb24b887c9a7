"""`audit fleet` as a user meets it: the table, fleet.json, the exit codes, Ctrl-C, and results that are those of each plan alone."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import jsonschema
import pytest

from audit.fleet import check_plan
from audit.schemas import schemas
from tests.audits import audit, write_plan, write_set
from tests.loopback import http_server
from tests.test_fleet import HTTP, TODAY, a_plan, asked_again, slow_flags, until

GAP = 'adapter = "scripted"\nbase_rate = 0.1\ngap = { "dialect=AAE" = 0.6 }\n'
CRASH = 'adapter = "python"\ncall = "mortal:answer"\n'
TIMES = re.compile(rb'"(?:at|from|to|first|last|since|seconds|collected_from|collected_to)": [^,\n}]+')


def of(report, name):
    return next(plan for plan in report["plans"] if plan["tool"] == name)


@pytest.fixture(scope="module")
def list_of_plans(tmp_path_factory):
    """A folder with two plans, after a fleet: one with a gap, one whose tool ends its process."""
    base = tmp_path_factory.mktemp("plans")
    for name, connect, items in (("gap", GAP, 40), ("crash", CRASH, 6)):
        write_set(base / name / "tiny", items=items)
        write_plan(base / name, connect, name=name)
    (base / "crash" / "mortal.py").write_text("import os, signal\ndef answer(given):\n    os.abort()\n")
    shutil.copytree(base / "gap", base / "alone")
    (base / "alone" / "plan.toml").rename(base / "alone" / "alone.toml")
    return base, audit("fleet", base, "--format", "json")


def test_a_fleet_gives_each_plan_the_results_that_it_has_alone_and_one_that_dies_costs_only_itself(list_of_plans):
    base, result = list_of_plans
    assert result.returncode == 3, result.stderr
    report = json.loads(result.stdout)
    jsonschema.validate(report, schemas()["fleet"])
    assert json.loads((base / "fleet.json").read_text()) == report
    assert [(p["plan"], p["run"], p["status"]) for p in report["plans"]] == [
        ("crash/plan.toml", "crash/plan-run", "failed"), ("gap/plan.toml", "gap/plan-run", "done"),
    ]
    assert (of(report, "gap")["exit_code"], of(report, "gap")["decision"]) == (1, "do_not_approve")
    assert (of(report, "gap")["answered"], of(report, "gap")["planned"]) == (80, 80)
    assert "signal" in of(report, "crash")["because"]
    assert audit("run", base / "alone" / "alone.toml").returncode == 1
    same = [TIMES.sub(b"", (base / name / "results.json").read_bytes()) for name in ("gap/plan-run", "alone/alone-run")]
    assert same[0] == same[1]
    assert b"gap_found" in same[0]


def test_a_plan_that_is_complete_and_scored_is_not_run_again(list_of_plans):
    base, _ = list_of_plans
    before = (base / "gap" / "plan-run" / "manifest.json").stat().st_mtime_ns
    result = audit("fleet", base / "gap")
    assert result.returncode == 1, result.stderr
    assert "1 complete" in result.stdout
    assert "do_not_approve" in result.stdout
    assert (base / "gap" / "plan-run" / "manifest.json").stat().st_mtime_ns == before


def test_it_is_run_again_when_the_plan_its_policy_or_the_journal_has_changed(list_of_plans, tmp_path):
    def ended():
        return check_plan(tmp_path / "gap" / "plan.toml", None, {}, TODAY, score=True).ended

    shutil.copytree(list_of_plans[0] / "gap", tmp_path / "gap")
    plan, journal = tmp_path / "gap" / "plan.toml", tmp_path / "gap" / "plan-run" / "journal.jsonl"
    assert (ended().status, ended().exit_code) == ("complete", 1)
    written = plan.read_text()
    plan.write_text(written.replace("[auditor]", '[report]\nlanguages = ["es"]\n\n[auditor]'))
    assert ended() is None
    policy = (tmp_path / "gap" / "plan-run" / "policy.toml").read_text()
    (tmp_path / "gap" / "policy.toml").write_text(re.sub(r"(?m)^items = \d+$", "items = 11", policy))
    plan.write_text(written + '\n[policy]\nfile = "policy.toml"\n')
    assert ended() is None
    plan.write_text(written)
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines) + lines[-1])
    assert ended() is None


def test_nothing_starts_when_a_plan_is_wrong_unless_it_is_to_be_skipped(tmp_path):
    right, wrong = a_plan(tmp_path / "right"), a_plan(tmp_path / "wrong", name="\x1b[31mred")
    wrong.write_text(wrong.read_text() + "[budgets]\ncalls = 3\n")
    result = audit("fleet", tmp_path, "--no-score")
    assert result.returncode == 2
    assert "wrong: " in result.stderr
    assert "unknown key 'budgets'" in result.stderr
    assert "1 of 2 plans is wrong, so nothing was started" in result.stderr
    assert "\x1b" not in result.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["right", "wrong"]
    assert not (right.parent / "plan-run").exists()
    out = tmp_path / "out"
    result = audit("fleet", right, wrong, "--no-score", "--skip-wrong", "--out", out)
    assert result.returncode == 3, result.stderr
    assert "1 done, 1 wrong" in result.stdout
    assert [re.sub(r"-[0-9a-f]{8}$", "", p.name) for p in sorted(out.iterdir())] == ["fleet.json", "stand-in-1"]
    assert check_plan(right, out, {}, TODAY, score=False).ended.status == "complete"


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_ends_all_cleanly_and_the_same_command_goes_on_and_asks_no_answered_probe_again(tmp_path):
    go_on = threading.Event()
    with http_server(slow_flags(go_on=go_on)) as server:
        plans = [a_plan(tmp_path / n, HTTP.format(url=server.url, name=n, more=""), items=40, name=n) for n in "ab"]
        command = [sys.executable, "-m", "audit", "fleet", str(tmp_path), "--no-score"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            until(lambda: all(sum(call.path == f"/{n}" for call in server.calls) >= 10 for n in "ab"))
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            go_on.set()
            shown, said = process.communicate(timeout=60)
        assert process.returncode == 3
        assert "2 stopped" in shown
        assert "the same command goes on" in said
        assert "Traceback" not in said
        before = len(server.calls)
        assert before < 160
        result = audit("fleet", plans[0], "--no-score")
    assert result.returncode == 0, result.stderr
    assert "80 of 80" in result.stdout
    count, wrong = asked_again(plans[0].parent / "plan-run" / "journal.jsonl")
    assert (count <= 2, wrong) == (True, [])


def test_a_scheduler_that_is_not_there_is_one_line_and_exit_code_2(tmp_path):
    pytest.importorskip("distributed")
    result = audit("fleet", a_plan(tmp_path), "--scheduler", "nonsense://nowhere")
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert "the scheduler does not answer" in result.stderr
    assert not (tmp_path / "fleet.json").exists()
