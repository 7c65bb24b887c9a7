"""A set of public keys held to RFC 7517 (JSON Web Key) and RFC 7518 (JSON Web Algorithms), IETF, May 2015, with RFC 8037 (Ed25519 and kin)."""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from audit.evidence.addresses import Addresses
from audit.evidence.fields import Part, part_of, shown
from audit.evidence.keys import UNREADABLE, Keys, base64_of, certificate_of, public_key_of
from audit.evidence.specimen import Facts, Problems, Specimen

_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_CURVES: Mapping[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1(), "secp256k1": ec.SECP256K1()}
_BARE = {"Ed25519": 32, "Ed448": 57, "X25519": 32, "X448": 56}
_ALGORITHMS: Mapping[str, tuple[str, ...]] = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "RSA-OAEP", "RSA-OAEP-256", "RSA-OAEP-384", "RSA-OAEP-512", "RSA1_5"),
    "EC": ("ES256", "ES384", "ES512", "ES256K", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"),
    "OKP": ("EdDSA", "Ed25519", "Ed448", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"),
}
_CURVE_OF = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "ES256K": "secp256k1"}
_PRINTS = {"x5t": hashlib.sha1, "x5t#S256": hashlib.sha256}
_MOST_OCTETS = 8192
_REPLACE = "Write the members as RFC 7518 section 6 says."


class _Found(NamedTuple):
    problems: Problems
    keys: Keys
    addresses: Addresses


