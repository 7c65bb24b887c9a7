"""feed.atom: who was put on the list, approved, suspended or taken off, newest first (RFC 4287). A subscriber sees each decision once, for ever under one id.

Every date in it is the date of a decision: a feed that is made again on another day is the same.
"""

import heapq
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from audit.records.listings import Listing, Publisher, StatusEntry
from audit.registry.site.addresses import Addresses, web_address
from audit.registry.site.names import place
from audit.registry.statuses import in_force, read_statuses
from audit.report.tables import storable
from audit.wording import one_line, safe

MOST = 500
_ATOM = "http://www.w3.org/2005/Atom"
_LONGEST_NAME = 200


class Entry(NamedTuple):
    """One decision: sorts by day, then by tool, then by its place in the tool's history."""

    on: str
    tool: str
    place: int
    id: str
    name: str
    vendor: str
    decision: StatusEntry


class Changes:
    """The newest decisions of a list of any length: `see` each listing once, then draw."""

    def __init__(self, publisher: Publisher, as_of: str, most: int = MOST) -> None:
        self._publisher, self._as_of, self._most = publisher, as_of, most
        self._to = Addresses(publisher)
        self._newest: list[Entry] = []

    def see(self, listing: Listing) -> None:
        """Take in one tool's decisions."""
        for entry in _entries(listing, self._to, self._as_of):
            if len(self._newest) < self._most:
                heapq.heappush(self._newest, entry)
            else:
                heapq.heappushpop(self._newest, entry)

    def feed(self) -> bytes:
        """Return the feed, UTF-8. Where no decision was seen, `updated` is the day as of which the list is."""
        newest = sorted(self._newest, reverse=True)
        root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": storable(one_line(self._publisher.language)) or "en"})
        self._head(root, newest[0].on if newest else self._as_of)
        for entry in newest:
            self._entry(ET.SubElement(root, "entry"), entry)
        ET.indent(root, " ")
        return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"

    def _head(self, root: ET.Element, updated: str) -> None:
        _text(root, "id", self._to.tag("status-changes"))
        _text(root, "title", f"{self._publisher.title or 'Vetted tools'}: changes of status")
        _text(root, "updated", _time(updated))
        author = ET.SubElement(root, "author")
        _text(author, "name", self._publisher.organisation or "Not named")
        if website := web_address(self._publisher.contact):
            _text(author, "uri", website)
        ET.SubElement(root, "link", rel="self", type="application/atom+xml", href=self._to.of("feed.atom"))
        ET.SubElement(root, "link", rel="alternate", type="text/html", href=self._to.of("changes.html"))
        if self._publisher.licence:
            _text(root, "rights", self._publisher.licence)

    def _entry(self, into: ET.Element, entry: Entry) -> None:
        title = read_statuses().meaning(entry.decision.status).title
        _text(into, "id", entry.id)
        _text(into, "title", f"{one_line(entry.name, _LONGEST_NAME)}: {title}")
        _text(into, "updated", _time(entry.on))
        _text(into, "published", _time(entry.on))
        ET.SubElement(into, "link", rel="alternate", type="text/html", href=self._to.of(f"tools/{entry.tool}/index.html"))
        ET.SubElement(into, "category", term=entry.decision.status, label=title)
        _text(into, "content", "\n".join(_told(entry, title))).set("type", "text")


def feed_of(listings: Iterable[Listing], publisher: Publisher, as_of: str) -> bytes:
    """Return the feed of some listings."""
    changes = Changes(publisher, as_of)
    for listing in listings:
        changes.see(listing)
    return changes.feed()


def decisions(listing: Listing, as_of: str) -> list[StatusEntry]:
    """Return a tool's decisions up to a day, oldest first, and each running out of one, which nobody records: it is a change of status all the same."""
    ended, begun = read_statuses().ended, [entry for entry in listing.record.history if entry.on <= as_of]
    found = []
    for i, entry in enumerate(begun):
        found.append(entry)
        last = date.fromisoformat(begun[i + 1].on) - timedelta(days=1) if i + 1 < len(begun) else date.fromisoformat(as_of)
        held = in_force(replace(listing.record, history=tuple(begun[: i + 1])), listing.audits, last) if last.isoformat() >= entry.on else None
        if held is not None and held.status == ended != entry.status:
            found.append(StatusEntry(ended, held.since, "", f"The decision of {entry.on} was for a time, and that time has passed."))
    return found


def _entries(listing: Listing, to: Addresses, as_of: str) -> Iterator[Entry]:
    record, seen = listing.record, Counter[tuple[str, str]]()
    for number, decision in enumerate(decisions(listing, as_of)):
        seen[decision.on, decision.status] += 1
        again = seen[decision.on, decision.status]
        specific = f"tools/{place(record.id)}/{decision.status}" + (f"/{again}" if again > 1 else "")
        yield Entry(decision.on, place(record.id), number, to.tag(specific, decision.on), record.name, record.vendor, decision)


def _told(entry: Entry, title: str) -> Iterator[str]:
    decision = entry.decision
    yield f"{one_line(entry.name, _LONGEST_NAME)} ({one_line(entry.vendor, _LONGEST_NAME)}): {title}, from {decision.on}{f' until {decision.until}' if decision.until else ''}."
    if decision.because:
        yield f"Why: {safe(decision.because)}"
    yield from (f"Condition: {safe(condition)}" for condition in decision.conditions)
    if decision.by:
        yield f"Decided by: {one_line(decision.by)}"


def _text(into: ET.Element, name: str, text: str) -> ET.Element:
    """Add an element that holds a text, and nothing that XML cannot hold."""
    made = ET.SubElement(into, name)
    made.text = storable(text)
    return made


def _time(day: str) -> str:
    return f"{day}T00:00:00Z"
