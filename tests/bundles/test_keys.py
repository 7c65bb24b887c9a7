"""Keys: made once, kept from others, read strictly; and the list of those that are trusted."""

import hashlib
import json
import os
import stat
import sys
import tomllib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from audit.bundles import load_signing_key, make_key, read_keys
from audit.bundles.editing import keys_toml, make_pair, revoke, trust
from audit.errors import AuditError, BundleError
from tests.bundles.made import a_key

# RFC 8032, section 7.1, tests 1 to 3: secret key, public key, message, signature
RFC_8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_a_key_signs_as_rfc_8032_says(tmp_path, secret, public, message, signature):
    key = a_key(tmp_path, seed=bytes.fromhex(secret))
    assert key.public.id == hashlib.sha256(bytes.fromhex(public)).hexdigest()
    assert key.signer.sign(bytes.fromhex(message)).signature == signature


def test_a_new_key_is_for_its_owners_eyes_only_and_another_each_time(tmp_path):
    before = os.umask(0)   # the most generous
    try:
        one, other = (make_key("Lakeside Unified", "district", tmp_path / name, "") for name in ("a.key", "b.key"))
    finally:
        os.umask(before)
    assert one.id != other.id
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    assert load_signing_key(tmp_path / "a.key", "").public == one
    odd = make_key("ENCRYPTED PRIVATE KEY----- Inc.: Role: state", "vendor", tmp_path / "c.key", "")
    assert load_signing_key(tmp_path / "c.key", "").public == odd
    assert isinstance(load_pem_private_key((tmp_path / "a.key").read_bytes(), None), Ed25519PrivateKey)   # as other programs read it


def test_a_key_is_never_overwritten_nor_is_what_a_link_leads_to(tmp_path):
    make_pair("Lakeside Unified", "district", tmp_path / "lakeside", "")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(BundleError, match="never overwritten"):
        make_pair("Other", "state", tmp_path / "lakeside", "")
    (tmp_path / "lakeside.key").rename(tmp_path / "moved.key")
    with pytest.raises(BundleError, match="never overwritten"):
        make_pair("Other", "state", tmp_path / "lakeside", "")
    (tmp_path / "new.key").symlink_to(tmp_path / "nowhere")
    with pytest.raises(BundleError, match="never overwritten"):
        make_pair("Other", "state", tmp_path / "new", "")
    (tmp_path / "new.key").unlink()
    (tmp_path / "moved.key").rename(tmp_path / "lakeside.key")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_key_with_a_passphrase_opens_with_that_alone_and_none_is_ever_shown(tmp_path):
    made = make_key("Lakeside Unified", "district", tmp_path / "a.key", "open sesame")
    raw = (tmp_path / "a.key").read_text()
    assert "BEGIN ENCRYPTED PRIVATE KEY" in raw
    assert load_signing_key(tmp_path / "a.key", "open sesame").public == made
    for wrong, said in (("", "is encrypted"), ("open sesam", "does not open"), ("x" * 5_000, "does not open")):
        with pytest.raises(BundleError, match=said) as caught:
            load_signing_key(tmp_path / "a.key", wrong)
        assert "sesam" not in str(caught.value)
    plain = make_key("Lakeside Unified", "district", tmp_path / "b.key", "")
    assert load_signing_key(tmp_path / "b.key", "a passphrase of another key").public == plain


def test_the_secret_is_in_no_representation_of_a_key(tmp_path):
    key = a_key(tmp_path, seed=b"\x07" * 32)
    pem = (tmp_path / "Lakeside-070707.key").read_text().splitlines()
    assert not any(line in repr(key) for line in pem if "KEY" not in line and ":" not in line)
    assert "07" * 32 not in repr(key)


def private(key, encryption=None):
    return b"Name: X\nRole: district\n" + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


