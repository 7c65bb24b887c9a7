"""A DSSE envelope: bytes, what they are, and signatures over both (github.com/secure-systems-lab/dsse, protocol 1.0.2)."""

import binascii
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import Struct

from audit.bundles.private import SigningKey
from audit.bundles.public import key_id, public_key
from audit.errors import BundleError
from audit.library import convert
from audit.untrusted import json_of

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_MOST_SIGNATURES = 20
_URL_SAFE = str.maketrans("-_", "+/")


class _Signature(Struct, frozen=True):
    sig: str
    keyid: str = ""


class _Envelope(Struct, frozen=True):
    payload: str
    payloadType: str  # noqa: N815 - the name in the standard
    signatures: tuple[_Signature, ...]


class Seal(NamedTuple):
    """One signature. key: the id of the key that made it (claimed, where it is not valid); valid: None where the key itself is not known here."""

    key: str
    valid: bool | None


def sealed(payload: bytes, key: SigningKey) -> bytes:
    """Return the JSON of an envelope with one signature: the same payload and key give the same bytes."""
    from securesystemslib.dsse import Envelope

    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(key.signer)
    return json.dumps(envelope.to_dict(), indent=2).encode() + b"\n"


class Sealed:
    """A stranger's envelope. payload: what was signed. Raises BundleError: no envelope, of something else, without or with too many signatures."""

    def __init__(self, raw: bytes, where: str) -> None:
        from securesystemslib.dsse import Envelope

        self._found = convert(json_of(raw, where, BundleError), _Envelope, BundleError, where)
        if self._found.payloadType != PAYLOAD_TYPE:
            raise BundleError(f"the envelope holds something else than {PAYLOAD_TYPE}", where=where)
        if not 0 < len(self._found.signatures) <= _MOST_SIGNATURES:
            raise BundleError(f"the envelope has no signature, or more than {_MOST_SIGNATURES}", where=where)
        try:
            self._envelope = Envelope.from_dict({"payload": self._found.payload, "payloadType": PAYLOAD_TYPE, "signatures": []})
        except (binascii.Error, ValueError):
            raise BundleError("the envelope's payload is not base64", where=where) from None
        self.payload = self._envelope.payload

    def seals(self, known: Mapping[str, str]) -> list[Seal]:
        """Return what each signature is worth. known: key id → public key (PEM). A signature that names no key is tried with each."""
        from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]  # its public names, without __all__

        named = {one.keyid for one in self._found.signatures}
        keys = {
            name: SSlibKey.from_crypto(public_key(pem, name), keyid=name) for name, pem in known.items() if name in named or "" in named
        }
        return list(dict.fromkeys(self._seal(one, keys) for one in self._found.signatures))

    def _seal(self, one: _Signature, keys: Mapping[str, Any]) -> Seal:
        if one.keyid and one.keyid not in keys:
            return Seal(one.keyid, None)
        tried = [keys[one.keyid]] if one.keyid else list(keys.values())
        made_by = next((key.keyid for key in tried if self._made(one, key)), None)
        if made_by is not None:
            return Seal(made_by, valid=True)
        return Seal(one.keyid, valid=False) if one.keyid else Seal("", None)

    def _made(self, one: _Signature, key: Any) -> bool:
        """Return whether a key made a signature over this payload and its type."""
        from securesystemslib.exceptions import UnverifiedSignatureError
        from securesystemslib.signer import Signature  # type: ignore[attr-defined]

        try:
            raw = binascii.a2b_base64(one.sig.translate(_URL_SAFE), strict_mode=True)
            key.verify_signature(Signature(key.keyid, raw.hex()), self._envelope.pae())
        except (UnverifiedSignatureError, ValueError):
            return False
        return True


def own_key(pem: str, where: str) -> dict[str, str]:
    """Return the key that a statement brings along, by its id; nothing where it is no usable key."""
    try:
        return {key_id(public_key(pem, where)): pem}
    except BundleError:
        return {}
