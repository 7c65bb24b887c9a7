"""The adapter `python`: whatever a function does, the audit gets a reply or a failure."""

import asyncio
import json
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from audit.errors import ConnectionSetupError
from audit.plan import Connect
from audit.records import Failure, Reply
from audit.vendors import open_adapter
from tests.audits import audit, write_plan, write_set
from tests.builders import a_probe, a_site, some_probes
from tests.vendors.asking import ask_one, heard

RETURNED: dict = {}


def returns(given):
    return RETURNED["value"]


def asked(tmp_path, body, probe=None, *, seconds=5.0, name="tool_under_test"):
    (tmp_path / f"{name}.py").write_text(textwrap.dedent(body), encoding="utf-8")
    return heard("python", {"call": f"{name}:answer"}, a_site(tmp_path), probe or a_probe("Hello"), seconds=seconds)


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_plain_and_an_async_function_get_the_input_and_give_the_output(tmp_path, kind):
    reply = asked(tmp_path, f"{kind} answer(given):\n    return {{'n': len(given['text']), 'keys': sorted(given)}}", a_probe("Hello", grade=7))
    assert reply == Reply({"n": 5, "keys": ["grade", "text"]})


def test_a_function_that_gives_a_coroutine_is_awaited(tmp_path):
    body = "import functools\nasync def inner(x, given):\n    return x\nanswer = functools.partial(inner, 3)"
    assert asked(tmp_path, body) == Reply(3)


def test_async_calls_run_side_by_side_in_one_loop(tmp_path):
    body = """
        import asyncio
        loops = set()
        async def answer(given):
            loops.add(id(asyncio.get_running_loop()))
            await asyncio.sleep(0.3)
            return len(loops)
    """
    (tmp_path / "side.py").write_text(textwrap.dedent(body))

    async def run():
        async with open_adapter(Connect("python", settings={"call": "side:answer"}), a_site(tmp_path)) as tool:
            return await asyncio.gather(*map(tool.ask, some_probes(10)))

    start = time.perf_counter()
    replies = asyncio.run(run())
    assert time.perf_counter() - start < 1.5
    assert {reply.output for reply in replies} == {1}


@pytest.mark.parametrize("kind", ["def", "async def"])
@pytest.mark.parametrize(("statement", "reason"), [
    ("raise ValueError('bad essay')", "ValueError: bad essay"), ("import sys; sys.exit(3)", "SystemExit: 3"), ("raise KeyboardInterrupt", "KeyboardInterrupt: "),
    ("import asyncio; raise asyncio.CancelledError", "CancelledError: "), ("raise TimeoutError('slow')", "TimeoutError: slow"),
    ("raise type('Odd', (Exception,), {'__str__': lambda s: 1 / 0})", "Odd"), ("raise OSError('\\ud800')", "OSError: \ud800"),
])
def test_whatever_it_raises_is_a_failure(tmp_path, kind, statement, reason):
    failure = asked(tmp_path, f"{kind} answer(given):\n    {statement}")
    assert isinstance(failure, Failure)
    assert failure.reason == reason


def test_what_it_prints_does_not_reach_standard_output(tmp_path, capsys):
    body = "import sys\nprint('at import')\ndef answer(given):\n    print('at call')\n    sys.stdout.write('written')\n    return 1"
    assert asked(tmp_path, body) == Reply(1)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.split() == ["at", "import", "at", "call", "written"]


@pytest.mark.parametrize(("value", "output"), [
    (np.float64(1.5), 1.5), (np.int64(3), 3), (np.bool_(True), True), (np.array([1, 2]), [1, 2]), ({"a": np.float32(0.5), "b": [np.int8(1)]}, {"a": 0.5, "b": [1]}),
    ((1, 2), [1, 2]), ("text", "text"), (None, None), (2**70, 2**70),
])
def test_a_numpy_number_is_a_number(tmp_path, value, output):
    RETURNED["value"] = value
    reply = heard("python", {"call": "tests.vendors.test_python:returns"}, a_site(tmp_path), a_probe())
    assert isinstance(reply, Reply)
    assert reply.output == output
    assert type(reply.output) is type(output)


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), np.float64("nan"), np.array(float("nan"))])
def test_a_number_that_is_not_finite_is_a_failure_and_no_null(tmp_path, value):
    RETURNED["value"] = value
    failure = heard("python", {"call": "tests.vendors.test_python:returns"}, a_site(tmp_path), a_probe())
    assert isinstance(failure, Failure)
    assert "not a finite number" in failure.reason


