"""OpenAPI: the description of an API, 3.0 and 3.1 (OpenAPI Initiative, 2017 and 2021), in JSON or YAML, against the Initiative's own schemas.

Nothing is fetched: a $ref that leaves the file is an error and is never opened. Facts of its own:
api_version, operations, authentication (types of security schemes), scopes_offered, rate_limits (true/false: described),
personal_fields (names that look like data about students), and requests_* from what parameters and request bodies take in.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from audit.evidence.openapi_schema import references, resolved, structure, walk
from audit.evidence.places import Place, Tree, snake, tree_of
from audit.evidence.specimen import Facts, Problems, Specimen
from audit.personal import find_personal_data
from audit.wording import one_line

_VERSION = re.compile(r"3\.[01]\.\d+(?:-.{0,20})?")
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_RATE = re.compile(r"rate[ -]?limit|throttl|requests? per (?:second|minute|hour|day)|quota", re.IGNORECASE)
_RATE_HEADER = re.compile(r"(?:x-)?rate-?limit|retry-after", re.IGNORECASE)
_VERSIONED = re.compile(r"(?:^|[/_.-])v\d+", re.IGNORECASE)
_PERSONAL = {
    "requests_names": re.compile(r"(?:first|last|given|family|middle|full|student|pupil|child|preferred)_?names?|surname|last_?surname"),
    "requests_email": re.compile(r".*e_?mail.*"),
    "requests_demographics": re.compile(
        r"(?:.*_)?(?:race|races|ethnicity|gender|sex|birth_?date|birth_?day|birth_?sex|date_of_birth|dob|citizenship|religion|disability|disabilities|iep|"
        r"has_iep|section_?504|lunch|frl|frl_status|free_lunch|homeless|migrant|immigrant|home_?language|hispanic.*|ell|ell_status|english_?learner|special_?education)(?:_.*)?"
    ),
    "": re.compile(r"(?:student|pupil|state|local)_?(?:unique_?)?id|ssn|social_?security.*|.*phone.*|.*address|parent.*|guardian.*|discipline.*|grades?|gpa|attendance.*|medical.*|health.*"),
}
"""Fact → the field names, in snake case, that belong to it; none: named, without a fact."""
_IN_EXAMPLES = ("an e-mail address", "a social security number", "a telephone number")
_RESERVED = re.compile(r"@(?:[\w-]+\.)*(?:example(?:\.\w+)?|test|invalid|localhost)$", re.IGNORECASE)
_MOST_NAMES = 60


class Ref(NamedTuple):
    """A $ref: where it stands, and what it says."""

    place: Place
    target: str


def recognises(specimen: Specimen) -> bool:
    """Return whether a JSON or YAML file says that it is OpenAPI, or Swagger, its older name."""
    tree = specimen.tree
    return isinstance(tree, dict) and ("openapi" in tree or "swagger" in tree) and ("paths" in tree or "info" in tree or "components" in tree)


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return what an API description says, and note what its specification or a careful network engineer objects to."""
    tree = tree_of(specimen, problems)
    if not tree.is_kind(tree.value, dict, (), "openapi"):
        return {}
    version = tree.value.get("openapi")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        problems.error("openapi.version", tree.where(("openapi",)), "must be text such as 3.0.3 or 3.1.0", "Swagger 2.0 and other versions: convert to 3.0 or 3.1.")
        return {}
    structure(tree, version, follow=references(tree))
    operations = list(_operations(tree))
    facts: Facts = {"version": version, "operations": len(operations)} | _heading(tree)
    facts |= _addresses(tree) | _security(tree, operations) | _answers(tree, operations) | _fields(tree, operations)
    return facts


def _heading(tree: Tree) -> Facts:
    info = _table(tree.value.get("info"))
    found = {"product": info.get("title"), "api_version": info.get("version"), "vendor": _table(info.get("contact")).get("name")}
    return {name: one_line(text, 200) for name, text in found.items() if isinstance(text, str) and text.strip()}


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


class Operation(NamedTuple):
    """An operation of the API, with its place."""

    value: Mapping[str, Any]
    place: Place
    parameters: list[Any]


def _operations(tree: Tree) -> Iterator[Operation]:
    for name, path in _table(tree.value.get("paths")).items():
        item = _table(resolved(tree, path))
        for method in _METHODS:
            if isinstance(item.get(method), dict):
                value = item[method]
                yield Operation(value, ("paths", name, method), [*_items(item.get("parameters")), *_items(value.get("parameters"))])


