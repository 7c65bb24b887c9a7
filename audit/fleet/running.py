"""Lanes → what became of each plan: some lanes at a time, the plans of a lane one after the other."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from audit.fleet.board import Board
from audit.fleet.checking import Checked
from audit.fleet.jobs import Ended, Job, failed, stopped
from audit.wording import one_line

_LOOKS = 0.5
Run = Callable[[Job, Checked], Ended]


class Stop:
    """Whether the fleet is to end: `asked`, each plan keeping what has arrived; `now`, at once."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.now = threading.Event()

    def again(self) -> None:
        """Ask for it; asked a second time, it is to be at once."""
        (self.now if self.asked.is_set() else self.asked).set()


def run_lanes(lanes: Sequence[Sequence[Checked]], run: Run, board: Board, stop: Stop, *, at_once: int, score: bool) -> None:
    """Run every plan and tell the board how each ended. Ctrl-C asks all to stop, a second one ends them at once; returns when all have ended."""
    with ThreadPoolExecutor(max(1, min(at_once, len(lanes))), thread_name_prefix="fleet") as pool:
        waiting: set[Future[None]] = {pool.submit(_lane, lane, run, board, stop, score=score) for lane in lanes}
        done: set[Future[None]] = set()
        while waiting:
            try:
                done, waiting = wait(waiting, _LOOKS)
            except KeyboardInterrupt:
                stop.again()
                board.tell("", "ending all at once" if stop.now.is_set() else "stopping: what has arrived is kept (Ctrl-C again ends all at once)")
        for one in done:
            one.result()


def _lane(lane: Sequence[Checked], run: Run, board: Board, stop: Stop, *, score: bool) -> None:
    """Run plans that wait for each other. Between two of them lies the longer of their own gaps between two calls."""
    for place, one in enumerate(lane):
        if place:
            stop.asked.wait(max(one.apart, lane[place - 1].apart))
        if stop.asked.is_set():
            board.ended(one, stopped())
            continue
        board.started(one)
        try:
            ended = run(Job(one.plan, one.run, score), one)
        except Exception as fault:
            ended = failed(one_line(f"{type(fault).__name__}: {fault}", 300))
        board.ended(one, ended)
