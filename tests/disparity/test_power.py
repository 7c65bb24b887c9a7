"""What a design can show: against statsmodels, against worked figures, and by simulation with the package's own tests."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower, TTestPower

from audit.disparity import (
    Part,
    Precision,
    Units,
    clearing_margin,
    compare_all,
    components,
    declared,
    detectable,
    detectable_in_rates,
    family_level,
    precision,
)
from tests.disparity.tables import a_set, audited


@pytest.mark.parametrize("n", [10, 20, 60, 300])
@pytest.mark.parametrize("alpha", [0.05, 0.005])
def test_the_smallest_gap_of_one_sample_is_that_of_statsmodels(n, alpha):
    known = precision([Part(0.0, 4.0, 0.0)], [Units(n, n)], 1)
    theirs = TTestPower().solve_power(nobs=n, alpha=alpha, power=0.8)
    assert detectable(known.standard_error, alpha, known.df) == pytest.approx(2 * theirs, rel=1e-4)


@pytest.mark.parametrize("n", [10, 60])
def test_the_smallest_gap_of_two_samples_is_that_of_statsmodels(n):
    known = precision([Part(0.0, 1.0, 0.0)] * 2, [Units(n, n)] * 2, 1)
    assert known.df == pytest.approx(2 * n - 2)
    assert detectable(known.standard_error, 0.05, known.df) == pytest.approx(TTestIndPower().solve_power(nobs1=n, alpha=0.05, power=0.8), rel=1e-4)


def test_two_one_sided_tests_need_what_the_normal_formula_says_where_items_are_many():
    # Chow, Shao & Wang: (z.95 + z.90) standard errors for a difference of zero
    assert clearing_margin(Precision(0.01, 1e6)) == pytest.approx(0.01 * (stats.norm.ppf(0.95) + stats.norm.ppf(0.9)), rel=1e-4)


@pytest.mark.parametrize(("sd", "margin", "shared", "items"), [(0.4, 0.05, 1.0, 183), (0.4, 0.05, 0.5, 457), (1.0, 0.15, 1.0, 127), (1.0, 0.15, 0.5, 318)])
def test_equivalence_needs_the_items_of_the_statistics_pages(sd, margin, shared, items):
    """At base rate 0.2, ICC 0.5, 3 repeats, by the normal formula; Student's t asks for at most 3 more."""
    parts = declared("matched", sd=sd, icc=0.5, shared=shared, between=0.0)
    fewest = next(k for k in range(20, 1000) if clearing_margin(precision(parts, [Units(k, k)], 3)) <= margin)
    assert items <= fewest <= items + 3


@pytest.mark.parametrize(("shared", "gap"), [(1.0, 0.0836), (0.5, 0.132)])
def test_sixty_matched_items_detect_8_to_13_points_were_both_rates_to_vary_alike(shared, gap):
    known = precision(declared("matched", sd=0.4, icc=0.5, shared=shared, between=0.0), [Units(60, 60)], 3)
    assert detectable(known.standard_error, 0.05, known.df) == pytest.approx(gap, rel=0.02)


def test_a_rate_nearer_to_a_half_varies_more_and_the_gap_pays_for_it():
    # 0.132 from 0.2: a rate of 0.346 varies 1.413 times as much, so sqrt((1 + 1.413) / 2) = 1.098 times 0.132 is 0.145, and so on
    found = detectable_in_rates(0.132, 0.2)
    there = (0.2 + found) * (0.8 - found)
    assert found == pytest.approx(0.132 * math.sqrt((1 + there / 0.16) / 2), rel=1e-6)
    assert 0.144 < found < 0.147
    assert detectable_in_rates(0.1, 0.5) == pytest.approx(0.1)


def test_more_repeats_and_more_items_do_what_their_formula_says():
    # 2σ²/K · [(1-ρ)/R + ρ - ρx] with σ = 1, ρ = 0.5, ρx = 0.25: K = 50, R = 2 → 0.04 · 0.5 = 0.02
    parts = declared("matched", sd=1.0, icc=0.5, shared=0.5, between=0.0)
    assert precision(parts, [Units(50, 50)], 2).standard_error == pytest.approx(math.sqrt(0.02))
    assert precision(parts, [Units(100, 100)], 1).standard_error < precision(parts, [Units(50, 50)], 2).standard_error


def test_items_of_the_same_templates_leave_what_templates_differ_in():
    parts = [Part(0.3, 0.2, 0.6)]
    few, many = (precision(parts, [Units(k, 30)], 3).standard_error for k in (60, 60_000))
    assert few == pytest.approx(math.sqrt(0.3 / 30 + 0.4 / 60))
    assert many == pytest.approx(math.sqrt(0.3 / 30), rel=1e-3)


def test_one_comparison_is_tested_at_five_percent_and_a_family_at_less():
    assert family_level([(2, True, 1)]) == pytest.approx(0.05)
    # 6 groups: 5 against the reference and 6 against the others; Šidák for 11 independent ones would be 0.00465
    together = family_level([(6, True, 1)])
    assert 0.00465 < together < 0.012
    assert family_level([(2, True, 10)]) == pytest.approx(1 - 0.95**0.1, rel=0.1)


def test_variance_is_split_as_by_hand():
    """Differences 1 3 | 5 7 | 1 3 | 5 7 | 3 5: between clusters (8 - 2) / 2 = 3, within them 2."""
    values = [1.0, 3.0, 5.0, 7.0, 1.0, 3.0, 5.0, 7.0, 3.0, 5.0]
    table = {"g": values, "ref": [0.0] * 10}
    found = components(audited(table, fixture_set=a_set("matched", "score"), measure="score", clusters=[f"c{i // 2}" for i in range(10)]))
    assert [(c.group, c.reference, c.clusters, c.items) for c in found] == [("g", "ref", 5, 10)]
    assert found[0].low[0].between == pytest.approx(3.0)
    assert found[0].low[0].within == pytest.approx(2.0)
    assert found[0].low[0].noise == 0.0
    # the upper 80% limit of a variance with 4 degrees of freedom: 4 / 1.6488
    assert found[0].high[0].between == pytest.approx(3.0 * 4 / stats.chi2.ppf(0.2, 4))


def test_fewer_than_five_clusters_teach_nothing():
    assert components(audited({"g": [0.0, 1.0] * 4, "ref": [0.0] * 8}, clusters=[f"c{i // 2}" for i in range(8)])) == []


def test_a_gap_of_the_predicted_size_is_found_four_times_of_five():
    """60 matched scores, two groups: 200 audits by the package's own tests; a standard error of 0.028."""
    known = precision([Part(0.0, 1.0, 0.0)], [Units(60, 60)], 1)
    gap, hits, rng = detectable(known.standard_error, 0.05, known.df), 0, np.random.default_rng(11)
    of = a_set("matched", "score", scale=None)
    for n in range(200):
        base = rng.normal(size=60)
        table = {"g": list(base + rng.normal(gap, 1.0, 60)), "ref": list(base)}
        found = compare_all([audited(table, fixture_set=of, measure="score")], seed=n, draws=199)
        hits += next(c for c in found.comparisons if c.statistic == "mean_difference").p_adjusted <= 0.05
    assert abs(hits / 200 - 0.8) < 3 * 0.0283
