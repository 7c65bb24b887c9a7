"""The folder of a site: what is new is drawn aside and moved into place only when all of it is there; nothing that is not ours is replaced or removed.

    .site.json   path → its key and SHA-256, of every file that is ours         .site.new/   what is being drawn (gone when it is done)
    .site.lock   held while the site is made

A build that is killed leaves the old site, or a part old and a part new; the next build mends it, because it trusts no file that it has not hashed.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Literal, NamedTuple

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from audit.errors import RegistryError
from audit.registry.folder import SITE as MANIFEST

LOCK, DRAFTS = ".site.lock", ".site.new"
_SCHEMA = "edtech-equity-audit/site/1"
_PART = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,150}")
_PIECE = 1 << 20
_AGAIN = "Make room or allow writing, then run the same command again."


class File(NamedTuple):
    """One file of the site. key: what a page was drawn from, empty for what is no page."""

    key: str
    sha256: str


_COPY = File("copy", "")


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """`.site.json`: what in the folder is ours."""

    schema: Literal["edtech-equity-audit/site/1"]
    files: dict[str, File]


class Change(NamedTuple):
    """How many files a build wrote, left as they were, and removed."""

    written: int
    unchanged: int
    removed: int


class Output:
    """The files of one build: `put`, `pour` or `copy` each of them, once; `open_site` does the rest."""

    def __init__(self, folder: Path, before: dict[str, File]) -> None:
        self.folder = folder
        self.files: dict[str, File] = {}
        self.drafted: list[str] = []
        self._before = before
        self._drafts = folder / DRAFTS
        self._made: set[str] = set()
        self._inside: set[str] = set()

    def is_known(self, path: str, key: str) -> bool:
        """Return whether a page need not be drawn: it was drawn from the same, and lies there as we wrote it. Then it is settled with that."""
        known = self._before.get(path)
        if known is None or known.key != key or _digest(self.folder / path) != known.sha256:
            return False
        self._claim(path)
        self.files[path] = known
        return True

    def put(self, path: str, raw: bytes, key: str = "") -> None:
        """Write a file. key: what a page was drawn from, so that `is_known` knows it the next time."""
        self._claim(path)
        self.files[path] = File(key, hashlib.sha256(raw).hexdigest())
        if not self._is_there(path):
            self._draft(path).write_bytes(raw)
            self.drafted.append(path)

    @contextmanager
    def pour(self, path: str) -> Iterator[Callable[[bytes], None]]:
        """Write a file piece by piece, however long it gets."""
        self._claim(path)
        draft, digest = self._draft(path), hashlib.sha256()
        with draft.open("wb", buffering=_PIECE) as file:
            yield _poured(file, digest.update)
        self.files[path] = File("", digest.hexdigest())
        if self._is_there(path):
            draft.unlink()
        else:
            self.drafted.append(path)

    def copy(self, path: str, source: Path) -> None:
        """Copy a file that is known by its name. A copy of the same size and time is the same: these are large, and many."""
        self._claim(path)
        self.files[path] = _COPY
        there, own = _stat(self.folder / path), source.stat()
        if there is not None and (there.st_size, there.st_mtime_ns) == (own.st_size, own.st_mtime_ns):
            return
        draft = self._draft(path)
        shutil.copyfile(source, draft)
        os.utime(draft, ns=(own.st_mtime_ns, own.st_mtime_ns))
        self.drafted.append(path)

    def _claim(self, path: str) -> None:
        """Raise RegistryError for what is no path of a site, a file of somebody else, or a path that was taken already."""
        check_path(path)
        if path in self.files:
            raise RegistryError(f"two files of the site would lie at {path}", where=str(self.folder), fix="Give one of the tools another id.")
        if path not in self._before and os.path.lexists(self.folder / path):
            raise RegistryError(f"{path} lies there and is not from this site", where=str(self.folder), fix="Move it away, then run the same command again.")

    def _is_there(self, path: str) -> bool:
        return path in self._before and _digest(self.folder / path) == self.files[path].sha256

    def _draft(self, path: str) -> Path:
        draft, parent = self._drafts / path, path.rpartition("/")[0]
        if parent not in self._made:
            draft.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(parent)
        return draft

    def settle(self) -> Change:
        """Move what was drawn into place and remove what is gone. Until this nothing of the site has changed."""
        gone = sorted(set(self._before) - set(self.files))
        if self.drafted or gone or self._before != self.files:
            self._remember(self._before | self.files)   # from here on a build that stops leaves nothing that the next does not know as ours
            for path in self.drafted:
                self._settle(path)
            for path in gone:
                self._remove(path)
            self._remember(self.files)
        return Change(len(self.drafted), len(self.files) - len(self.drafted), len(gone))

    def _settle(self, path: str) -> None:
        target, parent = self.folder / path, path.rpartition("/")[0]
        if parent not in self._inside:
            self._check_inside(target)
            target.parent.mkdir(parents=True, exist_ok=True)
            self._inside.add(parent)
        (self._drafts / path).replace(target)

    def _remove(self, path: str) -> None:
        """Remove a file of ours, and the folders that are empty without it."""
        target = self.folder / path
        self._check_inside(target)
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == self.folder:
                return
            try:
                folder.rmdir()
            except OSError:
                return

    def _check_inside(self, target: Path) -> None:
        """Raise RegistryError where a link leads out of the site."""
        if not target.parent.resolve().is_relative_to(self.folder.resolve()):
            raise RegistryError(f"{target.parent} leads out of the site", where=str(self.folder), fix="Take that link away.")

    def _remember(self, files: dict[str, File]) -> None:
        rows = b",\n".join(msgspec.json.encode(path) + b":" + msgspec.json.encode(files[path]) for path in sorted(files))
        draft = self._drafts / MANIFEST
        draft.parent.mkdir(exist_ok=True)
        draft.write_bytes(b'{"schema":"%b","files":{\n%b\n}}\n' % (_SCHEMA.encode(), rows))
        draft.replace(self.folder / MANIFEST)


def check_path(path: str) -> None:
    """Raise RegistryError for what is no path of a file of the site: one that leaves it, is hidden, or has letters that some system does not allow."""
    if not all(_PART.fullmatch(part) for part in path.split("/")):
        raise RegistryError(f"{path[:80]!r} cannot be the path of a page")


@contextmanager
def open_site(folder: Path) -> Iterator[Output]:
    """Hold a site's folder while it is made; all of it, or nothing of it, is in place afterwards.

    Raises RegistryError: another program makes it now, the folder holds something else, no room, no right to write.
    """
    new = not folder.exists()
    try:
        check_folder(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with _held(folder):
            try:
                shutil.rmtree(folder / DRAFTS, ignore_errors=True)
                yield Output(folder, read_manifest(folder))
            finally:
                shutil.rmtree(folder / DRAFTS, ignore_errors=True)
    except OSError as bad:
        raise RegistryError(f"the site cannot be written: {bad.strerror or bad}", where=str(folder), fix=_AGAIN) from None
    finally:
        if new and not (folder / MANIFEST).exists():
            _forget(folder)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise RegistryError("this site is being made by another program right now", where=str(folder), fix="Wait until it is done.") from None
    try:
        yield
    finally:
        lock.release()


def _forget(folder: Path) -> None:
    """Take away a folder that this build made and in which nothing came to lie."""
    with suppress(OSError):
        (folder / LOCK).unlink(missing_ok=True)
        folder.rmdir()


def check_folder(folder: Path) -> None:
    """Raise RegistryError for a folder that holds something other than a site of ours. `.git` and the like may lie in a folder that is else empty."""
    if folder.is_dir() and not (folder / MANIFEST).is_file():
        other = sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith(".git") and entry.name not in (LOCK, DRAFTS))
        if other:
            raise RegistryError(f"this folder is not empty ({other[0][:60]}), and holds no site that audit publish made", where=str(folder),
                                fix="Name an empty folder, or a new one.")
    elif folder.exists() and not folder.is_dir():
        raise RegistryError("this is a file, not a folder", where=str(folder), fix="Name an empty folder, or a new one.")


def read_manifest(folder: Path) -> dict[str, File]:
    """Return what in a folder is ours; nothing where it holds no site. Raises RegistryError: a manifest that is damaged, or that names what is no page."""
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        files = msgspec.json.decode(path.read_bytes(), type=Manifest).files
    except (msgspec.DecodeError, RecursionError) as bad:
        raise RegistryError(f"{MANIFEST} is damaged: {bad}", where=str(folder), fix="Publish into a new folder.") from None
    for name, file in files.items():
        check_path(name)
        if file == _COPY:
            files[name] = _COPY   # one for all of them: there are many
    return files


def _poured(file: IO[bytes], update: Callable[[bytes], object]) -> Callable[[bytes], None]:
    def pour(piece: bytes) -> None:
        file.write(piece)
        update(piece)

    return pour


def _digest(path: Path) -> str:
    """The SHA-256 of a file, hex; empty where there is none, or a link or a folder."""
    if path.is_symlink():
        return ""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return ""


def _stat(path: Path) -> os.stat_result | None:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found if not path.is_symlink() else None
