"""What a look at an adaptive run sees: its replies measured, compared and judged, and which attributes that settles.

The same functions look while a run is collected, and again whenever it is scored: nothing of a look is kept but the replies.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from audit import disparity, measures, sequential, verdicts
from audit.plan import DesignSection
from audit.policy import Policy
from audit.records import Comparison, Disparity, FixtureSet, Measurement, Probe

Read = Callable[[FixtureSet, Sequence[Probe]], Sequence[Measurement]]
"""A set and its probes that count at a look → what every measure read of their replies, missing ones too."""


@dataclass(frozen=True)
class Measure:
    """How one measure of a set counts."""

    unit: str
    range: tuple[float, float] | None
    decides: bool


@dataclass
class Sight:
    """What the looks of one run share.

    read: see Read; quick: the same of the measures that decide, which is all that a look needs. memory: estimates of attributes that are no longer
    asked; findings: of looks already made. reached: comparison → its adjusted p-value at the look that ended its attribute.
    """

    sets: Mapping[str, FixtureSet]
    policy: Policy
    design: DesignSection
    read: Read
    draws: int | None = None
    memory: disparity.Memory = field(default_factory=dict)
    findings: dict[int, sequential.Finding] = field(default_factory=dict)
    quick: Read | None = None
    reached: dict[tuple[str, ...], float] = field(default_factory=dict)

    @property
    def looks(self) -> sequential.Looks:
        """The looks of the plan."""
        return looks_of(self.design)

    def walk(self, probes: Sequence[Probe], ended: Collection[str]) -> sequential.Walk:
        """Return how far a run has come; looks that were made before are not made again."""
        blocks = sequential.blocks_of(probes, self.sets, self.looks.shares, self.design.seed)

        def see(look: int, so_far: sequential.Walk) -> sequential.Finding:
            if look not in self.findings:
                self.findings[look] = self._find(look, so_far)
            return self.findings[look]

        return sequential.walk(in_order(probes), blocks, len(self.looks), ended, see, self.sets, stop_futile=self.design.futility == "stop")

    def _find(self, look: int, so_far: sequential.Walk) -> sequential.Finding:
        stopped = so_far.stopped
        audited = self.audited(lambda at: so_far.counted if at == look else so_far.seen(at), lambda subject: stopped.get(subject, look), self.quick)
        found = disparity.decide(audited, seed=self.design.seed, draws=self.draws, memory=self.memory)
        rows = _by_subject(zip(found.comparisons, verdicts.judge(found.comparisons, self.policy, self.sets), strict=True))
        lost = _by_subject(zip(found.missingness, verdicts.judge(found.missingness, self.policy, self.sets), strict=True))
        last = len(self.looks) - 1
        levels = sequential.Levels(self.looks.nominal(last, 1 - found.level), self.looks.one_sided(last))
        every = self.design.settle == "comparison"
        settled = {
            s for s, own in rows.items() if sequential.is_settled([d for _, d in own], [d for _, d in lost.get(s, ())], every=every)
        }
        futile = {s for s, own in rows.items() if s not in settled and sequential.is_futile(_standings(own), levels, self.looks.shares[look])}
        for s in (settled | (futile if self.design.futility == "stop" else set())) - stopped.keys():
            self.reached |= {_place(c): c.p_adjusted for c, _ in (*rows[s], *lost.get(s, ())) if c.p_adjusted is not None}
        self._forget(stopped.keys() | settled | (futile if self.design.futility == "stop" else set()))
        return sequential.Finding(frozenset(settled - stopped.keys()), frozenset(futile - stopped.keys()))

    def kept(self, comparisons: Iterable[Comparison]) -> list[Comparison]:
        """Return comparisons, none with a larger adjusted p-value than at the look that ended its attribute.

        What the family rejected at a look stays rejected (Maurer & Bretz 2013): larger p-values of other comparisons at later looks, and that what rests on
        different looks counts as independent, take no gap back. The smallest over looks is no smaller than that of the sequential p-values together.
        """
        return [
            msgspec.structs.replace(c, p_adjusted=min(c.p_adjusted, self.reached.get(_place(c), 1.0))) if c.p_adjusted is not None and c.family == "confirmatory" else c
            for c in comparisons
        ]

    def _forget(self, kept: Collection[sequential.Subject]) -> None:
        """Let go of what was estimated of attributes that are asked on: the next look estimates it anew."""
        for key in [k for k in self.memory if (k.set, k.attribute) not in kept]:
            del self.memory[key]

    def audited(
        self, seen: Callable[[int], Sequence[Probe]], look_of: Callable[[sequential.Subject], int], read: Read | None = None,
        of: Measure | None = None,
    ) -> list[disparity.Audited]:
        """Return what is to be compared, each attribute as of its own look. seen: look → the probes that it rests on.

        read, of: another measure than the sets' own, and how it counts.
        """
        found = []
        for name in sorted(self.sets):
            fixture_set = self.sets[name]
            for look, attributes in self.by_look(fixture_set, look_of).items():
                rows = (read or self.read)(fixture_set, [p for p in seen(look) if p.set == name])
                found += narrowed(fixture_set, attributes, rows, interim(self.looks, look), of)
        return found

    @staticmethod
    def by_look(fixture_set: FixtureSet, look_of: Callable[[sequential.Subject], int]) -> dict[int, list[str]]:
        """Return look → the attributes of a set that rest on it, the earliest look first."""
        at: dict[int, list[str]] = defaultdict(list)
        for attribute in fixture_set.attributes:
            at[look_of((fixture_set.id, attribute))].append(attribute)
        return dict(sorted(at.items()))


def narrowed(
    fixture_set: FixtureSet, attributes: Iterable[str], read: Sequence[Measurement], at: disparity.Interim,
    of: Measure | None = None,
) -> list[disparity.Audited]:
    """Return every measure that was read of a set, to be compared in some of its attributes only. of: how it counts; the package's own without it."""
    own = msgspec.structs.replace(fixture_set, attributes={name: fixture_set.attributes[name] for name in attributes})
    by_measure: dict[str, list[Measurement]] = defaultdict(list)
    for m in read:
        by_measure[m.measure].append(m)
    found = []
    for name, rows in by_measure.items():
        entry = of or _shipped(name, fixture_set)
        found.append(disparity.Audited(
            own, name, entry.unit, disparity.of_measurements(rows, fixture_set.attributes), entry.range, decides=entry.decides, interim=at,
        ))
    return found


