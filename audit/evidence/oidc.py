"""An identity provider's description held to OpenID Connect Discovery 1.0 with errata set 2 (OpenID Foundation, 15 December 2023)."""

from typing import NamedTuple

from audit.evidence.addresses import Addresses, plain, split
from audit.evidence.fields import Part, part_of, shown
from audit.evidence.specimen import Facts, Problems, Specimen

_LTI = "https://purl.imsglobal.org/spec/lti-platform-configuration"
_REQUIRED_LISTS = ("response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported")
_LISTS = (
    "scopes_supported", "response_modes_supported", "grant_types_supported", "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported", "code_challenge_methods_supported", "claims_supported", "acr_values_supported",
)
_ENDPOINTS = (
    "userinfo_endpoint", "registration_endpoint", "end_session_endpoint", "check_session_iframe", "revocation_endpoint",
    "introspection_endpoint", "device_authorization_endpoint", "pushed_authorization_request_endpoint", "service_documentation", "op_policy_uri", "op_tos_uri",
)
_FLAGS = ("claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported", "require_request_uri_registration")
_SYMMETRIC = ("HS256", "HS384", "HS512")
_CLIENT_LOGINS = (
    "client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth",
    "attest_jwt_client_auth", "none",
)


class _Provider(NamedTuple):
    part: Part
    addresses: Addresses
    lists: dict[str, tuple[str, ...]]
    lti: bool


def recognises(specimen: Specimen) -> bool:
    """Return whether a JSON file describes an identity provider."""
    tree = specimen.tree
    return isinstance(tree, dict) and "issuer" in tree and any(
        name in tree for name in ("authorization_endpoint", "response_types_supported", "subject_types_supported")
    )


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return what the provider offers (`scopes_offered`, `claims_offered`, `algorithms`), and whether it is an `lti_platform`."""
    part = part_of(specimen.json, "$", "oidc", problems)
    if part is None:
        return {}
    lists = {name: _list(part, name, required=name in _REQUIRED_LISTS) for name in (*_REQUIRED_LISTS, *_LISTS)}
    provider = _Provider(part, Addresses(problems, "oidc"), lists, _LTI in part.members)
    _addresses(provider)
    _answers(provider)
    _signatures(provider)
    _logins(provider)
    for name in _FLAGS:
        part.of(name, bool, "true or false")
    facts: Facts = {"lti_platform": provider.lti, **provider.addresses.facts()}
    for fact, name in (("scopes_offered", "scopes_supported"), ("claims_offered", "claims_supported"), ("algorithms", _REQUIRED_LISTS[2])):
        if lists[name]:
            facts[fact] = [plain(one) for one in lists[name]]
    return facts


def _list(part: Part, name: str, *, required: bool) -> tuple[str, ...]:
    if not part.has(name, required=required):
        return ()
    if part.members[name] == []:
        part.error(name, "the list is empty", "Leave the member out, or name at least one value.")
    return part.texts(name)


def _addresses(provider: _Provider) -> None:
    part, addresses = provider.part, provider.addresses
    issuer = addresses.member(part, "issuer", required=True)
    url = split(part.members["issuer"]) if issuer is not None else None
    if url is not None and (url.query or url.fragment or "?" in part.members["issuer"] or "#" in part.members["issuer"]):
        part.error("issuer", "the issuer has a query or a fragment", "Host, port and path only.")
    addresses.member(part, "authorization_endpoint", required=True)
    addresses.member(part, "jwks_uri", required=True)
    only_implicit = bool(provider.lists["response_types_supported"]) and not any(
        "code" in one.split() for one in provider.lists["response_types_supported"]
    )
    addresses.member(part, "token_endpoint", required=not only_implicit or provider.lti)
    for name in _ENDPOINTS:
        addresses.member(part, name)
    others = addresses.elsewhere(issuer)
    if others:
        part.problems.note("oidc.elsewhere", "$", f"not all addresses are on the issuer's own host; also: {', '.join(others[:5])}")


def _answers(provider: _Provider) -> None:
    part, lists = provider.part, provider.lists
    scopes, types = lists["scopes_supported"], [set(one.split()) for one in lists["response_types_supported"]]
    if "scopes_supported" not in part.members:
        part.problems.note("oidc.scopes_supported", part.at("scopes_supported"), "does not say which scopes (data) it offers")
    elif "openid" not in scopes:
        part.error("scopes_supported", "openid is not among the scopes")
    if types and not provider.lti and {"code"} not in types:
        part.warning("response_types_supported", "code is not among the response types: the safer flow is missing", "Offer the authorization code flow.")
    if any("token" in one for one in types):
        part.warning("response_types_supported", "gives access tokens in the browser's address (implicit flow)", "Take token out (RFC 9700 section 2.1.2).")
    if provider.lti and types and {"id_token"} not in types:
        part.error("response_types_supported", "an LTI platform must offer id_token")
    for one in lists["subject_types_supported"]:
        if one not in ("public", "pairwise"):
            part.error("subject_types_supported", f"{shown(one)} is neither public nor pairwise")
    if lists["subject_types_supported"] and "pairwise" not in lists["subject_types_supported"]:
        part.problems.note("oidc.pairwise", part.at("subject_types_supported"), "every product gets the same identifier of a person (no pairwise subjects)")
    if "password" in lists["grant_types_supported"]:
        part.warning("grant_types_supported", "products may take people's passwords themselves (grant password)", "Take it out (RFC 9700 section 2.4).")


def _signatures(provider: _Provider) -> None:
    part, algorithms = provider.part, provider.lists["id_token_signing_alg_values_supported"]
    name = "id_token_signing_alg_values_supported"
    if algorithms and "RS256" not in algorithms:
        part.error(name, "RS256 must be among the algorithms")
    if "none" in algorithms:
        part.warning(name, "offers tokens that are not signed (none)", "Take none out.")
    if any(one in _SYMMETRIC for one in algorithms):
        part.warning(name, "offers signatures with a shared secret (HS256 and kin)", "Offer RS256 or ES256 only.")
    if "none" in provider.lists["token_endpoint_auth_signing_alg_values_supported"]:
        part.error("token_endpoint_auth_signing_alg_values_supported", "none must not be among the algorithms")


def _logins(provider: _Provider) -> None:
    part, methods = provider.part, provider.lists["token_endpoint_auth_methods_supported"]
    name, challenges = "token_endpoint_auth_methods_supported", provider.lists["code_challenge_methods_supported"]
    for one in methods:
        if one not in _CLIENT_LOGINS:
            part.warning(name, f"{shown(one)} is not a registered way of logging in")
    if provider.lti and "private_key_jwt" not in methods:
        part.error(name, "an LTI platform must offer private_key_jwt")
    if provider.lti:
        return
    if not challenges:
        part.warning("code_challenge_methods_supported", "does not say that it takes PKCE, which protects the code flow", "Offer S256 (RFC 7636).")
    elif "S256" not in challenges or "plain" in challenges:
        part.warning("code_challenge_methods_supported", "PKCE without S256, or with plain", "Offer S256 only (RFC 7636).")
