"""Progress: a bar on a terminal, plain lines elsewhere, never on standard output."""

import os
import subprocess
import sys

import pytest

from tests.audits import audit, write_plan, write_set

TOOL = "def answer(given):\n    print('banner')\n    return len(given['text']) % 2 == 0\n"


def a_plan(folder):
    write_set(folder / "tiny", items=12)
    (folder / "tool.py").write_text(TOOL)
    return write_plan(folder, 'adapter = "python"\ncall = "tool:answer"\n')


def test_elsewhere_than_on_a_terminal_there_are_plain_lines_on_standard_error(tmp_path):
    result = audit("run", a_plan(tmp_path))
    assert "collecting: 24 probes to ask" in result.stderr
    assert "\x1b" not in result.stderr + result.stdout
    assert "collecting" not in result.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal needs a Unix system")
def test_on_a_terminal_there_is_a_bar_and_the_result_is_whole(tmp_path):
    terminal, end = os.openpty()
    process = subprocess.Popen([sys.executable, "-m", "audit", "run", str(a_plan(tmp_path))], stdout=subprocess.PIPE, stderr=end, text=True)
    os.close(end)
    shown = b""
    while True:
        try:
            chunk = os.read(terminal, 65_536)
        except OSError:
            break
        if not chunk:
            break
        shown += chunk
    out = process.communicate()[0]
    os.close(terminal)
    assert b"24/24" in shown
    assert b"0 failed" in shown
    assert "Gates:" in out
    assert "Scorecard:" in out
    assert "banner" not in out
