"""What holds for every adapter. A new one without an entry in RIGS fails here."""

import asyncio
import csv
import json
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from audit.collect import within
from audit.errors import PlanError, Unfinished
from audit.plan import Connect
from audit.records import Failure, Reply
from audit.vendors import ADAPTERS, check_settings, open_adapter
from tests.builders import a_probe, a_site
from tests.loopback import http_server
from tests.vendors import pages, tools
from tests.vendors.processes import marked

MARK = "MARK-OF-THE-GROUP"
SECONDS = 120.0


class Rig(NamedTuple):
    """A real tool behind one adapter: its settings, what it was sent, its processes, and how it tells an answer."""

    settings: dict
    sent: Callable[[], str]
    processes: Callable[[], list[int]] = list
    number_in: Callable[[object], int] = lambda output: output["answer"]


@contextmanager
def http(base: Path, probes: list) -> Iterator[Rig]:
    with http_server(tools.web_answer) as server:
        yield Rig({"url": server.url + "/x?i={{ id }}", "body": {"text": "{{ text }}", "prompt": "{{ prompt }}"}}, lambda: "".join(tools.SEEN))


@contextmanager
def chat(base: Path, probes: list) -> Iterator[Rig]:
    with http_server(tools.web_answer) as server:
        yield Rig({"base_url": server.url + "/v1", "model": "m"}, lambda: "".join(tools.SEEN), number_in=int)


@contextmanager
def browser(base: Path, probes: list) -> Iterator[Rig]:
    """A page that asks the web API behind it; its processes are found by a mark that they inherit."""
    mark = uuid.uuid4().hex
    os.environ["AUDIT_TEST_MARK"] = mark
    steps = [
        {"error": "#error:not(:empty)"}, {"fill": "textarea", "with": "{{ prompt }}"}, {"click": "button"}, {"wait": "#answer:not(:empty)"}, {"read": "#answer"},
    ]
    with http_server(pages.serve()) as server:
        settings = {"url": server.url + "/tool", "steps": steps, "workers": 3}
        yield Rig(settings, lambda: "".join(tools.SEEN), lambda: marked(mark), number_in=lambda output: json.loads(output)["answer"])


@contextmanager
def command(base: Path, probes: list) -> Iterator[Rig]:
    pids, lines = base / "pids", base / "lines"
    argv = [sys.executable, str(Path(tools.__file__)), str(pids), str(lines)]
    yield Rig({"argv": argv}, lines.read_text, lambda: [int(n) for n in pids.read_text().split()])


@contextmanager
def python(base: Path, probes: list) -> Iterator[Rig]:
    yield Rig({"call": "tests.vendors.tools:function"}, lambda: "".join(tools.SEEN))


