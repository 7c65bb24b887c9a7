"""The folder of a list: where its audits, its tools' records and the vendors' replies lie. No link is followed."""

import os
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from audit.errors import RegistryError
from audit.library import convert, read_text, read_toml
from audit.records.listings import Publisher, ToolRecord
from audit.registry.statuses import check_record
from audit.wording import one_line

BUNDLE = ".audit.zip"
RECORD = "tool.toml"
REPLIES = "replies"
SITE = ".site.json"
"""What lies in the folder of a site that was made of a list: the site is no part of the list, wherever it lies."""
MERGED, CHANGE = "merged.json", "change.json"
_DEEPEST = 12
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?")
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d|index|page-\d+")
_LONGEST_ID = 72
_ADDRESS = re.compile(r"https?://[^\s@?#\"<>\\^`{|}]+/")
UNNAMED = Publisher(organisation="", title="Vetted tools", url="", contact="", appeals="")
"""The publisher where no registry.toml names one."""


Kind = Literal["bundle", "run", "record", "reply", "merged", "change", "link", "unscored", "unnamed"]
"""What a path is. link: to what would count if it lay there; unscored: a run without a scorecard; unnamed: its name is no text, so that nothing can point at it."""


class Found(NamedTuple):
    """One thing that lies in the folder. tool: the folder of the tool.toml above it, as a path in the list's folder; None for what lies loose."""

    file: str
    kind: Kind
    tool: str | None


def look(folder: Path) -> Iterator[Found]:
    """Yield what lies in a list's folder in the order of its paths. Raises RegistryError: no folder, or a site that was made of a list."""
    if not folder.is_dir():
        raise RegistryError("there is no such folder", where=str(folder), fix="Name the folder that holds the audits.")
    if (folder / SITE).exists():
        raise RegistryError("this is a site that was made of a list", where=str(folder), fix="Name the folder of the list itself.")
    yield from _inside(folder, folder, None, 0)


def _inside(root: Path, folder: Path, tool: str | None, depth: int) -> Iterator[Found]:
    every = _entries(folder)
    if any(entry.name == SITE for entry in every):
        return
    entries = {entry.name: entry for entry in every if not entry.name.startswith(".")}
    here = "" if folder == root else folder.relative_to(root).as_posix()
    files = {name for name, entry in entries.items() if entry.is_file(follow_symlinks=False)}
    if "run.json" in files:
        yield Found(here or ".", "run" if "scorecard.json" in files else "unscored", tool)
        return
    if RECORD in files:
        tool = here or "."
    for name in sorted(entries):
        path = f"{here}/{name}" if here else name
        if name not in files and depth < _DEEPEST and _is_text(name) and entries[name].is_dir(follow_symlinks=False):
            yield from _inside(root, folder / name, tool, depth + 1)
        elif kind := _kind(entries[name], folder.name, tool, here):
            yield Found(path.encode("utf-8", "replace").decode(), kind, tool)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError as bad:
        raise RegistryError(f"cannot be read: {bad.strerror}", where=str(folder)) from None


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(entry: os.DirEntry[str], folder: str, tool: str | None, here: str) -> Kind | None:
    """Return what a file, a link or a folder of no readable name is to a list; None for what it does not look at."""
    if not _is_text(entry.name):
        return "unnamed"
    kind = _named(entry.name, folder, tool, here)
    if kind is not None and entry.is_symlink():
        return "link"
    return kind if entry.is_file(follow_symlinks=False) else None


def _named(name: str, folder: str, tool: str | None, here: str) -> Kind | None:
    if name.endswith(BUNDLE):
        return "bundle"
    if name == RECORD:
        return "record"
    if name == MERGED and tool == (here or "."):
        return "merged"
    if name == CHANGE and tool is not None:
        return "change"
    return "reply" if folder == REPLIES and tool is not None and name.endswith(".toml") else None


def read_publisher(folder: Path) -> Publisher:
    """Return who publishes the list. Raises RegistryError: registry.toml is not as it must be."""
    path = folder / "registry.toml"
    if not path.is_file():
        return UNNAMED
    table = read_toml(path, RegistryError, "registry.toml")
    unknown = [key for key in table if key != "publisher"]
    if unknown:
        raise RegistryError(f"unknown key {unknown[0]!r}", where=str(path), fix="Known: publisher.")
    publisher = convert(table.get("publisher", {}), Publisher, RegistryError, f"{path}: [publisher]")
    check_publisher(publisher, str(path))
    return publisher


def check_publisher(publisher: Publisher, where: str) -> None:
    """Raise RegistryError for what cannot stand in a registry.toml: an address that is no folder's, a number below which nobody is hidden."""
    if publisher.url and not _is_folder(publisher.url):
        raise RegistryError(f"url = {one_line(publisher.url, 80)!r} is no address of a folder", where=where, fix="For example https://tools.example.gov/list/.")
    if publisher.small < 1:
        raise RegistryError("small must be 1 or more", where=where)


def _is_folder(address: str) -> bool:
    """Return whether links and names for ever can be made of an address: https or http, a host, a slash at the end, and nothing that has to be escaped."""
    try:
        return bool(_ADDRESS.fullmatch(address)) and bool(urlsplit(address).hostname)
    except ValueError:
        return False


def read_record(path: Path) -> ToolRecord:
    """Return a tool.toml. Raises RegistryError: unknown keys, days that are none, an id that is no name of a folder."""
    return parse_record(read_text(path, RegistryError, "tool.toml"), str(path))


def parse_record(text: str, where: str) -> ToolRecord:
    """Return the text of a tool.toml as a record. Raises as `read_record` does."""
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as bad:
        raise RegistryError(f"not valid TOML: {bad}", where=where, fix="Mend that line and run the command again.") from None
    record = convert(table, ToolRecord, RegistryError, where)
    if not is_id(record.id):
        raise RegistryError(f"id = {one_line(record.id, 80)!r} is no id", where=where, fix="Small letters, digits and hyphens, for example acme-essay-coach.")
    for name in ("name", "vendor"):
        if not getattr(record, name).strip():
            raise RegistryError(f"{name} is empty", where=where)
    check_record(record, where)
    return record


def is_id(text: str) -> bool:
    """Return whether a text can name a tool's page: a word that is a folder's name on every system, and no path."""
    return bool(_ID.fullmatch(text)) and not _RESERVED.fullmatch(text)


def same_tool(vendor: str, name: str) -> str:
    """Return what two audits of one tool share, whatever the case, the spaces and the marks of its names. "Reader+" and "Reader", "C" and "C#" are two."""
    return "\n".join(_same_name(text) for text in (name, vendor))


def _same_name(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"[\w+#]+", plain)) or "".join(plain.split())   # a name of signs alone is told by its signs


def id_of(own: str, *, taken: bool = False) -> str:
    """Return the id of a tool that has no record: its names in small letters. own: as `same_tool` gives it.

    taken: another tool has the same id, so that a piece of the names' SHA-256 follows.
    """
    plain = unicodedata.normalize("NFKD", own).encode("ascii", "ignore").decode()
    words = "-".join(re.findall(r"[a-z0-9]+", plain))[:_LONGEST_ID].strip("-")
    digest = sha256(own.encode()).hexdigest()[:8]
    if not is_id(words):
        return f"tool-{digest}"
    return f"{words[: _LONGEST_ID - 9].strip('-')}-{digest}" if taken or len(words) == _LONGEST_ID else words
