"""A pilot: which few of a plan's own probes to ask so that the cost of all is known, and when these are enough.

The first ones of each set in the plan's random order, so a random sample of it; then more of the set whose dollars are known least. They are asked by
`pipeline.collect_run` like any others, in batches with a look at the costs between them; no look sees what a reply says.
"""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from audit import collect, runs
from audit.errors import PlanError, RunFolderError
from audit.forecast.known import OWN, Known, doubts, estimate, know, loads
from audit.forecast.pilot import Told, told
from audit.forecast.records import Estimate, Offer
from audit.pipeline import Prepared
from audit.pipeline.blocks import Blocks
from audit.records import Probe

LEAST = 30
"""Replies that a pilot asks for where tokens cost: of fewer, the variance is too often too small, and one kind of reply in ten not yet seen."""
MOST = 200
_PART = 3
"""A pilot asks no more than this part of the plan, where that is more than `LEAST`."""
PLAIN = 10
"""Replies that a pilot asks for where tokens cost nothing, or are not told."""
AIM = 0.15
"""The 95% range that a pilot ends with, as a share of the estimate. Stopping as soon as a range is narrow makes it a little too narrow."""
PROMISED = 0.20
_FEWEST_MORE = 10
_ASSUMED_SECONDS = {"http": 2.0, "chat": 3.0, "command": 0.1, "python": 0.05, "scripted": 0.0, "transcript": 60.0, "browser": 15.0}
"""Seconds a reply is taken to need until one has been measured; a person pastes about one a minute."""


def prices_of(prepared: Prepared) -> collect.Prices:
    """Return the prices of a plan."""
    price = prepared.plan.budget.price
    return collect.Prices(price.per_call, price.per_1k_input_tokens, price.per_1k_output_tokens)


def seconds_of(prepared: Prepared) -> float:
    """Return the seconds that a reply of a plan's tool is taken to need."""
    return _ASSUMED_SECONDS.get(prepared.plan.connect.adapter, 2.0)


def by_tokens(prices: collect.Prices) -> bool:
    """Whether tokens cost anything."""
    return prices.of(0, 1, 1) > 0


