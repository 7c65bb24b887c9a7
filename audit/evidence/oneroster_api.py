"""OneRoster 1.2 REST: Rostering Service, REST/JSON Binding 1.2 (1EdTech, 19 September 2022): a description, or the scopes asked for.

Three shapes are read: an OpenAPI or Swagger description (the discovery document of a provider), a JSON list of scopes,
and an object with `scopes` or `scope`. The names of scopes for gradebook and resources are known from use only, so
an unknown scope is a warning.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from audit.evidence.specimen import Facts, Problems, Specimen

_OWN = "purl.imsglobal.org/spec/or/"
_SCOPE = f"https://{_OWN}v1p2/scope/"
_BASE = "/ims/oneroster/"
_SERVICES = ("rostering", "gradebook", "resources")
_DEMOGRAPHICS = "roster-demographics"
_READ = frozenset({"roster-core", "roster", _DEMOGRAPHICS, "gradebook-core", "gradebook", "resource-core", "resource"})
_OTHERS = ("lti-tool-configuration", "application_type", "issuer")
"""Keys of the JSON files of other standards that may hold scopes too."""

_WEAKER = {("apiKey", "none"), ("basic", "none"), ("http", "basic")}
"""Types of security schemes (and of `http` its scheme) that rest on a key or password sent along."""

_VERSIONS = {"v1p1": "1.1", "v1p2": "1.2"}
_MOST = 1_000


def recognises(specimen: Specimen) -> bool:
    """Return whether a JSON or YAML file describes a OneRoster service, or names its scopes."""
    tree = specimen.tree
    if _is_description(tree):
        return any(_BASE in text for text in _addresses(tree)) or any(_OWN in scope for _, scope in _offered(tree))
    if isinstance(tree, dict) and any(other in key for key in tree for other in _OTHERS):
        return False
    return any(_OWN in scope for _, scope in _asked(tree))


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return the version, the scopes and whether demographics are among them, and whether every address is https."""
    tree: Any = specimen.yaml[0] if specimen.path.suffix.lower() in {".yaml", ".yml"} else specimen.json
    if _is_description(tree):
        return _check_description(tree, problems)
    scopes = list(_asked(tree))
    for place, value in _misshapen(tree):
        problems.error("scopes.type", place, f"a scope is a text, not {value}")
    if not scopes:
        what = "there is neither a list of scopes nor an OpenAPI description"
        problems.error("scopes", "$", what, f"List them: {_SCOPE}roster-core.readonly.")
    return _check_scopes(scopes, problems, asked=True)


def _is_description(tree: Any) -> bool:
    return isinstance(tree, dict) and ("openapi" in tree or "swagger" in tree)


def _check_description(tree: dict[str, Any], problems: Problems) -> Facts:
    facts: Facts = {}
    info = tree.get("info") if isinstance(tree.get("info"), dict) else {}
    for fact, key in (("product", "title"), ("product_version", "version")):
        if isinstance(info, dict) and isinstance(info.get(key), str):
            facts[fact] = info[key]
    _check_base(tree, problems)
    facts |= _check_security(tree, problems)
    facts |= _check_scopes(list(_offered(tree)), problems, asked=False)
    version = _version_of(list(_addresses(tree)))
    return facts | ({"version": version} if version else {})


def _check_base(tree: dict[str, Any], problems: Problems) -> None:
    """Note a base path that is none of the standard's: /ims/oneroster/rostering/v1p2 and its like."""
    texts = list(_addresses(tree))
    if any(f"{_BASE}{service}/v1p2" in text for text in texts for service in _SERVICES):
        return
    if _version_of(texts) == "1.1":
        problems.warning("base", "$.servers", "the paths are those of version 1.1", f"Ask for 1.2: {_BASE}rostering/v1p2.")
    else:
        problems.error("base", "$.servers", "no address has the standard's path", f"Serve it below {_BASE}rostering/v1p2.")


def _check_security(tree: dict[str, Any], problems: Problems) -> Facts:
    """Note what is no OAuth 2.0 with client credentials, and addresses that are not https."""
    schemes = dict(_schemes(tree))
    granted = [f"{place}.tokenUrl" for place, scheme in schemes.items() if _credentials(scheme) is not None]
    if not granted:
        problems.error("oauth2", "$.components.securitySchemes", "there is no OAuth 2.0 with client credentials", "1.2 has no other way in.")
    for place, scheme in schemes.items():
        if isinstance(scheme, dict) and (str(scheme.get("type")), str(scheme.get("scheme")).casefold()) in _WEAKER:
            problems.warning("oauth2.others", place, "a key or password is accepted beside OAuth 2.0: ask whether it can be switched off")
    plain = [(place, text) for place, text in _urls(tree) if _scheme(text) not in {"https", ""}]
    for place, _ in plain:
        problems.error("https", place, "this address is not https")
    return {"https_only": not plain} if any(_scheme(text) for _, text in _urls(tree)) else {}


def _check_scopes(scopes: list[tuple[str, str]], problems: Problems, *, asked: bool) -> Facts:
    """Note what is wrong with scopes. asked: the product asks for them; else a service offers them to others."""
    own = [(place, scope) for place, scope in scopes if _OWN in scope]
    for place, scope in own:
        _check_scope(place, scope, problems, asked=asked)
    facts: Facts = {"scopes": sorted({scope for _, scope in scopes})[:_MOST]}
    if own:
        fact = "requests_demographics" if asked else "offers_demographics"
        facts[fact] = any(_DEMOGRAPHICS in scope for _, scope in own)
        version = _version_of([scope for _, scope in own])
        facts |= {"version": version} if version else {}
    return facts