@contextmanager
def transcript(base: Path, probes: list) -> Iterator[Rig]:
    with (base / "sheet.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["probe", "prompt", "output"])
        for probe in probes:
            kind, sort, number = tools.words(probe.input["text"])
            hostile = tools.HOSTILE.get(sort, b"").decode("utf-8", "replace")[:30_000]
            writer.writerow([probe.id, probe.prompt, {"ok": number, "fail": "", "hostile": hostile}[kind]])
    yield Rig({"file": "sheet.csv"}, lambda: _written_worksheet(base, probes), number_in=int)


def _written_worksheet(base: Path, probes: list) -> str:
    """What the adapter sends to a person: the worksheet that it writes."""
    with pytest.raises(Unfinished):
        asyncio.run(_ask_all("transcript", {"file": "new.csv"}, base, probes))
    return (base / "new.csv").read_text(encoding="utf-8-sig")


@contextmanager
def scripted(base: Path, probes: list) -> Iterator[Rig]:
    fail = {"dialect=" + MARK: 1.0} if any(p.input["text"].startswith("fail") for p in probes) else {}
    yield Rig({"answers": "score", "fail": fail}, str)


RIGS: dict[str, Callable[[Path, list], AbstractContextManager[Rig]]] = {
    "browser": browser, "http": http, "chat": chat, "command": command, "python": python, "transcript": transcript, "scripted": scripted,
}


@pytest.fixture(params=sorted(ADAPTERS))
def adapter(request):
    assert request.param in RIGS, f"the adapter {request.param!r} has no rig here, so nothing holds it to the contract"
    tools.SEEN.clear()
    return request.param


@pytest.fixture
def run(adapter, request) -> Callable[[Coroutine], object]:
    """Runs what asks; all tests of the browser, that of its end apart, share one."""
    return request.getfixturevalue("chromium").run if adapter == "browser" else asyncio.run


async def _ask_all(name: str, settings: dict, base: Path, probes: list) -> dict[str, Reply | Failure]:
    """Ask all at once, in a random order; whatever is raised but Failure is raised here."""
    async with open_adapter(Connect(name, settings=settings), a_site(base, probes, timeout=SECONDS, concurrency=len(probes) or 1)) as tool:

        async def one(probe):
            try:
                return probe.id, await tool.ask(probe) if tool.answered is None or probe.id in tool.answered else Failure("not answered")
            except Failure as failure:
                return probe.id, failure

        shuffled = random.Random(1).sample(probes, len(probes))
        return dict(await asyncio.wait_for(asyncio.gather(*map(one, shuffled)), SECONDS))


def test_a_probe_gets_its_answer(adapter, run, tmp_path):
    probe = a_probe("ok 7")
    with RIGS[adapter](tmp_path, [probe]) as rig:
        reply = run(_ask_all(adapter, rig.settings, tmp_path, [probe]))[probe.id]
    assert isinstance(reply, Reply)
    if adapter == "scripted":
        assert isinstance(reply.output, float)
    else:
        assert rig.number_in(reply.output) == 7


def test_each_reply_goes_to_the_probe_that_asked(adapter, run, tmp_path):
    count = 5 if adapter == "browser" else 40   # a page is dear
    probes = [a_probe(f"ok {n}", id=f"p{n}", item=f"i{n}") for n in range(count)]
    with RIGS[adapter](tmp_path, probes) as rig:
        replies = run(_ask_all(adapter, rig.settings, tmp_path, probes))
    assert len(replies) == count
    if adapter == "scripted":
        again = asyncio.run(_ask_all(adapter, rig.settings, tmp_path, probes[::-1]))
        assert {k: r.output for k, r in replies.items()} == {k: r.output for k, r in again.items()}
        assert len({r.output for r in replies.values()}) == count
    else:
        assert {name: rig.number_in(reply.output) for name, reply in replies.items()} == {f"p{n}": n for n in range(count)}


def test_one_failing_probe_leaves_the_others_their_replies(adapter, run, tmp_path):
    probes = [a_probe(f"ok {n}", id=f"p{n}", item=f"i{n}") for n in range(3 if adapter == "browser" else 8)]
    bad = a_probe("fail 9", id="p9", item="i9", group=MARK)
    with RIGS[adapter](tmp_path, [*probes, bad]) as rig:
        replies = run(_ask_all(adapter, rig.settings, tmp_path, [*probes, bad]))
    failure = replies.pop("p9")
    assert isinstance(failure, Failure)
    assert failure.reason.strip()
    assert all(isinstance(reply, Reply) for reply in replies.values())


def test_an_unknown_key_is_one_line_with_the_nearest_one(adapter, tmp_path):
    with RIGS[adapter](tmp_path, []) as rig:
        key = next(iter(rig.settings))
        connect = Connect(adapter, settings=rig.settings | {key + key[-1]: 1})
    for refuse in (lambda: check_settings(connect, "plan.toml"), lambda: asyncio.run(_open(connect, tmp_path))):
        with pytest.raises(PlanError) as caught:
            refuse()
        assert str(caught.value).startswith("plan.toml")
        assert "\n" not in str(caught.value)
        assert repr(key + key[-1]) in str(caught.value)
        assert f"Did you mean {key!r}?" in str(caught.value)


async def _open(connect: Connect, base: Path) -> None:
    async with open_adapter(connect, a_site(base)):
        pass


@pytest.mark.parametrize("sort", tools.HOSTILE)
def test_a_hostile_reply_is_json_or_a_failure(adapter, run, sort, tmp_path):
    if adapter == "browser" and sort not in ("long", "half", "utf8"):
        pytest.skip("a page shows text: what would not be JSON is to it a few characters more; test_browser has pages of its own for the others")
    bad = a_probe(f"hostile {sort} 1", id="bad", item="bad")
    good = [a_probe(f"ok {n}", id=f"p{n}", item=f"i{n}") for n in range(1 if adapter == "browser" else 4)]
    with RIGS[adapter](tmp_path, [bad, *good]) as rig:
        replies = run(_ask_all(adapter, rig.settings, tmp_path, [bad, *good]))
    heard = replies.pop("bad")
    if isinstance(heard, Reply):
        assert len(msgspec.json.encode(heard.output)) < 5_100_000
        assert heard.output is None or msgspec.json.encode(heard.output) != b"null", "NaN is no JSON"
    else:
        assert isinstance(heard, Failure)
        assert heard.reason.strip()
    if not (adapter == "command" and sort == "half"):
        assert all(isinstance(reply, Reply) for reply in replies.values())


def test_leaving_leaves_nothing_running(adapter, tmp_path):
    probes = [a_probe(f"ok {n}", id=f"p{n}", item=f"i{n}") for n in range(4)]
    before = set(threading.enumerate())

    async def ask_and_leave(settings: dict) -> int:
        await _ask_all(adapter, settings, tmp_path, probes)
        return len(asyncio.all_tasks())

    with RIGS[adapter](tmp_path, probes) as rig:
        served = set(threading.enumerate()) - before
        assert asyncio.run(ask_and_leave(rig.settings)) == 1
        end = time.monotonic() + 5
        while (left := set(threading.enumerate()) - before - served) and time.monotonic() < end:
            time.sleep(0.01)
        assert not left
        for process in rig.processes():
            with pytest.raises(ProcessLookupError):
                os.kill(process, 0)


def test_the_tool_gets_the_input_and_the_prompt_and_nothing_else(adapter, run, tmp_path):
    probes = [
        msgspec.structs.replace(
            a_probe("ok 1", id="p1", item=MARK, group=MARK, truth=MARK, prompt="ok 2"), variant=MARK, cluster=MARK, set=MARK
        ),
        *(a_probe(f"ok {n}", id=f"p{n}", item=MARK, group="SAE") for n in range(2, 5)),
    ]
    with RIGS[adapter](tmp_path, probes) as rig:
        run(_ask_all(adapter, rig.settings, tmp_path, probes))
        sent = rig.sent()
    assert MARK not in sent
    if adapter != "scripted":
        assert "ok 2" in sent


def test_within_gives_a_failure_for_whatever_an_adapter_raises():
    async def stumbles() -> Reply:
        raise KeyError("x")

    with pytest.raises(Failure, match="KeyError"):
        asyncio.run(within(stumbles(), 1))
