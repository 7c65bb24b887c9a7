"""Certificates made in the test: chains, ages, strengths, and keys that should not be there."""

import pytest

from audit.evidence import jwks, saml, security_txt, x509
from tests.evidence.pki import certificate, claims, der, ec_key, look, pem, pem_of, private_pem, rsa_key, rules, sha1_der

ROOT_KEY, MIDDLE_KEY = rsa_key(2048, 1), rsa_key(2048, 2)


def chain():
    leaf = certificate(issuer="Invented CA", issuer_key=MIDDLE_KEY, server=True, hosts=["tool.example.org"])
    middle = certificate("Invented CA", MIDDLE_KEY, issuer="Invented Root", issuer_key=ROOT_KEY, ca=True, until="2030-01-01")
    return leaf, middle, certificate("Invented Root", ROOT_KEY, ca=True, until="2040-01-01")


def checked(tmp_path, content):
    return look(x509, tmp_path / "chain.pem", content)


def test_a_whole_chain_has_no_problems(tmp_path):
    facts, problems = checked(tmp_path, "".join(pem(one) for one in chain()))
    assert [(p.rule, p.level) for p in problems.kept] == [("x509.self-signed", "note")]
    assert facts == {
        "certificates": 3, "self_signed": False, "private_keys": 0, "weak_keys": 0, "valid_until": "2027-06-30", "vendor": "Invented Learning Inc.",
    }


def test_a_der_certificate_is_read_like_a_pem_one(tmp_path):
    raw = der(chain()[0])
    assert claims(x509, tmp_path / "c.der", raw)
    assert look(x509, tmp_path / "c.der", raw)[0]["certificates"] == 1


def test_a_self_signed_certificate_is_noted(tmp_path):
    facts, problems = checked(tmp_path, pem(certificate()))
    assert facts["self_signed"] is True
    assert rules(problems) == rules(problems, "warning") == []


def test_a_private_key_in_the_file_is_an_error_with_its_line(tmp_path):
    text = pem(certificate())
    facts, problems = checked(tmp_path, text + private_pem())
    found = next(p for p in problems.kept if p.level == "error")
    assert (found.rule, found.where) == ("x509.private", f"line {text.count(chr(10)) + 1}")
    assert facts["private_keys"] == 1
    assert private_pem().splitlines()[1] not in repr(problems.kept)


def test_a_file_of_a_private_key_alone_is_recognised_and_two_errors(tmp_path):
    assert claims(x509, tmp_path / "k.pem", private_pem())
    assert rules(checked(tmp_path, private_pem())[1]) == ["x509.none", "x509.private"]


@pytest.mark.parametrize(("since", "until", "rule", "level"), [
    ("2025-01-01", "2026-11-21", "x509.expired", "error"), ("2026-01-01", "2026-12-01", "x509.soon", "warning"),
    ("2026-12-01", "2027-12-01", "x509.early", "warning"),
])
def test_a_certificate_out_of_date_or_nearly_so_is_named_with_the_day(tmp_path, since, until, rule, level):
    facts, problems = checked(tmp_path, pem(certificate(since=since, until=until)))
    assert rules(problems, level) == [rule]
    assert facts["valid_until"] == until


def test_a_certificate_that_ends_on_the_day_of_the_audit_has_not_expired(tmp_path):
    assert rules(checked(tmp_path, pem(certificate(until="2026-11-22")))[1]) == []


@pytest.mark.parametrize("key", [rsa_key(1024), ec_key("secp192r1")])
def test_a_key_below_the_strength_is_an_error(tmp_path, key):
    facts, problems = checked(tmp_path, pem(certificate(key=key)))
    assert rules(problems) == ["x509.strength"]
    assert facts["weak_keys"] == 1


def test_sha1_on_a_certificate_is_an_error(tmp_path):
    facts, problems = checked(tmp_path, pem_of(sha1_der()))
    assert rules(problems) == ["x509.signature"]
    assert "SHA-1" in problems.kept[0].what
    assert facts["weak_keys"] == 1


def test_sha1_and_a_short_key_count_as_one_weak_certificate(tmp_path):
    facts, problems = checked(tmp_path, pem_of(sha1_der(certificate(key=rsa_key(1024)))))
    assert rules(problems) == ["x509.signature", "x509.strength"]
    assert facts["weak_keys"] == 1


def test_md5_on_a_certificate_is_an_error(tmp_path):
    raw = der(certificate()).replace(bytes.fromhex("06092a864886f70d01010b"), bytes.fromhex("06092a864886f70d010104"))
    assert rules(checked(tmp_path, pem_of(raw))[1]) == ["x509.signature"]


def test_a_root_that_signs_itself_with_sha1_is_only_a_warning_in_a_chain(tmp_path):
    leaf, middle, root = chain()
    _, problems = checked(tmp_path, pem(leaf) + pem(middle) + pem_of(sha1_der(root)))
    assert rules(problems) == []
    assert rules(problems, "warning") == ["x509.signature"]


def test_a_chain_in_the_wrong_order_is_a_warning(tmp_path):
    leaf, middle, root = chain()
    assert rules(checked(tmp_path, pem(leaf) + pem(root) + pem(middle))[1], "warning") == ["x509.chain"]


def test_an_issuer_of_the_right_name_and_the_wrong_key_is_an_error(tmp_path):
    impostor = certificate("Invented CA", rsa_key(2048, 3), ca=True)
    assert rules(checked(tmp_path, pem(chain()[0]) + pem(impostor))[1]) == ["x509.chain"]


def test_an_issuer_that_is_no_authority_is_an_error(tmp_path):
    assert rules(checked(tmp_path, pem(chain()[0]) + pem(certificate("Invented CA", MIDDLE_KEY)))[1]) == ["x509.authority"]


def test_the_same_certificate_twice_is_a_warning(tmp_path):
    assert rules(checked(tmp_path, pem(chain()[0]) * 2)[1], "warning") == ["x509.twice"]


def test_a_server_certificate_without_hosts_is_an_error(tmp_path):
    assert rules(checked(tmp_path, pem(certificate(server=True)))[1]) == ["x509.names"]


@pytest.mark.parametrize(("text", "rule"), [
    ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "x509.form"), ("-----BEGIN CERTIFICATE-----\nAAAA\n", "x509.pem"),
    ("-----END CERTIFICATE-----\n", "x509.pem"), ("-----BEGIN CERTIFICATE-----\n\x00\xff\n-----END CERTIFICATE-----\n", "x509.form"),
    ("hello", "x509.none"), ("", "x509.none"), ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "x509.none"),
])
def test_what_is_no_certificate_is_an_error(tmp_path, text, rule):
    assert rule in rules(checked(tmp_path, text)[1])


def test_every_cut_and_every_flipped_byte_of_a_certificate_is_survived(tmp_path):
    raw = der(chain()[0])
    for i in range(0, len(raw), 5):
        checked(tmp_path, raw[:i])
        checked(tmp_path, pem_of(raw[:i] + bytes([raw[i] ^ 0xFF]) + raw[i + 1:]))


@pytest.mark.parametrize("text", ["{}", "<a/>", "Contact: mailto:a@example.org", "-----BEGIN PGP SIGNED MESSAGE-----\n", "PK\x03\x04", "0", ""])
def test_other_files_are_not_taken_for_certificates(tmp_path, text):
    assert not claims(x509, tmp_path / "x", text)


def test_only_this_checker_claims_a_certificate(tmp_path):
    assert [m for m in (jwks, saml, security_txt, x509) if claims(m, tmp_path / "x.pem", pem(certificate()))] == [x509]