def _check_scope(place: str, scope: str, problems: Problems, *, asked: bool) -> None:
    """Note a scope that is not the standard's and, where it is asked for, one that writes or gives demographics."""
    if scope.startswith("http://"):
        problems.error("scope.http", place, "a scope is compared letter by letter and begins https://", "Write https.")
        scope = f"https://{scope.removeprefix('http://')}"
    if not scope.startswith(_SCOPE):
        problems.warning("scope.version", place, "this is no scope of OneRoster 1.2", f"1.2 has {_SCOPE}….")
        return
    name, _, right = scope.removeprefix(_SCOPE).partition(".")
    if name not in _READ or not right:
        problems.warning("scope.unknown", place, "OneRoster 1.2 has no scope of this name that is known here")
    elif asked and right != "readonly":
        what = "this scope lets the product change records"
        problems.warning("scope.write", place, what, "Ask for what; take .readonly where it only reads.")
    if asked and name == _DEMOGRAPHICS:
        problems.warning("scope.demographics", place, "this asks for birth dates, sex, race and ethnicity", "Ask for what they are needed.")


def _asked(tree: Any) -> Iterator[tuple[str, str]]:
    """Yield the scopes of a list, or of an object's `scopes` or `scope` (a list, an object's keys, or texts parted by spaces)."""
    values = [("$", tree)] if isinstance(tree, list) else []
    if isinstance(tree, dict):
        values = [(f"$.{key}", tree[key]) for key in ("scopes", "scope", "requested_scopes") if key in tree]
    for place, value in values:
        if isinstance(value, str):
            yield from ((place, scope) for scope in value.split())
        elif isinstance(value, dict):
            yield from ((f"{place}[{i}]", scope) for i, scope in enumerate(value))
        elif isinstance(value, list):
            for i, one in enumerate(value):
                named = one.get("scope", one.get("name")) if isinstance(one, dict) else one
                if isinstance(named, str):
                    yield from ((f"{place}[{i}]", scope) for scope in named.split())


def _misshapen(tree: Any) -> Iterator[tuple[str, str]]:
    """Yield the places of a list of scopes that hold something else."""
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "an object without a scope", type(None): "null"}
    listed = tree if isinstance(tree, list) else tree.get("scopes") if isinstance(tree, dict) else None
    for i, one in enumerate(listed if isinstance(listed, list) else ()):
        if not isinstance(one.get("scope", one.get("name")) if isinstance(one, dict) else one, str):
            yield (f"$[{i}]" if listed is tree else f"$.scopes[{i}]"), names.get(type(one), "something else")


def _schemes(tree: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the security schemes of OpenAPI 3, or of Swagger 2, with their paths."""
    components = tree.get("components")
    for place, table in (
        ("$.components.securitySchemes", components.get("securitySchemes") if isinstance(components, dict) else None),
        ("$.securityDefinitions", tree.get("securityDefinitions")),
    ):
        if isinstance(table, dict):
            yield from ((f"{place}.{name}", scheme) for name, scheme in table.items())


def _credentials(scheme: Any) -> Mapping[str, Any] | None:
    """Return the client credentials flow of a security scheme, if it has one."""
    if not isinstance(scheme, dict) or scheme.get("type") != "oauth2":
        return None
    if scheme.get("flow") == "application":
        return scheme
    flow = scheme["flows"].get("clientCredentials") if isinstance(scheme.get("flows"), dict) else None
    return flow if isinstance(flow, dict) else None


def _offered(tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the scopes that the security schemes name."""
    for place, scheme in _schemes(tree):
        flow = _credentials(scheme)
        scopes = flow.get("scopes") if flow else None
        if isinstance(scopes, dict | list):
            yield from ((f"{place}.scopes[{i}]", scope) for i, scope in enumerate(scopes) if isinstance(scope, str))


def _urls(tree: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the addresses of servers and of token endpoints."""
    servers = tree.get("servers")
    for i, server in enumerate(servers if isinstance(servers, list) else ()):
        if isinstance(server, dict) and isinstance(server.get("url"), str):
            yield f"$.servers[{i}].url", server["url"]
    for place, scheme in _schemes(tree):
        flow = _credentials(scheme)
        if flow and isinstance(flow.get("tokenUrl"), str):
            yield f"{place}.tokenUrl", flow["tokenUrl"]
    schemes = tree.get("schemes")
    for i, scheme in enumerate(schemes if isinstance(schemes, list) else ()):
        if isinstance(scheme, str):
            yield f"$.schemes[{i}]", f"{scheme}://host"


def _addresses(tree: Any) -> Iterator[str]:
    """Yield what may hold the base path: servers, Swagger's basePath, the first paths."""
    yield from (text for _, text in _urls(tree))
    if isinstance(tree.get("basePath"), str):
        yield tree["basePath"]
    paths = tree.get("paths")
    yield from list(paths)[:_MOST] if isinstance(paths, dict) else ()


def _version_of(texts: list[str]) -> str:
    """Return the newest version that addresses or scopes name; empty where none does."""
    found = {version for mark, version in _VERSIONS.items() for text in texts if f"/{mark}" in text and (_BASE in text or _OWN in text)}
    return max(found, default="")


def _scheme(text: str) -> str:
    """Return an address's scheme in lower case; empty for a relative one, and for one that cannot be read."""
    try:
        return urlsplit(text).scheme
    except ValueError:
        return ""
