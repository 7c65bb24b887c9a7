"""manifest.csv: the versions, and for every file whether it came whole (bulk), as changes (delta) or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from audit.evidence.oneroster.rows import Rows
from audit.evidence.oneroster.tables import MODES, VERSIONS, tables
from audit.evidence.specimen import Problems
from audit.untrusted import Archive

NAME = "manifest.csv"
_HEADER = ["propertyName", "value"]
_SOURCES = ("source.systemName", "source.systemCode")


@dataclass(frozen=True)
class Manifest:
    """What an archive says of itself. modes: file → bulk, delta or absent; members: file → its name in the archive; source: the system."""

    version: str
    modes: Mapping[str, str]
    members: Mapping[str, str]
    source: str = ""


def read_manifest(archive: Archive, problems: Problems) -> Manifest:
    """Return what the manifest says, and note what is wrong with it and with the files that came.

    Without a readable version the one that the files look like is taken; a file that came counts as bulk unless the manifest
    says delta.
    """
    folder = _folder(archive.names, problems)
    place = f"{folder}{NAME}"
    stated, lines = _properties(archive, place, problems) if place in archive.names else ({}, {})
    if place not in archive.names:
        problems.error("manifest", "the archive", f"there is no {NAME}", "Add it: it names the version and every file.")
    version = _version(stated, lines, archive.names, problems)
    known = tables(version)
    if stated:
        _names(stated, lines, frozenset(known), problems)
    members = _members(archive.names, folder, frozenset(known), problems)
    modes = {name: _mode(name, stated, members, lines, problems) for name in known}
    return Manifest(version, modes, members, stated.get(_SOURCES[0], ""))


def _folder(names: Sequence[str], problems: Problems) -> str:
    """Return the folder that holds the files, with its slash; they belong at the top of the archive."""
    found = sorted((name for name in names if PurePosixPath(name).name.casefold() == NAME), key=lambda name: name.count("/"))
    if not found or "/" not in found[0]:
        return ""
    problems.error("manifest.place", found[0], "the files are in a folder of the archive", "Pack the files themselves, not their folder.")
    return found[0][: found[0].rindex("/") + 1]


def _properties(archive: Archive, place: str, problems: Problems) -> tuple[dict[str, str], dict[str, int]]:
    stated: dict[str, str] = {}
    lines: dict[str, int] = {}
    with archive.open(place) as file:
        rows = Rows(file, NAME, problems)
        if rows.header != _HEADER:
            problems.error("manifest.header", f"{NAME} line 1", "the header is not propertyName,value")
            return stated, lines
        for block in rows.blocks():
            for name, value, line in zip(*block.columns, block.lines, strict=True):
                if name in stated:
                    problems.error("manifest.twice", f"{NAME} line {line}, {name}", "this property is there twice", "Keep one of them.")
                elif len(stated) < 1_000:   # noqa: PLR2004 - a manifest has 25 at most
                    stated[name], lines[name] = value, line
    return stated, lines


def _version(stated: Mapping[str, str], lines: Mapping[str, int], names: Sequence[str], problems: Problems) -> str:
    if stated and stated.get("manifest.version") != "1.0":
        problems.error("manifest.version", f"{NAME} line {lines.get('manifest.version', 1)}", "manifest.version is not 1.0")
    version = stated.get("oneroster.version", "")
    if version in VERSIONS:
        return version
    if stated:
        line = lines.get("oneroster.version", 1)
        problems.error("manifest.oneroster-version", f"{NAME} line {line}", "oneroster.version is neither 1.1 nor 1.2")
    newer = set(tables("1.2")) - set(tables("1.1"))
    looks = any(PurePosixPath(name).stem in newer for name in names) or any(name.removeprefix("file.") in newer for name in stated)
    return "1.2" if looks else "1.1"


def _names(stated: Mapping[str, str], lines: Mapping[str, int], known: frozenset[str], problems: Problems) -> None:
    wanted = {f"file.{name}" for name in known}
    for name in sorted(wanted - set(stated)):
        problems.error("manifest.missing", NAME, f"{name} is not named", "Name every file of the version, as bulk, delta or absent.")
    for name in stated:
        if name not in wanted and name not in {"manifest.version", "oneroster.version", *_SOURCES}:
            problems.warning("manifest.unknown", f"{NAME} line {lines[name]}", "the version knows no property of this name")


def _members(names: Sequence[str], folder: str, known: frozenset[str], problems: Problems) -> dict[str, str]:
    """Return the members that are files of the version; others are named: they may hold anything."""
    right = {name.casefold(): name for name in known}
    found: dict[str, str] = {}
    for member in names:
        stem = member.removeprefix(folder).removesuffix(".csv")
        if member == f"{folder}{NAME}":
            continue
        if stem in known and member.endswith(".csv"):
            found[stem] = member
        elif member.casefold().endswith(".csv") and member.casefold().removeprefix(folder.casefold())[:-4] in right:
            name = right[member.casefold().removeprefix(folder.casefold())[:-4]]
            problems.error("files.case", member, "names of files are told apart by case", f"Call it {name}.csv.")
            found.setdefault(name, member)
        else:
            problems.warning("files.unknown", member, "this is no file of the version; it was not looked at", "Leave it out.")
    return found


def _mode(name: str, stated: Mapping[str, str], members: Mapping[str, str], lines: Mapping[str, int], problems: Problems) -> str:
    mode, came = stated.get(f"file.{name}", ""), name in members
    where = f"{NAME} line {lines.get(f'file.{name}', 1)}, file.{name}"
    if mode and mode not in MODES:
        problems.error("manifest.mode", where, "this is none of bulk, delta and absent")
    if mode == "absent" and came:
        what = f"the manifest says absent, and {name}.csv is there"
        problems.error("manifest.absent", where, what, "Say bulk or delta, or leave the file out.")
    if mode in {"bulk", "delta"} and not came:
        problems.error("manifest.file", where, f"{name}.csv is not in the archive", "Add it, or say absent.")
    return "absent" if not came else mode if mode == "delta" else "bulk"
