"""The index of a list: what was read of each audit, so that what did not change is not read again. SQLite, or a state's own PostgreSQL.

It holds nothing that the folder does not: deleting it costs the time of reading everything again. A file counts as unchanged while its
size, its times and its place on the disk are what they were. Whoever uses the index has it alone until they are done.
"""

import contextlib
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from audit import __version__
from audit.records.listings import AuditSummary, Signer
from audit.registry.catalogue import shipped_editions
from audit.registry.server import connected, of_dialect, tables
from audit.registry.statuses import is_day

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SCHEMA = 1
_AT_ONCE = 500
_ALIKE = frozenset({"kind", "as_of", "keys", "judged_on", "verified", "same"})
"""Columns of which many rows have the same value."""


class Entry(Struct, frozen=True):
    """What the index holds of one audit. stamp: what a change of the file changes; same: its tool's name and vendor.

    keys: the list of trusted keys by which its signers were judged, on the day judged_on; settled: whether a later day changes nothing about
    them. verified: the day on which every number was recomputed, "-" where that was not possible.
    """

    file: str
    stamp: str
    kind: str
    same: str = ""
    digest: str = ""
    as_of: str = ""
    problem: str = ""
    keys: str = ""
    judged_on: str = ""
    settled: bool = True
    verified: str = ""


Row = tuple[Entry, bytes | None, bytes]
"""An audit's entry, its summary (None where it cannot be listed) and its signers, packed."""


class Index:
    """The rows of one list in an open index."""

    def __init__(self, connection: "Connection", folder: Path) -> None:
        self._connection, self._tables = connection, tables()
        self._list = hashlib.sha256(str(folder.resolve()).encode("utf-8", "replace")).hexdigest()[:32]

    def entries(self) -> dict[str, Entry]:
        """Return what the index holds, by file, without the summaries."""
        from sqlalchemy import select

        audits = self._tables.audits
        columns = [audits.c[name] for name in Entry.__struct_fields__]
        rows = self._connection.execute(select(*columns).where(audits.c.list == self._list))
        shared: dict[Any, Any] = {}   # most of what rows say is the same in all of them
        return {row.file: Entry(*(shared.setdefault(value, value) if name in _ALIKE else value for name, value in zip(Entry.__struct_fields__, row, strict=True))) for row in rows}

    def put(self, rows: Iterable[Row]) -> None:
        """Put audits in, or in place of what was there, all of them or none."""
        values = [
            {"list": self._list, **msgspec.structs.asdict(entry), "summary": summary, "signers": signers}
            for entry, summary, signers in rows
        ]
        if values:
            insert = of_dialect(self._connection).insert(self._tables.audits)
            changed = {c.name: c for c in insert.excluded if not c.primary_key}
            self._connection.execute(insert.on_conflict_do_update(index_elements=["list", "file"], set_=changed), values)
        self._connection.commit()

    def judge(self, rows: Iterable[tuple[Entry, bytes]]) -> None:
        """Change who signed audits that are there, and whether that keeps them from the list; everything else stays."""
        from sqlalchemy import bindparam, update

        audits = self._tables.audits
        values = [{"the_file": e.file, "new_keys": e.keys, "new_day": e.judged_on, "new_settled": e.settled, "said": e.problem, "new": s} for e, s in rows]
        change = update(audits).where(audits.c.list == self._list, audits.c.file == bindparam("the_file")).values(
            keys=bindparam("new_keys"), judged_on=bindparam("new_day"), settled=bindparam("new_settled"), problem=bindparam("said"), signers=bindparam("new"))
        if values:
            self._connection.execute(change, values)
        self._connection.commit()

    def drop(self, files: Sequence[str]) -> None:
        """Take out the audits of these files."""
        from sqlalchemy import delete

        audits = self._tables.audits
        for start in range(0, len(files), _AT_ONCE):
            self._connection.execute(delete(audits).where(audits.c.list == self._list, audits.c.file.in_(files[start:start + _AT_ONCE])))
        self._connection.commit()

    def summaries(self, files: Sequence[str]) -> dict[str, AuditSummary]:
        """Return the summaries of these files, with their signers."""
        from sqlalchemy import select

        audits, found = self._tables.audits, {}
        for start in range(0, len(files), _AT_ONCE):
            some = select(audits.c.file, audits.c.summary, audits.c.signers, audits.c.verified).where(
                audits.c.list == self._list, audits.c.file.in_(files[start:start + _AT_ONCE]), audits.c.summary.is_not(None))
            for file, summary, signers, verified in self._connection.execute(some):
                found[file] = replace(_unpacked(summary, AuditSummary), signers=_unpacked(signers, tuple[Signer, ...]), verified=verified if is_day(verified) else "")
        return found


def packed(value: AuditSummary | tuple[Signer, ...]) -> bytes:
    """Return a summary, or who signed, as the index keeps it: made where the audit was read, so that little goes from process to process."""
    return zlib.compress(msgspec.msgpack.encode(value), 1)


def _unpacked(raw: bytes, kind: Any) -> Any:
    return msgspec.msgpack.decode(zlib.decompress(raw), type=kind)


@contextlib.contextmanager
def open_index(url: str | None, folder: Path) -> Iterator[Index]:
    """Open a list's index, and have it alone. url: SQLAlchemy's, of SQLite or PostgreSQL; None for `.index.sqlite` in the folder.

    Where the folder cannot be written to, the index lives as long as it is open. Raises RegistryError: no such server, no such database, no access.
    """
    with connected(url, folder, f"{_SCHEMA}/{__version__}/{shipped_editions()}") as connection:
        yield Index(connection, folder)
