"""How far a judge agrees with people, with an interval: by the raters' own coefficient, beside correlation and mean error."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from audit.disparity.agreement import pearson
from audit.disparity.readings import Floats, Ints
from audit.raters.agreement import Agreement, pairs
from audit.raters.people import Estimate, severity

_LEVEL = 0.95
_FEWEST = 4
_ROUNDING = 1e-9


class WithPeople(Struct, frozen=True):
    """A judge beside people. coefficient: `qwk` (whole points or steps), `concordance` (any number), `correlation` (mode "pair").

    agreement: that coefficient, −1 to 1. correlation: Pearson's. mean_error: judge minus people, in points. between: the people
    among themselves (mean QWK of two). constant: the judge gave everything the same.
    """

    coefficient: str
    agreement: Agreement
    correlation: Agreement
    mean_error: Estimate
    between: Agreement
    constant: bool


def with_people(judge: Sequence[float | None], people: Sequence[float], cluster: Ints, unit: float, *, step: float, between: Agreement) -> WithPeople:
    """Return agreement on single texts. judge: None where it gave no score; both in points. cluster: (works,).

    QWK from moments (2·Cov over both variances and the squared difference of means) is, for scores that are any number, Lin's
    concordance correlation (1989, *Biometrics* 45:255): the intraclass correlation for absolute agreement of two raters. Its
    interval is the raters' jackknife.
    """
    one, other, labels = _both(judge, people, cluster)
    table = np.column_stack([other, one])
    _, agreed = pairs(["people", "judge"], table, labels, unit)
    return WithPeople(
        "qwk" if step else "concordance", agreed, correlation(one, other, labels), severity(one - other, labels, unit), between, _constant(one),
    )


def of_couples(judge: Sequence[float | None], people: Sequence[float], *, between: Agreement) -> WithPeople:
    """Return agreement in mode "pair": by how much the second text is above the first, for the judge and for people.

    Their scales differ, so only the correlation is meant; each couple is its own.
    """
    one, other, labels = _both(judge, people, np.arange(len(people), dtype=np.int64))
    r = correlation(one, other, labels)
    return WithPeople("correlation", r, r, Estimate(None, None, None, len(one)), between, _constant(one))


def _both(judge: Sequence[float | None], people: Sequence[float], cluster: Ints) -> tuple[Floats, Floats, Ints]:
    one = np.array([np.nan if value is None else value for value in judge], dtype=float)
    there = ~np.isnan(one)
    return one[there], np.array(people, dtype=float)[there], cluster[there]


def _constant(scores: Floats) -> bool:
    return len(scores) >= _FEWEST and bool(np.ptp(scores) <= _ROUNDING)


def correlation(one: Floats, other: Floats, cluster: Ints) -> Agreement:
    """Return Pearson's r with a 95% interval on Fisher's z (1921); None where either does not vary, or with fewer than 4 works.

    The standard error of z is the larger of 1/√(n−3) and the cluster-robust one, with Student's t; a perfect r keeps an interval.
    """
    from scipy import stats

    n, labels = len(one), np.unique(cluster, return_inverse=True)[1]
    items = int(labels.max(initial=-1)) + 1
    estimate = pearson(other, one, np.ones(n)) if n else None
    if estimate is None or not estimate.defined or items < _FEWEST:
        return Agreement(None, None, None, n, items)
    r = float(np.clip(estimate.value, -1 + 2 / n**2, 1 - 2 / n**2))
    robust = float(np.sqrt((np.bincount(labels, weights=estimate.influence) ** 2).sum() * items / (items - 1))) / (1 - r * r)
    reach = float(stats.t.ppf((1 + _LEVEL) / 2, items - 1)) * max(robust, (items - 3) ** -0.5)
    low, high = np.tanh([np.arctanh(r) - reach, np.arctanh(r) + reach])
    return Agreement(estimate.value, float(min(low, estimate.value)), float(max(high, estimate.value)), n, items)
