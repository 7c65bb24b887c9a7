"""Certificates held to RFC 5280 (X.509 profile, IETF, May 2008) and RFC 7468 (PEM, April 2015): one, or a chain from the leaf to the root."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from audit.evidence.addresses import plain
from audit.evidence.keys import UNREADABLE, Keys, base64_of, certificate_of, is_self_signed
from audit.evidence.specimen import Facts, Problems, Specimen

_BOUNDARY = re.compile(rb"-----(BEGIN|END) ([A-Z0-9][A-Z0-9 ]{0,60})-----")
_CERTIFICATES = ("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE")
_OTHERS = {
    "CERTIFICATE REQUEST": "a request for a certificate, not a certificate", "NEW CERTIFICATE REQUEST": "a request for a certificate, not a certificate",
    "PUBLIC KEY": "a public key without a certificate", "RSA PUBLIC KEY": "a public key without a certificate",
    "X509 CRL": "a list of withdrawn certificates, not a certificate", "PKCS7": "a PKCS #7 bundle, which is not opened here",
    "CMS": "a CMS bundle, which is not opened here",
}
_SEQUENCE = b"\x30"


class _Block(NamedTuple):
    label: str
    where: str
    body: bytes


def recognises(specimen: Specimen) -> bool:
    """Return whether a file is PEM with certificates or keys, or one DER certificate."""
    start = specimen.head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] in (b"{", b"[", b"<"):
        return False
    labels = {match[2].decode() for match in _BOUNDARY.finditer(specimen.head) if match[1] == b"BEGIN"}
    if labels:
        return any(one in _CERTIFICATES or one in _OTHERS or one.endswith("PRIVATE KEY") for one in labels) and not any("PGP" in one for one in labels)
    return specimen.head.startswith(_SEQUENCE) and certificate_of(specimen.raw) is not None


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return the number of `certificates`, whom the first is for (`vendor`), and the earliest expiry."""
    keys = Keys(problems, specimen.today, "x509")
    chain = list(_certificates(specimen, keys, problems))
    if not chain:
        problems.error("x509.none", specimen.where, "there is no certificate in the file", "Give the certificate as PEM (-----BEGIN CERTIFICATE-----) or DER.")
        return keys.facts()
    last = len(chain) - 1
    for i, (where, certificate) in enumerate(chain):
        keys.certificate(certificate, where, trust_anchor=0 < i == last and is_self_signed(certificate))
        if is_self_signed(certificate):
            problems.note("x509.self-signed", where, "self-signed: browsers do not trust it unless it is installed as a root")
    _order(chain, problems)
    _leaf(*chain[0], problems)
    facts: Facts = {"certificates": len(chain), "self_signed": is_self_signed(chain[0][1]), **keys.facts()}
    vendor = _named(chain[0][1], NameOID.ORGANIZATION_NAME)
    return {**facts, "vendor": vendor} if vendor else facts


def _blocks(raw: bytes, problems: Problems) -> Iterator[_Block]:
    """Yield the PEM blocks with their lines; note an error for one that does not end."""
    begun: re.Match[bytes] | None = None
    line, counted = 1, 0
    for match in _BOUNDARY.finditer(raw):
        if match[1] == b"BEGIN":
            if begun is not None:
                problems.error("x509.pem", f"line {line}", "the block does not end", "Copy the file whole.")
            line, counted, begun = line + raw.count(b"\n", counted, match.start()), match.start(), match
        elif begun is None or begun[2] != match[2]:
            here = line + raw.count(b"\n", counted, match.start())
            problems.error("x509.pem", f"line {here}", "an END line without its BEGIN", "Copy the file whole.")
        else:
            yield _Block(begun[2].decode(), f"line {line}", raw[begun.end() : match.start()])
            begun = None
    if begun is not None:
        problems.error("x509.pem", f"line {line}", "the block does not end", "Copy the file whole.")


def _certificates(specimen: Specimen, keys: Keys, problems: Problems) -> Iterator[tuple[str, x509.Certificate]]:
    raw = specimen.raw
    if not _BOUNDARY.search(raw):
        certificate = certificate_of(raw)
        if certificate is not None:
            yield specimen.where, certificate
        return
    for block in _blocks(raw, problems):
        if block.label.endswith("PRIVATE KEY"):
            keys.leaked(block.where, "the file holds a private key" + (" (under a password)" if block.label.startswith("ENCRYPTED") else ""))
        elif block.label in _CERTIFICATES:
            der = base64_of(block.body.decode("ascii", "replace"))
            certificate = certificate_of(der) if der else None
            if certificate is None:
                problems.error("x509.form", block.where, "not a readable X.509 certificate", "Export it again as PEM.")
            else:
                yield block.where, certificate
        elif block.label in _OTHERS:
            problems.warning("x509.other", block.where, _OTHERS[block.label], "Give the certificate itself.")


def _order(chain: Sequence[tuple[str, x509.Certificate]], problems: Problems) -> None:
    """Note certificates that stand twice or do not follow each other: each must be signed by the next (RFC 8446 section 4.4.2)."""
    seen: set[bytes] = set()
    for i, (where, certificate) in enumerate(chain):
        der = certificate.public_bytes(Encoding.DER)
        if der in seen:
            problems.warning("x509.twice", where, "the certificate stands twice in the file", "Take one out.")
        elif i:
            _follows(chain[i - 1][1], certificate, where, problems)
        seen.add(der)


def _follows(lower: x509.Certificate, upper: x509.Certificate, where: str, problems: Problems) -> None:
    fix = "Order the chain: the server's certificate first, then each issuer."
    if lower.issuer != upper.subject:
        problems.warning("x509.chain", where, "did not issue the certificate before it", fix)
        return
    try:
        lower.verify_directly_issued_by(upper)
    except InvalidSignature:
        problems.error("x509.chain", where, "its key did not sign the certificate before it, although the name is the same", fix)
    except UNREADABLE:
        problems.note("x509.chain", where, "whether it signed the certificate before it cannot be checked here")
    if not _is_authority(upper):
        problems.error("x509.authority", where, "issues certificates and is no certificate authority (basicConstraints CA)", "Give the issuer's certificate.")


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, x509.DuplicateExtension, *UNREADABLE):
        return False


def _leaf(where: str, certificate: x509.Certificate, problems: Problems) -> None:
    """Check the first certificate: a server's must name its hosts in subjectAltName (RFC 9525 section 2)."""
    try:
        extensions = certificate.extensions
        uses = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    except (x509.DuplicateExtension, *UNREADABLE):
        problems.error("x509.extensions", where, "the certificate's extensions cannot be read", "Make a new certificate.")
        return
    if ExtendedKeyUsageOID.SERVER_AUTH not in uses:
        return
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        problems.error("x509.names", where, "a server's certificate that names no host in subjectAltName: browsers refuse it", "Make a new certificate.")
        return
    if any(name.startswith("*.") for name in names):
        problems.note("x509.wildcard", where, "holds for every host below a domain (wildcard)")


def _named(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(oid)
    value = found[0].value if found else ""
    return plain(value) if isinstance(value, str) else ""
