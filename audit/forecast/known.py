"""What a run costs, and how sure that is: what was spent, and the probes that are left at what calls of their set are known to cost."""

import math
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from scipy import special

from audit import collect
from audit.collect.budget import CHARACTERS_A_TOKEN
from audit.forecast.costs import Heard, Learned, characters, learn
from audit.forecast.records import Estimate
from audit.records import Probe

OWN = 3
"""Replies of a set that told their tokens, from which it is known by itself: sets may differ much, as a label does from a conversation."""
_UNKNOWN = (0.2, 4.0)
"""Replies of 50 to 1,000 tokens: what an assumed length may be off by when not one reply has told its own."""
_FEW = 5
"""Replies below which nothing is said of how often calls fail."""
_ONE = (0.5, 2.0)
"""What the mean of all may be off by when one reply alone has told its length."""


class Known(Struct, frozen=True):
    """What calls are known to cost. whole: over all sets; own: of each set with replies enough; rest: of the other sets."""

    whole: Learned
    own: Mapping[str, Learned]
    rest: Learned

    def of(self, name: str) -> Learned:
        """Return what is known of a call of one set."""
        return self.own.get(name, self.rest)

    def cost(self, loads: Iterable["Load"], prices: collect.Prices) -> float:
        """Return what calls cost, retries included, in US dollars."""
        more = self.whole.per_probe
        return sum(self.of(one.set).cost(one.characters * more, one.calls * more, prices) for one in loads)


class Load(Struct, frozen=True):
    """Calls of one set, and the characters that they send altogether."""

    set: str
    calls: float
    characters: float
    probes: int = 0


def know(calls: Sequence[Heard], assumed_seconds: float, per_probe: float = 1.0) -> Known:
    """Return what the calls so far teach, of all sets and of each."""
    by_set: dict[str, list[Heard]] = {}
    for one in calls:
        by_set.setdefault(one.set, []).append(one)
    enough = {name for name, own in by_set.items() if sum(_tells(one) for one in own) >= OWN}
    whole = learn(calls, assumed_seconds, per_probe)
    others = [one for one in calls if one.set not in enough]
    rest = learn(others, assumed_seconds, per_probe) if sum(map(_tells, others)) >= OWN else whole
    return Known(whole, {name: learn(by_set[name], assumed_seconds, per_probe) for name in sorted(enough)}, rest)


def _tells(one: Heard) -> bool:
    return bool(one.sent or one.received)


def loads(probes: Iterable[Probe]) -> list[Load]:
    """Return the calls of probes by set."""
    found: dict[str, tuple[int, float, int]] = {}
    for p in probes:
        calls, sent, count = found.get(p.set, (0, 0.0, 0))
        found[p.set] = calls + p.calls, sent + characters(p), count + 1
    return [Load(name, *own) for name, own in found.items()]


def estimate(known: Known, left: Sequence[Probe], prices: collect.Prices, spent: float, made: int) -> Estimate:
    """Return what a run costs: what was spent, and the probes that are left at what a call is known to cost, retries included."""
    ahead, whole = loads(left), known.whole
    dollars = known.cost(ahead, prices)
    less, more = _off(known, ahead, prices, dollars)
    total = spent + dollars
    return Estimate(
        dollars=total, low=spent + max(0.0, dollars - less), high=total + more, spent=spent, calls_made=made,
        calls_per_probe=whole.per_probe, told=whole.told, system_tokens=whole.system, tokens_per_character=whole.slope,
        reply_tokens=whole.received, seconds=whole.seconds, basis=_basis(whole, prices), within=max(less, more) / total if total > 0 else 0.0,
    )


class Doubt(Struct, frozen=True):
    """How little is known of what calls of one set, or of the sets that share what is known, still cost: a variance and its degrees of freedom."""

    sets: tuple[str, ...]
    variance: float
    df: int


def doubts(known: Known, ahead: Sequence[Load], prices: collect.Prices) -> list[Doubt] | None:
    """Return the doubt of each set's dollars: of the mean of those that told, and of those still to come about it. None where nobody knows yet."""
    shared = [one for one in ahead if one.set not in known.own]
    parts = [([one], known.own[one.set]) for one in ahead if one.set in known.own] + ([(shared, known.rest)] if shared else [])
    found = []
    for some, learned in parts:
        if learned.spread is None:
            return None
        calls, probes = sum(one.calls for one in some) * known.whole.per_probe, sum(one.probes for one in some)
        mean = learned.spread.of(prices) * (1 / learned.told + 1 / max(probes, 1))
        found.append(Doubt(tuple(one.set for one in some), calls**2 * mean, learned.spread.df))
    return found


def _off(known: Known, ahead: Sequence[Load], prices: collect.Prices, dollars: float) -> tuple[float, float]:
    """Return by how many dollars the estimate may be too high and too low: 95%, of tokens and of calls that fail."""
    less, more = _by_tokens(known, ahead, prices)
    retries = _by_retries(known.whole) * dollars
    return math.hypot(less, min(retries, dollars * (1 - 1 / known.whole.per_probe))), math.hypot(more, retries)


def _by_tokens(known: Known, ahead: Sequence[Load], prices: collect.Prices) -> tuple[float, float]:
    """Return what tokens leave open, by Student's t with Satterthwaite's degrees of freedom; by a rule where hardly a reply told its own."""
    if not prices.of(0, 1, 1) or not ahead:
        return 0.0, 0.0
    every = doubts(known, ahead, prices)
    if every is None:
        less, more = _ONE if known.whole.told else _UNKNOWN
        replies = sum(prices.of(0, 0, known.of(one.set).received * one.calls * known.whole.per_probe) for one in ahead)
        return (1 - less) * replies, (more - 1) * replies
    variance = sum(one.variance for one in every)
    df = variance**2 / below if (below := sum(one.variance**2 / one.df for one in every)) else 1.0
    return (float(special.stdtrit(df, 0.975)) * math.sqrt(variance),) * 2


def _by_retries(known: Learned) -> float:
    """Return the share that calls which fail may make out beyond what was seen, 95%.

    Calls a probe are geometric, with a variance of r·(r - 1) about their mean r, taken with half a failure more than was seen, so that none seen is not none.
    """
    if known.measured < _FEW:
        return 0.0
    r = known.per_probe + 0.5 / known.measured
    return 1.96 * math.sqrt((r - 1) / (r * known.measured))


def _basis(known: Learned, prices: collect.Prices) -> str:
    if not prices.of(0, 1, 1):
        return "the price of a call" if prices.per_call else "no prices in the plan"
    if not known.told:
        learns = "no reply told its tokens" if known.measured else "--ping learns them from one reply"
        return f"{CHARACTERS_A_TOKEN} characters a token and {collect.REPLY_TOKENS} tokens a reply, both assumed; {learns}"
    replies = "1 reply" if known.told == 1 else f"{known.told:,} replies"
    return f"the tokens that {replies} told: {known.received:,.0f} a reply, and {1 / known.slope:.1f} characters a token" + (
        f" with {known.system:,.0f} more a call" if known.system >= 1 else "")
