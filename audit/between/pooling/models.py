"""Estimates with a known covariance → how far they differ among themselves, and what they say of audits that were not made.

θ̂ ~ N(μ·1, V + τ²·I): V (k, k) is the covariance of the sampling errors, which audits of the same items share. Contrasts between the
audits (k-1 orthonormal ones, each row of weights adding up to 0) hold no part of what all audits share, so that heterogeneity
is judged from them alone. With a diagonal V all of it is textbook random-effects meta-analysis (Viechtbauer 2010, J. Stat. Softw.
36(3), whose figures for the BCG trials the tests hold it to).
"""

from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize, special

from audit.between.grids import Floats

_ROUNDING = 1e-10
_GRID = 400
_LEVEL = 0.95
FEWEST_FOR_RANDOM = 3
"""With two audits there is one difference between them: it can be tested, and says next to nothing of how far districts lie apart."""


@dataclass(frozen=True)
class Scatter:
    """The k-1 contrasts between k estimates, turned so that they are uncorrelated: values (k-1,) and their variances (k-1,), 0 where nothing varies."""

    values: Floats
    variances: Floats

    @property
    def q(self) -> float | None:
        """Cochran's Q with V's inverse, (θ̂ - μ̂)'V⁻¹(θ̂ - μ̂) at the GLS mean; None where audits differ in a way that no item varies in."""
        certain = self.variances <= 0
        if (np.abs(self.values[certain]) > 0).any():
            return None
        return float((self.values[~certain] ** 2 / self.variances[~certain]).sum())


@dataclass(frozen=True)
class RandomEffects:
    """What k ≥ 3 audits say of districts like these. tau: the SD between districts, with its 95% interval.

    shared, between: the parts of the mean's variance that come of the items, which all audits asked, and of the audits. i2: the share of the
    variance between audits that is no sampling error. refined: Hartung and Knapp's factor before it is held at 1 at least.
    """

    mean: float
    shared: float
    between: float
    tau: float
    tau_low: float
    tau_high: float
    i2: float
    refined: float
    audits: int
    clusters: int

    @property
    def standard_error(self) -> float:
        """That of the mean over districts and items."""
        return float((self.shared + self.between) ** 0.5)

    def interval(self, level: float = _LEVEL) -> tuple[float, float]:
        """Return the interval of the mean over districts and items: t with k-1 degrees of freedom for what lies between audits, C-1 for the items."""
        return self._around(self.between, self.audits - 1, level)

    def prediction(self, level: float = _LEVEL) -> tuple[float, float]:
        """Return the interval for the true difference in one more district.

        With t on k-2 degrees of freedom for what lies between audits (Higgins, Thompson & Spiegelhalter 2009, JRSS A 172:137).
        """
        return self._around(self.between + self.tau**2, self.audits - 2, level)

    def _around(self, between: float, df: int, level: float) -> tuple[float, float]:
        """Each part has its own quantile, and their squares are added: one number of degrees of freedom for both covers too seldom where few audits seem alike."""
        items, audits = (float(special.stdtrit(n, (1 + level) / 2)) for n in (max(self.clusters - 1, 1), df))
        reach = float((items**2 * self.shared + audits**2 * between) ** 0.5)
        return self.mean - reach, self.mean + reach


def scatter(estimates: Floats, covariance: Floats) -> Scatter:
    """Return the contrasts between estimates (k,) with covariance (k, k)."""
    k = len(estimates)
    across = linalg.helmert(k)
    variances, turned = np.linalg.eigh(across @ covariance @ across.T)
    values = turned.T @ across @ estimates
    tiny = _ROUNDING * max(float(np.trace(covariance)) / k, float(np.finfo(float).tiny))
    values = np.where(np.abs(values) <= _ROUNDING * max(1.0, float(np.abs(estimates).max())), 0.0, values)
    return Scatter(values, np.where(variances <= tiny, 0.0, variances))


def tau_squared(a: Scatter) -> float:
    """Return the REML estimate of the variance between audits: the likelihood of the contrasts alone, at its highest point wherever that lies."""
    values, variances = _informative(a)
    most = float((values**2).max(initial=0.0))
    if most <= 0:
        return 0.0

    def minus(t: float) -> float:
        v = variances + t
        return float((np.log(v) + values**2 / v).sum())

    grid = most * np.linspace(0, 1, _GRID) ** 2
    best = int(np.argmin([minus(t) for t in grid]))
    between = grid[max(best - 1, 0)], grid[min(best + 1, _GRID - 1)]
    found = optimize.minimize_scalar(minus, bounds=between, method="bounded", options={"xatol": 1e-10 * most})
    return float(found.x) if minus(float(found.x)) < minus(0.0) else 0.0


