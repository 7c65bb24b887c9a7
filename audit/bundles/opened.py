"""A bundle of a stranger, opened: every byte that is handed out was held against its SHA-256 first, and nothing is written outside."""

import hashlib
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from functools import cached_property
from os import SEEK_END
from pathlib import Path
from struct import Struct
from typing import IO

from audit.bundles.head import HEAD, SIGNATURE, Entry, Head, head_of
from audit.bundles.names import ROOT
from audit.bundles.statements import audit_signers
from audit.bundles.trusted import TrustedKey
from audit.errors import BundleError
from audit.records.listings import Signer
from audit.untrusted import Archive, key_twice, open_zip
from audit.wording import one_line

_PIECE = 1 << 20
_LARGEST_HEAD = 20_000_000
_LARGEST_SIGNATURE = 1_000_000
_LARGEST_READ = 100_000_000
_LARGEST_TOTAL = 4_000_000_000
_RATIO_FROM = 100_000_000
_LARGEST_RATIO = 200
_END = Struct("<4sHHHHLLH")
_OWN = (HEAD, SIGNATURE)


class Bundle:
    """An open bundle. head: its bundle.json; digest: the SHA-256 of that, the bundle's identity; path: its file."""

    def __init__(self, archive: Archive, path: Path) -> None:
        self._archive, self.path = archive, path
        self._kept: dict[str, bytes] = {}
        if HEAD not in archive.names:
            raise BundleError(f"there is no {HEAD} in it", where=str(path), fix="Give a bundle that audit bundle made.")
        raw = self._whole(HEAD, _LARGEST_HEAD)
        self.head: Head = head_of(raw, str(path))
        self.digest: str = hashlib.sha256(raw).hexdigest()

    @cached_property
    def _there(self) -> frozenset[str]:
        return frozenset(self._archive.names)

    def read(self, name: str) -> bytes:
        """Return a file of up to 100 MB, by its name in bundle.json. Raises BundleError: not in the bundle, too large, altered."""
        entry = self._entry(name)
        if name in self._kept:
            return self._kept.pop(name)
        if entry.size > _LARGEST_READ:
            raise BundleError(f"{name} is larger than {_LARGEST_READ // 1_000_000} MB", where=str(self.path))
        return b"".join(self._pieces(name, entry))

    def altered(self, keep: Collection[str] = ()) -> list[str]:
        """Return `NAME: altered`, `NAME: missing` or `NAME: not listed` for each file that is not as bundle.json lists it; empty where all is well.

        keep: files that are read next: each is held in memory until then, so that it is unpacked once.
        """
        found = [f"{one_line(name)}: not listed" for name in self._archive.names if name not in self.head.files and name not in _OWN]
        for name, entry in self.head.files.items():
            if name not in self._there:
                found.append(f"{name}: missing")
                continue
            try:
                if name in keep and entry.size <= _LARGEST_READ:
                    self._kept[name] = b"".join(self._pieces(name, entry))
                    continue
                for _ in self._pieces(name, entry):
                    pass
            except BundleError:
                found.append(f"{name}: altered")
        if SIGNATURE in self._there:
            try:
                self._whole(SIGNATURE, _LARGEST_SIGNATURE)
            except BundleError:
                found.append(f"{SIGNATURE}: altered")
        return found

    def extract(self, folder: Path, only: Collection[str] | None = None) -> Path:
        """Write the bundle's files into `folder/run` and return that: all of them or nothing, as plain files without any permission of their own.

        only: names as bundle.json lists them; others, and names that it does not list, are passed over.
        Raises BundleError: `folder/run` is there already, a file is altered or missing, JSON with a key twice, or it cannot be written.
        """
        run, draft = folder / ROOT.rstrip("/"), folder / ".run.part"
        if run.exists() or run.is_symlink():
            raise BundleError("there is something here already", where=str(run), fix="Use another folder.")
        shutil.rmtree(draft, ignore_errors=True)
        try:
            draft.mkdir(parents=True)
            for name, entry in self.head.files.items():
                if only is None or name in only:
                    self._write(draft / name.removeprefix(ROOT), name, entry)
            draft.rename(run)
        except OSError as bad:
            raise BundleError(f"cannot be written: {bad.strerror or bad}", where=str(run)) from None
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return run

    def signatures(self, trusted: Sequence[TrustedKey], today: date) -> list[Signer]:
        """Return who signed, with the standing of each key; empty for an unsigned bundle. What is no valid signature is "wrong"."""
        if SIGNATURE not in self._there:
            return []
        try:
            raw = self._whole(SIGNATURE, _LARGEST_SIGNATURE)
        except BundleError as bad:
            return [Signer("", "", "wrong", bad.what)]
        return audit_signers(raw, self.head, self.digest, trusted, today)

    def _entry(self, name: str) -> Entry:
        if name not in self.head.files:
            raise BundleError(f"the bundle does not hold {one_line(name)}", where=str(self.path))
        return self.head.files[name]

    def _whole(self, name: str, most: int) -> bytes:
        with self._member(name) as file:
            raw = file.read(most + 1)
        if len(raw) > most:
            raise BundleError(f"{name} is larger than {most // 1_000_000} MB", where=str(self.path))
        return raw

    def _pieces(self, name: str, entry: Entry) -> Iterator[bytes]:
        """Yield a member in pieces; raises BundleError at the end unless size and SHA-256 are as listed."""
        digest, size = hashlib.sha256(), 0
        with self._member(name) as file:
            while size <= entry.size and (piece := file.read(_PIECE)):
                digest.update(piece)
                size += len(piece)
                yield piece
        if size != entry.size or digest.hexdigest() != entry.sha256:
            raise BundleError(f"{name} is not what the bundle lists: it was altered", where=str(self.path), fix="Ask its maker for the bundle again.")

    @contextmanager
    def _member(self, name: str) -> Iterator[IO[bytes]]:
        if name not in self._there:
            raise BundleError(f"{name} is listed, but missing", where=str(self.path), fix="Ask its maker for the bundle again.")
        try:
            with self._archive.open(name) as file:
                yield file
        except ValueError:   # places and names in a zip's own tables that lead nowhere
            raise BundleError(f"{name} is damaged", where=str(self.path), fix="Ask its maker for the bundle again.") from None

    def _write(self, target: Path, name: str, entry: Entry) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            for piece in self._pieces(name, entry):
                file.write(piece)
        if _is_json(name):
            with target.open("rb") as file:
                for part in file if name.endswith("l") else (file.read(),):
                    self._check_keys(name, part)

    def _check_keys(self, name: str, raw: bytes) -> None:
        """Raise BundleError for a key that stands twice in an object: what was signed would be read in two ways."""
        twice = key_twice(raw.decode("utf-8", "replace"))
        if twice is not None:
            raise BundleError(f"{name}: the key {one_line(twice, 60)!r} appears twice in one object", where=str(self.path), fix="Ask its maker for the bundle again.")


