"""RSMTool's three regressions of a tool's error on the group, and the same with cluster-robust inference.

Overall score accuracy (OSA) explains the squared error, overall score difference (OSD) the error, conditional score
difference (CSD) the error once each human score has its own level. Loukina, Madnani & Zechner 2019, *Proc. 14th BEA
Workshop* (ACL), 1-10. RSMTool takes every response to be independent; the cluster-robust covariance (Liang & Zeger
1986, *Biometrika* 73:13, with the factor C/(C−1)·(N−1)/(N−p), "CR1") does not, and its tests take C − 1 degrees of
freedom (Cameron & Miller 2015, *J. Human Resources* 50:317). Few clusters make even these too sure (Kauermann &
Carroll 2001, *JASA* 96:1387; Bell & McCaffrey 2002): they describe, and decide nothing.
"""

from dataclasses import dataclass

import numpy as np

from audit.disparity.readings import Flags, Floats, Ints

_LEVEL = 0.95
_ROUNDING = 1e-10
"""What is left of the outcome, as a share of its size, below which it is the arithmetic's."""


@dataclass(frozen=True)
class Coefficient:
    """A group's mean outcome minus the base group's (given the human score, in CSD); the base's own: the intercept.

    estimate, standard_error, low, high: in points (OSD, CSD) or squared points (OSA); low, high: 95% by Student's t;
    p: two-sided.
    """

    group: int
    estimate: float
    standard_error: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class Inference:
    """What one covariance says: an F test that no group differs, and each coefficient, the base's first.

    df: of the F. A coefficient is None where its group, or the base, lies in fewer than two clusters; f and p are
    then None too.
    """

    f: float | None
    df: tuple[float, float]
    p: float | None
    coefficients: tuple[Coefficient | None, ...]


@dataclass(frozen=True)
class Model:
    """One regression: base: the group the others are compared with; r2: adjusted R² that the groups add.

    r2 may be below 0. classical: as RSMTool has it. clustered: None with no more clusters than parameters.
    """

    base: int
    r2: float
    classical: Inference
    clustered: Inference | None


@dataclass(frozen=True)
class Rows:
    """Who the rows are: group: (n,) 0 …; weight: (n,) how many alike responses; cluster: (n,) 0 … C−1, what is independent.

    alike: (C,) how many alike clusters one stands for, its rows' weights being the sum over them; all 1 unless the
    rows of a large table were counted.
    """

    group: Ints
    weight: Floats
    cluster: Ints
    alike: Floats


@dataclass(frozen=True)
class _Fit:
    """Weighted least squares: design (n, p), bread (p, p) = (X'WX)⁻¹, residual (n,), n, p."""

    design: Floats
    beta: Floats
    bread: Floats
    residual: Floats
    rss: float
    n: float

    @property
    def df(self) -> float:
        """Return N − p."""
        return self.n - len(self.beta)


def osa(human: Floats, system: Floats, rows: Rows, base: int | None = None) -> Model | None:
    """Return the regression of the squared error on the group (RSMTool's "overall score accuracy").

    human, system: (n,), complete. base: the largest group without it, and of equally large ones the first, as
    RSMTool does. None where nothing can be said: see `osd`.
    """
    return _model((system - human) ** 2, rows, base, None)


def osd(human: Floats, system: Floats, rows: Rows, base: int | None = None) -> Model | None:
    """Return the regression of the error, system minus human, on the group (RSMTool's "overall score difference").

    None where fewer than two groups have rows, the base has none, there are no more responses than parameters, the
    design is rank-deficient, or the groups (and human scores) leave no error unexplained.
    """
    return _model(system - human, rows, base, None)


def csd(human: Floats, system: Floats, rows: Rows, base: int | None = None) -> Model | None:
    """Return the regression of the error on the group and the human score (RSMTool's "conditional score difference").

    The human score is a category, as in RSMTool: each of its values has its own level, the most frequent one being
    the intercept's. r2 is the adjusted R² less that of the human score alone. None: see `osd`; a human score that
    takes about as many values as there are responses leaves nothing to compare.
    """
    return _model(system - human, rows, base, human)


def _model(outcome: Floats, rows: Rows, base: int | None, human: Floats | None) -> Model | None:
    kept = rows.weight > 0
    counted = Rows(rows.group[kept], rows.weight[kept], rows.cluster[kept], rows.alike)
    groups = np.unique(counted.group)
    first = _largest(counted.group, counted.weight) if base is None else base
    if len(groups) < 2 or first not in groups:  # noqa: PLR2004 - a comparison needs two
        return None
    others = groups[groups != first]
    scores = np.empty((len(counted.group), 0)) if human is None else _levels(human[kept], counted.weight)
    one = np.ones((len(counted.group), 1))
    full = _fit(np.hstack([one, counted.group[:, None] == others, scores]), outcome[kept], counted.weight)
    null = _fit(np.hstack([one, scores]), outcome[kept], counted.weight)
    if full is None or null is None:
        return None
    total = _sum_of_squares(outcome[kept], counted.weight)
    r2 = (null.rss / null.df - full.rss / full.df) * (full.n - 1) / total
    names = np.concatenate([[first], others])
    return Model(int(first), float(r2), _classical(full, null, names), _clustered(full, counted, names))


