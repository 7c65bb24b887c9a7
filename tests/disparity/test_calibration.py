"""The promises, in short: the small stand-ins of benchmarks/calibration; and that these and their peers are what they say.

The full run is `python -m benchmarks.calibration`. Bounds of the promises: the 99.9% point of a binomial at the promise.
"""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, selection_rate
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportions_ztest

from benchmarks.calibration import peers
from benchmarks.calibration.audits import one_audit
from benchmarks.calibration.cells import CELLS, SHORT
from benchmarks.calibration.standins import (
    Cell,
    Replies,
    at_the_margin,
    correlation,
    replies,
    rubric_moments,
    rubric_shift,
    single_sd,
    truth,
    unit_means,
)

AUDITS = 30
NAMES = [cell.name for cell in SHORT]
MATCHED = Cell("matched", items=40, groups=4, missing=(0.1, 0.1))
SAMPLED = Cell("sampled", design="sampled", outcome="score", items=40, groups=4, sizes=(1, 0.5, 0.5, 0.75))


def tallied(cell, kind):
    return sum((one_audit((cell, kind, seed, True)) for seed in range(AUDITS)), Counter())


def at_most(share, audits=AUDITS):
    return stats.binom.ppf(0.999, audits, share)


def at_least(share, audits=AUDITS):
    return stats.binom.ppf(0.001, audits, share)


@pytest.mark.parametrize("cell", SHORT, ids=NAMES)
def test_a_tool_alike_for_every_group_is_accused_in_5_percent_of_audits_at_most_and_intervals_hold_zero(cell):
    said = tallied(cell, "alike")
    assert said["alike: gap_found", "of"] == said["all 95%", "of"] == AUDITS
    assert said["alike: gap_found", "yes"] <= at_most(0.05)
    assert said["alike: gap_found in missing", "yes"] <= at_most(0.05)
    assert said["all 95%", "yes"] >= at_least(0.935)


@pytest.mark.parametrize("cell", SHORT, ids=NAMES)
def test_a_tool_with_its_gap_at_the_margin_is_cleared_in_5_percent_of_audits_at_most_and_intervals_hold_the_gap(cell):
    said = tallied(cell, "margin")
    against = [what for what, answer in said if what.startswith("cleared") and answer == "of"]
    assert len(against) == (1 if cell.groups == 2 else 2)
    assert all(said[what, "of"] == AUDITS and said[what, "yes"] <= at_most(0.05) for what in against)
    assert said["all 95%", "yes"] >= at_least(0.935)


@pytest.mark.parametrize("cell", [SHORT[0], SHORT[2], SHORT[4]], ids=lambda cell: cell.name)
def test_a_planted_gap_is_found_about_as_often_as_by_a_permutation_max_t(cell):
    audits = [one_audit((cell, "gap", seed, True)) for seed in range(AUDITS)]
    pairs = [(a["gap: ours", "yes"], a["gap: permutation", "yes"]) for a in audits]
    lost, won = pairs.count((0, 1)), pairs.count((1, 0))
    assert sum(theirs for _, theirs in pairs) > AUDITS / 6  # the gap is not too small to tell
    assert lost <= at_most(0.5, lost + won)


