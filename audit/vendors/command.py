"""A program, started once (or `workers` times): a JSON object a line in, one a line out, in any order.

Lines on its standard output that are not a JSON object with a known id (banners, logs) are passed over.
"""

import asyncio
import contextlib
import itertools
import os
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from audit.errors import ConnectionSetupError
from audit.records import Failure, Probe, Reply
from audit.vendors.site import LARGEST_REPLY, Site, Tool, too_large

_MOST_STARTS = 5
_STDERR_KEPT = 2_000
_SECONDS_TO_END = 2.0


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """`argv[0]` is looked up on the PATH and in the plan's folder; the process runs in that folder."""

    argv: Annotated[list[str], Meta(min_length=1)]
    workers: Annotated[int, Meta(ge=1, le=64)] = 1


@asynccontextmanager
async def connect(settings: Settings, site: Site) -> AsyncIterator[Tool]:
    """Start the processes, give `ask`, and end the processes."""
    program = settings.argv[0]
    if shutil.which(program) is None and shutil.which(str(site.base / program)) is None:
        raise ConnectionSetupError(
            f"there is no program {program!r}", where=site.where, fix="Check connect.argv, or install the program."
        )
    if shutil.which(program) is None:
        settings = Settings([str(site.base / program), *settings.argv[1:]], settings.workers)
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(_running(settings.argv, site)) for _ in range(settings.workers)]
        turns = itertools.cycle(workers)

        async def ask(probe: Probe) -> Reply:
            return await next(turns).ask(probe)

        yield Tool(ask)


@asynccontextmanager
async def _running(argv: list[str], site: Site) -> AsyncIterator["_Worker"]:
    worker = _Worker(argv, site)
    try:
        yield worker
    finally:
        await worker.stop()


class _Worker:
    """One process, started when first asked and again when it has ended; its open questions by id."""

    def __init__(self, argv: list[str], site: Site) -> None:
        self._argv = argv
        self._site = site
        self._process: Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._stderr = b""
        self._starts = 0
        self._starting = asyncio.Lock()

    async def ask(self, probe: Probe) -> Reply:
        process = await self._alive()
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[probe.id] = future
        try:
            assert process.stdin is not None  # noqa: S101 - PIPE was asked for
            process.stdin.write(msgspec.json.encode({"id": probe.id, "input": probe.input}) + b"\n")
            await process.stdin.drain()
            return await future
        except (BrokenPipeError, ConnectionResetError):
            raise Failure("the program closed its input", detail=self._last_words(), retry=True) from None
        finally:
            self._waiting.pop(probe.id, None)

    async def _alive(self) -> Process:
        async with self._starting:
            if self._process is None or self._process.returncode is not None:
                if self._starts >= _MOST_STARTS:
                    raise Failure(f"the program ended {self._starts} times and is not started again", detail=self._last_words())
                await self._start()
            assert self._process is not None  # noqa: S101 - just started
            return self._process

    async def _start(self) -> None:
        self._starts += 1
        environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=self._site.base,
                env=environment, limit=LARGEST_REPLY,
            )
        except OSError as bad:
            raise ConnectionSetupError(
                f"the program {self._argv[0]!r} cannot be started: {bad.strerror}", where=self._site.where
            ) from None
        self._tasks = [
            asyncio.create_task(self._read_replies(self._process)),
            asyncio.create_task(self._read_stderr(self._process)),
        ]

    async def _read_replies(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101 - PIPE was asked for
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:
                self._fail_all(too_large())
                continue
            if not line:
                break
            self._take(line)
        code = await process.wait()
        self._fail_all(Failure(f"the program ended (exit code {code})", detail=self._last_words(), retry=True))

    def _take(self, line: bytes) -> None:
        try:
            answer: Any = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return
        future = self._waiting.get(str(answer.get("id"))) if isinstance(answer, dict) else None
        if future is None or future.done():
            return
        if answer.get("error") is not None:
            future.set_exception(Failure(f"the tool reported an error: {str(answer['error'])[:200]}"))
        elif "output" in answer:
            meta = answer.get("meta")
            future.set_result(Reply(answer["output"], meta if isinstance(meta, dict) else {}))
        else:
            future.set_exception(Failure("the line has neither output nor error", detail=str(answer)[:2000]))

    def _fail_all(self, failure: Failure) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(failure)

    async def _read_stderr(self, process: Process) -> None:
        assert process.stderr is not None  # noqa: S101 - PIPE was asked for
        while chunk := await process.stderr.read(65_536):
            self._stderr = (self._stderr + chunk)[-_STDERR_KEPT:]

    def _last_words(self) -> str:
        return self._stderr.decode("utf-8", "replace").strip()

    async def stop(self) -> None:
        """Close the program's input, wait a moment, then end it."""
        if self._process is None:
            return
        if self._process.returncode is None:
            if self._process.stdin is not None:
                self._process.stdin.close()
            try:
                await asyncio.wait_for(self._process.wait(), _SECONDS_TO_END)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
