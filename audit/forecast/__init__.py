"""Before anything is spent: probes, calls, minutes, dollars, the smallest gap the design can show, and the cheapest design that shows more.

units says what a set has that is independent, pilot what replies that are already there teach, gaps what a design can then show, costs what a call
costs and known what a run does, sample which probes a pilot asks, and designs which design is the cheapest. docs/power.md.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from audit import collect
from audit.forecast.costs import Heard, Learned, heard
from audit.forecast.designs import Asked, Terms, asked, propose
from audit.forecast.gaps import BASE_RATE, ICC, SHARED, family_of, gaps, level_of
from audit.forecast.known import Known, Load, estimate, know, loads
from audit.forecast.pilot import Pilot, folder_of, read_pilot
from audit.forecast.records import (
    Estimate,
    Forecast,
    GapForecast,
    GroupForecast,
    Offer,
    Proposal,
    SetDesign,
    SetForecast,
    Spending,
)
from audit.forecast.sample import Sample, offered, prices_of, seconds_of
from audit.pipeline import Prepared
from audit.pipeline.prepared import at_once
from audit.records import FixtureSet, Json, Probe

__all__ = [
    "Estimate", "Forecast", "GapForecast", "GroupForecast", "Offer", "Proposal", "Sample", "SetDesign", "SetForecast", "Spending", "folder_of", "forecast", "gaps",
]

_SITTING = 60
"""Minutes that a person pastes in one sitting."""


def forecast(
    prepared: Prepared, ping: tuple[Probe, Mapping[str, Json], float] | None = None, *, run: Path | None = None, margin: float | None = None,
) -> Forecast:
    """Return the forecast.

    ping: a probe, what its reply said of itself, and the seconds it took. run: the run folder whose replies are learned from, beside the plan
    otherwise. margin: to be reached in place of the policy's, a share or in SD.
    """
    plan, probes, budget = prepared.plan, prepared.probes, prepared.plan.budget
    prices = prices_of(prepared)
    pilot = read_pilot(prepared, folder_of(prepared, run), prices, named=run is not None)
    known = _learned(prepared, pilot, [heard(ping[0], dict(ping[1]), ping[2])] if ping else [])
    left = [p for p in probes if p.id not in pilot.answered]
    made, spent = (pilot.told.calls, pilot.told.spent) if pilot.same else (0, 0.0)
    cost = estimate(known, left, prices, spent, made)
    ahead = sum(p.calls for p in left) * known.whole.per_probe
    calls = made + math.ceil(ahead - 1e-9)
    sets = list(asked(prepared, pilot, margin))
    terms = Terms(lambda some: _spending(prepared, known, prices, some), budget.calls, budget.dollars)
    found = gaps(prepared.sets.values(), prepared.policy, plan.design.repeats, pilot=pilot, margin=margin, templates={s.set.id: s.same for s in sets})
    return Forecast(
        schema="edtech-equity-audit/check/1", collection=prepared.collection,
        sets=tuple(_of_set(s.set, prepared, known, prices) for s in sets),
        probes=len({(p.set, p.item, str(p.groups), p.variant) for p in probes}), calls=calls, minutes=_minutes(prepared, ahead, known.whole.seconds),
        dollars=cost.dollars,
        within_budget=not ((budget.calls is not None and calls > budget.calls) or (budget.dollars is not None and cost.dollars > budget.dollars)),
        margins={name: one.value for name, one in prepared.policy.margins.items()}, seed=plan.design.seed, family_size=family_of(prepared.sets.values()),
        gaps=tuple(_priced(g, _of(sets, g.set), plan.design.repeats, terms) for g in found), assumed=_assumed(known.whole, pilot, found), estimate=cost,
        proposal=propose(prepared, sets, terms, margin), level=level_of(prepared.sets.values()), sittings=_sittings(prepared, ahead * known.whole.seconds / 60),
        pilot=offered(prepared, known, cost, left),
    )


def _learned(prepared: Prepared, pilot: Pilot, ping: Sequence[Heard]) -> Known:
    """Return what is known of a call. What a person pastes takes as long as it does, whatever reading the sheet takes."""
    assumed = seconds_of(prepared)
    known = know([*ping, *pilot.told.heard], assumed, pilot.told.per_probe)
    return replace(known, whole=replace(known.whole, seconds=assumed, measured=0, per_probe=1.0)) if _by_hand(prepared) else known


def _by_hand(prepared: Prepared) -> bool:
    return prepared.plan.connect.adapter == "transcript"


def _of(sets: Sequence[Asked], name: str) -> Asked:
    return next(one for one in sets if one.set.id == name)


def _of_set(one: FixtureSet, prepared: Prepared, known: Known, prices: collect.Prices) -> SetForecast:
    own = [p for p in prepared.probes if p.set == one.id]
    return SetForecast(one.id, one.digest, len({r.item for r in one.rows}), len(one.rows), sum(p.calls for p in own), known.cost(loads(own), prices))


def _spending(prepared: Prepared, known: Known, prices: collect.Prices, some: Sequence[Load]) -> Spending:
    calls = math.ceil(sum(one.calls for one in some) * known.whole.per_probe - 1e-9)
    minutes = _minutes(prepared, calls, known.whole.seconds)
    return Spending(calls, minutes, known.cost(some, prices), _sittings(prepared, minutes))


def _sittings(prepared: Prepared, minutes: float) -> int:
    return math.ceil(minutes / _SITTING) if _by_hand(prepared) else 0


def _priced(g: GapForecast, one: Asked, repeats: int, terms: Terms) -> GapForecast:
    """Return the forecast with what each group's items would take: all guises of an item are asked, of every group of the attribute."""
    rows = [r for r in one.set.rows if g.attribute in r.groups]
    a_base = len(rows) / g.base_items

    def price(items: int | None) -> Spending | None:
        calls = math.ceil((items or 0) * a_base * repeats * one.calls)
        return terms.spend([Load(one.set.id, calls, calls * one.characters)]) if items is not None else None

    return replace(g, by_group=tuple(replace(own, cost=price(own.drawn[1] if own.drawn[1] is not None else own.drawn[0])) for own in g.by_group))


def _minutes(prepared: Prepared, calls: float, seconds: float) -> float:
    parallel = 1 if _by_hand(prepared) else at_once(prepared.plan)
    rate = collect.parse_rate(prepared.plan.connect.rate)
    paced = calls / rate if rate else 0.0
    return round(max(calls * seconds / parallel, paced) / 60, 2)


def _assumed(known: Learned, pilot: Pilot, found: Sequence[GapForecast]) -> str:
    """Say what the estimates rest on."""
    how = f"measured over {known.measured:,} repl{'y' if known.measured == 1 else 'ies'}" if known.measured else "assumed; --ping measures it"
    tokens = f"{known.received:,.0f} tokens a reply" + ("" if known.told else " (assumed)")
    of = [f"{g.replies:,} replies of {g.set}" for g in {g.set: g for g in found if g.replies}.values()]
    rest = [g for g in found if not g.replies]
    told = []
    if of:
        told.append(f"variances from {', '.join(of)}")
    if rest:
        which = "for the smallest gaps" if not of else f"for {', '.join(f'{g.set}/{g.attribute}' for g in rest)}"
        told.append(f"{which}: base rate {BASE_RATE}, intraclass correlation {ICC}, of which guises share {SHARED[1]:g} to {SHARED[0]:g}")
    retries = [f"{known.per_probe:.2f} calls a probe"] if known.per_probe > 1.0 else []
    return "; ".join([f"{round(known.seconds, 2):g} seconds a reply ({how})", tokens, *retries, *told, *([pilot.note] if pilot.note else [])])
