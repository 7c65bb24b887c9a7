"""The process of one plan of a fleet (`audit.fleet.process`): what `audit run` does, with the result as one line of JSON.

Standard input is the thread that it hangs by: when it closes, the process ends as at Ctrl-C, keeping what has arrived. Everything for
people goes to standard error.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import msgspec

from audit.errors import AuditError
from audit.fleet.jobs import Ended, Job
from audit.wording import one_line

_TO_THE_END = 60.0
_LONGEST = 600


def main() -> None:
    """Run the plan that the first argument names, and print how it ended."""
    job = msgspec.json.decode(sys.argv[1], type=Job)
    signal.signal(signal.SIGINT, signal.default_int_handler)   # a shell that starts something in the background has it ignored
    out = _own_descriptors()
    try:
        ended = run_one(job)
    except KeyboardInterrupt:
        ended = Ended("failed", 3, because="stopped")
    os.write(out, msgspec.json.encode(ended) + b"\n")


def _own_descriptors() -> int:
    """Keep both pipes from whatever a tool does with standard input and output; return where the result goes."""
    thread, out = os.dup(0), os.dup(1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    threading.Thread(target=_end_with, args=(thread,), name="thread", daemon=True).start()
    return out


def _end_with(thread: int) -> None:
    """Interrupt the main thread when the other end of a pipe is closed, and end the process when even that does not help."""
    while os.read(thread, 1):
        pass
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)
    time.sleep(_TO_THE_END)
    os._exit(3)


def run_one(job: Job) -> Ended:
    """Collect and, where the job says so, score; return how it ended."""
    from audit import pipeline, scorecard
    from audit.cli.audits import collect_and_tell
    from audit.cli.screen import today

    try:
        found = collect_and_tell(Path(job.plan), Path(job.run))
    except AuditError as error:
        return Ended("failed", error.exit_code, because=one_line(str(error), _LONGEST))
    why = found.stopped or (f"{found.failed} probes failed" if found.failed else "") or (f"{found.open} probes have no reply yet" if found.open else "")
    ended = Ended(
        "done", 3 if found.open or found.failed else 0, planned=found.planned, answered=found.answered, failed=found.failed, open=found.open,
        not_needed=found.not_needed, because=one_line(why, _LONGEST),
    )
    if not job.score:
        return ended
    try:
        card = pipeline.score_run(Path(job.run), today())
    except AuditError as error:
        return msgspec.structs.replace(ended, status="failed", exit_code=error.exit_code, because=one_line(f"{why}; {error}".strip("; "), _LONGEST))
    code = scorecard.exit_code(card) or (3 if found.open else 0)
    because = why or (one_line(card.decision.because[0], _LONGEST) if code and card.decision.because else "")
    return msgspec.structs.replace(ended, exit_code=code, decision=card.decision.status, because=because)
