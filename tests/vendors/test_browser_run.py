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
    result = audit("check", a_plan(tmp_path, server, answer=".answers", timeout=6), "--ping", "--format", "json")
    assert result.returncode == 3, result.stderr
    ping = json.loads(result.stdout)["ping"]
    assert ping["failure"] == 'step 5 (wait ".answers"): nothing visible matches within 5.1 seconds'
    last = ping["steps"][-1]
    assert last["step"] == '5. wait ".answers"'
    assert any(line.strip().startswith(".answer ") for line in last["lines"]), last["lines"]


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
