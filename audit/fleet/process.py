"""One plan in a process of its own, through the code of `audit run`: if it crashes, leaks or hangs, it costs only itself.

The process ends when its standard input is closed. That is how it is stopped, and it also ends when whoever started it dies, however: no
collector goes on that nobody waits for, and none holds a run folder for ever.
"""

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

import audit
from audit import collect
from audit.errors import AuditError, RunFolderError
from audit.fleet.jobs import Ended, Job, failed, stopped
from audit.wording import one_line

MODULE = "audit.cli.alone"
_START = f"import sys; sys.path.append(sys.argv.pop(1)); from {MODULE} import main; main()"
"""Our own folder comes last on the path and the working directory not at all: a `random.py` that lies there is nobody's library."""
_LOOKS = 0.1
_GRACE = 30.0
"""Seconds that a process has to end by itself, keeping what has arrived, before it is killed."""
_LAST_LINES = 3


def run_alone(
    job: Job, stop: Callable[[], bool], now: Callable[[], bool] = lambda: False, hear: Callable[[str], None] = lambda _line: None,
    *, minutes: float | None = None, patience: float = 5.0,
) -> Ended:
    """Run a plan and return how it ended; never raises for what the plan does.

    stop: whether it is to end, keeping what has arrived; now: at once. hear: gets each line of its progress. minutes: after which it
    is ended all the same. patience: seconds that another collector in the run folder is waited for; one that was just killed may still hold it.
    """
    if held := _held(Path(job.run), patience, stop):
        return stopped() if stop() else Ended("elsewhere", 3, because=held)
    with _started(job) as process:
        ears = _Ears(process, hear)
        why = _attend(process, ears.told, stop, now, minutes)
    told, last = ears.all()
    ended = _read(told[0]) if told else None
    if ended is None:
        ended = failed(_how_it_ended(process.returncode, last))
    if ended.status == "done":
        return ended
    ended = msgspec.structs.replace(ended, status="stopped", exit_code=3, because=why) if why else ended
    return msgspec.structs.replace(ended, answered=_replies(Path(job.run)))


def _held(run: Path, patience: float, stop: Callable[[], bool]) -> str:
    """Return why a run folder cannot be had, empty where it can; nothing is made where there is no folder."""
    until = time.monotonic() + patience
    while (run / ".lock").exists():
        try:
            with collect.lock_run(run):
                return ""
        except RunFolderError as error:
            if time.monotonic() > until or stop():
                return error.what
            time.sleep(_LOOKS)
    return ""


@contextmanager
def _started(job: Job) -> Iterator[subprocess.Popen[bytes]]:
    """Start the process apart from the terminal's group, so that Ctrl-C reaches only us; kill what is left of it."""
    apart = {"start_new_session": True} if os.name == "posix" else {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    process = subprocess.Popen(  # noqa: S603 - this Python, our own module
        [sys.executable, "-P", "-c", _START, str(Path(audit.__file__).parents[1]), msgspec.json.encode(job).decode()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"PYTHONIOENCODING": "utf-8"}, **apart,
    )
    try:
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_LOOKS * 10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class _Ears:
    """Listens to a process in threads of their own: `told` is the line of its result, when there is one."""

    def __init__(self, process: subprocess.Popen[bytes], hear: Callable[[str], None]) -> None:
        self._process = process
        self._hear = hear
        self.told: list[bytes] = []
        self._last: deque[str] = deque(maxlen=_LAST_LINES)
        self._threads = [threading.Thread(target=listen, name="fleet", daemon=True) for listen in (self._result, self._progress)]
        for one in self._threads:
            one.start()

    def all(self) -> tuple[list[bytes], deque[str]]:
        """Return the result and the last lines, once the process has ended; a helper of a tool's that holds the pipe is not waited for."""
        for one in self._threads:
            one.join(1.0)
        return self.told, self._last

    def _result(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            if (line := stdout.readline()).endswith(b"\n"):
                self.told.append(line)

    def _progress(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as stderr:
            for raw in stderr:
                if line := one_line(raw.decode("utf-8", "replace"), 400):
                    self._last.append(line)
                    self._hear(line)


def _attend(
    process: subprocess.Popen[bytes], told: list[bytes], stop: Callable[[], bool], now: Callable[[], bool], minutes: float | None
) -> str:
    """Wait until the process has told its result or ended; return why it was ended, empty where it ended by itself."""
    until = time.monotonic() + minutes * 60 if minutes else None
    why, grace = "", 0.0
    while process.poll() is None and not told:
        if not why and (late := until is not None and time.monotonic() > until) | stop():
            why = f"ended after {minutes:g} minutes (--minutes)" if late else "stopped"
            grace = time.monotonic() + _GRACE
            assert process.stdin is not None
            process.stdin.close()
        if why and (now() or time.monotonic() > grace):
            process.kill()
        time.sleep(_LOOKS)
    return why


def _replies(run: Path) -> int:
    """Return how many replies a run folder holds."""
    try:
        return sum(r.failure is None for r in collect.read_journal(run, outputs=False).responses.values())
    except AuditError:
        return 0


def _read(line: bytes) -> Ended | None:
    try:
        return msgspec.json.decode(line, type=Ended)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _how_it_ended(code: int | None, last: deque[str]) -> str:
    words = f" ({one_line(' / '.join(last), 300)})" if last else ""
    if code is not None and code < 0:
        return f"its process was ended by signal {-code}: killed, or out of memory{words}"
    return f"its process ended with exit code {code} and no result{words}"
