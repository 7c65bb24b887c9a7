"""Signatures: what other implementations say of ours, and what ours says of a stranger's."""

import base64
import hashlib
import json
import shutil
import subprocess
from datetime import date

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from audit.bundles import TrustedKey, check_detached, open_bundle, sign_file
from audit.bundles.statements import audit_signers
from audit.errors import BundleError
from tests.bundles.made import DAY, a_bundle, a_head, a_key, members, zipped

TODAY = date(2026, 12, 1)
TYPE = "application/vnd.in-toto+json"


def pae(kind: bytes, body: bytes) -> bytes:
    """DSSE's pre-authentication encoding, by hand from the specification."""
    return b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(body)).encode(), body])


def test_the_encoding_that_is_signed_is_that_of_the_dsse_specification():
    from securesystemslib.dsse import Envelope

    published = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"   # the example of its protocol.md
    assert pae(b"http://example.com/HelloWorld", b"hello world") == published
    assert Envelope(b"hello world", "http://example.com/HelloWorld", {}).pae() == published


def test_an_independent_verifier_accepts_a_bundle_and_refuses_it_when_altered(tmp_path):
    key = a_key(tmp_path)
    found = members(a_bundle(tmp_path / "x.audit.zip", key))
    envelope = json.loads(found["signature.json"])
    assert set(envelope) == {"payload", "payloadType", "signatures"}
    body, (made,) = base64.b64decode(envelope["payload"], validate=True), envelope["signatures"]
    public = load_pem_public_key(key.public.public.encode())
    public.verify(base64.b64decode(made["sig"]), pae(envelope["payloadType"].encode(), body))
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(made["sig"]), pae(envelope["payloadType"].encode(), body + b" "))
    assert made["keyid"] == hashlib.sha256(Ed25519PrivateKey.from_private_bytes(b"\x01" * 32).public_key().public_bytes_raw()).hexdigest()
    statement = json.loads(body)
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [{"name": "bundle.json", "digest": {"sha256": hashlib.sha256(found["bundle.json"]).hexdigest()}}]
    assert statement["predicateType"] == "urn:edtech-equity-audit:audit:1"
    assert statement["predicate"] == {
        "tool": {"name": "Acme Helper", "vendor": "Acme", "version": "1"}, "auditor": {"organisation": "Lakeside Unified", "role": "district"},
        "as_of": DAY, "decision": "approve", "signed_on": DAY, "signer": {"name": "Lakeside Unified", "role": "district", "public": key.public.public},
    }


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_accepts_the_signature(tmp_path):
    key = a_key(tmp_path)
    envelope = json.loads(members(a_bundle(tmp_path / "x.audit.zip", key))["signature.json"])
    (tmp_path / "pub.pem").write_text(key.public.public)
    (tmp_path / "said").write_bytes(pae(TYPE.encode(), base64.b64decode(envelope["payload"])))
    (tmp_path / "sig").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "pub.pem", "-rawin", "-in", "said", "-sigfile", "sig"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "said").write_bytes((tmp_path / "said").read_bytes().replace(b"approve", b"approvf"))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


# --- what a list of trusted keys says ---

def standing(tmp_path, changes, signed_on=DAY, today=TODAY):
    key = a_key(tmp_path)
    with open_bundle(a_bundle(tmp_path / "x.audit.zip", key, signed_on=signed_on)) as bundle:
        (found,) = bundle.signatures([replace(key.public, **changes)], today)
    assert found.key == key.public.id
    return found


@pytest.mark.parametrize(("changes", "expected"), [
    ({}, "trusted"), ({"since": DAY, "until": DAY}, "trusted"), ({"since": "2026-11-23"}, "not_yet"), ({"until": "2026-11-21"}, "expired"),
    ({"revoked": "2026-11-30"}, "revoked"), ({"revoked": "2020-01-01"}, "revoked"), ({"revoked": "2030-01-01"}, "revoked"), ({"until": "2026-11-25"}, "trusted"),
    ({"until": "2026-11-21", "revoked": "2026-11-30"}, "revoked"),
])
def test_a_signature_counts_by_the_day_it_claims_and_never_once_its_key_is_revoked(tmp_path, changes, expected):
    found = standing(tmp_path, changes)
    assert (found.standing, found.name) == (expected, "Lakeside Unified")


