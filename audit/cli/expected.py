"""`audit check` on a terminal of 80 columns: what a plan asks, costs and could show, and the cheapest design."""

import math
import shlex
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from audit.cli.screen import say, table

if TYPE_CHECKING:
    from audit.forecast import Forecast, GapForecast, GroupForecast, Offer, Proposal, SetDesign, Spending

_HOURS_FROM = 120
_WIDE = 80
_LONGEST = 20


def print_forecast(f: "Forecast", plan: str) -> None:
    """Print what a plan would ask, cost and show. plan: its path, for the commands that are proposed."""
    table(("set", "base items", "probes", "calls"), [(s.set, s.items, s.probes, s.calls) for s in f.sets])
    say()
    say(f"Calls: {f.calls:,}. Time: {_duration(f.minutes)}{_in_sittings(f.sittings)}. Cost: {_cost(f)}.")
    if f.estimate.calls_made:
        say(f"Of these {f.estimate.calls_made:,} calls are made, and ${f.estimate.spent:,.2f} spent.")
    _wrapped(f"Assumed: {f.assumed}.")
    if f.dollars or f.estimate.told:
        _wrapped(f"The dollars rest on {f.estimate.basis}.")
    if f.pilot:
        _wrapped(f"For dollars within {100 * f.pilot.within:.0f}%: audit check {shlex.quote(plan)} --pilot asks {_few(f.pilot)}; their replies are kept.")
    if not f.within_budget:
        _wrapped("This is more than the plan's budget: the run would stop before passing it, and exit with code 3.")
    elif f.estimate.high > f.dollars and f.dollars:
        _wrapped("A cap (dollars in [budget]) is never passed, whatever replies cost: it stops the run instead.")
    say()
    _wrapped(f"What it could show, 4 times of 5, with all {f.family_size} comparisons tested together at 5% (a single one at {100 * f.level:.2g}%). "
             "Gap seen: the smallest difference told from chance. Cleared: the smallest margin within which a tool without a gap is found. "
             "Items: base items it takes to clear it of the margin, and what these cost.")
    for g in f.gaps:
        _attribute(g)
    _proposal(f.proposal)
    say()
    say(f"Fixed before the first call: collection {f.collection[:12]}…, seed {f.seed}")
    for s in f.sets:
        _wrapped(f"fixtures {s.set}: SHA-256 {s.digest}", "  ")
    _wrapped("margins: " + ", ".join(f"{name} {value:g}" for name, value in f.margins.items()), "  ")


def _few(offer: "Offer") -> str:
    low, high = offer.dollars
    if offer.least == offer.most:
        return f"{offer.most:,} probes, about ${high:,.2f}"
    return f"{offer.least:,} to {offer.most:,} probes, about ${low:,.2f} to ${high:,.2f}"


def _wrapped(text: str, indent: str = "") -> None:
    say(textwrap.fill(text, _WIDE, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False))


def _cost(f: "Forecast") -> str:
    known = f.estimate
    if known.high - known.low < 0.005:  # noqa: PLR2004 - half a cent
        return f"${f.dollars:,.2f}"
    return f"${f.dollars:,.2f} (${known.low:,.2f} to ${known.high:,.2f})"


def _attribute(g: "GapForecast") -> None:
    """Print an attribute's groups; those whose numbers are the same as one line."""
    say()
    rests = f"from {g.replies:,} replies" if g.replies else "assumed"
    clustered = f" of {g.items:,} independent templates or names" if g.items < g.base_items else ""
    _wrapped(f"{g.set}, {g.attribute}: {g.base_items:,} base items{clustered}; margin {size(g.margin, g.unit)}; {rests}"
             + ("" if g.enough else ". Too few independent items: not assessed"))
    alike: dict[tuple[str, ...], list[GroupForecast]] = {}
    for one in g.by_group:
        alike.setdefault(_numbers(one, g.unit), []).append(one)
    table(("  group", "gap seen", "cleared", "items", "calls", "time", "dollars"), [(f"  {_groups(own)}", *numbers) for numbers, own in alike.items()])
    for measure in dict.fromkeys(one.measure for one in g.by_group if one.measure and g.replies):
        groups = [one.group for one in g.by_group if one.measure == measure]
        if len({one.measure for one in g.by_group}) > 1 or measure not in {"decision", "score"}:
            _wrapped(f"known least in {measure}: {', '.join(groups)}", "  ")