BAD_PRIVATE = {
    "a public key": lambda k: k.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "an RSA key": lambda _: private(rsa.generate_private_key(65537, 2048)),
    "an EC key": lambda _: private(ec.generate_private_key(ec.SECP256R1())),
    "nothing": lambda _: b"", "a text": lambda _: b"hello", "not UTF-8": lambda _: b"\xff" * 100,
    "a damaged key": lambda k: private(k).replace(b"MC4", b"MC5"),
    "half a key": lambda k: private(k)[:60],
    "no name": lambda k: private(k).replace(b"Name: X\n", b""), "an empty name": lambda k: private(k).replace(b"Name: X", b"Name:  "),
    "no role": lambda k: private(k).replace(b"Role: district\n", b""), "another role": lambda k: private(k).replace(b"district", b"king"),
    "only the words": lambda _: b"-----BEGIN PRIVATE KEY-----", "the words without a beginning": lambda _: b"PRIVATE KEY-----",
    "a megabyte": lambda k: private(k) + b"x" * 1_000_000,
}


@pytest.mark.parametrize("name", sorted(BAD_PRIVATE))
def test_what_cannot_sign_is_refused_in_one_line_that_holds_no_secret(tmp_path, name):
    (tmp_path / "a.key").write_bytes(BAD_PRIVATE[name](Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)))
    with pytest.raises(BundleError) as caught:
        load_signing_key(tmp_path / "a.key", "")
    assert "\n" not in str(caught.value)
    assert "AQEB" not in str(caught.value)   # the seed, in base64


@pytest.mark.parametrize(("given", "said"), [
    ({"name": "  "}, "needs a name"), ({"name": "a\x1bb"}, "needs a name"), ({"role": "king"}, "none of its values"), ({"until": "next year"}, "Write days"),
    ({"since": "2027-01-01", "until": "2026-01-01"}, "later day"),
])
def test_a_key_needs_a_name_a_role_and_real_days(tmp_path, given, said):
    with pytest.raises(BundleError, match=said):
        make_pair(**{"name": "Lakeside", "role": "district", "stem": tmp_path / "x", "passphrase": ""} | given)
    assert list(tmp_path.iterdir()) == []


# --- the list ---

def a_list(tmp_path, *keys, name="trusted-keys.toml"):
    (tmp_path / name).write_text(keys_toml(keys), encoding="utf-8")
    return tmp_path / name


def test_what_make_writes_is_a_list_of_one_and_dates_may_be_written_as_dates(tmp_path):
    made = make_pair("Lakeside Unified", "district", tmp_path / "lakeside", "", "2026-01-01", "2027-12-31")
    path = tmp_path / "lakeside.pub.toml"
    assert read_keys(path) == [made]
    row = tomllib.loads(path.read_text())["key"][0]
    assert list(row) == ["id", "name", "role", "public", "from", "until"]
    path.write_text(path.read_text().replace('"2027-12-31"', "2027-12-31"))
    assert read_keys(path) == [made]


def text(tmp_path):
    return keys_toml([a_key(tmp_path).public])


BAD_LISTS = {
    "no TOML": lambda t: t + "[", "another table": lambda t: t + "\n[other]\na = 1\n", "key is a text": lambda _: 'key = "x"\n', "key holds texts": lambda _: 'key = ["x"]\n',
    "an unknown field": lambda t: t + 'nam = "x"\n', "no name": lambda t: t.replace("Lakeside Unified", " "), "another id": lambda t: t.replace('id = "', 'id = "0', 1),
    "an unknown role": lambda t: t.replace('"district"', '"king"'), "a day that is none": lambda t: t + 'until = "soon"\n', "a time": lambda t: t + "until = 2027-01-01T00:00:00Z\n",
    "twice": lambda t: t + "\n" + t, "no PEM": lambda t: t.replace("BEGIN PUBLIC", "BEGIN"), "a number": lambda t: t + "until = 2027\n",
}


@pytest.mark.parametrize("name", sorted(BAD_LISTS))
def test_a_list_that_is_wrong_is_refused_in_one_line(tmp_path, name):
    path = tmp_path / "list.toml"
    path.write_text(BAD_LISTS[name](text(tmp_path)), encoding="utf-8")
    with pytest.raises(BundleError) as caught:
        read_keys(path)
    assert "list.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_private_key_in_a_list_is_called_what_it_is(tmp_path):
    secret = private(Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)).decode()
    own = a_key(tmp_path).public
    path = tmp_path / "list.toml"
    path.write_text(keys_toml([own]).replace(own.public, secret.partition("\n")[2].partition("\n")[2]), encoding="utf-8")
    with pytest.raises(BundleError, match="make a new key") as caught:
        read_keys(path)
    assert "AQEB" not in str(caught.value)


