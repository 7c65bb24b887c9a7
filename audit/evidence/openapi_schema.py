"""An OpenAPI document against the OpenAPI Initiative's schemas (openapi-spec-validator), so that no document can make it hang or reach out."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import unquote

from audit.evidence.places import Place, Tree

_MOST = 200
_MOST_VALUES = 200_000
_LISTED = re.compile(r"'([\w$.-]{1,40})'")


_STEPS = 50
_LITERAL = ("example", "examples", "default", "enum", "const", "value")
_NAMED = ("properties", "patternProperties", "schemas", "responses", "parameters", "headers", "requestBodies", "$defs", "definitions")
"""Members whose own members are names that the vendor gives."""


def walk(value: Any, place: Place = ()) -> Iterator[tuple[Any, Place]]:
    """Yield every value that the specification reads, with its place; examples, defaults and enumerations are data and left out."""
    stack: list[tuple[Any, Place]] = [(value, place)]
    while stack:
        one, at = stack.pop()
        yield one, at
        if isinstance(one, dict):
            names = at[-1:] and at[-1] in _NAMED and not (at[-2:-1] and at[-2] in _NAMED)
            stack.extend((inner, (*at, key)) for key, inner in one.items() if names or key not in _LITERAL)
        elif isinstance(one, list):
            stack.extend((inner, (*at, i)) for i, inner in enumerate(one))


def resolved(tree: Tree, value: Any) -> Any:
    """Return what a value's local $ref leads to, at most 50 steps away; None where it leads nowhere."""
    for _ in range(_STEPS):
        target = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(target, str):
            return value
        value = _target(tree, target)
    return None


def _target(tree: Tree, target: str) -> Any:
    if not target.startswith("#") or (target != "#" and not target.startswith("#/")):
        return None
    value: Any = tree.value
    for part in unquote(target[2:]).split("/") if target != "#" else ():
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and len(key) < 8:  # noqa: PLR2004
            value = value[int(key)] if int(key) < len(value) else None
        else:
            return None
    return value


def references(tree: Tree) -> bool:
    """Note references that leave the file, lead nowhere or in a circle; return whether all can be followed inside this file."""
    sound = True
    for value, place in walk(tree.value):
        for name in ("$ref", "$dynamicRef", "$id"):
            text, at = value.get(name) if isinstance(value, dict) else None, (*place, name)
            if not isinstance(text, str):
                continue
            if name == "$id":   # it moves what the references below it are relative to
                tree.problems.note("ref.id", tree.where(at), "a schema has an address of its own; references were not followed for the check")
            elif not text.startswith("#"):
                tree.problems.error("ref.remote", tree.where(at), "a reference leaves the file; it is not opened", "Give one file with everything in it.")
            elif name == "$ref" and resolved(tree, value) is None:
                tree.problems.error("ref.broken", tree.where(at), "the reference leads nowhere in this file, or in a circle")
            else:
                continue
            sound = False
    return sound


def structure(tree: Tree, version: str, *, follow: bool) -> None:
    """Note what the schemas object to. follow: whether every reference stays inside and leads somewhere; only then are they followed."""
    if _size(tree.value) > _MOST_VALUES:
        tree.problems.warning("openapi.size", "$", f"the file holds more than {_MOST_VALUES:,} values: it was not held to the OpenAPI schemas")
        return
    validator = _validator(version)(tree.value)
    errors = validator.iter_errors() if follow else validator.schema_validator.iter_errors(tree.value)
    try:
        for error in islice(errors, _MOST):
            _note(tree, error)
    except RecursionError:
        tree.problems.warning("openapi.depth", "$", "schemas lead too deeply into each other: not all of them were checked")
    except Exception as bad:   # the library trips over shapes that its own schema has just refused
        if not tree.problems.of("openapi.schema"):
            tree.problems.error("openapi.schema", "$", f"the document cannot be followed ({type(bad).__name__})", "Check it with another OpenAPI tool.")


