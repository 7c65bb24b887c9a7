"""The blocks of a plan in order, look by look: what was asked, what is settled, what is to be asked next.

It follows from which probes have ended and from what each look finds, and from nothing else: a run that was killed makes the same looks
when it goes on, and so does whoever scores it again.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from audit.records import FixtureSet, Probe
from audit.sequential.blocks import Item

Subject = tuple[str, str]
"""(set, attribute)."""


class Finding(Struct, frozen=True):
    """What a look finds: which attributes are settled, and which the planned items can hardly settle."""

    settled: frozenset[Subject]
    futile: frozenset[Subject] = frozenset()


class Made(Struct, frozen=True):
    """A look that was made. look: 0 … K-1; probes: how many it rests on, of its own and of earlier blocks."""

    look: int
    probes: int
    finding: Finding


class Walk(Struct, frozen=True):
    """How far a run has come. counted: the probes of complete blocks, in their order.

    todo: the probes of the next block (all of them, ended or not), empty when nothing is left. stopped: attribute → the look after which
    it is no longer asked; every attribute that is open has none.
    """

    made: tuple[Made, ...] = ()
    counted: tuple[Probe, ...] = ()
    todo: tuple[Probe, ...] = ()
    stopped: dict[Subject, int] = {}

    def look_of(self, subject: Subject) -> int:
        """Return the look that an attribute's verdicts rest on: the one after which it was no longer asked, or the last one made."""
        return self.stopped.get(subject, self.made[-1].look)

    def seen(self, look: int) -> tuple[Probe, ...]:
        """Return the probes that a look rests on."""
        return self.counted[: next(one.probes for one in self.made if one.look == look)]


Seeing = Callable[[int, "Walk"], Finding]
"""A look, and the run as it came to it: the probes counted so far, the looks made before, what these stopped → what it finds."""


def walk(
    probes: Sequence[Probe], blocks: Mapping[Item, int], looks: int, ended: Collection[str], see: Seeing, sets: Mapping[str, FixtureSet],
    *, stop_futile: bool = False,
) -> Walk:
    """Return how far a run has come. ended: the probes that have a reply or have failed for good.

    A block is asked for the attributes that are still open, and looked at when each of its probes has ended: failed ones count as
    missing, so that what enters a look does not depend on the replies. The last look is left to whoever scores the run. stop_futile: what can hardly be settled is not asked any more either.
    """
    every = {(name, attribute) for name, one in sets.items() for attribute in one.attributes}
    in_block: list[list[Probe]] = [[] for _ in range(looks)]
    for probe in probes:
        in_block[blocks[probe.set, probe.item]].append(probe)
    found = Walk()
    for look, block in enumerate(in_block):
        asked = tuple(p for p in block if any((p.set, a) in every and (p.set, a) not in found.stopped for a in p.groups))
        if any(p.id not in ended for p in asked):
            return replace(found, todo=asked)
        if asked:
            found = _after(look, replace(found, counted=(*found.counted, *asked)), see if look + 1 < looks else _last, stop_futile=stop_futile)
    return found


def _last(_look: int, _so_far: Walk) -> Finding:
    """After the last block nothing depends on what is settled."""
    return Finding(frozenset())


def _after(look: int, before: Walk, see: Seeing, *, stop_futile: bool) -> Walk:
    """Return a run after a look."""
    finding = see(look, before)
    stop = finding.settled | finding.futile if stop_futile else finding.settled
    return replace(
        before, made=(*before.made, Made(look, len(before.counted), finding)),
        stopped=before.stopped | dict.fromkeys(sorted(stop - before.stopped.keys()), look),
    )