def test_a_signature_of_a_day_that_has_not_come_does_not_count(tmp_path):
    assert standing(tmp_path, {}, signed_on="2026-12-01").standing == "trusted"
    assert standing(tmp_path, {}, signed_on="2026-12-02").standing == "not_yet"


def test_the_name_is_the_lists_where_the_key_is_known_and_its_own_word_elsewhere(tmp_path):
    key = a_key(tmp_path, name="State of Nowhere")
    with open_bundle(a_bundle(tmp_path / "x.audit.zip", key)) as bundle:
        (known,) = bundle.signatures([replace(key.public, name="A private person")], TODAY)
        (unknown,) = bundle.signatures([a_key(tmp_path, seed=b"\x02" * 32).public], TODAY)
    assert (known.standing, known.name) == ("trusted", "A private person")
    assert (unknown.standing, unknown.name) == ("unknown", "State of Nowhere")
    assert "its own word" in unknown.because


@pytest.mark.parametrize("day", ["", "2026-13-01", "20261122", "2026-W47-7", "yesterday"])
def test_nothing_is_signed_on_what_is_no_day(tmp_path, day):
    with pytest.raises(BundleError, match="no day"):
        a_bundle(tmp_path / "x.audit.zip", a_key(tmp_path), signed_on=day)
    assert not (tmp_path / "x.audit.zip").exists()


# --- strangers' envelopes ---

def sealed(key_seed, statement, *, kind=TYPE, keyid=None):
    """An envelope made without our code: statement is bytes or a value."""
    body = statement if isinstance(statement, bytes) else json.dumps(statement).encode()
    private = Ed25519PrivateKey.from_private_bytes(key_seed)
    own = hashlib.sha256(private.public_key().public_bytes_raw()).hexdigest()
    signature = {"keyid": own if keyid is None else keyid, "sig": base64.b64encode(private.sign(pae(kind.encode(), body))).decode()}
    return {"payload": base64.b64encode(body).decode(), "payloadType": kind, "signatures": [signature]}


ONE, TWO = b"\x01" * 32, b"\x02" * 32


@pytest.fixture
def case(tmp_path):
    """A key, a bundle of it, its digest, its statement; and what is said of an envelope put in its place."""
    key = a_key(tmp_path, seed=ONE)
    content = members(a_bundle(tmp_path / "x.audit.zip", key))
    statement = json.loads(base64.b64decode(json.loads(content["signature.json"])["payload"]))

    def said(envelope, trusted=(key.public,)):
        raw = envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode()
        with open_bundle(zipped(tmp_path / "y.audit.zip", content | {"signature.json": raw})) as bundle:
            assert bundle.altered() == (["signature.json: altered"] if len(raw) > 1_000_000 else [])
            return bundle.signatures(trusted, TODAY)

    return key, statement, said


def test_an_envelope_of_another_implementation_is_accepted(case):
    key, statement, said = case
    assert [s.standing for s in said(sealed(ONE, statement))] == ["trusted"]
    (found,) = said(sealed(ONE, statement, keyid=""))   # DSSE: a key id is a hint, and may be absent
    assert (found.standing, found.key) == ("trusted", key.public.id)
    envelope = sealed(ONE, statement)
    del envelope["signatures"][0]["keyid"]
    envelope["payload"] = base64.urlsafe_b64encode(base64.b64decode(envelope["payload"])).decode()
    envelope["signatures"][0]["sig"] = base64.urlsafe_b64encode(base64.b64decode(envelope["signatures"][0]["sig"])).decode()
    assert [s.standing for s in said(envelope)] == ["trusted"]


def test_each_of_several_signatures_is_judged_for_itself(case, tmp_path):
    key, statement, said = case
    other = a_key(tmp_path, name="A second reader", seed=TWO).public
    both = sealed(ONE, statement)
    both["signatures"] += sealed(TWO, statement)["signatures"]
    assert [(s.standing, s.name) for s in said(both, (key.public, other))] == [("trusted", "Lakeside Unified"), ("trusted", "A second reader")]
    assert [(s.standing, s.name) for s in said(both)] == [("trusted", "Lakeside Unified"), ("unknown", "")]
    both["signatures"][1]["keyid"] = key.public.id
    assert [s.standing for s in said(both)] == ["trusted", "wrong"]
    both["signatures"] = [both["signatures"][0]] * 20
    assert [s.standing for s in said(both)] == ["trusted"]
    both["signatures"] *= 2
    assert [s.standing for s in said(both)] == ["wrong"]


