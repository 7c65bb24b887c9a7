"""Launches of tools. People, schools and hosts are invented (example.org)."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from audit.evidence import jwks, lti_launch, lti_registration, oidc, scim
from tests.evidence.pki import NOT_OBJECTS, WRONG, claims, ec_key, jwk, look, rsa_key, rules

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
ISSUED = int(datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp())
GOOD = {
    "iss": "https://lms.example.org", "aud": "client-1", "sub": "a6d5c443-1f51-4783-ba1a-7686ffe3b54a", "exp": ISSUED + 600, "iat": ISSUED, "nonce": "n-1",
    CLAIM + "message_type": "LtiResourceLinkRequest", CLAIM + "version": "1.3.0", CLAIM + "deployment_id": "d-1",
    CLAIM + "target_link_uri": "https://tool.example.org/launch", CLAIM + "resource_link": {"id": "r-1", "title": "Essay 1"}, CLAIM + "roles": [LEARNER],
    CLAIM + "context": {"id": "c-1", "label": "ELA 8"},
}
SETTINGS = {"deep_link_return_url": "https://lms.example.org/deep", "accept_types": ["ltiResourceLink"], "accept_presentation_document_targets": ["iframe", "window"]}
DEEP_GOOD = {**{k: v for k, v in GOOD.items() if not k.endswith(("resource_link", "target_link_uri"))}, CLAIM + "message_type": "LtiDeepLinkingRequest", DEEP: SETTINGS}


def checked(tmp_path, table):
    return look(lti_launch, tmp_path / "launch.json", json.dumps({k: v for k, v in table.items() if v is not ...}))


def b64(value):
    return urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode().rstrip("=")


def token(payload=GOOD, header=None, key=None):
    header = {"alg": "RS256", "kid": "one"} if header is None else header
    signed = f"{b64(header)}.{b64(payload)}"
    return f"{signed}.{b64((key or rsa_key()).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def launched(tmp_path, text):
    return look(lti_launch, tmp_path / "launch.jwt", text)


def test_the_decoded_claims_of_a_launch_have_no_problems(tmp_path):
    facts, problems = checked(tmp_path, GOOD)
    assert [(p.level, p.rule) for p in problems.kept] == [("note", "token.header")]
    assert facts == {"message": "LtiResourceLinkRequest", "version": "1.3", "requests_email": False, "requests_names": False, "https_only": True}


def test_a_deep_linking_request_has_no_problems(tmp_path):
    assert rules(checked(tmp_path, DEEP_GOOD)[1]) == rules(checked(tmp_path, DEEP_GOOD)[1], "warning") == []


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "nonce"])
def test_each_required_claim_of_the_token_is_missed(tmp_path, name):
    assert rules(checked(tmp_path, {**GOOD, name: ...})[1]) == [f"token.{name}"]


@pytest.mark.parametrize("name", ["message_type", "version", "deployment_id", "target_link_uri", "resource_link", "roles"])
def test_each_required_claim_of_a_resource_link_launch_is_missed_with_its_whole_name(tmp_path, name):
    _, problems = checked(tmp_path, {**GOOD, CLAIM + name: ...})
    found = [(p.rule, p.where) for p in problems.kept if p.level == "error"]
    assert found == [(f"lti.{name}", f'$["{CLAIM}{name}"]')]


@pytest.mark.parametrize(("change", "rule"), [
    ({"iss": "http://lms.example.org"}, "token.iss"), ({"aud": []}, "token.aud"), ({"aud": ["a", "b"]}, "token.azp"), ({"aud": ["a", "b"], "azp": "c"}, "token.azp"),
    ({"exp": "tomorrow"}, "token.exp"), ({"exp": ISSUED * 1000}, "token.exp"), ({"exp": ISSUED - 1}, "token.exp"), ({"iat": ISSUED + 10**8, "exp": ISSUED + 10**8 + 60}, "token.iat"),
    ({"sub": "x" * 256}, "token.sub"), ({CLAIM + "message_type": "basic-lti-launch-request"}, "lti.message_type"), ({CLAIM + "version": "1.3"}, "lti.version"),
    ({CLAIM + "deployment_id": "d" * 256}, "lti.deployment_id"), ({CLAIM + "target_link_uri": "http://tool.example.org"}, "launch.https"),
    ({CLAIM + "resource_link": {}}, "resource_link.id"), ({CLAIM + "roles": ["Learner"]}, "lti.roles"), ({CLAIM + "context": {"label": "x"}}, "context.id"),
])
def test_what_the_standard_forbids_is_an_error(tmp_path, change, rule):
    assert rule in rules(checked(tmp_path, {**GOOD, **change})[1])


def test_several_readers_with_the_authorized_one_named_are_no_problem(tmp_path):
    assert rules(checked(tmp_path, {**GOOD, "aud": ["client-1", "other"], "azp": "client-1"})[1]) == []


def test_an_empty_list_of_roles_is_allowed(tmp_path):
    assert rules(checked(tmp_path, {**GOOD, CLAIM + "roles": []})[1]) == []


@pytest.mark.parametrize(("change", "rule"), [
    ({"deep_link_return_url": ...}, "settings.deep_link_return_url"), ({"accept_types": ...}, "settings.accept_types"), ({"accept_types": []}, "settings.accept_types"),
    ({"accept_presentation_document_targets": ["popup"]}, "settings.accept_presentation_document_targets"), ({"accept_multiple": "true"}, "settings.accept_multiple"),
    ({"deep_link_return_url": "http://lms.example.org/d"}, "launch.https"),
])
def test_broken_deep_linking_settings_are_an_error(tmp_path, change, rule):
    settings = {k: v for k, v in {**SETTINGS, **change}.items() if v is not ...}
    assert rules(checked(tmp_path, {**DEEP_GOOD, DEEP: settings})[1]) == [rule]


def test_a_deep_linking_request_without_its_settings_is_an_error(tmp_path):
    assert rules(checked(tmp_path, {**DEEP_GOOD, DEEP: ...})[1]) == ["deep.deep_linking_settings"]


def test_a_token_that_is_valid_too_long_or_still_valid_is_a_warning(tmp_path):
    assert rules(checked(tmp_path, {**GOOD, "exp": ISSUED + 7200})[1], "warning") == ["token.exp"]
    now = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp())
    assert rules(checked(tmp_path, {**GOOD, "iat": now - 60, "exp": now + 600})[1], "warning") == ["token.exp"]


def test_an_anonymous_launch_is_a_note(tmp_path):
    assert "token.sub" in rules(checked(tmp_path, {**GOOD, "sub": ...})[1], "note")


def test_services_in_the_launch_are_facts(tmp_path):
    facts, problems = checked(tmp_path, {
        **GOOD,
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {"scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"], "lineitems": "https://lms.example.org/items"},
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {"context_memberships_url": "https://lms.example.org/m", "service_versions": ["2.0"]},
    })
    assert facts["requests_rosters"] is True
    assert facts["writes_grades"] is True
    assert facts["scopes"] == ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]
    assert rules(problems) == []


def test_an_invented_person_is_allowed_and_what_is_sent_is_a_fact(tmp_path):
    facts, problems = checked(tmp_path, {**GOOD, "name": "Jordan Vale", "email": "jordan.vale@students.example.org"})
    assert (facts["requests_email"], facts["requests_names"]) == (True, True)
    assert problems.counts["personal"] == 0
    assert rules(problems, "warning") == ["lti.requests_email", "lti.requests_names"]


@pytest.mark.parametrize("change", [
    {"email": "jordan.vale@lakeside-schools.us"}, {"sub": "jordan.vale@lakeside-schools.us"}, {"phone_number": "(206) 442-3141"},
    {CLAIM + "custom": {"login": "jordan.vale@lakeside-schools.us"}}, {CLAIM + "ext": [{"a": ["jordan.vale@lakeside-schools.us"]}]},
    {CLAIM + "custom": {"ssn": "219-09-9999"}}, {"iss": "https://lms.lakeside-schools.us", "name": "Jordan Vale"},
])
def test_a_real_looking_student_refuses_the_file_and_is_not_printed(tmp_path, change):
    _, problems = checked(tmp_path, {**GOOD, **change})
    assert problems.counts["personal"] == 1
    assert not any(word in repr(problems.kept) for word in ("jordan", "Jordan", "lakeside", "442", "219"))


@pytest.mark.parametrize("value", ["2064423141", "a6d5c443-1f51-4783-ba1a-7686ffe3b54a", "555-0123", "(206) 555-0123", "2026-11-22T10:00:00Z", "ana@pupils.example"])
def test_numbers_of_courses_and_invented_details_refuse_nothing(tmp_path, value):
    assert checked(tmp_path, {**GOOD, CLAIM + "custom": {"a": value}, "sub": value})[1].counts["personal"] == 0


def test_a_test_account_of_a_real_platform_is_no_student(tmp_path):
    assert checked(tmp_path, {**GOOD, "iss": "https://canvas.instructure.com", "name": "Test Student"})[1].counts["personal"] == 0


def test_a_compact_token_is_read_and_its_signature_left_open(tmp_path):
    assert claims(lti_launch, tmp_path / "launch.jwt", token())
    facts, problems = launched(tmp_path, token() + "\n")
    assert [(p.level, p.rule) for p in problems.kept] == [("note", "token.signature")]
    assert "verified" not in facts


def test_a_signature_is_verified_with_the_keys_beside_the_file(tmp_path):
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk()]}))
    facts, problems = launched(tmp_path, token())
    assert facts["verified"] is True
    assert problems.kept == []
    facts, problems = launched(tmp_path, token(key=rsa_key(2048, 1)))
    assert facts["verified"] is False
    assert rules(problems) == ["token.signature"]


def test_an_elliptic_signature_is_verified_too(tmp_path):
    (tmp_path / "launch.jwks.json").write_text(json.dumps({"keys": [jwk(ec_key(), kid="e")]}))
    signed = f"{b64({'alg': 'ES256', 'kid': 'e'})}.{b64(GOOD)}"
    r, s = decode_dss_signature(ec_key().sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    assert launched(tmp_path, f"{signed}.{b64(r.to_bytes(32) + s.to_bytes(32))}")[0]["verified"] is True
    assert launched(tmp_path, f"{signed}.{b64(s.to_bytes(32) + r.to_bytes(32))}")[0]["verified"] is False


def test_keys_of_another_kid_leave_the_signature_open(tmp_path):
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [jwk(kid="other")]}))
    assert "verified" not in launched(tmp_path, token())[0]


@pytest.mark.parametrize("header", [{"alg": "none", "kid": "one"}, {"alg": "HS256", "kid": "one"}])
def test_a_token_without_a_key_pairs_signature_is_an_error(tmp_path, header):
    assert "token.alg" in rules(launched(tmp_path, token(header=header))[1])


def test_a_token_without_a_signature_is_an_error(tmp_path):
    assert rules(launched(tmp_path, token().rpartition(".")[0] + ".")[1]) == ["token.signature"]


def test_wrapped_tokens_are_read(tmp_path):
    for table in ({"id_token": token()}, {"header": {"alg": "RS256", "kid": "one"}, "payload": GOOD}):
        assert claims(lti_launch, tmp_path / "w.json", json.dumps(table))
        assert rules(checked(tmp_path, table)[1]) == []


def test_a_token_whose_payload_is_no_launch_is_not_claimed(tmp_path):
    assert not claims(lti_launch, tmp_path / "a.jwt", token({"iss": "https://a.example.org"}))


def test_only_this_checker_claims_the_file(tmp_path):
    for text in (json.dumps(GOOD), json.dumps(DEEP_GOOD), token()):
        assert [m for m in (jwks, lti_launch, lti_registration, oidc, scim) if claims(m, tmp_path / "x.json", text)] == [lti_launch]


@pytest.mark.parametrize("text", NOT_OBJECTS)
def test_json_that_is_no_object_is_one_error(tmp_path, text):
    assert look(lti_launch, tmp_path / "x.json", text)[1].counts["error"] == 1


@pytest.mark.parametrize("name", [*GOOD, DEEP, "azp", "email", "name", "picture", "address", CLAIM + "custom", CLAIM + "lis", CLAIM + "tool_platform"])
def test_no_value_of_any_claim_stops_the_check(tmp_path, name):
    for value in WRONG:
        facts, _ = checked(tmp_path, {**DEEP_GOOD, name: value})
        json.dumps(facts, ensure_ascii=False).encode()
        checked(tmp_path, {**GOOD, name: value})


@pytest.mark.parametrize("value", WRONG)
def test_no_value_within_a_claim_or_a_header_stops_the_check(tmp_path, value):
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [value, {"kty": "RSA", "kid": "one", "n": value, "e": value}]}))
    for name in SETTINGS:
        checked(tmp_path, {**DEEP_GOOD, DEEP: {**SETTINGS, name: value}})
    for service in ("lti-ags/claim/endpoint", "lti-nrps/claim/namesroleservice"):
        checked(tmp_path, {**GOOD, f"https://purl.imsglobal.org/spec/{service}": {"scope": value, "lineitems": value, "context_memberships_url": value}})
    for name in ("alg", "kid"):
        launched(tmp_path, token(header={"alg": "RS256", "kid": "one", name: value}))
    for table in ({"id_token": value}, {"payload": GOOD, "header": value}, {"payload": value, CLAIM + "version": 1}):
        checked(tmp_path, table)


def test_a_token_cut_anywhere_stops_nothing(tmp_path):
    whole = token()
    for i in range(1, len(whole), 37):
        claims(lti_launch, tmp_path / "cut.jwt", whole[:i])
