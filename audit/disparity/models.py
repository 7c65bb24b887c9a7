"""RSMTool's three regressions as comparisons: each group's coefficient, and one test of all groups with its R².

Intervals and p-values of the coefficients are cluster-robust, and classical only where clusters are too few for that. The
test of all groups has both: `p_value` as RSMTool prints it, and `p_cluster`. They describe and never decide.
"""

from collections.abc import Callable, Iterator

import msgspec
import numpy as np

from audit.disparity.estimation import Estimate
from audit.disparity.influences import at_level
from audit.disparity.intervals import EQUIVALENCE_LEVEL
from audit.disparity.readings import Floats
from audit.disparity.regression import Inference, Model, Rows, csd, osa, osd
from audit.disparity.scored import Described, Pair, Scores, blank, judged
from audit.disparity.statistics import Statistic
from audit.records import Omnibus

MOST_LEVELS = 100
"""Human scores with more values than this are no categories: `csd` is undefined."""
_CONDENSE_FROM = 20_000
_MODELS: dict[str, Callable[[Floats, Floats, Rows, int | None], Model | None]] = {"osa": osa, "osd": osd, "csd": csd}


def models(s: Scores) -> Iterator[Described]:
    """Yield OSA, OSD and CSD. s: the judged readings. Nothing where no group has a score."""
    if not len(s.value):
        return
    reference = s.frame.head.about.reference
    base = None if reference is None else s.groups.index(reference)
    for name in _MODELS:
        unit = s.frame.head.audited.unit
        statistic = Statistic(name, name, "mean", f"{unit}²" if name == "osa" else unit, judged, lambda r: r.value, confirmatory=False)
        model = _fitted(name, s, base)
        yield Described(s.named(statistic), list(_coefficients(s, statistic, model, base)), [], _test(s, name, model))


def _fitted(name: str, s: Scores, base: int | None) -> Model | None:
    if name == "csd" and len(np.unique(s.human)) > MOST_LEVELS:
        return None
    rows = Rows(s.group, s.times, s.cluster, s.alike)
    if len(s.value) < _CONDENSE_FROM or len(np.unique(s.cluster)) < len(s.cluster):
        return _MODELS[name](s.human, s.value, rows, base)
    return _MODELS[name](*_condensed(s, of_squares=name == "osa", by_human=name == "csd"), base)


def _condensed(s: Scores, *, of_squares: bool, by_human: bool) -> tuple[Floats, Floats, Rows]:
    """Return two rows for each group (and human score) that give the same regression as many rows that are clusters of their own.

    Least squares, and what the clusters scatter, rest on each cell's count, sum and sum of squares of the outcome alone. The
    two rows keep all three: for the error mean ± SD; for its square, which has no negative values, 0 and Σy²/Σy.
    """
    human = s.human if by_human else np.zeros(len(s.human))
    levels, level = np.unique(human, return_inverse=True)
    kinds, cell = np.unique(s.group * len(levels) + level, return_inverse=True)
    y = (s.value - s.human) ** (2 if of_squares else 1)
    n, first, second = (np.bincount(cell, weights=s.times * y**k) for k in range(3))
    mean = first / n
    if of_squares:
        size = np.where(first > 0, second / np.where(first > 0, first, 1), 0.0)
        upper = np.where(size > 0, first / np.where(size > 0, size, 1), n / 2)
        errors, weight = np.concatenate([np.zeros(len(n)), np.sqrt(size)]), np.concatenate([n - upper, upper])
    else:
        sd = np.sqrt(np.maximum(second / n - mean**2, 0))
        errors, weight = np.concatenate([mean - sd, mean + sd]), np.concatenate([n / 2, n / 2])
    of_human = np.tile(levels[kinds % len(levels)], 2)
    return of_human, of_human + errors, Rows(np.tile(kinds // len(levels), 2), weight, np.arange(len(weight)), weight)


def _coefficients(s: Scores, statistic: Statistic, model: Model | None, base: int | None) -> Iterator[Estimate]:
    if model is not None:
        base = model.base
    elif base is None:
        base = int(np.argmax(np.bincount(s.group, weights=s.times, minlength=len(s.groups))))
    for g in range(len(s.groups)):
        if g != base:
            yield _coefficient(s, statistic, Pair(s.groups[g], s.groups[base], s.within(g), s.within(base)), model)


def _coefficient(s: Scores, statistic: Statistic, pair: Pair, model: Model | None) -> Estimate:
    group = s.groups.index(pair.group)
    common = blank(s, statistic, pair, s.present(pair.own), s.present(pair.base))
    for inference in (model.clustered, model.classical) if model else ():
        found = _of_group(inference, group)
        if found is not None:
            estimate, error, p, df = found
            interval = at_level(estimate, error, df)
            low90, high90 = interval(EQUIVALENCE_LEVEL)
            common = msgspec.structs.replace(common, estimate=estimate, standard_error=error, p_value=p, low90=low90, high90=high90)
            return Estimate(s.named(statistic), common, interval, np.zeros(len(s.frame.sample)), p, df)
    return Estimate(s.named(statistic), common, None, np.zeros(len(s.frame.sample)), None)


def _of_group(inference: Inference | None, group: int) -> tuple[float, float, float, float] | None:
    told = inference.coefficients if inference is not None else ()
    found = next((c for c in told if c is not None and c.group == group and c.standard_error > 0), None)
    if found is None or inference is None:
        return None
    return found.estimate, found.standard_error, found.p, inference.df[1]


def _test(s: Scores, name: str, model: Model | None) -> Omnibus:
    head = s.frame.head
    return Omnibus(
        set=head.set.id, by=head.by, measure=head.audited.measure, statistic=name, attribute=head.attribute, groups=len(s.groups),
        items=int(s.times.sum()), p_value=model.classical.p if model else None, p_adjusted=None, value=model.r2 if model else None,
        p_cluster=model.clustered.p if model and model.clustered else None,
    )
