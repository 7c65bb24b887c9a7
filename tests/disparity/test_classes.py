"""Quantities that need two kinds of truth: what they rest on, and how often few "yes" accuse or clear. All invented."""

import numpy as np
import pytest
from scipy.stats import norm

from audit.disparity import compare_all
from audit.disparity.quality import QWK, Kind, kinds, of_kind
from audit.disparity.ranked import AUC, auc_kind
from audit.disparity.scored import make_scores
from tests.disparity.columns import estimates, of_labels

RUNS, CHANCE = 150, 0.036  # 2 standard errors of a share of 5%


def gap(table, kind: Kind):
    scores = make_scores(table, "a", QWK, np.arange(len(table.readings.weight)))
    return of_kind(scores, kind, confirm=True).estimates[0].common


def ranked(rng, sizes, areas):
    """A table of two groups with so many "yes" and "no" each, and a true AUC each."""
    rows = [(g, t, rng.normal(size=n) + t * norm.ppf(area) * 2**0.5) for g, ns, area in zip(("g", "ref"), sizes, areas, strict=True)
            for t, n in zip((1.0, 0.0), ns, strict=True)]
    labels, truth = (np.concatenate([np.full(len(v), x[i]) for x, v in ((r[:2], r[2]) for r in rows)]) for i in (0, 1))
    return of_labels(labels, value=np.concatenate([v for _, _, v in rows]), truth=truth.astype(float), reference="ref")


@pytest.mark.parametrize(("sizes", "area"), [
    (((12, 188), (200, 200)), 0.95), (((12, 50), (300, 300)), 0.9), (((25, 25), (300, 300)), 0.95), (((50, 150), (50, 150)), 0.75),
])
def test_few_yes_do_not_accuse_a_tool_that_ranks_alike(sizes, area):
    rng = np.random.default_rng(1)
    accused = np.mean([gap(ranked(rng, sizes, (area, area)), auc_kind()).p_value <= 0.05 for _ in range(RUNS)])
    assert accused <= 0.05 + CHANCE


@pytest.mark.parametrize(("sizes", "areas", "margin"), [
    (((12, 188), (200, 200)), (0.95, 1 - 1e-9), 0.05), (((50, 150), (50, 150)), (0.85, 0.95), 0.1),
    (((25, 25), (300, 300)), (0.9, 0.8), 0.1), (((60, 1000), (300, 300)), (0.95, 1 - 1e-9), 0.05),
])
def test_few_yes_do_not_clear_a_tool_whose_gap_is_the_margin(sizes, areas, margin):
    rng = np.random.default_rng(2)
    found = [gap(ranked(rng, sizes, areas), auc_kind()) for _ in range(RUNS)]
    assert np.mean([-margin < c.low90 and c.high90 < margin for c in found]) <= 0.05 + CHANCE


def test_many_of_both_truths_clear_a_tool_that_ranks_alike():
    rng = np.random.default_rng(3)
    found = [gap(ranked(rng, ((1000, 1000), (1000, 1000)), (0.9, 0.9)), auc_kind()) for _ in range(20)]
    assert np.mean([c.low90 > -0.05 and c.high90 < 0.05 for c in found]) > 0.9


def test_an_auc_rests_on_the_rarer_truth_of_the_smaller_group():
    found = estimates(compare_all([ranked(np.random.default_rng(4), ((7, 90), (30, 40)), (0.9, 0.9))], seed=1, draws=19), AUC.name)
    one = found["g", "ref"]
    assert (one.items, one.clusters) == (7, 7)  # below a policy's ten: not assessed


def test_the_error_of_an_auc_difference_is_delongs_with_one_row_more_of_each_truth():
    # scores 3 1 | 2 0 in one group: V10 = 1, ½ and V01 = ½, 1, AUC ¾; in the other all right: AUC 1, no error of its own
    table = of_labels(["g"] * 4 + ["ref"] * 4, value=[3.0, 1, 2, 0, 3, 2, 1, 0], truth=[1.0, 1, 0, 0] * 2, reference="ref")
    delong = 2 * (0.125**2 + 0.125**2)  # Σ((V − AUC)/2)² of "yes" and of "no"
    expected = ((delong + 4 * 0.5**2) * (2 / 3) ** 2) ** 0.5
    found = gap(table, auc_kind())
    assert (found.estimate, found.standard_error) == (pytest.approx(-0.25), pytest.approx(expected))


def test_an_auc_of_one_on_both_sides_is_not_certain():
    rng = np.random.default_rng(5)
    found = gap(ranked(rng, ((20, 80), (20, 80)), (1 - 1e-12, 1 - 1e-12)), auc_kind())
    assert found.estimate == 0
    assert found.high90 >= 1 - 0.05 ** (1 / 20)  # rule of three for the 20


def test_kappa_of_nearly_equal_human_scores_rests_on_the_others():
    rng = np.random.default_rng(6)
    human = np.r_[np.tile([1.0, 1, 1, 1, 1, 1, 1, 1, 1, 2], 10), np.tile([1.0, 2], 500)]
    table = of_labels(np.repeat(["g", "ref"], [100, 1000]), value=np.where(rng.random(1100) < 0.1, 3 - human, human), truth=human, reference="ref")
    assert gap(table, kinds(1.0)[0]).items == 10


@pytest.mark.parametrize("which", [0, 1])
def test_rare_errors_do_not_accuse_a_small_group_in_agreement(which):
    """QWK and DSM: 2% of the scores are wrong in both groups; in the small one often none is."""
    rng, found = np.random.default_rng(7), []
    for _ in range(RUNS):
        human = 1.0 + (rng.random(1100) < 0.2)
        system = np.where(rng.random(1100) < 0.02, 3 - human, human)
        found.append(gap(of_labels(np.repeat(["g", "ref"], [100, 1000]), value=system, truth=human, reference="ref"), kinds(1.0)[which]))
    assert np.mean([c.p_value <= 0.05 for c in found]) <= 0.05 + CHANCE
