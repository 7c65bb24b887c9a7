"""What is signed: an in-toto Statement v1 about a bundle.json, or about one file of any kind (a vendor's reply)."""

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from audit.bundles.envelopes import Seal, Sealed, own_key, sealed
from audit.bundles.head import HEAD, SIGNATURE, Head, check_text
from audit.bundles.private import SigningKey
from audit.bundles.trusted import Claim, TrustedKey, is_day, judged
from audit.errors import BundleError
from audit.library import convert
from audit.records.listings import Signer
from audit.runs import write_bytes
from audit.untrusted import bytes_of, json_of
from audit.wording import one_line

_TYPE: Literal["https://in-toto.io/Statement/v1"] = "https://in-toto.io/Statement/v1"
AUDIT = "urn:edtech-equity-audit:audit:1"
FILE = "urn:edtech-equity-audit:file:1"
_LARGEST = 1_000_000


class _Subject(Struct, frozen=True):
    name: str
    digest: dict[str, str]


class _By(Struct, frozen=True):
    name: str
    role: str
    public: str


class _Statement(Struct, frozen=True, rename={"type": "_type", "predicate_type": "predicateType"}):
    type: str
    subject: tuple[_Subject, ...]
    predicate_type: str
    predicate: dict[str, Any]


def signed_audit(head: Head, digest: str, key: SigningKey, signed_on: str) -> bytes:
    """Return signature.json for a bundle.json of this digest. signed_on: YYYY-MM-DD. Raises BundleError: no such day."""
    return _signed(HEAD, digest, AUDIT, _said(head), key, signed_on)


def sign_file(path: Path, key: SigningKey, signed_on: str, out: Path | None = None) -> Path:
    """Write a detached signature of a file, `FILE.dsse.json` beside it, and return where. Raises BundleError: no file, no such day."""
    target = out or detached_path(path)
    write_bytes(target, _signed(path.name, _sha256(path), FILE, {}, key, signed_on))
    return target


def detached_path(path: Path) -> Path:
    """Return where a file's detached signature lies."""
    return path.with_name(f"{path.name}.dsse.json")


def check_detached(path: Path, trusted: Sequence[TrustedKey], today: date) -> list[Signer]:
    """Return who signed a file, from `FILE.dsse.json` beside it; empty where that is not there. What is no valid signature is "wrong"."""
    beside = detached_path(path)
    if not beside.exists():
        return []
    try:
        raw = bytes_of(beside, BundleError, _LARGEST)
    except BundleError as bad:
        return [Signer("", "", "wrong", bad.what)]
    return _signers(raw, beside.name, _sha256(path), FILE, {}, trusted, today)


def audit_signers(raw: bytes, head: Head, digest: str, trusted: Sequence[TrustedKey], today: date) -> list[Signer]:
    """Return who signed a bundle.json of this digest, by a signature.json."""
    return _signers(raw, SIGNATURE, digest, AUDIT, _said(head), trusted, today)


def _said(head: Head) -> dict[str, Any]:
    """Return what a signature repeats of the bundle, for readers who see the envelope alone."""
    return {"tool": head.tool, "auditor": head.auditor, "as_of": head.as_of, "decision": head.decision}


def _signed(name: str, digest: str, kind: str, said: dict[str, Any], key: SigningKey, signed_on: str) -> bytes:
    if not is_day(signed_on):
        raise BundleError(f"{signed_on[:20]!r} is no day to sign on", fix="Write it as 2026-11-21.")
    by = _By(key.public.name, key.public.role, key.public.public)
    statement = _Statement(_TYPE, (_Subject(name, {"sha256": digest}),), kind, said | {"signer": by, "signed_on": signed_on})
    return sealed(msgspec.json.encode(statement, order="deterministic"), key)


def _signers(
    raw: bytes, where: str, digest: str, kind: str, said: dict[str, Any], trusted: Sequence[TrustedKey], today: date
) -> list[Signer]:
    try:
        envelope = Sealed(raw, where)
        claim, own = _claim(envelope.payload, where, digest, kind, said)
    except BundleError as bad:
        return [Signer("", "", "wrong", bad.what)]
    seals = envelope.seals(own | {one.id: one.public for one in trusted})
    return [judged(seal.key, claim, trusted, today) if seal.valid else _unproved(seal, trusted) for seal in seals]


def _unproved(seal: Seal, trusted: Sequence[TrustedKey]) -> Signer:
    """Return a signature that proves nothing: without a name, because anybody can write one there."""
    if seal.valid is None:
        return Signer(one_line(seal.key), "", "unknown", "the key is not known here: the signature could not be checked")
    named = next((f" of {one_line(one.name)}" for one in trusted if one.id == seal.key), "")
    return Signer(one_line(seal.key), "", "wrong", f"it names the key{named}, but was not made with it over these bytes")


def _claim(payload: bytes, where: str, digest: str, kind: str, said: dict[str, Any]) -> tuple[Claim, dict[str, str]]:
    """Return what a signed statement claims of its signer, and the key that it brings along. Raises BundleError: it is about something else."""
    data = json_of(payload, where, BundleError)
    check_text(data, where)
    statement = convert(data, _Statement, BundleError, where)
    if statement.type != _TYPE or statement.predicate_type != kind:
        raise BundleError("the signed statement is of another kind, or of a newer edition")
    if not any(subject.digest.get("sha256") == digest for subject in statement.subject):
        raise BundleError("the signed statement is about other bytes")
    if any(statement.predicate.get(name) != value for name, value in said.items()):
        raise BundleError("the signed statement says something else than the bundle")
    by = convert(statement.predicate.get("signer"), _By, BundleError, where)
    key = own_key(by.public, where)
    signed_on = statement.predicate.get("signed_on")
    return Claim(one_line(by.name), signed_on if isinstance(signed_on, str) else ""), key


def _sha256(path: Path) -> str:
    if path.exists() and not path.is_file():
        raise BundleError("this is no file", where=str(path))
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as bad:
        raise BundleError(f"cannot be read: {bad.strerror or bad}", where=str(path)) from None
