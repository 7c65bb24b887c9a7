"""The vetted list: what a state says of a tool, what each audit of it found, and what a page of the list is made of."""

from typing import Literal

from msgspec import Struct

from audit.records.findings import Condition, DecisionStatus, Scope
from audit.records.results import Outcome

Status = Literal[
    "requested", "screening", "awaiting_vendor", "under_review", "pilot", "approved", "approved_with_conditions", "teacher_use_only",
    "denied", "suspended", "expired", "withdrawn",
]
"""What a list says of a tool. Which may follow which is policy: checklists/statuses.toml."""


class StatusEntry(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One decision of the list about a tool: since when, by whom and why; until when it holds; audit: the digest of the bundle it rests on."""

    status: Status
    on: str
    by: str
    because: str
    until: str = ""
    audit: str = ""
    conditions: tuple[str, ...] = ()


class Agreement(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A student data privacy agreement on file. family: NDPA, a state's own, the vendor's. open_to_others: a general offer that other districts may join."""

    family: str
    state: str = ""
    district: str = ""
    version: str = ""
    signed: str = ""
    expires: str = ""
    open_to_others: bool = False
    url: str = ""


class Correction(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was wrong on the list and is mended: the list keeps it for all to see."""

    on: str
    by: str
    what: str
    because: str


class VendorReply(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A vendor's word on one audit (`to`: the bundle's digest), shown in full and unchanged. signed_by: whose trusted key signed it, empty where nobody's did."""

    to: str
    by: str
    on: str
    text: str
    lang: str = "en"
    signed_by: str = ""


class ToolRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`tool.toml`: what the list knows of a tool beside its audits. What is empty is taken from the newest audit.

    current_version: the one that the vendor offers now; another one than was audited calls for a new audit. funding: tags, no legal findings.
    """

    id: str
    name: str
    vendor: str
    url: str = ""
    current_version: str = ""
    use_cases: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    student_data: str = ""
    standards: tuple[str, ...] = ()
    funding: tuple[str, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    history: tuple[StatusEntry, ...] = ()
    corrections: tuple[Correction, ...] = ()


class Signer(Struct, frozen=True):
    """Who signed a bundle. standing: what the list of trusted keys says of the key; because: in words."""

    key: str
    name: str
    standing: Literal["trusted", "unknown", "expired", "revoked", "not_yet", "wrong"]
    because: str = ""


class IndicatorSummary(Struct, frozen=True):
    """One of the five indicators. score: None below the coverage that the policy asks for."""

    title: str
    score: float | None
    coverage: float


class GapRow(Struct, frozen=True):
    """One measured difference that may be shown to everybody; set, attribute, group and reference in words. hidden: too few to show, the numbers are None.

    measure, statistic: as in results.json; what: what was counted, in words.
    """

    set: str
    attribute: str
    group: str
    reference: str
    measure: str
    statistic: str
    unit: str
    estimate: float | None
    low: float | None
    high: float | None
    low90: float | None
    high90: float | None
    margin: float | None
    outcome: Outcome
    negative_control: bool = False
    hidden: bool = False
    what: str = ""


class Expiry(Struct, frozen=True):
    """A document that an audit rests on and the day it runs out. what: "agreement", "certificate" or the kind of evidence; name: as the public may read it."""

    what: str
    name: str
    expires: str


class AuditSummary(Struct, frozen=True):
    """One audit as the list holds it: read from a bundle or a run folder. digest: the bundle's identity; of a run folder, that of its manifest.

    file: its path in the registry's folder. verified: the day on which the publisher recomputed every number, empty where that was not done.
    standards: those of which a file was checked by machine without an error. editions, fixtures: checklist, set → edition. gates: passed, not passed, open.
    measured: the deciding comparisons with each attribute's reference. attributes: attribute, in words → what all of its comparisons together came to.
    adopted_from: the digest of the audit that this one was taken over from. review_because: why it is to be looked at again by then.
    newer: criterion → the edition of our own questions in which it was added or changed after this audit asked them, of those that apply.
    """

    digest: str
    file: str
    kind: Literal["bundle", "run"]
    name: str
    vendor: str
    version: str
    organisation: str
    role: str
    as_of: str
    decision: DecisionStatus
    because: tuple[str, ...]
    conditions: tuple[Condition, ...]
    scope: Scope | None
    student_data: str
    indicators: dict[str, IndicatorSummary]
    gates: tuple[int, int, int]
    review_by: str
    measured: tuple[GapRow, ...]
    attributes: dict[str, Outcome]
    editions: dict[str, str]
    fixtures: dict[str, str]
    standards: tuple[str, ...]
    expiries: tuple[Expiry, ...]
    models: tuple[str, ...]
    signers: tuple[Signer, ...] = ()
    adopted_from: str = ""
    verified: str = ""
    review_because: tuple[str, ...] = ()
    newer: dict[str, str] = {}


class Due(Struct, frozen=True):
    """Why a tool needs a new audit. kind: what calls for it; on: since when, or from when; empty where it is due and nobody knows since when."""

    tool: str
    kind: Literal["date", "version", "document", "catalogue", "drift", "condition", "unaudited"]
    because: str
    on: str


class Listing(Struct, frozen=True):
    """One tool on the list as of a day. status: the last one in force (an approval whose `until` has passed is "expired"); audits: newest first.

    audit: the one that the page shows in full: the newest of the newest version that the status does not exclude.
    """

    record: ToolRecord
    status: Status
    status_since: str
    audits: tuple[AuditSummary, ...]
    replies: tuple[VendorReply, ...]
    due: tuple[Due, ...]
    merged: str = ""


class VettedList(Struct, frozen=True):
    """A whole list as of a day, its tools in the order of their ids. problems: files that could not be listed, and histories that the policy does not know, a line each that names the file."""

    publisher: "Publisher"
    as_of: str
    listings: tuple[Listing, ...]
    problems: tuple[str, ...]


class Publisher(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`registry.toml`: who publishes the list, and on what terms. url: where the site will lie, ending in /; appeals: where a vendor objects."""

    organisation: str
    title: str
    url: str
    contact: str
    appeals: str
    licence: str = "CC-BY-4.0"
    language: str = "en"
    pass_on_bundles: bool = True
    small: int = 10
