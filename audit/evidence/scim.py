"""Descriptions of an account service held to SCIM 2.0: RFC 7643 (schemas, sections 5 to 7) and RFC 7644 (protocol), IETF, September 2015."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from audit.evidence.addresses import Addresses, holds_real_mail
from audit.evidence.fields import Part, kind_of, shown
from audit.evidence.specimen import Facts, Problems, Specimen

_CORE = "urn:ietf:params:scim:schemas:core:2.0:"
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_USER = _CORE + "User"
_KINDS = {_CORE + "ServiceProviderConfig": "config", _CORE + "ResourceType": "type", _CORE + "Schema": "schema", _USER: "user", _LIST: "list"}
_WRAPPED = {
    "serviceproviderconfig": "config", "serviceproviderconfigs": "config", "resourcetypes": "type", "resourcetype": "type", "schemas": "schema", "schema": "schema",
}
_OPTIONS = {"patch": (), "bulk": ("maxOperations", "maxPayloadSize"), "filter": ("maxResults",), "changePassword": (), "sort": (), "etag": ()}
_LOGINS = ("oauth", "oauth2", "oauthbearertoken", "httpbasic", "httpdigest")
_CHOICES = {
    "type": ("string", "boolean", "decimal", "integer", "dateTime", "reference", "complex", "binary"),
    "mutability": ("readOnly", "readWrite", "immutable", "writeOnly"), "returned": ("always", "never", "default", "request"),
    "uniqueness": ("none", "server", "global"),
}
_NAME = re.compile(r"\$?[A-Za-z][\w$-]*")
_DEMOGRAPHIC = re.compile(r"birth|gender|\bsex\b|^sex$|race$|ethnic|hispanic|disab|lunch|citizen|religio", re.IGNORECASE)


class _Found(NamedTuple):
    problems: Problems
    addresses: Addresses
    facts: Facts
    parts: dict[str, list[Part]]


def recognises(specimen: Specimen) -> bool:
    """Return whether a JSON file is one of the three descriptions, a list of them, several by their names, or a user's record."""
    tree = specimen.tree
    if isinstance(tree, list):
        return any(_kind(one) for one in tree[:5])
    if not isinstance(tree, dict):
        return False
    wrapped = {name.lower() for name in tree} & _WRAPPED.keys()
    named = "serviceproviderconfig" in wrapped or "resourcetypes" in wrapped
    return bool(_kind(tree)) or (named and all(isinstance(one, dict | list) for one in tree.values()))


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return what the service can do; `deprovisions`: an account can be switched off (`active` of the user schema may be written)."""
    found = _Found(problems, Addresses(problems, "scim"), {"version": "2.0"}, {"config": [], "type": [], "schema": [], "user": []})
    _sort(specimen.json, "$", found)
    for part in found.parts["config"]:
        _config(part, found)
    for part in found.parts["type"]:
        _resource_type(part, found)
    schemas = {identifier: part for part in found.parts["schema"] if (identifier := _schema(part, found))}
    _user_schema(schemas, found)
    for part in found.parts["user"]:
        _user(part, found)
    if not any(found.parts.values()):
        problems.error("scim.kind", "$", "none of ServiceProviderConfig, ResourceTypes and Schemas", "Give what the service answers at these three addresses.")
    _missing(found)
    return {**found.facts, "parts": [name for name, parts in found.parts.items() if parts], **found.addresses.facts()}


def _kind(value: object) -> str:
    """Return what an object is by its `schemas`, or by its members where it has none; empty for anything else."""
    if not isinstance(value, dict):
        return ""
    named = value.get("schemas")
    for one in named if isinstance(named, list) else []:
        if isinstance(one, str) and one in _KINDS:
            return _KINDS[one]
    if isinstance(value.get("id"), str) and value["id"].startswith("urn:") and isinstance(value.get("attributes"), list):
        return "schema"
    return "config" if {"patch", "bulk", "filter"} <= value.keys() else ""


def _sort(value: Any, path: str, found: _Found, expected: str = "") -> None:
    """Put each object under what it is, out of lists and wrappers."""
    kind = _kind(value) or (expected if isinstance(value, dict) and "Resources" not in value else "")
    if isinstance(value, list):
        for i, one in enumerate(value):
            _sort(one, f"{path}[{i}]", found, expected)
    elif kind == "list" or (isinstance(value, dict) and "Resources" in value):
        _list(value, path, found, expected)
    elif kind:
        found.parts[kind].append(Part(value, path, kind, found.problems))
    elif isinstance(value, dict) and path == "$":
        for name, one in value.items():
            if name.lower() in _WRAPPED:
                _sort(one, f"{path}.{name}", found, _WRAPPED[name.lower()])
    else:
        found.problems.error("scim.kind", path, f"{kind_of(value)} is neither ServiceProviderConfig, ResourceType nor Schema")


def _list(value: dict[str, Any], path: str, found: _Found, expected: str) -> None:
    part = Part(value, path, "list", found.problems)
    total = part.of("totalResults", int, "a whole number")
    resources = part.list("Resources", required=bool(total))
    if total is None and "totalResults" not in value:
        part.error("totalResults", "totalResults is missing and required")
    elif total is not None and total != len(resources) and "startIndex" not in value and "itemsPerPage" not in value:
        part.warning("totalResults", "is another number than there are resources", "Give the whole list.")
    _sort(resources, f"{path}.Resources", found, expected)


def _config(part: Part, found: _Found) -> None:
    if not isinstance(part.members.get("schemas"), list):
        part.error("schemas", "schemas is missing and required", f'Write ["{_CORE}ServiceProviderConfig"].')
    for name, numbers in _OPTIONS.items():
        option = part.part(name, name, required=True)
        supported = _flag(option, "supported", required=True) if option else None
        if supported is not None:
            found.facts[f"{'change_password' if name == 'changePassword' else name}_supported"] = supported
        for number in numbers if option else ():
            _number(option, number, needed=bool(supported))
    if found.facts.get("patch_supported") is False:
        part.warning("patch", "PATCH is not supported, and most identity providers switch accounts off with it", "Ask how accounts are closed.")
    if part.has("documentationUri"):
        found.addresses.member(part, "documentationUri")
    _logins(part, found)


def _number(option: Part | None, name: str, *, needed: bool) -> None:
    assert option is not None
    if name not in option.members:
        note = option.error if needed else option.warning
        note(name, f"{name} is missing" + (" and required" if needed else ": the standard asks for it even here"))
        return
    value = option.of(name, int, "a whole number")
    if value is not None and (value < 0 or (needed and value == 0)):
        option.error(name, "must be above 0" if needed else "must not be below 0")


def _flag(part: Part, name: str, *, required: bool = False) -> bool | None:
    if required and not part.has(name, required=True):
        return None
    value = part.of(name, bool, "true or false")
    return value if isinstance(value, bool) else None


def _logins(part: Part, found: _Found) -> None:
    schemes = list(part.parts("authenticationSchemes", "login", required=True))
    if part.members.get("authenticationSchemes") == []:
        part.error("authenticationSchemes", "the list is empty: how does the district's system log in?")
    for scheme in schemes:
        kind = scheme.text("type", required=True)
        scheme.text("name", required=True)
        scheme.text("description", required=True)
        if kind is not None and kind not in _LOGINS:
            scheme.error("type", f"{shown(kind)} is not a type of RFC 7643 section 5", f"One of {', '.join(_LOGINS)}.")
        if kind in ("httpbasic", "httpdigest", "oauth"):
            scheme.warning("type", f"{kind}: a password or an old protocol opens every account", "Ask for oauth2 or oauthbearertoken.")
        for name in ("specUri", "documentationUri"):
            found.addresses.member(scheme, name)


def _resource_type(part: Part, found: _Found) -> None:
    part.text("name", required=True)
    endpoint, schema = part.text("endpoint", required=True), part.text("schema", required=True)
    if endpoint is not None and not endpoint.startswith("/"):
        found.addresses.web(endpoint, part.at("endpoint"))
    if schema is not None and not schema.lower().startswith("urn:"):
        part.error("schema", "must be the URI of a schema, urn:…")
    for extension in part.parts("schemaExtensions", "extension"):
        extension.text("schema", required=True)
        _flag(extension, "required", required=True)


def _schema(part: Part, found: _Found) -> str | None:
    identifier = part.text("id", required=True)
    if identifier is not None and not identifier.lower().startswith("urn:"):
        part.error("id", "must be the URI of the schema, urn:…")
    _attributes(part, "attributes", found)
    return identifier


def _attributes(part: Part, name: str, found: _Found, *, inner: bool = False) -> None:
    seen: set[str] = set()
    for attribute in part.parts(name, "attribute", required=True):
        called = attribute.text("name", required=True)
        if called is not None:
            if not _NAME.fullmatch(called):
                attribute.error("name", "is no name for an attribute", "A letter, then letters, digits, $, - and _ (RFC 7643 section 2.1).")
            if called.lower() in seen:
                attribute.error("name", "two attributes have the same name (case does not count)")
            seen.add(called.lower())
        _characteristics(attribute)
        if attribute.members.get("type") == "complex":
            if inner:
                attribute.error("type", "a complex attribute within a complex one (RFC 7643 section 2.3.8)")
            else:
                _attributes(attribute, "subAttributes", found, inner=True)
        if called is not None and _DEMOGRAPHIC.search(called):
            found.facts["requests_demographics"] = True
            attribute.warning("name", "asks for a demographic or sensitive detail of each person", "Ask what it is for, and whether it may stay empty.")


def _characteristics(attribute: Part) -> None:
    for name, choices in _CHOICES.items():
        value = attribute.text(name, required=name == "type")
        if value is not None and value.lower() not in (one.lower() for one in choices):
            attribute.error(name, f"{shown(value)} is none of {', '.join(choices)}")
    for name in ("multiValued", "required", "caseExact"):
        _flag(attribute, name)


def _user_schema(schemas: dict[str, Part], found: _Found) -> None:
    part = next((one for name, one in schemas.items() if name.lower() == _USER.lower()), None)
    if part is None:
        return
    listed = part.members.get("attributes")
    by_name = {
        one["name"].lower(): Part(one, f"{part.at('attributes')}[{i}]", "user", found.problems)
        for i, one in enumerate(listed if isinstance(listed, list) else []) if isinstance(one, dict) and isinstance(one.get("name"), str)
    }
    if "username" not in by_name:
        part.problems.error("user.userName", part.at("attributes"), "the user schema has no userName")
    active = by_name.get("active")
    found.facts["deprovisions"] = active is not None and active.members.get("mutability", "readWrite") in ("readWrite", "writeOnly")
    if active is None:
        part.problems.error("user.active", part.at("attributes"), "the user schema has no active: accounts cannot be switched off", "Add the boolean active.")
    elif not found.facts["deprovisions"]:
        active.error("mutability", "active cannot be written: accounts cannot be switched off", 'Write "mutability": "readWrite".')
    elif active.members.get("type") != "boolean":
        active.error("type", "active must be boolean")
    password = by_name.get("password")
    if password is not None and (password.members.get("returned"), password.members.get("mutability")) != ("never", "writeOnly"):
        password.error("returned", "a password could be read back", 'Write "returned": "never" and "mutability": "writeOnly".')
    for fact, name in (("requests_email", "emails"), ("requests_names", "name")):
        if name in by_name and by_name[name].members.get("required") is True:
            found.facts[fact] = True


def _user(part: Part, found: _Found) -> None:
    part.text("userName", required=True)
    part.problems.note("scim.user", part.path, "a person's record, not a description of the service")
    texts = list(_texts(part.members))
    if any(holds_real_mail(text) for text in texts):
        part.problems.student_data(part.path, "a record with what looks like a real person's e-mail address")


def _texts(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict | list):
            stack.extend(one.values() if isinstance(one, dict) else one)


def _missing(found: _Found) -> None:
    for kind, title in (("config", "ServiceProviderConfig"), ("type", "ResourceTypes"), ("schema", "Schemas")):
        if not found.parts[kind] and any(found.parts[one] for one in ("config", "type", "schema")):
            found.problems.note("scim.parts", "$", f"{title} is not in the file, and is not judged")
    types = found.parts["type"]
    if types and not any(one.members.get("schema") == _USER for one in types):
        found.problems.warning("scim.user-type", types[0].path, "no resource type for users", "Give the whole list of ResourceTypes.")
