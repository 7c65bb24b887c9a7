"""A launch of a tool, its decoded id_token or the compact token, held to LTI 1.3 and Deep Linking 2.0 (1EdTech, 16 April 2019).

A person in it must be an invented one: a real e-mail address, telephone number or social security number refuses the file, and so does
a name sent by a real platform, unless it says that it is a test ("Test Student").
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from audit.evidence.addresses import Addresses, holds_real_mail, is_nobodys, plain, split
from audit.evidence.fields import Part, part_of, shown
from audit.evidence.jwt import COMPACT, Token, keys_beside, token_of, verifies
from audit.evidence.lti_requests import DEMOGRAPHIC_CLAIMS, MAIL_CLAIMS, NAME_CLAIMS, OTHER_CLAIMS, SCOPE, Requests
from audit.evidence.specimen import Facts, Problems, Specimen
from audit.personal import personal_data_in

CLAIM = f"{SCOPE}lti/claim/"
_DEEP, _AGS, _NRPS = f"{SCOPE}lti-dl/claim/", f"{SCOPE}lti-ags/claim/", f"{SCOPE}lti-nrps/claim/"
_RESOURCE, _REQUEST, _RESPONSE = "LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiDeepLinkingResponse"
_MESSAGES = (
    _RESOURCE, _REQUEST, _RESPONSE, "LtiSubmissionReviewRequest", "LtiStartProctoring", "LtiStartAssessment", "LtiEndAssessment",
    "LtiDataPrivacyLaunchRequest", "LtiContextLaunchRequest", "LtiEulaRequest", "LtiAssetProcessorSettingsRequest", "LtiReportReviewRequest",
)
_ROLE = re.compile(r"http://purl\.imsglobal\.org/vocab/lis/v2/(?:membership|institution/person|system/person)[/#]\S*")
_TARGETS = ("iframe", "window", "embed")
_SYMMETRIC = re.compile(r"HS\d+")
_TEST = re.compile(r"\b(?:test|demo|sample|example|student|learner|teacher|instructor|anonymous|invented)", re.IGNORECASE)
_TELEPHONE, _SSN = "a telephone number", "a social security number"
_WRITTEN_AS_ONE = re.compile(r"[()+]|\b\d{3}[-. ]\d{3}[-. ]\d{4}\b")   # ten digits alone are more often the number of a course
_LONGEST_ID = 255
_HOUR = 3600
_LAST_SECOND = 253_402_300_799
_SKEW = timedelta(days=1)


class _Claims(Part):
    """The claims of one service, by their short names."""

    def at(self, name: str) -> str:
        """Return a claim's path, with its whole name."""
        return f'{self.path}["{_PREFIX[self.rule]}{name}"]'


_PREFIX = {"lti": CLAIM, "deep": _DEEP, "ags": _AGS, "nrps": _NRPS}


class _Launch(NamedTuple):
    part: Part
    addresses: Addresses
    requests: Requests
    facts: Facts

    def claims(self, rule: str) -> Part:
        prefix = _PREFIX[rule]
        short = {name.removeprefix(prefix): value for name, value in self.part.members.items() if name.startswith(prefix)}
        return _Claims(short, self.part.path, rule, self.part.problems)


