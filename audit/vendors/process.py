"""One started program that `command` asks: its pipes, its open questions, and its end."""

import asyncio
import contextlib
import os
import re
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator

import msgspec

from audit.errors import ConnectionSetupError
from audit.records import Failure, Probe, Reply
from audit.vendors.site import DETAIL, LARGEST_REPLY, Site, decoded, too_large, with_usage

_PIECE = 65_536
_ENDS = 4_096
_ERROR = 200
_SECONDS_TO_END = 2.0
_SECONDS_FOR_LAST_WORDS = 0.5
_ID = re.compile(rb'"id"\s*:\s*"([^"\\]*)"')


async def start(argv: list[str], site: Site) -> "Program":
    """Start a program in the plan's folder. Raises ConnectionSetupError when it cannot be started."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    try:
        # A session of its own: its helpers can be ended with it, and Ctrl-C stops the audit first.
        process = await asyncio.create_subprocess_exec(
            *argv, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=site.base, env=environment,
            limit=_PIECE, start_new_session=True,
        )
    except (OSError, ValueError) as bad:
        raise ConnectionSetupError(
            f"the program {argv[0]!r} cannot be started: {getattr(bad, 'strerror', None) or bad}",
            where=site.where, fix="Check connect.argv.",
        ) from None
    return Program(process)


class Program:
    """A running program. `closed` says how it ended, None while it can be asked; `replies` counts."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._stderr = b""
        self._killed = False
        self.closed: Failure | None = None
        self.replies = 0
        self._ears = asyncio.create_task(self._read_stderr())
        self._reader = asyncio.create_task(self._read_replies())
        self._watcher = asyncio.create_task(self._watch())

    async def ask(self, probe: Probe) -> Reply:
        """Send one question and wait for its answer. Raises Failure."""
        if self.closed is not None:
            raise self.closed
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[probe.id] = future
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(msgspec.json.encode({"id": probe.id, "input": probe.input}) + b"\n")
            await stdin.drain()
            return await future
        except (BrokenPipeError, ConnectionResetError):
            self.closed = self.closed or Failure("the program closed its input", retry=True)
            await asyncio.wait({future}, timeout=2 * _SECONDS_TO_END)  # the watcher knows how it ended
            if future.done():
                return future.result()
            raise self.closed from None
        finally:
            self._waiting.pop(probe.id, None)

    async def _read_replies(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        async for line, over in _lines(stdout):
            if over:
                self._fail_by_id(line, too_large())
            else:
                self._take(line)

    async def _watch(self) -> None:
        """Wait until the program ends or closes its output, then tell every open question."""
        gone = asyncio.create_task(self._process.wait())
        await asyncio.wait({gone, self._reader}, return_when=asyncio.FIRST_COMPLETED)
        self.closed = Failure("the program closed its output", retry=True)
        await asyncio.wait({gone, self._reader}, timeout=_SECONDS_TO_END)
        how = f"ended (exit code {self._process.returncode})" if gone.done() else "closed its output"
        self._kill()
        await asyncio.wait({self._ears}, timeout=_SECONDS_FOR_LAST_WORDS)
        await gone
        self.closed = Failure(f"the program {how}", detail=self.last_words(), retry=True)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self.closed)

    def _take(self, line: bytes) -> None:
        try:
            answer = decoded(line)
        except ValueError:
            if line.lstrip().startswith(b"{"):
                self._fail_by_id(line, Failure("the line is not valid JSON", detail=line[:DETAIL].decode("utf-8", "replace")))
            return
        future = self._waiting.get(str(answer.get("id"))) if isinstance(answer, dict) else None
        if future is None or future.done():
            return
        self.replies += 1
        if (error := answer.get("error")) is not None:
            text = str(error)
            future.set_exception(Failure(f"the tool reported an error: {text[:_ERROR]}", detail=text[:DETAIL] if len(text) > _ERROR else ""))
        elif "output" in answer:
            meta = answer.get("meta")
            reply = with_usage(answer["output"])
            future.set_result(Reply(reply.output, reply.meta | meta) if isinstance(meta, dict) else reply)
        else:
            future.set_exception(Failure("the line has neither output nor error", detail=str(answer)[:DETAIL]))

    def _fail_by_id(self, broken: bytes, failure: Failure) -> None:
        """Fail the question whose id stands in a line that cannot be read."""
        for name in _ID.findall(broken):
            future = self._waiting.get(name.decode("utf-8", "replace"))
            if future is not None and not future.done():
                future.set_exception(failure)

    async def _read_stderr(self) -> None:
        stderr = self._process.stderr
        assert stderr is not None
        while chunk := await stderr.read(_PIECE):
            self._stderr = (self._stderr + chunk)[-DETAIL:]

    def last_words(self) -> str:
        """Return the end of what the program wrote to its standard error."""
        return self._stderr.decode("utf-8", "replace").strip()

    async def end(self) -> None:
        """Close the program's input, wait a moment, then end it and what it has started."""
        if self.closed is not None:
            await asyncio.wait({self._watcher})  # it ends the program within moments, and tells who waits
        pipes = (self._reader, self._ears)
        try:
            if self._process.stdin is not None:
                self._process.stdin.close()
            if self._process.returncode is None:
                await asyncio.wait_for(self._process.wait(), _SECONDS_TO_END)
        except TimeoutError:
            pass
        finally:
            self._kill()
        await self._process.wait()
        await asyncio.wait(pipes, timeout=_SECONDS_FOR_LAST_WORDS)
        for task in (*pipes, self._watcher):
            task.cancel()
        await asyncio.gather(*pipes, self._watcher, return_exceptions=True)
        self._process._transport.close()  # type: ignore[attr-defined]  # noqa: SLF001 - else its pipes stay open where a helper holds them

    def _kill(self) -> None:
        """End the program and its helpers, once: later its number may be another program's."""
        if self._killed:
            return
        self._killed = True
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            elif self._process.returncode is None:
                self._process.kill()


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bool]]:
    """Give each line, and whether it is over the limit: of such a line only the two ends are kept."""
    line, over = bytearray(), False
    while chunk := await stream.read(_PIECE):
        for number, piece in enumerate(chunk.split(b"\n")):
            if number:
                yield bytes(line), over
                line, over = bytearray(), False
            line += piece
            if len(line) > LARGEST_REPLY:
                over = True
                del line[_ENDS:-_ENDS]
    if line:
        yield bytes(line), over
