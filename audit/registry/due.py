"""What needs a new audit, and why: the day, the version, papers that run out, newer questions, conditions, drift, or none at all."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from audit.records.changes import AuditChange
from audit.records.listings import AuditSummary, Due, Listing, ToolRecord
from audit.registry.statuses import InForce, is_day, read_statuses
from audit.wording import one_line

AHEAD = 90
"""Days that are looked ahead where nobody says how many."""
_SHORT = 80
_MOST_NAMED = 3


def due_of(record: ToolRecord, now: InForce, audits: Sequence[AuditSummary], today: date, within: int = AHEAD) -> tuple[Due, ...]:
    """Return why a tool needs a new audit now, or will within so many days; the earliest first. audits: newest first."""
    policy = read_statuses()
    if not policy.meaning(now.status).watched:
        return ()
    until = (today + timedelta(days=min(within, (date.max - today).days))).isoformat()
    found = [*_of_status(record, now), *_of_agreements(record)]
    current = audit_to_renew(record, audits)
    if current is None:
        found.append(Due(record.id, "unaudited", "No audit of it is on file.", now.since))
    else:
        found += _of_audit(record, current)
    return tuple(sorted({one for one in found if one.on <= until}, key=_order))


def is_now(due: Due, today: date) -> bool:
    """Return whether something is due today or has been since before; it is not, where its day is still to come."""
    return due.on <= today.isoformat()


def _order(due: Due) -> tuple[str, str, str]:
    return due.on, due.kind, due.because


def audit_to_renew(record: ToolRecord, audits: Sequence[AuditSummary]) -> AuditSummary | None:
    """Return the audit that the next one would renew: the newest of the version in use, else the newest. A vendor's own test counts where there is no other."""
    independent = [audit for audit in audits if audit.role != "vendor"] or list(audits)
    current = [audit for audit in independent if record.current_version and same_version(audit.version, record.current_version)]
    return next(iter(current or independent), None)


def same_version(one: str, other: str) -> bool:
    """Return whether two spellings are of one version."""
    return one.strip().casefold().removeprefix("v") == other.strip().casefold().removeprefix("v")


def _of_status(record: ToolRecord, now: InForce) -> Iterator[Due]:
    policy = read_statuses()
    if now.entry is not None and now.status == policy.ended:
        last = date.fromisoformat(now.since) - timedelta(days=1)
        yield Due(record.id, "date", f"“{policy.meaning(now.entry.status).title}” held until {last}, and nobody has decided anew.", now.since)
    elif now.entry is not None and now.entry.until and policy.meaning(now.status).ends:
        yield Due(record.id, "date", f"“{policy.meaning(now.status).title}” holds until {now.entry.until}.", now.entry.until)


def _of_agreements(record: ToolRecord) -> Iterator[Due]:
    """Yield the agreements that run out, of each place and family the one that holds longest."""
    last: dict[tuple[str, str, str], str] = {}
    for one in record.agreements:
        key = one.family, one.state, one.district
        last[key] = "" if not one.expires or last.get(key) == "" else max(last.get(key, one.expires), one.expires)
    for (family, state, district), expires in last.items():
        if expires:
            where = " ".join(filter(None, (state, district)))
            yield Due(record.id, "document", f"The agreement {one_line(family, _SHORT)}{f' ({one_line(where, _SHORT)})' if where else ''} runs out on {expires}.", expires)


def _of_audit(record: ToolRecord, audit: AuditSummary) -> Iterator[Due]:
    because = f" {' '.join(audit.review_because)}" if audit.review_because else ""
    yield Due(record.id, "date", f"The audit of {audit.as_of} is to be done again by {audit.review_by}.{because}", audit.review_by)
    if record.current_version and not same_version(audit.version, record.current_version):
        said = [one_line(version, _SHORT) for version in (audit.version, record.current_version)]
        yield Due(record.id, "version", f"Version {said[0]} was audited; the vendor now offers {said[1]}.", "")
    for paper in audit.expiries:
        if is_day(paper.expires):
            yield Due(record.id, "document", f"{_named(paper.name)} ({paper.what}) runs out on {paper.expires}.", paper.expires)
    yield from _of_catalogue(record, audit)
    yield from _of_conditions(record, audit)


def _named(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}"


def _of_catalogue(record: ToolRecord, audit: AuditSummary) -> Iterator[Due]:
    if audit.newer:
        names = sorted(audit.newer)
        many = len(names)
        named = f"{', '.join(names[:_MOST_NAMED])}{f' and {many - _MOST_NAMED} more' if many > _MOST_NAMED else ''}"
        edition = max(audit.newer.values())
        yield Due(
            record.id, "catalogue", f"{many} {'question that applies was' if many == 1 else 'questions that apply were'} added or changed since the audit, "
            f"up to edition {edition}: {named}.", edition if is_day(edition) else "",
        )


def _of_conditions(record: ToolRecord, audit: AuditSummary) -> Iterator[Due]:
    """Yield the days by which something had to be done: the list does not know whether it was."""
    days: dict[str, list[str]] = {}
    for condition in audit.conditions:
        if is_day(condition.due):
            days.setdefault(condition.due, []).append(condition.text)
    for day, texts in days.items():
        more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
        yield Due(record.id, "condition", f"A condition of the audit has to be met by {day}: {one_line(texts[0], 2 * _SHORT).rstrip('.')}{more}.", day)


def drift_due(listing: Listing, changes: Iterable[AuditChange]) -> tuple[Due, ...]:
    """Return what two audits of one tool show to have changed in what was measured. changes: of audits that are on file, others are passed over."""
    from audit.pipeline.changed import drift_of

    digests, found = {audit.digest for audit in listing.audits}, []
    for change in changes:
        shown = drift_of(change) if {change.old.digest, change.new.digest} <= digests else []
        if shown:
            more = f" (and {len(shown) - 1} more)" if len(shown) > 1 else ""
            found.append(Due(
                listing.record.id, "drift", f"Between the audits of {change.old.as_of} and {change.new.as_of} what was measured changed: "
                f"{one_line(shown[0], 3 * _SHORT).rstrip('.')}{more}.", change.new.as_of if is_day(change.new.as_of) else "",
            ))
    return tuple(sorted(found, key=_order))
