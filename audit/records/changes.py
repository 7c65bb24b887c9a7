"""Two audits of one tool: what `audit diff` found. What was asked and answered otherwise, what came out otherwise and why, and which measured gaps changed."""

from typing import Literal

from msgspec import Struct

from audit.records.findings import DecisionStatus, FindingOutcome
from audit.records.probes import Design
from audit.records.results import Outcome


class AuditBrief(Struct, frozen=True):
    """One of the two audits. kind, digest: whether it is a bundle or a run folder, and its identity. from_day, to_day: of its replies, empty where there are none."""

    name: str
    vendor: str
    version: str
    organisation: str
    role: str
    as_of: str
    from_day: str
    to_day: str
    review_by: str
    decision: DecisionStatus
    models: tuple[str, ...]
    collection: str
    kind: Literal["bundle", "run"]
    digest: str


class Setting(Struct, frozen=True):
    """One thing that was set or stated otherwise. name: its place, as in its file; None where it is not there."""

    area: Literal["tool", "auditor", "dates", "plan", "policy", "checklists", "fixtures", "program"]
    name: str
    old: str | None
    new: str | None


class AnswerChange(Struct, frozen=True):
    """One question whose answer is not what it was. `backed`: the same answer, with other evidence or another note. reworded: the question or its rule is not the same."""

    criterion: str
    question: str
    kind: Literal["added", "removed", "changed", "backed", "retired", "newly_asked", "reworded"]
    old: str | None
    new: str | None
    reworded: bool = False
    because: str = ""


EvidenceKind = Literal["added", "gone", "content", "expired", "renewed", "checked"]


class EvidenceChange(Struct, frozen=True):
    """One file that is not what it was: content: another SHA-256; checked: a machine found something else in it. confidential: by either register."""

    file: str
    kinds: tuple[EvidenceKind, ...]
    old_sha256: str | None
    new_sha256: str | None
    old_expires: str | None
    new_expires: str | None
    old_errors: int | None
    new_errors: int | None
    confidential: bool


class ContradictionChange(Struct, frozen=True):
    """Two things that cannot both be so, newly or no more."""

    kind: Literal["appeared", "gone"]
    rule: str
    criterion: str
    because: str


class WaiverChange(Struct, frozen=True):
    """A gate that somebody answers for, newly, no more, otherwise, or no longer because its day has passed."""

    kind: Literal["added", "gone", "changed", "expired"]
    gate: str
    by: str
    reason: str
    expires: str


ReasonKind = Literal[
    "question", "answer", "other_answer", "evidence", "expired", "contradiction", "tool", "date", "fixtures", "margin", "policy", "design", "gap", "replies", "program", "unknown",
]


class Reason(Struct, frozen=True):
    """What else changed that a finding rests on. what: which answer, file or group, where there is one to name."""

    kind: ReasonKind
    what: str = ""


class FindingChange(Struct, frozen=True):
    """One finding whose outcome is not what it was; None where it was not asked. reasons: what changed of its inputs, which need not all be causes."""

    criterion: str
    subject: str
    indicator: str
    question: str
    required: bool
    old: FindingOutcome | None
    new: FindingOutcome | None
    direction: Literal["worse", "better", "other"]
    reasons: tuple[Reason, ...]


class GateChange(Struct, frozen=True):
    """One gate, about a subject where it was measured. lost: it was passed, and is not shown to be passed now; failed: it was open, and is not passed now; open: it was not passed, and is open now."""

    criterion: str
    question: str
    subject: str
    kind: Literal["lost", "won", "failed", "open", "added", "dropped"]
    old: bool | None
    new: bool | None


class ConditionChange(Struct, frozen=True):
    """One condition of the decision that is new, gone, or due on another day."""

    kind: Literal["added", "gone", "due"]
    text: str
    owner: str
    due: str


class ScoreChange(Struct, frozen=True):
    """One indicator whose score or coverage is not what it was; None: no score is shown, or it was not used."""

    indicator: str
    title: str
    old: float | None
    new: float | None
    old_coverage: float | None
    new_coverage: float | None


GapKind = Literal["grew", "shrank", "moved", "changed", "undone", "none", "not_tested"]


class GapChange(Struct, frozen=True):
    """One comparison of groups in both audits, and how its gap changed. All intervals hold together at `level`.

    how: on the very same probes, on the items in common, or on two draws of the same templates. old, new: group minus reference. change: new
    minus old, low, high its interval; size: |new| - |old| with its interval. kind: shown to have grown, shrunk, moved to
    the other side, or changed without its being shown which way; undone: the missing replies could undo it; none: no
    change is shown. other_side: the gap is shown on one side in the older audit and on the other in the newer. what: the statistic in words.
    """

    set: str
    measure: str
    statistic: str
    unit: str
    attribute: str
    group: str
    reference: str
    design: Design
    how: Literal["same", "common", "draws"]
    kind: GapKind
    other_side: bool
    old: float | None
    new: float | None
    change: float | None
    low: float | None
    high: float | None
    size: float | None
    size_low: float | None
    size_high: float | None
    p_change: float | None
    p_sum: float | None
    old_outcome: Outcome
    new_outcome: Outcome
    items: int
    clusters: int
    missing: int
    negative_control: bool
    what: str
    because: str


class NotCompared(Struct, frozen=True):
    """What of the measurements is not compared, and why."""

    what: str
    because: str


class AuditChange(Struct, frozen=True):
    """`change.json`: two audits of one tool. worse: what is a change for the worse, in words; family: what was tested together.

    same_replies: both rest on the very same replies, so that nothing measured can have changed. renamed: the name or vendor differs.
    titles: "set", "set/attribute", "set/attribute/group" → the name for people.
    """

    schema: str
    old: AuditBrief
    new: AuditBrief
    renamed: bool
    same_replies: bool
    worse: tuple[str, ...]
    gaps: tuple[GapChange, ...]
    not_compared: tuple[NotCompared, ...]
    gates: tuple[GateChange, ...]
    conditions: tuple[ConditionChange, ...]
    scores: tuple[ScoreChange, ...]
    findings: tuple[FindingChange, ...]
    answers: tuple[AnswerChange, ...]
    evidence: tuple[EvidenceChange, ...]
    contradictions: tuple[ContradictionChange, ...]
    waivers: tuple[WaiverChange, ...]
    settings: tuple[Setting, ...]
    family: str
    level: float
    seed: int
    titles: dict[str, str]
    notes: tuple[str, ...] = ()
