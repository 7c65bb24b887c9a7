"""The journal: an append-only file of JSON lines, one an event. Every reply is here before it counts.

    {"event": "begin", "journal": 1, "collection": …, "at": …}
    {"event": "ask",   "probe": …, "attempt": 1, "at": …}
    {"event": "reply", "probe": …, "attempt": 1, "at": …, "seconds": …, "output": …, "meta": …}
    {"event": "fail",  "probe": …, "attempt": 1, "at": …, "seconds": …, "reason": …, "detail": …, "final": true}

A line is written before the program goes on, so a killed process loses nothing; it is forced to disk
by a thread that syncs whatever has arrived, again and again, so a power cut loses nothing that counted.
Why a file and not a database: docs/decisions/0002-journal.md.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from audit.errors import RunFolderError
from audit.records import Failure, Json, Probe, Reply, Response

EDITION = 1
_NAME = "journal.jsonl"


class Begin(Struct, frozen=True, tag="begin", tag_field="event"):
    """The first line: the journal's edition, and the collection that it belongs to."""

    journal: int
    collection: str
    at: str


class Ask(Struct, frozen=True, tag="ask", tag_field="event"):
    """A call is about to be made; without a line that answers it, it was in flight when we stopped."""

    probe: str
    attempt: int
    at: str


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
_decoder = msgspec.json.Decoder(Event)


class Log(Struct):
    """What a journal says: how each probe ended, the calls made, those in flight, and the cost counts."""

    collection: str | None
    responses: dict[str, Response]
    calls: int
    in_flight: int
    torn: bool
    tokens: tuple[int, int] = (0, 0)
    started: str = ""
    ended: str = ""


class Journal:
    """The open journal of a run. `append` returns when the event is safely on disk."""

    def __init__(self, folder: Path, collection: str, clock: Callable[[], str], redact: Mapping[str, str]) -> None:
        self._path = folder / _NAME
        self.clock = clock
        self._redact = _Redaction(redact)
        _cut_torn_line(self._path)
        self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        self._loop = asyncio.get_running_loop()
        self._waiting: list[asyncio.Future[None]] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._sync_forever, name="journal", daemon=True)
        self._thread.start()
        if os.fstat(self._file).st_size == 0:
            self._write(Begin(EDITION, collection, clock()))

    def note(self, event: Event) -> None:
        """Write an event without waiting for the disk (an `ask`)."""
        self._write(event)

    async def append(self, event: Event) -> None:
        """Write an event and wait until it is on disk."""
        future = self._loop.create_future()
        self._write(event)
        with self._lock:
            self._waiting.append(future)
        self._wake.set()
        await future

    def close(self) -> None:
        """Sync what is left and close the file."""
        self._closing = True
        self._wake.set()
        self._thread.join()
        os.close(self._file)

    def _write(self, event: Event) -> None:
        line = self._redact(msgspec.json.encode(event) + b"\n")
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as bad:
            raise RunFolderError(
                f"cannot be written: {bad.strerror}", where=str(self._path),
                fix="Make room or allow writing, then run the same command again: it goes on where it stopped.",
            ) from None

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
                error = None
            except OSError as bad:
                error = RunFolderError(f"cannot be synced: {bad.strerror}", where=str(self._path))
            self._loop.call_soon_threadsafe(_resolve, waiting, error)


def _resolve(waiting: list[asyncio.Future[None]], error: Exception | None) -> None:
    for future in waiting:
        if not future.done():
            future.set_exception(error) if error else future.set_result(None)