@pytest.mark.parametrize("value", [object(), lambda: 1, {1j: 2}, "\ud800", {"a": object()}])
def test_what_is_no_json_is_a_failure_that_says_so(tmp_path, value):
    RETURNED["value"] = value
    failure = heard("python", {"call": "tests.vendors.test_python:returns"}, a_site(tmp_path), a_probe())
    assert isinstance(failure, Failure)
    assert "not JSON" in failure.reason


def test_a_function_cannot_change_the_probe(tmp_path):
    probe = a_probe("T", rubric=["a"])
    assert asked(tmp_path, "def answer(given):\n    given['rubric'].append('b')\n    given['text'] = ''\n    return given", probe) == Reply({"text": "", "rubric": ["a", "b"]})
    assert probe.input == {"text": "T", "rubric": ["a"]}


@pytest.mark.parametrize("body", [
    "import time\ndef answer(given):\n    time.sleep(30)", "import time\nasync def answer(given):\n    time.sleep(30)",
    "import asyncio\nasync def answer(given):\n    await asyncio.sleep(30)",
])
def test_a_function_that_hangs_times_out_and_does_not_hold_up_the_exit(tmp_path, body):
    (tmp_path / "hangs.py").write_text(body)
    script = f"""
        import asyncio, pathlib
        from audit.records import Failure
        from tests.builders import a_probe, a_site
        from tests.vendors.asking import ask_one
        try:
            asyncio.run(ask_one("python", {{"call": "hangs:answer"}}, a_site(pathlib.Path({str(tmp_path)!r})), a_probe(), seconds=0.3))
        except Failure as failure:
            print(failure.reason)
    """
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=25, check=False)
    assert time.perf_counter() - start < 20
    assert (done.stdout, done.returncode) == ("no reply within 0.3 seconds\n", 0), done.stderr


def test_one_call_that_hangs_does_not_hold_up_the_others(tmp_path):
    (tmp_path / "some_hang.py").write_text("import time\ndef answer(given):\n    time.sleep(1 if given['text'] == 'Text 0' else 0)\n    return 1")

    async def run():
        async with open_adapter(Connect("python", settings={"call": "some_hang:answer"}), a_site(tmp_path)) as tool:
            first, *others = [asyncio.create_task(tool.ask(probe)) for probe in some_probes(5)]
            await asyncio.gather(*others)
            return first.done()

    assert asyncio.run(run()) is False


def test_two_plans_with_a_module_of_the_same_name_each_get_their_own(tmp_path):
    answers = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helper_of_tool.py").write_text(f"NAME = {name!r}")
        answers.append(asked(tmp_path / name, "def answer(given):\n    from helper_of_tool import NAME\n    return NAME", name="same_name").output)
    assert answers == ["one", "two"]
    assert str(tmp_path / "one") not in sys.path


@pytest.mark.parametrize(("call", "what"), [
    ("tool", "not of the form"), (":f", "not of the form"), ("no_such_module_x:f", "cannot be imported"), ("json:no_such", "has no function"),
    ("json:__name__", "has no function"), ("breaks:f", "cannot be imported: ValueError: broken"), ("leaves:f", "cannot be imported: SystemExit"),
])
def test_a_function_that_is_not_there_is_a_setup_error(tmp_path, call, what):
    (tmp_path / "breaks.py").write_text("raise ValueError('broken')")
    (tmp_path / "leaves.py").write_text("raise SystemExit(0)")
    with pytest.raises(ConnectionSetupError, match=what):
        asyncio.run(ask_one("python", {"call": call}, a_site(tmp_path), a_probe()))


def test_a_tool_that_prints_at_every_call_is_shown_once_and_never_on_standard_output(tmp_path):
    write_set(tmp_path / "tiny", items=12)
    (tmp_path / "tool.py").write_text(
        "import os, subprocess, sys\ndef answer(given):\n    print('banner')\n    os.write(1, b'from C')\n"
        "    subprocess.run([sys.executable, '-c', 'print(1)'])\n    return True\n"
    )
    result = audit("collect", write_plan(tmp_path, 'adapter = "python"\ncall = "tool:answer"\n'), "--format", "json")
    assert json.loads(result.stdout)["answered"] == 24
    assert result.stderr.count("banner") == 5
