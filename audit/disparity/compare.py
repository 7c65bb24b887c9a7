"""Every contrast of an audit, with its interval and its adjusted p-value, in one family."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np
from scipy import stats

from audit.disparity.contrasts import OTHERS, Contrast, contrasts, frame
from audit.disparity.describe import describe
from audit.disparity.intervals import (
    Spread,
    independent_means,
    independent_shares,
    log_ratio,
    paired_means,
    paired_shares,
)
from audit.disparity.missing import worst_case
from audit.disparity.multiplicity import benjamini_hochberg, holm
from audit.disparity.permutation import exchange_between, exchange_within, sign_flip
from audit.disparity.power import detectable
from audit.disparity.statistics import MISSING, statistics_for
from audit.records import Comparison, FixtureSet, GroupValue, Measurement

LEVEL = 0.95
_EQUIVALENCE_LEVEL = 0.90
MISSING_SHARE = 0.1
"""The share of the family's error that is kept for the missing rates, whether or not a reply is missing."""
_FEWEST_DRAWS = 9_999
Family = Literal["confirmatory", "exploratory"]
_NO_P: tuple[float | None, float | None] = (None, None)


@dataclass(frozen=True)
class Audited:
    """What one measure read from one set's replies."""

    set: FixtureSet
    measure: str
    unit: str
    measurements: Sequence[Measurement]
    text_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Compared:
    """All comparisons of an audit; those of missing replies apart. `family_size` counts what was tested together."""

    comparisons: list[Comparison]
    missingness: list[Comparison]
    groups: list[GroupValue]
    family_size: int


def compare_all(audited: Sequence[Audited], *, seed: int, draws: int | None = None) -> Compared:
    """Return every comparison of an audit. The seed fixes the permutations.

    The confirmatory family holds every deciding contrast, which share nine tenths of its error, and every
    contrast of missing rates, which share one tenth: so one lost reply cannot change what a gap needs.
    `draws`: permutations for a contrast; by default as many as the family's smallest p-value needs to count.
    """
    frames = [
        frame(a.set, a.measure, statistic, attribute, a.measurements, a.text_range)
        for a in audited for attribute in a.set.attributes
        for statistic in statistics_for(a.set, a.measure, a.unit, a.measurements)
    ]
    first = {a.set.id: a for a in reversed(audited)}
    missing_frames = [
        frame(a.set, a.measure, MISSING, attribute, a.measurements) for a in first.values() for attribute in a.set.attributes
    ]
    deciding = [c for f in frames if f.statistic.confirmatory for c in contrasts(f)]
    describing = [c for f in frames if not f.statistic.confirmatory for c in contrasts(f)]
    missing = [c for f in missing_frames for c in contrasts(f)]
    return Compared(
        comparisons=[
            *_adjusted(deciding, "confirmatory", 1 - MISSING_SHARE, seed, draws),
            *_adjusted(describing, "exploratory", 1.0, seed, draws),
        ],
        missingness=_adjusted(missing, "confirmatory", MISSING_SHARE, seed, draws),
        groups=[value for f in [*frames, *missing_frames] if f.statistic.ratio is None for value in describe(f)],
        family_size=len(deciding),
    )


def _adjusted(family: list[Contrast], kind: Family, share: float, seed: int, draws: int | None) -> list[Comparison]:
    """Return the comparisons of contrasts that are tested together, at their share of the error."""
    testable = [c for c in family if c.testable]
    size = max(1, math.ceil(len(testable) / share))
    enough = draws if draws is not None else max(_FEWEST_DRAWS, 100 * size - 1)
    p_values = [_p_value(c, seed, enough) for c in testable]
    adjusted = [min(1.0, p / share) for p in holm(p_values)] if kind == "confirmatory" else benjamini_hochberg(p_values)
    found = dict(zip(map(id, testable), zip(p_values, adjusted, strict=True), strict=True))
    return [_comparison(c, found.get(id(c), _NO_P), size, kind) for c in family]


