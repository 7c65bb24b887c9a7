"""`tools.json`: the vetted list for programs. A tool is known by `id` and `urn` for ever; names of fields as states ask for them (docs/publish.md)."""

from msgspec import Struct

from audit.records.findings import DecisionStatus
from audit.records.listings import Agreement, Correction, IndicatorSummary, Signer, Status, StatusEntry, VendorReply
from audit.records.results import Outcome


class PublishedScope(Struct, frozen=True):
    """What the listing is about, and nothing else. data_tier: none, directory, record or sensitive; empty where it is not said."""

    use_cases: tuple[str, ...]
    audiences: tuple[str, ...]
    grade_bands: tuple[str, ...]
    data_tier: str
    languages: tuple[str, ...]


class PublishedCondition(Struct, frozen=True):
    """What has to be done if the tool is used. owner, due: empty where the list does not say."""

    text: str
    owner: str = ""
    due: str = ""


class PublishedDecision(Struct, frozen=True):
    """The list's own word on the tool, as of the day of the file. allows_use: whether schools may use it, within the scope and the conditions.

    status_date: since when; valid_until, review_by: empty where no day is set; by, because: who decided, and why.
    """

    status: Status
    status_date: str
    allows_use: bool
    valid_until: str
    review_by: str
    by: str
    because: str
    conditions: tuple[PublishedCondition, ...]


class WidestGap(Struct, frozen=True):
    """The difference that is largest beside its margin. Group less reference, or group over reference where the unit is a ratio."""

    group: str
    reference: str
    measure: str
    statistic: str
    unit: str
    estimate: float
    low: float | None
    high: float | None
    margin: float
    outcome: Outcome


class MeasuredAttribute(Struct, frozen=True):
    """What was measured for one attribute of one fixture set, counted by outcome; hidden: too few to show. widest: None where no difference may be shown."""

    set: str
    attribute: str
    outcome: Outcome
    gap_found: int
    within_margin: int
    inconclusive: int
    not_assessed: int
    hidden: int
    widest: WidestGap | None


class Interop(Struct, frozen=True):
    """A standard that the tool speaks. file_checked: a file of the vendor's was read by machine without an error."""

    standard: str
    file_checked: bool


class Assessor(Struct, frozen=True):
    """Who audited. role: district, state, vendor or independent."""

    organisation: str
    role: str


class PublishedAudit(Struct, frozen=True):
    """Where the numbers come from. digest: the bundle's identity; bundle: where the bundle is, empty where it is not passed on.

    decision: what the audit found, which is not the list's status. signed_by: keys and what the publisher's list of trusted keys says of them.
    verified_on: when the publisher recomputed every number, empty where that was not done. checklists: checklist → edition; fixtures: set → edition.
    """

    digest: str
    bundle: str
    tool_version: str
    assessor: Assessor
    as_of: str
    decision: DecisionStatus
    review_by: str
    signed_by: tuple[Signer, ...]
    verified_on: str
    checklists: dict[str, str]
    fixtures: dict[str, str]
    models: tuple[str, ...]
    adopted_from: str


class Provenance(Struct, frozen=True):
    """What the listing rests on. audit: the digest of the audit that indicators and measured are from, empty where there is none; audits: newest first."""

    audit: str
    audits: tuple[PublishedAudit, ...]


class Calls(Struct, frozen=True):
    """Why a new audit is called for. kind: date, version, document, catalogue, drift, condition or unaudited; on: since when, or from when."""

    kind: str
    because: str
    on: str


class PublishedTool(Struct, frozen=True):
    """One tool. version: the one that was audited; current_version: the one that the vendor offers now, empty where the list does not know.

    history: every decision in force so far, oldest first. measured: by fixture set and attribute. due: what calls for a new audit.
    """

    id: str
    urn: str
    name: str
    vendor: str
    url: str
    version: str
    current_version: str
    page: str
    badge: str
    scope: PublishedScope
    decision: PublishedDecision
    history: tuple[StatusEntry, ...]
    indicators: dict[str, IndicatorSummary]
    measured: tuple[MeasuredAttribute, ...]
    agreements: tuple[Agreement, ...]
    interop: tuple[Interop, ...]
    funding_tags: tuple[str, ...]
    provenance: Provenance
    replies: tuple[VendorReply, ...]
    corrections: tuple[Correction, ...]
    due: tuple[Calls, ...]


class PublishedList(Struct, frozen=True):
    """`tools.json`. generated_at: the day as of which everything holds, not the time of writing; site: its address; statuses: each in words; appeal_url: where a vendor objects, an address of the web or mailto:, empty where the publisher gives none.

    In order of names, as every object in the file.
    """

    appeal_url: str
    contact: str
    generated_at: str
    language: str
    license: str
    publisher: str
    schema: str
    site: str
    statuses: dict[Status, str]
    title: str
    tools: tuple[PublishedTool, ...]
