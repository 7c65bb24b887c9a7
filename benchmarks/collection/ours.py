"""Our collector, with its journal, on probes from a generator. python -m benchmarks.collection.ours PORT CALLS AT_ONCE|auto FOLDER"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from audit import collect, vendors
from audit.plan import Connect
from audit.records import Probe


class Nobody:
    """An onlooker who looks away."""

    def done(self) -> None: ...
    def failed(self, reason: str) -> None:
        print(reason, file=sys.stderr)

    def retrying(self, reason: str, seconds: float) -> None: ...
    def down(self, reason: str, seconds: float) -> None: ...
    def up(self) -> None: ...


def probes(calls: int) -> Iterator[Probe]:
    for n in range(calls):
        text = f"probe {n:08} " + "An essay. " * 20
        yield Probe(id=f"p{n:015}", set="s", item=f"i{n}", groups={"g": "a"}, repeat=1, input={"text": text}, prompt=text)


def clock() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def main(port: str, calls: int, at_once: str, folder: Path) -> None:
    auto = at_once == "auto"
    connect = Connect("chat", concurrency="auto" if auto else int(at_once), settings={"base_url": f"http://127.0.0.1:{port}/v1", "model": "m"})
    site = vendors.Site(folder, "plan.toml", list(probes(1)), connect.timeout, 4 if auto else int(at_once))
    async with vendors.open_adapter(connect, site) as tool:
        with collect.lock_run(folder):
            journal = collect.Journal(folder, "c" * 64, clock, {})
            asking = collect.Asking(
                ask=tool.ask, timeout=connect.timeout, retries=3, limit=collect.Limit(site.concurrency, auto=auto), pace=collect.Pace(None),
                budget=collect.Budget(collect.Prices(), most_calls=None, most_dollars=None, calls=0, spent=0.0), seen=lambda _: None,
            )
            wall, cpu = time.perf_counter(), time.process_time()
            done = await collect.collect(probes(calls), asking, journal, Nobody())
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            journal.close()
    assert done.replies == calls, done
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "at_once": done.at_once}))


if __name__ == "__main__":
    Path(sys.argv[4]).mkdir(parents=True, exist_ok=True)
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], Path(sys.argv[4])))
