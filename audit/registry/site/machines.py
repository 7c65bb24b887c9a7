"""tools.json and tools.csv: the list for programs and for spreadsheets. Written line by line, so that a list of any size fits; keys sorted, ids for ever."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import log
from typing import Any

import msgspec

from audit.records.listings import AuditSummary, GapRow, Listing, Publisher
from audit.records.published import (
    Assessor,
    Calls,
    Interop,
    MeasuredAttribute,
    Provenance,
    PublishedAudit,
    PublishedCondition,
    PublishedDecision,
    PublishedList,
    PublishedScope,
    PublishedTool,
    WidestGap,
)
from audit.records.results import Outcome
from audit.registry.site.addresses import Addresses, mailbox, web_address
from audit.registry.site.feed import decisions
from audit.registry.site.names import place
from audit.registry.site.rows import decided, shown_audit
from audit.registry.statuses import read_statuses
from audit.sheets import cell
from audit.wording import safe

SCHEMA = "edtech-equity-audit/tools/1"
COLUMNS = (
    "id", "name", "vendor", "url", "version", "current_version", "status", "status_in_words", "status_date", "allows_use", "valid_until", "review_by", "decided_by",
    "because", "conditions", "use_cases", "audiences", "grade_bands", "data_tier", "languages",
    *(f"{name}_{part}" for name in ("safe", "evidence_based", "inclusive", "usable", "interoperable") for part in ("score", "coverage")),
    "differences_beyond_margin", "differences_within_margin", "differences_open", "attributes_beyond_margin", "agreements", "agreements_open_to_others", "standards",
    "funding_tags", "audits", "audited_by", "audited_on", "audit", "signed_by", "due", "page",
)


def head_of(publisher: Publisher, as_of: str) -> PublishedList:
    """Return what stands at the head of tools.json, without its tools."""
    return PublishedList(
        schema=SCHEMA, generated_at=as_of, title=publisher.title, publisher=publisher.organisation, site=Addresses(publisher).base, license=publisher.licence,
        contact=publisher.contact, appeal_url=web_address(publisher.appeals) or mailbox(publisher.appeals), language=publisher.language, statuses={one.id: one.title for one in read_statuses().status}, tools=(),
    )


def json_head(publisher: Publisher, as_of: str) -> bytes:
    """Return tools.json up to its first tool: `tools` is its last key, so that tools can follow line by line."""
    head = _plain(head_of(publisher, as_of))
    del head["tools"]
    return msgspec.json.encode(head, order="sorted")[:-1] + b',"tools":[\n'


def json_tool(tool: PublishedTool) -> bytes:
    """Return one tool on one line, its keys sorted: what changed in a list is the lines that changed."""
    return msgspec.json.encode(_plain(tool), order="sorted")


JSON_END = b"\n]}\n"


def csv_line(cells: Sequence[object]) -> bytes:
    """Return one row of tools.csv: every cell quoted, none a formula."""
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerow([cell(value) for value in cells])
    return file.getvalue().encode("utf-8", "replace")


CSV_HEAD = b"\xef\xbb\xbf" + csv_line(COLUMNS)


def published(listing: Listing, publisher: Publisher, as_of: str, passed_on: Callable[[AuditSummary], str]) -> PublishedTool:
    """Return a listing as programs read it. passed_on: where in the site the bundle of an audit lies, empty where it is not passed on."""
    record, shown, to = listing.record, shown_audit(listing, as_of), Addresses(publisher)
    folder, scope = place(record.id), shown.scope if shown else None
    return PublishedTool(
        id=record.id, urn=to.tag(f"tools/{folder}"), name=record.name, vendor=record.vendor, url=web_address(record.url), version=shown.version if shown else "",
        current_version=record.current_version, page=to.of(f"tools/{folder}/index.html"), badge=to.of(f"badges/{folder}.svg"),
        scope=PublishedScope(
            use_cases=record.use_cases or (scope.use_cases if scope else ()), audiences=record.audience or (scope.audience if scope else ()),
            grade_bands=record.grades or (scope.grades if scope else ()), data_tier=record.student_data or (shown.student_data if shown else ""),
            languages=record.languages or (scope.languages if scope else ()),
        ),
        decision=_decision(listing, shown, as_of), history=tuple(decisions(listing, as_of)), indicators=shown.indicators if shown else {},
        measured=measured_by_attribute(shown.measured) if shown else (),
        agreements=tuple(msgspec.structs.replace(a, url=web_address(a.url)) for a in record.agreements), interop=_interop(listing, shown),
        funding_tags=record.funding, provenance=_provenance(listing, shown, to, passed_on), replies=listing.replies, corrections=record.corrections,
        due=tuple(Calls(d.kind, d.because, d.on) for d in listing.due),
    )


def _decision(listing: Listing, shown: AuditSummary | None, as_of: str) -> PublishedDecision:
    """The last entry that is in force. Conditions of use are the list's own; where it allows use and names none, those of the audit."""
    last = decided(listing, as_of)
    meaning = read_statuses().meaning(listing.status)
    own = tuple(PublishedCondition(text) for text in last.conditions) if last else ()
    found = tuple(PublishedCondition(c.text, c.owner, c.due) for c in shown.conditions) if shown and meaning.allows_use else ()
    return PublishedDecision(
        status=listing.status, status_date=listing.status_since, allows_use=meaning.allows_use, valid_until=last.until if last else "",
        review_by=shown.review_by if shown else "", by=last.by if last else "", because=last.because if last else "", conditions=own or found,
    )


