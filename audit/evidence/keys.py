"""Public keys and certificates: strong enough, in date, and nothing private beside them.

RSA from 2,048 bits, elliptic curves from 224 (NIST SP 800-57 part 1 rev. 5 and SP 800-131A rev. 2: 112 bits of security);
SHA-1 and MD5 sign nothing any more; DSA is withdrawn for signatures (FIPS 186-5).
"""

import binascii
import warnings
from base64 import b64decode
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from audit.evidence.specimen import Facts, Problems

_SMALLEST_RSA = 2048
_LARGEST_RSA = 16_384
_SMALLEST_CURVE = 224
_USUAL_EXPONENT = 65_537
_SOON = timedelta(days=30)
_BROKEN_HASHES = ("md2", "md4", "md5", "sha1")
_NEW_ONE = "Make a new key and a new certificate."
UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, OverflowError)
"""What `cryptography` raises for a certificate or key that is none."""


def certificate_of(der: bytes) -> x509.Certificate | None:
    """Return a DER certificate (X.509); None for what is none."""
    try:
        with warnings.catch_warnings():   # cryptography warns of odd serial numbers: those are the vendor's, not ours
            warnings.simplefilter("ignore")
            found = x509.load_der_x509_certificate(der)
            _ = found.issuer, found.subject   # read late, and may be broken
            return found
    except UNREADABLE:
        return None


def base64_of(text: str) -> bytes | None:
    """Return the bytes of standard base64 with any white space; None for what is none."""
    try:
        return b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Return whether a certificate names itself as its issuer."""
    return certificate.issuer == certificate.subject


def public_key_of(certificate: x509.Certificate) -> Any:
    """Return a certificate's public key; None for a kind that is not known here."""
    try:
        return certificate.public_key()
    except UNREADABLE:
        return None


class Keys:
    """The keys and certificates of one file: each is checked as it is met. topic: the start of the rules' names ("saml")."""

    def __init__(self, problems: Problems, today: date, topic: str) -> None:
        self._problems, self._topic = problems, topic
        self._now = datetime.combine(today, time(), UTC)
        self.private = self.weak = self.certificates = 0
        self.earliest: date | None = None

    def leaked(self, where: str, what: str) -> None:
        """Count a private key, and note it as an error."""
        self.private += 1
        self._problems.error(
            f"{self._topic}.private", where, what, "Whoever has the file has the key: replace it now, and publish only the public part."
        )

    def until(self, day: date) -> None:
        """Take a date on which something in the file expires."""
        self.earliest = day if self.earliest is None else min(day, self.earliest)

    def rsa(self, bits: int, exponent: int, where: str) -> None:
        """Check an RSA key by its size in bits and its public exponent."""
        fault = self._rsa_fault(bits, exponent, where)
        if fault:
            self.too_weak("strength", where, fault, "Use at least 2,048 bits and the exponent 65537.")

    def _rsa_fault(self, bits: int, exponent: int, where: str) -> str:
        if bits < _SMALLEST_RSA:
            return f"an RSA key of {bits:,} bits, below 2,048"
        if exponent < 3 or exponent % 2 == 0:   # noqa: PLR2004  (RFC 8017 section 3.1: odd and at least 3)
            return "an RSA key whose public exponent is even or below 3: it protects nothing"
        if exponent < _USUAL_EXPONENT:
            self._problems.warning(f"{self._topic}.exponent", where, "an RSA key with a public exponent below 65537", _NEW_ONE)
        if bits > _LARGEST_RSA:
            self._problems.warning(f"{self._topic}.size", where, f"an RSA key of {bits:,} bits, which many systems refuse", "2,048 to 4,096 are usual.")
        return ""

    def public(self, key: Any, where: str) -> None:
        """Check a public key of `cryptography`; None is a kind that is not known here."""
        fault = self._fault(key, where)
        if fault:
            self.too_weak("strength", where, fault, _NEW_ONE)

    def _fault(self, key: Any, where: str) -> str:
        if isinstance(key, rsa.RSAPublicKey):
            return self._rsa_fault(key.key_size, key.public_numbers().e, where)
        if isinstance(key, dsa.DSAPublicKey):
            return f"a DSA key of {key.key_size:,} bits: the algorithm is withdrawn"
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size < _SMALLEST_CURVE:
            return f"a key on a curve of {key.curve.key_size} bits, below {_SMALLEST_CURVE}"
        if key is None:
            self._problems.warning(f"{self._topic}.kind", where, "a kind of key that is not known here: its strength is not judged")
        return ""

    def certificate(self, certificate: x509.Certificate, where: str, *, trust_anchor: bool = False) -> None:
        """Check a certificate: dates, key, signature. trust_anchor: a root in a chain, whose own signature nobody checks."""
        self.certificates += 1
        self._dates(certificate, where)
        fault = self._fault(public_key_of(certificate), where)
        if fault:
            self.too_weak("strength", where, fault, _NEW_ONE)
        hashed = _hash_of(certificate)
        if hashed in _BROKEN_HASHES and trust_anchor:
            self._problems.warning(f"{self._topic}.signature", where, f"the root certificate signs itself with {_title(hashed)}", "Ask for the newer root.")
        elif hashed in _BROKEN_HASHES:
            self.too_weak("signature", where, f"the certificate is signed with {_title(hashed)}, which can be forged", _NEW_ONE, again=bool(fault))

    def _dates(self, certificate: x509.Certificate, where: str) -> None:
        try:
            begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        except UNREADABLE:
            self._problems.error(f"{self._topic}.dates", where, "the certificate's dates cannot be read", _NEW_ONE)
            return
        self.until(ends.date())
        if ends < begins:
            self._problems.error(f"{self._topic}.dates", where, "the certificate ends before it begins", _NEW_ONE)
        elif ends < self._now:
            self._problems.error(f"{self._topic}.expired", where, f"the certificate expired on {ends.date()}", "Give the one in use now.")
        elif begins >= self._now + timedelta(days=1):
            self._problems.warning(f"{self._topic}.early", where, f"the certificate is not valid before {begins.date()}", "Give the one in use now.")
        elif ends < self._now + _SOON:
            self._problems.warning(f"{self._topic}.soon", where, f"the certificate expires on {ends.date()}", "Ask for the next one in time.")

    def too_weak(self, rule: str, where: str, what: str, fix: str, *, again: bool = False) -> None:
        """Count a weak key or certificate, and note it as an error. again: it is counted already."""
        self.weak += not again
        self._problems.error(f"{self._topic}.{rule}", where, what, fix)

    def facts(self) -> Facts:
        """Return `private_keys`, `weak_keys` and, where something expires, `valid_until` (the earliest)."""
        found: Facts = {"private_keys": self.private, "weak_keys": self.weak}
        return found if self.earliest is None else {**found, "valid_until": self.earliest.isoformat()}


def _title(hashed: str) -> str:
    return {"sha1": "SHA-1"}.get(hashed, hashed.upper())


def _hash_of(certificate: x509.Certificate) -> str:
    try:
        found = certificate.signature_hash_algorithm
    except UNREADABLE:
        return _OLD_SIGNATURES.get(certificate.signature_algorithm_oid.dotted_string, "")
    return found.name if found else ""


_OLD_SIGNATURES = {"1.2.840.113549.1.1.2": "md2", "1.2.840.113549.1.1.3": "md4", "1.2.840.113549.1.1.4": "md5", "1.3.14.3.2.29": "sha1"}
"""Signature algorithms that `cryptography` no longer knows (RFC 8017 appendix C, OIW)."""
