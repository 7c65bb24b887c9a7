"""A compact JSON Web Token (RFC 7519, RFC 7515): its two parts are read, and its signature is checked where the key set lies beside the file."""

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from audit import untrusted
from audit.errors import AuditError, ChecklistError
from audit.evidence.jwks import public_key

COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_HASHES: Mapping[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_COORDINATE = {"ES256": 32, "ES384": 48, "ES512": 66}


class Token(NamedTuple):
    """A token's header and payload (any JSON values), what was signed, and the signature."""

    header: Any
    payload: Any
    signed: bytes = b""
    signature: bytes = b""


def token_of(text: str, where: str) -> Token | None:
    """Return a compact token's parts; None for a text that is none. Nothing is verified here."""
    text = text.strip()
    if not COMPACT.fullmatch(text):
        return None
    parts = text.split(".")
    try:
        header, payload = (untrusted.json_of(_bytes(one), where, ChecklistError) for one in parts[:2])
        return Token(header, payload, f"{parts[0]}.{parts[1]}".encode(), _bytes(parts[2]))
    except (AuditError, ValueError):
        return None


def keys_beside(path: Path) -> list[dict[str, Any]] | None:
    """Return the keys of `NAME.jwks.json` or `jwks.json` in a file's folder; None where there is neither, or no readable one."""
    for beside in (path.with_name(f"{path.stem}.jwks.json"), path.with_name("jwks.json")):
        try:
            found = untrusted.json_of(untrusted.bytes_of(beside, ChecklistError), beside.name, ChecklistError)
        except AuditError:
            continue
        keys = found.get("keys") if isinstance(found, dict) else None
        return [one for one in keys if isinstance(one, dict)] if isinstance(keys, list) else None
    return None


def verifies(token: Token, keys: list[dict[str, Any]]) -> bool | None:
    """Return whether one of the keys with the token's `kid` made the signature; None where none has it, or the algorithm is not known here."""
    kid, algorithm = token.header.get("kid"), token.header.get("alg")
    fitting = [key for one in keys if one.get("kid") == kid and (key := public_key(one)) is not None]
    if not fitting or not isinstance(algorithm, str) or algorithm[2:] not in _HASHES or algorithm[:2] not in ("RS", "PS", "ES"):
        return None
    return any(_made(token, key, algorithm) for key in fitting)


def _made(token: Token, key: Any, algorithm: str) -> bool:
    hashed = _HASHES[algorithm[2:]]
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm[:2] == "RS":
            key.verify(token.signature, token.signed, padding.PKCS1v15(), hashed)
        elif isinstance(key, rsa.RSAPublicKey) and algorithm[:2] == "PS":
            key.verify(token.signature, token.signed, padding.PSS(padding.MGF1(hashed), hashed.digest_size), hashed)
        elif isinstance(key, ec.EllipticCurvePublicKey) and len(token.signature) == 2 * _COORDINATE.get(algorithm, 0):
            half = len(token.signature) // 2
            r, s = (int.from_bytes(one) for one in (token.signature[:half], token.signature[half:]))
            key.verify(encode_dss_signature(r, s), token.signed, ec.ECDSA(hashed))
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


def _bytes(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))

