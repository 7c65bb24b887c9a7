"""Many plans: which they are, where each runs, which wait for each other, and what a crash, a hang or a dead worker costs."""

import json
import os
import signal
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from audit import collect, fleet
from audit.errors import FleetError
from audit.fleet import Checked, Ended, Job, Stop
from audit.fleet.board import Board, worst
from audit.fleet.finding import common_folder, find_plans, slug
from tests.audits import write_plan, write_set
from tests.loopback import http_server

TODAY = datetime(2026, 11, 22, tzinfo=UTC).date()
SCRIPTED = 'adapter = "scripted"\n'
HTTP = 'adapter = "http"\nurl = "{url}/{name}"\nbody = {{ id = "{{{{ id }}}}" }}\nreply = "flag"\nconcurrency = 2\n{more}\n'


def a_plan(folder: Path, connect: str = SCRIPTED, *, items=6, **tool) -> Path:
    write_set(folder / "tiny", items=items)
    return write_plan(folder, connect, **tool)


def checked(plan: Path, out: Path | None = None, environ=None) -> Checked:
    return fleet.check_plan(plan, out, os.environ if environ is None else environ, TODAY, score=False)


def a_board(folder: Path, plans, lines=None) -> Board:
    return Board(folder, plans, "", lambda: "2026-11-22T08:00:00Z", lambda name, line: lines.append((name, line)) if lines is not None else None)


def slow_flags(delay=0.03, go_on=None, hold_after=20):
    """go_on: a threading.Event; each path's calls after the first so many are answered only when it is set, so that no plan ends before."""
    told = Counter()

    async def answer(request, _body):
        import asyncio

        told[request.path] += 1
        await asyncio.sleep(delay)
        if go_on is not None and told[request.path] > hold_after:
            await asyncio.to_thread(go_on.wait, 30)
        return web.json_response({"flag": False})

    return answer


def asked_again(journal: Path) -> tuple[int, list[str]]:
    """Return how many probes were asked more than once, and those of them that already had their reply."""
    asked, replied, wrong = Counter(), set(), []
    for event in map(json.loads, journal.read_text(encoding="utf-8").splitlines()):
        if event["event"] == "ask":
            asked[event["probe"]] += 1
            wrong += [event["probe"]] if event["probe"] in replied else []
        elif event["event"] == "reply":
            replied.add(event["probe"])
    return sum(n > 1 for n in asked.values()), wrong


def until(true, seconds=20.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def test_a_folder_gives_every_plan_below_it_once_and_no_run_no_link_and_nothing_hidden(tmp_path):
    kept = [a_plan(tmp_path / name) for name in ("a", "b", "b/deeper")]
    (tmp_path / "b" / "plan-run").mkdir()
    for name in ("plan.toml", "run.json"):
        (tmp_path / "b" / "plan-run" / name).write_text("{}")
    a_plan(tmp_path / ".hidden")
    outside = a_plan(tmp_path.parent / f"{tmp_path.name}-outside")
    (tmp_path / "c").symlink_to(outside.parent, target_is_directory=True)
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "plan.toml").symlink_to(outside)
    assert find_plans([tmp_path]) == kept
    assert find_plans([tmp_path / "b" / "plan.toml", tmp_path]) == [kept[1], kept[0], kept[2]]


def test_what_is_no_plan_is_refused(tmp_path):
    with pytest.raises(FleetError, match="no such plan"):
        find_plans([tmp_path / "nowhere"])
    with pytest.raises(FleetError, match=r"no plan\.toml"):
        find_plans([tmp_path])
    with pytest.raises(FleetError, match="no folder in common"):
        common_folder([Path("/one/plan.toml"), Path("/two/plan.toml")])


@pytest.mark.parametrize(("name", "plain"), [
    ("Acme Essay Coach 2026.10", "acme-essay-coach-2026-10"), ("Élève", "eleve"), ("../../etc", "etc"), ("教师", "tool"), ("x" * 200, "x" * 60),
])
def test_a_run_folder_has_a_plain_name(name, plain):
    assert slug(name) == plain


def test_a_name_under_out_does_not_depend_on_where_the_plan_lies_or_on_the_other_plans(tmp_path):
    here, there = a_plan(tmp_path / "here"), a_plan(tmp_path / "a" / "b" / "there")
    out = tmp_path / "out"
    assert checked(here, out).run == checked(there, out).run
    other = a_plan(tmp_path / "other", version="2")
    assert checked(other, out).run != checked(here, out).run
    assert checked(here).run == str(tmp_path / "here" / "plan-run")
    assert not out.exists()


