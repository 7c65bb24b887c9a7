"""Which audits are of one tool: those under its tool.toml, and what lies loose by its vendor and name."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from audit.errors import RegistryError
from audit.records.listings import ToolRecord
from audit.registry.folder import RECORD, Found, id_of, read_record, same_tool
from audit.wording import one_line

_UNREADABLE = {
    "link": "this is a link, and links are not followed. Put the file itself there.",
    "unscored": "this run has not been scored. Score it: audit score.",
    "unnamed": "its name is no text that every system can read. Rename it.",
}


class Tool(NamedTuple):
    """One tool of the list before its audits are looked at. record: None for one that nobody has written a tool.toml for; folder: of that file.

    same: its vendor and name, as `same_tool` gives them; all others are paths in the list's folder.
    """

    id: str
    record: ToolRecord | None
    folder: str
    same: str
    audits: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    merged: str = ""
    changes: tuple[str, ...] = ()


def read_records(folder: Path, found: Sequence[Found]) -> dict[str, ToolRecord]:
    """Return the folder of each tool.toml → what it says. Raises RegistryError: one that is wrong, an id that two of them have."""
    records: dict[str, ToolRecord] = {}
    ids: dict[str, str] = {}
    for one in found:
        if one.kind == "link" and one.file.rsplit("/", 1)[-1] == RECORD:
            raise RegistryError("this is a link, and links are not followed", where=str(folder / one.file), fix="Put the file itself there.")
        if one.kind != "record" or one.tool is None:
            continue
        record = records[one.tool] = read_record(folder / one.file)
        if record.id in ids:
            raise RegistryError(f"the id {record.id!r} is that of {ids[record.id]} too", where=str(folder / one.file), fix="Give one of them another id.")
        ids[record.id] = one.file
    return records


def unreadable(found: Sequence[Found]) -> Iterator[str]:
    """Yield a line for each thing in the folder that can be no part of a list."""
    for one in found:
        if one.kind in _UNREADABLE:
            yield f"{one_line(one.file, 400)}: {_UNREADABLE[one.kind]}"


def grouped(found: Sequence[Found], records: Mapping[str, ToolRecord], audits: Mapping[str, str]) -> list[Tool]:
    """Return the tools in the order of their ids. audits: file → its vendor and name, as `same_tool` gives them, of those that can be listed."""
    owned: dict[tuple[str, str], list[Found]] = defaultdict(list)
    loose: dict[str, list[str]] = defaultdict(list)
    names = {same_tool(record.vendor, record.name): folder for folder, record in sorted(records.items(), key=lambda r: r[1].id, reverse=True)}
    for one in found:
        folder = one.tool if one.tool is not None else names.get(audits.get(one.file, ""))
        if one.kind in ("bundle", "run") and one.file not in audits:
            continue
        if folder is not None:
            owned[folder, "audit" if one.kind in ("bundle", "run") else one.kind].append(one)
        elif one.file in audits:
            loose[audits[one.file]].append(one.file)
    return sorted([*_with_records(records, owned), *_without(loose, {r.id for r in records.values()})], key=lambda tool: tool.id)


def _with_records(records: Mapping[str, ToolRecord], owned: Mapping[tuple[str, str], Sequence[Found]]) -> Iterator[Tool]:
    for folder, record in records.items():
        audits, replies, merged, changed = (tuple(one.file for one in owned.get((folder, kind), ())) for kind in ("audit", "reply", "merged", "change"))
        yield Tool(record.id, record, folder, same_tool(record.vendor, record.name), audits, replies, merged[0] if merged else "", changed)


def _without(loose: Mapping[str, Sequence[str]], taken: set[str]) -> Iterator[Tool]:
    """Yield the tools without a record. Where two have the same id, neither keeps it: which came first must not matter."""
    often = Counter(id_of(own) for own in loose)
    for own, files in loose.items():
        plain = id_of(own)
        yield Tool(id_of(own, taken=plain in taken or often[plain] > 1), None, "", own, tuple(files))
