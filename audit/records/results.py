"""What was measured: Measurement → Comparison → Disparity, and the values of each group."""

from typing import Literal

from msgspec import Struct

from audit.records.drifts import RunDrift
from audit.records.probes import Design

NOT_ASKED = "not asked yet"
"""`Measurement.missing` of a probe that the tool was never asked: no failure of the tool."""


class Measurement(Struct, frozen=True):
    """One number read from one response, or the reason why none could be read.

    `value` is a score in the set's own points, or 1.0 / 0.0 for selected / not selected;
    so are `truth`, a person's, and `second_truth`, a second person's.
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
    second_truth: float | None = None


class Comparison(Struct, frozen=True):
    """One group against its reference in one statistic: what was measured, before any judgement.

    `low`, `high` hold simultaneously over the family at `level`; `low90`, `high90` are the 90%
    interval of the two one-sided tests. `worst_low`, `worst_high` bound the estimate over every
    value that the missing replies could have had. `scale_sd` is the SD that standardizes a score; its
    standard error (0 where it is given) and the correlation of its error with the estimate's are beside it.
    `unchanged`: not one item differs, so the standard error rests on what chance could have hidden.
    `alpha`: 1 - the level of the single interval, the comparison's share of the family's error. `level90`: the level of that of the two
    one-sided tests; more than 0.90 at a look of an adaptive run, such that it holds at 90% over all looks.
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
    scale_sd_error: float = 0.0
    scale_sd_correlation: float = 0.0
    family: Literal["confirmatory", "exploratory"] = "confirmatory"
    family_size: int = 1
    level: float = 0.95
    simultaneous: bool = True
    negative_control: bool = False
    by: dict[str, str] = {}
    unchanged: bool = False
    alpha: float = 0.05
    level90: float = 0.90


Outcome = Literal["gap_found", "within_margin", "inconclusive", "not_assessed"]


class Disparity(Struct, frozen=True):
    """A comparison with its verdict (STATISTICS.md, section 4). `suppressed`: hidden to protect people; its counts may be None."""

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
    items: int | None
    clusters: int | None
    responses: int | None
    missing: int | None
    detectable: float | None
    low90: float | None
    high90: float | None
    family: Literal["confirmatory", "exploratory"]
    negative_control: bool
    because: str
    standardized: float | None = None
    suppressed: bool = False


class CarryingWord(Struct, frozen=True):
    """A word that one side's replies hold more often: how clearly (`z`, above 0 for the group), how often on each side, in how many items."""

    word: str
    z: float
    group: int
    reference: int
    items: int


class ReplyPair(Struct, frozen=True):
    """Two real replies to one item, side by side: the pair told apart most clearly, or a typical one."""

    kind: Literal["clearest", "typical"]
    item: str
    group: str
    reference: str


class TextDifference(Struct, frozen=True):
    """Whether the replies of a group and its reference differ at all, by a classifier two-sample test (STATISTICS.md, section 8).

    told_apart: share of pairs of replies that a classifier, trained on other items, sorts rightly; 0.5 by chance. p_adjusted: over all
    such tests of the audit. between_repeats, between_guises: mean distance (1 - cosine) of two replies to the very same
    prompt, and to an item in two guises: the floor, and what is above it.
    """

    set: str
    attribute: str
    group: str
    reference: str
    design: Design
    items: int
    clusters: int
    replies: int
    told_apart: float | None
    p_value: float | None
    p_adjusted: float | None
    outcome: Literal["differ", "not_shown", "not_assessed"]
    negative_control: bool
    between_repeats: float | None = None
    between_guises: float | None = None
    words: tuple[CarryingWord, ...] = ()
    pairs: tuple[ReplyPair, ...] = ()
    because: str = ""
    by: dict[str, str] = {}


class GroupValue(Struct, frozen=True):
    """One group's own value of a statistic, with its interval (level 0.95) and its counts.

    `suppressed`: the value is hidden to protect people; `low` and `high` are then the range it can lie in, and counts may be None.
    """

    set: str
    by: dict[str, str]
    attribute: str
    group: str
    measure: str
    statistic: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    items: int | None
    missing: int | None
    suppressed: bool = False


class Omnibus(Struct, frozen=True):
    """The test of "all groups of an attribute are alike" in one statistic; `p_adjusted` over all such tests of the audit.

    `value`: how far apart the `highest` and the `lowest` group's values lie, which grows with the number of groups, beside
    `between_sd`, the SD between groups without the noise of sampling. Of RSMTool's regressions (`osa`, `osd`, `csd`):
    adjusted R²; `p_value` takes rows to be independent, as RSMTool does, and `p_cluster` does not.
    """

    set: str
    by: dict[str, str]
    measure: str
    statistic: str
    attribute: str
    groups: int
    items: int | None
    p_value: float | None
    p_adjusted: float | None
    value: float | None = None
    highest: str | None = None
    lowest: str | None = None
    between_sd: float | None = None
    p_cluster: float | None = None


class Results(Struct, frozen=True):
    """`results.json`: everything measured. `family` says what was tested together."""

    schema: str
    disparities: tuple[Disparity, ...]
    groups: tuple[GroupValue, ...]
    missingness: tuple[Disparity, ...]
    family: str
    notes: tuple[str, ...] = ()
    omnibus: tuple[Omnibus, ...] = ()
    texts: tuple[TextDifference, ...] = ()
    drift: RunDrift = RunDrift()
