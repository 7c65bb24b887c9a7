"""How many calls at once: fixed, or found by itself (`concurrency = "auto"`).

Additive increase, multiplicative decrease (Chiu & Jain 1989), on two signs: the tool says so (429, 5xx, no reply in time), or its replies
slow down. A round is as many replies as are allowed at once; its median latency is held against the least median seen so far, as TCP Vegas
(Brakmo & Peterson 1995) and Netflix's concurrency-limits do: calls beyond what a tool works on at once only wait in its queue.
"""

from statistics import median

MOST_AT_ONCE = 200
_SLOWER = 1.5
"""Times the least median latency: fewer calls at once from here on."""
_HOLD = 1.25
"""Times the least median latency: no more calls at once."""
_LESS = 0.75
_FORGET = 1.01
"""What the least median grows by each round, so that a tool that got slower for good is not held to its best day."""
_FEWEST_TO_JUDGE = 4


class Limit:
    """At most `size` calls at once; `auto` moves it: doubling until the first trouble, then one more a round, and down on trouble or slowness."""

    def __init__(self, size: int, *, auto: bool = False) -> None:
        self.auto = auto
        self.size = size
        self.round = 0
        self.told = 0
        self._seconds: list[float] = []
        self._least: float | None = None
        self._doubling = True

    def went_well(self, seconds: float) -> None:
        """Count a reply that took so long; at the end of a round, allow more or fewer at once."""
        if not self.auto:
            return
        self._seconds.append(seconds)
        if len(self._seconds) >= max(_FEWEST_TO_JUDGE, self.size):
            now, self._seconds = median(self._seconds), []
            self._least = now if self._least is None else min(now, self._least * _FORGET)
            self._judge(now / max(self._least, 1e-9))

    def _judge(self, slower: float) -> None:
        if slower > _SLOWER:
            self.size, self._doubling = max(1, int(self.size * _LESS)), False
        elif slower > _HOLD:
            self._doubling = False
        else:
            self.size = min(MOST_AT_ONCE, self.size * 2 if self._doubling else self.size + 1)

    def trouble(self, since: int) -> None:
        """With `auto`, halve: the tool said 429 or 5xx, or did not answer in time.

        `since` is `round` when the call began: calls that were in flight together halve it once.
        """
        if self.auto and since == self.round:
            self.size, self._doubling, self._seconds = max(1, self.size // 2), False, []
            self.round += 1
            self.told += 1