def _addresses(tree: Tree) -> Facts:
    found: list[tuple[str, Place]] = []
    for value, place in walk(tree.value):
        found += [(url, (*place, "servers", i, "url")) for i, one in enumerate(_items(_table(value).get("servers"))) for url in _urls(_table(one))]
    schemes = _table(_table(tree.value.get("components")).get("securitySchemes"))
    for name, scheme in schemes.items():
        at: Place = ("components", "securitySchemes", name)
        found += [(url, (*at, "openIdConnectUrl")) for url in [_table(scheme).get("openIdConnectUrl")] if isinstance(url, str)]
        for kind, flow in _table(_table(scheme).get("flows")).items():
            found += [(url, (*at, "flows", kind, key)) for key, url in _table(flow).items() if key.endswith("Url") and isinstance(url, str)]
    absolute = [(url, place) for url, place in found if "://" in url]
    for url, place in absolute:
        if not url.lower().startswith("https://"):
            tree.problems.warning("address.https", tree.where(place), "the address is not https: what is sent can be read on the way", "Use https.")
    if not any("servers" in place for _, place in absolute):
        tree.problems.warning("servers.missing", tree.where(("servers",)), "no server with a whole address is named", "Name the https address of the service.")
    return {"https_only": all(url.lower().startswith("https://") for url, _ in absolute)} if absolute else {}


def _urls(server: Mapping[str, Any]) -> list[str]:
    """Return a server's address once for each value of a variable that stands for its scheme."""
    url = server.get("url")
    if not isinstance(url, str):
        return []
    start = re.match(r"\{([^{}]{1,60})\}(?=:)", url)
    if start is None:
        return [url]
    variable = _table(_table(server.get("variables")).get(start[1]))
    values = [one for one in [variable.get("default"), *_items(variable.get("enum"))] if isinstance(one, str)]
    return [one + url[start.end():] for one in dict.fromkeys(values)]


def _security(tree: Tree, operations: list[Operation]) -> Facts:
    schemes = _table(_table(tree.value.get("components")).get("securitySchemes"))
    used = _used(tree, operations, schemes)
    for one in operations:
        asked = _items(one.value["security"] if "security" in one.value else tree.value.get("security"))
        if not any(isinstance(way, dict) and way for way in asked):
            tree.problems.warning("security.open", tree.where(one.place), "the operation asks for no sign-in", "Name a security scheme, or say why it is open to everybody.")
        elif any(way == {} for way in asked):
            tree.problems.warning("security.optional", tree.where(one.place), "sign-in is optional for this operation")
    if not schemes:
        tree.problems.warning("security.none", tree.where(("components", "securitySchemes")), "no security scheme is defined")
    types: set[str] = set()
    scopes: set[str] = set()
    for name, given in schemes.items():
        scheme, place = _table(resolved(tree, given)), ("components", "securitySchemes", name)
        if name not in used:
            tree.problems.warning("security.unused", tree.where(place), "the security scheme is defined and used nowhere")
        types.add(scheme["type"] if isinstance(scheme.get("type"), str) else "")
        scopes.update(scope for flow in _table(scheme.get("flows")).values() for scope in _table(_table(flow).get("scopes")))
        _weak(tree, scheme, place)
    facts: Facts = {"authentication": sorted(one_line(one, 40) for one in types if one)}
    return facts | ({"scopes_offered": [one_line(one, 120) for one in sorted(scopes)[:_MOST_NAMES]]} if scopes else {})


def _used(tree: Tree, operations: list[Operation], schemes: Mapping[str, Any]) -> set[str]:
    """Return the security schemes that are asked for anywhere; one that is not defined is an error."""
    used: set[str] = set()
    whole: tuple[Mapping[str, Any], Place] = (tree.value, ())
    for owner, place in [whole, *((one.value, one.place) for one in operations)]:
        for i, one in enumerate(_items(owner.get("security"))):
            for name in _table(one):
                used.add(name)
                if name not in schemes:
                    tree.problems.error("security.undefined", tree.where((*place, "security", i, name)), "this security scheme is not defined in components")
    return used


