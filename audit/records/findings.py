"""What follows from it: Criterion → Finding → Gate, Indicator, Decision → Scorecard."""

from typing import Literal

from msgspec import Struct

from audit.records.probes import Json
from audit.records.results import Disparity, GroupValue, Omnibus, TextDifference

FindingOutcome = Literal["met", "not_met", "inconclusive", "not_assessed", "not_applicable"]
Assurance = Literal["claimed", "documented", "supplied", "validated", "measured", "certified"]


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a criterion or a margin comes from: title, date, and how sure we are of it."""

    title: str
    date: str
    confidence: Literal["verified", "general knowledge", "unresolved"] = "general knowledge"
    as_of: str = ""


class Criterion(Struct, frozen=True, forbid_unknown_fields=True):
    """One question of a checklist (checklists/*.toml), and the rule that a good answer meets."""

    id: str
    question: str
    why: str
    answered_by: Literal["vendor", "district", "either", "audit"]
    answer: Literal["yes_no", "choice", "number", "date", "text", "file", "measured"]
    evidence: str
    required: bool
    weight: int
    remedy: str
    source: tuple[Source, ...]
    good: str | tuple[str, ...] = ""
    choices: tuple[str, ...] = ()
    unit: str = ""
    measured: Literal["disparities", "missingness"] | None = None
    applies_to: tuple[str, ...] = ()
    not_applicable_ok: bool = False
    indicator: str = ""


class Evidence(Struct, frozen=True):
    """What a finding rests on: a file with its SHA-256, a link, or a part of this run."""

    kind: Literal["file", "link", "text", "run"]
    what: str
    sha256: str | None = None


class Finding(Struct, frozen=True):
    """How one criterion came out, and on what. After this nothing knows which stage it came from."""

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


class Decision(Struct, frozen=True):
    """What the evidence supports, why, on what conditions, and what would change it."""

    status: DecisionStatus
    because: tuple[str, ...]
    conditions: tuple[str, ...]
    would_change: tuple[str, ...]


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