def test_a_wrong_plan_is_named_with_its_line_and_a_missing_variable_by_its_name(tmp_path):
    plan = a_plan(tmp_path / "a")
    plan.write_text(plan.read_text() + "\nbroken =\n")
    ended = checked(plan).ended
    assert (ended.status, ended.exit_code) == ("wrong", 2)
    assert f"line {len(plan.read_text().splitlines())}" in ended.because
    secret = a_plan(tmp_path / "b", HTTP.format(url="http://127.0.0.1:1", name="b", more='headers = { Authorization = "${FLEET_KEY}" }'))
    assert "FLEET_KEY is not set" in checked(secret, environ={}).ended.because
    told = checked(secret, environ={"FLEET_KEY": "very-secret-key"})
    assert told.ended is None
    assert "very-secret-key" not in repr(told)


def test_plans_of_one_host_share_a_lane_if_one_of_them_has_a_rate(tmp_path):
    def of(name, url, more=""):
        return checked(a_plan(tmp_path / name, HTTP.format(url=url, name=name, more=more)))

    paced, plain = of("a", "https://API.acme.example", 'rate = "30/min"'), of("b", "https://api.acme.example:443")
    free = [of("c", "http://127.0.0.1:8000"), of("d", "http://127.0.0.1:8000")]
    nobody = [checked(a_plan(tmp_path / n)) for n in ("e", "f")]
    assert (paced.host, paced.apart, paced.alone) == ("api.acme.example:443", 2.0, True)
    assert fleet.lanes_of([paced, *free, *nobody, plain]) == [[paced, plain], [free[0]], [free[1]], [nobody[0]], [nobody[1]]]


def test_plans_of_one_lane_never_overlap_and_keep_their_gap(tmp_path):
    lane = [Checked(str(tmp_path / n / "plan.toml"), str(tmp_path / n / "run"), n, apart=gap) for n, gap in (("a", 0.1), ("b", 0.3))]
    times = {}

    def run(job, _one):
        times[Path(job.plan).parent.name] = (time.monotonic(), time.sleep(0.05), time.monotonic())
        return Ended("done", 0)

    fleet.run_lanes([lane], run, a_board(tmp_path, lane), Stop(), at_once=4, score=True)
    assert times["b"][0] - times["a"][2] >= 0.3


def test_a_fault_in_one_plan_is_its_failure_and_the_others_go_on(tmp_path):
    plans = [Checked(str(tmp_path / n / "plan.toml"), str(tmp_path / n / "run"), n) for n in "abc"]

    def run(job, _one):
        if job.plan == plans[1].plan:
            raise MemoryError("no room")
        return Ended("done", 0)

    board = a_board(tmp_path, plans)
    fleet.run_lanes([[p] for p in plans], run, board, Stop(), at_once=2, score=True)
    found = board.finish()
    assert [(p.status, p.exit_code) for p in found.plans] == [("done", 0), ("failed", 3), ("done", 0)]
    assert "MemoryError: no room" in found.plans[1].because
    assert json.loads((tmp_path / "fleet.json").read_text())["exit_code"] == found.exit_code == 3


@pytest.mark.parametrize(("codes", "together"), [([], 0), ([0, 0], 0), ([0, 1], 1), ([1, 3], 3), ([0, 2], 3), ([0, 70], 3), ([-9, 1], 3)])
def test_the_exit_code_is_the_worst_of_the_plans(codes, together):
    assert worst(codes) == together


def alone(plan: Path, **more) -> Ended:
    one = checked(plan)
    assert one.ended is None, one.ended
    return fleet.run_alone(Job(one.plan, one.run, score=False), more.pop("stop", lambda: False), **more)


def test_a_plan_whose_process_dies_fails_with_its_last_words_and_goes_on_the_next_time(tmp_path):
    plan = a_plan(tmp_path / "a", 'adapter = "python"\ncall = "mortal:answer"\n')
    (plan.parent / "mortal.py").write_text(
        "import os, pathlib, sys\nFIRST = pathlib.Path(__file__).with_name('died')\nasked = []\n"
        "def answer(given):\n    asked.append(1)\n    if len(asked) == 5 and not FIRST.exists():\n        FIRST.touch()\n"
        "        print('out of luck', file=sys.stderr, flush=True)\n        os.abort()\n    return False\n"
    )
    found = alone(plan)
    assert (found.status, found.exit_code, found.answered) == ("failed", 3, 4)
    assert "signal 6" in found.because
    assert "out of luck" in found.because
    again = alone(plan)
    assert (again.status, again.exit_code, again.answered) == ("done", 0, 12)
    assert asked_again(plan.parent / "plan-run" / "journal.jsonl") == (1, [])
    complete = checked(plan).ended
    assert (complete.status, complete.exit_code, complete.answered) == ("complete", 0, 12)