def most_of(planned: int, prices: collect.Prices) -> int:
    """Return how many replies a pilot of so many planned probes asks for at most."""
    return min(planned, max(LEAST, min(MOST, planned // _PART)) if by_tokens(prices) else PLAIN)


class Choice:
    """What to ask next, given what the replies so far told of their costs."""

    def __init__(self, probes: Sequence[Probe], planned: Sequence[Probe], prices: collect.Prices, assumed_seconds: float) -> None:
        """Planned: those of the plan's probes that may be asked now, in their random order."""
        self._probes, self._planned, self._prices, self._seconds = probes, planned, prices, assumed_seconds
        self._asked: set[str] = set()
        self.most = min(len(planned), most_of(len(probes), prices))
        self._least = min(LEAST if by_tokens(prices) else PLAIN, self.most)
        self.take(Told())

    def take(self, so_far: Told) -> None:
        """Learn from what all replies so far told."""
        self._told, self._known = so_far, know(so_far.heard, self._seconds, so_far.per_probe)
        self._left = [p for p in self._probes if p.id not in so_far.answered]
        self.estimate = estimate(self._known, self._left, self._prices, so_far.spent, so_far.calls)

    @property
    def replies(self) -> int:
        """How many replies there are."""
        return len(self._told.answered)

    @property
    def enough(self) -> bool:
        """Whether the cost is known as well as a pilot aims at, or nothing is left to ask."""
        return not self._left or (self.replies >= self._least and (not by_tokens(self._prices) or self.estimate.within <= AIM))

    @property
    def in_vain(self) -> bool:
        """Whether probes were asked and not one has a reply."""
        return bool(self._asked) and not self._asked & self._told.answered

    @property
    def mute(self) -> bool:
        """Whether tokens cost, and not one of some replies told its own."""
        return self.replies >= PLAIN and by_tokens(self._prices) and not self.estimate.told

    @property
    def wants_more(self) -> bool:
        """Whether there is anything to ask."""
        return bool(self._next())

    def open_ones(self) -> list[Probe]:
        """Return the probes to ask next; empty when enough is known, or no more may be asked."""
        wanted = self._next()
        self._asked |= {p.id for p in wanted}
        return wanted

    def most_left(self) -> int:
        """Return how many more may be asked."""
        return max(0, min(self.most - self.replies, len(self._open())))

    def _open(self) -> list[Probe]:
        return [p for p in self._planned if p.id not in self._told.answered and p.id not in self._asked]

    def _next(self) -> list[Probe]:
        room = self.most_left()
        if self.enough or self.in_vain or self.mute or not room:
            return []
        if self.replies < self._least:
            return self._first(min(room, self._least - self.replies if self._asked or self.replies else PLAIN))
        every = doubts(self._known, loads(self._left), self._prices)
        worst = max(every, key=lambda one: one.variance).sets if every else ()
        more = max(_FEWEST_MORE, min(self.replies, math.ceil(self.replies * ((self.estimate.within / AIM) ** 2 - 1))))
        return ([p for p in self._open() if p.set in worst] or self._open())[:min(room, more)]

    def _first(self, count: int) -> list[Probe]:
        """Return the first so many, with the first few of every set among them, in the plan's order."""
        have, still = Counter(one.set for one in self._told.heard), self._open()
        chosen: dict[str, Probe] = {}
        for p in still:
            if have[p.set] < OWN:
                have[p.set] += 1
                chosen[p.id] = p
        for p in still:
            chosen.setdefault(p.id, p)
        wanted = set(list(chosen)[:count])
        return [p for p in still if p.id in wanted]


class Sample(Choice):
    """The probes that a pilot of a plan asks, batch by batch; it learns from the journal of the run folder, where earlier replies count too."""

    def __init__(self, prepared: Prepared, run: Path) -> None:
        """Raise PlanError where a person answers, RunFolderError where the folder is another plan's."""
        if prepared.plan.connect.adapter == "transcript":
            raise PlanError("--pilot asks the tool some probes, and here a person does", where=str(prepared.plan.path), fix="Leave --pilot out; audit collect writes the worksheet.")
        self._collection, self._run = prepared.collection, run
        replied = sum(r.failure is None for r in collect.read_journal(run, outputs=False).responses.values())
        try:
            runs.check_folder(run, prepared.collection, replies=replied)
        except RunFolderError as other:
            raise RunFolderError(other.what, where=other.where, fix="Give the pilot a folder of its own with --run, or restore the plan.") from None
        super().__init__(prepared.probes, _to_choose_from(prepared, run), prices_of(prepared), seconds_of(prepared))
        self._read()

    def _read(self) -> None:
        log = collect.read_journal(self._run)
        if log.collection in (None, self._collection):   # else of another plan that got no reply: it will be set aside
            self.take(told(log, self._probes, self._prices))

    def look(self) -> list[str]:
        """Read the journal, and return what is known now, in words."""
        self._read()
        if not self._asked or not by_tokens(self._prices) or not self.estimate.told:
            return []
        return [f"pilot: {self.replies:,} replies: ${self.estimate.dollars:,.2f}, within {100 * self.estimate.within:.0f}%"]


def _to_choose_from(prepared: Prepared, run: Path) -> Sequence[Probe]:
    """Return the probes that may be asked now: of an adaptive plan those of the block that it is at."""
    if not prepared.plan.design.adaptive:
        return prepared.probes
    blocks = Blocks(prepared, run)
    blocks.look()
    return blocks.so_far()


def offered(prepared: Prepared, known: Known, cost: Estimate, left: Sequence[Probe]) -> Offer | None:
    """Return the pilot that would make a plan's dollars sure; None where they are, or no pilot can."""
    prices = prices_of(prepared)
    if not by_tokens(prices) or cost.within <= PROMISED or prepared.plan.connect.adapter == "transcript":
        return None
    most = most_of(len(prepared.probes), prices)
    least = min(LEAST, most)
    done = len(prepared.probes) - len(left)
    if done >= most or not left or (done >= PLAIN and not cost.told):
        return None
    a_probe = (cost.dollars - cost.spent) / len(left)
    return Offer(max(1, least - done), most - done, (max(1, least - done) * a_probe, (most - done) * a_probe), PROMISED)
