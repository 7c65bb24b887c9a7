"""The SD that a margin rests on."""

import numpy as np
import pytest

from audit.disparity import compare_all
from tests.disparity.tables import audited


def scale_sd(table, **options):
    return compare_all([audited(table, measure="score", **options)], seed=1, draws=19).comparisons[0].scale_sd


def test_it_is_the_pooled_sd_within_groups():
    g, ref = [1.0, 2.0, 4.0, 5.0, 2.5, 3.5], [11.0, 13.0, 12.0, 15.0, 12.5, 13.5]
    pooled = ((np.var(g, ddof=1) * 5 + np.var(ref, ddof=1) * 5) / 10) ** 0.5
    assert scale_sd({"g": g, "ref": ref}, design="sampled") == pytest.approx(pooled)


def test_one_gross_error_does_not_buy_a_margin():
    rng = np.random.default_rng(1)
    g, ref = (list(np.clip(np.round(rng.normal(3.5, 1.1, 300)), 1, 6)) for _ in range(2))
    wrong = scale_sd({"g": [9999.0, *g], "ref": ref}, design="sampled")
    assert wrong == pytest.approx(scale_sd({"g": g, "ref": ref}, design="sampled"), rel=0.1)


def test_one_gross_error_among_scores_that_are_mostly_one_value_does_not_buy_a_margin():
    mostly = [4.0] * 75 + [3.0] * 10 + [5.0] * 10 + [2.0] * 5
    wrong = scale_sd({"g": [9999.0, *mostly], "ref": mostly}, design="sampled")
    assert wrong == pytest.approx(np.std(mostly), rel=0.15)


def test_many_zeros_leave_the_sd_as_it_is():
    rng = np.random.default_rng(4)
    table = {name: list(np.where(rng.random(500) < 0.74, 0.0, rng.uniform(20, 40, 500))) for name in ("g", "ref")}
    pooled = ((np.var(table["g"], ddof=1) + np.var(table["ref"], ddof=1)) / 2) ** 0.5
    assert scale_sd(table, design="sampled") == pytest.approx(pooled)


@pytest.mark.parametrize("truth", [4.0, 300.0])
def test_a_truth_that_is_constant_leaves_the_sd_of_the_scores(truth):
    rng = np.random.default_rng(5)
    table = {"g": list(rng.normal(3, 1, 80)), "ref": list(rng.normal(3, 1, 80))}
    assert scale_sd(table, design="sampled", truth=truth) == pytest.approx(scale_sd(table, design="sampled"))


@pytest.mark.parametrize("draw", [np.random.default_rng(2).standard_normal, np.random.default_rng(3).exponential])
def test_ordinary_scores_keep_their_sd(draw):
    table = {"g": list(draw(size=400)), "ref": list(draw(size=400))}
    pooled = ((np.var(table["g"], ddof=1) + np.var(table["ref"], ddof=1)) / 2) ** 0.5
    assert scale_sd(table, design="sampled") == pytest.approx(pooled)
