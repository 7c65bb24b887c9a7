"""A tool's configuration held to LTI 1.3 and LTI Dynamic Registration 1.0 (1EdTech, 13 October 2020), or to the JSON that Canvas takes."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from audit.evidence.addresses import Addresses, plain, split
from audit.evidence.fields import Part, part_of, shown
from audit.evidence.jwks import check_key
from audit.evidence.keys import Keys
from audit.evidence.lti_requests import Requests
from audit.evidence.specimen import Facts, Problems, Specimen

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
_PRIVACY = "https://canvas.instructure.com/lti/privacy_level"
_LEVELS: Mapping[str, tuple[bool, bool]] = {   # e-mail, names
    "public": (True, True), "email_only": (True, False), "name_only": (False, True), "anonymous": (False, False),
}
_MESSAGES = (
    "LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest", "LtiStartProctoring", "LtiEndAssessment",
    "LtiDataPrivacyLaunchRequest", "LtiContextLaunchRequest", "LtiEulaRequest", "LtiReportReviewRequest", "LtiAssetProcessorSettingsRequest",
)
_SECRETS = ("client_secret", "registration_access_token", "private_key", "private_jwk")
_PAGES = ("client_uri", "logo_uri", "tos_uri", "policy_uri")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?::\d{1,5})?")


class _Tool(NamedTuple):
    part: Part
    addresses: Addresses
    requests: Requests
    keys: Keys
    messages: list[str]


def recognises(specimen: Specimen) -> bool:
    """Return whether a JSON file is a tool's registration, or a configuration for Canvas."""
    tree = specimen.tree
    if not isinstance(tree, dict):
        return False
    return TOOL in tree or "oidc_initiation_url" in tree or ("initiate_login_uri" in tree and "redirect_uris" in tree) or {
        "title", "target_link_uri", "extensions"
    } <= tree.keys()


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return what the tool asks for: `scopes`, `claims`, `requests_…`, its `messages`, and whether all addresses are https."""
    part = part_of(specimen.json, "$", "lti", problems)
    if part is None:
        return {}
    tool = _Tool(part, Addresses(problems, "lti"), Requests(problems), Keys(problems, specimen.today, "lti"), [])
    canvas = TOOL not in part.members and "initiate_login_uri" not in part.members
    facts = _canvas(tool) if canvas else _registration(tool)
    for name in _SECRETS:
        if part.members.get(name):
            part.error(name, "the file holds a secret", "Take it out, and change it: whoever has the file has the secret.")
    facts |= {"version": "1.3", "form": "canvas" if canvas else "dynamic-registration", "messages": sorted(set(tool.messages))}
    if tool.requests.scopes:
        facts["scopes"] = list(tool.requests.scopes)
    return {**facts, **tool.requests.facts, **tool.keys.facts(), **tool.addresses.facts()}


def _registration(tool: _Tool) -> Facts:
    part, addresses = tool.part, tool.addresses
    _must_be(part, "application_type", "web")
    _must_be(part, "token_endpoint_auth_method", "private_key_jwt")
    _must_hold(part, "response_types", ("id_token",))
    _must_hold(part, "grant_types", ("implicit", "client_credentials"))
    addresses.member(part, "initiate_login_uri", required=True)
    _redirects(tool, required=True)
    _key(tool, "jwks_uri", "jwks")
    for name in _PAGES:
        addresses.member(part, name)
    if "policy_uri" not in part.members:
        part.warning("policy_uri", "no address of a privacy policy", "Give policy_uri.")
    scope = part.text("scope")
    if "scope" not in part.members:
        part.warning("scope", "does not say which scopes it asks for", 'Write "scope", empty if there are none.')
    tool.requests.scope((scope or "").split(), part.at("scope"))
    product = part.text("client_name", required=True)
    if part.has(TOOL, required=True):
        inner = part_of(part.members[TOOL], f'$["{TOOL}"]', "tool", part.problems)
        if inner is not None:
            _configuration(inner, tool)
    return {"product": plain(product)} if product else {}


def _configuration(part: Part, tool: _Tool) -> None:
    domain = part.text("domain", required=True)
    if domain is not None and not _DOMAIN.fullmatch(domain):
        part.error("domain", "must be a host without https:// and without a path", "For example tool.example.org.")
        domain = None
    tool.addresses.member(part, "target_link_uri", required=True)
    claims = part.texts("claims") if part.has("claims", required=True) else ()
    tool.requests.claims(claims, part.at("claims"), "asks for")
    tool.requests.variables(part, "custom_parameters")
    level = part.members.get(_PRIVACY)
    if level is not None:
        _level(level, f'{part.path}["{_PRIVACY}"]', tool)
    if part.members.get("messages") == []:
        part.error("messages", "the list is empty: the tool can never be started", "Name LtiResourceLinkRequest.")
    for message in part.parts("messages", "message", required=True):
        _message(message, message.text("type", required=True), tool)
    if "claims" in part.members:
        tool.requests.complete()
    others = tool.addresses.elsewhere(domain.partition(":")[0].lower() if domain else None, [one.lower() for one in part.texts("secondary_domains")])
    if others:
        part.warning("domain", f"addresses on hosts that are not named here: {', '.join(others[:5])}", "Name them in secondary_domains, for the district's filter.")


def _message(part: Part, kind: str | None, tool: _Tool) -> None:
    if kind is not None and kind not in _MESSAGES:
        part.warning("type", f"{shown(kind)} is no message of LTI 1.3", "LtiResourceLinkRequest or LtiDeepLinkingRequest.")
    elif kind is not None:
        tool.messages.append(kind)
    tool.addresses.member(part, "target_link_uri")
    tool.addresses.member(part, "icon_uri")
    tool.requests.variables(part, "custom_parameters")


def _canvas(tool: _Tool) -> Facts:
    part, addresses = tool.part, tool.addresses
    title = part.text("title", required=True)
    part.text("description", required=True)
    addresses.member(part, "target_link_uri", required=True)
    addresses.member(part, "oidc_initiation_url", required=True)
    regional = part.members.get("oidc_initiation_urls")
    for name, value in regional.items() if isinstance(regional, dict) else ():
        if isinstance(value, str):
            addresses.web(value, f"{part.at('oidc_initiation_urls')}.{plain(name)}")
    _redirects(tool, required=False)
    _key(tool, "public_jwk_url", "public_jwk")
    tool.requests.scope(part.texts("scopes"), part.at("scopes"))
    tool.requests.variables(part, "custom_fields")
    for extension in part.parts("extensions", "extension"):
        _extension(extension, tool)
    return {"product": plain(title)} if title else {}


def _extension(part: Part, tool: _Tool) -> None:
    part.text("platform", required=True)
    part.text("domain")
    level = part.members.get("privacy_level")
    _level("anonymous" if level is None else level, part.at("privacy_level"), tool)
    settings = part.part("settings", "settings", required=True)
    if settings is None:
        return
    tool.requests.variables(settings, "custom_fields")
    for placement in settings.parts("placements", "placement", required=True):
        placement.text("placement", required=True)
        tool.requests.variables(placement, "custom_fields")
        _message(placement, placement.text("message_type") or "LtiResourceLinkRequest", tool)


def _level(level: object, where: str, tool: _Tool) -> None:
    if not isinstance(level, str) or level not in _LEVELS:
        tool.part.problems.error("lti.privacy_level", where, f"must be one of {', '.join(_LEVELS)}")
        return
    for fact, asked, what in zip(("requests_email", "requests_names"), _LEVELS[level], ("e-mail addresses", "names"), strict=True):
        if asked:
            tool.requests.note(fact, where, f"privacy level {level}: {what} of everybody who opens the tool are sent")
        else:
            tool.requests.facts.setdefault(fact, False)


def _redirects(tool: _Tool, *, required: bool) -> None:
    part = tool.part
    if part.members.get("redirect_uris") == []:
        part.error("redirect_uris", "the list is empty", "Name the addresses to which launches are sent.")
    if not part.has("redirect_uris", required=required):
        return
    for i, one in enumerate(part.list("redirect_uris")):
        where = f"{part.at('redirect_uris')}[{i}]"
        if not isinstance(one, str):
            part.problems.error("lti.redirect_uris", where, "must be a text")
            continue
        tool.addresses.web(one, where)
        url = split(one)
        if "*" in one or (url is not None and "#" in one):
            part.problems.error("lti.redirect_uris", where, "has a wildcard or a fragment: launches could be sent elsewhere", "Write the whole address.")


def _key(tool: _Tool, address: str, inline: str) -> None:
    """Check where the tool's public key is: an address, or the key itself in the file."""
    part = tool.part
    known = part.has(inline)
    tool.addresses.member(part, address, required=not known)
    if not known:
        return
    if inline == "jwks":
        part.warning("jwks", "keys in the file cannot be changed without registering again", "Give jwks_uri.")
        inner = part.part("jwks", "jwks")
        found = list(inner.parts("keys", "jwks.key", required=True)) if inner is not None else []
    else:
        one = part.part(inline, "jwks.key")
        found = [one] if one is not None else []
    for key in found:
        check_key(key, tool.keys, tool.addresses)


def _must_be(part: Part, name: str, value: str) -> None:
    found = part.text(name, required=True)
    if found is not None and found != value:
        part.error(name, f"must be {value}")


def _must_hold(part: Part, name: str, values: tuple[str, ...]) -> None:
    found = part.texts(name) if part.has(name, required=True) else None
    missing = [one for one in values if found is not None and one not in found]
    if missing:
        part.error(name, f"{' and '.join(missing)} must be in the list")