def recognises(specimen: Specimen) -> bool:
    """Return whether a JSON file is a set of keys, or a single key."""
    tree = specimen.tree
    if not isinstance(tree, dict):
        return False
    keys = tree.get("keys")
    if isinstance(keys, list):
        return any(isinstance(one, dict) and "kty" in one for one in keys) or (not keys and len(tree) == 1)
    return isinstance(tree.get("kty"), str)


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return how many keys there are, and how many of them leak their private part or are weak."""
    found = _Found(problems, Keys(problems, specimen.today, "jwks"), Addresses(problems, "jwks"))
    top = part_of(specimen.json, "$", "jwks", problems)
    if top is None:
        return {}
    if "keys" not in top.members and "kty" in top.members:
        problems.error("jwks.keys", "$", "a single key, not a set", 'Write {"keys": [ … ]} around it (RFC 7517 section 5).')
        parts = [top]
    else:
        parts = list(top.parts("keys", "jwks.key", required=True))
        if top.members.get("keys") == []:
            top.error("keys", "the set holds no key", "A set without keys lets nothing be verified.")
    for part in parts:
        _check(part, found)
    _identifiers(parts, problems)
    algorithms = sorted({one for part in parts if isinstance(one := part.members.get("alg"), str) and shown(one).startswith("'")})
    return {"keys": len(parts), "algorithms": algorithms, **found.keys.facts(), **found.addresses.facts()}


def check_key(part: Part, keys: Keys, addresses: Addresses) -> None:
    """Check one key: also one that stands in another file."""
    _check(part, _Found(part.problems, keys, addresses))


def public_key(members: Mapping[str, Any]) -> Any:
    """Return a key as `cryptography` knows it, RSA or EC, to verify signatures with; None for any other and for a broken one."""
    kind, numbers = members.get("kty"), {name: _octets(members.get(name)) for name in ("n", "e", "x", "y")}
    whole = {name: int.from_bytes(value) for name, value in numbers.items() if value is not None and len(value) <= _MOST_OCTETS}
    try:
        if kind == "RSA":
            return rsa.RSAPublicNumbers(whole["e"], whole["n"]).public_key()
        return ec.EllipticCurvePublicNumbers(whole["x"], whole["y"], _CURVES[members["crv"]]).public_key() if kind == "EC" else None
    except (KeyError, *UNREADABLE):
        return None


def _check(part: Part, found: _Found) -> None:
    kind = part.text("kty", required=True)
    private = [name for name in _PRIVATE if name in part.members]
    if private or kind == "oct":
        what = "a secret (symmetric) key" if kind == "oct" or private == ["k"] else f"the private part of the key ({', '.join(private)})"
        found.keys.leaked(part.path, f"the file holds {what}")
    if kind == "RSA":
        _rsa(part, found)
    elif kind == "EC":
        _curve(part, found)
    elif kind == "OKP":
        _bare(part)
    elif kind is not None and kind != "oct":
        part.warning("kty", f"the key type {shown(kind)} is not registered", "RSA, EC and OKP are known everywhere.")
    _purpose(part, kind)
    _certificates(part, found)


def _octets(value: object) -> bytes | None:
    if not isinstance(value, str) or not _BASE64URL.fullmatch(value) or len(value) % 4 == 1:
        return None
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


def _number(part: Part, name: str) -> bytes | None:
    text = part.text(name, required=True)
    if text is None:
        return None
    octets = _octets(text)
    if octets is None:
        part.error(name, "not base64url without padding", _REPLACE)
    return octets


def _rsa(part: Part, found: _Found) -> None:
    modulus, exponent = _number(part, "n"), _number(part, "e")
    if modulus is None or exponent is None:
        return
    if modulus[:1] == b"\0" or exponent[:1] == b"\0":
        part.warning("n" if modulus[:1] == b"\0" else "e", "begins with an octet of zero, which some libraries refuse", _REPLACE)
    found.keys.rsa(int.from_bytes(modulus).bit_length(), int.from_bytes(exponent), part.path)


def _curve(part: Part, found: _Found) -> None:
    name, x, y = part.text("crv", required=True), _number(part, "x"), _number(part, "y")
    if name is None or x is None or y is None:
        return
    curve = _CURVES.get(name)
    if curve is None:
        found.keys.too_weak("curve", part.at("crv"), f"the curve {shown(name)} is not one of RFC 7518", "Use P-256, P-384 or P-521.")
        return
    size = (curve.key_size + 7) // 8
    if len(x) != size or len(y) != size:
        part.error("x", f"the coordinates must have {size} octets each on {name}", _REPLACE)
    elif public_key(part.members) is None:
        part.error("x", f"the point does not lie on {name}", _REPLACE)
    if name == "secp256k1":
        part.warning("crv", "secp256k1 is not a curve of NIST, and few school systems know it", "P-256 is known everywhere.")


def _bare(part: Part) -> None:
    name, x = part.text("crv", required=True), _number(part, "x")
    if name is not None and name not in _BARE:
        part.error("crv", f"the curve {shown(name)} is not one of RFC 8037", "Use Ed25519, Ed448, X25519 or X448.")
    elif name is not None and x is not None and len(x) != _BARE[name]:
        part.error("x", f"the key must have {_BARE[name]} octets on {name}", _REPLACE)


def _purpose(part: Part, kind: str | None) -> None:
    use, algorithm, operations = part.text("use"), part.text("alg"), part.texts("key_ops")
    if use is not None and use not in ("sig", "enc"):
        part.warning("use", f"{shown(use)} is neither sig nor enc")
    if len(set(operations)) < len(operations):
        part.error("key_ops", "an operation appears twice")
    if use is not None and operations:
        part.warning("key_ops", "use and key_ops should not stand together", "Keep one of them.")
    if use is None and algorithm is None and not operations and kind != "oct":
        part.warning("use", "says neither use nor alg: a reader cannot know what the key is for", 'Write "use": "sig" and "alg".')
    if algorithm is not None:
        _algorithm(part, kind, algorithm)


def _algorithm(part: Part, kind: str | None, algorithm: str) -> None:
    if algorithm == "none":
        part.error("alg", "alg none signs nothing", "RS256 or ES256.")
    elif kind is not None and kind in _ALGORITHMS and algorithm not in _ALGORITHMS[kind]:
        part.error("alg", f"{shown(algorithm)} is no algorithm for a key of type {kind}", f"For example {_ALGORITHMS[kind][0]}.")
    elif algorithm in _CURVE_OF and part.members.get("crv") != _CURVE_OF[algorithm]:
        part.error("alg", f"{algorithm} needs a key on {_CURVE_OF[algorithm]}")
    elif algorithm == "RSA1_5":
        part.warning("alg", "RSA1_5 is open to padding attacks", "RSA-OAEP-256.")


def _certificates(part: Part, found: _Found) -> None:
    found.addresses.member(part, "x5u")
    chain = part.texts("x5c")
    for i, text in enumerate(chain):
        where = f"{part.at('x5c')}[{i}]"
        der = base64_of(text)
        certificate = certificate_of(der) if der else None
        if certificate is None:
            found.problems.error("jwks.x5c", where, "not a certificate in base64 (DER, with + and /, not base64url)")
            continue
        found.keys.certificate(certificate, where, trust_anchor=0 < i == len(chain) - 1)
        if i == 0:
            mine = public_key(part.members)
            if mine is not None and mine != public_key_of(certificate):
                found.problems.error("jwks.x5c", where, "the first certificate is for another key", "Put the key's own certificate first.")
            _thumbprints(part, certificate.public_bytes(Encoding.DER))


def _thumbprints(part: Part, der: bytes) -> None:
    for name, hashed in _PRINTS.items():
        text = part.text(name)
        if text is not None and text != urlsafe_b64encode(hashed(der).digest()).decode().rstrip("="):
            part.error(name, "is not the thumbprint of the first certificate in x5c")


def _identifiers(parts: list[Part], problems: Problems) -> None:
    names = [(part, part.text("kid")) for part in parts]
    counts = Counter((part.members.get("kty") if isinstance(part.members.get("kty"), str) else None, kid) for part, kid in names if kid)
    overall = Counter(kid for _, kid in names if kid)
    for part, kid in names:
        kind = part.members.get("kty")
        if kid is None and "kid" not in part.members and len(parts) > 1:
            part.error("kid", "several keys, and this one has no kid: nobody can tell which key signed", "Give each key its own kid.")
        elif kid is None and "kid" not in part.members:
            part.warning("kid", "has no kid, so the key cannot be changed without a break", "Give each key its own kid.")
        elif kid and counts[(kind if isinstance(kind, str) else None, kid)] > 1:
            part.error("kid", "two keys of one type have the same kid", "Give each key its own kid.")
        elif kid and overall[kid] > 1:
            part.warning("kid", "keys of different types have the same kid", "Give each key its own kid.")
