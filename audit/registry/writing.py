"""What a publisher does to a list: begin one, add audits, decide, put a vendor's reply on file, correct. Nothing that was there is changed."""

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import msgspec
import tomli_w

from audit.bundles import TrustedKey, open_bundle
from audit.bundles.statements import detached_path
from audit.errors import RegistryError
from audit.library import nearest, write_whole
from audit.records.listings import AuditSummary, Correction, Listing, Publisher, StatusEntry, ToolRecord, VendorReply
from audit.registry.due import audit_to_renew
from audit.registry.folder import BUNDLE, RECORD, REPLIES, check_publisher, id_of, same_tool
from audit.registry.lists import Registry, open_registry
from audit.registry.recording import a_text, append, new_record, record_path
from audit.registry.replies import read_reply
from audit.registry.statuses import check_move, is_day, read_statuses
from audit.runs import sha256
from audit.wording import one_line

_SHORTEST = 8
_NAME = 160
_IGNORED = "# what audit remembers of the audits it read: it can be deleted\n.index.sqlite\n.index.sqlite.lock\n"


def init_registry(folder: Path, publisher: Publisher) -> list[Path]:
    """Begin a list: registry.toml, tools/ and .gitignore. Raises RegistryError: there is one already, or what it says is not as it must be."""
    path = folder / "registry.toml"
    if path.exists() or path.is_symlink():
        raise RegistryError("there is a list here already", where=str(path), fix="Edit the file, or use another folder.")
    check_publisher(publisher, str(path))
    table = {name: getattr(publisher, name) for name in Publisher.__struct_fields__}
    files = {path: tomli_w.dumps({"publisher": table}).encode(), folder / "tools" / ".gitkeep": b"", folder / ".gitignore": _IGNORED.encode()}
    written = [one for one in files if not one.exists()]
    for one in written:
        write_whole(one, files[one], RegistryError)
    return written


class Added(NamedTuple):
    """A bundle that was put on file. new: whether it was not there before; made: whether its tool was not on the list before."""

    tool: str
    file: Path
    digest: str
    new: bool
    made: bool


def add_bundles(folder: Path, bundles: Sequence[Path], today: date, tool: str | None = None) -> list[Added]:
    """Put copies of bundles on file, each with its tool: the one that is named, the one of that vendor and name, or a new one.

    Raises RegistryError, before anything is written: no bundle, an altered one, no such tool.
    """
    with open_registry(folder, today) as registry:
        heads = [_head(path) for path in bundles]
        if tool is not None:
            _found(registry, tool)
        ids = [tool or _id_for(registry, names) for _, names, _ in heads]
        return [_added(registry, own, head, path) for own, head, path in zip(ids, heads, bundles, strict=True)]


_Head = tuple[str, tuple[str, str], str]
"""A bundle's digest, its tool's vendor and name, and its day."""


def _head(path: Path) -> _Head:
    with open_bundle(path) as bundle:
        wrong = bundle.altered()
        if wrong:
            raise RegistryError(f"it was altered after it was made ({one_line(wrong[0])})", where=str(path), fix="Ask its maker for it again.")
        head = bundle.head
        names = head.tool.get("vendor", ""), head.tool.get("name", "")
        if not all(name.strip() for name in names) or not is_day(head.as_of):
            raise RegistryError("the bundle does not say whose tool it is about, or of which day it is", where=str(path), fix="Ask its maker for it again.")
        return bundle.digest, names, head.as_of


def _id_for(registry: Registry, names: tuple[str, str]) -> str:
    """Return the id of the tool of that vendor and name: the one that it has on the list, else a new one."""
    own = same_tool(*names)
    on_list = next((tool.id for tool in registry.tools if tool.same == own), None)
    return on_list or id_of(own, taken=any(tool.id == id_of(own) for tool in registry.tools))


def _added(registry: Registry, tool: str, head: _Head, path: Path) -> Added:
    digest, (vendor, name), day = head
    there = next((a.file for a in _audits(registry, tool) if a.digest == digest), None)
    if there is not None:
        return Added(tool, registry.folder / there, digest, new=False, made=False)
    record, made = _record(registry, tool, name, vendor)
    target = record.parent / f"{day}-{digest[:12]}{BUNDLE}"
    new = not target.exists()
    if new:
        _copy(path, target)
    return Added(tool, target, digest, new, made)


def _record(registry: Registry, tool: str, name: str, vendor: str) -> tuple[Path, bool]:
    """Return a tool's tool.toml, and whether it had to be made."""
    known = next((one for one in registry.tools if one.id == tool and one.record is not None), None)
    path = record_path(registry.folder, tool) if known is None else registry.folder / known.folder / RECORD
    made = not path.exists()
    if made:
        write_whole(path, new_record(ToolRecord(tool, one_line(name), one_line(vendor))), RegistryError)
    return path, made


def _copy(path: Path, target: Path) -> None:
    """Copy a file whole or not at all."""
    draft = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(path, draft)
        draft.replace(target)
    except OSError as bad:
        raise RegistryError(f"cannot be written: {bad.strerror or bad}", where=str(target)) from None
    finally:
        draft.unlink(missing_ok=True)


