"""Bundles, keys and strangers' zips for tests; everyone in them is invented."""

import hashlib
import json
import zipfile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from audit.bundles import Head, load_signing_key, pack
from audit.bundles.private import SigningKey

FILES = {"run/plan.toml": b'[tool]\nname = "Acme Helper"\n', "run/journal.jsonl": b'{"event": "begin"}\n' * 40, "run/evidence/café.txt": b"kept\n"}
DAY = "2026-11-22"


def a_head(**changes) -> Head:
    fields = {
        "versions": {"python": "3.12.0", "edtech-equity-audit": "0.1.0"}, "seeds": {"design": 7}, "collection": "c" * 64,
        "tool": {"name": "Acme Helper", "vendor": "Acme", "version": "1"}, "auditor": {"organisation": "Lakeside Unified", "role": "district"},
        "as_of": DAY, "decision": "approve",
    }
    return Head(**fields | changes)


def a_key(folder, name="Lakeside Unified", seed=b"\x01" * 32, role="district") -> SigningKey:
    """The key of a seed, as a file that audit keys make could have written."""
    pem = Ed25519PrivateKey.from_private_bytes(seed).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / f"{name.split()[0]}-{seed.hex()[:6]}.key"
    path.write_bytes(f"Name: {name}\nRole: {role}\n".encode() + pem)
    return load_signing_key(path, "")


def a_bundle(path, key=None, files=FILES, signed_on=DAY, **head):
    pack(path, a_head(**head), files, key, signed_on)
    return path


def members(path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def zipped(path, content, compression=zipfile.ZIP_DEFLATED):
    """A zip of these members: a dict, or pairs where a name may come twice or carry its own ZipInfo."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, raw in content.items() if isinstance(content, dict) else content:
            archive.writestr(name, raw)
    return path


def head_bytes(files: dict[str, bytes], /, **changes) -> bytes:
    """A stranger's bundle.json, written without our code."""
    listed = {name: {"sha256": hashlib.sha256(raw).hexdigest(), "size": len(raw)} for name, raw in files.items()}
    base = {
        "schema": "edtech-equity-audit/bundle/1", "versions": {}, "seeds": {}, "collection": "", "tool": {}, "auditor": {}, "as_of": DAY,
        "decision": "approve", "files": listed, "withheld": {},
    }
    return json.dumps(base | changes).encode()
