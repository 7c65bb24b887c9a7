"""Every contrast of an audit, with its interval and its adjusted p-value, in one family."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np

from audit.disparity.contrasts import compared_pairs
from audit.disparity.describe import describe
from audit.disparity.described import deciding as deciding_more
from audit.disparity.described import describe_more
from audit.disparity.estimation import LEVEL, Estimate, settled
from audit.disparity.frames import Audited, Head, frame
from audit.disparity.multiplicity import Block, Family, benjamini_hochberg, holm, step_down
from audit.disparity.readings import Ints
from audit.disparity.shares import State
from audit.disparity.spread import GroupSpread
from audit.disparity.statistics import MISSING, Statistic, statistics_for
from audit.disparity.summary import between
from audit.disparity.testing import Tested, measured
from audit.records import Comparison, GroupValue, Omnibus

MISSING_SHARE = 0.1
"""What a comparison of missing rates may use of the error, relative to a deciding one."""
_FEWEST_DRAWS = 9_999
_DRAWS_TO_DESCRIBE = 1_999
_MOST_PATHS = 20_000
_MOST_INFLUENCES = 50_000
"""Clusters whose influences are kept, a random part of more: enough to see how comparisons go together."""


@dataclass(frozen=True)
class Compared:
    """All comparisons of an audit; those of missing replies apart. `family` says what was tested together."""

    comparisons: list[Comparison]
    missingness: list[Comparison]
    groups: list[GroupValue]
    omnibus: list[Omnibus]
    family_size: int
    family: str


@dataclass(frozen=True)
class _Part:
    """What is kept of a statistic of an attribute; its cells are let go.

    spread: of a deciding one, how far the groups lie apart. more: a test of all groups that describes.
    """

    head: Head
    estimates: list[Estimate]
    groups: list[GroupValue]
    omnibus: float | None = None
    items: int = 0
    spread: GroupSpread | None = None
    more: Omnibus | None = None


def compare_all(
    audited: Sequence[Audited], *, seed: int, draws: int | None = None, confirm: Collection[str] = (), state: State | None = None
) -> Compared:
    """Return every comparison of an audit. The seed fixes the permutations. `state`: a State's children, for IDEA's ratios.

    The family that decides holds every deciding contrast and every contrast of missing rates; `confirm` adds statistics
    by name. `draws`: permutations for a contrast; by default as many as the family's smallest p-value needs.
    """
    plan = [(a, statistics_for(a.set, a.measure, a.unit, a.readings, confirm, decides=a.decides)) for a in audited]
    first = _one_a_set(audited)
    every = [*plan, *((a, deciding_more(a, confirm)) for a in audited), *((a, [MISSING]) for a in first)]
    fixed = [(a, statistic.name) for a, statistics in every for statistic in statistics if statistic.confirmatory]
    size = sum(_comparisons(a) for a, _ in fixed)
    parts = [part for a, statistics in plan for part in _parts(a, statistics, seed, _enough(a, size, draws), confirm, state)]
    missing = [part for a in first for part in _parts(a, [MISSING], seed, _enough(a, size, draws))]
    deciding = sorted(_estimates([*parts, *missing], confirmatory=True), key=_block)
    family = _together(deciding, seed, _together_draws(audited, size, draws))
    settle = _settled(deciding, family) | _explored(_estimates(parts, confirmatory=False))
    decides = sum(e.p_value is not None for e in deciding)
    return Compared(
        comparisons=[settle[id(e)] for part in parts for e in part.estimates],
        missingness=[settle[id(e)] for part in missing for e in part.estimates],
        groups=[value for part in [*parts, *missing] for value in part.groups],
        omnibus=_omnibus(parts), family_size=decides, family=_told(size, decides, [name for _, name in fixed], family.level),
    )


@dataclass(frozen=True)
class Decided:
    """The deciding comparisons of an audit, and those of missing replies; nothing that describes. level: of a single 95% interval."""

    comparisons: list[Comparison]
    missingness: list[Comparison]
    level: float


class Kept(NamedTuple):
    """What names the estimates of one statistic at one look."""

    set: str
    by: str
    measure: str
    statistic: str
    attribute: str
    look: int


Memory = dict[Kept, list[Estimate]]
"""Estimates that a later look needs again: those of attributes that are no longer asked."""


def decide(audited: Sequence[Audited], *, seed: int, draws: int | None = None, memory: Memory | None = None) -> Decided:
    """Return the deciding comparisons alone, as `compare_all` returns them: what a look at an adaptive run needs."""
    first = _one_a_set(audited)
    plan = [(a, [s for s in statistics_for(a.set, a.measure, a.unit, a.readings, decides=a.decides) if s.confirmatory]) for a in audited]
    size = sum(_comparisons(a) for a, statistics in [*plan, *((a, [MISSING]) for a in first)] for _ in statistics)
    kept = memory if memory is not None else {}
    found = [_measured(a, statistics, seed, _enough(a, size, draws), kept) for a, statistics in plan]
    missing = [_measured(a, [MISSING], seed, _enough(a, size, draws), kept) for a in first]
    deciding = sorted((e for part in [*found, *missing] for e in part), key=_block)
    family = _together(deciding, seed, _together_draws(audited, size, draws))
    settle = _settled(deciding, family)
    return Decided([settle[id(e)] for part in found for e in part], [settle[id(e)] for part in missing for e in part], family.level)


def _measured(a: Audited, statistics: Sequence[Statistic], seed: int, draws: int, memory: Memory) -> list[Estimate]:
    """Return the estimates of deciding statistics of a measure; those in memory as they are."""
    found: list[Estimate] = []
    for attribute in a.set.attributes:
        known: dict[str, Tested] = {}
        for statistic in statistics:
            key = Kept(a.set.id, str(a.by), a.measure, statistic.name, attribute, a.interim.look if a.interim else 0)
            if key not in memory:
                f = frame(a, statistic, attribute, _sample(len(a.readings.weight)))
                question = statistic.tested_as or statistic.name
                memory[key], known[question] = measured(f, seed, draws, known.get(question))
            found += memory[key]
    return found


def _told(size: int, decides: int, names: Sequence[str], level: float) -> str:
    """Say what was tested together. size: comparisons planned; decides: of these, how many could be tested; names: of their statistics."""
    return (
        f"{size} comparisons decide ({', '.join(dict.fromkeys(names))}), fixed before the results; {decides} could be tested. They are tested together, "
        f"step by step, at 5% (those of missing replies with a tenth of a share); a single interval is at {100 * level:.2f}%, so that all "
        "hold at 95%. Other comparisons use Benjamini-Hochberg and decide nothing."
    )


def _enough(a: Audited, size: int, draws: int | None) -> int:
    """Return how many permutations a contrast needs: so many that the family's smallest p-value can be reached, but for early looks (see `testing`)."""
    if draws is not None:
        return draws
    return _FEWEST_DRAWS if a.interim is not None and not a.interim.last else max(_FEWEST_DRAWS, 100 * size - 1)


