"""The files in a zip that no standard claims, one after another, each held in memory while it is looked at; nothing is unpacked to disk."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from audit.errors import ChecklistError
from audit.evidence.specimen import Problems, Specimen
from audit.evidence.table_rows import TABLES, TEXTS, kind_of
from audit.evidence.table_text import Member
from audit.untrusted import Archive, open_zip

UNREAD = (".xls", ".xlsb", ".numbers", ".gz", ".tgz", ".bz2", ".xz", ".tar", ".7z", ".rar")
"""Endings of what may well hold a table and is not read here."""
_LARGEST = 20_000_000
_RESOURCES = "__MACOSX/"


class Part(NamedTuple):
    """A file in the zip: its number there and its ending (a name may be a person's), its bytes, and how many are left to look at, itself among them."""

    title: str
    specimen: Member
    left: int


def members_of(specimen: Specimen, problems: Problems) -> Iterator[Part]:
    """Yield the files that can be looked through, the smallest first, and note those that cannot. Raises ChecklistError: a zip that is not safe to open."""
    with open_zip(specimen.path, ChecklistError) as archive:
        titles = {name: f"file {number} in the zip ({_ending(name)})" for number, name in enumerate(archive.names, 1) if not name.startswith(_RESOURCES)}
        wanted = [name for name in titles if _ending(name) in (*TABLES, *TEXTS, *UNREAD, ".zip")]
        read = sorted((name for name in wanted if _ending(name) in (*TABLES, *TEXTS, ".xls") and archive.size(name) <= _LARGEST), key=archive.size)
        readable = frozenset(read)
        for name in (name for name in wanted if name not in readable):
            note_unread(problems, titles[name])
        for number, name in enumerate(read):
            member = _member(archive, name, specimen)
            if member is None or kind_of(member) in UNREAD:
                note_unread(problems, titles[name])
            else:
                yield Part(titles[name], member, len(read) - number)


def note_unread(problems: Problems, where: str) -> None:
    """Note that a file may hold a table and was not looked through."""
    problems.note("table.unread", where, "not looked through: it is of a kind that is not read here, damaged, locked, or larger than 20 MB; look at it yourself before it is filed")


def _member(archive: Archive, name: str, of: Specimen) -> Member | None:
    """Return a file in the zip; none where it is damaged, or larger than the zip says."""
    try:
        return Member(name.replace("\\", "/"), archive.read(name, _LARGEST), of)
    except ChecklistError:
        return None


def _ending(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()[:10] or "no ending"
