"""Resampled cell counts, against fairlearn, SciPy's binomial and hand work."""

import time

import numpy as np
import pandas as pd
import pytest
from fairlearn import metrics
from scipy import stats
from sklearn.metrics import accuracy_score

from audit.disparity.resample import RATES, percentile, rate_intervals, rates, resample_counts

# group × truth × decision; the second group has no negatives, the third was never seen
CELLS = np.array([[[50, 10], [5, 35]], [[0, 0], [4, 6]], [[0, 0], [0, 0]], [[3, 1], [2, 2]]])


def a_generator(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_the_five_rates_of_a_group_are_those_worked_by_hand():
    # 50 true negatives, 10 false positives, 5 false negatives, 35 true positives
    assert rates(CELLS)[:, 0] == pytest.approx([45 / 100, 35 / 40, 10 / 60, 5 / 40, 85 / 100], abs=1e-15)


def test_the_rates_are_fairlearns_on_the_same_rows():
    cells = CELLS[[0, 3]]
    group, truth, decision = (np.repeat(axis.ravel(), cells.ravel()) for axis in np.indices(cells.shape))
    names = {name: getattr(metrics, name) for name in RATES[:4]} | {"accuracy": accuracy_score}
    frame = metrics.MetricFrame(metrics=names, y_true=truth, y_pred=decision, sensitive_features=pd.Series(group))
    assert rates(cells) == pytest.approx(frame.by_group[list(RATES)].to_numpy().T, abs=1e-15)


def test_a_group_without_negatives_has_no_false_positive_rate_and_a_group_never_seen_has_none_at_all():
    result = rate_intervals(CELLS, resample_counts(CELLS, 999, a_generator()))
    for part in (result.value, result.low, result.high):
        assert np.isnan(part[2, 1])
        assert np.isnan(part[:, 2]).all()
        assert not np.isnan(np.delete(part, 2, axis=1)[[0, 1, 3, 4]]).any()
    assert result.n[:, 1].tolist() == [10, 10, 0, 10, 10]


def test_a_resample_has_as_many_rows_as_the_sample_and_none_of_what_was_never_seen():
    drawn = resample_counts(CELLS, 500, a_generator())
    assert drawn.shape == (500, 4, 2, 2)
    assert (drawn.sum(axis=(1, 2, 3)) == CELLS.sum()).all()
    assert not drawn[:, 2].any()
    assert not drawn[:, 1, 0].any()


def test_a_condition_keeps_its_observed_share_and_its_outcomes_get_half_a_count_each():
    drawn = resample_counts(CELLS, 40_000, a_generator()).mean(axis=0)
    # 60 negatives of 118 rows, of which 10.5/61 are selected; ten positives in the second group, 6.5/11 selected
    assert drawn[0, 0].sum() == pytest.approx(60, abs=0.15)
    assert drawn[0, 0, 1] == pytest.approx(60 * 10.5 / 61, abs=0.1)
    assert drawn[1, 1, 1] == pytest.approx(10 * 6.5 / 11, abs=0.1)


@pytest.mark.parametrize("selected", [0, 1, 30, 59, 60])
def test_an_interval_holds_the_rate_and_has_a_width_also_at_0_of_n_and_n_of_n(selected):
    cells = np.array([[[60 - selected, selected], [20, 20]], [[500, 500], [500, 500]]])
    result = rate_intervals(cells, resample_counts(cells, 999, a_generator()))
    assert (result.low <= result.value).all()
    assert (result.value <= result.high).all()
    assert (result.high - result.low > 0.01).all()


def test_the_interval_of_one_group_of_fixed_size_is_the_binomials_with_half_a_count_on_each_side():
    cells = np.array([[[0, 0], [14, 6]]])
    low, high = (end[1, 0] for end in percentiles(cells, 40_000))
    expected = stats.binom.ppf([0.025, 0.975], 20, 6.5 / 21) / 20
    assert (low, high) == pytest.approx(tuple(expected), abs=1e-12)


def percentiles(cells, draws):
    result = rate_intervals(cells, resample_counts(cells, draws, a_generator()))
    return result.low, result.high


def test_resamples_in_which_a_group_vanishes_widen_its_interval_and_are_counted():
    cells = np.array([[[400, 100], [100, 400]], [[0, 0], [0, 1]]])
    result = rate_intervals(cells, resample_counts(cells, 1999, a_generator()))
    # one row among 1,001: absent from a resample with probability (1 - 1/1001)^1001, about 1/e
    assert result.vanished[1, 1] / 1999 == pytest.approx(np.exp(-1), abs=0.05)
    assert result.value[1, 1] == 1
    assert (result.low[1, 1], result.high[1, 1]) == (0, 1)
    assert not result.vanished[:, 0].any()


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5, 0.97])
def test_95_percent_intervals_of_two_groups_of_60_cover_the_rate_on_average(rate):
    # over all 0 ... 60, weighted by their probability; a percentile interval of 60 plain rows covers 70% at 0.02
    covered = 0.0
    for x, p in enumerate(stats.binom.pmf(np.arange(61), 60, rate)):
        if p > 1e-4:
            cells = np.array([[[0, 0], [60 - x, x]], [[0, 0], [30, 30]]])
            low, high = percentiles(cells, 399)
            covered += p * (low[1, 0] <= rate <= high[1, 0])
    assert 0.92 <= covered <= 0.995


