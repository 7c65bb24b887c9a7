"""What a list offers to take over: one audit of each tool, from the list's own folder or from a downloaded site. Everything in it is a stranger's."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from audit.errors import RegistryError
from audit.library import convert, nearest
from audit.records.adoption import ListedAs
from audit.registry.folder import BUNDLE, is_id
from audit.registry.statuses import read_statuses
from audit.untrusted import bytes_of, json_of
from audit.wording import one_line

_LARGEST = 400_000_000
_LONGEST = 400
_DIGEST = re.compile(r"[0-9a-f]{64}")
SITE = "tools.json"


class Offer(NamedTuple):
    """One tool of a list, and the audit of it to take over. path: None where there is none, and because says why."""

    tool: str
    path: Path | None
    digest: str
    listed: ListedAs | None
    because: str = ""


class _Assessor(Struct, frozen=True):
    role: str = ""


class _Audit(Struct, frozen=True):
    digest: str
    assessor: _Assessor = _Assessor()


class _Provenance(Struct, frozen=True):
    audit: str = ""
    audits: tuple[_Audit, ...] = ()


class _Decision(Struct, frozen=True):
    status: str
    status_date: str = ""
    by: str = ""
    because: str = ""


class _Tool(Struct, frozen=True):
    id: str
    decision: _Decision
    provenance: _Provenance = _Provenance()


class _List(Struct, frozen=True):
    tools: tuple[_Tool, ...]
    publisher: str = ""


def is_list(path: Path) -> bool:
    """Return whether a path is a folder of many audits rather than one audit."""
    return path.is_dir() and not (path / "run.json").is_file()


def offers_in(path: Path, tools: Sequence[str], today: date) -> list[Offer]:
    """Return one offer for each tool of a list, or for those named. Raises RegistryError: no list, a tool that is not on it."""
    every = list(_of_site(path) if (path / SITE).is_file() else _of_folder(path, today))
    if not every:
        raise RegistryError("there is no tool on this list", where=str(path))
    known = {offer.tool: offer for offer in every}
    for name in tools:
        if name not in known:
            raise RegistryError(f"no tool on this list has the id {one_line(name, 80)!r}", where=str(path), fix=nearest(name, known))
    return [known[name] for name in dict.fromkeys(tools)] if tools else every


def _of_site(path: Path) -> Iterator[Offer]:
    """Yield what a downloaded site offers: the bundles that its tools.json names by their digest."""
    where = str(path / SITE)
    found: _List = convert(json_of(bytes_of(path / SITE, RegistryError, _LARGEST), where, RegistryError), _List, RegistryError, where)
    for tool in found.tools:
        if not is_id(tool.id):
            raise RegistryError(f"the id {one_line(tool.id, 80)!r} is none", where=where, fix="Get the list again.")
        listed = _listed(tool.decision, one_line(found.publisher, _LONGEST), where)
        rows = [(a.digest, a.assessor.role, _passed_on(path, a.digest)) for a in tool.provenance.audits]
        yield _chosen(tool.id, rows, tool.provenance.audit, listed)




def _listed(decision: _Decision, publisher: str, where: str) -> ListedAs:
    try:
        status = read_statuses().meaning(decision.status).id
    except RegistryError as bad:
        raise RegistryError(bad.what, where=where, fix="Update edtech-equity-audit.") from None
    return ListedAs(status, one_line(decision.status_date, 40), one_line(publisher or decision.by, _LONGEST), one_line(decision.because, _LONGEST))


def _passed_on(path: Path, digest: str) -> Path | None:
    bundle = path / "audits" / f"{digest}{BUNDLE}" if _DIGEST.fullmatch(digest) else None
    return bundle if bundle is not None and bundle.is_file() else None


def _chosen(tool: str, rows: Sequence[tuple[str, str, Path | None]], shown: str, listed: ListedAs) -> Offer:
    """Return the audit that the list rests on, or else the newest; a vendor's own test is never taken over. rows: the newest first."""
    others = [(digest, path) for digest, role, path in rows if role != "vendor"]
    first = sorted(others, key=lambda one: one[0] != shown)
    if not first:
        return Offer(tool, None, "", listed, "there is no audit of it but the vendor's own test" if rows else "there is no audit of it on the list")
    digest, path = first[0]
    return Offer(tool, path, digest, listed, "" if path else "the list does not pass its audit on: ask the publisher for the bundle")


def _of_folder(path: Path, today: date) -> Iterator[Offer]:
    """Yield what a list's own folder offers, as of a day."""
    from audit.registry.lists import read_registry
    from audit.registry.site.rows import decided, shown_audit

    found = read_registry(path, today)
    for listing in found.listings:
        last, shown = decided(listing, found.as_of), shown_audit(listing, found.as_of)
        listed = ListedAs(
            listing.status, listing.status_since, one_line(found.publisher.organisation or (last.by if last else ""), _LONGEST),
            one_line(last.because if last else "", _LONGEST),
        )
        rows = [(a.digest, a.role, path / a.file) for a in listing.audits]
        yield _chosen(listing.record.id, rows, shown.digest if shown else "", listed)
