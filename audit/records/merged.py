"""Several assessors of one tool: what `audit merge` found. Where they differ and on what evidence, and what their replies show together."""

from typing import Literal

from msgspec import Struct

from audit.records.findings import Assurance, Condition, DecisionStatus, Evidence, FindingOutcome
from audit.records.results import Disparity, Outcome

SCHEMA = "edtech-equity-audit/merged/1"


class MergedAudit(Struct, frozen=True):
    """One of the audits. label: unique among them; digest: a bundle's identity, or that of a run folder's manifest.

    vendor_test: the replies were collected by the vendor itself. adopted_from: whose replies an audit rests on that asked nobody.
    counted: its replies may enter what is pooled; not_counted: why they do not.
    """

    label: str
    organisation: str
    role: str
    as_of: str
    decision: DecisionStatus
    because: tuple[str, ...]
    review_by: str
    kind: Literal["bundle", "run"]
    digest: str
    collection: str
    repeats: int
    adapter: str
    models: tuple[str, ...]
    from_day: str
    to_day: str
    vendor_test: bool
    adopted_from: str
    counted: bool
    not_counted: str = ""


class Said(Struct, frozen=True):
    """What one audit says of a criterion, and on what evidence. outcome: None where it was not asked."""

    audit: str
    outcome: FindingOutcome | None
    answer: str = ""
    because: str = ""
    assurance: Assurance | None = None
    answered_by: str = ""
    answered_on: str = ""
    evidence: tuple[Evidence, ...] = ()


class Disagreement(Struct, frozen=True):
    """A criterion on which the audits differ. kind: in the outcome, in the answer only, or in that not all were asked.

    reworded: the question is not the same in all of them. said: one entry an audit, in their order.
    """

    criterion: str
    subject: str
    indicator: str
    question: str
    required: bool
    kind: Literal["outcome", "answer", "asked"]
    said: tuple[Said, ...]
    reworded: bool = False


class SharedCondition(Struct, frozen=True):
    """A condition, and the audits that set it."""

    condition: Condition
    audits: tuple[str, ...]


class OwnEstimate(Struct, frozen=True):
    """One audit's own difference. estimate: read again from its replies; the rest as its results state it, None where they do not; standard_error: by clusters of items."""

    audit: str
    estimate: float
    standard_error: float
    low: float | None
    high: float | None
    outcome: Outcome | None
    vendor_test: bool = False


class Elsewhere(Struct, frozen=True):
    """What three audits or more say of districts like these (random effects; single 95% intervals that decide nothing).

    mean: over districts and items. tau: the SD between districts. predicted: where the true difference in one more district lies.
    """

    mean: float
    low: float
    high: float
    tau: float
    tau_low: float
    tau_high: float
    i2: float
    predicted_low: float
    predicted_high: float


class PooledGap(Struct, frozen=True):
    """One comparison of groups in several audits of the same items.

    average: the mean over these audits with its verdict; its intervals hold with all others that are pooled. q, q_df, p_differ: the test of
    "the audits do not differ" (q None where they differ without any variation between items; p_differ None where not one item tells two of them
    apart); p_adjusted: by Holm, over all such tests. differ: shown to differ. correlation: mean, of the audits' sampling errors.
    held_back: why the average, although within the margin, clears nobody; empty otherwise.
    """

    average: Disparity
    audits: tuple[OwnEstimate, ...]
    correlation: float | None
    q: float | None
    q_df: int
    p_differ: float | None
    p_adjusted: float | None
    differ: bool
    elsewhere: Elsewhere | None = None
    held_back: str = ""


class NotPooled(Struct, frozen=True):
    """What was measured and is not pooled: a set and the audits it is about, with the reason."""

    what: str
    audits: tuple[str, ...]
    because: str


class Merged(Struct, frozen=True):
    """`merged.json`: several audits of one version of one tool. agreed: the criteria that came out alike, with the same answer, in all of them.

    same_decision: whether all came to the same one. family: what was tested together. titles: "set", "set/attribute", "set/attribute/group" → its name for people.
    """

    schema: str
    tool: str
    vendor: str
    version: str
    audits: tuple[MergedAudit, ...]
    same_decision: bool
    agreed: int
    disagreements: tuple[Disagreement, ...]
    conditions: tuple[SharedCondition, ...]
    pooled: tuple[PooledGap, ...]
    not_pooled: tuple[NotPooled, ...]
    family: str
    seed: int
    titles: dict[str, str]
    notes: tuple[str, ...] = ()
