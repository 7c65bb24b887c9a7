"""Key sets: what they must hold, and above all what they must not."""

import json
from base64 import b64encode

import pytest

from audit.evidence import jwks
from tests.evidence.pki import NOT_OBJECTS, WRONG, b64u, certificate, claims, der, ec_key, jwk, look, rsa_key, rules


def checked(tmp_path, *keys, **more):
    return look(jwks, tmp_path / "jwks.json", json.dumps({"keys": list(keys), **more}))


def test_a_set_of_an_rsa_and_an_elliptic_key_has_no_problems(tmp_path):
    facts, problems = checked(tmp_path, jwk(), jwk(ec_key(), kid="two"))
    assert problems.kept == []
    assert facts == {"keys": 2, "algorithms": ["ES256", "RS256"], "private_keys": 0, "weak_keys": 0}


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "k", "oth"])
def test_each_private_member_is_an_error_and_its_value_is_never_printed(tmp_path, member):
    facts, problems = checked(tmp_path, jwk(**{member: "SECRETSECRET"}))
    assert rules(problems) == ["jwks.private"]
    assert problems.kept[0].where == "$.keys[0]"
    assert facts["private_keys"] == 1
    assert "SECRETSECRET" not in repr(problems.kept)


def test_a_symmetric_key_is_a_leaked_secret(tmp_path):
    facts, problems = checked(tmp_path, {"kty": "oct", "k": "c2VjcmV0", "kid": "s"})
    assert "jwks.private" in rules(problems)
    assert facts["private_keys"] == 1


def test_an_rsa_key_of_1024_bits_is_weak(tmp_path):
    facts, problems = checked(tmp_path, jwk(rsa_key(1024)))
    assert rules(problems) == ["jwks.strength"]
    assert facts["weak_keys"] == 1


def test_an_rsa_exponent_of_one_is_weak(tmp_path):
    facts, _ = checked(tmp_path, jwk(e=b64u(1)))
    assert facts["weak_keys"] == 1


def test_an_exponent_of_three_is_a_warning(tmp_path):
    _, problems = checked(tmp_path, jwk(e=b64u(3)))
    assert rules(problems) == []
    assert rules(problems, "warning") == ["jwks.exponent"]


def test_two_keys_with_one_kid_are_an_error_each(tmp_path):
    _, problems = checked(tmp_path, jwk(), jwk(rsa_key(2048, 1)))
    assert [(p.rule, p.where) for p in problems.kept] == [("jwks.key.kid", "$.keys[0].kid"), ("jwks.key.kid", "$.keys[1].kid")]


def test_one_kid_for_two_types_of_key_is_only_a_warning(tmp_path):
    _, problems = checked(tmp_path, jwk(), jwk(ec_key()))
    assert rules(problems) == []
    assert rules(problems, "warning") == ["jwks.key.kid"]


def test_a_key_without_kid_is_an_error_among_several_and_a_warning_alone(tmp_path):
    bare = {k: v for k, v in jwk().items() if k != "kid"}
    assert rules(checked(tmp_path, bare, jwk())[1]) == ["jwks.key.kid"]
    assert rules(checked(tmp_path, bare)[1], "warning") == ["jwks.key.kid"]


@pytest.mark.parametrize(("change", "rule"), [
    ({"n": "not base64url!"}, "jwks.key.n"), ({"e": "AQAB=="}, "jwks.key.e"), ({"n": None}, "jwks.key.n"), ({"kty": ""}, "jwks.key.kty"),
    ({"alg": "ES256"}, "jwks.key.alg"), ({"alg": "HS256"}, "jwks.key.alg"), ({"alg": "none"}, "jwks.key.alg"), ({"key_ops": ["verify", "verify"]}, "jwks.key.key_ops"),
    ({"x5u": "http://tool.example.org/cert"}, "jwks.https"), ({"x5c": ["AAAA"]}, "jwks.x5c"),
])
def test_a_broken_member_of_an_rsa_key_is_an_error(tmp_path, change, rule):
    assert rule in rules(checked(tmp_path, jwk(**change))[1])


