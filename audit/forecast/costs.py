"""What calls cost, before they are made: by the usual rule of thumb, then by what replies told of their tokens and seconds."""

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from scipy import special

from audit import collect
from audit.collect.budget import CHARACTERS_A_TOKEN, input_tokens
from audit.collect.log import tokens
from audit.forecast.records import Estimate
from audit.records import Json, Probe

_RULE = 1 / CHARACTERS_A_TOKEN
_UNKNOWN = (0.2, 4.0)
"""Replies of 50 to 1,000 tokens: what an assumed length may be off by when not one reply has told its own."""
_ONE = (0.5, 2.0)
"""What the mean of all may be off by when one reply alone has told its length."""
_FEW = 5
"""Replies below which a line through their tokens is not fitted."""
_STEEPEST, _FLATTEST = 2.0, 1 / 20
_LEAST_SPREAD = 0.1


class Heard(Struct, frozen=True):
    """One probe that got a reply, for each of its calls: characters and tokens sent, tokens received (0 and 0: not told), seconds."""

    characters: float
    sent: float
    received: float
    seconds: float


class Learned(Struct, frozen=True):
    """What is known of a call: its input tokens as a line in its characters, its reply tokens, its seconds, the calls that a probe takes.

    spread: SD of reply tokens, None where fewer than two told theirs. told: how many did. measured: replies whose seconds are known.
    """

    system: float = 0.0
    slope: float = _RULE
    received: float = float(collect.REPLY_TOKENS)
    spread: float | None = None
    told: int = 0
    seconds: float = 0.0
    measured: int = 0
    per_probe: float = 1.0

    def cost(self, characters: float, calls: float, prices: collect.Prices) -> float:
        """Return what so many calls cost that send so many characters altogether, in US dollars."""
        return prices.of(1, 0, 0) * calls + prices.of(0, max(0.0, self.system * calls + self.slope * characters), self.received * calls)

    def off_by(self, calls: float) -> tuple[float, float]:
        """Return the factors that the reply tokens of so many further calls may be off by: 95% of a mean of so many, from those that told."""
        if self.spread is None:
            return _ONE if self.told else _UNKNOWN
        t = float(special.stdtrit(self.told - 1, 0.975))
        share = t * self.spread * math.sqrt(1 / self.told + 1 / max(calls, 1.0)) / max(self.received, 1.0)
        return max(0.0, 1 - share), 1 + share


def characters(probe: Probe) -> float:
    """Return the characters that a probe sends in all its calls."""
    return input_tokens(probe) * CHARACTERS_A_TOKEN


def heard(probe: Probe, meta: dict[str, Json], seconds: float) -> Heard:
    """Return what one reply tells of its cost."""
    n = probe.calls
    return Heard(characters(probe) / n, tokens(meta, "prompt_tokens") / n, tokens(meta, "completion_tokens") / n, seconds / n)


def learn(calls: Sequence[Heard], assumed_seconds: float, per_probe: float = 1.0) -> Learned:
    """Return what the calls so far teach; the rule of thumb for what they do not tell."""
    told = [c for c in calls if c.sent or c.received]
    seconds = float(np.mean([c.seconds for c in calls])) if calls else assumed_seconds
    known = Learned(seconds=seconds, measured=len(calls), per_probe=per_probe)
    if not told:
        return known
    received = np.array([c.received for c in told], dtype=float)
    system, slope = _line(np.array([c.characters for c in told]), np.array([c.sent for c in told], dtype=float))
    return Learned(
        system, slope, float(received.mean()), float(received.std(ddof=1)) if len(told) > 1 else None, len(told), seconds, len(calls), per_probe,
    )


def _line(sent: np.ndarray, counted: np.ndarray) -> tuple[float, float]:
    """Return tokens = a + b·characters by least squares. With few or alike prompts: the rule's slope through their mean.

    A ping asks a probe of about the mean length, where the two agree whatever the slope is.
    """
    off = sent - sent.mean()
    slope = _RULE
    if len(sent) >= _FEW and off.std() > _LEAST_SPREAD * sent.mean():
        slope = min(_STEEPEST, max(_FLATTEST, float(off @ counted / (off @ off))))
    return float(counted.mean() - slope * sent.mean()), slope


def estimate(learned: Learned, left: Sequence[Probe], prices: collect.Prices, spent: float, made: int) -> Estimate:
    """Return what a run costs: what was spent, and the probes that are left at what a call is known to cost, retries included."""
    calls = sum(p.calls for p in left) * learned.per_probe
    sent = sum(map(characters, left)) * learned.per_probe
    dollars = learned.cost(sent, calls, prices)
    replies = prices.of(0, 0, learned.received * calls)
    less, more = learned.off_by(calls)
    return Estimate(
        dollars=spent + dollars, low=spent + dollars - (1 - less) * replies, high=spent + dollars + (more - 1) * replies, spent=spent, calls_made=made,
        calls_per_probe=learned.per_probe, told=learned.told, system_tokens=learned.system, tokens_per_character=learned.slope,
        reply_tokens=learned.received, seconds=learned.seconds, basis=_basis(learned, prices),
    )


def _basis(known: Learned, prices: collect.Prices) -> str:
    if not prices.of(0, 1, 1):
        return "the price of a call" if prices.per_call else "no prices in the plan"
    if not known.told:
        return f"{CHARACTERS_A_TOKEN} characters a token and {collect.REPLY_TOKENS} tokens a reply, both assumed; --ping learns them from one reply"
    replies = "1 reply" if known.told == 1 else f"{known.told:,} replies"
    return f"the tokens that {replies} told: {known.received:,.0f} a reply, and {1 / known.slope:.1f} characters a token" + (
        f" with {known.system:,.0f} more a call" if known.system >= 1 else "")
