"""The floor: a loop over aiohttp that keeps nothing. python -m benchmarks.collection.bare PORT CALLS AT_ONCE"""

import asyncio
import json
import resource
import sys
import time

import aiohttp


async def main(port: int, calls: int, at_once: int) -> None:
    numbers = iter(range(calls))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def ask() -> None:
            for n in numbers:
                body = json.dumps({"model": "m", "messages": [{"role": "user", "content": f"probe {n:08} " + "An essay. " * 20}]}).encode()
                async with session.post(f"http://127.0.0.1:{port}/v1/chat/completions", data=body, headers={"Content-Type": "application/json"}) as answer:
                    json.loads(await answer.read())["choices"][0]["message"]["content"]

        wall, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(ask() for _ in range(at_once)))
        print(json.dumps({
            "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }))


if __name__ == "__main__":
    asyncio.run(main(*(int(a) for a in sys.argv[1:4])))
