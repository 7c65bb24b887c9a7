"""What a run may spend, counted before it is spent, with what is in flight counted too."""

import asyncio
from collections.abc import Iterable

import msgspec
from msgspec import Struct

from audit.collect.log import Log, tokens
from audit.records import Json, Probe

CHARACTERS_A_TOKEN = 4
"""Characters of English text that make about one token: the common rule of thumb, used only to estimate."""
REPLY_TOKENS = 250
"""Tokens expected of a reply until real ones are known; used only to estimate."""
DEARER = 1.5
"""How many times as dear as every call before it a call may be without the cap being passed."""
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
    """Caps on calls and dollars; what earlier sittings of the run spent counts, and what is in flight.

    A call is given room for `DEARER` times the tokens of the dearest reply so far (or of what is expected, where that is more), or for what
    the tool is told to stop at. So the cap holds as long as no reply is dearer than that; where calls in flight have taken the room,
    the next one waits for what they really cost. A call without a reply counts like the dearest one.
    """

    def __init__(
        self, prices: Prices, *, most_calls: int | None, most_dollars: float | None, calls: int, spent: float, dearest: tuple[int, int] = (0, 0),
        most_received: int | None = None,
    ) -> None:
        """Dearest: the most tokens sent and received in a call of an earlier sitting. most_received: what the tool is told to stop a reply at."""
        self._prices = prices
        self._most_calls = most_calls
        self._most_dollars = most_dollars
        self._more_sent = 0.0
        self._sent = float(dearest[0])
        self._received = max(float(REPLY_TOKENS), float(dearest[1]))
        self._most_received = most_received
        self._open = 0
        self._waiting: list[asyncio.Future[None]] = []
        self.calls = calls
        self.dollars = spent
        self.stopped = ""

    @property
    def learns(self) -> bool:
        """Whether the first reply should be awaited alone: dollars are capped, and tokens cost."""
        return self._most_dollars is not None and self._prices.of(0, 1, 1) > 0

    async def room(self, probe: Probe) -> float | None:
        """Set aside the cost of a probe's calls and return it, once those in flight have left room for it; None when the budget does not allow it."""
        while (cost := self.reserve(probe)) is None and self._open and not self._is_at_most_calls(probe):
            self.stopped = ""
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        return cost

    def _is_at_most_calls(self, probe: Probe) -> bool:
        return self._most_calls is not None and self.calls + probe.calls > self._most_calls

    def reserve(self, probe: Probe) -> float | None:
        """Set aside the cost of a probe's calls and return it; None when the budget does not allow it now."""
        cost = self._likely(probe, DEARER)
        if self._is_at_most_calls(probe):
            left = (self._most_calls or 0) - self.calls
            room = f"leaves {left}, and the next conversation takes {probe.calls}" if left > 0 else "is spent"
            self.stopped = f"the budget of {self._most_calls} calls {room}"
        elif self._most_dollars is not None and self.dollars + cost > self._most_dollars + _ROUNDING:
            self.stopped = f"the budget of ${self._most_dollars:.2f} would be passed"
        if self.stopped:
            return None
        self.calls += probe.calls
        self._open += 1
        self.dollars += cost
        return cost

    def _likely(self, probe: Probe, factor: float) -> float:
        """Return the cost of a probe's calls if what they send and receive is `factor` times the most so far."""
        sent = max(input_tokens(probe) + self._more_sent, self._sent)
        received = factor * self._received
        if self._most_received is not None:
            received = self._most_received if factor > 1 else min(received, self._most_received)
        return self._prices.of(probe.calls, sent * factor, received * probe.calls)

    def settle(self, probe: Probe, reserved: float, meta: dict[str, Json]) -> None:
        """Put the real cost in place of the expected one, where the reply told its tokens, and learn from it."""
        sent, received = tokens(meta, "prompt_tokens"), tokens(meta, "completion_tokens")
        if sent or received:
            self.dollars += self._prices.of(probe.calls, sent, received) - reserved
            self._more_sent = max(self._more_sent, sent - input_tokens(probe))
            self._received = max(self._received, received / probe.calls)
        else:
            self.dollars += self._likely(probe, 1) - reserved
        self._make_room()

    def lost(self, probe: Probe, reserved: float) -> None:
        """Count a call that got no reply: it may have cost as much as any other."""
        self.dollars += self._likely(probe, 1) - reserved
        self._make_room()

    def give_back(self, probe: Probe, reserved: float) -> None:
        """Take back calls that were not made after all."""
        self.calls -= probe.calls
        self.dollars -= reserved
        self._make_room()

    def _make_room(self) -> None:
        self._open -= 1
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)
