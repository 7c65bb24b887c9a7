"""The blocks of an adaptive run that is being collected: what to ask now, and what a look found when one is complete."""

from pathlib import Path

from audit import collect, sequential
from audit.pipeline.adaptive import in_asking_order, look_in_words, not_needed, sight
from audit.pipeline.prepared import Prepared
from audit.records import Probe, Response


class Blocks:
    """How far an adaptive run has come. Everything is read from the run folder's journal; looks made once in a sitting are kept."""

    def __init__(self, prepared: Prepared, run: Path) -> None:
        self._prepared, self._run = prepared, run
        self._responses: dict[str, Response] = {}
        self._sight = sight(prepared.plan, prepared.policy, prepared.sets, self._responses)
        self.walk = sequential.Walk()

    def look(self) -> list[str]:
        """Read the journal, make the looks whose blocks are complete, and return what the last of them found, in words; nothing where none is new."""
        before = len(self.walk.made)
        self._responses |= collect.read_journal(self._run).responses
        self.walk = self._sight.walk(self._prepared.probes, self._responses)
        if len(self.walk.made) == before:
            return []
        return look_in_words(self._prepared.plan, self._prepared.sets, self._prepared.probes, self.walk)

    def open_ones(self) -> list[Probe]:
        """Return the probes of the block to be asked that have no reply; empty when nothing is left to ask."""
        return [p for p in in_asking_order(self._prepared.probes, self.walk.todo) if self._is_open(p)]

    def so_far(self) -> list[Probe]:
        """Return the probes of all blocks up to the one to be asked."""
        return in_asking_order(self._prepared.probes, [*self.walk.counted, *self.walk.todo])

    @property
    def not_needed(self) -> int:
        """How many probes will not be asked, for all that is known now."""
        return not_needed(self._prepared.probes, self.walk)

    def most_left(self) -> int:
        """Return how many probes there are to ask if nothing more is settled."""
        done = {p.id for p in self.walk.counted}
        return sum(p.id not in done and self._is_open(p) for p in self._prepared.probes) - self.not_needed

    def _is_open(self, probe: Probe) -> bool:
        known = self._responses.get(probe.id)
        return known is None or known.failure is not None
