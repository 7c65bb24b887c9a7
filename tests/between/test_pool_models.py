"""Estimates with a known covariance, against published results, statsmodels and a likelihood written apart."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.stats.meta_analysis import combine_effects

from audit.between.pooling.models import random_effects, scatter, tau_interval, tau_squared

BCG = np.array([
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619),
    (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
], dtype=float)
"""13 trials of the BCG vaccine (Colditz et al. 1994, JAMA 271:698): cases and others, vaccinated and not; as in metafor's dat.bcg."""


def risk_ratios():
    a, b, c, d = BCG.T
    return np.log(a / (a + b)) - np.log(c / (c + d)), np.diag(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def draws(k, seed=1):
    """Correlated estimates, and their covariance."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(k, k + 3))
    covariance = root @ root.T / k + 2.0
    return rng.multivariate_normal(np.zeros(k), covariance + 3 * np.eye(k)), covariance


def test_the_bcg_trials_come_out_as_metafor_publishes_them():
    """README and confint() of metafor, REML with Knapp and Hartung's adjustment: four digits are what is printed."""
    found = random_effects(*risk_ratios(), clusters=1000)
    a = scatter(*risk_ratios())
    assert a.q == pytest.approx(152.2330, abs=5e-5)
    assert found.tau**2 == pytest.approx(0.3132, abs=5e-5)
    assert found.tau == pytest.approx(0.5597, abs=5e-5)
    assert found.i2 == pytest.approx(0.9222, abs=5e-5)
    assert found.mean == pytest.approx(-0.7145, abs=5e-5)
    assert found.standard_error == pytest.approx(0.1808, abs=5e-5)
    assert found.interval() == pytest.approx((-1.1084, -0.3206), abs=5e-5)
    assert tau_interval(a) == pytest.approx((0.1197, 1.1115), abs=5e-5)
    assert (found.tau_low, found.tau_high) == pytest.approx((0.3460, 1.0543), abs=5e-5)


def test_the_plain_standard_error_of_the_bcg_trials_is_the_one_without_the_refinement():
    found = random_effects(*risk_ratios(), clusters=1000)
    assert (found.between / found.refined) ** 0.5 == pytest.approx(0.1798, abs=5e-5)


def test_the_prediction_is_that_of_higgins_thompson_and_spiegelhalter():
    found = random_effects(*risk_ratios(), clusters=1000)
    reach = stats.t.ppf(0.975, 11) * (found.tau**2 + found.standard_error**2) ** 0.5
    assert found.prediction() == pytest.approx((found.mean - reach, found.mean + reach))


@pytest.mark.parametrize("method", ["dl", "iterated"])
def test_equally_sure_and_independent_estimates_come_out_as_with_statsmodels(method):
    """With equal variances REML, DerSimonian & Laird and Paule & Mandel are one estimator."""
    y = np.array([0.1, 0.5, 0.3, 0.9])
    wanted = combine_effects(y, np.full(4, 0.02), method_re=method)
    found = random_effects(y, 0.02 * np.eye(4), clusters=1000)
    assert found.tau**2 == pytest.approx(wanted.tau2, rel=1e-6)
    assert found.mean == pytest.approx(wanted.mean_effect_re)
    assert found.standard_error == pytest.approx(wanted.sd_eff_w_re_hksj, rel=1e-5)
    assert scatter(y, 0.02 * np.eye(4)).q == pytest.approx(wanted.q)


def test_without_heterogeneity_the_mean_is_the_fixed_one_of_statsmodels_and_never_surer_than_its_model():
    y, v = np.array([0.30, 0.31, 0.29, 0.30]), np.array([0.02, 0.05, 0.01, 0.03])
    wanted, found = combine_effects(y, v), random_effects(y, np.diag(v), clusters=1000)
    assert found.tau == 0
    assert found.mean == pytest.approx(wanted.mean_effect_fe)
    assert found.refined ** 0.5 * wanted.sd_eff_w_fe == pytest.approx(wanted.sd_eff_w_fe_hksj)
    assert found.standard_error == pytest.approx(wanted.sd_eff_w_fe)  # Hartung and Knapp's own would be a seventh of it


@pytest.mark.parametrize("k", [2, 3, 6])
def test_q_is_the_weighted_sum_of_squares_of_generalised_least_squares(k):
    y, v = draws(k)
    fit = sm.GLS(y, np.ones(k), sigma=v).fit()
    assert scatter(y, v).q == pytest.approx(fit.resid @ np.linalg.solve(v, fit.resid))


@pytest.mark.parametrize("seed", range(6))
def test_the_variance_between_audits_maximises_the_restricted_likelihood_with_the_whole_covariance(seed):
    y, v = draws(5, seed)

    def minus(t):
        total = v + t * np.eye(5)
        inverse = np.linalg.inv(total)
        weight = inverse.sum()
        mean = (inverse @ y).sum() / weight
        return np.linalg.slogdet(total)[1] + np.log(weight) + (y - mean) @ inverse @ (y - mean)

    best = min((optimize.minimize_scalar(minus, bounds=(a, b), method="bounded", options={"xatol": 1e-9}) for a, b in ((0, 1), (0.5, 10), (5, 300))), key=lambda r: r.fun)
    found = tau_squared(scatter(y, v))
    assert minus(found) <= best.fun + 1e-7
    assert found == pytest.approx(best.x, abs=1e-3)


def test_the_mean_of_audits_that_share_their_items_is_that_of_generalised_least_squares():
    spread = np.array([1.0, 1.3, 0.9, 1.1])
    v = np.outer(spread, spread) * (0.5 + 0.5 * np.eye(4))
    y = np.array([1.0, 4.0, -2.0, 3.0])
    found = random_effects(y, v, clusters=60)
    total = v + found.tau**2 * np.eye(4)
    fit = sm.GLS(y, np.ones(4), sigma=total).fit()
    assert found.mean == pytest.approx(fit.params[0])
    assert found.shared + found.between / max(found.refined, 1) == pytest.approx(1 / np.linalg.inv(total).sum())


def test_what_all_audits_share_says_nothing_of_how_far_they_lie_apart():
    y, v = draws(4)
    for more in (0.0, 5.0, 100.0):
        a = scatter(y, v + more)
        assert (a.q, tau_squared(a)) == pytest.approx((scatter(y, v).q, tau_squared(scatter(y, v))))


def test_with_equal_weights_the_variance_is_that_of_items_crossed_with_districts():
    """Two-way analysis of variance by hand: (MS items + MS districts - MS both) / (items · districts)."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(30, 1)) + rng.normal(size=4) + 0.3 * rng.normal(size=(30, 4))
    x -= x.mean(axis=0) - np.array([0, 1, 2, 3.5])
    v = np.cov(x.T) / 30
    v = np.full((4, 4), (v.sum() - np.trace(v)) / 12) * (1 - np.eye(4)) + np.eye(4) * np.trace(v) / 4  # what chance left unequal, evened out
    found = random_effects(x.mean(axis=0), v, clusters=30)
    items = 4 * x.mean(axis=1).var(ddof=1)
    districts = 30 * x.mean(axis=0).var(ddof=1)
    rest = x - x.mean(axis=0) - x.mean(axis=1, keepdims=True)
    both = (rest - rest.mean()).ravel() @ (rest - rest.mean()).ravel() / (29 * 3)
    assert found.shared + found.between == pytest.approx((items + districts - both) / 120, rel=1e-6)


def test_three_audits_with_the_very_same_replies_say_what_one_says():
    found = random_effects(np.full(3, 0.2), np.full((3, 3), 0.04), clusters=50)
    assert (found.mean, found.tau, found.tau_high, found.i2) == pytest.approx((0.2, 0, 0, 0))
    one = 0.2 + np.array([-1, 1]) * stats.t.ppf(0.975, 49) * 0.2
    assert found.interval() == pytest.approx(tuple(one), abs=1e-6)
    assert found.prediction() == pytest.approx(tuple(one), abs=1e-6)


@pytest.mark.parametrize("v", [np.zeros((3, 3)), np.full((3, 3), 1e-30), np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1.0]]), np.outer([1, 2, 3], [1, 2, 3.0])])
@pytest.mark.parametrize("y", [np.zeros(3), np.array([0.1, 0.1, 0.5]), np.array([0.0, 0.0, 1e-14])])
def test_nothing_blows_up_and_nothing_is_certain_however_singular_the_covariance(y, v):
    found = random_effects(y, v, clusters=20, at_least=0.01)
    ends = np.array([*found.interval(), *found.prediction(), found.tau_low, found.tau_high, found.i2, found.mean])
    assert np.isfinite(ends).all()
    assert ends[1] - ends[0] > 0.3
    assert ends[3] - ends[2] > 0.3
    assert y.min() - 1e-9 <= found.mean <= y.max() + 1e-9


def test_a_district_in_which_everything_counts_for_twice_as_much_is_not_extrapolated_to_certainty():
    """Generalised least squares would give the two weights 2 and -1, a variance of 0, and a mean that no audit is near."""
    found = random_effects(np.array([1.0, 2.0, 1.0]), 0.25 * np.outer([1, 2, 1], [1, 2, 1.0]), clusters=40)
    assert 1 <= found.mean <= 2
    assert found.standard_error >= 0.5


def test_audits_that_differ_in_a_way_that_no_item_varies_in_have_no_q():
    assert scatter(np.array([0.0, 1.0]), np.full((2, 2), 0.3)).q is None
    assert scatter(np.array([1.0, 1.0]), np.full((2, 2), 0.3)).q == 0


def test_two_audits_say_nothing_of_other_districts():
    with pytest.raises(ValueError, match="2 audits"):
        random_effects(np.zeros(2), np.eye(2), clusters=30)
