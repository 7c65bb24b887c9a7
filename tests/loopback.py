"""Real servers on the loopback interface, each in a thread: an HTTP one that counts, and a raw one that misbehaves."""

import asyncio
import contextlib
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from aiohttp import web


class Server:
    """What was asked: `calls` in order of arrival, `times` beside it, and the most calls that were open at once."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[web.Request] = []
        self.bodies: list[str] = []
        self.times: list[float] = []
        self.open = 0
        self.most_open = 0


Answer = Callable[[web.Request, str], Awaitable[web.StreamResponse]]


@contextmanager
def http_server(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve `answer(request, body)` on a free port; with `tls`, over https."""
    server = Server()

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.text()
        server.calls.append(request)
        server.bodies.append(body)
        server.times.append(time.monotonic())
        server.open += 1
        server.most_open = max(server.most_open, server.open)
        try:
            response = await answer(request, body)
            with contextlib.suppress(ConnectionError):  # who asked may be dead
                if not response.prepared:
                    await response.prepare(request)
                await response.write_eof()
        finally:
            server.open -= 1
        return response

    async def serve(ready: threading.Event, stop: asyncio.Event) -> None:
        app = web.Application(client_max_size=20_000_000)
        app.router.add_route("*", "/{tail:.*}", handle)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        server.url = f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        await stop.wait()
        await runner.cleanup()

    with _in_thread(serve):
        yield server


@contextmanager
def raw_server(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """Answer each connection's first bytes with any bytes at all, and hang up."""
    address = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(answer(await reader.read(65_536)))
            await writer.drain()
            writer.close()
        except ConnectionError:
            pass

    async def serve(ready: threading.Event, stop: asyncio.Event) -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        address.append(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        ready.set()
        await stop.wait()
        server.close()

    with _in_thread(serve):
        yield address[0]


@contextmanager
def _in_thread(serve: Callable[[threading.Event, asyncio.Event], Awaitable[None]]) -> Iterator[None]:
    ready, box = threading.Event(), {}

    async def main() -> None:
        box["loop"], box["stop"] = asyncio.get_running_loop(), asyncio.Event()
        await serve(ready, box["stop"])

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    assert ready.wait(10), "the loopback server did not start"
    try:
        yield
    finally:
        box["loop"].call_soon_threadsafe(box["stop"].set)
        thread.join(10)
