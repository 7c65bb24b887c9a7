"""JSON and YAML as plain values, with the line of each: no tags, no aliases, no doubled keys, no bottomless nesting."""

import json
from collections.abc import Iterator
from typing import Any

from audit.errors import AuditError

_DEEPEST = 100
_MOST_NODES = 2_000_000
_NUMBER_DIGITS = 400

Place = tuple[str | int, ...]


class Lines:
    """Where each value stands: `lines.of(("chapters", 0, "num"))` is its line, or that of the nearest value around it."""

    def __init__(self, known: dict[Place, int] | None = None) -> None:
        self._known = known or {}

    def of(self, place: Place) -> int | None:
        """Return the line, from 1; None where lines are not known (JSON)."""
        while place not in self._known:
            if not place:
                return None
            place = place[:-1]
        return self._known[place]


class _Twice(Exception):
    """Carries the key out of the parser."""


def key_twice(text: str) -> str | None:
    """Return a key that stands twice in one object of a JSON text, of which each reader keeps another; None where none does, or where it is no JSON."""

    def pairs(found: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in found]
        if len(set(names)) != len(names):
            raise _Twice(next(name for name in names if names.count(name) > 1))

    try:
        json.loads(text, object_pairs_hook=pairs, parse_constant=len, parse_int=len, parse_float=len)
    except _Twice as twice:
        return str(twice)
    except (ValueError, RecursionError):
        return None
    return None


def json_of(raw: bytes, where: str, error: type[AuditError]) -> Any:
    """Return a JSON file's value. Raises `error`: no JSON (with its line), NaN, a key twice in one object, nested too deeply."""
    from audit.untrusted.size import text_of

    text = text_of(raw, where, error)

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(found)
        if len(table) != len(found):
            names = [name for name, _ in found]
            twice = next(name for name in names if names.count(name) > 1)
            raise error(f"the key {twice[:60]!r} appears twice in one object", where=where, fix="Keep one of them.")
        return table

    def refuse(word: str) -> Any:
        raise error(f"{word} is no JSON number", where=where)

    def whole(digits: str) -> int | float:
        return int(digits) if len(digits) < _NUMBER_DIGITS else float(digits)

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=refuse, parse_int=whole)
    except json.JSONDecodeError as bad:
        raise error(f"not valid JSON: {bad.msg} (line {bad.lineno}, column {bad.colno})", where=where) from None
    except RecursionError:
        raise error("nested too deeply", where=where) from None
    if _depth(value) > _DEEPEST:
        raise error(f"nested more than {_DEEPEST} deep", where=where)
    return value


def _depth(value: Any) -> int:
    """Return how deeply a value is nested, without recursion."""
    deepest, stack = 0, [(value, 1)]
    while stack:
        one, depth = stack.pop()
        deepest = max(deepest, depth)
        if isinstance(one, dict | list):
            stack.extend((inner, depth + 1) for inner in (one.values() if isinstance(one, dict) else one))
    return deepest


def yaml_of(raw: bytes, where: str, error: type[AuditError]) -> tuple[Any, Lines]:
    """Return a YAML file's value, and the lines of its parts. Scalars are what YAML 1.1 makes of them, dates stay text.

    Raises `error`: no YAML (with its line), several documents, an alias or anchor, a tag, a key twice, nested too deeply.
    """
    import yaml

    from audit.untrusted.size import text_of

    text = text_of(raw, where, error)
    try:
        for number, _ in enumerate(_events(text, where, error)):
            if number > _MOST_NODES:
                raise error("more than 2 million values", where=where)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as bad:
        line = f" (line {bad.problem_mark.line + 1})" if bad.problem_mark else ""
        raise error(f"not valid YAML: {bad.problem or 'it cannot be read'}{line}", where=where) from None
    except yaml.YAMLError as bad:
        raise error(f"not valid YAML: {' '.join(str(bad).split())[:120]}", where=where) from None
    except RecursionError:
        raise error("nested too deeply", where=where) from None
    known: dict[Place, int] = {}
    return (None if node is None else _value(node, (), known, where, error)), Lines(known)


def _events(text: str, where: str, error: type[AuditError]) -> Iterator[None]:
    """Yield the parser's events, refusing what a file of data has no need of, before anything is built."""
    import yaml

    depth = 0
    for found in yaml.parse(text, Loader=yaml.SafeLoader):
        event: Any = found
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise error(f"line {line} uses a YAML anchor or alias", where=where, fix="Write the value out.")
        if getattr(event, "tag", None) not in (None, "!"):
            raise error(f"line {line} uses the YAML tag {str(event.tag)[:40]!r}", where=where, fix="Take the tag out.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise error(f"line {line} is nested more than {_DEEPEST} deep", where=where)
        yield


def _value(node: Any, place: Place, known: dict[Place, int], where: str, error: type[AuditError]) -> Any:
    import yaml

    known[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, (*place, i), known, where, error) for i, one in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        table: dict[str, Any] = {}
        for key, one in node.value:
            name = str(key.value)
            if name in table:
                raise error(f"the key {name[:60]!r} appears twice (line {key.start_mark.line + 1})", where=where, fix="Keep one of them.")
            table[name] = _value(one, (*place, name), known, where, error)
        return table
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (ValueError, yaml.YAMLError):
        return node.value
