"""Public keys: Ed25519, as PEM. A key's id is the SHA-256 (hex) of its 32 raw bytes, so that it can be worked out by anybody and names one key only."""

import hashlib
from typing import TYPE_CHECKING

from audit.errors import BundleError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_LONGEST = 2_000


def public_key(pem: str, where: str) -> "Ed25519PublicKey":
    """Return the key of a PEM text. Raises BundleError: a private key, another kind of key, no key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if "PRIVATE KEY" in pem:
        raise BundleError(
            "this is a private key, where a public one belongs", where=where, fix="Take it out, and make a new key: whoever has seen this one can sign with it.",
        )
    try:
        key = load_pem_public_key(pem.encode()[:_LONGEST])
    except (ValueError, UnsupportedAlgorithm):
        raise BundleError("this is no public key (PEM)", where=where, fix="Give what audit keys make wrote.") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BundleError("this key is not of the kind Ed25519", where=where, fix="Make one: audit keys make.")
    return key


def key_id(key: "Ed25519PublicKey") -> str:
    """Return a key's id: SHA-256 of its raw bytes, hex."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def public_pem(key: "Ed25519PublicKey") -> str:
    """Return a key as PEM (SubjectPublicKeyInfo, RFC 8410)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def id_of(pem: str, where: str) -> str:
    """Return the id of a PEM text's key. Raises BundleError as `public_key`."""
    return key_id(public_key(pem, where))