def _weak(tree: Tree, scheme: Mapping[str, Any], place: Place) -> None:
    flows = _table(scheme.get("flows"))
    if scheme.get("type") == "http" and str(scheme.get("scheme")).lower() == "basic":
        tree.problems.warning("security.basic", tree.where(place), "HTTP Basic sends the password with every request", "Use OAuth 2 or OpenID Connect.")
    if scheme.get("type") == "apiKey" and scheme.get("in") == "query":
        tree.problems.warning("security.query-key", tree.where(place), "the key stands in the address, and so in logs and histories", "Send it in a header.")
    for name in ("implicit", "password"):
        if name in flows:
            tree.problems.warning("security.old-flow", tree.where((*place, "flows", name)), f"the OAuth flow {name} is advised against (RFC 9700)", "Use authorizationCode or clientCredentials.")


def _answers(tree: Tree, operations: list[Operation]) -> Facts:
    limited = False
    for one in operations:
        responses = _table(one.value.get("responses"))
        if not any(code == "default" or code.startswith("4") for code in responses):
            tree.problems.warning("responses.errors", tree.where(one.place), "no answer for an error (4xx or default) is described")
        limited = limited or "429" in responses
    if not limited:
        limited = any(
            bool(_RATE.search(value)) if isinstance(value, str) and place[-1:] == ("description",)
            else bool(place) and isinstance(place[-1], str) and place[-2:-1] == ("headers",) and bool(_RATE_HEADER.match(place[-1]))
            for value, place in walk(tree.value)
        )
    if operations and not limited:
        tree.problems.warning("responses.rate-limits", "$", "no limit of requests is described: no 429, no such header, no such sentence", "Say how much a district may ask for, and what happens beyond.")
    servers = [url for one in _items(tree.value.get("servers")) for url in _urls(_table(one))]
    if operations and not any(map(_VERSIONED.search, [*servers, *_table(tree.value.get("paths"))])):
        tree.problems.note("api.version", "$", "neither the server's address nor a path carries a version, such as /v1")
    return {"rate_limits": limited} if operations else {}


def _fields(tree: Tree, operations: list[Operation]) -> Facts:
    """Return the fields that look like data about students, and what the API takes in; note the first of each name."""
    named: dict[str, Place] = {}
    for value, place in walk(tree.value):
        name = place[-1] if place[-2:-1] == ("properties",) else _table(value).get("name") if "in" in _table(value) else None
        if isinstance(name, str) and len(name) <= _MOST_NAMES and any(kind.fullmatch(snake(name)) for kind in _PERSONAL.values()):
            named.setdefault(name, place)
            _example(tree, _table(value), place)
    for name, place in named.items():
        tree.problems.note("fields.personal", tree.where(place), f"the field {one_line(name, 60)!r} looks like data about students; ask what it is for")
    taken = {snake(name) for one in operations for name in _taken(tree, one)}
    facts: Facts = {fact: any(kind.fullmatch(name) for name in taken) for fact, kind in _PERSONAL.items() if fact} if operations else {}
    return facts | ({"personal_fields": [one_line(name, 60) for name in sorted(named)[:_MOST_NAMES]]} if named else {})


def _taken(tree: Tree, operation: Operation) -> set[str]:
    """Return the names of an operation's parameters and of all fields of its request body."""
    parameters = [_table(resolved(tree, one)) for one in operation.parameters]
    names = {one["name"] for one in parameters if isinstance(one.get("name"), str)}
    seen: set[int] = set()
    stack: list[Any] = [operation.value.get("requestBody"), *parameters]
    while stack:
        one = resolved(tree, stack.pop())
        if isinstance(one, dict | list) and id(one) not in seen:
            seen.add(id(one))
            stack += one.values() if isinstance(one, dict) else one
            names.update(_table(_table(one).get("properties")))
    return {name for name in names if len(name) <= _MOST_NAMES}


def _example(tree: Tree, field: Mapping[str, Any], place: Place) -> None:
    """Note an example of a student's field that looks like a real person's."""
    for name in ("example", "default"):
        text = field.get(name)
        if isinstance(text, str) and len(text) <= 1_000:  # noqa: PLR2004
            kinds = {one.kind for one in find_personal_data(text) if one.kind in _IN_EXAMPLES and not _RESERVED.search(text[one.start:one.end])}
            for kind in sorted(kinds):
                tree.problems.student_data(tree.where((*place, name)), f"the example looks like {kind} of a real person")
