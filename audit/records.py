"""Every value that crosses a stage, in the order it flows. All are frozen.

`None` means unknown; it is never turned into 0 or False on the way.
"""

from typing import Any, Literal

from msgspec import Struct

Json = Any
"""A JSON value: null, a boolean, a number, a string, a list or an object."""

# ---------------------------------------------------------------- fixtures

Design = Literal["matched", "sampled"]
OutcomeKind = Literal["score", "decision", "text"]


class Attribute(Struct, frozen=True, forbid_unknown_fields=True):
    """What the groups of a fixture set differ in: dialect, the name's association, a label.

    `variants = "random"` says that the words or names that stand for a group are a sample, so that
    a verdict must hold for other names too; `negative_controls` are groups that should not matter.
    """

    groups: dict[str, str]
    reference: str | None = None
    title: str = ""
    variants: Literal["fixed", "random"] = "fixed"
    negative_controls: tuple[str, ...] = ()


class Validity(Struct, frozen=True, forbid_unknown_fields=True):
    """What a set is for, what it cannot show, and what no person has checked yet."""

    intended_use: str = ""
    cannot_show: str = ""
    not_validated: str = ""


class Row(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of `items.jsonl`: a base item in one guise.

    `item` is the base item, shared by its guises. `variant` is the particular word or name that
    stands for the group. Items that share a `cluster` (a template, a name) are not independent.
    `truth` is a human score or the right decision, where there is one.
    """

    item: str
    groups: dict[str, str]
    input: dict[str, Json]
    truth: float | bool | str | None = None
    variant: str | None = None
    cluster: str | None = None


class FixtureSet(Struct, frozen=True):
    """Probe material, ready to be asked: what is expected of a reply, and the rows."""

    id: str
    title: str
    edition: str
    use_case: str
    design: Design
    outcome: OutcomeKind
    attributes: dict[str, Attribute]
    rows: tuple[Row, ...]
    digest: str
    scale: tuple[float, float] | None = None
    positive: Json = None
    positive_when: str | None = None
    adverse: bool = False
    prompt: str | None = None
    licence: str = ""
    source: str = ""
    validity: Validity = Validity()
    notice: str = ""


class Probe(Struct, frozen=True):
    """One question to the tool. Only `input` and `prompt` leave the machine."""

    id: str
    set: str
    item: str
    groups: dict[str, str]
    repeat: int
    input: dict[str, Json]
    prompt: str
    truth: float | bool | str | None = None
    variant: str | None = None
    cluster: str | None = None


# ---------------------------------------------------------------- collecting


class Reply(Struct, frozen=True):
    """What a tool gave back: the whole output, and what the reply says about itself (model, tokens)."""

    output: Json
    meta: dict[str, Json] = {}


class Failure(Exception):
    """The tool gave no usable reply. Raised by adapters, recorded by the collector, never a zero.

    `retry` says whether asking again may help; `retry_after` is the tool's own wish, in seconds;
    `detail` is what it sent instead, for a person to read.
    """

    def __init__(
        self, reason: str, *, detail: str = "", retry: bool = False, retry_after: float | None = None
    ) -> None:
        self.reason = reason
        self.detail = detail
        self.retry = retry
        self.retry_after = retry_after
        super().__init__(reason)


class Response(Struct, frozen=True):
    """How one probe ended: an output, or the reason why there is none. `seconds` is the last call's."""

    probe: str
    output: Json
    failure: str | None
    detail: str
    seconds: float
    attempts: int
    at: str
    meta: dict[str, Json] = {}


# ---------------------------------------------------------------- measuring


NOT_ASKED = "not asked yet"
"""`Measurement.missing` of a probe that the tool was never asked: no failure of the tool."""


class Measurement(Struct, frozen=True):
    """One number read from one response, or the reason why none could be read.

    `value` is a score in the set's own points, or 1.0 / 0.0 for selected / not selected.
    """

    probe: str
    set: str
    item: str
    cluster: str
    groups: dict[str, str]
    measure: str
    value: float | None
    missing: str | None
    truth: float | None
    variant: str | None = None


# ---------------------------------------------------------------- comparing


class Comparison(Struct, frozen=True):
    """One group against its reference in one statistic: what was measured, before any judgement.

    `low`, `high` hold simultaneously over the family at `level`; `low90`, `high90` are the 90%
    interval of the two one-sided tests. `worst_low`, `worst_high` bound the estimate over every
    value that the missing replies could have had. `scale_sd` is the SD that standardizes a score.
    `unchanged`: not one item differs, so the standard error rests on what chance could have hidden.
    """

    set: str
    measure: str
    statistic: str
    unit: str
    attribute: str
    group: str
    reference: str
    design: Design
    estimate: float | None
    low: float | None
    high: float | None
    low90: float | None
    high90: float | None
    standard_error: float | None
    p_value: float | None
    p_adjusted: float | None
    items: int
    clusters: int
    responses: int
    missing: int
    worst_low: float | None = None
    worst_high: float | None = None
    detectable: float | None = None
    scale_sd: float | None = None
    family: Literal["confirmatory", "exploratory"] = "confirmatory"
    family_size: int = 1
    level: float = 0.95
    simultaneous: bool = True
    negative_control: bool = False
    by: dict[str, str] = {}
    unchanged: bool = False


Outcome = Literal["gap_found", "within_margin", "inconclusive", "not_assessed"]


class Disparity(Struct, frozen=True):
    """A comparison with its verdict (STATISTICS.md, section 4)."""

    set: str
    by: dict[str, str]
    measure: str
    statistic: str
    unit: str
    attribute: str
    group: str
    reference: str
    design: Design
    estimate: float | None
    low: float | None
    high: float | None
    level: float
    simultaneous: bool
    p_value: float | None
    p_adjusted: float | None
    margin: float | None
    outcome: Outcome
    certain: bool
    detected: bool
    items_needed: int | None
    items: int
    clusters: int
    responses: int
    missing: int
    detectable: float | None
    low90: float | None
    high90: float | None
    family: Literal["confirmatory", "exploratory"]
    negative_control: bool
    because: str
    standardized: float | None = None


class GroupValue(Struct, frozen=True):
    """One group's own value of a statistic, with its interval (level 0.95) and its counts."""

    set: str
    by: dict[str, str]
    attribute: str
    group: str
    measure: str
    statistic: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    items: int
    missing: int
    suppressed: bool = False


class Results(Struct, frozen=True):
    """`results.json`: everything measured. `family` says what was tested together."""

    schema: str
    disparities: tuple[Disparity, ...]
    groups: tuple[GroupValue, ...]
    missingness: tuple[Disparity, ...]
    family: str
    notes: tuple[str, ...] = ()


# ---------------------------------------------------------------- judging

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