def test_a_key_id_that_is_not_the_keys_own_proves_nothing(case):
    key, statement, said = case
    (found,) = said(sealed(TWO, statement, keyid=key.public.id))
    assert (found.standing, found.key, found.name) == ("wrong", key.public.id, "")
    (found,) = said(sealed(TWO, statement))
    assert (found.standing, found.name) == ("unknown", "")
    (found,) = said(sealed(TWO, statement, keyid=""))
    assert (found.standing, found.key, found.name) == ("unknown", "", "")


def test_a_statement_that_brings_another_key_along_cannot_speak_for_a_trusted_one(case, tmp_path):
    key, statement, said = case
    own = a_key(tmp_path, name="Mallory", seed=TWO).public
    statement["predicate"]["signer"] = {"name": "Lakeside Unified", "role": "state", "public": own.public}
    assert [s.standing for s in said(sealed(TWO, statement))] == ["unknown"]
    assert [s.standing for s in said(sealed(TWO, statement, keyid=key.public.id))] == ["wrong"]


def wrongs():
    def of(**changes):
        return lambda statement: sealed(ONE, statement | changes)

    def predicate(**changes):
        return lambda statement: sealed(ONE, statement | {"predicate": statement["predicate"] | changes})

    return {
        "another payload type": lambda s: sealed(ONE, s, kind="application/json"),
        "the digest of another bundle": of(subject=[{"name": "bundle.json", "digest": {"sha256": "a" * 64}}]),
        "another hash function": lambda s: sealed(ONE, s | {"subject": [{"name": "bundle.json", "digest": {"sha512": s["subject"][0]["digest"]["sha256"]}}]}),
        "no subject": of(subject=[]), "subject is a text": of(subject="bundle.json"),
        "another kind of statement": of(predicateType="urn:edtech-equity-audit:file:1"), "a newer kind": of(predicateType="urn:edtech-equity-audit:audit:2"),
        "a statement of in-toto v0.1": of(_type="https://in-toto.io/Statement/v0.1"), "no predicate": of(predicate={}), "predicate is a list": of(predicate=[]),
        "another decision": predicate(decision="do_not_approve"), "another tool": predicate(tool={"name": "Other"}), "another day of the audit": predicate(as_of="2026-11-23"),
        "no signer": predicate(signer=None), "no day": predicate(signed_on=None), "a day that is none": predicate(signed_on="2026-11-31"),
        "payload is no JSON": lambda _: sealed(ONE, b"\xff{"), "payload is deep": lambda _: sealed(ONE, b"[" * 10_000 + b"]" * 10_000),
        "payload with a key twice": lambda s: sealed(ONE, json.dumps(s).replace('"subject"', '"_type": "x", "subject"').encode()),
        "envelope with a key twice": lambda s: json.dumps(sealed(ONE, s)).replace('"payload"', '"payload": "e30=", "payload"', 1).encode(),
        "half a character": predicate(signer={"name": "\ud800", "role": "x", "public": "x"}),
        "no signature": lambda s: sealed(ONE, s) | {"signatures": []}, "signatures is a text": lambda s: sealed(ONE, s) | {"signatures": "x"},
        "base64 with rubbish": lambda s: sealed(ONE, s) | {"payload": "e30=!!"}, "payload is a number": lambda s: sealed(ONE, s) | {"payload": 7},
        "payload is not ASCII": lambda s: sealed(ONE, s) | {"payload": "é" * 8},
        "sig is rubbish": lambda s: sealed(ONE, s) | {"signatures": [sealed(ONE, s)["signatures"][0] | {"sig": "%%%"}]},
        "sig is not ASCII": lambda s: sealed(ONE, s) | {"signatures": [sealed(ONE, s)["signatures"][0] | {"sig": "é"}]},
        "sig is empty": lambda s: sealed(ONE, s) | {"signatures": [sealed(ONE, s)["signatures"][0] | {"sig": ""}]},
        "sig is short": lambda s: sealed(ONE, s) | {"signatures": [sealed(ONE, s)["signatures"][0] | {"sig": "AAAA"}]},
        "sig is a number": lambda s: sealed(ONE, s) | {"signatures": [{"keyid": "x", "sig": 7}]},
        "an empty file": lambda _: b"", "no JSON": lambda _: b"{", "a list": lambda _: b"[]", "not UTF-8": lambda _: b"\xff", "deep": lambda _: b"[" * 10_000,
        "2 MB": lambda s: json.dumps(sealed(ONE, s) | {"x": "y" * 2_000_000}).encode(),
    }


