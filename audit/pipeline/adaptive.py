"""Adaptive collection: the probes of the next block, from what the journal holds; and a look in plain words.

`next_block` is all that a collector, a worksheet or a test needs: it is a function of the plan and of how the probes ended, so that it gives
the same after a run was killed, and `audit score` and `audit verify` find the same looks.
"""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from audit import collect, disparity, measures, sequential
from audit.errors import Unfinished
from audit.pipeline.judged import Judged
from audit.pipeline.looking import Measure, Read, Sight, looks_of
from audit.pipeline.prepared import reading_of
from audit.plan import Plan
from audit.policy import Policy
from audit.records import Disparity, FixtureSet, Measurement, Probe, Response, Results, TextDifference
from audit.wording import attribute_title, one_line

_LONG = 60
_MOST_NAMED = 4
SPENDING = "alpha times t cubed for a gap, t squared for within the margin (Kim & DeMets 1987)"


def sight(
    plan: Plan, policy: Policy, sets: Mapping[str, FixtureSet], responses: Mapping[str, Response],
    measured: Mapping[str, Sequence[Measurement]] | None = None,
) -> Sight:
    """Return what the looks of a run need. measured: set → what was read of its replies, where the replies themselves are withheld."""
    reading, known = reading_of(plan), {name: _reader(read) for name, read in (measured or {}).items()}
    memory: measures.Memory = {}   # a reply is measured once, and not at each look again

    def read(fixture_set: FixtureSet, probes: Sequence[Probe], *, deciding: bool = False) -> Sequence[Measurement]:
        if fixture_set.id in known:
            return known[fixture_set.id](fixture_set, probes)
        return measures.measure_all(fixture_set, probes, responses, reading, memory=memory, deciding=deciding)

    return Sight(sets, policy, plan.design, read, quick=partial(read, deciding=True))


def _reader(measured: Iterable[Measurement]) -> Read:
    """Return what looks up what was read of probes."""
    own: dict[str, list[Measurement]] = defaultdict(list)
    for m in measured:
        own[m.probe].append(m)
    return lambda _set, probes: [m for p in probes for m in own[p.id]]


def next_block(plan: Plan, policy: Policy, sets: Mapping[str, FixtureSet], probes: Sequence[Probe], log: collect.Log) -> list[Probe] | None:
    """Return the probes of the block to be asked now, all of them, also those that have ended, in the order in which to ask; None when done.

    log: the journal with outputs. Failed probes of a block that is complete are not asked again: a look has counted them.
    """
    found = sight(plan, policy, sets, log.responses).walk(probes, log.responses)
    return in_asking_order(probes, found.todo) or None


def in_asking_order(probes: Sequence[Probe], chosen: Sequence[Probe]) -> list[Probe]:
    """Return the chosen probes in the (random) order of the plan."""
    wanted = {p.id for p in chosen}
    return [p for p in probes if p.id in wanted]


def not_needed(probes: Sequence[Probe], walk: sequential.Walk) -> int:
    """Return how many probes of the plan will not be asked, for all that is known: every attribute that they serve is settled."""
    counted = {p.id for p in walk.counted}
    return sum(p.id not in counted and all((p.set, a) in walk.stopped for a in p.groups) for p in probes)


def plan_in_words(plan: Plan) -> str:
    """Return how a plan looks at its replies: what is fixed before the first call."""
    looks = looks_of(plan.design)
    shares = ", ".join(f"{100 * share:.0f}%" for share in looks.shares)
    return (
        f"adaptive: {len(looks)} looks, after {shares} of the base items; error spending: {SPENDING}; "
        f"settled by {plan.design.settle}; futility: {plan.design.futility}"
    )


def look_in_words(plan: Plan, sets: Mapping[str, FixtureSet], probes: Sequence[Probe], walk: sequential.Walk) -> list[str]:
    """Return what the last look of a run found, in plain words, one line each: what is settled, what is open, and the calls that are saved."""
    made, every = walk.made[-1], [(s.id, a) for s in sets.values() for a in s.attributes]
    settled = [s for s in every if any(s in one.finding.settled for one in walk.made)]
    futile = [s for s in every if s in made.finding.futile]
    left = [s for s in every if s not in walk.stopped]
    saved = not_needed(probes, walk)
    if made.look + 1 == plan.design.looks:
        left_over = f"open until the end, and judged when the run is scored: {_named(left, sets)}"
        lines = [f"look {made.look + 1} of {plan.design.looks}, {made.probes:,} of {len(probes):,} probes: settled before: {_named(settled, sets)}; {left_over}"]
    else:
        lines = [f"look {made.look + 1} of {plan.design.looks}, {made.probes:,} of {len(probes):,} probes: settled: {_named(settled, sets)}; open: {_named(left, sets)}"]
    if futile:
        asked = "is no longer asked" if plan.design.futility == "stop" else "is asked on (futility = \"stop\" would not)"
        lines.append(f"the planned items can hardly settle {_named(futile, sets)}: it {asked}")
    if saved:
        lines.append(f"{saved:,} of the {len(probes):,} calls of the fixed design are not needed")
    return lines


def _named(subjects: Sequence[sequential.Subject], sets: Mapping[str, FixtureSet]) -> str:
    shown = [f"{one_line(attribute_title(sets[name], attribute), _LONG)} ({name})" for name, attribute in subjects[:_MOST_NAMED]]
    more = f" and {len(subjects) - _MOST_NAMED} more" if len(subjects) > _MOST_NAMED else ""
    return f"{', '.join(shown)}{more}" if shown else "nothing"


