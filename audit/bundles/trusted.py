"""A list of trusted keys (TOML, one `[[key]]` each), and what it says of a signature."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from audit.bundles.public import id_of
from audit.errors import BundleError
from audit.library import convert, read_toml
from audit.records.listings import Signer
from audit.untrusted import bytes_of

Role = Literal["district", "state", "vendor", "independent"]
_MOST_KEYS = 10_000
_LARGEST = 10_000_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class TrustedKey(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A public key and whose it is. id: SHA-256 of its raw bytes; since, until: the days on which its signatures count (in TOML `from`, `until`), both included.

    revoked: since when it is trusted no more; because: why.
    """

    id: str
    name: str
    role: Role
    public: str
    since: str = msgspec.field(name="from", default="")
    until: str = ""
    revoked: str = ""
    because: str = ""


def is_day(text: str) -> bool:
    """Return whether a text is a day such as 2026-11-21."""
    try:
        return bool(_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def read_keys(path: Path) -> list[TrustedKey]:
    """Return a list of keys. Raises BundleError: no such list, a key that is none, whose id is another key's, or twice in the list; a day that is none."""
    bytes_of(path, BundleError, _LARGEST)   # a stranger's: no device, no pipe, not without end
    table = read_toml(path, BundleError, "list of keys")
    rows = table.get("key", [])
    if set(table) - {"key"} or not isinstance(rows, list) or len(rows) > _MOST_KEYS:
        raise BundleError("this is no list of keys", where=str(path), fix="A list of keys holds one [[key]] for each.")
    found = [_key(row, f"{path}: key {n}") for n, row in enumerate(rows, 1)]
    ids = [key.id for key in found]
    twice = next((i for i in ids if ids.count(i) > 1), None) if len(set(ids)) < len(ids) else None
    if twice:
        raise BundleError(f"the key {twice[:16]}… is listed twice", where=str(path), fix="Keep one: the revoked one, if one is.")
    return found


def _key(row: Any, where: str) -> TrustedKey:
    if isinstance(row, dict):
        row = {name: value.isoformat() if type(value) is date else value for name, value in row.items()}
    key = convert(row, TrustedKey, BundleError, where)
    if id_of(key.public, where) != key.id:
        raise BundleError("its id is not that of its public key", where=where, fix="Ask its owner for the file .pub.toml again.")
    for name, day in (("from", key.since), ("until", key.until), ("revoked", key.revoked)):
        if day and not is_day(day):
            raise BundleError(f"{name} = {day[:20]!r} is no day", where=where, fix="Write it as 2026-11-21.")
    if not key.name.strip():
        raise BundleError("the key has no name", where=where, fix="Say whose it is.")
    return key


class Claim(NamedTuple):
    """What a signed statement says of its signer: their own word."""

    name: str
    signed_on: str


def judged(key: str, claim: Claim, trusted: Sequence[TrustedKey], today: date) -> Signer:
    """Return the standing of a key that made a valid signature. A revoked key never counts, whatever day the signature claims."""
    known = next((one for one in trusted if one.id == key), None)
    if known is None:
        return Signer(key, claim.name, "unknown", "the signature is intact, but the key is not on the list of trusted keys: the name is its own word")
    standing, because = standing_of(known, claim.signed_on, today.isoformat())
    return Signer(key, known.name, standing, because)


def standing_of(key: TrustedKey, on: str, today: str) -> tuple[Literal["trusted", "expired", "revoked", "not_yet", "wrong"], str]:
    """Return what a valid signature by a listed key is worth, and why. on: the day that it claims; both YYYY-MM-DD."""
    if key.revoked:
        return "revoked", f"the key was revoked on {key.revoked}{f': {key.because}' if key.because else ''}"
    if not is_day(on):
        return "wrong", "the statement does not say on which day it was signed"
    if on > today:
        return "not_yet", f"the signature claims {on}, a day that has not come"
    if key.since and on < key.since:
        return "not_yet", f"the signature claims {on}; the key counts from {key.since}"
    if key.until and on > key.until:
        return "expired", f"the signature claims {on}; the key counted until {key.until}"
    return "trusted", f"signed on {on}, by its own word"