@pytest.mark.parametrize("name", sorted(wrongs()))
def test_what_is_no_valid_signature_of_this_bundle_is_wrong_and_says_why(case, name):
    _, statement, said = case
    (found,) = said(wrongs()[name](statement))
    assert found.standing == "wrong"
    assert found.because
    assert "\n" not in found.because


def test_a_signature_cut_out_leaves_an_unsigned_bundle_and_one_of_another_bundle_is_wrong(tmp_path):
    key = a_key(tmp_path)
    one, other = (members(a_bundle(tmp_path / f"{n}.audit.zip", key, collection=n)) for n in ("a", "b"))
    with open_bundle(zipped(tmp_path / "cut.audit.zip", {k: v for k, v in one.items() if k != "signature.json"})) as bundle:
        assert bundle.signatures([key.public], TODAY) == []
    with open_bundle(zipped(tmp_path / "swapped.audit.zip", one | {"signature.json": other["signature.json"]})) as bundle:
        assert [s.standing for s in bundle.signatures([key.public], TODAY)] == ["wrong"]


@pytest.mark.parametrize("pem", ["", "x" * 5_000, "-----BEGIN PUBLIC KEY-----\n!!!\n-----END PUBLIC KEY-----\n", "\x00", "-----BEGIN PRIVATE KEY-----"])
def test_a_key_that_is_none_in_a_strangers_statement_is_passed_over(case, pem):
    _, statement, said = case
    statement["predicate"]["signer"]["public"] = pem
    assert [s.standing for s in said(sealed(TWO, statement), ())] == ["unknown"]


@settings(max_examples=60)
@given(raw=st.one_of(st.binary(max_size=80), st.recursive(st.one_of(st.none(), st.text(max_size=8), st.integers()), lambda x: st.one_of(st.lists(x, max_size=3), st.dictionaries(st.sampled_from(["payload", "payloadType", "signatures", "keyid", "sig"]), x, max_size=5)), max_leaves=8).map(lambda v: json.dumps(v).encode())))
def test_whatever_stands_in_a_signature_file_is_wrong_and_no_fault_of_ours(raw):
    assert [s.standing for s in audit_signers(raw, a_head(), "a" * 64, [], TODAY)] == ["wrong"]


# --- a file of any kind ---

def test_a_detached_signature_holds_for_its_file_alone(tmp_path):
    key = a_key(tmp_path, name="Acme", role="vendor")
    reply = tmp_path / "reply.toml"
    reply.write_text('text = "We have mended this."')
    assert check_detached(reply, [key.public], TODAY) == []
    beside = sign_file(reply, key, DAY)
    assert beside == tmp_path / "reply.toml.dsse.json"
    first = beside.read_bytes()
    assert sign_file(reply, key, DAY).read_bytes() == first
    assert [(s.standing, s.name) for s in check_detached(reply, [key.public], TODAY)] == [("trusted", "Acme")]
    assert [s.standing for s in check_detached(reply, [], TODAY)] == ["unknown"]
    reply.write_text('text = "We have not mended this."')
    assert [s.standing for s in check_detached(reply, [key.public], TODAY)] == ["wrong"]
    beside.write_bytes(b"{}")
    assert [s.standing for s in check_detached(reply, [key.public], TODAY)] == ["wrong"]


def test_a_signature_of_a_bundle_json_as_a_file_is_no_signature_of_the_bundle(tmp_path):
    key = a_key(tmp_path)
    content = members(a_bundle(tmp_path / "x.audit.zip"))
    (tmp_path / "bundle.json").write_bytes(content["bundle.json"])
    signature = sign_file(tmp_path / "bundle.json", key, DAY).read_bytes()
    with open_bundle(zipped(tmp_path / "y.audit.zip", content | {"signature.json": signature})) as bundle:
        assert [s.standing for s in bundle.signatures([key.public], TODAY)] == ["wrong"]


def test_the_id_of_a_trusted_key_is_worked_out_from_its_public_half(tmp_path):
    key: TrustedKey = a_key(tmp_path).public
    raw = load_pem_public_key(key.public.encode())
    assert isinstance(raw, Ed25519PublicKey)
    assert key.id == hashlib.sha256(raw.public_bytes_raw()).hexdigest()