@pytest.mark.parametrize("key", [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())])
def test_a_key_of_another_kind_is_not_trusted(tmp_path, key):
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    own = a_key(tmp_path).public
    (tmp_path / "list.toml").write_text(keys_toml([own]).replace(own.public, pem), encoding="utf-8")
    with pytest.raises(BundleError, match="not of the kind Ed25519"):
        read_keys(tmp_path / "list.toml")


def test_trusting_adds_to_the_end_and_leaves_the_rest_as_it_was_written(tmp_path):
    one, two = (a_key(tmp_path, seed=bytes([n]) * 32).public for n in (1, 2))
    path = tmp_path / "trusted-keys.toml"
    assert trust(path, [one, one]) == [one]
    path.write_text("# whom we trust\n" + path.read_text(), encoding="utf-8")
    before = path.read_text()
    assert trust(path, [one]) == []
    assert path.read_text() == before
    assert trust(path, [one, two]) == [two]
    assert path.read_text().startswith(before)
    assert read_keys(path) == [one, two]
    (tmp_path / "empty.toml").write_text("# nobody yet\n")
    trust(tmp_path / "empty.toml", [one])
    assert (tmp_path / "empty.toml").read_text().startswith("# nobody yet\n")


def test_a_revoked_key_stays_in_the_list_and_is_not_trusted_again(tmp_path):
    one, two = (a_key(tmp_path, seed=bytes([n]) * 32).public for n in (1, 2))
    path = a_list(tmp_path, one, two)
    path.write_text(path.read_text() + "# a note\n", encoding="utf-8")
    gone = revoke(path, two.id[:8], "2026-12-01", 'The laptop was lost, "for good".\nid = "x"')
    assert (gone.id, gone.revoked) == (two.id, "2026-12-01")
    assert read_keys(path) == [one, gone]
    assert path.read_text().endswith("# a note\n")
    with pytest.raises(BundleError, match="revoked on 2026-12-01 already"):
        revoke(path, two.id, "2026-12-02", "again")
    with pytest.raises(BundleError, match="new key"):
        trust(path, [two])
    assert read_keys(path) == [one, gone]
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix != ".key") == ["trusted-keys.toml"]


@pytest.mark.parametrize(("start", "on", "because"), [
    ("0" * 64, "2026-12-01", "why"), ("", "2026-12-01", "why"), ("{id:.7}", "2026-12-01", "why"), (".{{64}}", "2026-12-01", "why"), ("{id}", "today", "why"), ("{id}", "2026-12-01", " "),
])
def test_what_names_no_one_key_no_day_or_no_reason_revokes_nothing(tmp_path, start, on, because):
    key = a_key(tmp_path).public
    path = a_list(tmp_path, key)
    before = path.read_bytes()
    with pytest.raises(BundleError):
        revoke(path, start.format(id=key.id), on, because)
    assert path.read_bytes() == before


def test_a_list_written_in_another_way_is_left_alone_when_it_cannot_be_changed_safely(tmp_path):
    key = a_key(tmp_path).public
    path = tmp_path / "list.toml"
    row = ", ".join(f"{field} = {json.dumps(getattr(key, field))}" for field in ("id", "name", "role", "public"))
    path.write_text(f"key = [{{ {row} }}]\n", encoding="utf-8")
    before = path.read_bytes()
    assert read_keys(path) == [key]
    with pytest.raises(AuditError):
        revoke(path, key.id, "2026-12-01", "lost")
    with pytest.raises(AuditError):
        trust(path, [a_key(tmp_path, seed=b"\x02" * 32).public])
    assert path.read_bytes() == before


def test_an_encrypted_rsa_key_is_refused_too(tmp_path):
    (tmp_path / "a.key").write_bytes(private(rsa.generate_private_key(65537, 2048), BestAvailableEncryption(b"pw")))
    with pytest.raises(BundleError, match="not of the kind Ed25519"):
        load_signing_key(tmp_path / "a.key", "pw")
