"""`audit collect` as a user runs it, in its own process, against a real server: killed, refused, interrupted, spied on."""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from aiohttp import web

from audit.cli import main
from tests.audits import write_plan, write_set
from tests.loopback import http_server

HTTP = 'adapter = "http"\nurl = "{url}/ask"\nbody = {{ text = "{{{{ text }}}}", id = "{{{{ id }}}}" }}\nreply = "answer"\n'


def answer_of(text: str) -> int:
    return sum(text.encode()) % 2


async def after_a_while(request, body):
    await asyncio.sleep(0.05)
    return web.json_response({"answer": answer_of(json.loads(body)["text"])})


def a_plan(folder, url, more="", *, items=30, design="", tail=""):
    write_set(folder / "tiny", items=items)
    path = write_plan(folder, HTTP.format(url=url) + more, design=design)
    path.write_text(path.read_text(encoding="utf-8") + tail, encoding="utf-8")
    return path


@pytest.fixture
def here(monkeypatch, capsys):
    """The command in this process: a new one needs seconds only to start."""
    def command(*arguments, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["audit", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return SimpleNamespace(returncode=end.value.code or 0, stdout=out, stderr=err)

    return command


def journal(run):
    return [json.loads(line) for line in (run / "journal.jsonl").read_text(encoding="utf-8").splitlines()]


def replies(run):
    return [line for line in journal(run) if line["event"] == "reply"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL is a thing of POSIX")
def test_a_run_that_is_killed_again_and_again_ends_as_an_unbroken_one(tmp_path, here):
    rng = random.Random(11)
    with http_server(after_a_while) as server:
        plan = a_plan(tmp_path, server.url, "concurrency = 4\n", items=45)
        assert here("collect", plan, "--out", tmp_path / "unbroken").returncode == 0
        server.bodies.clear()
        kept_before, kept_at, broken = set(), [], tmp_path / "broken"
        for kill in range(3):
            running = subprocess.Popen([sys.executable, "-m", "audit", "collect", str(plan), "--out", str(broken)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wanted = len(server.bodies) + rng.randint(3, 20)
            end = time.monotonic() + 60
            while len(server.bodies) < wanted and time.monotonic() < end:
                time.sleep(0.005)
            time.sleep(rng.random() * 0.06)
            running.send_signal(signal.SIGKILL)
            assert running.wait() == -signal.SIGKILL
            raw = (broken / "journal.jsonl").read_bytes()
            kept = {json.loads(line)["probe"] for line in raw.splitlines(keepends=True) if line.endswith(b"\n") and b'"event":"reply"' in line}
            assert kept > kept_before, f"kill {kill}: nothing was kept"
            kept_at.append((len(server.bodies), kept))
            kept_before = kept
        done = here("collect", plan, "--out", broken)
        assert done.returncode == 0, done.stderr
        order = [json.loads(body)["id"] for body in server.bodies]
    asked = Counter(order)
    for at, kept in kept_at:
        assert kept.isdisjoint(order[at:]), "a journalled reply was asked for again"
    once = Counter(line["probe"] for line in replies(broken))
    assert set(once.values()) == {1}
    assert len(once) == 90
    assert {r["probe"]: r["output"] for r in replies(broken)} == {r["probe"]: r["output"] for r in replies(tmp_path / "unbroken")}
    # What is asked twice was in flight at a kill: at most the four calls open at each of the three kills.
    assert set(asked.values()) <= set(range(1, 5))
    assert sum(n - 1 for n in asked.values()) <= 12


def test_a_killed_run_asks_no_journalled_probe_again(tmp_path, here):
    """The journal of a killed run: half of the probes answered, one line torn."""
    with http_server(after_a_while) as server:
        plan = a_plan(tmp_path, server.url, items=10)
        here("collect", plan, "--out", tmp_path / "run")
        path = tmp_path / "run" / "journal.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:21]) + lines[21][:-10])
        kept = {json.loads(line)["probe"] for line in lines[:21] if b'"event":"reply"' in line}
        server.bodies.clear()
        assert here("collect", plan, "--out", tmp_path / "run").returncode == 0
        assert len(server.bodies) == 20 - len(kept)
    assert len({r["probe"] for r in replies(tmp_path / "run")}) == len(replies(tmp_path / "run")) == 20


def test_a_tool_that_is_down_ends_with_3_and_the_same_command_goes_on_later(tmp_path, here):
    up = {"now": False}

    async def sometimes(request, body):
        return await after_a_while(request, body) if up["now"] else web.Response(status=503)

    with http_server(sometimes) as server:
        plan = a_plan(tmp_path, server.url, "retries = 0\n", items=40)
        down = here("collect", plan, "--out", tmp_path / "run")
        assert down.returncode == 3
        assert "calls in a row (HTTP 503 Service Unavailable)" in down.stderr
        assert len(server.bodies) < 30
        assert replies(tmp_path / "run") == []
        up["now"] = True
        later = here("collect", plan, "--out", tmp_path / "run")
        assert later.returncode == 0, later.stderr
    assert len(replies(tmp_path / "run")) == 80


def test_the_budget_ends_the_run_with_3_and_says_so(tmp_path, here):
    with http_server(after_a_while) as server:
        plan = a_plan(tmp_path, server.url, tail="\n[budget]\ncalls = 7\n")
        stopped = here("collect", plan, "--out", tmp_path / "run")
        assert (stopped.returncode, len(server.bodies)) == (3, 7)
        assert "the budget of 7 calls is spent" in stopped.stderr
        again = here("collect", plan, "--out", tmp_path / "run")
        assert (again.returncode, len(server.bodies)) == (3, 7)


def test_no_secret_is_in_any_file_or_on_any_screen(tmp_path, here):
    """The server throws every header and the address back: in a reply, in an error, in a status line, escaped or not."""
    key, password = 'sk-"q\\z/ä&+%41 tail', "p@ss/wörd&=x"

    async def echo(request, body):
        said = json.dumps({"answer": 1, "headers": dict(request.headers), "url": str(request.rel_url), "raw": request.raw_path, "key": key, key: password})
        text = json.loads(body)["text"]
        if text.startswith("Text 1 "):
            return web.Response(status=401, text=said)
        if text.startswith("Text 2 "):
            return web.Response(status=403, reason=f"No {password}", text=f"<p>{quote(password, safe='')}</p>" + key)
        if text.startswith("Text 3 "):
            return web.Response(text="not JSON: " + said + json.dumps(said))
        return web.Response(text=said, content_type="application/json")

    settings = 'headers = { Authorization = "Bearer ${AUDIT_KEY}", X-Plain = "${AUDIT_KEY}" }\n'
    with http_server(echo) as server:
        plan = a_plan(tmp_path, server.url, settings, items=6)
        plan.write_text(plan.read_text(encoding="utf-8").replace("/ask", "/ask?password=${AUDIT_PASSWORD}"), encoding="utf-8")
        secrets = {"AUDIT_KEY": key, "AUDIT_PASSWORD": password}
        done = here("collect", plan, "--out", tmp_path / "run", **secrets)
        ping = here("check", plan, "--ping", "--format", "json", **secrets)
        assert server.calls[0].headers["Authorization"] == "Bearer " + key
    assert done.returncode == 3, done.stderr
    assert len(replies(tmp_path / "run")) >= 8
    texts = {str(path): path.read_text(encoding="utf-8") for path in (tmp_path / "run").rglob("*") if path.is_file()}
    texts |= {"collect": done.stdout + done.stderr, "ping": ping.stdout + ping.stderr}
    assert "${AUDIT_KEY}" in texts["ping"]
    for name, text in texts.items():
        for once in (text, *_strings(text)):
            for secret in (key, password):
                for form in (secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe=""), secret[:9]):
                    assert form not in once, f"{form} is in {name}"


def _strings(text):
    """Every string in a file of JSON or JSON lines, unescaped once and twice."""
    for line in (text, *text.splitlines()):
        with contextlib.suppress(ValueError):
            value = json.loads(line)
            yield json.dumps(value, ensure_ascii=False)
            yield from _leaves(value)


def _leaves(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)


def test_a_newer_journal_and_a_damaged_one_are_one_line_and_2(tmp_path, here):
    with http_server(after_a_while) as server:
        plan = a_plan(tmp_path, server.url, items=3)
        here("collect", plan, "--out", tmp_path / "run")
        path = tmp_path / "run" / "journal.jsonl"
        whole = path.read_text(encoding="utf-8")
        for text, word in [(whole.replace('"journal":1', '"journal":9', 1), "newer version"), (whole.replace('"event":"ask"', '"event":"', 1), "line 2 is damaged")]:
            path.write_text(text, encoding="utf-8")
            done = here("collect", plan, "--out", tmp_path / "run")
            assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
            assert word in done.stderr
            assert path.read_text(encoding="utf-8") == text


def test_a_second_collector_on_the_same_folder_is_refused(tmp_path, here):
    async def slow(request, body):
        await asyncio.sleep(0.5)
        return web.json_response({"answer": 1})

    with http_server(slow) as server:
        plan = a_plan(tmp_path, server.url, "concurrency = 1\n", items=20)
        command = [sys.executable, "-m", "audit", "collect", str(plan), "--out", str(tmp_path / "run")]
        first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not server.bodies:
                assert first.poll() is None
                time.sleep(0.02)
            second = here("collect", plan, "--out", tmp_path / "run")
        finally:
            first.kill()
            first.wait()
    assert second.returncode == 2
    assert "another collector is at work" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_journal_that_cannot_be_written_is_one_line_and_2(tmp_path, here):
    with http_server(after_a_while) as server:
        plan = a_plan(tmp_path, server.url, items=3)
        here("collect", plan, "--out", tmp_path / "run")
        (tmp_path / "run" / "journal.jsonl").unlink()
        (tmp_path / "run" / "journal.jsonl").mkdir()
        done = here("collect", plan, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "journal.jsonl: cannot be" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a POSIX signal here")
def test_ctrl_c_keeps_what_came_and_says_how_to_go_on(tmp_path):
    with http_server(after_a_while) as server:
        plan = a_plan(tmp_path, server.url, "concurrency = 2\n", items=60)
        running = subprocess.Popen(
            [sys.executable, "-m", "audit", "collect", str(plan), "--out", str(tmp_path / "run")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a shell's background job ignores Ctrl-C, and its children would too
        )
        while len(server.bodies) < 10:
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert running.returncode == 3, err
    assert "the same command goes on from here" in err
    assert "Traceback" not in err
    assert len(replies(tmp_path / "run")) >= 6


@pytest.mark.skipif(os.name != "posix", reason="a machine's sleep is imitated by a POSIX signal")
def test_a_machine_that_sleeps_goes_on_where_it_was_and_asks_no_answered_probe_again(tmp_path):
    with http_server(after_a_while) as server:
        plan = a_plan(tmp_path, server.url, "concurrency = 4\ntimeout = 0.5\n", items=40)
        running = subprocess.Popen(
            [sys.executable, "-m", "audit", "collect", str(plan), "--out", str(tmp_path / "run")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        while len(server.bodies) < 20:
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGSTOP)
        time.sleep(1.2)
        running.send_signal(signal.SIGCONT)
        _, err = running.communicate(timeout=60)
    assert running.returncode == 0, err
    kept = [line["probe"] for line in replies(tmp_path / "run")]
    assert len(kept) == len(set(kept)) > 40
    answered = set()
    for line in journal(tmp_path / "run"):
        assert line["event"] != "ask" or line["probe"] not in answered
        if line["event"] == "reply":
            answered.add(line["probe"])
