"""A bundle, written: the same files give the same bytes, whole or not at all, in bounded memory."""

import contextlib
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import msgspec

from audit.bundles.head import HEAD, SIGNATURE, Entry, Head, head_json
from audit.bundles.names import check_names
from audit.bundles.opened import open_bundle
from audit.bundles.private import SigningKey
from audit.bundles.statements import signed_audit
from audit.errors import BundleError

_PIECE = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_PLAIN_FILE = 0o100644 << 16

Source = Path | bytes


def pack(out: Path, head: Head, files: Mapping[str, Source], key: SigningKey | None, signed_on: str) -> str:
    """Write a bundle and return its digest (SHA-256 of bundle.json, hex).

    head: its `files` are filled in here. files: name in the zip (`run/…`) → where its bytes are; key: None for an unsigned bundle; signed_on: YYYY-MM-DD.
    Raises BundleError: a name that is not safe on every system, a file that cannot be read or that changes meanwhile, a folder that cannot be written.
    """
    check_names([*files, *head.withheld], str(out))
    listed = msgspec.structs.replace(head, files={name: _entry(files[name]) for name in sorted(files)})
    raw = head_json(listed)
    digest = hashlib.sha256(raw).hexdigest()
    members: dict[str, Source] = {HEAD: raw, **{name: files[name] for name in sorted(files)}}
    if key is not None:
        members[SIGNATURE] = signed_audit(listed, digest, key, signed_on)
    draft = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _write(draft, members, listed)
        with open_bundle(draft):   # what cannot be opened is not handed out
            pass
        draft.replace(out)
    except OSError as bad:
        raise BundleError(f"cannot be written: {bad.strerror or bad}", where=str(out)) from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    return digest


def _write(draft: Path, members: Mapping[str, Source], listed: Head) -> None:
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, source in members.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, _UNIX, _PLAIN_FILE
            entry = listed.files.get(name)
            info.file_size = entry.size if entry else len(source) if isinstance(source, bytes) else 0
            with archive.open(info, "w") as target, _open(source) as file:
                if _copy(file, target) != (entry or _entry(source)):
                    raise BundleError("the file was changed while it was read", where=str(source), fix="Run the command again.")


def _entry(source: Source) -> Entry:
    with _open(source) as file:
        return _copy(file, None)


def _copy(file: IO[bytes], target: IO[bytes] | None) -> Entry:
    """Return what a file holds, read in pieces and passed on to `target`."""
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
        if target is not None:
            target.write(piece)
    return Entry(digest.hexdigest(), size)


@contextlib.contextmanager
def _open(source: Source) -> Iterator[IO[bytes]]:
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    if source.is_symlink() or not source.is_file():
        raise BundleError("this is a link, or no file", where=str(source), fix="Put the file itself there.")
    try:
        file = source.open("rb")
    except OSError as bad:
        raise BundleError(f"cannot be read: {bad.strerror or bad}", where=str(source)) from None
    with file:
        yield file
