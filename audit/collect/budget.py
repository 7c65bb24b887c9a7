"""What a run may spend, counted before it is spent, with what is in flight counted too."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from audit.collect.log import Log, tokens
from audit.records import Json, Probe

CHARACTERS_A_TOKEN = 4
"""Characters of English text that make about one token: the common rule of thumb, used only to estimate."""
REPLY_TOKENS = 250
"""Tokens expected of a reply until real ones are known; used only to estimate."""
_ROUNDING = 1e-9
"""US dollars that adding up floating-point costs may be off by."""


class Prices(Struct, frozen=True):
    """US dollars: for a call, for 1,000 tokens sent, for 1,000 tokens received."""

    per_call: float = 0.0
    per_1k_input_tokens: float = 0.0
    per_1k_output_tokens: float = 0.0

    def of(self, calls: int, sent: float, received: float) -> float:
        """Return the cost of so many calls and tokens, in US dollars."""
        return (
            calls * self.per_call + sent / 1000 * self.per_1k_input_tokens + received / 1000 * self.per_1k_output_tokens
        )


def input_tokens(probe: Probe) -> float:
    """Return about how many tokens a probe sends; in a conversation each turn sends again all that was said and replied before."""
    if probe.turns:
        turns = len(probe.turns)
        said = sum(len(text) * (turns - place) for place, text in enumerate(probe.turns)) / CHARACTERS_A_TOKEN
        return said + REPLY_TOKENS * turns * (turns - 1) / 2
    sent = probe.prompt or msgspec.json.encode(probe.input).decode()
    return len(sent) / CHARACTERS_A_TOKEN


def expected_cost(probe: Probe, prices: Prices) -> float:
    """Return what asking a probe once is expected to cost, in US dollars."""
    return prices.of(probe.calls, input_tokens(probe), REPLY_TOKENS * probe.calls)


def spent_before(log: Log, probes: Iterable[Probe], prices: Prices) -> float:
    """Return what a run's earlier sittings cost, in US dollars; estimated for calls that told no tokens."""
    told = log.calls - sum(log.untold.values())
    return prices.of(told, *log.tokens) + sum(log.untold.get(p.id, 0) * expected_cost(p, prices) for p in probes)


class Budget:
    """Caps on calls and dollars; what earlier sittings of the run spent counts.

    A call is expected to cost what its tokens are estimated at, or as much more as any call was found
    to cost: so the cap holds as long as no call still in flight is dearer than every one before it.
    """

    def __init__(
        self, prices: Prices, *, most_calls: int | None, most_dollars: float | None, calls: int, spent: float
    ) -> None:
        self._prices = prices
        self._most_calls = most_calls
        self._most_dollars = most_dollars
        self._more_sent = 0.0
        self._received = float(REPLY_TOKENS)
        self.calls = calls
        self.dollars = spent
        self.stopped = ""

    @property
    def learns(self) -> bool:
        """Whether the first reply should be awaited alone: dollars are capped, and tokens cost."""
        return self._most_dollars is not None and self._prices.of(0, 1, 1) > 0

    def reserve(self, probe: Probe) -> float | None:
        """Set aside the expected cost of a probe's calls and return it; None when the budget does not allow it."""
        cost = self._prices.of(probe.calls, input_tokens(probe) + self._more_sent, self._received * probe.calls)
        if self._most_calls is not None and self.calls + probe.calls > self._most_calls:
            self.stopped = f"the budget of {self._most_calls} calls is spent"
        elif self._most_dollars is not None and self.dollars + cost > self._most_dollars + _ROUNDING:
            self.stopped = f"the budget of ${self._most_dollars:.2f} would be passed"
        if self.stopped:
            return None
        self.calls += probe.calls
        self.dollars += cost
        return cost

    def settle(self, probe: Probe, reserved: float, meta: dict[str, Json]) -> None:
        """Put the real cost in place of the expected one, where the reply told its tokens, and learn from it."""
        sent, received = tokens(meta, "prompt_tokens"), tokens(meta, "completion_tokens")
        if sent or received:
            self.dollars += self._prices.of(probe.calls, sent, received) - reserved
            self._more_sent = max(self._more_sent, sent - input_tokens(probe))
            self._received = max(self._received, received / probe.calls)
