"""Agreement with a person's scores, against RSMTool's stored outputs, scikit-learn, SciPy, hand work and the jackknife."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from audit.disparity.agreement import (
    adjacent_agreement,
    dsm,
    exact_agreement,
    mean_absolute_error,
    mean_error,
    pearson,
    qwk,
    root_mean_squared_error,
    smd,
    standardized_mean_difference,
)
from audit.disparity.estimates import among, mean, minus, over, standard_deviation

RSMTOOL = Path(__file__).parents[2] / "../shared/data/rsmtool"
OF_TWO = [qwk, pearson, mean_error, mean_absolute_error, root_mean_squared_error, exact_agreement, adjacent_agreement, smd]


def rsmtool():
    if not RSMTOOL.exists():
        pytest.skip("RSMTool's files are not here: ../shared/data/rsmtool")
    table = pd.read_csv(RSMTOOL / "predictions_scaled_with_subgroups.csv")
    table["trim"] = table["score"].clip(1 - 0.49998, 6 + 0.49998)
    table["round"] = np.rint(table["trim"])
    return table


def pair(table, system="trim", human="h1"):
    return table[human].to_numpy(dtype=float), table[system].to_numpy(dtype=float), np.ones(len(table))


def invented(seed, n=300):
    """Invented whole human scores 1-6, a tool that follows them, and two groups."""
    rng = np.random.default_rng(seed)
    human = np.clip(np.rint(rng.normal(3.5, 1.1, n)), 1, 6)
    system = human * 0.8 + 0.9 + rng.normal(0, 0.7, n)
    return human, system, rng.random(n) < 0.4


def everything(human, system, weight, group):
    """Every quantity of this file, by name, on the same rows."""
    sd = standard_deviation(human, weight)
    whole = {f.__name__: f(human, system, weight) for f in OF_TWO}
    return whole | {
        "rounded exact": exact_agreement(human, np.rint(system), weight),
        "smd of a group": smd(human, system, weight, group),
        "dsm": dsm(human, system, weight, group),
        "smd between": standardized_mean_difference(system, weight, group, ~group, sd),
        "smd between, reference SD": standardized_mean_difference(
            system, weight, group, ~group, standard_deviation(system, weight, ~group)
        ),
    }


@pytest.mark.parametrize("scores", ["trim", "round"])
def test_overall_values_are_those_rsmtool_stored(scores):
    h, s, w = pair(rsmtool(), scores)
    told = pd.read_csv(RSMTOOL / "expected_eval.csv", index_col=0).loc[{"trim": "scale_trim", "round": "scale_trim_round"}[scores]]
    assert qwk(h, s, w).value == pytest.approx(told["wtkappa"], abs=1e-9)
    assert pearson(h, s, w).value == pytest.approx(told["corr"], abs=1e-9)
    assert smd(h, s, w).value == pytest.approx(told["SMD"], abs=1e-9)
    assert root_mean_squared_error(h, s, w).value == pytest.approx(told["RMSE"], abs=1e-9)
    assert mean_error(h, s, w).value == pytest.approx(told["sys_mean"] - told["h_mean"], abs=1e-9)
    assert standard_deviation(h, w).value == pytest.approx(told["h_sd"], abs=1e-9)
    assert standard_deviation(s, w).value == pytest.approx(told["sys_sd"], abs=1e-9)
    assert 100 * exact_agreement(h, s, w).value == pytest.approx(told["exact_agr"], abs=1e-9)
    assert 100 * adjacent_agreement(h, s, w).value == pytest.approx(told["adj_agr"], abs=1e-9)


@pytest.mark.parametrize("attribute", ["L1", "QUESTION"])
def test_values_by_group_are_those_rsmtool_stored(attribute):
    table = rsmtool()
    told = pd.read_csv(RSMTOOL / f"expected_eval_by_{attribute}.csv", index_col=0)
    everyone = pair(table)
    for name, row in told.iterrows():
        inside = np.ones(len(table), dtype=bool) if name == "All data" else (table[attribute] == name).to_numpy()
        h, s, w = pair(table[inside])
        rounded = table.loc[inside, "round"].to_numpy()
        assert qwk(h, s, w).value == pytest.approx(row["wtkappa.scale_trim"], abs=1e-9)
        assert pearson(h, s, w).value == pytest.approx(row["corr.scale_trim"], abs=1e-9)
        assert root_mean_squared_error(h, s, w).value == pytest.approx(row["RMSE.scale_trim"], abs=1e-9)
        assert mean_error(h, s, w).value == pytest.approx(row["sys_mean.scale_trim"] - row["h_mean"], abs=1e-9)
        assert 100 * exact_agreement(h, rounded, w).value == pytest.approx(row["exact_agr.scale_trim_round"], abs=1e-9)
        assert 100 * adjacent_agreement(h, rounded, w).value == pytest.approx(row["adj_agr.scale_trim_round"], abs=1e-9)
        assert dsm(*everyone, inside).value == pytest.approx(row["DSM.scale_trim"], abs=1e-9)
        assert dsm(*pair(table, "round"), inside).value == pytest.approx(row["DSM.scale_trim_round"], abs=1e-9)


def test_kappa_of_two_people_is_scikit_learns():
    h1, h2, w = pair(rsmtool(), "h2")
    assert qwk(h1, h2, w).value == pytest.approx(cohen_kappa_score(h1, h2, weights="quadratic"), abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4)), min_size=2, max_size=30))
def test_kappa_of_whole_scores_is_scikit_learns(rows):
    h, s, w = np.array(rows, dtype=float).T
    if np.ptp(h) == 0 or np.ptp(s) == 0:
        assert np.isnan(qwk(h, s, w).value)
    else:
        told = cohen_kappa_score(h, s, weights="quadratic", labels=np.arange(7), sample_weight=w)
        assert qwk(h, s, w).value == pytest.approx(told, abs=1e-10)


def test_small_case_worked_by_hand():
    # human 1 2 3, system 2 2 5: errors 1 0 2; Cov = (1+0+2)/3 = 1, Var = 2/3 and 2, mean error 1
    h, s, w = np.array([1.0, 2, 3]), np.array([2.0, 2, 5]), np.ones(3)
    assert qwk(h, s, w).value == pytest.approx(2 / (2 / 3 + 2 + 1))
    assert pearson(h, s, w).value == pytest.approx(1 / (2 / 3 * 2) ** 0.5)
    assert (mean_error(h, s, w).value, mean_absolute_error(h, s, w).value) == (1.0, 1.0)
    assert root_mean_squared_error(h, s, w).value == pytest.approx((5 / 3) ** 0.5)
    assert exact_agreement(h, s, w).value == pytest.approx(1 / 3)
    assert adjacent_agreement(h, s, w).value == pytest.approx(2 / 3)
    assert smd(h, s, w).value == pytest.approx(1.0)  # SD of 1 2 3 over N - 1 is 1
    last = np.array([False, False, True])
    assert smd(h, s, w, last).value == pytest.approx(2.0)
    assert dsm(h, s, w, last).value == pytest.approx(2 / 3**0.5 - 1)  # system: mean 3, SD sqrt 3
    one = standardized_mean_difference(s, w, last, ~last, standard_deviation(h, w))
    assert one.value == pytest.approx(3.0)


def test_difference_of_one_point_is_adjacent_whatever_the_float():
    assert 8.3 - 7.3 > 1
    assert adjacent_agreement(np.array([7.3]), np.array([8.3]), np.ones(1)).value == 1.0


def test_mean_and_correlation_are_scipys():
    human, system, group = invented(1)
    assert pearson(human, system, np.ones(300)).value == pytest.approx(stats.pearsonr(human, system).statistic, abs=1e-12)
    error = (system - human)[group]
    influence = mean(system - human, np.ones(300), group).influence
    n = len(error)
    assert np.sqrt(np.sum(influence**2) * n / (n - 1)) == pytest.approx(stats.sem(error), abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 4), min_size=12, max_size=40))
def test_weight_of_k_is_k_copies(seed, weights):
    human, system, group = invented(seed, len(weights))
    w = np.array(weights)
    few = everything(human, system, w.astype(float), group)
    many = everything(*(np.repeat(a, w) for a in (human, system, np.ones(len(w)), group)))
    for name, estimate in few.items():
        assert estimate.value == pytest.approx(many[name].value, rel=1e-9, abs=1e-9, nan_ok=True), name
        assert np.repeat(estimate.influence, w) == pytest.approx(many[name].influence, rel=1e-6, abs=1e-8), name


@settings(deadline=None, max_examples=5, derandomize=True)
@given(st.integers(0, 10**6))
def test_influence_gives_the_jackknifes_variance_and_sums_to_zero(seed):
    n = 200
    human, system, group = invented(seed, n)
    whole = everything(human, system, np.ones(n), group)
    left_out = [everything(human, system, 1.0 - (np.arange(n) == i), group) for i in range(n)]
    for name, estimate in whole.items():
        values = np.array([each[name].value for each in left_out])
        jackknife = (n - 1) / n * np.sum((values - values.mean()) ** 2)
        assert np.sum(estimate.influence**2) == pytest.approx(jackknife, rel=0.08), name
        assert estimate.influence == pytest.approx((n - 1) / n * (values.mean() - values), abs=0.1 * np.ptp(values)), name
        assert np.sum(estimate.influence) == pytest.approx(0, abs=1e-10), name


@pytest.mark.parametrize(
    ("human", "system"),
    [([], []), ([3.0], [3.0]), ([3.0], [5.0]), ([2.0, 2], [2, 2]), ([0.1] * 7, [0.3] * 7), ([2.0, 2, 2], [1, 2, 3]), ([1.0, 2], [2, 2])],
)
def test_too_little_data_is_undefined_and_never_an_error(human, system):
    h, s = np.array(human), np.array(system, dtype=float)
    for group in (np.zeros(len(h), dtype=bool), np.ones(len(h), dtype=bool)):
        for name, estimate in everything(h, s, np.ones(len(h)), group).items():
            assert estimate.influence.shape == h.shape, name
            assert estimate.defined or not estimate.influence.any(), name
        assert np.isnan(qwk(h, s, np.ones(len(h))).value)
        assert np.isnan(pearson(h, s, np.ones(len(h))).value)
        assert np.isnan(dsm(h, s, np.ones(len(h)), group).value)


def test_perfect_agreement_is_one_with_no_first_order_uncertainty():
    h = np.array([1.0, 2, 4, 4])
    estimate = qwk(h, h, np.ones(4))
    assert estimate.value == 1.0
    assert not estimate.influence.any()
    assert root_mean_squared_error(h, h, np.ones(4)).value == 0.0


def test_tools_gap_beyond_the_human_gap_joins_estimates_of_different_rows():
    human, system, _ = invented(3)
    second = np.clip(human + np.random.default_rng(4).integers(-1, 2, 300), 1, 6)
    scored_twice = np.arange(300) < 120
    tool = qwk(human, system, np.ones(300))
    people = among(scored_twice, qwk(human[scored_twice], second[scored_twice], np.ones(120)))
    beyond = minus(tool, people)
    told = cohen_kappa_score(human[:120], second[:120], weights="quadratic")
    assert beyond.value == pytest.approx(tool.value - told, abs=1e-12)
    assert beyond.influence[120:] == pytest.approx(tool.influence[120:])
    assert beyond.influence[:120] == pytest.approx(tool.influence[:120] - people.influence[:120])


def test_quotient_over_zero_is_undefined():
    zero = mean(np.array([-1.0, 1.0]), np.ones(2))
    assert np.isnan(over(mean(np.array([1.0, 2.0]), np.ones(2)), zero).value)
