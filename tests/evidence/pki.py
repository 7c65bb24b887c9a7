"""Keys and certificates for tests, made on the spot. All names are invented."""

from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from audit.evidence.specimen import Problems, Specimen

TODAY = date(2026, 11, 22)
SHA256_RSA = bytes.fromhex("06092a864886f70d01010b")
SHA1_RSA = bytes.fromhex("06092a864886f70d010105")


@lru_cache
def _rsa(bits, number):
    return rsa.generate_private_key(65537, bits)


def rsa_key(bits=2048, number=0):
    """The same key for the same numbers: making one takes a while."""
    return _rsa(bits, number)


@lru_cache
def ec_key(curve="secp256r1"):
    return ec.generate_private_key({"secp256r1": ec.SECP256R1(), "secp192r1": ec.SECP192R1()}[curve])


def certificate(name="tool.example.org", key=None, issuer=None, issuer_key=None, since="2026-01-01", until="2027-06-30", ca=False, server=False, hosts=None):
    key = key or rsa_key()
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Invented Learning Inc.")])
    by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Invented Learning Inc.")]) if issuer else named
    made = (
        x509.CertificateBuilder().subject_name(named).issuer_name(by).public_key(key.public_key()).serial_number(1000 + len(name))
        .not_valid_before(datetime.fromisoformat(since).replace(tzinfo=UTC)).not_valid_after(datetime.fromisoformat(until).replace(tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if server:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    if hosts:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in hosts]), critical=False)
    return made.sign(issuer_key or key, hashes.SHA256())


def der(cert):
    return cert.public_bytes(Encoding.DER)


def pem(cert):
    return cert.public_bytes(Encoding.PEM).decode()


def pem_of(der_bytes):
    text = b64encode(der_bytes).decode()
    return "-----BEGIN CERTIFICATE-----\n" + "\n".join(text[i:i + 64] for i in range(0, len(text), 64)) + "\n-----END CERTIFICATE-----\n"


def sha1_der(cert=None):
    """The certificate as if SHA-1 had signed it: the two names of the algorithm are exchanged, the signature is void."""
    return der(cert or certificate()).replace(SHA256_RSA, SHA1_RSA)


def private_pem(key=None):
    return (key or rsa_key()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def b64u(value):
    if isinstance(value, int):
        value = value.to_bytes((value.bit_length() + 7) // 8)
    return urlsafe_b64encode(value).decode().rstrip("=")


def jwk(key=None, **more):
    numbers = (key or rsa_key()).public_key().public_numbers()
    if isinstance(key, ec.EllipticCurvePrivateKey):
        public = {"kty": "EC", "crv": "P-256", "x": b64u(numbers.x.to_bytes(32)), "y": b64u(numbers.y.to_bytes(32)), "alg": "ES256"}
    else:
        public = {"kty": "RSA", "n": b64u(numbers.n), "e": b64u(numbers.e), "alg": "RS256"}
    return {**public, "kid": "one", "use": "sig", **more}


def look(module, path: Path, content):
    """Write a file and check it: (facts, problems)."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    specimen, problems = Specimen(path, TODAY), Problems()
    return module.check(specimen, problems), problems


def claims(module, path: Path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return module.recognises(Specimen(path, TODAY))


def rules(problems, level="error"):
    return sorted({p.rule for p in problems.kept if p.level == level})


NOT_OBJECTS = ["null", "[]", "3", '"text"', "true", "[[[]]]"]
WRONG = [None, True, -1, 1e300, 10**40, "", "\x00\x1b[31m", "\ud800", [], [None], [[]], {}, {"a": {"b": []}}, [1, "x", {}]]
"""Values of every type, for every member."""
