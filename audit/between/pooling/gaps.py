"""An average over audits of the same items, and what stands beside it: each audit's own difference, whether they differ, and what they say of other districts."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from audit.between.grids import SHARES, Floats
from audit.between.material import key_of
from audit.between.pooling.models import FEWEST_FOR_RANDOM, random_effects, scatter
from audit.between.pooling.same_items import DRAWS, SameItems
from audit.between.pooling.sets import Asker, Pool
from audit.records import Disparity
from audit.records.merged import Elsewhere, OwnEstimate, PooledGap

_ROUNDING = 1e-12
_DRAWS_A_TEST = 40
"""Holm's smallest level is 5% over the number of tests: twice as many draws as reach it."""


class Average(Struct, frozen=True):
    """The mean over a pool's audits with its verdict. standard_error: that it was judged by, None where nothing can be estimated."""

    pool: Pool
    about: Disparity
    standard_error: float | None


def pooled_gaps(averages: Sequence[Average], seed: int) -> Iterator[PooledGap]:
    """Yield what stands beside each average. The p-values of "the audits do not differ" are not adjusted yet."""
    draws = max(DRAWS, _DRAWS_A_TEST * len(averages) - 1)
    for one in averages:
        gaps = one.pool.gaps(one.about)
        k = len(one.pool.askers)
        if gaps is None:
            yield PooledGap(one.about, (), None, None, k - 1, None, None, differ=False)
            continue
        own = tuple(_own(a, one.about, float(e), float(v)) for a, e, v in zip(one.pool.askers, gaps.estimates, np.diag(gaps.covariance), strict=True))
        yield PooledGap(
            one.about, own, _correlation(gaps.covariance), scatter(gaps.estimates, gaps.covariance).q, k - 1, _p_value(one, gaps, draws, seed), None,
            differ=False, elsewhere=_elsewhere(one, gaps),
        )


def _own(asker: Asker, about: Disparity, estimate: float, variance: float) -> OwnEstimate:
    stated = next((d for d in asker.asked.deciding if key_of(d) == key_of(about)), None)
    ends = (stated.low, stated.high, stated.outcome) if stated else (None, None, None)
    return OwnEstimate(asker.label, estimate, variance**0.5, *ends)


def _correlation(covariance: Floats) -> float | None:
    """Return the mean correlation of the audits' sampling errors; None where one has none."""
    spread = np.sqrt(np.diag(covariance))
    if (spread <= _ROUNDING).any():
        return None
    k = len(spread)
    return float(np.clip(((covariance / np.outer(spread, spread)).sum() - k) / (k * (k - 1)), -1.0, 1.0))


def _p_value(one: Average, gaps: SameItems, draws: int, seed: int) -> float | None:
    """Return the p-value of "the audits do not differ"; None where no cluster of items tells any two of them apart."""
    if not gaps.varies:
        return None
    mark = f"{seed} between audits {one.pool.fixture_set.digest} {key_of(one.about)}"
    return gaps.p_value(draws, np.random.default_rng(int.from_bytes(hashlib.sha256(mark.encode()).digest()[:8], "big")))


def _elsewhere(one: Average, gaps: SameItems) -> Elsewhere | None:
    """Return what the audits say of other districts: from three up, and with more independent items than audits."""
    if one.standard_error is None or len(gaps.estimates) < FEWEST_FOR_RANDOM or gaps.clusters <= len(gaps.estimates):
        return None
    found = random_effects(gaps.estimates, gaps.covariance, gaps.clusters, one.standard_error**2)
    most = 1.0 if one.about.statistic in SHARES else np.inf
    ends = [float(np.clip(end, -most, most)) for end in (*found.interval(), *found.prediction())]
    return Elsewhere(found.mean, ends[0], ends[1], found.tau, found.tau_low, found.tau_high, found.i2, ends[2], ends[3])
