"""The index, brought up to date with the folder: what is new or changed is read, by several processes where it is much; what is gone leaves it."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from audit.bundles import TrustedKey
from audit.errors import RegistryError
from audit.records.listings import Signer
from audit.registry.folder import Found, Kind, same_tool
from audit.registry.index import Entry, Index, Row, packed
from audit.registry.reading import read_audit, read_signers, told
from audit.registry.verifying import verified

_MANY = 64
"""From so many files on, processes of their own read them: starting one takes as long as reading that many."""
_MOST_PROCESSES = 8
_BATCH = 200
_CHUNK = 16
_RUN_FILES = ("scorecard.json", "manifest.json", "run.json", "adopted.json")
A = TypeVar("A")
B = TypeVar("B")


class Asked(NamedTuple):
    """How audits are read. small: below which a group is hidden; verify: whether every number is recomputed."""

    root: Path
    small: int
    trusted: tuple[TrustedKey, ...]
    today: date
    verify: bool


def brought_up_to_date(index: Index, found: Sequence[Found], asked: Asked) -> dict[str, Entry]:
    """Return the index's entry of every audit that lies in the folder, after reading what the index does not hold as it is now."""
    held, keys = index.entries(), key_list(asked.trusted)
    wanted = {one.file: _entry(one, asked, keys) for one in found}
    index.drop([file for file in held if file not in wanted])
    stale = [entry for file, entry in wanted.items() if not _as_it_was(entry, held.get(file), verify=asked.verify)]
    for batch in _batches(_mapped(partial(_read, asked), stale)):
        index.put(batch)
    again = {entry.file for entry in stale}
    judge = [replace(held[file], keys=keys, judged_on=entry.judged_on) for file, entry in wanted.items() if file not in again and _unjudged(entry, held[file])]
    for judged in _batches(_mapped(partial(_judge, asked), judge)):
        index.judge(judged)
    del held, wanted, stale, again, judge
    return index.entries()


def key_list(trusted: Sequence[TrustedKey]) -> str:
    """Return what a change of the list of trusted keys changes: its SHA-256 (hex)."""
    return hashlib.sha256(msgspec.json.encode(sorted(trusted, key=lambda key: key.id))).hexdigest()


def _entry(one: Found, asked: Asked, keys: str) -> Entry:
    return Entry(one.file, f"{asked.small}/{_stamp(asked.root / one.file, one.kind)}", one.kind, keys=keys, judged_on=asked.today.isoformat())


def _stamp(path: Path, kind: Kind) -> str:
    """Return what changes with a file: size, times of change and place on the disk; of a run folder those of the files that are read."""
    return " ".join(_stat(path / name) for name in _RUN_FILES) if kind == "run" else _stat(path)


def _stat(path: Path) -> str:
    try:
        at = path.stat(follow_symlinks=False)
    except OSError:
        return "-"
    return f"{at.st_size}:{at.st_mtime_ns}:{at.st_ctime_ns}:{at.st_ino}"


def _as_it_was(entry: Entry, held: Entry | None, *, verify: bool) -> bool:
    """Return whether the index holds a file as it is; one that is not listed is read again by another list of keys, which may be why."""
    if held is None or held.stamp != entry.stamp or held.kind != entry.kind:
        return False
    if held.problem:
        return held.keys == entry.keys
    return bool(held.verified) or not verify or held.kind == "run"


def _unjudged(entry: Entry, held: Entry) -> bool:
    """Return whether who signed has to be judged anew: by other keys, on an earlier day, or because a day had not come."""
    return held.kind == "bundle" and not held.problem and (held.keys != entry.keys or entry.judged_on < held.judged_on or not held.settled)


def _read(asked: Asked, entry: Entry) -> Row:
    """Return an audit's row: its summary, or what is wrong with it."""
    kind: Kind = "bundle" if entry.kind == "bundle" else "run"
    found = read_audit(asked.root, entry.file, kind, asked.small, asked.trusted, asked.today)
    if found.summary is None:
        return replace(entry, problem=found.problem), None, packed(())
    own = replace(entry, same=same_tool(found.summary.vendor, found.summary.name), digest=found.summary.digest, as_of=found.summary.as_of)
    own = _judged(own, found.signers)
    if asked.verify and kind == "bundle" and not own.problem:
        again = verified(asked.root / entry.file, asked.today)
        own = replace(own, verified=again.on, problem=told(entry.file, RegistryError(again.problem)) if again.problem else "")
    return own, None if own.problem else packed(found.summary), packed(found.signers)


def _judge(asked: Asked, entry: Entry) -> tuple[Entry, bytes]:
    signers = read_signers(asked.root, entry.file, asked.trusted, asked.today)
    return _judged(entry, signers), packed(signers)


def _judged(entry: Entry, signers: Sequence[Signer]) -> Entry:
    """Return an audit's row with what its signers mean for it. A signature that is not of these bytes keeps it from the list: something was altered."""
    wrong = next((signer for signer in signers if signer.standing == "wrong"), None)
    said = "" if wrong is None else told(entry.file, RegistryError(f"its signature does not fit: {wrong.because}", fix="Ask its maker for it again."))
    return replace(entry, settled=all(signer.standing != "not_yet" for signer in signers), problem=said)


def _mapped(work: Callable[[A], B], things: Sequence[A]) -> Iterator[B]:
    """Yield what comes of each thing, in their order; by processes of their own where there are many."""
    processes = min(_MOST_PROCESSES, os.cpu_count() or 1)
    if len(things) < _MANY or processes == 1:
        yield from map(work, things)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, things, chunksize=_CHUNK)


def _batches(things: Iterable[A]) -> Iterator[list[A]]:
    rest = iter(things)
    while batch := list(islice(rest, _BATCH)):
        yield batch
