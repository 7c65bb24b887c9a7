"""Reads a journal back: how each probe ended, what was asked, what it cost."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from audit.collect.journal import EDITION, NAME, Answered, Ask, Begin, Event, torn_at
from audit.errors import RunFolderError
from audit.records import Json, Response

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_ALSO = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens"}
"""What other endpoints call the same counts."""


class Log(Struct):
    """What a journal says: how each probe ended, the calls made, those in flight, and the cost counts.

    `tokens` are those that replies told, sent and received, and `dearest` the most of each in one call; `untold` counts the other calls, by probe.
    """

    collection: str | None
    responses: dict[str, Response]
    calls: int
    in_flight: int
    torn: bool
    tokens: tuple[int, int] = (0, 0)
    dearest: tuple[int, int] = (0, 0)
    untold: dict[str, int] = {}
    started: str = ""
    ended: str = ""


def read_journal(folder: Path, *, outputs: bool = True) -> Log:
    """Return what the journal in a run folder says; an empty Log when there is none.

    Without `outputs` the responses say only how each probe ended: enough to go on with a run of any size.

    A torn last line (the machine lost power in mid-write) is left out and said. Raises
    RunFolderError for a newer edition and for a damaged line.
    """
    path = folder / NAME
    log = Log(None, {}, 0, 0, torn=False)
    asked: dict[str, int] = {}
    try:
        for number, line in _lines(path):
            _take(_event(line, number, path), log, asked, path, outputs=outputs)
        log.torn = torn_at(path) is not None
    except OSError as bad:
        raise RunFolderError(f"cannot be read: {bad.strerror}", where=str(path), fix="Allow reading it, or use another --out.") from None
    log.in_flight = sum(asked.values())
    return log


def _event(line: bytes, number: int, path: Path) -> Event:
    try:
        return _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        _check_edition(line, path)
        raise RunFolderError(
            f"line {number} is damaged: {bad}", where=str(path), fix="Restore the file from a copy, or start a new run."
        ) from None


def _take(event: Event, log: Log, asked: dict[str, int], path: Path, *, outputs: bool) -> None:
    if isinstance(event, Begin):
        _refuse_newer(event.journal, path)
        log.collection = event.collection
        log.started = log.started or event.at
        return
    log.ended = event.at
    if isinstance(event, Ask):
        log.calls += event.calls
        asked[event.probe] = asked.get(event.probe, 0) + 1
        log.untold[event.probe] = log.untold.get(event.probe, 0) + 1
        return
    asked[event.probe] = max(0, asked.get(event.probe, 0) - 1)
    if isinstance(event, Answered):
        log.responses[event.probe] = Response(
            event.probe, event.output if outputs else None, None, "", event.seconds, event.attempt, event.at, event.meta if outputs else {}
        )
        sent, received = tokens(event.meta, "prompt_tokens"), tokens(event.meta, "completion_tokens")
        log.tokens = (log.tokens[0] + sent, log.tokens[1] + received)
        log.dearest = (max(log.dearest[0], sent), max(log.dearest[1], received))
        log.untold[event.probe] = log.untold.get(event.probe, 0) - (sent + received > 0)
        return
    known = log.responses.get(event.probe)
    if event.final and (known is None or known.failure is not None):
        log.responses[event.probe] = Response(
            event.probe, None, event.reason, event.detail, event.seconds, event.attempt, event.at
        )


def tokens(meta: Mapping[str, Json], name: Literal["prompt_tokens", "completion_tokens"]) -> int:
    """Return a token count that the reply told, by either of the names in use; 0 when it told none that can be."""
    usage: Any = meta.get("usage")
    counts = [usage.get(one) for one in (name, _ALSO[name])] if isinstance(usage, dict) else []
    return next((count for count in counts if type(count) is int and count > 0), 0)


def set_aside(folder: Path, collection: str) -> None:
    """Rename the journal of another collection that got no reply, so that a mended plan can start."""
    log = read_journal(folder)
    if log.collection is not None and log.collection != collection:
        (folder / NAME).replace(folder / f"journal-{log.collection[:8]}.jsonl")


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if line.endswith(b"\n"):
                yield number, line


def _check_edition(line: bytes, path: Path) -> None:
    try:
        head = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    if isinstance(head, dict) and isinstance(head.get("journal"), int):
        _refuse_newer(head["journal"], path)


def _refuse_newer(edition: int, path: Path) -> None:
    if edition > EDITION:
        raise RunFolderError(
            f"this run was made by a newer version (journal edition {edition}, known up to {EDITION})",
            where=str(path), fix="Update edtech-equity-audit.",
        )
