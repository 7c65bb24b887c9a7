"""The journal beside SQLite: python benchmarks/journal.py

Both keep the same 20,000 replies of about 2 KB, each reported as kept only when it is on disk, and both
commit whatever has arrived, again and again: the journal as JSON lines with fsync, SQLite in WAL mode
with synchronous=FULL. Only the ratios mean anything on another machine. Then each writer is killed with
SIGKILL a few times: rows that it had reported as kept and that are missing are lost. Half a minute.
"""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import msgspec

from audit.collect import Journal, read_journal
from audit.collect.journal import Answered

ROWS = 20_000
ROUNDS = 3
KILLS = 4
TEXT = "The essay makes its point and supports it with two examples from the text. "


def event(number: int) -> Answered:
    return Answered(f"p{number:015}", 1, "2026-11-21T12:00:00.000Z", 1.25, {"score": number % 6, "why": TEXT * 24}, {"model": "m"})


class Table:
    """SQLite with the journal's promise: `append` returns when the row is safely on disk."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "journal.sqlite"
        self._loop = asyncio.get_running_loop()
        self._arrived: list[tuple[tuple[str, bytes], asyncio.Future[None]]] = []
        self._lock, self._wake, self._closing = threading.Lock(), threading.Event(), False
        self._thread = threading.Thread(target=self._commit_forever, daemon=True)
        self._thread.start()

    async def append(self, event: Answered) -> None:
        future = self._loop.create_future()
        with self._lock:
            self._arrived.append(((event.probe, msgspec.json.encode(event)), future))
        self._wake.set()
        await future

    def close(self) -> None:
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _commit_forever(self) -> None:
        base = sqlite3.connect(self._path, isolation_level=None)
        base.execute("pragma journal_mode=wal")
        base.execute("pragma synchronous=full")
        base.execute("create table if not exists events (probe text, body blob)")
        while not self._closing or self._arrived:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                arrived, self._arrived = self._arrived, []
            if arrived:
                base.execute("begin")
                base.executemany("insert into events values (?, ?)", [row for row, _ in arrived])
                base.execute("commit")
                self._loop.call_soon_threadsafe(lambda futures: [f.set_result(None) for f in futures], [f for _, f in arrived])
        base.close()


def read_lines(folder: Path) -> set[str]:
    return set(read_journal(folder).responses)


def read_table(folder: Path) -> set[str]:
    with sqlite3.connect(folder / "journal.sqlite") as base:
        return {msgspec.json.decode(body, type=Answered).probe for (body,) in base.execute("select body from events")}


STORES: dict[str, tuple[Callable[[Path], Journal | Table], Callable[[Path], set[str]]]] = {
    "lines": (lambda folder: Journal(folder, "c", lambda: "t", {}), read_lines),
    "sqlite": (Table, read_table),
}


async def write(store: str, folder: Path, rows: int, at_once: int, kept: Callable[[str], object]) -> None:
    opened, numbers = STORES[store][0](folder), iter(range(rows))

    async def worker() -> None:
        for number in numbers:
            one = event(number)
            await opened.append(one)
            kept(one.probe)

    await asyncio.gather(*(worker() for _ in range(at_once)))
    opened.close()


def measure(store: str, at_once: int) -> tuple[float, float, float]:
    """Return seconds to write, seconds to read back, megabytes on disk."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:  # /tmp may be memory
        folder = Path(name)
        start = time.perf_counter()
        asyncio.run(write(store, folder, ROWS, at_once, lambda _: None))
        written = time.perf_counter()
        assert len(STORES[store][1](folder)) == ROWS
        return written - start, time.perf_counter() - written, sum(p.stat().st_size for p in folder.iterdir()) / 1e6


def lost(store: str, seconds: float) -> tuple[int, int]:
    """Kill a writer; return the rows that it had reported as kept, and how many of them are missing."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        reported = Path(name) / "reported"
        with reported.open("wb") as out:
            writer = subprocess.Popen([sys.executable, __file__, store, name], stdout=out)
            while reported.stat().st_size == 0:
                assert writer.poll() is None
                time.sleep(0.005)
            time.sleep(seconds)
            writer.kill()
            writer.wait()
        told = {line.decode() for line in reported.read_bytes().split(b"\n")[:-1]}
        return len(told), len(told - STORES[store][1](Path(name)))


def main() -> None:
    if len(sys.argv) == 3:
        asyncio.run(write(sys.argv[1], Path(sys.argv[2]), 10**9, 50, lambda probe: os.write(1, probe.encode() + b"\n")))
    for at_once in (4, 50):
        rounds = [{store: measure(store, at_once) for store in STORES} for _ in range(ROUNDS)]  # side by side
        ours, theirs = ([median(each[store][i] for each in rounds) for i in range(3)] for store in STORES)
        print(
            f"{at_once:3} calls at once: JSON lines keep {theirs[0] / ours[0]:.1f} times the rows a second of SQLite, "
            f"are read back {theirs[1] / ours[1]:.1f} times as fast, and take {ours[2] / theirs[2]:.2f} times the room ({ours[2]:.0f} MB)"
        )
    rng = random.Random(1)
    for store in STORES:
        told, missing = map(sum, zip(*(lost(store, rng.uniform(0.1, 0.6)) for _ in range(KILLS)), strict=True))
        print(f"{store}: {KILLS} kills, {told} rows reported as kept, {missing} of them lost")


if __name__ == "__main__":
    main()
