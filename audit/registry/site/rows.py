"""What a list page needs of a tool: light, so that 5,000 of them stay in memory while the listings pass by once."""

from msgspec import Struct

from audit.records.findings import DecisionStatus
from audit.records.listings import AuditSummary, Correction, Listing, Status, StatusEntry
from audit.records.results import Outcome
from audit.registry.site.feed import decisions
from audit.registry.site.names import folded, grades_of, letter, named, place
from audit.wording import one_line

_LONGEST_CHANGE = 400


class Row(Struct, frozen=True):
    """One tool in lists. place: the folder of its page. scores: indicator → (title, score). reviewed: the day of the newest audit by anyone but the vendor.

    agreements: (state, family, offered to others) of those on file that have not run out. decision … role: of the audit that the page shows, empty
    without one. attributes: how its measured differences came out. history, corrections: for the pages of changes; their texts are cut.
    """

    id: str
    place: str
    name: str
    vendor: str
    status: Status
    since: str
    until: str
    version: str
    uses: tuple[str, ...]
    audience: tuple[str, ...]
    grades: tuple[str, ...]
    languages: tuple[str, ...]
    student_data: str
    standards: tuple[str, ...]
    funding: tuple[str, ...]
    agreements: tuple[tuple[str, str, bool], ...]
    scores: dict[str, tuple[str, float | None]]
    reviewed: str
    decision: DecisionStatus | None
    role: str
    auditor: str
    audited: str
    attributes: dict[str, Outcome]
    audits: int
    history: tuple[StatusEntry, ...]
    corrections: tuple[Correction, ...]

    @property
    def order(self) -> tuple[str, str, str, str]:
        """Where the tool stands in lists: by letter, then by name without case, accents and what comes before its first letter."""
        first, plain = letter(self.name), folded(self.name)
        start = next((i for i, c in enumerate(plain) if c.isalnum()), 0)
        return "~" if first == "other" else first, plain[start:], self.name, self.id


def decided(listing: Listing, as_of: str) -> StatusEntry | None:
    """Return the last decision of the list on this tool that has begun, the one that its status comes from; None where nobody has decided."""
    return next((entry for entry in reversed(listing.record.history) if entry.on <= as_of), None)


def shown_audit(listing: Listing, as_of: str) -> AuditSummary | None:
    """Return the audit that a page shows in full: the one that the last decision rests on, else the newest that is not the vendor's own, else the newest."""
    last = decided(listing, as_of)
    rests_on = last.audit if last else ""
    known = {one.digest: one for one in listing.audits}
    if rests_on in known:
        return known[rests_on]
    return next((one for one in listing.audits if one.role != "vendor"), listing.audits[0] if listing.audits else None)


def current_audits(listing: Listing, as_of: str) -> tuple[AuditSummary, ...]:
    """Return the newest audit of each auditor, of the version that the shown audit is about; the shown one first."""
    shown = shown_audit(listing, as_of)
    found: dict[tuple[str, str], AuditSummary] = {(shown.organisation, shown.role): shown} if shown else {}
    for one in listing.audits:
        if shown and one.version == shown.version:
            found.setdefault((one.organisation, one.role), one)
    return tuple(found.values())


def row_of(listing: Listing, as_of: str) -> Row:
    """Return the light row of a listing. as_of: agreements that ran out before it are not on file any more."""
    record, audit, last = listing.record, shown_audit(listing, as_of), decided(listing, as_of)
    scope = audit.scope if audit else None
    return Row(
        id=record.id, place=place(record.id), name=named(record.name), vendor=named(record.vendor), status=listing.status, since=listing.status_since,
        until=last.until if last else "", version=one_line(audit.version if audit else record.current_version, 60),
        uses=record.use_cases or (scope.use_cases if scope else ()), audience=record.audience or (scope.audience if scope else ()),
        grades=grades_of(record.grades or (scope.grades if scope else ())), languages=record.languages or (scope.languages if scope else ()),
        student_data=record.student_data or (audit.student_data if audit else ""), standards=record.standards or (audit.standards if audit else ()),
        funding=record.funding, agreements=tuple((a.state, a.family, a.open_to_others) for a in record.agreements if not a.expires or a.expires >= as_of),
        scores={key: (one.title, one.score) for key, one in audit.indicators.items()} if audit else {},
        reviewed=max((one.as_of for one in listing.audits if one.role != "vendor"), default=""),
        decision=audit.decision if audit else None, role=audit.role if audit else "", auditor=named(audit.organisation) if audit else "",
        audited=audit.as_of if audit else "", attributes=audit.attributes if audit else {}, audits=len(listing.audits),
        history=tuple(StatusEntry(h.status, h.on, h.by and named(h.by), one_line(h.because, _LONGEST_CHANGE), until=h.until) for h in decisions(listing, as_of)),
        corrections=tuple(Correction(c.on, named(c.by), one_line(c.what, _LONGEST_CHANGE), one_line(c.because, _LONGEST_CHANGE)) for c in record.corrections),
    )


class Line(Struct, frozen=True):
    """What a list shows of a tool, and so what its page depends on."""

    place: str
    name: str
    vendor: str
    status: Status
    uses: tuple[str, ...]


def line_of(row: Row) -> Line:
    """Return what a list shows of a tool."""
    return Line(row.place, row.name, row.vendor, row.status, row.uses)
