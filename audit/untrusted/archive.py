"""A zip of somebody else's: members are read within limits, names that leave the folder are refused, nothing is unpacked to disk."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from audit.errors import AuditError
from audit.untrusted.size import LARGEST

_MOST_MEMBERS = 20_000
_LARGEST_TOTAL = 20_000_000_000
_RATIO_FROM = 20_000_000
_LARGEST_RATIO = 200
_ENCRYPTED = 0x1
_SYMLINK = 0o120000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Archive:
    """An open zip. `names`: its files, in the archive's order; folders are left out."""

    def __init__(self, archive: zipfile.ZipFile, where: str, error: type[AuditError]) -> None:
        self._archive, self._where, self._error = archive, where, error
        self._members = {info.filename: info for info in archive.infolist() if not info.is_dir()}
        self.names = tuple(self._members)

    def size(self, name: str) -> int:
        """Return a member's unpacked size in bytes, as the archive says it."""
        return self._members[name].file_size

    def read(self, name: str, most: int = LARGEST) -> bytes:
        """Return a member whole. Raises the archive's error: larger than `most` bytes, or damaged."""
        with self.open(name) as file:
            raw = file.read(most + 1)
        if len(raw) > most:
            raise self._error(f"{name} is larger than {most // 1_000_000} MB", where=self._where)
        return raw

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a member to be read in pieces, for files of any size. Raises the archive's error: a damaged member."""
        try:
            with self._archive.open(self._members[name]) as file:
                yield file
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as bad:
            raise self._error(f"{name} is damaged: {bad}", where=self._where, fix="Make the archive again.") from None
        except Exception as bad:   # zlib.error has no common base
            if type(bad).__name__ != "error":
                raise
            raise self._error(f"{name} is damaged: {bad}", where=self._where, fix="Make the archive again.") from None


@contextmanager
def open_zip(path: Path, error: type[AuditError]) -> Iterator[Archive]:
    """Open a zip that somebody else made. Raises `error`: no zip, encrypted, a name outside, a link, twice the same name, a bomb."""
    where = str(path)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as bad:
        what = f"cannot be read: {bad.strerror}" if isinstance(bad, OSError) and bad.strerror else "not a readable zip archive"
        raise error(what, where=where, fix="Make the archive again.") from None
    with archive:
        _check(archive, where, error)
        yield Archive(archive, where, error)


def _check(archive: zipfile.ZipFile, where: str, error: type[AuditError]) -> None:
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS:
        raise error(f"the archive has {len(members):,} members, more than {_MOST_MEMBERS:,}", where=where)
    if sum(info.file_size for info in members) > _LARGEST_TOTAL:
        raise error("the archive unpacks to more than 20 GB", where=where)
    seen: set[str] = set()
    for info in members:
        name = info.filename[:80]
        parts = PurePosixPath(info.filename.replace("\\", "/")).parts
        if not parts or parts[0].startswith("/") or ".." in parts or ":" in parts[0] or "\x00" in info.filename:
            raise error(f"the archive's member {name!r} leaves its folder", where=where, fix="Make the archive again from inside the folder.")
        if info.external_attr >> 16 & 0o170000 == _SYMLINK:
            raise error(f"the archive's member {name!r} is a link", where=where, fix="Put the file itself in.")
        if info.flag_bits & _ENCRYPTED:
            raise error("the archive is locked with a password", where=where, fix="Make it again without one.")
        if info.compress_type not in _METHODS:
            raise error(f"the archive's member {name!r} is packed in a way that is not read here", where=where, fix="Use plain zip (deflate).")
        if info.file_size > _RATIO_FROM and info.file_size > _LARGEST_RATIO * max(info.compress_size, 1):
            raise error(f"the archive's member {name!r} unpacks to {info.file_size // max(info.compress_size, 1):,} times its size", where=where)
        if info.filename in seen:
            raise error(f"the archive has two members {name!r}", where=where, fix="Keep one of them.")
        seen.add(info.filename)