def _numbers(one: "GroupForecast", unit: str) -> tuple[str, ...]:
    return _range(one.gap, unit), _range(one.cleared, unit), _items(one), *_taken(one.cost)


def _groups(own: Sequence["GroupForecast"]) -> str:
    return own[0].group[:_LONGEST] if len(own) == 1 else f"each of {len(own)}"


def _range(pair: tuple[float, float], unit: str) -> str:
    scale, name, digits = (100.0, "pts", 1) if unit == "share" else (1.0, "SD", 2)
    low, high = (f"{scale * value:.{digits}f}" if math.isfinite(value) else "none" for value in pair)
    return low if low == high == "none" else f"{low} {name}" if low == high else f"{low}-{high} {name}"


def _items(one: "GroupForecast") -> str:
    low, high = ("none" if n is None else f"{n:,}" for n in one.drawn)
    return low if low == high else f"{low}-{high}"


def _taken(cost: "Spending | None") -> tuple[str, str, str]:
    return (f"{cost.calls:,}", _short(cost.minutes), f"{cost.dollars:,.2f}") if cost else ("-", "-", "-")


def _short(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < _HOURS_FROM else f"{minutes / 60:,.0f} h"


def _proposal(p: "Proposal") -> None:
    """Print the cheapest design, or why there is none and what could be shown instead."""
    say()
    wanted = ", ".join(f"{name} {value:.3g}" for name, value in p.margins.items())
    makes = any(d.command or d.items != d.now for d in p.sets)
    if p.reached:
        _wrapped(f"The cheapest design that {'clears' if p.sure else 'may clear'} a tool without a gap ({wanted}):")
    else:
        _wrapped(f"No design that can be afforded is sure to clear a tool without a gap ({wanted}): {p.because}. What comes nearest:")
    for d in p.sets:
        _wrapped(f"{d.set}: {d.items:,} base items (now {d.now:,}{_most(d)}), {p.repeats} repeat{'s' if p.repeats > 1 else ''} of each", "  ")
    _wrapped(f"{p.cost.calls:,} calls, {_duration(p.cost.minutes)}{_in_sittings(p.cost.sittings)}, ${p.cost.dollars:,.2f}", "  ")
    if p.reached and p.because:
        _wrapped(f"Not sure: {p.because}.", "  ")
    if not p.reached:
        _wrapped("It would clear, of a margin of: " + "; ".join(f"{name} {value:.3g}" for name, value in p.cleared.items()), "  ")
    for other in p.alternatives:
        _wrapped(f"with {other.repeats} repeat{'s' if other.repeats > 1 else ''}: {other.items:,} base items, {other.cost.calls:,} calls, ${other.cost.dollars:,.2f}", "  ")
    if any(other.repeats > p.repeats and other.cost.calls > p.cost.calls for other in p.alternatives):
        _wrapped("A further repeat is worth less here than as many calls for new items.", "  ")
    if makes:
        _how(p)


def _most(d: "SetDesign") -> str:
    return "; written out, so more have to be written" if d.at_most is None else f"; its templates give {d.at_most:,}"


def _how(p: "Proposal") -> None:
    for d in p.sets:
        if d.command:
            say(d.command)
    names = ", ".join(f'"{d.fixtures}"' for d in p.sets)
    _wrapped(f"then in the plan's [design]: fixtures = [{names}], repeats = {p.repeats}, and no items; collect with another --out")


def _in_sittings(sittings: int) -> str:
    return f" of a person, in {sittings} sitting{'s' if sittings > 1 else ''} of an hour" if sittings else ""


def size(value: float, unit: str) -> str:
    """Return a difference with its unit."""
    return f"{100 * value:.3g} points" if unit == "share" else f"{value:.2f} SD"


def _duration(minutes: float) -> str:
    if minutes < 1:
        return "less than a minute"
    return f"about {minutes:.0f} minutes" if minutes < _HOURS_FROM else f"about {minutes / 60:.1f} hours"
