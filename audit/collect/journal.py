"""The journal: an append-only file of JSON lines, one an event. Every reply is here before it counts.

    {"event": "begin", "journal": 1, "collection": …, "at": …}
    {"event": "ask",   "probe": …, "attempt": 1, "at": …}
    {"event": "reply", "probe": …, "attempt": 1, "at": …, "seconds": …, "output": …, "meta": …}
    {"event": "fail",  "probe": …, "attempt": 1, "at": …, "seconds": …, "reason": …, "detail": …, "final": true}

A line is written before the program goes on, so a killed process loses nothing; it is forced to disk
by a thread that syncs whatever has arrived, again and again, so a power cut loses nothing that counted.
Why a file and not a database: docs/decisions/0002-journal.md. `log` reads it back.
"""

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from audit.collect.redaction import Redaction
from audit.errors import RunFolderError
from audit.records import Failure, Json, Probe, Reply

EDITION = 1
NAME = "journal.jsonl"
_PIECE = 65_536
_BETWEEN_SYNCS = 0.005
"""Seconds: what arrives meanwhile shares a sync, and the collector is not woken a thousand times a second. Every line is in the file at once."""
_AGAIN = "Make room or allow writing, then run the same command again: it goes on where it stopped."


class Begin(Struct, frozen=True, tag="begin", tag_field="event"):
    """The first line: the journal's edition, and the collection that it belongs to."""

    journal: int
    collection: str
    at: str


class Ask(Struct, frozen=True, tag="ask", tag_field="event", omit_defaults=True):
    """A probe is about to be asked; without a line that answers it, it was in flight when we stopped. calls: the turns of a conversation."""

    probe: str
    attempt: int
    at: str
    calls: int = 1


class Answered(Struct, frozen=True, tag="reply", tag_field="event"):
    """A reply arrived."""

    probe: str
    attempt: int
    at: str
    seconds: float
    output: Json
    meta: dict[str, Json] = {}


class Failed(Struct, frozen=True, tag="fail", tag_field="event"):
    """A call failed; `final` when it is not tried again in this run of the command."""

    probe: str
    attempt: int
    at: str
    seconds: float
    reason: str
    final: bool
    detail: str = ""


Event = Begin | Ask | Answered | Failed


class Journal:
    """The open journal of a run. Awaiting what `append` returns waits until the event is safely on disk.

    Its first error is its last: nothing is written behind a line that may be torn.
    """

    def __init__(self, folder: Path, collection: str, clock: Callable[[], str], redact: Mapping[str, str]) -> None:
        self._path = folder / NAME
        self.clock = clock
        self.redaction = Redaction(redact)
        self._broken: RunFolderError | None = None
        self._lines = bytearray()
        self._unwritten: list[asyncio.Future[None]] = []
        try:
            _cut_torn_line(self._path)
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        except OSError as bad:
            raise self._error("written", bad) from None
        try:
            self._size = os.fstat(self._file).st_size
            if self._size == 0:
                self._begin(Begin(EDITION, collection, clock()), folder)
        except BaseException:
            os.close(self._file)
            raise
        self._loop = asyncio.get_running_loop()
        self._waiting: list[asyncio.Future[None]] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._sync_forever, name="journal", daemon=True)
        self._thread.start()

    def note(self, event: Event) -> None:
        """Write an event, and what was appended before it, without waiting for the disk (an `ask`)."""
        self._add(event)
        self._write()

    def append(self, event: Event) -> asyncio.Future[None]:
        """Write an event; what is returned is to be awaited: it is done when the event is on disk.

        It is written with the `ask` that follows it at once, or else when the loop comes round.
        """
        future = self._loop.create_future()
        self._add(event)
        self._unwritten.append(future)
        if len(self._unwritten) == 1:
            self._loop.call_soon(self._write_late)
        return future

    def close(self) -> None:
        """Write and sync what is left, and close the file."""
        self._write_late()
        self._closing = True
        self._wake.set()
        self._thread.join()
        os.close(self._file)

    def _begin(self, event: Begin, folder: Path) -> None:
        self.note(event)
        with contextlib.suppress(OSError):  # some file systems sync no folders, and Windows opens none
            os.fsync(self._file)
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def _add(self, event: Event) -> None:
        if self._broken is not None:
            raise self._broken
        self._lines += msgspec.json.encode(event) + b"\n"

    def _write(self) -> None:
        """Write all lines that were added, or none: what a full disk took half of is cut off again."""
        lines, self._lines = memoryview(bytes(self._lines)), bytearray()
        futures, self._unwritten = self._unwritten, []
        written = 0
        try:
            while written < len(lines):
                written += os.write(self._file, lines[written:])
        except OSError as bad:
            self._broken = self._error("written", bad)
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._size)
            _resolve(futures, self._broken)
            raise self._broken from None
        self._size += len(lines)
        if futures:
            with self._lock:
                self._waiting += futures
            self._wake.set()

    def _write_late(self) -> None:
        """Write what no `ask` has taken along; whoever waits for it is told of an error."""
        if self._lines and self._broken is None:
            with contextlib.suppress(RunFolderError):
                self._write()

    def _sync_forever(self) -> None:
        while not self._closing or self._waiting:
            self._wake.wait()
            self._wake.clear()
            with self._lock:
                waiting, self._waiting = self._waiting, []
            if not waiting:
                continue
            try:
                os.fsync(self._file)
            except OSError as bad:
                self._broken = self._error("synced to disk", bad)
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(_resolve, waiting, self._broken)
            if not self._closing:
                time.sleep(_BETWEEN_SYNCS)

    def _error(self, what: str, bad: OSError) -> RunFolderError:
        return RunFolderError(f"cannot be {what}: {bad.strerror}", where=str(self._path), fix=_AGAIN)


def _resolve(waiting: list[asyncio.Future[None]], error: Exception | None) -> None:
    for future in waiting:
        if not future.done():
            future.set_exception(error) if error else future.set_result(None)


def answered(journal: Journal, probe: Probe, attempt: int, seconds: float, reply: Reply) -> Answered:
    """Return the event of a reply, without secrets. Raises Failure when no file could hold it."""
    reply = journal.redaction.reply(reply)
    return Answered(probe.id, attempt, journal.clock(), round(seconds, 4), reply.output, reply.meta)


def failed(journal: Journal, probe: Probe, attempt: int, seconds: float, failure: Failure, *, final: bool) -> Failed:
    """Return the event of a failure, without secrets."""
    failure = journal.redaction.failure(failure)
    return Failed(probe.id, attempt, journal.clock(), round(seconds, 4), failure.reason, final, failure.detail)


def torn_at(path: Path) -> int | None:
    """Return the offset of a last line without its end, or None."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        end = size = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - _PIECE)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return None if start + found + 1 == size else start + found + 1
            end = start
    return 0 if size else None


def _cut_torn_line(path: Path) -> None:
    if (offset := torn_at(path)) is not None:
        os.truncate(path, offset)


@contextmanager
def lock_run(folder: Path) -> Iterator[None]:
    """Hold a run folder (made if need be) for one collector; a second one is told so at once."""
    lock = FileLock(folder / ".lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise RunFolderError(
            "another collector is at work in this run folder", where=str(folder), fix="Wait for it, or use another --out."
        ) from None
    except (OSError, NotImplementedError) as bad:
        raise RunFolderError(f"cannot be locked: {getattr(bad, 'strerror', None) or bad}", where=str(folder), fix=_AGAIN) from None
    try:
        yield
    finally:
        lock.release()
