"""Scores with people's: agreement by group, its differences, RSMTool's regressions, and the gap beyond two people's own.

The formulas stand in agreement.py and regression.py. Everything here describes, and decides only where the user gives it
a margin.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from audit.disparity import agreement
from audit.disparity.classes import Basis, disjoint
from audit.disparity.estimates import Estimated, among, minus, standard_deviation
from audit.disparity.influences import Limits
from audit.disparity.readings import Flags, Floats
from audit.disparity.scored import (
    Described,
    Pair,
    Quantity,
    Scores,
    clustered,
    compared,
    described_group,
    double,
    judged,
    on,
    pairs,
)
from audit.disparity.statistics import Statistic

_ANY: Limits = (-np.inf, np.inf)
PValues = Mapping[tuple[str, str], float | None]


def every_row(s: Scores, sides: Sequence[Floats]) -> Basis:
    """Return the basis of a mean, in points or in SD: each side counts for all its rows."""
    parts = np.array([[s.present(side)] for side in sides])
    return Basis(disjoint(parts, parts @ s.alike), int(min(s.times[side > 0].sum() for side in sides)))


def off_the_usual(s: Scores, sides: Sequence[Floats]) -> Basis:
    """Return the basis of agreement: each side counts for its rows whose human score is not its most common one.

    Where nearly everyone's work has the same score, the few others make all of kappa.
    """
    others = [_others(s, side) for side in sides]
    clusters = np.array([[float(s.alike[s.present(rows)].sum())] for rows in others])
    parts = np.array([[s.present(side)] for side in sides])
    return Basis(disjoint(parts, clusters), int(min(s.times[rows > 0].sum() for rows in others)))


def _others(s: Scores, side: Floats) -> Floats:
    """(n,): 1 for the rows of a side whose human score is not its most common one."""
    rows = side > 0
    if not rows.any():
        return np.zeros(len(side))
    levels, level = np.unique(s.human[rows], return_inverse=True)
    usual = levels[np.argmax(np.bincount(level, weights=s.times[rows]))]
    return np.asarray(rows & (s.human != usual), dtype=np.float64)


@dataclass(frozen=True)
class Kind:
    """A quantity by group: its limits and those of a difference, and what a cluster without a trace could move it by.

    basis: scores and sides (n,) → what the quantity rests on.
    """

    statistic: Statistic
    quantity: Quantity
    limits: Limits
    apart: Limits
    step: float = 1.0
    compared: bool = True
    basis: Callable[[Scores, Sequence[Floats]], Basis] = every_row


def _score(group: str, unit: str, rows: Callable[..., Flags] = judged, value: Callable[..., Floats] = lambda r: r.value) -> Statistic:
    return Statistic(group, f"{group}_difference", "mean", unit, rows, value, confirmatory=False)


QWK = _score("qwk", "kappa")
DSM = _score("dsm", "sd")
SMD = Statistic("mean", "standardized_mean_difference", "mean", "sd", lambda r: np.ones(len(r), dtype=bool), lambda r: r.value, confirmatory=False)
EXACT, ADJACENT = _score("exact_agreement", "share"), _score("adjacent_agreement", "share")
PEOPLE = _score("qwk_human", "kappa", double, lambda r: r.second)
BEYOND = _score("qwk_beyond_human", "kappa", double)


def kinds(unit: float) -> tuple[Kind, ...]:
    """Return what is told of scores with a person's. unit: a typical distance between scores, in points."""
    one = (-1.0, 1.0)
    return (
        Kind(QWK, _kappa, one, (-2.0, 2.0), basis=off_the_usual), Kind(DSM, _dsm, _ANY, _ANY),
        Kind(_score("smd", "sd"), _smd, _ANY, _ANY, compared=False), Kind(_score("corr", "r"), _correlation, one, _ANY, compared=False),
        Kind(_score("rmse", "points"), _error_size, (0.0, np.inf), _ANY, unit, compared=False),
    )


def of_whole_scores() -> tuple[Kind, ...]:
    """Return what is told of scores that are whole numbers, as people's are: how often both are the same, and within one point."""
    one = (0.0, 1.0)
    return Kind(EXACT, _exact, one, _ANY, compared=False), Kind(ADJACENT, _adjacent, one, _ANY, compared=False)


def _whole(s: Scores) -> bool:
    return bool((s.value % 1 == 0).all() and (s.human % 1 == 0).all())


def _kappa(s: Scores, side: Floats) -> Estimated:
    return on(s, side, lambda rows, w: agreement.qwk(s.human[rows], s.value[rows], w))


def _correlation(s: Scores, side: Floats) -> Estimated:
    return on(s, side, lambda rows, w: agreement.pearson(s.human[rows], s.value[rows], w))


def _exact(s: Scores, side: Floats) -> Estimated:
    return on(s, side, lambda rows, w: agreement.exact_agreement(s.human[rows], s.value[rows], w))


def _adjacent(s: Scores, side: Floats) -> Estimated:
    return on(s, side, lambda rows, w: agreement.adjacent_agreement(s.human[rows], s.value[rows], w))


def _error_size(s: Scores, side: Floats) -> Estimated:
    return on(s, side, lambda rows, w: agreement.root_mean_squared_error(s.human[rows], s.value[rows], w))