def _p_value(c: Contrast, seed: int, draws: int) -> float:
    mark = hashlib.sha256(msgspec.json.encode([seed, c.key])).digest()
    rng = np.random.default_rng(int.from_bytes(mark[:8], "big"))
    if c.candidates is not None:
        return exchange_within(*c.candidates, c.frame.cells.column(c.group), draws, rng)
    if c.paired is not None:
        return sign_flip(c.paired, draws, rng)
    return exchange_between(*c.sides, draws, rng)


def _comparison(
    c: Contrast, p_values: tuple[float | None, float | None], family_size: int, family: Family
) -> Comparison:
    f = c.frame
    against = [g for g in f.cells.groups if (g != c.group if c.reference == OTHERS else g == c.reference)]
    columns = [f.cells.column(g) for g in (c.group, *against)]
    obtained, planned = f.cells.obtained[:, columns].sum(), f.cells.planned[:, columns].sum()
    missing = f.cells.sums[:, columns].sum() if f.statistic is MISSING else planned - obtained
    common = Comparison(
        set=f.set.id, measure=f.measure, statistic=f.statistic.ratio or f.statistic.difference, unit=f.statistic.unit,
        attribute=f.attribute, group=c.group, reference=c.reference, design=f.set.design,
        estimate=None, low=None, high=None, low90=None, high90=None, standard_error=None,
        p_value=p_values[0], p_adjusted=p_values[1], items=c.items, clusters=c.clusters, responses=int(obtained),
        missing=int(missing), family=family, family_size=family_size, level=LEVEL,
        simultaneous=family == "confirmatory", negative_control=c.group in f.about.negative_controls,
        unchanged=c.unchanged,
    )
    if not c.testable:
        return common
    return _with_ratio(c, common) if f.statistic.ratio else _with_difference(c, common)


def _spread(c: Contrast) -> Spread:
    share = c.frame.statistic.kind == "share"
    if c.paired is not None:
        return paired_shares(c.paired, c.rises, c.falls) if share else paired_means(c.paired, c.frame.unit)
    return independent_shares(*c.sides) if share else independent_means(*c.sides, c.frame.unit)


def _with_difference(c: Contrast, common: Comparison) -> Comparison:
    """Simultaneous intervals take a Bonferroni share of the family's error."""
    spread = _spread(c)
    low, high = spread.interval(1 - (1 - LEVEL) / common.family_size if common.simultaneous else LEVEL)
    low90, high90 = spread.equivalence_interval()
    worst = worst_case(c) if c.frame.statistic is not MISSING and common.missing else None
    return msgspec.structs.replace(
        common, estimate=spread.estimate, low=low, high=high, low90=low90, high90=high90,
        standard_error=spread.standard_error,
        detectable=detectable(spread.standard_error, common.family_size, spread.df) if _can_reject(common) else None,
        scale_sd=c.frame.unit if c.frame.statistic.kind == "mean" else None,
        worst_low=worst[0] if worst else None, worst_high=worst[1] if worst else None,
    )


def _can_reject(common: Comparison) -> bool:
    """Whether so few clusters have a permutation p-value that counts in the family at all."""
    return common.design == "sampled" or 2.0 ** (1 - common.clusters) * common.family_size <= 1 - LEVEL


def _with_ratio(c: Contrast, common: Comparison) -> Comparison:
    """A ratio over zero is undefined: no estimate, and only the bound that the data give."""
    log, error = log_ratio(*c.sides, paired=c.paired is not None)
    (low, high), (low90, high90) = (
        tuple(float(np.exp(log + sign * error * stats.norm.ppf((1 + level) / 2))) for sign in (-1, 1))
        for level in (LEVEL, _EQUIVALENCE_LEVEL)
    )
    below = c.sides[1].mean
    if below == 0:
        return msgspec.structs.replace(common, low=low, low90=low90, standard_error=error, simultaneous=False)
    estimate = c.sides[0].mean / below
    return msgspec.structs.replace(
        common, estimate=estimate, low=min(low, estimate), high=max(high, estimate), low90=low90, high90=high90,
        standard_error=error, simultaneous=False,
    )

