"""Which keys a file holds, and who signed it: never a secret."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from msgspec import Struct

from audit.bundles.opened import open_bundle
from audit.bundles.private import load_signing_key
from audit.bundles.statements import check_detached, detached_path
from audit.bundles.trusted import TrustedKey, read_keys
from audit.errors import BundleError
from audit.records.listings import Signer

_ENOUGH = 100_000


class Shown(Struct, frozen=True):
    """What was found in a file. keys: public halves; signatures: of a bundle's own signature, or of FILE.dsse.json beside the file."""

    kind: Literal["bundle", "list of keys", "private key", "file"]
    keys: tuple[TrustedKey, ...]
    signatures: tuple[Signer, ...]


def look_at(path: Path, passphrase: str, trusted: Sequence[TrustedKey], today: date) -> Shown:
    """Return a file's keys and signatures. Raises BundleError: it has neither; an encrypted key without its passphrase; as reading each kind does."""
    start = _start(path)
    if start.startswith(b"PK"):
        with open_bundle(path) as bundle:
            return Shown("bundle", (), tuple(bundle.signatures(trusted, today)))
    if b"PRIVATE KEY-----" in start and b"[[key]]" not in start:
        return Shown("private key", (load_signing_key(path, passphrase).public,), ())
    signed = tuple(check_detached(path, trusted, today))
    if b"[[key]]" in start:
        return Shown("list of keys", tuple(read_keys(path)), signed)
    if not signed:
        raise BundleError(f"there is no key in it, and no {detached_path(path).name} beside it", where=str(path))
    return Shown("file", (), signed)


def _start(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise BundleError("this is no file", where=str(path))
        with path.open("rb") as file:
            return file.read(_ENOUGH)
    except (OSError, ValueError) as bad:
        raise BundleError(f"cannot be read: {getattr(bad, 'strerror', None) or bad}", where=str(path), fix="Check the path.") from None