def _shipped(name: str, fixture_set: FixtureSet) -> Measure:
    entry = measures.MEASURES[name]
    return Measure(entry.unit, entry.range, measures.decides(name, fixture_set))


def looks_of(design: DesignSection) -> sequential.Looks:
    """Return the looks of a plan."""
    return sequential.Looks.even(design.looks)


def interim(looks: sequential.Looks, look: int) -> disparity.Interim:
    """Return what a p-value and an interval of one look count for."""
    return disparity.Interim(
        look, look == len(looks) - 1, lambda p: looks.repeated(look, p), lambda alpha: looks.nominal(look, alpha), 1 - 2 * looks.one_sided(look), looks.drawn,
        fewest=0 if look == len(looks) - 1 else sequential.FEWEST,
    )


def in_order(probes: Iterable[Probe]) -> list[Probe]:
    """Return probes in an order that depends on what they ask alone, so that a look comes out the same wherever it is made."""
    return sorted(probes, key=lambda p: (p.set, p.item, sorted(p.groups.items()), p.variant or "", p.repeat))


def _by_subject(pairs: Iterable[tuple[Comparison, Disparity]]) -> dict[sequential.Subject, list[tuple[Comparison, Disparity]]]:
    found: dict[sequential.Subject, list[tuple[Comparison, Disparity]]] = defaultdict(list)
    for pair in pairs:
        found[pair[1].set, pair[1].attribute].append(pair)
    return found


def _place(c: Comparison) -> tuple[str, ...]:
    """Return what names a comparison within a run."""
    return c.set, c.measure, c.statistic, c.attribute, c.group, c.reference


def _standings(own: Iterable[tuple[Comparison, Disparity]]) -> list[sequential.Standing]:
    return [
        sequential.Standing(d.estimate, c.standard_error, d.margin, unsure=c.unchanged or d.unit == "ratio") for c, d in own
        if d.outcome == "inconclusive" and d.estimate is not None and c.standard_error is not None and d.margin is not None
    ]
