"""What `audit check` says: what a plan asks and costs, what it could show, and the cheapest design that could show more."""

from msgspec import Struct

Range = tuple[float, float]
"""Low and high: how far apart the assumptions, or what the replies so far leave open, put a number."""


class SetForecast(Struct, frozen=True):
    """One fixture set in this design."""

    set: str
    digest: str
    items: int
    probes: int
    calls: int
    dollars: float = 0.0


class Spending(Struct, frozen=True):
    """What something would take. minutes: of the tool, or of a person who pastes (then `sittings` of an hour each)."""

    calls: int
    minutes: float
    dollars: float
    sittings: int = 0


class GroupForecast(Struct, frozen=True):
    """What a design could show of one group, in the comparison that is known least.

    gap: the smallest difference that is told from chance 4 times of 5. cleared: the smallest margin that a tool without a gap is found within 4 times of 5.
    items: base items of the comparison, in `clusters` that count as independent (templates, or names). drawn: base items of the attribute (of all
    truths) that the margin needs, from the same clusters where they come from templates; None: no number would do. cost: of the larger of these. measure: the worst of those that decide.
    replies: whether the numbers rest on replies.
    """

    group: str
    reference: str
    measure: str
    statistic: str
    items: int
    clusters: float
    gap: Range
    cleared: Range
    margin: float
    drawn: tuple[int | None, int | None]
    cost: Spending | None
    replies: bool


class GapForecast(Struct, frozen=True):
    """The smallest gap an attribute's comparisons can show (4 times of 5): of the worst of them.

    `low` if guises of an item answer much alike, `high` if not (from replies: as estimated, and as they may be). Unit: share, or SD of
    the scores. items: the fewest independent ones (clusters) of a group; base_items: with those that are not.
    `items_for_margin`: base items that clear a tool without a gap in all comparisons; None: no number drawn from these templates would.
    `replies`: how many the numbers rest on, 0 where variances are assumed.
    """

    set: str
    attribute: str
    groups: int
    items: int
    unit: str
    low: float
    high: float
    margin: float
    items_for_margin: tuple[int | None, int | None]
    enough: bool
    base_items: int = 0
    cleared: Range = (0.0, 0.0)
    replies: int = 0
    by_group: tuple[GroupForecast, ...] = ()


class SetDesign(Struct, frozen=True):
    """What one set has to be for a design. items: base items. command: how to make it; empty where the plan's own set does."""

    set: str
    items: int
    now: int
    at_most: int | None
    command: str
    fixtures: str


class Alternative(Struct, frozen=True):
    """Another number of repeats: the base items of all sets together that it needs, and what it takes."""

    repeats: int
    items: int
    cost: Spending


class Proposal(Struct, frozen=True):
    """The cheapest design in which a tool without a gap is cleared of the margins, 4 times of 5 in each comparison.

    factor: the margins are the policy's times this (1 unless another was asked for). reached: whether there is one that the templates and the
    budget allow. because: why not. sure: whether it holds under the cautious assumptions, or only at best. cleared: set, attribute → the margin
    that this design (or, where none is reached, the best affordable one) clears. alternatives: other repeats, the cheapest of each.
    """

    margins: dict[str, float]
    reached: bool
    sure: bool
    because: str
    repeats: int
    sets: tuple[SetDesign, ...]
    cost: Spending
    cleared: dict[str, float]
    alternatives: tuple[Alternative, ...]


class Estimate(Struct, frozen=True):
    """What the dollars rest on. dollars: with calls already made. low, high: its range. told: replies that told their tokens.

    within: what `dollars` may be off by (95%), as a share of it.
    input tokens of a probe = system_tokens + tokens_per_character · its characters.
    """

    dollars: float
    low: float
    high: float
    spent: float
    calls_made: int
    calls_per_probe: float
    told: int
    system_tokens: float
    tokens_per_character: float
    reply_tokens: float
    seconds: float
    basis: str
    within: float = 0.0


class Offer(Struct, frozen=True):
    """What a pilot would ask, and about what that costs in US dollars: at least and at most. within: what its estimate is then off by in 95 of 100, at most."""

    least: int
    most: int
    dollars: tuple[float, float]
    within: float


class Forecast(Struct, frozen=True):
    """`audit check`: what a plan would ask and cost. `assumed` says what the estimates rest on; `pilot` what would make the dollars sure, None where they are."""

    schema: str
    collection: str
    sets: tuple[SetForecast, ...]
    probes: int
    calls: int
    minutes: float
    dollars: float
    within_budget: bool
    margins: dict[str, float]
    seed: int
    family_size: int
    gaps: tuple[GapForecast, ...]
    assumed: str
    estimate: Estimate
    proposal: Proposal
    level: float = 0.05
    sittings: int = 0
    pilot: Offer | None = None