def recognises(specimen: Specimen) -> bool:
    """Return whether a file is a launch: its claims, or a token whose payload has them."""
    payload = _read(specimen, quick=True).payload
    return isinstance(payload, dict) and any(name.startswith((CLAIM, _DEEP)) for name in payload)


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return what the launch says of a person (`requests_…`: it is sent), `message`, and whether the signature was `verified`."""
    token = _read(specimen, quick=False)
    part = part_of(token.payload, "$", "token", problems)
    if part is None:
        return {}
    launch = _Launch(part, Addresses(problems, "launch"), Requests(problems), {})
    _header(token, specimen, launch)
    lti = launch.claims("lti")
    kind = lti.text("message_type", required=True)
    _standing(part, kind)
    _times(part, specimen.today)
    _core(lti, kind, launch)
    _services(launch)
    if kind == _REQUEST:
        _deep_linking(launch)
    _person(launch)
    if launch.requests.scopes:
        launch.facts["scopes"] = list(launch.requests.scopes)
    return {**launch.facts, **launch.requests.facts, **launch.addresses.facts()}


def _read(specimen: Specimen, *, quick: bool) -> Token:
    """Return the token of a file: compact, wrapped as {"id_token": …} or {"header": …, "payload": …}, or its payload alone."""
    text = specimen.head.decode("ascii", "replace").strip() if quick else ""
    if not quick and specimen.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        text = specimen.text.strip()
    found = token_of(text, specimen.where) if COMPACT.fullmatch(text) else None
    if found is not None:
        return found
    tree = specimen.tree if quick else specimen.json
    if isinstance(tree, dict) and isinstance(tree.get("id_token"), str):
        inner = token_of(tree["id_token"], specimen.where)
        return inner or Token(None, tree)
    if isinstance(tree, dict) and isinstance(tree.get("payload"), dict):
        return Token(tree.get("header"), tree["payload"])
    return Token(None, tree)


def _header(token: Token, specimen: Specimen, launch: _Launch) -> None:
    problems = launch.part.problems
    if token.header is None:
        problems.note("token.header", "$", "only the claims: how the token was signed cannot be seen")
        return
    header = part_of(token.header, "header", "token", problems)
    if header is None:
        return
    algorithm = header.text("alg", required=True)
    if algorithm is not None and (algorithm.lower() == "none" or _SYMMETRIC.fullmatch(algorithm)):
        header.error("alg", "the token is not signed with a key pair", "Sign with RS256 (1EdTech Security Framework 1.0 section 5.1.3).")
    if header.text("kid") is None and "kid" not in header.members:
        header.warning("kid", "does not name the key that signed it", "Add kid.")
    if not token.signature:
        if token.signed:
            problems.error("token.signature", "signature", "the token has no signature")
        return
    keys = keys_beside(specimen.path)
    verified = verifies(token, keys) if keys is not None else None
    if verified is None:
        problems.note("token.signature", "signature", "not checked: no jwks.json with this key lies beside the file")
    else:
        launch.facts["verified"] = verified
        if not verified:
            problems.error("token.signature", "signature", "does not fit the key of jwks.json beside the file", "Give the token and the keys of one platform.")


def _standing(part: Part, kind: str | None) -> None:
    """Check who says it to whom (OpenID Connect Core 1.0 section 2). In a deep linking response the tool is the issuer, by its client id."""
    issuer = part.text("iss", required=True)
    url = split(issuer) if issuer is not None else None
    if issuer is not None and kind != _RESPONSE and (url is None or url.scheme != "https" or url.query or url.fragment):
        part.error("iss", "the issuer must be an https address without query and fragment")
    audience = part.members.get("aud")
    readers = [audience] if isinstance(audience, str) else audience
    if not isinstance(readers, list) or not readers or not all(isinstance(one, str) and one for one in readers):
        part.error("aud", "must be the tool's client id, or a list with it")
        readers = []
    party = part.text("azp")
    if len(readers) > 1 and "azp" not in part.members:
        part.error("azp", "several readers (aud), and azp does not say which one the token is for")
    elif party is not None and readers and party not in readers:
        part.error("azp", "is not among the readers (aud)")
    part.text("nonce", required=True)
    subject = part.text("sub")
    if "sub" not in part.members and kind != _RESPONSE:
        part.problems.note("token.sub", "$.sub", "an anonymous launch: no subject")
    elif subject is not None and (len(subject) > _LONGEST_ID or not subject.isascii()):
        part.error("sub", "must have at most 255 ASCII characters")
    elif subject is not None and "@" in subject:
        part.warning("sub", "looks like an e-mail address: it changes, and says who the person is", "Send an identifier without meaning.")


def _times(part: Part, today: date) -> None:
    ends, begins = _moment(part, "exp"), _moment(part, "iat")
    if begins is not None and begins.date() > today + _SKEW:
        part.error("iat", "was issued in the future")
    if ends is not None and begins is not None:
        if ends <= begins:
            part.error("exp", "expires before it was issued")
        elif (ends - begins).total_seconds() > _HOUR:
            part.warning("exp", "is valid for more than an hour", "Minutes are enough for a launch.")
    if ends is not None and ends.date() > today:
        part.warning("exp", "the token is still valid: whoever has the file could use it", "Give one that has expired.")


def _moment(part: Part, name: str) -> datetime | None:
    if not part.has(name, required=True):
        return None
    value = part.of(name, (int, float), "a number of seconds since 1970")
    if value is None:
        return None
    if not 0 <= value <= _LAST_SECOND:
        part.error(name, "is no time in seconds since 1970", "Seconds, not milliseconds.")
        return None
    return datetime.fromtimestamp(value, UTC)


def _core(lti: Part, kind: str | None, launch: _Launch) -> None:
    if kind is not None and kind not in _MESSAGES:
        lti.error("message_type", f"{shown(kind)} is no message of LTI 1.3")
    elif kind is not None:
        launch.facts["message"] = kind
    version = lti.text("version", required=True)
    if version is not None:
        launch.facts["version"] = "1.3" if version == "1.3.0" else plain(version)
    if version is not None and version != "1.3.0":
        lti.error("version", "must be 1.3.0")
    deployment = lti.text("deployment_id", required=True)
    if deployment is not None and (len(deployment) > _LONGEST_ID or not deployment.isascii()):
        lti.error("deployment_id", "must have at most 255 ASCII characters")
    launch.addresses.member(lti, "target_link_uri", required=kind == _RESOURCE)
    link = lti.part("resource_link", "resource_link", required=kind == _RESOURCE)
    if link is not None:
        _identifier(link)
    context = lti.part("context", "context")
    if context is not None:
        _identifier(context)
    if kind != _RESPONSE:
        _roles(lti, kind)
    platform = lti.part("tool_platform", "tool_platform")
    family = platform.text("product_family_code") if platform is not None else None
    if family is not None:
        launch.facts["platform"] = plain(family)


def _identifier(part: Part) -> None:
    value = part.text("id", required=True)
    if value is not None and (len(value) > _LONGEST_ID or not value.isascii()):
        part.error("id", "must have at most 255 ASCII characters")


def _roles(lti: Part, kind: str | None) -> None:
    if "roles" not in lti.members and kind != _RESOURCE:
        lti.warning("roles", "does not say in which role the person comes")
    elif lti.has("roles", required=True):
        roles = lti.texts("roles")
        if roles and not any(_ROLE.fullmatch(one) for one in roles):
            lti.error("roles", "none of the roles is one of the LIS vocabulary", "For example http://purl.imsglobal.org/vocab/lis/v2/membership#Learner.")


def _services(launch: _Launch) -> None:
    scores = launch.claims("ags").part("endpoint", "ags.endpoint")
    if scores is not None:
        launch.requests.scope(scores.texts("scope"), scores.at("scope"))
        for name in ("lineitems", "lineitem"):
            launch.addresses.member(scores, name)
    roster = launch.claims("nrps").part("namesroleservice", "nrps.namesroleservice")
    if roster is not None:
        launch.addresses.member(roster, "context_memberships_url", required=True)
        roster.texts("service_versions")
        launch.requests.note("requests_rosters", roster.path, "the tool may fetch the list of everybody in the class")
    shown_in = launch.claims("lti").part("launch_presentation", "presentation")
    if shown_in is not None:
        launch.addresses.member(shown_in, "return_url")


def _deep_linking(launch: _Launch) -> None:
    settings = launch.claims("deep").part("deep_linking_settings", "settings", required=True)
    if settings is None:
        return
    launch.addresses.member(settings, "deep_link_return_url", required=True)
    for name in ("accept_types", "accept_presentation_document_targets"):
        if settings.has(name, required=True) and settings.members[name] == []:
            settings.error(name, "the list is empty")
    settings.texts("accept_types")
    for one in settings.texts("accept_presentation_document_targets"):
        if one not in _TARGETS:
            settings.error("accept_presentation_document_targets", f"{shown(one)} is none of iframe, window, embed")
    for name in ("accept_multiple", "auto_create", "accept_lineitem"):
        settings.of(name, bool, "true or false")


def _person(launch: _Launch) -> None:
    part, lti = launch.part, launch.claims("lti")
    sent = [name for name in (*MAIL_CLAIMS, *NAME_CLAIMS, *DEMOGRAPHIC_CLAIMS, *OTHER_CLAIMS) if part.members.get(name)]
    launch.requests.claims(sent, "$", "is sent")
    launch.requests.complete()
    if lti.members.get("lis"):
        part.problems.note("launch.lis", lti.at("lis"), "is sent the person's number in the student information system")
    for path, text in _texts(part, lti):
        kinds = personal_data_in(text[:2000])
        if holds_real_mail(text):
            part.problems.student_data(path, "what looks like a real person's e-mail address")
        if _TELEPHONE in kinds and _WRITTEN_AS_ONE.search(text):
            part.problems.student_data(path, "what looks like a real person's telephone number")
        if _SSN in kinds:
            part.problems.student_data(path, "what looks like a social security number")
    _name(part)


def _texts(part: Part, lti: Part) -> Iterator[tuple[str, str]]:
    """Yield the texts that may say who a person is, with their paths."""
    for name in ("sub", *MAIL_CLAIMS, *NAME_CLAIMS, *OTHER_CLAIMS):
        yield from _inside(part.members.get(name), part.at(name))
    for name in ("custom", "ext", "lis", "for_user", "lti1p1"):
        yield from _inside(lti.members.get(name), lti.at(name))


def _inside(value: Any, path: str) -> Iterator[tuple[str, str]]:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield path, one
        elif isinstance(one, dict | list):
            stack.extend(one.values() if isinstance(one, dict) else one)


def _name(part: Part) -> None:
    names = [value for name in NAME_CLAIMS if isinstance(value := part.members.get(name), str) and value.strip()]
    issuer = part.members.get("iss")
    url = split(issuer) if isinstance(issuer, str) else None
    if names and url is not None and not is_nobodys(url.hostname or "") and not any(_TEST.search(one) for one in names):
        part.problems.student_data("$", "a name that a real platform sent")