def _largest(labels: Ints | Floats, weight: Floats) -> float:
    """Return the label with most responses, the lowest of several."""
    values, place = np.unique(labels, return_inverse=True)
    return float(values[np.argmax(np.bincount(place, weights=weight))]) if len(values) else np.nan


def _levels(human: Floats, weight: Floats) -> Floats:
    """Return a column for each human score but the most frequent."""
    values = np.unique(human)
    return np.asarray(human[:, None] == values[values != _largest(human, weight)], dtype=float)


def _fit(design: Floats, outcome: Floats, weight: Floats) -> _Fit | None:
    """Fit, unless the design is rank-deficient, or leaves no freedom or no error to judge by."""
    root = np.sqrt(weight)[:, None]
    n, parameters = float(weight.sum()), design.shape[1]
    if n <= parameters or np.linalg.matrix_rank(root * design) < parameters:
        return None
    q, r = np.linalg.qr(root * design)
    inverse = np.linalg.inv(r)
    beta = inverse @ (q.T @ (root[:, 0] * outcome))
    residual = outcome - design @ beta
    rss = float(weight @ residual**2)
    if rss <= _ROUNDING**2 * float(weight @ outcome**2):
        return None
    return _Fit(design, beta, inverse @ inverse.T, residual, rss, n)


def _sum_of_squares(outcome: Floats, weight: Floats) -> float:
    return float(weight @ (outcome - weight @ outcome / weight.sum()) ** 2)


def _classical(full: _Fit, null: _Fit, groups: Ints) -> Inference:
    """Judge by the residual variance, as if every response were independent."""
    from scipy import stats

    extra = len(groups) - 1
    f = (null.rss - full.rss) / extra / (full.rss / full.df)
    covariance = full.bread * full.rss / full.df
    told = tuple(_coefficient(int(g), full.beta[k], covariance[k, k], full.df) for k, g in enumerate(groups))
    return Inference(float(f), (extra, full.df), float(stats.f.sf(f, extra, full.df)), told)


def _clustered(full: _Fit, rows: Rows, groups: Ints) -> Inference | None:
    """Judge by how the clusters' scores X'e scatter (CR1), with C − 1 degrees of freedom; None with too few clusters."""
    from scipy import stats

    present, place = np.unique(rows.cluster, return_inverse=True)
    alike = rows.alike[present]
    clusters, parameters = float(alike.sum()), full.design.shape[1]
    if clusters <= parameters:
        return None
    scores = np.zeros((len(present), parameters))
    np.add.at(scores, place, full.design * (rows.weight * full.residual)[:, None])
    meat = (scores / alike[:, None]).T @ scores
    factor = clusters / (clusters - 1) * (full.n - 1) / full.df
    covariance = factor * full.bread @ meat @ full.bread
    scatters = np.diag(covariance) > _ROUNDING**2 * full.rss * np.diag(full.bread)
    seen = [bool(s) and _in_clusters(rows.group == g, place, alike) > 1 for g, s in zip(groups, scatters, strict=False)]
    told = tuple(
        _coefficient(int(g), full.beta[k], covariance[k, k], clusters - 1) if seen[k] and seen[0] else None
        for k, g in enumerate(groups)
    )
    extra = len(groups) - 1
    f = _wald(full.beta[1 : extra + 1], covariance[1 : extra + 1, 1 : extra + 1]) if all(told) else None
    p = None if f is None else float(stats.f.sf(f, extra, clusters - 1))
    return Inference(f, (extra, clusters - 1), p, told)


def _in_clusters(group: Flags, place: Ints, alike: Floats) -> float:
    """Return how many clusters the group lies in: in one alone, its mean leaves no scatter to see."""
    return float(alike[np.unique(place[group])].sum())


def _wald(beta: Floats, covariance: Floats) -> float | None:
    """Return b'V⁻¹b/q, the Wald F; None where V is singular."""
    if np.linalg.matrix_rank(covariance, hermitian=True) < len(beta):
        return None
    return float(beta @ np.linalg.solve(covariance, beta)) / len(beta)


def _coefficient(group: int, estimate: float, variance: float, df: float) -> Coefficient:
    from scipy import stats

    error = float(np.sqrt(variance))
    reach = float(stats.t.ppf((1 + _LEVEL) / 2, df)) * error
    p = float(2 * stats.t.sf(abs(estimate) / error, df))
    return Coefficient(group, float(estimate), error, p, float(estimate - reach), float(estimate + reach))