def _together_draws(audited: Sequence[Audited], size: int, draws: int | None) -> int:
    """Return how many draws the family's joint distribution needs; fewer where each of them is a path of several looks."""
    enough = 2 * (draws if draws is not None else max(_FEWEST_DRAWS, 100 * size - 1))
    return max(_FEWEST_DRAWS + 1, min(enough, _MOST_PATHS) if any(a.interim for a in audited) else enough)


def _one_a_set(audited: Sequence[Audited]) -> list[Audited]:
    """Return the first measure of each set (and value of `by`): replies are missing from all of a set's measures alike."""
    return list({(a.set.id, tuple(a.set.attributes), str(a.by)): a for a in reversed(audited)}.values())[::-1]


def _comparisons(a: Audited) -> int:
    """Return how many comparisons each statistic of a set has."""
    return sum(len(compared_pairs(about)) for about in a.set.attributes.values())


def _estimates(parts: Iterable[_Part], *, confirmatory: bool) -> list[Estimate]:
    """Return what decides, or what describes."""
    return [e for part in parts if part.head.statistic.confirmatory == confirmatory for e in part.estimates]


def _parts(
    a: Audited, statistics: Sequence[Statistic], seed: int, draws: int, confirm: Collection[str] = (), state: State | None = None
) -> Iterator[_Part]:
    """Yield what each statistic of a measure came to, and then what is no mean or share; of missing rates nothing more."""
    sample = _sample(len(a.readings.weight))
    for attribute in a.set.attributes:
        known: dict[str, Tested] = {}
        for statistic in statistics:
            f = frame(a, statistic, attribute, sample)
            question = statistic.tested_as or statistic.name
            enough = draws if statistic.confirmatory else min(draws, _DRAWS_TO_DESCRIBE)
            estimates, known[question] = measured(f, seed, enough, known.get(question))
            groups = [] if statistic.ratio else describe(f)
            items = int(f.cells.count(f.cells.obtained > 0).sum())
            apart = between(f) if statistic.confirmatory and not statistic.ratio else None
            yield _Part(f.head, estimates, groups, known[question].omnibus, items, apart)
        if MISSING not in statistics:
            for d in describe_more(a, attribute, sample, known, confirm, seed=seed, draws=draws, state=state):
                yield _Part(d.head, d.estimates, d.groups, more=d.omnibus)


