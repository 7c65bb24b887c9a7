"""Descriptions of identity providers. Hosts are invented (example.org)."""

import json

import pytest

from audit.evidence import jwks, lti_launch, lti_registration, oidc, scim
from tests.evidence.pki import NOT_OBJECTS, WRONG, claims, look, rules

GOOD = {
    "issuer": "https://login.example.org", "authorization_endpoint": "https://login.example.org/authorize", "token_endpoint": "https://login.example.org/token",
    "userinfo_endpoint": "https://login.example.org/userinfo", "jwks_uri": "https://login.example.org/jwks", "response_types_supported": ["code"],
    "subject_types_supported": ["pairwise"], "id_token_signing_alg_values_supported": ["RS256", "ES256"], "scopes_supported": ["openid", "email"],
    "token_endpoint_auth_methods_supported": ["private_key_jwt"], "code_challenge_methods_supported": ["S256"], "claims_supported": ["sub", "email"],
}


def checked(tmp_path, **change):
    table = {name: value for name, value in {**GOOD, **change}.items() if value is not ...}
    return look(oidc, tmp_path / "openid-configuration.json", json.dumps(table))


def test_a_complete_description_has_no_problems(tmp_path):
    facts, problems = checked(tmp_path)
    assert problems.kept == []
    assert facts == {
        "lti_platform": False, "https_only": True, "scopes_offered": ["openid", "email"], "claims_offered": ["sub", "email"], "algorithms": ["RS256", "ES256"],
    }


@pytest.mark.parametrize("name", [
    "issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported",
])
def test_each_required_member_is_missed(tmp_path, name):
    _, problems = checked(tmp_path, **{name: ...})
    assert (f"oidc.{name}", f"$.{name}") in [(p.rule, p.where) for p in problems.kept if p.level == "error"]


@pytest.mark.parametrize(("change", "rule"), [
    ({"issuer": "https://login.example.org?tenant=1"}, "oidc.issuer"), ({"issuer": "https://login.example.org#a"}, "oidc.issuer"),
    ({"jwks_uri": "http://login.example.org/jwks"}, "oidc.https"), ({"jwks_uri": "/jwks"}, "oidc.address"), ({"jwks_uri": "https://user:pw@login.example.org/"}, "oidc.password"),
    ({"id_token_signing_alg_values_supported": ["ES256"]}, "oidc.id_token_signing_alg_values_supported"),
    ({"subject_types_supported": ["private"]}, "oidc.subject_types_supported"), ({"scopes_supported": ["email"]}, "oidc.scopes_supported"),
    ({"response_types_supported": []}, "oidc.response_types_supported"), ({"claims_parameter_supported": "true"}, "oidc.claims_parameter_supported"),
    ({"token_endpoint_auth_signing_alg_values_supported": ["none"]}, "oidc.token_endpoint_auth_signing_alg_values_supported"),
])
def test_what_the_standard_forbids_is_an_error(tmp_path, change, rule):
    assert rules(checked(tmp_path, **change)[1]) == [rule]


@pytest.mark.parametrize(("change", "rule"), [
    ({"id_token_signing_alg_values_supported": ["RS256", "none"]}, "oidc.id_token_signing_alg_values_supported"),
    ({"id_token_signing_alg_values_supported": ["RS256", "HS256"]}, "oidc.id_token_signing_alg_values_supported"),
    ({"response_types_supported": ["code", "id_token token"]}, "oidc.response_types_supported"), ({"response_types_supported": ["id_token"]}, "oidc.response_types_supported"),
    ({"grant_types_supported": ["password"]}, "oidc.grant_types_supported"), ({"code_challenge_methods_supported": ...}, "oidc.code_challenge_methods_supported"),
    ({"code_challenge_methods_supported": ["plain"]}, "oidc.code_challenge_methods_supported"), ({"userinfo_endpoint": "https://localhost/u"}, "oidc.host"),
])
def test_what_a_careful_engineer_would_ask_about_is_a_warning(tmp_path, change, rule):
    _, problems = checked(tmp_path, **change)
    assert rules(problems) == []
    assert rules(problems, "warning") == [rule]


def test_a_token_endpoint_is_not_needed_where_only_the_implicit_flow_is_used(tmp_path):
    assert rules(checked(tmp_path, token_endpoint=..., response_types_supported=["id_token"])[1]) == []


def test_an_lti_platform_must_offer_id_token_and_key_logins(tmp_path):
    _, problems = checked(
        tmp_path, **{"https://purl.imsglobal.org/spec/lti-platform-configuration": {}}, token_endpoint_auth_methods_supported=["client_secret_basic"]
    )
    assert rules(problems) == ["oidc.response_types_supported", "oidc.token_endpoint_auth_methods_supported"]


def test_an_address_that_is_not_https_makes_https_only_false(tmp_path):
    assert checked(tmp_path, jwks_uri="http://login.example.org/jwks")[0]["https_only"] is False


def test_hosts_other_than_the_issuers_are_noted(tmp_path):
    _, problems = checked(tmp_path, jwks_uri="https://keys.example.com/jwks", userinfo_endpoint="https://a.login.example.org/u")
    assert [p.what for p in problems.kept] == ["not all addresses are on the issuer's own host; also: keys.example.com"]


def test_only_this_checker_claims_the_file(tmp_path):
    text = json.dumps(GOOD)
    assert [m for m in (jwks, lti_launch, lti_registration, oidc, scim) if claims(m, tmp_path / "x.json", text)] == [oidc]


@pytest.mark.parametrize("text", NOT_OBJECTS)
def test_json_that_is_no_object_is_one_error(tmp_path, text):
    assert look(oidc, tmp_path / "x.json", text)[1].counts["error"] == 1


@pytest.mark.parametrize("name", [*GOOD, "claims_parameter_supported", "grant_types_supported"])
def test_no_value_of_any_member_stops_the_check(tmp_path, name):
    for value in WRONG:
        json.dumps(checked(tmp_path, **{name: value})[0]).encode()
