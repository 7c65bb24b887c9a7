"""What follows from it: Finding → Gate, Indicator, Decision → Scorecard."""

from typing import Literal

from msgspec import Struct

from audit.records.documents import Claim, Contradiction, EvidenceFile, Source
from audit.records.probes import Json
from audit.records.results import Disparity, GroupValue, Omnibus, TextDifference

FindingOutcome = Literal["met", "not_met", "inconclusive", "not_assessed", "not_applicable"]
Assurance = Literal["claimed", "documented", "supplied", "validated", "measured", "certified"]


class Evidence(Struct, frozen=True):
    """What a finding rests on: a file with its SHA-256, a link, or a part of this run. checked: what a machine held it to, and found."""

    kind: Literal["file", "link", "text", "run"]
    what: str
    sha256: str | None = None
    supplied_by: str = ""
    date: str = ""
    expires: str = ""
    checked: str = ""


class Finding(Struct, frozen=True):
    """How one criterion came out, and on what. After this nothing knows which stage it came from. answer: as it was given."""

    criterion: str
    indicator: str
    question: str
    outcome: FindingOutcome
    because: str
    required: bool
    weight: int
    assurance: Assurance | None
    evidence: tuple[Evidence, ...]
    remedy: str
    subject: str = ""
    severe: bool = False
    answered_by: str = ""
    sources: tuple[Source, ...] = ()
    answered_on: str = ""
    contradictions: tuple[str, ...] = ()
    set_by: str = ""
    topic: str = ""
    answer: str = ""
    owner: str = ""


class ClaimBeside(Struct, frozen=True):
    """A vendor's claim beside what was measured: the outcome of the comparisons it speaks of, in words."""

    claim: Claim
    outcome: str
    measured: tuple[str, ...]


class Gate(Struct, frozen=True):
    """A required criterion and whether it is passed; `passed` is None while it is not known."""

    criterion: str
    question: str
    passed: bool | None
    outcome: FindingOutcome
    because: str


class Indicator(Struct, frozen=True):
    """One of the five: `score` 0–100 over what was assessed (None below the policy's coverage)."""

    title: str
    score: float | None
    coverage: float
    assurance: dict[str, int]
    met: int
    not_met: int
    open: int


DecisionStatus = Literal[
    "approve", "approve_with_conditions", "pilot", "do_not_approve", "insufficient_evidence"
]


class Step(Struct, frozen=True):
    """One step of the derivation: a rule of the policy, the status that it allows at most, and the findings it rests on (criterion, subject)."""

    rule: str
    status: DecisionStatus
    because: str
    findings: tuple[tuple[str, str], ...] = ()


class Condition(Struct, frozen=True):
    """What has to be done if the tool is used: by whom, until when, and which finding calls for it."""

    text: str
    kind: Literal["repair", "human_review", "limit_use", "monitor", "agreement"]
    owner: str
    due: str
    criterion: str
    subject: str = ""


class Change(Struct, frozen=True):
    """What would alter the decision. needed: base items, for a measurement; would_be: the status if it came out well and nothing else changed."""

    text: str
    kind: Literal["answer", "items", "document", "version", "auditor"]
    criterion: str = ""
    needed: int | None = None
    would_be: DecisionStatus | None = None


class Waiver(Struct, frozen=True, forbid_unknown_fields=True):
    """A gate that somebody answers for by name, with a reason, until a day. After that day it counts again."""

    gate: str
    by: str
    reason: str
    expires: str


class Scope(Struct, frozen=True):
    """What the decision is about, and nothing else: a new use, grade, data tier, language or version needs its own."""

    version: str
    use_cases: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()
    student_data: str | None = None
    languages: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


class Decision(Struct, frozen=True):
    """What the evidence supports, why, for what, on what conditions, and what would change it. steps: how it was derived."""

    status: DecisionStatus
    because: tuple[str, ...]
    conditions: tuple[Condition, ...]
    would_change: tuple[Change, ...]
    steps: tuple[Step, ...] = ()
    scope: Scope | None = None
    waivers: tuple[Waiver, ...] = ()


class ScoreRange(Struct, frozen=True):
    """An indicator's score, and the lowest and highest that any weights of the stated range give (0 to 100; None where no score is shown)."""

    indicator: str
    score: float | None
    low: float | None
    high: float | None


class MarginRange(Struct, frozen=True):
    """The decision for every margin between so many times the policy's: at an edge itself the more cautious side holds."""

    from_factor: float
    to_factor: float
    status: DecisionStatus


class Sensitivity(Struct, frozen=True):
    """Whether the decision holds under all weights and all margins of a stated range, not a sample of them."""

    holds: bool
    weight_factor: float
    scores: tuple[ScoreRange, ...]
    status_by_weights: tuple[DecisionStatus, ...]
    margins: tuple[MarginRange, ...]
    sentence: str


class Scorecard(Struct, frozen=True):
    """`scorecard.json`: the whole result of one audit."""

    schema: str
    tool: dict[str, Json]
    auditor: dict[str, Json]
    as_of: str
    decision: Decision
    indicators: dict[str, Indicator]
    gates: tuple[Gate, ...]
    findings: tuple[Finding, ...]
    disparities: tuple[Disparity, ...]
    groups: tuple[GroupValue, ...]
    missingness: tuple[Disparity, ...]
    review_by: str
    provenance: dict[str, Json]
    omnibus: tuple[Omnibus, ...] = ()
    family: str = ""
    texts: tuple[TextDifference, ...] = ()
    evidence: tuple[EvidenceFile, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    claims: tuple[ClaimBeside, ...] = ()
    retired: tuple[str, ...] = ()
    sensitivity: Sensitivity | None = None
    review_because: tuple[str, ...] = ()