def test_a_plan_that_hangs_is_ended_after_its_minutes_and_a_folder_that_is_in_use_is_said(tmp_path):
    plan = a_plan(tmp_path / "a", 'adapter = "python"\ncall = "slow:answer"\ntimeout = 600\n')
    (plan.parent / "slow.py").write_text("import sys, time\nasked = []\ndef answer(given):\n    asked.append(1)\n    sys.stdin.read()\n    time.sleep(600 * (len(asked) > 3))\n")
    journal = plan.parent / "plan-run" / "journal.jsonl"
    found = alone(plan, stop=lambda: journal.exists() and journal.read_text().count('"reply"') == 3)
    assert (found.status, found.exit_code, found.answered, found.because) == ("stopped", 3, 3, "stopped")
    late = alone(plan, minutes=0.01)
    assert (late.status, late.exit_code, late.because) == ("stopped", 3, "ended after 0.01 minutes (--minutes)")
    with collect.lock_run(plan.parent / "plan-run"):
        busy = alone(plan, patience=0.2)
    assert (busy.status, busy.exit_code) == ("elsewhere", 3)
    assert "another collector" in busy.because


def test_an_adaptive_plan_that_needs_no_more_replies_is_complete(tmp_path):
    plan = write_plan(tmp_path, 'adapter = "scripted"\nbase_rate = 0.1\ngap = { "dialect=AAE" = 0.9 }\n', design="adaptive = true")
    write_set(tmp_path / "tiny", items=60)
    found = alone(plan)
    assert (found.status, found.exit_code, found.open) == ("done", 0, 0)
    assert 0 < found.not_needed == found.planned - found.answered
    complete = checked(plan).ended
    assert (complete.status, complete.answered, complete.not_needed) == ("complete", found.answered, found.not_needed)


@pytest.fixture(scope="module")
def workers():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, processes=True, threads_per_worker=1, dashboard_address=None) as made:
        yield made


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_worker_killed_in_mid_run_loses_nothing_and_no_answered_probe_is_asked_again(workers, tmp_path):
    with http_server(slow_flags()) as server, fleet.cluster(workers.scheduler_address) as dask:
        plans = [a_plan(tmp_path / n, HTTP.format(url=server.url, name=n, more=""), items=30, name=n) for n in "ab"]
        found = dask.check(plans, None, TODAY, score=False)
        assert [one.ended for one in found] == [None, None]
        board, stop = a_board(tmp_path, found), Stop()
        going = threading.Thread(target=lambda: fleet.run_lanes(
            [[one] for one in found], lambda job, _one: dask.run(job, stop, None), board, stop, at_once=2, score=False
        ))
        going.start()
        until(lambda: all(sum(call.path == f"/{n}" for call in server.calls) >= 8 for n in "ab"))
        os.kill(next(iter(workers.workers.values())).pid, signal.SIGKILL)
        going.join(60)
        told = board.finish()
    assert [(p.status, p.exit_code, p.answered) for p in told.plans] == [("done", 0, 60)] * 2
    again = [asked_again(plan.parent / "plan-run" / "journal.jsonl") for plan in plans]
    assert all(not wrong and count <= 2 for count, wrong in again)
    assert len(server.calls) == 120 + sum(count for count, _ in again)


def test_a_worker_with_another_version_is_refused_with_both_versions(workers, monkeypatch):
    monkeypatch.setattr("audit.fleet.remote.__version__", "9.9.9")
    with pytest.raises(FleetError, match=r"has version 0\.\S+ of edtech-equity-audit, this machine 9\.9\.9"), fleet.cluster(workers.scheduler_address):
        pass


def test_a_variable_that_only_this_machine_has_is_a_wrong_plan_on_the_cluster(workers, tmp_path, monkeypatch):
    monkeypatch.setenv("FLEET_KEY_HERE", "very-secret-key")
    plan = a_plan(tmp_path / "a", HTTP.format(url="http://127.0.0.1:1", name="a", more='headers = { Authorization = "${FLEET_KEY_HERE}" }'))
    assert checked(plan).ended is None
    with fleet.cluster(workers.scheduler_address) as dask:
        ended = dask.check([plan], None, TODAY, score=False)[0].ended
    assert ended.status == "wrong"
    assert "FLEET_KEY_HERE is not set" in ended.because


def test_a_fleet_on_a_cluster_stops_when_it_is_asked_to(workers, tmp_path):
    with http_server(slow_flags()) as server, fleet.cluster(workers.scheduler_address) as dask:
        plan = a_plan(tmp_path / "a", HTTP.format(url=server.url, name="a", more=""), items=200)
        one, stop = dask.check([plan], None, TODAY, score=False)[0], Stop()
        threading.Thread(target=lambda: (until(lambda: len(server.calls) >= 8), stop.again())).start()
        ended = dask.run(Job(one.plan, one.run, score=False), stop, None)
        calls = len(server.calls)
        assert (ended.status, ended.exit_code) == ("stopped", 3)
        assert 6 <= ended.answered < 400
        time.sleep(0.2)
        assert len(server.calls) == calls


def test_a_scheduler_that_does_not_answer_is_one_line(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("audit.fleet.remote._TO_ANSWER", 0.3)
    for address in ("tcp://127.0.0.1:9", "nonsense://x"):
        with pytest.raises(FleetError, match="the scheduler does not answer") as told, fleet.cluster(address):
            pass
        assert "\n" not in str(told.value)
