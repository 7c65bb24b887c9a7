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
    # twice the distance of the quartiles over 1.349: 2.0 points here, by 1 each way from the median of 4 and of 3 or 4
    quartiles = np.percentile(np.concatenate([np.array([9999.0, *g]) - np.median([9999.0, *g]), np.array(ref) - np.median(ref)]), [25, 75])
    assert wrong == pytest.approx(2 * (quartiles[1] - quartiles[0]) / 1.349, rel=1e-3)
    assert wrong < 3.1


@pytest.mark.parametrize("draw", [np.random.default_rng(2).standard_normal, np.random.default_rng(3).exponential])
def test_ordinary_scores_keep_their_sd(draw):
    table = {"g": list(draw(size=400)), "ref": list(draw(size=400))}
    pooled = ((np.var(table["g"], ddof=1) + np.var(table["ref"], ddof=1)) / 2) ** 0.5
    assert scale_sd(table, design="sampled") == pytest.approx(pooled)