class View(Struct, frozen=True):
    """An adaptive run as it is scored: its looks made again. counted: the probes that count, in the order of the plan."""

    sight: Sight
    walk: sequential.Walk
    probes: tuple[Probe, ...]
    counted: tuple[Probe, ...]
    uncounted: int

    def audited(self, judges: Judged) -> list[disparity.Audited]:
        """Return what is to be compared, each attribute as of the look that its verdicts rest on; what judges of texts said as well."""
        found = self.sight.audited(self.walk.seen, self.walk.look_of)
        for a in judges.audited:
            own = [m for m in judges.measurements if (m.set, m.measure) == (a.set.id, a.measure)]
            found += self.sight.audited(self.walk.seen, self.walk.look_of, _reader(own), Measure(a.unit, a.text_range, a.decides))
        return found

    def kept(self, compared: disparity.Compared, judges: Judged) -> disparity.Compared:
        """Return comparisons whose gaps stay found that ended the asking. Not where a judge decides: no look knew the family with its comparisons."""
        if any(a.decides for a in judges.audited):
            return compared
        return dataclasses.replace(compared, comparisons=self.sight.kept(compared.comparisons), missingness=self.sight.kept(compared.missingness))

    def texts(self, own: FixtureSet, compare: Callable[..., list[TextDifference]]) -> list[TextDifference]:
        """Return whether the replies of a text set differ, each attribute's as of its own look, with the repeated p-values of that look.

        compare: (probes, attributes=, share=) → the answers with the p-values of a fixed design. That one looks only where a run stopped, and why it
        did, makes a repeated p-value no smaller. The test is one-sided and the looks' table two-sided: one-sided it uses up 0.0483 of 0.05.
        """
        found = []
        for look, attributes in self.sight.by_look(own, self.walk.look_of).items():
            looks = self.sight.looks
            answers = compare([p for p in self.walk.seen(look) if p.set == own.id], attributes=attributes, share=looks.shares[look])
            found += [d if d.p_value is None else msgspec.structs.replace(d, p_value=looks.repeated(look, d.p_value)) for d in answers]
        order = list(own.attributes)
        return sorted(found, key=lambda d: order.index(d.attribute))

    def told(self, judged: Results) -> Results:
        """Return results whose verdicts also say which look they rest on, with what a reader has to know of the looks."""
        return msgspec.structs.replace(
            judged, disparities=self._said(judged.disparities), missingness=self._said(judged.missingness),
            texts=tuple(d if d.p_value is None else msgspec.structs.replace(d, because=self._at(d)) for d in judged.texts), notes=(*self.notes, *judged.notes),
            family=f"{judged.family} They were looked at {len(self.walk.made)} times at most, of {len(self.sight.looks)} looks planned: p-values and intervals hold over all of them.",
        )

    def _said(self, disparities: Iterable[Disparity]) -> tuple[Disparity, ...]:
        return tuple(msgspec.structs.replace(d, because=self._at(d)) if d.family == "confirmatory" else d for d in disparities)

    def _at(self, d: Disparity | TextDifference) -> str:
        """Return why, with the look that it rests on."""
        return f"{d.because} (Look {self.walk.look_of((d.set, d.attribute)) + 1} of {len(self.sight.looks)}.)"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know of the looks, in sentences."""
        planned, asked = len(self.probes), len(self.walk.counted)
        said = [(
            f"Adaptive collection: {len(self.walk.made)} of {len(self.sight.looks)} looks were made. {asked:,} of {planned:,} planned probes count; "
            f"{not_needed(self.probes, self.walk):,} were not needed."
        )]
        if self.uncounted:
            said.append(f"{self.uncounted:,} replies belong to a block that is not complete: they are kept, and do not count yet.")
        futile = sorted({s for made in self.walk.made for s in made.finding.futile if self.walk.stopped.get(s, made.look) == made.look})
        if futile:
            said.append(f"The planned items could hardly settle {_named(futile, self.sight.sets)}.")
        return tuple(said)

    @property
    def provenance(self) -> dict[str, Any]:
        """The looks for the scorecard: planned and made, how error was spent, and the calls of this design beside those of the fixed one."""
        return {"adaptive": {
            "looks": len(self.sight.looks), "shares": list(self.sight.looks.shares), "spending": SPENDING, "settle": self.sight.design.settle,
            "futility": self.sight.design.futility, "made": len(self.walk.made), "probes_planned": len(self.probes),
            "probes_counted": len(self.walk.counted), "probes_not_needed": not_needed(self.probes, self.walk), "replies_not_counted": self.uncounted,
            "stopped": [{"set": name, "attribute": attribute, "look": look + 1} for (name, attribute), look in sorted(self.walk.stopped.items())],
        }}


def view(
    plan: Plan, policy: Policy, sets: Mapping[str, FixtureSet], probes: Sequence[Probe], log: collect.Log,
    measured: Mapping[str, Sequence[Measurement]],
) -> View:
    """Return an adaptive run as it is scored. Raises Unfinished: not one block is complete. log: with outputs; measured: see `sight`."""
    own = sight(plan, policy, sets, log.responses, measured)
    found = own.walk(probes, log.responses)
    if not found.made:
        raise Unfinished(
            "no block of the adaptive design is complete, so no look was made and nothing can be scored", where=str(plan.path),
            fix="Collect on: the same command goes on where it stopped.",
        )
    counted = tuple(in_asking_order(probes, found.counted))
    ids = {p.id for p in counted}
    uncounted = sum(r.failure is None and name not in ids for name, r in log.responses.items())
    return View(own, found, tuple(probes), counted, uncounted)