def _informative(a: Scatter) -> tuple[Floats, Floats]:
    """Return the contrasts that can say something; a difference without any variance has the least that arithmetic can hold."""
    kept = (a.variances > 0) | (a.values != 0)
    floor = _ROUNDING * max(float((a.values**2).max(initial=0.0)), float(a.variances.max(initial=0.0)))
    return a.values[kept], np.maximum(a.variances[kept], floor)


def tau_interval(a: Scatter, level: float = _LEVEL) -> tuple[float, float]:
    """Return the Q-profile interval of τ² (Viechtbauer 2007, as metafor's confint): all t whose Q(t) is not surprising for chi² with k-1 df."""
    values, variances = _informative(a)
    if not len(values):
        return 0.0, 0.0
    ends = [float(special.chdtri(len(a.values), p)) for p in ((1 - level) / 2, (1 + level) / 2)]
    return _solved(values, variances, ends[0]), _solved(values, variances, ends[1])


def _solved(values: Floats, variances: Floats, q: float) -> float:
    """Return the t ≥ 0 with Σ values²/(variances + t) = q; 0 where it is smaller for every t."""

    def beyond(t: float) -> float:
        return float((values**2 / (variances + t)).sum()) - q

    if beyond(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(beyond, 0.0, float((values**2).sum()) / q))


def random_effects(estimates: Floats, covariance: Floats, clusters: int, at_least: float = 0.0) -> RandomEffects:
    """Return what the audits say of districts like these. clusters: independent clusters of items that V rests on.

    at_least: the variance of the plain average of these audits, with what few changes may have hidden; a mean over districts is known no
    better. The mean is that of generalised least squares with V + τ²·I; no audit gets a weight below 0. Its variance has a part that
    all audits share because they asked the same items (the mean covariance), and a part between audits. Only the latter is what Hartung &
    Knapp (2001, Stat. Med. 20:3875) estimate from the audits' own scatter, never below its model value (Röver, Knapp &
    Friede 2015, BMC Med. Res. Methodol. 15:99). With independent estimates the shared part is 0, and this is theirs, t with k-1 df.
    Raises ValueError below 3 audits.
    """
    k = len(estimates)
    if k < FEWEST_FOR_RANDOM:
        raise ValueError(f"{k} audits say nothing of other districts")
    a = scatter(estimates, covariance)
    tau2 = tau_squared(a)
    hidden, districts = max(0.0, at_least - float(covariance.mean())), tau2 * np.eye(k)
    total, weights = covariance + districts + hidden, _weights(_smoothed(covariance) + districts + hidden)
    shared = float(np.clip((total.sum() - np.trace(total)) / (k * (k - 1)), 0.0, weights @ total @ weights))
    between = float(weights @ total @ weights) - shared
    values, variances = _informative(a)
    refined = float((values**2 / (variances + tau2)).sum()) / (k - 1) if len(values) else 0.0
    between *= max(1.0, refined)
    low, high = tau_interval(a)
    return RandomEffects(float(weights @ estimates), shared, between, tau2**0.5, low**0.5, high**0.5, _i_squared(a, tau2), refined, k, clusters)


def _smoothed(covariance: Floats) -> Floats:
    """(k, k): the same variances, and the mean correlation for all pairs: weights that follow each pair's own chase noise where items are few."""
    spread = np.sqrt(np.diag(covariance))
    both = np.outer(spread, spread)
    k = len(spread)
    mean = float(np.clip(((covariance / both).sum() - k) / (k * (k - 1)), 0.0, 1.0)) if (spread > 0).all() else 0.0
    return np.asarray(mean * both + (1 - mean) * np.diag(spread**2))


def _weights(total: Floats) -> Floats:
    """(k,): the weights ≥ 0 that add up to 1 with the least variance: generalised least squares wherever that gives none below 0.

    Audits that move together at different heights would otherwise be extrapolated to where nothing varies: certain, and of no audit.
    """
    k = len(total)
    size = max(float(np.trace(total)) / k, float(np.finfo(float).tiny))
    root = linalg.cholesky(total / size + _ROUNDING * np.eye(k))
    found = optimize.nnls(root, linalg.solve_triangular(root.T, np.ones(k), lower=True))[0]
    return np.asarray(found / found.sum())


def _i_squared(a: Scatter, tau2: float) -> float:
    """Return τ²/(τ² + s²), s² = (k-1)/tr P: the typical sampling variance between audits (metafor's for any V)."""
    if tau2 <= 0:
        return 0.0
    if (a.variances <= 0).any():
        return 1.0
    return tau2 / (tau2 + len(a.variances) / float((1 / a.variances).sum()))