def _interop(listing: Listing, shown: AuditSummary | None) -> tuple[Interop, ...]:
    checked = set(shown.standards) if shown else set()
    return tuple(Interop(name, name in checked) for name in dict.fromkeys((*listing.record.standards, *sorted(checked))))


def _provenance(listing: Listing, shown: AuditSummary | None, to: Addresses, passed_on: Callable[[AuditSummary], str]) -> Provenance:
    return Provenance(shown.digest if shown else "", tuple(
        PublishedAudit(
            digest=a.digest, bundle=to.of(path) if (path := passed_on(a)) else "", tool_version=a.version, assessor=Assessor(a.organisation, a.role), as_of=a.as_of,
            decision=a.decision, review_by=a.review_by, signed_by=a.signers, verified_on=a.verified, checklists=a.editions, fixtures=a.fixtures, models=a.models,
            adopted_from=a.adopted_from,
        ) for a in listing.audits
    ))


def measured_by_attribute(rows: Iterable[GapRow]) -> tuple[MeasuredAttribute, ...]:
    """Return what was measured, counted for each attribute of each set. Controls, which should not differ, are not counted; hidden rows only as hidden."""
    found: dict[tuple[str, str], list[GapRow]] = {}
    for row in rows:
        found.setdefault((row.set, row.attribute), []).append(row)
    return tuple(_attribute(*key, own) for key, own in sorted(found.items()))


def _attribute(set: str, attribute: str, rows: Sequence[GapRow]) -> MeasuredAttribute:
    own = [row for row in rows if not row.negative_control]
    shown = [row for row in own if not row.hidden]
    counts = Counter(row.outcome for row in shown)
    widest = max((row for row in shown if _beside_margin(row) is not None), key=lambda row: _beside_margin(row) or 0.0, default=None)
    return MeasuredAttribute(
        set=set, attribute=attribute, outcome=_together([row for row in rows if not row.hidden]), gap_found=counts["gap_found"],
        within_margin=counts["within_margin"], inconclusive=counts["inconclusive"], not_assessed=counts["not_assessed"], hidden=len(own) - len(shown),
        widest=_widest(widest) if widest else None,
    )


def _together(rows: Sequence[GapRow]) -> Outcome:
    """The outcome of all comparisons together, as a scorecard says it: a difference that only a control shows leaves the question open."""
    outcomes = {row.outcome for row in rows}
    if any(row.outcome == "gap_found" and not row.negative_control for row in rows):
        return "gap_found"
    if len(outcomes) == 1 and outcomes <= {"within_margin", "not_assessed"}:
        return outcomes.pop()
    return "inconclusive" if outcomes else "not_assessed"


