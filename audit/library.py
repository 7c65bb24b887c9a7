"""Finds the shipped folders, or yours; reads TOML; explains what does not fit.

In a wheel the shipped folders lie inside the package (`audit/shipped/`), in a checkout beside it.
"""

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

_UNKNOWN_FIELD = re.compile(r"unknown field `(?P<key>[^`]+)`(?: - at `(?P<path>[^`]+)`)?")


def shipped(folder: str) -> Path:
    """Return the shipped folder `fixtures` or `checklists`."""
    package = Path(__file__).parent
    inside = package / "shipped" / folder
    return inside if inside.is_dir() else package.parent / folder


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint: the nearest known name, or all of them when none is near."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"Known: {', '.join(names)}." if names else ""


def read_text(path: Path, error: type[AuditError], what: str) -> str:
    """Return a UTF-8 text file's content, or raise `error` in one line."""
    try:
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
    except tomllib.TOMLDecodeError as bad:
        raise error(
            f"not valid TOML: {bad}", where=str(path), fix="Mend that line and run the command again."
        ) from None


def convert(data: object, kind: type[T], error: type[AuditError], where: str) -> T:
    """Return `data` as `kind`, or raise `error` naming the key at fault and the nearest known key."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as bad:
        match = _UNKNOWN_FIELD.search(str(bad))
        if match is None:
            raise error(_plain(str(bad)), where=where) from None
        path = (match["path"] or "$").removeprefix("$").strip(".")
        place = f" in [{path}]" if path else ""
        known = _fields_at(kind, path)
        raise error(
            f"unknown key {match['key']!r}{place}", where=where, fix=nearest(match["key"], known)
        ) from None


def _plain(message: str) -> str:
    message = message.replace("Object missing required field", "missing key")
    return re.sub(r" - at `\$\.?([^`]*)`", r" at \1", message).replace("`", "'")


def _fields_at(kind: Any, path: str) -> list[str]:
    for part in re.findall(r"[^.\[\]]+", path):
        kind = _inner(kind)
        hints = typing.get_type_hints(kind) if isinstance(kind, type) else {}
        kind = hints.get(part, kind)
    kind = _inner(kind)
    return list(kind.__struct_fields__) if hasattr(kind, "__struct_fields__") else []


def _inner(kind: Any) -> Any:
    """Unwrap Optional, tuple, list and dict to the struct inside."""
    while (origin := typing.get_origin(kind)) is not None:
        args = [a for a in typing.get_args(kind) if a not in (type(None), Ellipsis)]
        if not args:
            break
        kind = args[-1] if origin in (dict, Mapping) else args[0]
        if origin not in (dict, Mapping, list, tuple, typing.Union, types.UnionType):
            break
    return kind


def inside(folder: Path, name: str, error: type[AuditError], where: str) -> Path:
    """Return `folder/name`, refusing a name that leaves the folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise error(f"{name!r} lies outside {folder.name}/", where=where, fix="Name a file inside it.")
    return path