class Decided(NamedTuple):
    """A decision as it was written, and the audit it rests on (None where it needs none and names none)."""

    entry: StatusEntry
    audit: AuditSummary | None


def decide(folder: Path, tool: str, entry: StatusEntry, today: date) -> Decided:
    """Put a decision at the end of a tool's history, with the audit it rests on and the day on which it ends.

    entry.audit: a digest, or its first 8 characters or more; empty: the newest audit. entry.until: empty: the day by which that audit is to be
    done again, where the policy lets such a decision end. Raises RegistryError: no such tool, a move that the policy does not allow.
    """
    with open_registry(folder, today) as registry:
        listing = _found(registry, tool)
        audit = _rests_on(entry, listing)
        whole = _completed(entry, audit)
        path, _ = _record(registry, tool, listing.record.name, listing.record.vendor)
        check_move(listing.record, {a.digest: a for a in listing.audits}, whole, str(path))
        append(path, "history", whole)
        return Decided(whole, audit)


def _rests_on(entry: StatusEntry, listing: Listing) -> AuditSummary | None:
    if entry.audit:
        return _named_audit(entry.audit, listing.audits)
    return audit_to_renew(listing.record, listing.audits) if "audit" in read_statuses().meaning(entry.status).needs else None


def _completed(entry: StatusEntry, audit: AuditSummary | None) -> StatusEntry:
    for option, day in (("--on", entry.on), ("--until", entry.until)):
        if day and not is_day(day):
            raise RegistryError(f"{one_line(day, 40)!r} is no day", where=option, fix="Write it as 2026-11-21.")
    until = entry.until or (audit.review_by if audit and "until" in read_statuses().meaning(entry.status).ends else "")
    if until and until < entry.on:
        raise RegistryError(f"it would end on {until}, before it begins on {entry.on}", where="--until",
                            fix="" if entry.until else "Its audit was to be done again by then: name a day with --until, or add a newer audit.")
    return msgspec.structs.replace(
        entry, by=a_text("--by", entry.by, longest=_NAME), because=a_text("--because", entry.because), audit=audit.digest if audit else "", until=until,
        conditions=tuple(a_text("--condition", text) for text in entry.conditions),
    )


def _named_audit(digest: str, audits: Sequence[AuditSummary]) -> AuditSummary:
    found = [a for a in audits if a.digest.startswith(digest.casefold()) and len(digest) >= _SHORTEST]
    if len(found) != 1:
        raise RegistryError(f"no audit of this tool has the digest {one_line(digest, 80)!r}", where="--audit",
                            fix=f"On file: {', '.join(a.digest[:16] for a in audits) or 'none'}.")
    return found[0]


def correct(folder: Path, tool: str, entry: Correction, today: date) -> Correction:
    """Put a correction at the end of a tool's log. Raises RegistryError: no such tool, a day that is none, an empty text."""
    with open_registry(folder, today) as registry:
        listing = _found(registry, tool)
        if not is_day(entry.on):
            raise RegistryError(f"{one_line(entry.on, 40)!r} is no day", where="--on", fix="Write it as 2026-11-21.")
        whole = Correction(entry.on, a_text("--by", entry.by, longest=_NAME), a_text("--what", entry.what), a_text("--because", entry.because))
        path, _ = _record(registry, tool, listing.record.name, listing.record.vendor)
        append(path, "corrections", whole)
        return whole


class Replied(NamedTuple):
    """A reply that was put on file, and with which tool."""

    tool: str
    file: Path
    reply: VendorReply


def add_reply(folder: Path, file: Path, trusted: Sequence[TrustedKey], today: date) -> Replied:
    """Put a vendor's reply on file, with its signature, beside the tool whose audit it answers.

    Raises RegistryError: no reply, a signature that does not count, an audit that is not on file.
    """
    with open_registry(folder, today) as registry:
        reply = read_reply(file, trusted, today)
        listing = next((one for one in registry.listings() if any(a.digest == reply.to for a in one.audits)), None)
        if listing is None:
            raise RegistryError(f"it answers the audit {one_line(reply.to, 20)}, which is not on file", where=str(file), fix="Add that audit first: audit registry add.")
        path, _ = _record(registry, listing.record.id, listing.record.name, listing.record.vendor)
        target = path.parent / REPLIES / f"{reply.on}-{sha256(file)[:12]}.toml"
        target.parent.mkdir(parents=True, exist_ok=True)
        if detached_path(file).is_file():
            _copy(detached_path(file), detached_path(target))
        _copy(file, target)
        return Replied(listing.record.id, target, reply)


def _found(registry: Registry, tool: str) -> Listing:
    ids = [one.id for one in registry.tools]
    if tool not in ids:
        raise RegistryError(f"no tool on this list has the id {one_line(tool, 80)!r}", where=str(registry.folder), fix=nearest(tool, ids))
    return next(registry.listings(only=tool))


def _audits(registry: Registry, tool: str) -> tuple[AuditSummary, ...]:
    return next((listing.audits for listing in registry.listings(only=tool)), ())
