"""Invented listings for tests of the vetted list's site: `a_listing(...)`, and `some_listings(n, seed)` with everything varied."""

import hashlib
import random
from collections.abc import Sequence
from typing import get_args

from msgspec.structs import replace

from audit.records.findings import Condition, Scope
from audit.records.listings import (
    Agreement,
    AuditSummary,
    Correction,
    Due,
    Expiry,
    GapRow,
    IndicatorSummary,
    Listing,
    Publisher,
    Signer,
    Status,
    StatusEntry,
    ToolRecord,
    VendorReply,
)

AS_OF = "2026-11-21"
STATUSES: tuple[str, ...] = get_args(Status)
HOSTILE: tuple[str, ...] = (
    '</title><script>document.title="owned"</script><img src=x onerror=alert(1)>{{ 7*7 }}',
    '" onmouseover="alert(1)" x="', "../../x", "javascript:alert(1)", "\u202eevil\u0007 name", "=cmd|' /C calc'!A0",
    "A" * 5000, "\U0001f9d1\u200d\U0001f3eb Tutor", " ", "مدرّس", "Line\nbreak\tand tab", "%2e%2e%2f?x=1#y&amp;<b>",
)
"""Names that a stranger might give a tool; the first is shown by every test of escaping."""
PUBLISHER = Publisher(
    organisation="Invented State Education Department", title="Vetted learning tools (invented)", url="https://tools.example.org/list/",
    contact="mailto:tools@example.org", appeals="https://tools.example.org/objections",
)
USES = ("writing-feedback", "student-safety-filter", "ai-writing-detection", "tutoring", "essay-scoring", "family-communication")
INDICATORS = {"safe": "Safe", "evidence-based": "Evidence-based", "inclusive": "Inclusive", "usable": "Usable", "interoperable": "Interoperable"}
_ADJECTIVES = ("Bright", "Calm", "Clear", "Green", "Kind", "Little", "Open", "Quiet", "Swift", "True", "Élan", "Ñandú")
_NOUNS = ("Bridge", "Compass", "Harbor", "Lantern", "Meadow", "Orchard", "Pencil", "Quill", "River", "Slate", "Tutor", "Window")
_VENDORS = ("Acorn Learning Co", "Birchwood Software", "Cedar & Sons", "Dovetail EdTech", "Elm Street Labs")


def digest_of(text: str) -> str:
    """Return the digest of an invented bundle."""
    return hashlib.sha256(text.encode()).hexdigest()


def a_gap(**changes: object) -> GapRow:
    """Return a measured difference beyond the margin, with whatever is named changed; hidden=True takes its numbers away."""
    row = GapRow(
        set="Feedback on student writing", attribute="Dialect of English", group="African American English", reference="Mainstream English",
        measure="score", statistic="mean_difference", what="mean score", unit="points", estimate=-0.42, low=-0.61, high=-0.23, low90=-0.58, high90=-0.26,
        margin=0.1, outcome="gap_found",
    )
    row = replace(row, **changes)
    return replace(row, estimate=None, low=None, high=None, low90=None, high90=None, outcome="not_assessed") if row.hidden else row


