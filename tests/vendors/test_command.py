"""The adapter `command`, with real programs."""

import asyncio
import os
import sys
import textwrap
import time

import pytest

from audit.collect import within
from audit.errors import ConnectionSetupError
from audit.plan import Connect
from audit.records import Failure, Reply
from audit.vendors import open_adapter
from tests.builders import a_probe, a_site, some_probes
from tests.vendors.asking import heard


def program(tmp_path, body, name="tool.py"):
    """Write a program that reads lines; return its argv. Each start adds a line to the file `starts`."""
    head = "import json, os, sys, time, signal\nopen('starts', 'a').write(f'{os.getpid()}\\n')\n"
    (tmp_path / name).write_text(head + textwrap.dedent(body), encoding="utf-8")
    return [sys.executable, name]


ECHO = """
for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps({"id": asked["id"], "output": asked["input"]["text"]}))
"""


def ask_all(tmp_path, argv, probes, *, seconds=5.0, tries=1, **settings):
    """Ask all at once, each up to `tries` times where it may help; return reply or failure by probe."""
    async def run():
        async with open_adapter(Connect("command", settings={"argv": argv} | settings), a_site(tmp_path, probes)) as tool:

            async def one(probe):
                for attempt in range(tries):
                    try:
                        return probe.id, await within(tool.ask(probe), seconds)
                    except Failure as failure:
                        if attempt + 1 == tries or not failure.retry:
                            return probe.id, failure
                return None

            return dict(await asyncio.gather(*map(one, probes)))

    return asyncio.run(run())


def starts(tmp_path):
    return [int(line) for line in (tmp_path / "starts").read_text().split()]


