"""One sitting of a collection in this process, for the tests of `collect`."""

import asyncio
import json
from pathlib import Path

from audit.collect import Asking, Budget, Journal, Limit, Log, Pace, Prices, Summary, collect, parse_rate, read_journal

CLOCK = "2026-11-21T12:00:00.000Z"


class Watched:
    """Remembers what an onlooker is told."""

    def __init__(self) -> None:
        self.replies = 0
        self.failures: list[str] = []
        self.retries: list[tuple[str, float]] = []
        self.downs: list[tuple[str, float]] = []
        self.ups = 0

    def done(self) -> None:
        self.replies += 1

    def failed(self, reason: str) -> None:
        self.failures.append(reason)

    def retrying(self, reason: str, seconds: float) -> None:
        self.retries.append((reason, seconds))

    def down(self, reason: str, seconds: float) -> None:
        self.downs.append((reason, seconds))

    def up(self) -> None:
        self.ups += 1


def no_budget() -> Budget:
    return Budget(Prices(), most_calls=None, most_dollars=None, calls=0, spent=0.0)


def sit(
    folder: Path, probes, ask, *, retries=3, timeout=5.0, size=4, auto=False, rate=None, budget=None, secrets=None, seen=None, watch=None, limit=None, clock=None, visit=None,
) -> tuple[Summary, Log]:
    """Collect once; return what the sitting did and what the journal then says."""
    async def run() -> Summary:
        journal = Journal(folder, "c" * 64, clock or (lambda: CLOCK), secrets or {})
        try:
            asking = Asking(
                ask=ask, timeout=timeout, retries=retries, limit=limit or Limit(size, auto=auto), pace=Pace(parse_rate(rate)),
                budget=budget or no_budget(), seen=seen or (lambda _: None), visit=visit,
            )
            return await collect(probes, asking, journal, watch or Watched())
        finally:
            journal.close()

    folder.mkdir(parents=True, exist_ok=True)
    return asyncio.run(run()), read_journal(folder)


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()]


def count(folder: Path, event: str) -> int:
    return sum(line["event"] == event for line in lines(folder))
