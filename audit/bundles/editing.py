"""Files of keys, written: a new pair; a list of trusted keys, to which keys are added and in which they are revoked.

None is taken out, and what a person wrote beside them stays.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from audit.bundles.private import make_key
from audit.bundles.trusted import TrustedKey, is_day, read_keys
from audit.errors import BundleError
from audit.library import read_text, write_whole

_FEWEST = 8
_HEX = re.compile(r"[0-9a-f]+")


def keys_toml(keys: Sequence[TrustedKey]) -> str:
    """Return keys as the TOML of a list, one `[[key]]` each."""
    rows: list[dict[str, Any]] = [msgspec.to_builtins(key) for key in keys]
    return "\n".join(tomli_w.dumps({"key": [row]}, multiline_strings=True) for row in rows)


def make_pair(name: str, role: str, stem: Path, passphrase: str, since: str = "", until: str = "") -> TrustedKey:
    """Write a new key as STEM.key and its public half as STEM.pub.toml, and return the latter. Raises BundleError as `make_key`; neither file is overwritten."""
    private, public = (stem.with_name(f"{stem.name}{ending}") for ending in (".key", ".pub.toml"))
    if public.exists():
        raise BundleError("there is a key here already, and a key is never overwritten", where=str(public), fix="Use another --out.")
    key = make_key(name, role, private, passphrase, since, until)
    write_whole(public, keys_toml([key]).encode(), BundleError)
    return key


def trust(path: Path, keys: Sequence[TrustedKey]) -> list[TrustedKey]:
    """Add keys to the end of a list, made where there is none; return those that are new. A key that the list has already is left as it is.

    Raises BundleError: a key that the list has revoked; no list; it cannot be written.
    """
    known = {key.id: key for key in (read_keys(path) if path.exists() else [])}
    for key in keys:
        own = known.get(key.id)
        if own and own.revoked:
            raise BundleError(f"the key of {own.name} was revoked on {own.revoked}", where=str(path), fix="Ask its owner for a new key.")
    new = list({key.id: key for key in keys if key.id not in known}.values())
    before = read_text(path, BundleError, "list of keys").rstrip("\n") if path.exists() else ""
    text = f"{before}\n\n" if before else ""
    if new:
        _replace(path, text + keys_toml(new), [*known.values(), *new])
    return new


def revoke(path: Path, start: str, on: str, because: str) -> TrustedKey:
    """Mark the key whose id begins with `start` (8 characters or more) as revoked, and return it.

    Raises BundleError: no such key, or several; revoked already; no day, no reason; the list cannot be written.
    """
    keys = read_keys(path)
    found = [key for key in keys if key.id.startswith(start)]
    if len(start) < _FEWEST or not _HEX.fullmatch(start) or len(found) != 1:
        raise BundleError(f"{start[:70]!r} is not one key of this list", where=str(path), fix="Give its id: audit keys show.")
    if found[0].revoked:
        raise BundleError(f"this key was revoked on {found[0].revoked} already", where=str(path))
    if not is_day(on) or not because.strip():
        raise BundleError("a key is revoked on a day and for a reason", where=str(path), fix="Give --because, and --on as 2026-11-21.")
    gone = msgspec.structs.replace(found[0], revoked=on, because=because.strip())
    lines = tomli_w.dumps({"revoked": gone.revoked, "because": gone.because})
    text, marked = re.subn(rf"^[ \t]*id[ \t]*=[ \t]*[\"']{gone.id}[\"'].*$", lambda line: f"{line[0]}\n{lines.rstrip()}", read_text(path, BundleError, "list of keys"), flags=re.MULTILINE)
    if marked != 1:
        raise BundleError("the key's line id = … was not found", where=str(path), fix=f"Write this into its [[key]] by hand: {lines}")
    _replace(path, text, [gone if key.id == gone.id else key for key in keys])
    return gone


def _replace(path: Path, text: str, expected: Sequence[TrustedKey]) -> None:
    """Write a list, once it has been read back as what it is to say."""
    draft = path.with_name(f".{path.name}.new")
    try:
        write_whole(draft, text.encode(), BundleError)
        if read_keys(draft) != list(expected):
            raise BundleError("the list cannot be changed as it is written", where=str(path), fix="Write one [[key]] for each key.")
    finally:
        draft.unlink(missing_ok=True)
    write_whole(path, text.encode(), BundleError)