def an_audit(name: str = "Bright Tutor", **changes: object) -> AuditSummary:
    """Return one audit of an invented tool: a district's, with three measured differences, a condition and a document that runs out."""
    audit = AuditSummary(
        digest=digest_of(f"{name}-{changes.get('version', '2.1')}-{changes.get('as_of', '2026-09-30')}-{changes.get('organisation', '')}"),
        file=f"tools/x/{len(name)}.audit.zip", kind="bundle", name=name, vendor="Acorn Learning Co", version="2.1",
        organisation="Lakeside Unified School District (invented)", role="district", as_of="2026-09-30", decision="approve_with_conditions",
        because=("Feedback on the same essay is lower in African American English than in Mainstream English.",),
        conditions=(
            Condition(text="A teacher reads every comment before a student does.", kind="human_review", owner="curriculum office", due="2027-01-15",
                      criterion="inclusive-same-work"),
            Condition(text="The vendor names the model behind the service.", kind="repair", owner="vendor", due="2027-03-01", criterion="safe-model-named"),
        ),
        scope=Scope(version="2.1", use_cases=("writing-feedback",), audience=("teachers", "students"), grades=("6-8",), student_data="record",
                    languages=("en", "es"), models=("acorn-writer-3",)),
        student_data="record",
        indicators={
            "safe": IndicatorSummary("Safe", 82.0, 0.95), "evidence-based": IndicatorSummary("Evidence-based", None, 0.4),
            "inclusive": IndicatorSummary("Inclusive", 61.5, 0.9), "usable": IndicatorSummary("Usable", 88.0, 1.0),
            "interoperable": IndicatorSummary("Interoperable", 47.0, 0.85),
        },
        gates=(14, 0, 2), review_by="2027-09-30",
        measured=(
            a_gap(),
            a_gap(group="Spanish-influenced English", estimate=-0.04, low=-0.2, high=0.12, low90=-0.17, high90=0.09, outcome="inconclusive"),
            a_gap(attribute="Grade level", group="Grade 8", reference="Grade 6", hidden=True),
            a_gap(set="Messages to a safety filter", attribute="Disability mentioned", group="Wheelchair", reference="Not mentioned", measure="decision",
                  statistic="selection_rate_difference", what="rate of being flagged", unit="share", estimate=0.012, low=-0.01, high=0.034, low90=-0.006, high90=0.03, margin=0.05,
                  outcome="within_margin"),
        ),
        attributes={"Dialect of English": "gap_found", "Grade level": "not_assessed", "Disability mentioned": "within_margin"},
        editions={"safe": "2026-11", "inclusive": "2026-11"}, fixtures={"feedback-tone": "2026-10"}, standards=("OneRoster 1.2", "LTI 1.3"),
        expiries=(Expiry("agreement", "Student data privacy agreement", "2028-06-30"), Expiry("certificate", "SOC 2 report", "2027-02-01")),
        models=("acorn-writer-3",), signers=(Signer(digest_of("key"), "Lakeside Unified (invented)", "trusted"),), verified=AS_OF,
    )
    return replace(audit, **changes)


def a_record(**changes: object) -> ToolRecord:
    """Return what the list knows of the invented tool `bright-tutor`."""
    record = ToolRecord(
        id="bright-tutor", name="Bright Tutor", vendor="Acorn Learning Co", url="https://acorn.example.com/tutor", current_version="2.1",
        use_cases=("writing-feedback",), audience=("teachers", "students"), grades=("6-8",), languages=("en", "es"), student_data="record",
        standards=("OneRoster 1.2", "LTI 1.3"), funding=("title-ii-a",),
        agreements=(Agreement(family="NDPA", state="NY", district="Lakeside Unified", version="2.0", signed="2025-07-01", expires="2028-06-30",
                              open_to_others=True, url="https://acorn.example.com/ndpa"),),
        history=(
            StatusEntry("requested", "2026-08-01", "A. Clerk (invented)", "A middle school asked for it."),
            StatusEntry("under_review", "2026-08-20", "B. Reviewer (invented)", "Every document has arrived."),
            StatusEntry("approved_with_conditions", "2026-10-05", "C. Officer (invented)", "The audit supports use with a teacher in between.",
                        until="2027-10-05", conditions=("Teachers read every comment first.",)),
        ),
    )
    return replace(record, **changes)


def a_listing(*, record: ToolRecord | None = None, audits: Sequence[AuditSummary] | None = None, **changes: object) -> Listing:
    """Return a listing with one audit and one reply. `status`, `replies`, `due` … as keywords; a ToolRecord's own fields too (`name`, `id`, `vendor` …)."""
    own = {field: changes.pop(field) for field in list(changes) if field in ToolRecord.__struct_fields__}
    known = record or a_record(**own)
    found = tuple(audits) if audits is not None else (an_audit(known.name, vendor=known.vendor),)
    reply = tuple(
        VendorReply(one.digest, "Acorn Learning Co", "2026-10-20", "We thank the district.\n\nVersion 2.2 mends the lower scores:\n  the rubric is now applied first.")
        for one in found[:1]
    )
    listing = Listing(
        record=known, status="approved_with_conditions", status_since="2026-10-05", audits=found, replies=reply,
        due=(Due(known.id, "document", "The SOC 2 report runs out.", "2027-02-01"),) if found else (),
    )
    return replace(listing, **changes)