class _Redaction:
    """Replaces each secret, however it is escaped in JSON or a URL, by the name it has in the plan."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        from urllib.parse import quote, quote_plus

        pairs: dict[bytes, bytes] = {}
        for secret, name in secrets.items():
            for form in (secret, quote(secret, safe=""), quote_plus(secret)):
                pairs[msgspec.json.encode(form)[1:-1]] = msgspec.json.encode(name)[1:-1]
        self._pairs = sorted(pairs.items(), key=lambda pair: -len(pair[0]))

    def __call__(self, line: bytes) -> bytes:
        for secret, name in self._pairs:
            line = line.replace(secret, name)
        return line


def answered(journal: Journal, probe: Probe, attempt: int, seconds: float, reply: Reply) -> Answered:
    """Return the event of a reply."""
    return Answered(probe.id, attempt, journal.clock(), round(seconds, 4), reply.output, reply.meta)


def failed(journal: Journal, probe: Probe, attempt: int, seconds: float, failure: Failure, *, final: bool) -> Failed:
    """Return the event of a failure."""
    return Failed(probe.id, attempt, journal.clock(), round(seconds, 4), failure.reason, final, failure.detail)


def read_journal(folder: Path) -> Log:
    """Return what the journal in a run folder says; an empty Log when there is none.

    A torn last line (the machine lost power in mid-write) is left out and said. Raises
    RunFolderError for a newer edition and for a damaged line.
    """
    path = folder / _NAME
    log = Log(None, {}, 0, 0, torn=False)
    asked: dict[str, int] = {}
    for number, line in _lines(path):
        try:
            event = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as bad:
            _check_edition(line, path)
            raise RunFolderError(
                f"line {number} is damaged: {bad}", where=str(path), fix="Restore the file from a copy, or start a new run."
            ) from None
        _take(event, log, asked, path)
    log.torn = _torn_at(path) is not None
    log.in_flight = sum(asked.values())
    return log


def _take(event: Event, log: Log, asked: dict[str, int], path: Path) -> None:
    if isinstance(event, Begin):
        _refuse_newer(event.journal, path)
        log.collection = event.collection
        log.started = log.started or event.at
        return
    log.ended = event.at
    if isinstance(event, Ask):
        log.calls += 1
        asked[event.probe] = asked.get(event.probe, 0) + 1
        return
    asked[event.probe] = max(0, asked.get(event.probe, 0) - 1)
    if isinstance(event, Answered):
        log.responses[event.probe] = Response(
            event.probe, event.output, None, "", event.seconds, event.attempt, event.at, event.meta
        )
        log.tokens = (log.tokens[0] + tokens(event.meta, "prompt_tokens"), log.tokens[1] + tokens(event.meta, "completion_tokens"))
    elif event.final and (known := log.responses.get(event.probe)) is None or known and known.failure:
        log.responses[event.probe] = Response(
            event.probe, None, event.reason, event.detail, event.seconds, event.attempt, event.at
        )


def tokens(meta: Mapping[str, Json], name: Literal["prompt_tokens", "completion_tokens"]) -> int:
    """Return a token count that the reply told, 0 when it told none."""
    usage: Any = meta.get("usage")
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) else 0


def set_aside(folder: Path, collection: str) -> None:
    """Rename the journal of another collection that got no reply, so that a mended plan can start."""
    log = read_journal(folder)
    if log.collection is not None and log.collection != collection:
        os.replace(folder / _NAME, folder / f"journal-{log.collection[:8]}.jsonl")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n"):
                yield number, line


def _torn_at(path: Path) -> int | None:
    """Return the offset of a last line without its end, or None."""
    if not path.is_file() or path.stat().st_size == 0:
        return None
    with path.open("rb") as file:
        offset = 0
        for line in file:
            if not line.endswith(b"\n"):
                return offset
            offset += len(line)
    return None


def _cut_torn_line(path: Path) -> None:
    if (offset := _torn_at(path)) is not None:
        os.truncate(path, offset)


def _check_edition(line: bytes, path: Path) -> None:
    try:
        head = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    if isinstance(head, dict) and isinstance(head.get("journal"), int):
        _refuse_newer(head["journal"], path)


def _refuse_newer(edition: int, path: Path) -> None:
    if edition > EDITION:
        raise RunFolderError(
            f"this run was made by a newer version (journal edition {edition}, known up to {EDITION})",
            where=str(path), fix="Update edtech-equity-audit.",
        )


@contextmanager
def lock_run(folder: Path) -> Iterator[None]:
    """Hold a run folder for one collector; a second one is told so at once."""
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RunFolderError(
            "another collector is at work in this run folder", where=str(folder), fix="Wait for it, or use another --out."
        ) from None
    try:
        yield
    finally:
        lock.release()