def test_an_end_of_a_percentile_interval_is_an_order_statistic():
    drawn = a_generator().permutation(np.arange(1.0, 1000))[:, None]
    low, high = percentile(drawn, 0.95, (0, 2000))
    assert (low[0], high[0]) == (25, 975)


def test_resamples_without_a_value_count_as_the_lowest_and_as_the_highest():
    drawn = np.arange(1.0, 1000)
    drawn[[400, 500, 600]] = np.nan
    low, high = percentile(drawn[:, None], 0.95, (0, 2000))
    assert (low[0], high[0]) == (22, 978)
    drawn[300:330] = np.nan
    low, high = percentile(drawn[:, None], 0.95, (0, 2000))
    assert (low[0], high[0]) == (0, 2000)


def test_too_few_resamples_for_the_level_are_refused():
    assert percentile(np.arange(39.0), 0.95, (0, 1)) == (0, 38)
    with pytest.raises(ValueError, match="38 resamples"):
        percentile(np.arange(38.0), 0.95, (0, 1))


def bare(cells: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    c = rng.multinomial(cells.sum(), cells.ravel() / cells.sum(), size=draws).reshape(draws, -1, 2, 2)
    (tn, fp), (fn, tp) = ((c[:, :, t, d] for d in (0, 1)) for t in (0, 1))
    return np.stack([(tp + fp) / c.sum(axis=(2, 3)), tp / (tp + fn), fp / (fp + tn), fn / (tp + fn), (tp + tn) / c.sum(axis=(2, 3))])


def fastest(run, times: int = 9) -> float:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return min(took)


@pytest.mark.parametrize("groups", [6, 36])
def test_rates_with_intervals_cost_at_most_three_times_the_bare_kernel(groups):
    cells = a_generator().integers(200, 2000, size=(groups, 2, 2))
    kernel = fastest(lambda: bare(cells, 1000, a_generator()))
    ours = fastest(lambda: rate_intervals(cells, resample_counts(cells, 1000, a_generator())))
    assert ours <= 3 * kernel


def test_a_resample_of_a_hundred_times_the_rows_costs_no_more_than_twice_as_much():
    cells = a_generator().integers(100, 900, size=(6, 2, 2))
    few, many = (fastest(lambda c=c: rate_intervals(c, resample_counts(c, 1000, a_generator()))) for c in (cells, cells * 100))
    assert many <= 2 * few