def _is_json(name: str) -> bool:
    """Return whether a file is the audit's own JSON; evidence has checkers of its own."""
    return name.endswith((".json", ".jsonl")) and not name.startswith(f"{ROOT}evidence/")


@contextmanager
def open_bundle(path: Path) -> Iterator[Bundle]:
    """Open a bundle that anybody made. Raises BundleError: no bundle, a newer edition, damaged, or a zip that is not safe to open."""
    with suppress(OSError, ValueError):
        if path.exists() and not path.is_file():
            raise BundleError("this is no file", where=str(path), fix="Give the file NAME.audit.zip.")
    with open_zip(path, BundleError) as archive:
        _check_size(archive, path)
        _check_ends(archive, path)
        yield Bundle(archive, path)


def _check_ends(archive: Archive, path: Path) -> None:
    """Refuse a zip with something before or after it, or whose end counts other members than its table holds.

    A damaged table loses members without a word (PKWARE APPNOTE 4.3.16: the end record, 22 bytes without a comment); a lost signature is to be noticed.
    """
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(-_END.size, SEEK_END)
        end, _, _, here, members, _, _, comment = _END.unpack(file.read())
    if (start, end, comment) != (b"PK\x03\x04", b"PK\x05\x06", 0) or not here == members == len(archive.names):
        raise BundleError("it is damaged, or was packed again by another program", where=str(path), fix="Ask its maker for the file as it was.")


def _check_size(archive: Archive, path: Path) -> None:
    """Refuse what would fill a disk: as a whole, and for its own size."""
    total = sum(archive.size(name) for name in archive.names)
    if total > _LARGEST_TOTAL:
        raise BundleError(f"it unpacks to more than {_LARGEST_TOTAL // 1_000_000_000} GB", where=str(path))
    if total > _RATIO_FROM and total > _LARGEST_RATIO * path.stat().st_size:
        raise BundleError(f"it unpacks to more than {_LARGEST_RATIO} times its size", where=str(path))
