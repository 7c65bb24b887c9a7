"""Finds the shipped folders, or yours; reads TOML; explains what does not fit.

In a wheel the shipped folders lie inside the package (`audit/shipped/`), in a checkout beside it.
"""

import contextlib
import difflib
import re
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from audit.errors import AuditError

T = TypeVar("T")

_MOST_NAMED = 24
_LARGEST_TEXT = 500_000_000
_UNKNOWN_FIELD = re.compile(r"unknown field `(?P<key>.+)`$", re.DOTALL)
_WRONG_VALUE = re.compile(r"^Invalid enum value '(?P<value>.*)'$", re.DOTALL)
_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_WORDS = {
    "str": "a text (in quotation marks)", "int": "a whole number", "float": "a number", "bool": "true or false",
    "array": "a list (in brackets)", "object": "a table", "null": "nothing",
}
_TYPES = re.compile(r"`([a-z |]+)`")
_WRAPPERS = (dict, Mapping, list, tuple, typing.Union, types.UnionType)


def shipped(folder: str) -> Path:
    """Return the shipped folder `fixtures` or `checklists`."""
    package = Path(__file__).parent
    inside = package / "shipped" / folder
    return inside if inside.is_dir() else package.parent / folder


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint: the nearest known name, or all of them when none is near."""
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"Did you mean {close[0]!r}?"
    if len(names) > _MOST_NAMED:
        return f"Known: {', '.join(names[:_MOST_NAMED])} and {len(names) - _MOST_NAMED} more."
    return f"Known: {', '.join(names)}." if names else ""


def read_text(path: Path, error: type[AuditError], what: str) -> str:
    """Return a UTF-8 text file's content, or raise `error` in one line."""
    try:
        if path.exists() and not path.is_dir() and (not path.is_file() or path.stat().st_size > _LARGEST_TEXT):
            raise error(f"this is not a {what}: a device, a pipe, or more than {_LARGEST_TEXT // 1_000_000} MB", where=str(path))
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise error(f"there is no {what} here", where=str(path), fix="Check the path.") from None
    except IsADirectoryError:
        raise error(f"this is a folder, not a {what}", where=str(path)) from None
    except UnicodeDecodeError as bad:
        raise error(
            f"byte {bad.start} is not UTF-8", where=str(path), fix="Save the file as UTF-8."
        ) from None
    except OSError as bad:
        raise error(f"cannot be read: {bad.strerror}", where=str(path)) from None


def read_toml(path: Path, error: type[AuditError], what: str) -> dict[str, Any]:
    """Return a TOML file's table, or raise `error` naming the line that is broken."""
    try:
        return tomllib.loads(read_text(path, error, what))
    except (ValueError, RecursionError) as bad:   # tomllib lets a number of 5,000 digits and deep nesting through
        raise error(
            f"not valid TOML: {bad}", where=str(path), fix="Mend that line and run the command again."
        ) from None


def convert(
    data: object, kind: type[T], error: type[AuditError], where: str, *, also: Iterable[str] = ()
) -> T:
    """Return `data` as `kind`, or raise `error` naming the key at fault and the nearest known key.

    `also` names keys that are known at the top although `kind` does not have them.
    """
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as bad:
        message = str(bad)
    place = _PLACE.search(message)
    path = place["path"].strip(".") if place else ""
    kind_there, path = _kind_at(kind, path), _with_key(data, kind, path)
    message = message[: place.start()] if place else message
    unknown = _UNKNOWN_FIELD.search(message)
    if unknown:
        known = [*getattr(kind_there, "__struct_fields__", ()), *(() if path else also)]
        raise error(
            f"unknown key {unknown['key']!r}{f' in [{path}]' if path else ''}", where=where, fix=nearest(unknown["key"], known)
        )
    allowed = [value for value in _literals(kind_there) if isinstance(value, str)]
    wrong = _WRONG_VALUE.search(message)
    if wrong and allowed:
        raise error(f"{path} = {wrong['value']!r} is none of its values", where=where, fix=nearest(wrong["value"], allowed))
    raise error(_plain(message) + (f" at {path}" if path else ""), where=where)


def _plain(message: str) -> str:
    """Return msgspec's message in the words of a person who edits TOML."""
    if not message.startswith("Expected"):
        return message.replace("Object missing required field", "missing key").replace("`", "'")
    in_words = _TYPES.sub(lambda m: " or ".join(_WORDS.get(t, t) for t in m[1].split(" | ") if t != "null") or "nothing", message)
    return in_words.replace("Expected", "expected", 1)


def _with_key(data: Any, kind: Any, path: str) -> str:
    """Return a path with the key at fault in place of msgspec's first `[...]`: the key whose entry alone fails too."""
    before, dots, after = path.partition("[...]")
    parts = [int(part) if part.isdigit() else part for part in re.findall(r"[^.\[\]]+", before)]
    if not dots or after.count("[...]"):
        return path

    def only(value: Any, rest: list[Any], key: str) -> Any:
        if not rest:
            return {key: value[key]}
        if isinstance(value, dict):
            return value | {rest[0]: only(value[rest[0]], rest[1:], key)}
        return [only(v, rest[1:], key) if i == rest[0] else v for i, v in enumerate(value)]

    holder = data
    for part in parts:
        holder = holder[part]
    for key in holder:
        try:
            msgspec.convert(only(data, parts, key), kind)
        except msgspec.ValidationError:
            return f"{before}.{key}{after}".lstrip(".")
    return path


def _kind_at(kind: Any, path: str) -> Any:
    """Return the type that stands at a path such as `budget.price` or `criteria[...].source`."""
    for part in re.findall(r"[^.\[\]]+", path):
        kind = _inner(kind)
        hints = typing.get_type_hints(kind) if isinstance(kind, type) else {}
        kind = hints.get(part, kind)
    literal = any(typing.get_origin(k) is typing.Literal for k in (kind, *typing.get_args(kind)))
    return kind if literal else _inner(kind)


def _literals(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) is typing.Literal:
        return typing.get_args(kind)
    return tuple(value for inner in typing.get_args(kind) for value in _literals(inner))


def _inner(kind: Any) -> Any:
    """Unwrap Optional, Annotated, tuple, list and dict to the struct inside."""
    while (origin := typing.get_origin(kind)) in _WRAPPERS:
        args = [a for a in typing.get_args(kind) if a not in (type(None), Ellipsis)]
        if not args:
            break
        kind = args[-1] if origin in (dict, Mapping) else args[0]
    return kind


def is_there(path: Path) -> bool:
    """Return whether a path is a file; a name that no system allows is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def inside(folder: Path, name: str, error: type[AuditError], where: str) -> Path:
    """Return `folder/name`, refusing a name that leaves the folder."""
    try:
        path = (folder / name).resolve()
    except (OSError, ValueError):
        raise error(f"{name[:60]!r} is no file name", where=where, fix=f"Name a file inside {folder.name}/.") from None
    if not path.is_relative_to(folder.resolve()):
        raise error(f"{name!r} lies outside {folder.name}/", where=where, fix="Name a file inside it.")
    return path


def write_whole(path: Path, raw: bytes, error: type[AuditError]) -> None:
    """Write a file whole or not at all. Raises `error` when it cannot be written."""
    draft = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(raw)
        draft.replace(path)
    except OSError as bad:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise error(f"cannot be written: {bad.strerror}", where=str(path)) from None