def assert_ended(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    pytest.fail("the program is still running")


def test_answers_may_come_in_any_order(tmp_path):
    argv = program(tmp_path, """
        asked = [json.loads(sys.stdin.readline()) for _ in range(10)]
        for a in reversed(asked):
            print(json.dumps({"id": a["id"], "output": a["input"]["text"]}))
        sys.stdin.read()
    """)
    probes = some_probes(10)
    assert {k: r.output for k, r in ask_all(tmp_path, argv, probes).items()} == {p.id: p.input["text"] for p in probes}


def test_one_program_is_started_for_all_probes_and_several_with_workers(tmp_path):
    ask_all(tmp_path, program(tmp_path, ECHO), some_probes(20))
    assert len(starts(tmp_path)) == 1
    (tmp_path / "starts").unlink()
    ask_all(tmp_path, program(tmp_path, ECHO), some_probes(20), workers=3)
    assert len(starts(tmp_path)) == 3


def test_banners_logs_and_strange_lines_are_passed_over(tmp_path):
    argv = program(tmp_path, r"""
        print("Loading model ... 100%\n\n[1]\n3\nnull\n\"x\"\n{broken")
        sys.stdout.buffer.write(b"\xff\xfe\n" + b"[" * 50_000 + b"\n{\"id\": \"other\", \"output\": 1}\n{\"id\": [1]}\n"); sys.stdout.flush()
        for line in sys.stdin:
            print("got", line)
            a = json.loads(line)
            print(json.dumps({"id": a["id"], "output": 5, "meta": {"model": "m"}}))
            print(json.dumps({"id": a["id"], "output": "a second answer"}))
    """)
    replies = ask_all(tmp_path, argv, some_probes(3))
    assert set(map(repr, replies.values())) == {repr(Reply(5, {"model": "m"}))}


def test_an_error_is_a_failure_with_the_programs_words_and_the_program_goes_on(tmp_path):
    argv = program(tmp_path, """
        for line in sys.stdin:
            a = json.loads(line)
            print(json.dumps({"id": a["id"], "error": "model overloaded"} if a["id"] == "p0001" else {"id": a["id"], "output": 0}))
    """)
    replies = ask_all(tmp_path, argv, some_probes(3))
    failure = replies.pop("p0001")
    assert failure.reason == "the tool reported an error: model overloaded"
    assert {r.output for r in replies.values()} == {0}
    assert len(starts(tmp_path)) == 1


@pytest.mark.parametrize(("line", "reason"), [
    ('{"id": "p0000"}', "the line has neither output nor error"), ('{"id": "p0000", "output": NaN}', "the line is not valid JSON"),
    ('{"id": "p0000", "output": "half', "the line is not valid JSON"),
])
def test_an_answer_that_cannot_be_read_is_a_failure_at_once(tmp_path, line, reason):
    argv = program(tmp_path, f"sys.stdin.readline()\nprint({line!r})\nsys.stdin.read()\n")
    failure = ask_all(tmp_path, argv, some_probes(1))["p0000"]
    assert (failure.reason, failure.detail != "") == (reason, True)


@pytest.mark.parametrize("order", ['{"id": "p0000", "output": "LONG"}', '{"output": "LONG", "id": "p0000"}'])
def test_an_answer_over_5_mb_fails_its_own_probe_and_no_other(tmp_path, order):
    argv = program(tmp_path, f"""
        for line in sys.stdin:
            a = json.loads(line)
            if a["id"] == "p0000":
                print({order!r}.replace("LONG", "x" * 12_000_000))
            else:
                print(json.dumps({{"id": a["id"], "output": 1}}))
    """)
    replies = ask_all(tmp_path, argv, some_probes(3))
    assert replies.pop("p0000").reason == "the reply is larger than 5 MB"
    assert {r.output for r in replies.values()} == {1}


def test_a_program_that_dies_in_the_middle_is_started_again(tmp_path):
    argv = program(tmp_path, """
        for n, line in enumerate(sys.stdin):
            a = json.loads(line)
            if n == 2:
                print("out of memory", file=sys.stderr)
                sys.exit(7)
            print(json.dumps({"id": a["id"], "output": a["input"]["text"]}))
    """)
    probes = some_probes(9)
    replies = ask_all(tmp_path, argv, probes, tries=9)
    assert {k: r.output for k, r in replies.items()} == {p.id: p.input["text"] for p in probes}
    assert len(starts(tmp_path)) == 5


def test_a_death_is_told_with_its_exit_code_and_the_last_words(tmp_path):
    argv = program(tmp_path, "sys.stdin.readline()\nprint('x' * 9000 + 'out of memory', file=sys.stderr)\nsys.exit(7)\n")
    failure = ask_all(tmp_path, argv, some_probes(1))["p0000"]
    assert (failure.reason, failure.retry) == ("the program ended (exit code 7)", True)
    assert failure.detail.endswith("out of memory")
    assert len(failure.detail) <= 2000


def test_a_program_that_only_dies_is_started_five_times_and_no_more(tmp_path):
    replies = ask_all(tmp_path, program(tmp_path, "sys.exit(1)\n"), some_probes(6), tries=40)
    assert {r.reason for r in replies.values()} == {"the program ended 5 times without one reply and is not started again"}
    assert len(starts(tmp_path)) == 5


def test_a_death_does_not_fail_the_questions_of_the_next_start(tmp_path):
    argv = program(tmp_path, """
        first = len(open("starts").read().split()) == 1
        for line in sys.stdin:
            a = json.loads(line)
            if first:
                os.close(1); os.close(2)
                time.sleep(0.3)
                os._exit(1)
            time.sleep(0.6)
            print(json.dumps({"id": a["id"], "output": 1}), flush=True)
    """)

    async def run():
        async with open_adapter(Connect("command", settings={"argv": argv}), a_site(tmp_path)) as tool:
            first = asyncio.create_task(within(tool.ask(a_probe(id="a")), 5))
            await asyncio.sleep(0.25)
            second = await within(tool.ask(a_probe(id="b")), 5)
            with pytest.raises(Failure, match=r"the program (ended|closed)"):
                await first
            return second

    assert asyncio.run(run()).output == 1


def test_a_program_that_closes_its_output_is_ended_and_started_again(tmp_path):
    argv = program(tmp_path, """
        if len(open("starts").read().split()) == 1:
            os.close(1)
            time.sleep(60)
        for line in sys.stdin:
            print(json.dumps({"id": json.loads(line)["id"], "output": 1}), flush=True)
    """)
    replies = ask_all(tmp_path, argv, some_probes(2), tries=2)
    assert {r.output for r in replies.values()} == {1}
    assert_ended(starts(tmp_path)[0])


def test_a_program_that_never_answers_is_a_timeout_and_is_ended(tmp_path):
    argv = program(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True:\n    time.sleep(60)\n")
    failure = heard("command", {"argv": argv}, a_site(tmp_path), a_probe(), seconds=0.5)
    assert (failure.reason, failure.retry) == ("no reply within 0.5 seconds", True)
    assert_ended(starts(tmp_path)[0])


def test_a_late_answer_is_passed_over(tmp_path):
    argv = program(tmp_path, """
        for line in sys.stdin:
            a = json.loads(line)
            time.sleep(0.8 if a["id"] == "late" else 0)
            print(json.dumps({"id": a["id"], "output": a["id"]}), flush=True)
    """)

    async def run():
        async with open_adapter(Connect("command", settings={"argv": argv}), a_site(tmp_path)) as tool:
            with pytest.raises(Failure, match="no reply within"):
                await within(tool.ask(a_probe(id="late")), 0.3)
            return await within(tool.ask(a_probe(id="next")), 5)

    assert asyncio.run(run()).output == "next"


@pytest.mark.skipif(os.name != "posix", reason="process groups are a thing of POSIX")
def test_what_the_program_has_started_is_ended_with_it(tmp_path):
    program(tmp_path, "time.sleep(60)\n", name="helper.py")
    (tmp_path / "tool.sh").write_text(f"{sys.executable} helper.py &\nexec {sys.executable} echo.py\n")
    (tmp_path / "echo.py").write_text("import json, sys\n" + ECHO)
    assert ask_all(tmp_path, ["sh", "tool.sh"], some_probes(1))["p0000"].output == "Text 0"
    assert_ended(starts(tmp_path)[0])


@pytest.mark.parametrize("argv", [["no-such-program-here"], ["./no-such-file"], ["notes.txt"]])
def test_a_missing_program_is_a_setup_error_with_exit_code_2(tmp_path, argv):
    (tmp_path / "notes.txt").write_text("not a program")
    with pytest.raises(ConnectionSetupError, match="there is no program") as caught:
        ask_all(tmp_path, argv, [])
    assert caught.value.exit_code == 2


def test_a_program_that_cannot_run_is_a_setup_error_before_anything_is_asked(tmp_path):
    (tmp_path / "tool").write_bytes(b"\x7fELF nonsense")
    (tmp_path / "tool").chmod(0o755)
    with pytest.raises(ConnectionSetupError, match="cannot be started"):
        ask_all(tmp_path, ["./tool"], [])
    with pytest.raises(ConnectionSetupError, match="cannot be started"):
        ask_all(tmp_path, [sys.executable, "a\0b"], [])


def test_a_program_given_with_a_folder_is_the_one_beside_the_plan(tmp_path, monkeypatch):
    (tmp_path / "plan").mkdir()
    (tmp_path / "elsewhere").mkdir()
    for folder in ("plan", "elsewhere"):
        script = f"#!{sys.executable}\nimport json, sys\nfor line in sys.stdin:\n    print(json.dumps({{'id': json.loads(line)['id'], 'output': '{folder}'}}))\n"
        (tmp_path / folder / "tool").write_text(script)
        (tmp_path / folder / "tool").chmod(0o755)
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert ask_all(tmp_path / "plan", ["./tool"], some_probes(1))["p0000"].output == "plan"