def several_assessors() -> Listing:
    """Return a tool that a district, an independent auditor and its vendor audited, and that do not agree."""
    second = an_audit(organisation="Hillcrest Assessors (invented)", role="independent", as_of="2026-10-12", decision="do_not_approve",
                      attributes={"Dialect of English": "gap_found", "Disability mentioned": "inconclusive"}, verified="")
    own = an_audit(organisation="Acorn Learning Co", role="vendor", as_of="2026-07-01", decision="approve", signers=(Signer(digest_of("v"), "Acorn", "unknown", "not in the list"),),
                   attributes={"Dialect of English": "within_margin"}, measured=(a_gap(estimate=0.01, low=-0.05, high=0.07, outcome="within_margin"),))
    return a_listing(audits=(second, an_audit(), own), id="three-assessors", name="Three Assessors", merged="merged.json")


def some_listings(n: int, seed: int = 1, *, hostile: bool = False) -> list[Listing]:
    """Return n invented listings with ids tool-00000 …, the same for the same seed. hostile: the first twelve have hostile names, vendors and texts."""
    draw = random.Random(seed)
    return [_one(i, draw, HOSTILE[i] if hostile and i < len(HOSTILE) else "") for i in range(n)]


def _one(i: int, draw: random.Random, hostile: str) -> Listing:
    name = hostile or f"{draw.choice(_ADJECTIVES)} {draw.choice(_NOUNS)} {i}"
    vendor, use, status = hostile or draw.choice(_VENDORS), draw.choice(USES), STATUSES[i % len(STATUSES)]
    on = f"202{draw.randint(4, 6)}-{draw.randint(1, 9):02}-{draw.randint(1, 28):02}"
    record = a_record(
        id=f"tool-{i:05}", name=name, vendor=vendor, use_cases=(use,), audience=tuple(draw.sample(("teachers", "students", "families", "staff"), draw.randint(1, 2))),
        grades=(draw.choice(("K-2", "3-5", "6-8", "9-12")),), languages=tuple(draw.sample(("en", "es", "zh", "ar"), draw.randint(1, 2))),
        student_data=draw.choice(("none", "directory", "record", "sensitive")), standards=tuple(draw.sample(("OneRoster 1.2", "LTI 1.3", "QTI 3.0"), draw.randint(0, 2))),
        funding=tuple(draw.sample(("title-i", "title-ii-a", "idea"), draw.randint(0, 1))), agreements=a_record().agreements if draw.random() < 0.5 else (),
        url="javascript:alert(1)" if hostile else "https://acorn.example.com/tutor",
        history=(StatusEntry("requested", "2023-12-01", "A. Clerk (invented)", hostile or "Asked for."),
                 *(() if status == "requested" else (StatusEntry(status, on, hostile or "C. Officer (invented)", hostile or "As the audit says."),))),
        corrections=(Correction("2026-02-02", hostile or "D. Editor (invented)", hostile or "The grades were wrong.", hostile or "A typing mistake."),) if draw.random() < 0.2 else (),
    )
    audits = tuple(
        an_audit(name, vendor=vendor, version=hostile or f"{draw.randint(1, 4)}.{draw.randint(0, 9)}", as_of=on if k == 0 else "2023-11-30",
                 organisation=hostile or f"District {draw.randint(1, 60)} (invented)", role=draw.choice(("district", "state", "vendor", "independent")),
                 digest=digest_of(f"{seed_of(name)}-{i}-{k}"), verified=draw.choice(("", AS_OF)),
                 decision=draw.choice(("approve", "approve_with_conditions", "pilot", "do_not_approve", "insufficient_evidence")),
                 indicators={key: IndicatorSummary(title, draw.choice((None, round(draw.uniform(20, 100), 1))), round(draw.random(), 2)) for key, title in INDICATORS.items()})
        for k in range(draw.randint(0, 3))
    )
    since = on if status != "requested" else "2023-12-01"
    made = a_listing(record=record, audits=audits, status=status, status_since=since)
    return replace(made, replies=tuple(replace(r, text=hostile, by=hostile) for r in made.replies)) if hostile else made


def seed_of(name: str) -> str:
    """Return a short stand-in for a name of any length."""
    return digest_of(name)[:8]
