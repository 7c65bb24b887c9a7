"""security.txt files. Hosts and addresses are invented (example.org)."""

import pytest

from audit.errors import ChecklistError
from audit.evidence import jwks, saml, security_txt, x509
from tests.evidence.pki import certificate, claims, look, pem, private_pem, rules

GOOD = """# Our security address (invented)
Contact: mailto:security@example.org
Contact: https://example.org/report
Expires: 2027-05-31T23:59:59.000Z
Encryption: https://example.org/pgp-key.txt
Preferred-Languages: en, es-MX
Canonical: https://example.org/.well-known/security.txt
Policy: https://example.org/policy
"""
SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + GOOD + "-----BEGIN PGP SIGNATURE-----\n\niQEzinvented\n-----END PGP SIGNATURE-----\n"


def checked(tmp_path, text):
    return look(security_txt, tmp_path / "security.txt", text)


def test_a_good_file_has_no_problems(tmp_path):
    facts, problems = checked(tmp_path, GOOD)
    assert problems.kept == []
    assert facts == {"signed": False, "contacts": 2, "encryption_offered": True, "private_keys": 0, "https_only": True, "valid_until": "2027-05-31"}


def test_windows_line_ends_change_nothing(tmp_path):
    assert checked(tmp_path, GOOD.replace("\n", "\r\n"))[1].kept == []


def test_a_signed_file_is_read_within_its_wrapper(tmp_path):
    facts, problems = checked(tmp_path, SIGNED)
    assert facts["signed"] is True
    assert [(p.level, p.rule) for p in problems.kept] == [("note", "security.signed")]


def test_lines_are_counted_from_the_top_of_a_signed_file(tmp_path):
    _, problems = checked(tmp_path, SIGNED.replace("Contact: https", "Contact: http"))
    assert [(p.rule, p.where) for p in problems.kept if p.level == "error"] == [("security.https", "line 6")]


def test_a_dash_escaped_line_is_read_without_its_escape(tmp_path):
    assert checked(tmp_path, SIGNED.replace("Policy: ", "- Policy: "))[1].counts["error"] == 0


@pytest.mark.parametrize(("old", "new", "rule", "where"), [
    ("Contact: mailto:security@example.org\nContact: https://example.org/report\n", "", "security.contact", "security.txt"),
    ("Contact: mailto:security@example.org", "Contact: security@example.org", "security.contact", "line 2"),
    ("Contact: mailto:security@example.org", "Contact: mailto:", "security.contact", "line 2"),
    ("https://example.org/report", "http://example.org/report", "security.https", "line 3"),
    ("Expires: 2027-05-31T23:59:59.000Z\n", "", "security.expires", "security.txt"),
    ("Expires: 2027-05-31T23:59:59.000Z", "Expires: 2027-05-31", "security.expires", "line 4"),
    ("Expires: 2027-05-31T23:59:59.000Z", "Expires: 2026-11-21T23:59:59Z", "security.expired", "line 4"),
    ("Expires: 2027-05-31T23:59:59.000Z\n", "Expires: 2027-05-31T23:59:59Z\nExpires: 2027-05-30T23:59:59Z\n", "security.expires", "line 5"),
    ("Encryption: https://example.org/pgp-key.txt", "Encryption: mQENBGExample", "security.encryption", "line 5"),
    ("Canonical: https", "Canonical: http", "security.https", "line 7"),
    ("Preferred-Languages: en, es-MX", "Preferred-Languages: English please", "security.languages", "line 6"),
    ("Preferred-Languages: en, es-MX", "Preferred-Languages: en\nPreferred-Languages: es", "security.languages", "line 7"),
    ("Policy: ", "Policy ", "security.line", "line 8"),
])
def test_what_the_standard_forbids_is_an_error_with_its_line(tmp_path, old, new, rule, where):
    assert old in GOOD
    _, problems = checked(tmp_path, GOOD.replace(old, new))
    assert [(p.rule, p.where) for p in problems.kept if p.level == "error"] == [(rule, where)]


@pytest.mark.parametrize(("old", "new", "rule"), [
    ("2027-05-31", "2028-05-31", "security.long"), ("2027-05-31", "2026-12-01", "security.soon"), (".well-known/", "", "security.canonical"),
])
def test_what_a_careful_reader_would_ask_about_is_a_warning(tmp_path, old, new, rule):
    _, problems = checked(tmp_path, GOOD.replace(old, new))
    assert rules(problems) == []
    assert rules(problems, "warning") == [rule]


def test_a_signed_file_without_canonical_is_a_warning_and_an_unsigned_one_a_note(tmp_path):
    line = "Canonical: https://example.org/.well-known/security.txt\n"
    assert rules(checked(tmp_path, SIGNED.replace(line, ""))[1], "warning") == ["security.canonical"]
    assert rules(checked(tmp_path, GOOD.replace(line, ""))[1], "note") == ["security.canonical"]


def test_field_names_may_be_written_in_any_case(tmp_path):
    assert rules(checked(tmp_path, GOOD.replace("Contact:", "CONTACT:").replace("Expires:", "expires:"))[1]) == []


@pytest.mark.parametrize("text", [
    SIGNED.partition("-----BEGIN PGP SIGNATURE")[0], SIGNED.replace("-----END PGP SIGNATURE-----", ""), "unsigned text\n" + SIGNED,
])
def test_a_broken_signature_wrapper_is_an_error(tmp_path, text):
    assert "security.wrapper" in rules(checked(tmp_path, text)[1])


def test_a_private_key_in_the_text_is_an_error(tmp_path):
    facts, problems = checked(tmp_path, GOOD + private_pem())
    assert "security.private" in rules(problems)
    assert facts["private_keys"] == 1


@pytest.mark.parametrize("value", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2027-13-01T00:00:00Z", "\x00", "never"])
def test_no_date_stops_the_check(tmp_path, value):
    checked(tmp_path, GOOD.replace("2027-05-31T23:59:59.000Z", value))


def test_control_characters_are_errors_and_are_not_printed(tmp_path):
    _, problems = checked(tmp_path, GOOD + "Policy: https://example.org/\x1b[31m\n\x07\n")
    assert problems.counts["error"] == 2
    assert "\x1b" not in repr(problems.kept)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path):
    with pytest.raises(ChecklistError):
        checked(tmp_path, b"Contact: \xff\xfe")


def test_a_file_is_known_by_its_fields_or_by_its_name(tmp_path):
    assert claims(security_txt, tmp_path / "anything.txt", GOOD)
    assert claims(security_txt, tmp_path / "security.txt", "Contact: mailto:a@example.org\n")
    assert claims(security_txt, tmp_path / "signed", SIGNED)
    assert not claims(security_txt, tmp_path / "letter.txt", "Contact: the office\n")


def test_only_this_checker_claims_the_file(tmp_path):
    assert [m for m in (jwks, saml, security_txt, x509) if claims(m, tmp_path / "x.txt", GOOD)] == [security_txt]
    assert [m for m in (jwks, saml, security_txt, x509) if claims(m, tmp_path / "x.txt", SIGNED)] == [security_txt]


@pytest.mark.parametrize("text", ["{}", "<a/>", "PK", pem(certificate()), '{"Contact": 1}'])
def test_other_files_are_not_taken_for_it(tmp_path, text):
    assert not claims(security_txt, tmp_path / "x.txt", text)
