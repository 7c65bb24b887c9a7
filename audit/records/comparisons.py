"""Tools side by side: what `audit compare` found. Measured differences between tools, outcomes beside each other, and the order that both support."""

from typing import Literal

from msgspec import Struct

from audit.records.findings import DecisionStatus, FindingOutcome
from audit.records.probes import Design
from audit.records.results import Outcome


class ComparedTool(Struct, frozen=True):
    """One run that is compared. label: unique in the comparison; run: its folder's name; collection: what identifies its replies."""

    label: str
    name: str
    vendor: str
    version: str
    run: str
    collection: str
    organisation: str
    role: str
    as_of: str
    decision: DecisionStatus


class OwnGap(Struct, frozen=True):
    """One tool's own comparison, as its results hold it; the interval is simultaneous over that tool's audit, not over the tools."""

    tool: str
    set: str
    measure: str
    statistic: str
    unit: str
    attribute: str
    group: str
    reference: str
    estimate: float | None
    low: float | None
    high: float | None
    margin: float | None
    outcome: Outcome
    negative_control: bool = False


class GapDifference(Struct, frozen=True):
    """The gaps of two tools in one comparison, on the items that both answered, and the difference between them.

    gap_a, gap_b: group minus reference. difference: gap_a - gap_b with its interval; magnitude: |gap_a| - |gap_b| with its
    interval. All intervals of a comparison of tools hold together at `level`. p_difference, p_sum: adjusted, of "gap_a = gap_b" and of
    "gap_a = -gap_b"; the sizes differ where both are rejected. smaller: the tool whose gap is shown to be the smaller one, None
    where neither is. changes_sign: the two gaps point to opposite sides. undermined: the missing replies could undo what else
    would be shown. missing: replies planned and not obtained, of both tools.
    """

    set: str
    measure: str
    statistic: str
    unit: str
    attribute: str
    group: str
    reference: str
    design: Design
    tool_a: str
    tool_b: str
    gap_a: float | None
    gap_b: float | None
    difference: float | None
    low: float | None
    high: float | None
    p_difference: float | None
    p_sum: float | None
    magnitude: float | None
    magnitude_low: float | None
    magnitude_high: float | None
    smaller: str | None
    differs: bool
    changes_sign: bool
    undermined: bool
    items: int
    clusters: int
    missing: int
    negative_control: bool
    because: str


class PairOrder(Struct, frozen=True):
    """Two tools on one criterion: which one stands above the other, None where they are tied; why."""

    tool_a: str
    tool_b: str
    above: str | None
    because: str


class Ranking(Struct, frozen=True):
    """The order of the tools on one criterion. Every tool of a tier is shown to stand above every tool of each later tier; within one, not.

    kind: a measured attribute of a set ("replies"; "missing": how often no reply came), an indicator's answers, the decision,
    or all of these together. outcomes: tool → how it came out, in the criterion's own words; absent where it was not asked.
    """

    kind: Literal["replies", "missing", "indicator", "decision", "overall"]
    title: str
    tiers: tuple[tuple[str, ...], ...]
    pairs: tuple[PairOrder, ...]
    outcomes: dict[str, str] = {}
    set: str = ""
    attribute: str = ""


class SideBySide(Struct, frozen=True):
    """One criterion of the checklists: tool → outcome, None where it was not asked of that tool."""

    criterion: str
    indicator: str
    question: str
    subject: str
    required: bool
    outcomes: dict[str, FindingOutcome | None]


class ScoreBeside(Struct, frozen=True):
    """One indicator: tool → score (None below the coverage that the policy asks for) and coverage."""

    indicator: str
    title: str
    scores: dict[str, float | None]
    coverage: dict[str, float]


class Refusal(Struct, frozen=True):
    """What is not compared between two tools, and what differs."""

    tool_a: str
    tool_b: str
    what: str
    because: str


class ToolComparison(Struct, frozen=True):
    """`comparison.json`: tools side by side. family: what was tested together. overall: the order that everything together supports."""

    schema: str
    tools: tuple[ComparedTool, ...]
    overall: Ranking
    rankings: tuple[Ranking, ...]
    differences: tuple[GapDifference, ...]
    gaps: tuple[OwnGap, ...]
    criteria: tuple[SideBySide, ...]
    indicators: tuple[ScoreBeside, ...]
    refused: tuple[Refusal, ...]
    family: str
    level: float
    weight_factor: float
    seed: int
    titles: dict[str, str]
    notes: tuple[str, ...] = ()
