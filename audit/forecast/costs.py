"""What a call costs, before it is made: by the usual rule of thumb, then by what replies told of their tokens and seconds."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from audit import collect
from audit.collect.budget import CHARACTERS_A_TOKEN, input_tokens
from audit.collect.log import tokens
from audit.records import Json, Probe

RULE = 1 / CHARACTERS_A_TOKEN
_FEW = 5
"""Replies below which a line through their tokens is not fitted."""
_STEEPEST, _FLATTEST = 2.0, 1 / 20
_LEAST_SPREAD = 0.1
_Numbers = np.ndarray[Any, np.dtype[np.float64]]


class Heard(Struct, frozen=True):
    """One probe that got a reply, for each of its calls: characters and tokens sent, tokens received (0 and 0: not told), seconds."""

    characters: float
    sent: float
    received: float
    seconds: float
    set: str = ""
    calls: int = 1


class Spread(Struct, frozen=True):
    """How much calls differ, in tokens squared: those sent about the line in their characters, those received, and both together. df: degrees of freedom."""

    sent: float
    both: float
    received: float
    df: int

    def of(self, prices: collect.Prices) -> float:
        """Return the variance of what a call costs, in US dollars squared."""
        sent, received = prices.of(0, 1, 0), prices.of(0, 0, 1)
        return max(0.0, sent**2 * self.sent + 2 * sent * received * self.both + received**2 * self.received)


class Learned(Struct, frozen=True):
    """What is known of a call: its input tokens as a line in its characters, its reply tokens, its seconds, the calls that a probe takes.

    spread: None where fewer than two told their tokens. told: how many did. measured: replies whose seconds are known.
    """

    system: float = 0.0
    slope: float = RULE
    received: float = float(collect.REPLY_TOKENS)
    spread: Spread | None = None
    told: int = 0
    seconds: float = 0.0
    measured: int = 0
    per_probe: float = 1.0

    def cost(self, characters: float, calls: float, prices: collect.Prices) -> float:
        """Return what so many calls cost that send so many characters altogether, in US dollars."""
        return prices.of(1, 0, 0) * calls + prices.of(0, max(0.0, self.system * calls + self.slope * characters), self.received * calls)


def characters(probe: Probe) -> float:
    """Return the characters that a probe sends in all its calls."""
    return input_tokens(probe) * CHARACTERS_A_TOKEN


def heard(probe: Probe, meta: dict[str, Json], seconds: float) -> Heard:
    """Return what one reply tells of its cost."""
    n = probe.calls
    return Heard(characters(probe) / n, tokens(meta, "prompt_tokens") / n, tokens(meta, "completion_tokens") / n, seconds / n, probe.set, n)


def learn(calls: Sequence[Heard], assumed_seconds: float, per_probe: float = 1.0) -> Learned:
    """Return what the calls so far teach; the rule of thumb for what they do not tell."""
    told = [c for c in calls if c.sent or c.received]
    seconds = float(_mean(_of(calls, "seconds"), _of(calls, "calls"))) if calls else assumed_seconds
    if not told:
        return Learned(seconds=seconds, measured=len(calls), per_probe=per_probe)
    often, sent, received = _of(told, "calls"), _of(told, "sent"), _of(told, "received")
    system, slope, fitted = _line(_of(told, "characters"), sent, often)
    rest = sent - system - slope * _of(told, "characters")
    return Learned(
        system, slope, _mean(received, often), _spread(rest, received, often, 1 + fitted), len(told), seconds, len(calls), per_probe,
    )


def _of(calls: Sequence[Heard], name: str) -> _Numbers:
    return np.array([getattr(c, name) for c in calls], dtype=float)


def _mean(values: _Numbers, often: _Numbers) -> float:
    return float(np.average(values, weights=often))


def _spread(sent: _Numbers, received: _Numbers, often: _Numbers, used: int) -> Spread | None:
    """Return how calls differ; used: what was fitted to them already."""
    n = len(often)
    if n <= used:
        return None
    a, b = sent - _mean(sent, often), received - _mean(received, often)
    by = n / (n - used)
    return Spread(by * _mean(a * a, often), by * _mean(a * b, often), by * _mean(b * b, often), n - used)


def _line(sent: _Numbers, counted: _Numbers, often: _Numbers) -> tuple[float, float, int]:
    """Return a and b of tokens = a + b·characters by least squares, and 1 if b is fitted. With few or alike prompts: the rule's slope through their mean.

    A ping asks a probe of about the mean length, where the two agree whatever the slope is.
    """
    middle = _mean(sent, often)
    off = sent - middle
    slope, fitted = RULE, 0
    if len(sent) >= _FEW and off.std() > _LEAST_SPREAD * middle:
        slope, fitted = min(_STEEPEST, max(_FLATTEST, float((often * off) @ counted / ((often * off) @ off)))), 1
    return _mean(counted, often) - slope * middle, slope, fitted