def _smd(s: Scores, side: Floats) -> Estimated:
    return _of_everyone(s, agreement.smd(s.human, s.value, s.times * s.once, side > 0))


def _dsm(s: Scores, side: Floats) -> Estimated:
    return _of_everyone(s, agreement.dsm(s.human, s.value, s.times * s.once, side > 0))


def _of_everyone(s: Scores, part: Estimated) -> Estimated:
    return Estimated(part.value, part.influence * s.once)


def beyond(s: Scores, side: Floats) -> Estimated:
    """Return how much better the tool agrees with the first person than the second person does: of one set of rows."""
    people = on(s, side, lambda rows, w: agreement.qwk(s.human[rows], s.second[rows], w))
    return minus(_kappa(s, side), people)


def of_kind(s: Scores, kind: Kind, *, confirm: bool = False) -> Described:
    """Return a quantity of each group and, where it is compared, of each pair."""
    statistic = msgspec.structs.replace(kind.statistic, confirmatory=confirm)
    own = {g: clustered(s, kind.quantity(s, s.within(i))) for i, g in enumerate(s.groups)}
    groups = [
        described_group(s, statistic, i, own[g], kind.basis(s, (s.within(i),)), step=kind.step, limits=kind.limits)
        for i, g in enumerate(s.groups)
    ]
    found = _differences(s, kind, own) if kind.compared else iter(())
    estimates = [
        compared(s, statistic, p, whole, kind.basis(s, (p.own, p.base)), step=kind.step, limits=kind.apart) for p, whole in found
    ]
    return Described(s.named(statistic), estimates, groups)


def _differences(s: Scores, kind: Kind, own: Mapping[str, Estimated]) -> Iterator[tuple[Pair, Estimated]]:
    """Yield each pair with the difference of its sides; a group's own value is one of them wherever all its rows take part."""
    for pair in pairs(s):
        sides = [
            own[name] if s.complete and name in own else clustered(s, kind.quantity(s, rows))
            for name, rows in ((pair.group, pair.own), (pair.reference, pair.base))
        ]
        yield pair, minus(*sides)


def standardized(s: Scores, tests: PValues, *, confirm: bool = False) -> Described:
    """Return standardized mean differences: over the human SD where there is any, else over the reference side's.

    tests: of the mean difference, whose null hypothesis is the same.
    """
    statistic = msgspec.structs.replace(SMD, confirmatory=confirm)
    estimates = [
        compared(
            s, statistic, p, clustered(s, _standardized(s, p)), every_row(s, (p.own, p.base)), step=1.0, limits=_ANY,
            p_value=tests.get((p.group, p.reference)),
        )
        for p in pairs(s)
    ]
    return Described(s.named(statistic), estimates, [])


def _standardized(s: Scores, pair: Pair) -> Estimated:
    """A row weighs what it weighs on its side, so that matched items are compared one to one."""
    human = ~np.isnan(s.human)
    weight = s.times * (pair.own + pair.base)
    if human.any():
        part = standard_deviation(s.human[human], (s.times * s.once)[human])
        sd = Estimated(part.value, among(human, part).influence * np.where(human, s.once, 0.0))
    else:
        part = standard_deviation(s.value, weight, pair.base > 0)
        sd = Estimated(part.value, part.influence * (pair.own + pair.base))
    return _over_sd(s, pair, weight, sd)


def _over_sd(s: Scores, pair: Pair, weight: Floats, sd: Estimated) -> Estimated:
    """Bring the influences of the means to the rows' own count before the SD's, which counts rows otherwise, joins them."""
    side = pair.own + pair.base
    known = Estimated(sd.value, np.zeros(len(s.value)))
    means = agreement.standardized_mean_difference(s.value, weight, pair.own > 0, pair.base > 0, known)
    if not means.defined:
        return means
    return Estimated(means.value, means.influence * side - means.value / sd.value * sd.influence)


def with_one_person(s: Scores, confirm: Callable[[str], bool]) -> Iterator[Described]:
    """Yield what is told of scores beside one person's. s: the judged readings."""
    for kind in kinds(s.frame.head.unit) + (of_whole_scores() if _whole(s) else ()):
        yield of_kind(s, kind, confirm=confirm(kind.statistic.name))


def with_two_people(people: Scores, tool: Scores, confirm: Callable[[str], bool]) -> Iterator[Described]:
    """Yield two people's own agreement by group (the first as human, the second as tool), and the tool's beyond it."""
    yield of_kind(people, Kind(PEOPLE, _kappa, (-1.0, 1.0), _ANY, compared=False))
    yield of_kind(tool, Kind(BEYOND, beyond, (-2.0, 2.0), (-4.0, 4.0), basis=off_the_usual), confirm=confirm(BEYOND.name))


HUMAN_ERROR = _score("human_mean_error", "points", double, lambda r: r.second - r.truth)
BEYOND_ERROR = _score("mean_error_beyond_human", "points", double, lambda r: r.value - r.second)
"""(tool − first) − (second − first) is tool − second, row by row: a plain mean, compared as all means are."""


def bounded(statistic: Statistic, scale: Limits | None) -> Limits | None:
    """Return what a missing error could have been on a scale: as far off as the scale is wide, either way."""
    return None if scale is None else (scale[0] - scale[1], scale[1] - scale[0])