def _beside_margin(row: GapRow) -> float | None:
    """Return how many margins wide a difference is: of ratios, on the log scale; None where it cannot be said."""
    if row.estimate is None or not row.margin or row.margin <= 0:
        return None
    if row.unit != "ratio":
        return abs(row.estimate) / row.margin
    return abs(log(row.estimate)) / abs(log(row.margin)) if row.estimate > 0 and row.margin != 1 else None


def _widest(row: GapRow) -> WidestGap:
    return WidestGap(row.group, row.reference, row.measure, row.statistic, row.unit, row.estimate or 0.0, row.low, row.high, row.margin or 0.0, row.outcome)


def csv_cells(tool: PublishedTool, as_of: str) -> list[object]:
    """Return a tool's row of tools.csv, in the order of COLUMNS. Several values in one cell are parted by "; "."""
    d, s, p = tool.decision, tool.scope, tool.provenance
    shown = next((a for a in p.audits if a.digest == p.audit), None)
    values: dict[str, object] = {
        "status": d.status, "status_in_words": read_statuses().meaning(d.status).title, "status_date": d.status_date, "allows_use": _yes(d.allows_use),
        "valid_until": d.valid_until, "review_by": d.review_by, "decided_by": d.by, "because": d.because, "conditions": _listed(c.text for c in d.conditions),
        "use_cases": _listed(s.use_cases), "audiences": _listed(s.audiences), "grade_bands": _listed(s.grade_bands), "data_tier": s.data_tier,
        "languages": _listed(s.languages), "differences_beyond_margin": sum(m.gap_found for m in tool.measured),
        "differences_within_margin": sum(m.within_margin for m in tool.measured), "differences_open": sum(m.inconclusive + m.not_assessed + m.hidden for m in tool.measured),
        "attributes_beyond_margin": _listed(dict.fromkeys(m.attribute for m in tool.measured if m.gap_found)), "agreements": _agreements(tool, as_of, open_only=False),
        "agreements_open_to_others": _agreements(tool, as_of, open_only=True), "standards": _listed(i.standard for i in tool.interop), "funding_tags": _listed(tool.funding_tags),
        "audits": len(p.audits), "audited_by": f"{shown.assessor.organisation} ({shown.assessor.role})" if shown else "", "audited_on": shown.as_of if shown else "",
        "audit": p.audit, "signed_by": _listed(f"{one.name} ({one.standing})" for one in shown.signed_by) if shown else "", "due": _listed(c.because for c in tool.due),
    }
    values |= {name: getattr(tool, name) for name in ("id", "name", "vendor", "url", "version", "current_version", "page")}
    for name, indicator in tool.indicators.items():
        key = name.replace("-", "_")
        values |= {f"{key}_score": indicator.score, f"{key}_coverage": indicator.coverage}
    return [safe(value) if isinstance(value := values.get(column), str) else value for column in COLUMNS]


def _agreements(tool: PublishedTool, as_of: str, *, open_only: bool) -> str:
    """Agreements that hold on the day: family, state or district, and when they run out."""
    own = [a for a in tool.agreements if (not a.expires or a.expires >= as_of) and (a.open_to_others or not open_only)]
    return _listed(" ".join(part for part in (a.family, a.version, a.state or a.district, f"until {a.expires}" if a.expires else "") if part) for a in own)


def _listed(values: Iterable[str]) -> str:
    return "; ".join(values)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _plain(value: Any) -> Any:
    """Return a value as plain JSON, its texts without characters that deceive a reader or a terminal."""
    return _safe(msgspec.to_builtins(value))


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, Mapping):
        return {safe(str(key)): _safe(one) for key, one in value.items()}
    return [_safe(one) for one in value] if isinstance(value, list | tuple) else value
