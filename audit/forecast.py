"""Before anything is spent: probes, calls, minutes, dollars, and the smallest gap the design can show."""

import math
from collections.abc import Collection

from msgspec import Struct

from audit import collect, disparity
from audit.measures import decides, measures_of
from audit.pipeline import Prepared
from audit.pipeline.prepared import at_once
from audit.policy import Policy
from audit.records import FixtureSet

ASSUMED_SECONDS = {"http": 2.0, "chat": 3.0, "command": 0.1, "python": 0.05, "scripted": 0.0, "transcript": 60.0}
"""Seconds a reply is taken to need until a ping has measured it; a person pastes about one a minute."""
_BASE_RATE = 0.2
_ICC = 0.5


class SetForecast(Struct, frozen=True):
    """One fixture set in this design."""

    set: str
    digest: str
    items: int
    probes: int
    calls: int


class GapForecast(Struct, frozen=True):
    """The smallest gap an attribute's comparisons can show (4 times of 5), for declared variances.

    `low` if guises of an item answer much alike, `high` if not. Unit: share, or SD of the scores.
    `items_for_margin`: independent base items that clear a tool without a gap, if no answer ever differs
    between guises, and if the guises of an item answer as if they were different items.
    """

    set: str
    attribute: str
    groups: int
    items: int
    unit: str
    low: float
    high: float
    margin: float
    items_for_margin: tuple[int, int]
    enough: bool


class Forecast(Struct, frozen=True):
    """`audit check`: what a plan would ask and cost. `assumed` says what the estimates rest on."""

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


def forecast(prepared: Prepared, seconds: float | None = None) -> Forecast:
    """Return the forecast; `seconds` a reply as measured by a ping, else an assumption by adapter."""
    plan, probes = prepared.plan, prepared.probes
    prices = collect.Prices(plan.budget.price.per_call, plan.budget.price.per_1k_input_tokens, plan.budget.price.per_1k_output_tokens)
    each = seconds if seconds is not None else ASSUMED_SECONDS.get(plan.connect.adapter, 2.0)
    calls, dollars = len(probes), sum(collect.expected_cost(p, prices) for p in probes)
    budget = plan.budget
    sets = prepared.sets.values()
    return Forecast(
        schema="edtech-equity-audit/check/1", collection=prepared.collection,
        sets=tuple(_of_set(s, plan.design.repeats) for s in sets), probes=len({(p.set, p.item, str(p.groups), p.variant) for p in probes}),
        calls=calls, minutes=_minutes(prepared, calls, each), dollars=dollars,
        within_budget=not ((budget.calls is not None and calls > budget.calls) or (budget.dollars is not None and dollars > budget.dollars)),
        margins={name: margin.value for name, margin in prepared.policy.margins.items()}, seed=plan.design.seed, family_size=_family(sets),
        gaps=gaps(sets, prepared.policy, plan.design.repeats),
        assumed=(
            f"{each:g} seconds a reply ({'measured' if seconds is not None else 'assumed; --ping measures it'}); "
            f"{collect.REPLY_TOKENS} tokens a reply; for the smallest gaps: base rate {_BASE_RATE}, intraclass correlation {_ICC}"
        ),
    )


def gaps(sets: Collection[FixtureSet], policy: Policy, repeats: int) -> tuple[GapForecast, ...]:
    """Return what a design of these sets could show, by set and attribute."""
    family = _family(sets)
    return tuple(_gap(s, name, policy, repeats, family) for s in sets for name in s.attributes)


def _family(sets: Collection[FixtureSet]) -> int:
    """Return how many comparisons decide."""
    return sum(_contrasts(len(a.groups), reference=a.reference is not None) * _deciding(s) for s in sets for a in s.attributes.values())


def _of_set(fixture_set: FixtureSet, repeats: int) -> SetForecast:
    return SetForecast(
        fixture_set.id, fixture_set.digest, len({r.item for r in fixture_set.rows}), len(fixture_set.rows), len(fixture_set.rows) * repeats
    )


def _contrasts(groups: int, *, reference: bool) -> int:
    """Each group against the reference, and from three groups up each against the others."""
    against_others = groups if groups > 2 or not reference else 0  # noqa: PLR2004 - with two, "others" is the other one
    return against_others + (groups - 1 if reference else 0)


def _deciding(fixture_set: FixtureSet) -> int:
    """Return how many statistics decide: an error rate for each truth there is, one statistic a measure otherwise."""
    if fixture_set.outcome == "decision":
        return max(1, len({row.truth for row in fixture_set.rows if row.truth is not None}))
    return sum(decides(name, fixture_set) for name in measures_of(fixture_set))


def _minutes(prepared: Prepared, calls: int, seconds: float) -> float:
    parallel = 1 if prepared.plan.connect.adapter == "transcript" else at_once(prepared.plan)
    rate = collect.parse_rate(prepared.plan.connect.rate)
    paced = calls / rate if rate else 0.0
    return round(max(calls * seconds / parallel, paced) / 60, 2)


def _gap(fixture_set: FixtureSet, attribute: str, policy: Policy, repeats: int, family: int) -> GapForecast:
    items = _independent(fixture_set, attribute)
    share = fixture_set.outcome == "decision"
    statistic = "selection_rate_difference" if share else "mean_difference"
    margin = policy.margins[statistic].value
    found = disparity.planned_detectable(
        fixture_set.design, items=items, repeats=repeats, family=family,
        sd=math.sqrt(_BASE_RATE * (1 - _BASE_RATE)) if share else 1.0, margin=margin, icc=_ICC,
    )
    return GapForecast(
        set=fixture_set.id, attribute=attribute, groups=len(fixture_set.attributes[attribute].groups), items=items,
        unit="share" if share else "SD", low=found.low, high=found.high, margin=margin,
        items_for_margin=found.items_for_margin, enough=items >= policy.minimum.items,
    )


def _independent(fixture_set: FixtureSet, attribute: str) -> int:
    """Return the fewest independent items (clusters) that any group of the attribute has for one statistic."""
    errors = fixture_set.outcome == "decision"
    clusters: dict[tuple[str, str], set[str]] = {}
    for row in fixture_set.rows:
        if attribute in row.groups:
            key = row.groups[attribute], str(row.truth) if errors else ""
            clusters.setdefault(key, set()).add(row.cluster or row.item)
    return min(map(len, clusters.values()))