def _sample(clusters: int) -> Ints:
    if clusters <= _MOST_INFLUENCES:
        return np.arange(clusters)
    return np.sort(np.random.default_rng(clusters).choice(clusters, _MOST_INFLUENCES, replace=False))


def _together(deciding: Sequence[Estimate], seed: int, draws: int) -> Family:
    """Adjust the deciding comparisons that can be tested, those of one set knowing how they go together."""
    blocks, p_values = [], []
    for _, members in groupby((e for e in deciding if e.p_value is not None), key=_block):
        own = list(members)
        audited = own[0].head.audited
        weight = audited.readings.weight
        blocks.append(Block(
            np.column_stack([e.influence for e in own]), weight[_sample(len(weight))], np.array([_share(e) for e in own]),
            audited.interim.drawn if audited.interim else None,
        ))
        p_values += [e.overall for e in own if e.overall is not None]
    return step_down(p_values, blocks, draws, np.random.default_rng(seed))


def _share(e: Estimate) -> float:
    """Return a comparison's share of the error: lost replies are tested too, and must not cost the others much."""
    return MISSING_SHARE if e.head.statistic is MISSING else 1.0


def _block(e: Estimate) -> tuple[str, int, int]:
    interim = e.head.audited.interim
    return e.head.set.id, interim.look if interim else 0, len(e.head.audited.readings.weight)


def _settled(deciding: Sequence[Estimate], family: Family) -> dict[int, Comparison]:
    adjusted = iter(family.adjusted)
    return {
        id(e): settled(
            e, next(adjusted) if e.p_value is not None else None, 1 - (1 - family.level) * _share(e), len(family.adjusted),
        ) for e in deciding
    }


def _explored(describing: Sequence[Estimate]) -> dict[int, Comparison]:
    found = [e.p_value for e in describing if e.p_value is not None]
    adjusted = iter(benjamini_hochberg(found))
    return {id(e): settled(e, next(adjusted) if e.p_value is not None else None, LEVEL, len(found)) for e in describing}


def _omnibus(parts: Sequence[_Part]) -> list[Omnibus]:
    """Return the test of "all groups are alike" for each deciding statistic of each attribute, adjusted by Holm, and those that describe.

    p-values are None where too much, or too little, is there to be exchanged; how far the groups lie apart is told all the same.
    """
    kept = [(part, _over_looks(part)) for part in parts if part.spread is not None]
    adjusted = iter(holm([p for _, p in kept if p is not None]))
    return [_all_groups(part, p, next(adjusted) if p is not None else None) for part, p in kept] + [
        part.more for part in parts if part.more is not None
    ]


def _over_looks(part: _Part) -> float | None:
    """Return the p-value of "all groups are alike", over all looks where there are several."""
    interim = part.head.audited.interim
    return part.omnibus if part.omnibus is None or interim is None else interim.over_looks(part.omnibus, part.items)


def _all_groups(part: _Part, p_value: float | None, p_adjusted: float | None) -> Omnibus:
    head, apart = part.head, part.spread
    names = tuple(head.about.groups)
    return Omnibus(
        set=head.set.id, by=head.by, measure=head.audited.measure, statistic=head.statistic.name, attribute=head.attribute,
        groups=len(names), items=part.items, p_value=p_value, p_adjusted=p_adjusted,
        value=apart.max_minus_min if apart else None, between_sd=apart.standard_deviation if apart else None,
        highest=names[apart.highest] if apart and apart.highest is not None else None,
        lowest=names[apart.lowest] if apart and apart.lowest is not None else None,
    )
