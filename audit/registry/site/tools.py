"""What a tool's page is made of, beside the listing itself: who is shown, what has passed, where audits of different assessors agree."""

from collections.abc import Sequence

from msgspec import Struct

from audit.records.listings import Agreement, AuditSummary, Expiry, Listing, StatusEntry, VendorReply
from audit.records.results import Outcome
from audit.registry.site.feed import decisions
from audit.registry.site.names import ENGLISH, SIGNS, date_words, listed, named
from audit.registry.site.rows import current_audits, decided, shown_audit
from audit.report.documents.parts import status_name
from audit.report.documents.sentences import plain_verdict
from audit.wording import one_line, safe

_OPPOSITE = {"gap_found", "within_margin"}


class Beside(Struct, frozen=True):
    """One attribute in several audits: how it came out in each, in their order (None: not looked at); apart: one says yes and one says no."""

    attribute: str
    outcomes: tuple[Outcome | None, ...]
    apart: bool


class Signature(Struct, frozen=True):
    """A signature in words. standing: of its key."""

    standing: str
    words: str


class View(Struct, frozen=True):
    """A listing as its page shows it, as of a day. passed: the days named on the page that lie before it: a page changes only when one more does.

    entry: the decision in force; offered: another version than was audited, empty where there is none; decided: whether the status is a decision on use.
    """

    audit: AuditSummary | None
    current: tuple[AuditSummary, ...]
    older: tuple[AuditSummary, ...]
    entry: StatusEntry | None
    history: tuple[StatusEntry, ...]
    beside: tuple[Beside, ...]
    disagree: tuple[str, ...]
    passed: frozenset[str]
    offered: str
    decided: bool


def view_of(listing: Listing, as_of: str) -> View:
    """Return what the page of a listing shows as of a day."""
    audit, current = shown_audit(listing, as_of), current_audits(listing, as_of)
    others = [one for one in current if one.role != "vendor"]
    beside = _beside(current)
    offered = listing.record.current_version
    return View(
        audit=audit, current=current, older=tuple(one for one in listing.audits if one not in current), entry=decided(listing, as_of),
        history=tuple(reversed(decisions(listing, as_of))), beside=beside, disagree=_disagree(others, current, beside),
        passed=frozenset(day for day in _days(listing) if day and day < as_of), offered=offered if audit and offered and offered != audit.version else "",
        decided=listing.status in SIGNS,
    )


def _days(listing: Listing) -> list[str]:
    found: list[Agreement | Expiry] = [*listing.record.agreements, *(e for audit in listing.audits for e in audit.expiries)]
    return [*(one.expires for one in found), *(entry.on for entry in listing.record.history), *(audit.review_by for audit in listing.audits),
            *(c.due for audit in listing.audits for c in audit.conditions)]


def _beside(audits: Sequence[AuditSummary]) -> tuple[Beside, ...]:
    names = dict.fromkeys(name for audit in audits for name in audit.attributes)
    rows = ((name, tuple(audit.attributes.get(name) for audit in audits)) for name in names)
    return tuple(Beside(name, outcomes, set(outcomes) >= _OPPOSITE) for name, outcomes in rows)


def _disagree(others: Sequence[AuditSummary], every: Sequence[AuditSummary], beside: Sequence[Beside]) -> tuple[str, ...]:
    """Return in sentences where audits contradict each other; a vendor's own test is named apart."""
    found = []
    if len({one.decision for one in others}) > 1:
        found.append("What the audits support is not the same: " + "; ".join(f"{named(one.organisation)}: {status_name(one.decision, ENGLISH).lower()}" for one in others) + ".")
    own = next((one for one in every if one.role == "vendor"), None)
    if own and others and own.decision not in {one.decision for one in others}:
        found.append(f"The vendor's own test came to “{status_name(own.decision, ENGLISH).lower()}”. Others came to another result.")
    apart = [named(row.attribute, 80) for row in beside if row.apart]
    if apart:
        found.append(f"On {listed(apart)}, one audit measured more than allowed and another did not.")
    return tuple(found)


VERDICTS = {outcome: plain_verdict(outcome, ENGLISH) for outcome in ("gap_found", "within_margin", "inconclusive", "not_assessed")}
"""How a comparison came out → in words."""


def verdict(outcome: Outcome | None) -> str:
    """Return how an attribute came out, in words."""
    return VERDICTS[outcome] if outcome else "Not looked at"


def signatures(audit: AuditSummary) -> tuple[Signature, ...]:
    """Return who signed an audit and what that is worth, in words."""
    return tuple(Signature(s.standing, _signed(s.standing, named(s.name, 80), s.because)) for s in audit.signers)


def _signed(standing: str, name: str, because: str) -> str:
    told = {
        "trusted": f"Signed by {name}. The publisher of this list trusts the key.",
        "unknown": f"Signed with a key that calls itself {name}. The publisher of this list does not know the key, so the name is not proven.",
        "expired": f"Signed with the key of {name} after that key had run out. The signature does not count.",
        "revoked": f"Signed with the key of {name}. That key has been revoked, so the signature does not count.",
        "not_yet": f"Signed with the key of {name} before that key was valid. The signature does not count.",
        "wrong": f"The signature that is said to be by {name} does not fit the audit. It does not count.",
    }.get(standing, f"Signed by {name}.")
    return f"{told} ({one_line(because)})" if because and standing != "trusted" else told


def replied_to(reply: VendorReply, audits: Sequence[AuditSummary]) -> str:
    """Return in words which audit a reply is about."""
    audit = next((one for one in audits if one.digest == reply.to), None)
    return f"on the audit of {date_words(audit.as_of)} by {named(audit.organisation)}" if audit else "on an audit that is not on this page any more"


def in_full(text: str) -> str:
    """Return a vendor's words unchanged, but for control characters and the marks of line ends."""
    return safe(text.replace("\r\n", "\n").replace("\r", "\n"))


def coverage_words(coverage: float) -> str:
    """Return how many of an indicator's questions have an answer, by weight."""
    if coverage >= 1:
        return "Every question has an answer"
    return f"{int(100 * coverage) or 1}% of its questions, by weight, have an answer" if coverage > 0 else "No question has an answer yet"
