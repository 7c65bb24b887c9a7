"""A bundle or a run folder of anybody → its summary, or a line that says why it is not listed."""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from audit.bundles import Bundle, Head, TrustedKey, open_bundle
from audit.bundles.parts import strays
from audit.errors import AuditError, RegistryError
from audit.fixtures.head import SetFile
from audit.records import Scorecard
from audit.records.listings import AuditSummary, Signer
from audit.registry.folder import Kind
from audit.registry.summary import Origin, summary_of
from audit.runs import read_head
from audit.untrusted import bytes_of
from audit.wording import one_line

_LARGEST = 100_000_000
_LARGEST_SMALL = 1_000_000
_MOST_NAMED = 3
_LONGEST = 400
_CARD, _ADOPTED, _MANIFEST = "scorecard.json", "adopted.json", "manifest.json"
_SET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
T = TypeVar("T")
Get = Callable[[str], bytes | None]
"""A file's path in the run folder → its bytes, None where it is not there."""


class Read(Struct, frozen=True):
    """What came of reading one audit: its summary, or the problem that keeps it from the list; exactly one of the two. signers: of a bundle."""

    summary: AuditSummary | None = None
    problem: str = ""
    signers: tuple[Signer, ...] = ()


class _Manifest(Struct, frozen=True):
    files: dict[str, str]


class _Adopted(Struct, frozen=True):
    digest: str


def read_audit(root: Path, file: str, kind: Kind, small: int, trusted: Sequence[TrustedKey], today: date) -> Read:
    """Return what an audit says in public, and who signed it, as of a day, by a list of trusted keys.

    small: base items, or people, below which a group is hidden. Raises nothing: a problem is a result.
    """
    try:
        return _bundle(root / file, file, small, trusted, today) if kind == "bundle" else Read(_run(root / file, file, small))
    except AuditError as bad:
        return Read(problem=told(file, bad))
    except OSError as bad:
        said = f"cannot be read: {bad.strerror or bad}"
    except Exception as bad:  # a stranger's file may break what no rule foresaw: the others are listed all the same
        said = f"cannot be read: {type(bad).__name__}"
    return Read(problem=told(file, RegistryError(said)))


def told(file: str, error: AuditError) -> str:
    """Return an error as one line that names the file by its path in the list's folder."""
    return one_line(str(AuditError(error.what, where=one_line(file, _LONGEST), fix=error.fix)), 2 * _LONGEST)


def read_signers(root: Path, file: str, trusted: Sequence[TrustedKey], today: date) -> tuple[Signer, ...]:
    """Return who signed a bundle, as of a day, by a list of trusted keys; empty for what nobody signed, and what cannot be read any more."""
    try:
        with open_bundle(root / file) as bundle:
            return tuple(bundle.signatures(trusted, today))
    except (AuditError, OSError):
        return ()


def _bundle(path: Path, file: str, small: int, trusted: Sequence[TrustedKey], today: date) -> Read:
    with open_bundle(path) as bundle:
        wrong = bundle.altered(keep=(f"run/{_CARD}",))
        if wrong:
            named = ", ".join(wrong[:_MOST_NAMED]) + (f" and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else "")
            raise RegistryError(f"it was altered after it was made ({named})", fix="Ask its maker for it again.")

        def get(name: str) -> bytes | None:
            return bundle.read(f"run/{name}") if f"run/{name}" in bundle.head.files else None

        card = _card(get)
        _check_same(bundle, card)
        _check_whole(bundle, card)
        summary = summary_of(Origin(bundle.digest, file, "bundle", _adopted(get)), card, _heads(card, get), small)
        return Read(summary, signers=tuple(bundle.signatures(trusted, today)))


def _check_same(bundle: Bundle, card: Scorecard) -> None:
    """Raise RegistryError where bundle.json, which is what was signed, names another tool or result than the scorecard."""
    head: Head = bundle.head
    for name, said, there in (
        *((f"the tool's {k}", head.tool.get(k, ""), str(card.tool.get(k, ""))) for k in ("name", "vendor", "version")),
        ("the day", head.as_of, card.as_of), ("the decision", head.decision, card.decision.status),
    ):
        if said != there:
            raise RegistryError(f"bundle.json and {_CARD} do not agree on {name}", fix="Ask its maker for it again.")


def _check_whole(bundle: Bundle, card: Scorecard) -> None:
    """Raise RegistryError where a bundle, which the list may pass on, holds a file that belongs to no audit."""
    other = strays(bundle.head, {e.path or e.check.file for e in card.evidence})
    if other:
        raise RegistryError(f"it holds a file that is no part of an audit ({one_line(other[0])})", fix="Ask its maker for it again, as audit bundle writes it.")


def _run(path: Path, file: str, small: int) -> AuditSummary:
    read_head(path)

    def get(name: str) -> bytes | None:
        place = path / name
        return bytes_of(place, RegistryError, _LARGEST) if place.is_file() and not place.is_symlink() else None

    raw = get(_MANIFEST)
    if raw is None:
        raise RegistryError(f"there is no {_MANIFEST}", fix="Score the run again: audit score.")
    card = _card(get, _decoded(raw, _Manifest, _MANIFEST).files.get(_CARD))
    return summary_of(Origin(hashlib.sha256(raw).hexdigest(), file, "run", _adopted(get)), card, _heads(card, get), small)


def _card(get: Get, listed: str | None = "") -> Scorecard:
    """Return the scorecard. listed: the SHA-256 that it must have, empty where that has been checked."""
    raw = get(_CARD)
    if raw is None:
        raise RegistryError(f"there is no {_CARD} in it", fix="Ask its maker for it again.")
    if listed != "" and hashlib.sha256(raw).hexdigest() != listed:
        raise RegistryError(f"{_CARD} is not what {_MANIFEST} lists: it was altered", fix="Score the run again: audit score.")
    return _decoded(raw, Scorecard, _CARD)


def _adopted(get: Get) -> str:
    raw = get(_ADOPTED)
    return "" if raw is None else _decoded(raw[:_LARGEST_SMALL], _Adopted, _ADOPTED).digest


def _decoded(raw: bytes, kind: type[T], name: str) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as bad:
        raise RegistryError(f"{name} is damaged: {one_line(str(bad))}") from None


def _heads(card: Scorecard, get: Get) -> dict[str, SetFile]:
    return dict(_known_heads(card, get))


def _known_heads(card: Scorecard, get: Get) -> Iterator[tuple[str, SetFile]]:
    known = card.provenance.get("fixtures")
    for name in known if isinstance(known, Mapping) else ():
        raw = get(f"fixtures/{name}/set.toml") if _SET_NAME.fullmatch(name) else None
        head = None if raw is None or len(raw) > _LARGEST_SMALL else _head(raw)
        if head is not None:
            yield name, head


@lru_cache(maxsize=256)
def _head(raw: bytes) -> SetFile | None:
    """Return a set's head; None where it is none of ours, so that the results' own names are shown."""
    try:
        return msgspec.convert(tomllib.loads(raw.decode()), SetFile)
    except (ValueError, RecursionError):
        return None