def test_every_cell_has_a_name_of_its_own():
    names = [cell.name for cell in (*CELLS, *SHORT)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("design", ["matched", "sampled"])
def test_decisions_have_their_rate_their_gap_and_their_correlation(design):
    cell = Cell("big", design=design, items=40_000, groups=2, rate=0.2, icc=0.5, shared=0.6, repeats=2)
    r = replies(cell, 0.05, np.random.default_rng(1))
    first, last = r.value[0][r.guise == 0], r.value[0][r.guise == 1]
    assert first.mean() == pytest.approx(0.2, abs=0.01)
    assert last.mean() == pytest.approx(0.25, abs=0.01)
    assert np.corrcoef(first.T)[0, 1] == pytest.approx(correlation(cell, 0.5), abs=0.02)
    across = correlation(cell, 0.5 * 0.6) if design == "matched" else 0.0
    assert np.corrcoef(first[:, 0], last[:, 0])[0, 1] == pytest.approx(across, abs=0.02)


def test_the_correlation_of_decisions_at_one_half_is_that_of_sheppard():
    assert correlation(Cell("half", rate=0.5), 0.5) == pytest.approx(2 / np.pi * np.arcsin(0.5), abs=1e-6)  # Sheppard 1899: = 1/3


@pytest.mark.parametrize("shape", ["normal", "exponential", "lognormal"])
def test_scores_have_mean_0_sd_1_and_exactly_the_planted_gap(shape):
    cell = Cell("big", outcome="score", shape=shape, items=100_000, groups=2, icc=0.0, repeats=1)
    r = replies(cell, 0.3, np.random.default_rng(2))
    first, last = r.value[0][r.guise == 0], r.value[0][r.guise == 1]
    assert (first.mean(), last.mean()) == pytest.approx((0.0, 0.3), abs=0.02)
    assert single_sd(cell) == pytest.approx(1.0, abs=0.001)
    assert first.std() == pytest.approx(1.0, abs=0.06)
    expected = {"normal": 0.0, "exponential": 2.0, "lognormal": (np.exp(0.64) + 2) * np.sqrt(np.expm1(0.64))}[shape]
    assert stats.skew(first) == pytest.approx(expected, abs=0.05 + 0.25 * expected)


def test_the_rubric_is_the_rounded_normal_score_and_its_gap_is_that_of_the_rounded_means():
    points, p = np.arange(1, 7), np.diff([0.0, *stats.norm(3.5, 1.1).cdf([1.5, 2.5, 3.5, 4.5, 5.5]), 1.0])
    assert rubric_moments(0.0) == pytest.approx((points @ p, p @ points**2 - (points @ p) ** 2))
    cell = Cell("big", outcome="score", shape="rubric", items=100_000, groups=2, repeats=1)
    gap = at_the_margin(cell)
    r = replies(cell, gap, np.random.default_rng(3))
    first, last = r.value[0][r.guise == 0], r.value[0][r.guise == 1]
    assert last.mean() - first.mean() == pytest.approx(gap, abs=0.015)
    assert gap == pytest.approx(0.1 * np.sqrt((rubric_moments(0.0)[1] + rubric_moments(rubric_shift(gap))[1]) / 2))


def test_the_truth_against_the_others_weighs_sampled_groups_by_their_items():
    cell = Cell("unequal", design="sampled", groups=3, items=80, sizes=(1.0, 0.5, 0.25))
    assert truth(cell, 0.05, "decision", "a", "g2", "g0") == 0.05
    assert truth(cell, 0.05, "decision", "a", "g2", "others") == pytest.approx(0.05)
    assert truth(cell, 0.05, "decision", "a", "g1", "others") == pytest.approx(-0.05 * 20 / (80 + 20))
    matched = Cell("matched", groups=3, second=2)
    assert truth(matched, 0.05, "decision", "a", "g1", "others") == pytest.approx(-0.025)
    assert truth(matched, 0.05, "decision", "b", "g1", "g0") == 0.0


def test_items_in_turn_have_each_name_of_a_group_and_its_effect_is_shared():
    cell = Cell("names", outcome="score", groups=2, items=24_000, names=6, name_effect=0.5, icc=0.0, repeats=1)
    r = replies(cell, 0.0, np.random.default_rng(4))
    assert sorted(set(r.name)) == list(range(12))
    assert (r.cluster == r.name % 6).all()
    by_name = np.bincount(r.name, weights=r.value[0, :, 0]) / np.bincount(r.name)
    within = r.value[0, :, 0] - by_name[r.name]
    assert within.var() == pytest.approx(0.5, abs=0.02)
    assert by_name.var() > 0.05


def test_replies_are_missing_at_the_shares_asked_for():
    r = replies(Cell("lost", items=4_000, groups=3, missing=(0.05, 0.25)), 0.0, np.random.default_rng(5))
    lost = [float(np.isnan(r.value[0][r.guise == g]).mean()) for g in range(3)]
    assert lost == pytest.approx([0.05, 0.05, 0.25], abs=0.015)


def test_item_tests_are_scipys():
    r = replies(MATCHED, 0.1, np.random.default_rng(6))
    wide = unit_means(r)[0].reshape(-1, 4)
    expected = stats.ttest_rel(wide[:, 1:], wide[:, :1], nan_policy="omit").pvalue
    assert peers._paired_t(r, unit_means(r)[0], r.group("a"), 4) == pytest.approx(np.asarray(expected))
    r = replies(SAMPLED, 0.1, np.random.default_rng(7))
    parts = [unit_means(r)[0][r.guise == g] for g in range(4)]
    expected = [stats.ttest_ind(part, parts[0], equal_var=False).pvalue for part in parts[1:]]
    assert peers._welch_t(unit_means(r)[0], r.group("a"), 4) == pytest.approx(expected)


@pytest.mark.parametrize("cell", [MATCHED, SAMPLED], ids=["decisions", "scores"])
def test_rows_as_independent_are_the_textbooks_tests_of_rows(cell):
    answers = []
    for seed in range(40):
        r = replies(cell, 0.1, np.random.default_rng(seed))
        rows = [r.value[0][r.guise == g].ravel() for g in range(4)]
        rows = [row[~np.isnan(row)] for row in rows]
        if cell.outcome == "decision":
            p = [proportions_ztest([row.sum(), rows[0].sum()], [len(row), len(rows[0])])[1] for row in rows[1:]]
        else:
            p = [stats.ttest_ind(row, rows[0]).pvalue for row in rows[1:]]
        assert peers.rows_independent(r) == (min(p) <= 0.05, p[-1] <= 0.05)
        answers.append(min(p) <= 0.05)
    assert 0 < sum(answers) < 40


def test_holm_is_that_of_statsmodels():
    p = np.random.default_rng(8).random(12) ** 3
    assert peers.holm(p) == pytest.approx(multipletests(p, method="holm")[1])


def test_step_down_compares_each_with_the_largest_of_those_not_larger():
    t = np.array([[3.0, 1.0, 2.0], [0.0, 5.0, 0.0], [2.5, 0.0, 0.0], [0.0, 1.5, 0.0]])
    # 3.0 against the maxima 5, 2.5, 1.5: 1 of 3. 2.0 against 5, 0, 1.5: 1. 1.0 against 5, 0, 1.5: 2. (b + 1) / 4.
    assert peers.step_down(t) == pytest.approx([0.5, 0.75, 0.5])


def test_four_fifths_differs_by_side():
    values = np.zeros((1, 200, 1))
    values[0, :20] = 1.0
    values[0, 100:115] = 1.0  # 20% and 15%: a ratio of 0.75; 80% and 85%: of 0.94
    guise = np.repeat([0, 1], 100)
    r = Replies(Cell("two", groups=2, design="sampled", items=100, repeats=1), values, np.arange(200), guise, np.arange(200), guise * 0 - 1)
    assert peers.four_fifths(r, of_the_rest=False) == (True, True)
    assert peers.four_fifths(r, of_the_rest=True) == (False, False)


def test_the_quick_bootstrap_is_fairlearns():
    r = replies(Cell("small", items=30, groups=3, repeats=1), 0.2, np.random.default_rng(9))
    y, group = r.value[0].ravel(), r.guise
    theirs = MetricFrame(
        metrics=selection_rate, y_true=y, y_pred=y, sensitive_features=pd.Series(group, name="group"),
        n_boot=150, ci_quantiles=[0.1, 0.5, 0.9], random_state=1,
    ).difference_ci()
    rng = np.random.default_rng(10)
    ours = np.quantile(np.concatenate([peers._differences(r, 0, group, 3, rng) for _ in range(5)]), [0.1, 0.5, 0.9])
    assert ours == pytest.approx(np.array(theirs, dtype=float), abs=0.04)
    assert peers.fairlearn_above_0(r, rng) == (True, True)


@pytest.mark.parametrize("cell", [Cell("matched", outcome="score", items=30, groups=3), SAMPLED], ids=["matched", "sampled"])
def test_the_permutation_keeps_its_level_and_its_observed_t_is_the_textbooks(cell):
    r = replies(cell, 0.3, np.random.default_rng(11))
    own, against = peers._contrasts(cell)
    draws = peers._matched_draws if cell.design == "matched" else peers._sampled_draws
    t = peers._studentized(*next(draws(r, own, against, np.random.default_rng(12))))[0]
    y, g = unit_means(r)[0], r.guise
    if cell.design == "matched":
        wide = y.reshape(-1, 3)
        assert t[0] == pytest.approx(stats.ttest_rel(wide[:, 1], wide[:, 0]).statistic)
        assert t[4] == pytest.approx(stats.ttest_rel(wide[:, 2], wide[:, :2].mean(axis=1)).statistic)
    else:
        assert t[0] == pytest.approx(stats.ttest_ind(y[g == 1], y[g == 0], equal_var=False).statistic)
        assert t[-1] == pytest.approx(stats.ttest_ind(y[g == 3], y[g != 3], equal_var=False).statistic)
    said = [
        peers.permutation(replies(cell, 0.0, np.random.default_rng(seed)), np.random.default_rng(seed)) for seed in range(100)
    ]
    assert sum(s["permutation"][0] for s in said) <= at_most(0.05, 100)
    assert sum(s["permutation_pooled"][0] for s in said) <= at_most(0.05, 100)
