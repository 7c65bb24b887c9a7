"""A whole audit of a tool that has only a web page: the dry run, the collection, and what is never passed on."""

import json
import re
import zipfile

import pytest

from tests.audits import audit, write_plan, write_set
from tests.loopback import http_server
from tests.vendors.pages import serve

STEPS = '{ fill = "textarea", with = "{{ text }}" }, { press = "Enter" }, { error = ".error" }, { wait = "ANSWER" }, { gone = "#stop" }, { read = "ANSWER" }'
CONNECT = 'adapter = "browser"\nurl = "URL/"\nsteps = [STEPS]\npositive_when = "> 0"\nretries = 0\ntimeout = TIMEOUT\n'


@pytest.fixture(scope="module")
def server():
    with http_server(serve()) as server:
        yield server


def a_plan(folder, server, *, answer=".answer", timeout=30, text="Text {i} {g}", items=2):
    write_set(folder / "tiny", items=items, outcome="text", text=text, extra='measures = ["words"]')
    connect = CONNECT.replace("STEPS", STEPS).replace("ANSWER", answer).replace("URL", server.url).replace("TIMEOUT", str(timeout))
    return write_plan(folder, connect.replace('positive_when = "> 0"\n', ""))


def test_a_dry_run_shows_what_is_there_after_each_step(server, tmp_path):
    result = audit("check", a_plan(tmp_path, server), "--ping")
    assert result.returncode == 0, result.stdout + result.stderr
    told = result.stdout[result.stdout.index("Asked:"):]
    assert re.findall(r"^  \d\. .*", told, re.MULTILINE) == [
        "  1. open connect.url", '  2. fill "textarea"', '  3. press "Enter"', '  4. error ".error"', '  5. wait ".answer"', '  6. gone "#stop"', '  7. read ".answer"',
    ]
    assert re.search(r"1 matches; the last says: You said: Text \d+ (SAE|AAE) \(visit 1\)", told)
    for number in range(1, 8):
        assert (tmp_path / "plan-screenshots" / f"step-{number}.png").stat().st_size > 500
    assert "Raw reply: You said: Text" in told


def test_a_dry_run_says_which_step_finds_nothing_and_what_resembles_it(server, tmp_path):
    result = audit("check", a_plan(tmp_path, server, answer=".answers", timeout=12), "--ping", "--format", "json")
    assert result.returncode == 3, result.stderr
    ping = json.loads(result.stdout)["ping"]
    assert ping["failure"] == 'step 5 (wait ".answers"): nothing visible matches within 12 seconds'
    last = ping["steps"][-1]
    assert last["step"] == '5. wait ".answers"'
    assert any(line.strip().startswith(".answer ") for line in last["lines"]), last["lines"]


TALK = """adapter = "browser"
url = "URL/tutor"
steps = [{ error = ".error", retry = true }, { fill = "textarea", with = "{{ prompt }}" }, { press = "Enter" }, ANSWER]
follow_up = [{ fill = "textarea", with = "{{ prompt }}" }, { press = "Enter" }, ANSWER]
reply = "text"
retries = 1
timeout = 60
"""
SAID = '{ wait = ".answer" }, { gone = "#stop" }, { read = ".answer", as = "text" }'


def test_a_conversation_is_looked_at_collected_and_not_begun_again_and_then_no_browser_is_needed(server, tmp_path):
    write_set(
        tmp_path / "tiny", items=1, outcome="text", text="Text {i} {g}",
        extra='measures = ["words"]\nturns = ["{{ text }}", "Refuse {{ text }} once"]',
    )
    plan = write_plan(tmp_path, TALK.replace("ANSWER", SAID).replace("URL", server.url))
    looked = audit("check", plan, "--ping", "--format", "json")
    assert looked.returncode == 3, looked.stderr
    ping = json.loads(looked.stdout)["ping"]
    assert ping["failure"] == "turn 2 of 2: the page says: Too many questions"
    assert [step["step"] for step in ping["steps"]][-2:] == ['turn 2, 2. press "Enter"', 'turn 2, 3. wait ".answer"']
    assert (tmp_path / "plan-screenshots" / "turn-2-step-2.png").stat().st_size > 500
    collected = audit("collect", plan, "--format", "json")
    assert collected.returncode == 0, collected.stdout + collected.stderr
    events = [json.loads(line) for line in (tmp_path / "plan-run" / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [event["reason"] for event in events if event["event"] == "fail"] == ["turn 2 of 2: the page says: Too many questions"]
    replies = [event["output"]["conversation"] for event in events if event["event"] == "reply"]
    assert [[said["output"]["text"][:2] for said in reply] for reply in replies] == [["1.", "2."]] * 2
    assert all("(visit 1)" in said["output"]["text"] for reply in replies for said in reply)
    plan.write_text(plan.read_text(encoding="utf-8").replace("retries = 1", 'retries = 1\nexecutable = "/not/there"'), encoding="utf-8")
    assert audit("collect", plan).returncode == 0


def test_a_browser_that_is_not_there_is_an_error_before_a_probe_counts_as_asked(server, tmp_path):
    plan = a_plan(tmp_path, server)
    plan.write_text(plan.read_text(encoding="utf-8").replace("retries = 0", 'retries = 0\nexecutable = "/not/there"'), encoding="utf-8")
    collected = audit("collect", plan)
    assert collected.returncode == 2
    assert "no browser could be started" in collected.stderr.splitlines()[-1]
    assert '"ask"' not in (tmp_path / "plan-run" / "journal.jsonl").read_text(encoding="utf-8")


def test_a_failure_keeps_a_picture_that_no_manifest_lists_and_no_bundle_holds(server, tmp_path):
    plan = a_plan(tmp_path, server, text="refuse {i} {g}" , items=1)
    (tmp_path / "tiny" / "items.jsonl").write_text(
        (tmp_path / "tiny" / "items.jsonl").read_text().replace('"text": "refuse 0 SAE"', '"text": "Text 0 SAE"'), encoding="utf-8"
    )
    collected = audit("collect", plan, "--format", "json")
    assert collected.returncode == 3, collected.stderr
    assert json.loads(collected.stdout)["failed"] == 1
    run = tmp_path / "plan-run"
    failed = next(event for event in map(json.loads, (run / "journal.jsonl").read_text().splitlines()) if event["event"] == "fail")
    assert failed["reason"] == "the page says: I cannot"
    assert failed["detail"].startswith(f"screenshot: screenshots/{failed['probe']}.png\n")
    assert (run / "screenshots" / f"{failed['probe']}.png").read_bytes().startswith(b"\x89PNG")
    assert audit("score", run).returncode == 3
    assert "screenshots" not in (run / "manifest.json").read_text()
    assert audit("bundle", run, "--out", tmp_path / "b.audit.zip").returncode in (0, 3)
    assert not [name for name in zipfile.ZipFile(tmp_path / "b.audit.zip").namelist() if "screenshots" in name or name.endswith(".png")]


@pytest.mark.parametrize(("connect", "said"), [
    ('adapter = "http"\nurl = "https://tool.example/"\n', "one logs in to web pages only"),
    ('adapter = "browser"\nurl = "https://tool.example/"\nsteps = [{ read = "p" }]\n', "names no profile to log in to"),
])
def test_a_login_that_makes_no_sense_is_one_line(tmp_path, connect, said):
    result = audit("login", write_plan(tmp_path, connect))
    assert result.returncode == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