def _size(value: Any) -> int:
    """Return the number of values; a long text counts as many."""
    count, stack = 0, [value]
    while stack:
        one = stack.pop()
        count += 1 + (len(one) // 100 if isinstance(one, str) else 0)
        stack.extend(one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
    return count


def _validator(version: str) -> Any:
    """Return the library's validator without what a hostile file could use.

    A default is not held to its schema (a pattern could run for ever, and so could references that double at every step), names
    of properties are collected once for each schema (the library walks every way to it), and no address is opened.
    """
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
    from openapi_spec_validator.validation import keywords

    old = version.startswith("3.0")
    schemas: Any = keywords.OpenAPIV30SchemaValidator if old else keywords.OpenAPIV31SchemaValidator
    base: Any = OpenAPIV30SpecValidator if old else OpenAPIV31SpecValidator

    class Schemas(schemas):   # type: ignore[misc]
        def _collect_properties(self, schema: Any) -> set[str]:
            return _property_names(schema)

    class Defaults(keywords.ValueValidator):
        def __call__(self, schema: Any, value: Any) -> Any:  # noqa: ARG002
            return iter(())

    class Validator(base):   # type: ignore[misc]
        resolver_handlers = dict.fromkeys(("<all_urls>", "http", "https", "file"), _refuse)
        keyword_validators = base.keyword_validators | {"schema": Schemas, "default": Defaults}

    return Validator


def _refuse(address: str) -> Any:
    raise LookupError("no address is opened")


def _property_names(schema: Any) -> set[str]:
    """Return the names of properties that are reached through allOf, anyOf, oneOf, items and not; each schema is walked once."""
    names: set[str] = set()
    seen: set[int] = set()
    stack = [schema]
    while stack:
        one = stack.pop()
        value = one.read_value()
        if not isinstance(value, dict) or id(value) in seen:
            continue
        seen.add(id(value))
        names.update(value["properties"] if isinstance(value.get("properties"), dict) else ())
        stack += [one / word / i for word in ("allOf", "anyOf", "oneOf") if isinstance(value.get(word), list) for i in range(len(value[word]))]
        stack += [one / word for word in ("items", "not") if isinstance(value.get(word), dict)]
    return names


def _note(tree: Tree, error: Any) -> None:
    """Note one of the library's errors in words of ours: its own hold the document's values."""
    error = _deepest(error)
    place: Place = tuple(part for part in error.absolute_path if isinstance(part, str | int))
    tree.problems.error("openapi.schema", tree.where(place), _said(error))


def _deepest(error: Any) -> Any:
    """Return the error inside a choice of schemas that says most: the one furthest in, not that a $ref is missing."""
    while error.context:
        inner = [one for one in error.context if not (one.validator == "required" and "'$ref'" in one.message)]
        if not inner:
            break
        error = max(inner, key=lambda one: len(one.absolute_path))
    return error


def _said(error: Any) -> str:
    listed = _LISTED.findall(error.message)[:3]
    first, names = ", ".join(listed[:1]), ", ".join(listed)
    kind = error.validator
    own = {   # the library's own checks, which have no place
        "DuplicateOperationIDError": f"an operationId is used twice: {first}", "ParameterDuplicateError": f"a parameter is given twice: {first}",
        "UnresolvableParameterError": f"a path and its parameters do not agree: {first}",
        "ExtraParametersError": f"required and not defined: {names}",
    }
    if type(error).__name__ in own:
        return own[type(error).__name__]
    return {
        "required": f"{names} is missing and required", "type": f"must be of type {error.validator_value}", "enum": f"must be one of {error.validator_value}",
        "const": f"must be {error.validator_value}", "pattern": f"must match {error.validator_value}", "format": f"must be written as {error.validator_value}",
        "additionalProperties": f"has members that are not allowed: {names}", "unevaluatedProperties": f"has members that are not allowed: {names}",
    }.get(kind, "the OpenAPI specification does not allow this")
