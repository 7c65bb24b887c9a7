"""Private keys: made, kept (mode 600, encrypted where there is a passphrase), read. One is never printed and never overwritten."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from audit.bundles.public import key_id, public_pem
from audit.bundles.trusted import Role, TrustedKey, is_day
from audit.errors import BundleError
from audit.library import convert
from audit.untrusted import bytes_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_LARGEST = 20_000
_BEGIN = b"-----BEGIN"
_OWNER_ONLY = 0o600
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
ENVIRONMENT = "AUDIT_KEY_PASSPHRASE"


class _Owner(Struct, frozen=True):
    name: str
    role: Role


@dataclass(frozen=True)
class SigningKey:
    """A key that can sign. public: its public half with the name and role that its owner gave it; signer: a CryptoSigner, which keeps the secret half."""

    public: TrustedKey
    signer: Any = field(repr=False)


def make_key(name: str, role: str, path: Path, passphrase: str, since: str = "", until: str = "") -> TrustedKey:
    """Write a new private key to `path` and return its public half. passphrase: empty for a file that is not encrypted; since, until: YYYY-MM-DD or empty.

    Raises BundleError: there is a file already, or it cannot be written; no name, no such role, no such day, or `until` before `since`.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

    owner = convert({"name": " ".join(name.split()), "role": role}, _Owner, BundleError, str(path))
    if not owner.name or not owner.name.isprintable():
        raise BundleError("a key needs a name", where=str(path), fix='Say whose it is: --name "Lakeside Unified".')
    if any(day and not is_day(day) for day in (since, until)) or (since and until and until < since):
        raise BundleError("a key counts from a day to a later day", where=str(path), fix="Write days as 2026-11-21.")
    key = Ed25519PrivateKey.generate()
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    _write_once(path, f"Name: {owner.name}\nRole: {owner.role}\n".encode() + pem)
    public = key.public_key()
    return TrustedKey(key_id(public), owner.name, owner.role, public_pem(public), since, until)


def _write_once(path: Path, raw: bytes) -> None:
    """Write a file that only its owner reads, unless there is one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, _NEW, _OWNER_ONLY), "wb") as file:
            file.write(raw)
    except FileExistsError:
        raise BundleError("there is a key here already, and a key is never overwritten", where=str(path), fix="Use another --out.") from None
    except OSError as bad:
        raise BundleError(f"cannot be written: {bad.strerror or bad}", where=str(path)) from None


def load_signing_key(path: Path, passphrase: str) -> SigningKey:
    """Return a key to sign with. passphrase: empty where there is none.

    Raises BundleError: no key, a public one, one of another kind than Ed25519, no or a wrong passphrase, a file that does not say whose the key is.
    """
    from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]  # its public names, without __all__

    raw = bytes_of(path, BundleError, _LARGEST)
    key = _private(raw, path, passphrase)
    name, role = _owner(raw, path)
    public = key.public_key()
    own = TrustedKey(key_id(public), name, role, public_pem(public))
    return SigningKey(own, CryptoSigner(key, SSlibKey.from_crypto(public, keyid=own.id)))


def _private(raw: bytes, path: Path, passphrase: str) -> "Ed25519PrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    where = str(path)
    if b"PRIVATE KEY-----" not in raw:
        what = "this is a public key, which cannot sign" if b"PUBLIC KEY-----" in raw else "this is no private key"
        raise BundleError(what, where=where, fix="Give the file .key that audit keys make wrote.")
    raw = raw[raw.find(_BEGIN):]
    encrypted = b"ENCRYPTED" in raw
    if encrypted and not passphrase:
        raise BundleError("this key is encrypted", where=where, fix=f"Put its passphrase into the environment: {ENVIRONMENT}.")
    try:
        key = load_pem_private_key(raw, passphrase.encode() if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        what = f"the passphrase in {ENVIRONMENT} does not open this key, or the file is damaged" if encrypted else "the private key is damaged"
        raise BundleError(what, where=where) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BundleError("this key is not of the kind Ed25519", where=where, fix="Make one: audit keys make.")
    return key


def _owner(raw: bytes, path: Path) -> tuple[str, Role]:
    """Return the name and role that stand above the key itself."""
    lines = raw[: raw.index(_BEGIN)].decode("utf-8", "replace").splitlines()
    said = {label.strip().lower(): value.strip() for label, _, value in (line.partition(":") for line in lines)}
    if not said.get("name"):
        raise BundleError("the file does not say whose key it is", where=str(path), fix='Put the lines "Name: …" and "Role: district" above the line -----BEGIN.')
    owner = convert({"name": said["name"], "role": said.get("role", "")}, _Owner, BundleError, str(path))
    return owner.name, owner.role
