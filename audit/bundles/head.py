"""`bundle.json`: what a bundle holds, what was withheld, and whose audit it is. Its own SHA-256 is the bundle's digest."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from audit.bundles.names import check_names
from audit.errors import BundleError
from audit.library import convert
from audit.untrusted import json_of

EDITION = 1
HEAD = "bundle.json"
SIGNATURE = "signature.json"
_SCHEMA = "edtech-equity-audit/bundle/"
_SCHEMA_PATTERN = re.compile(rf"{_SCHEMA}([1-9]\d{{0,5}})")


class Entry(Struct, frozen=True):
    """A file by its content. sha256: hex; size: bytes."""

    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
    size: Annotated[int, Meta(ge=0)]


class Withheld(Entry, frozen=True):
    """A file that the maker keeps back. because: "confidential", "too large" or "private fixtures"."""

    because: str


class Head(Struct, frozen=True, kw_only=True):
    """`bundle.json`. files, withheld: by their name in the zip (`run/plan.toml`); tool, auditor: their names; decision: the scorecard's status."""

    schema: str = f"{_SCHEMA}{EDITION}"
    versions: dict[str, str]
    seeds: dict[str, int]
    collection: str
    tool: dict[str, str]
    auditor: dict[str, str]
    as_of: str
    decision: str
    files: dict[str, Entry] = {}
    withheld: dict[str, Withheld] = {}


def head_json(head: Head) -> bytes:
    """Return a head as the bytes of its file: fields in their order, keys sorted, two spaces deep."""
    return msgspec.json.format(msgspec.json.encode(head, order="deterministic"), indent=2) + b"\n"


def head_of(raw: bytes, where: str) -> Head:
    """Return a stranger's head. Raises BundleError: no head, a newer edition, a name that is unsafe anywhere, a file both there and withheld."""
    place = f"{where}: {HEAD}"
    data = json_of(raw, place, BundleError)
    _check_edition(data, where)
    check_text(data, place)
    head = convert(data, Head, BundleError, place)
    check_names([*head.files, *head.withheld], place)
    return head


def _check_edition(data: Any, where: str) -> None:
    schema = data.get("schema") if isinstance(data, dict) else None
    found = _SCHEMA_PATTERN.fullmatch(schema) if isinstance(schema, str) else None
    if found is None:
        raise BundleError(f"its {HEAD} is of something else", where=where, fix="Give a bundle that audit bundle made.")
    if int(found[1]) > EDITION:
        raise BundleError("this bundle was made by a newer version", where=where, fix="Update edtech-equity-audit.")


def check_text(data: Any, where: str) -> None:
    """Raise BundleError where a text in a JSON value is none: half of a surrogate pair, which no file and no page can hold."""
    try:
        msgspec.json.encode(data)
    except (UnicodeEncodeError, OverflowError, ValueError):
        raise BundleError("a text or a number in it cannot be written", where=where) from None