@pytest.mark.parametrize(("change", "rule"), [
    ({"crv": "P-192"}, "jwks.curve"), ({"x": b64u(bytes(31) + b"\1")}, "jwks.key.x"), ({"y": b64u(b"\1" * 31)}, "jwks.key.x"), ({"alg": "ES384"}, "jwks.key.alg"),
])
def test_a_broken_member_of_an_elliptic_key_is_an_error(tmp_path, change, rule):
    assert rule in rules(checked(tmp_path, jwk(ec_key(), **change))[1])


def test_a_curve_outside_the_standard_counts_as_weak(tmp_path):
    assert checked(tmp_path, jwk(ec_key(), crv="P-192"))[0]["weak_keys"] == 1


def test_an_ed25519_key_needs_32_octets(tmp_path):
    good = {"kty": "OKP", "crv": "Ed25519", "x": b64u(b"\7" * 32), "kid": "ed", "use": "sig"}
    assert rules(checked(tmp_path, good)[1]) == []
    assert rules(checked(tmp_path, good | {"x": b64u(b"\7" * 31)})[1]) == ["jwks.key.x"]


def test_the_certificate_of_a_key_must_be_its_own_and_in_date(tmp_path):
    own, other = (b64encode(der(certificate(key=rsa_key(2048, n)))).decode() for n in (0, 1))
    facts, problems = checked(tmp_path, jwk(x5c=[own]))
    assert rules(problems) == []
    assert facts["valid_until"] == "2027-06-30"
    assert rules(checked(tmp_path, jwk(x5c=[other]))[1]) == ["jwks.x5c"]
    old = b64encode(der(certificate(until="2026-11-01"))).decode()
    assert rules(checked(tmp_path, jwk(x5c=[old]))[1]) == ["jwks.expired"]


def test_a_thumbprint_must_be_that_of_the_certificate(tmp_path):
    own = b64encode(der(certificate())).decode()
    assert rules(checked(tmp_path, jwk(x5c=[own], **{"x5t#S256": "AAAA"}))[1]) == ["jwks.key.x5t#S256"]


def test_a_single_key_is_recognised_and_asked_to_be_a_set(tmp_path):
    text = json.dumps(jwk())
    assert claims(jwks, tmp_path / "key.json", text)
    assert rules(look(jwks, tmp_path / "key.json", text)[1]) == ["jwks.keys"]


def test_an_empty_set_is_recognised_and_an_error(tmp_path):
    assert claims(jwks, tmp_path / "k.json", '{"keys": []}')
    assert rules(checked(tmp_path)[1]) == ["jwks.keys"]


@pytest.mark.parametrize("text", ['{"keys": {"a": 1}}', '{"keys": [1, 2], "b": 3}', "[]", "{", "-----BEGIN CERTIFICATE-----", '{"issuer": "https://a.example"}'])
def test_other_files_are_not_taken_for_key_sets(tmp_path, text):
    assert not claims(jwks, tmp_path / "x.json", text)


@pytest.mark.parametrize("text", NOT_OBJECTS)
def test_json_that_is_no_object_is_one_error(tmp_path, text):
    _, problems = look(jwks, tmp_path / "x.json", text)
    assert problems.counts["error"] == 1


@pytest.mark.parametrize("member", ["kty", "n", "e", "crv", "x", "y", "kid", "alg", "use", "key_ops", "x5c", "x5t", "x5u", "d"])
def test_no_value_of_any_member_stops_the_check(tmp_path, member):
    for value in WRONG:
        for key in (jwk(), jwk(ec_key()), {"kty": "OKP", "crv": "Ed25519"}):
            checked(tmp_path, {**key, member: value}, {**key, member: value})
    for value in WRONG:
        look(jwks, tmp_path / "x.json", json.dumps({"keys": value}))
        look(jwks, tmp_path / "x.json", json.dumps({"keys": [value]}))
