"""The SD that a margin rests on is estimated: its error, and that a gap at the margin is not cleared because of it."""

import msgspec
import numpy as np
import pytest
from scipy import stats

from audit.disparity import compare_all
from audit.disparity.scale import Distance, typical_distance
from audit.disparity.statistics import Statistic
from audit.policy import read_policy
from audit.verdicts import judge
from tests.disparity.columns import a_table, of_labels, readings

MEAN = Statistic("mean", "mean_difference", "mean", "points", lambda r: r.value == r.value, lambda r: r.value)
POLICY = read_policy(None)[0]
SET = a_table({"a": ["g", "ref"]})


def distance(value, group, **columns) -> Distance:
    r = readings(value, groups={"a": group}, **columns)
    return typical_distance(SET, MEAN, r, np.arange(len(r.weight)))


def guises(rng, items, repeats=1, change=0.5):
    """Scores of items in two groups, `repeats` each, with (value, group, item)."""
    base = rng.uniform(0, 3, size=items)
    value = np.concatenate([base[:, None] + change * rng.normal(size=(items, repeats)) for _ in range(2)]).ravel()
    return value, np.repeat([0, 1], items * repeats), np.tile(np.repeat(np.arange(items), repeats), 2)


@pytest.mark.parametrize("repeats", [1, 3])
def test_the_error_of_the_sd_is_that_of_a_jackknife_over_items(repeats):
    value, group, item = guises(np.random.default_rng(1), 150, repeats)

    def sd(kept):
        sums = sum(((value[kept & (group == g)] - value[kept & (group == g)].mean()) ** 2).sum() for g in (0, 1))
        return (sums / (kept.sum() - 2)) ** 0.5

    left = np.array([sd(item != i) for i in range(150)])
    jackknife = (149 / 150 * ((left - left.mean()) ** 2).sum()) ** 0.5
    found = distance(value, group, item=item)
    assert found.value == pytest.approx(sd(item >= 0))
    assert found.standard_error == pytest.approx(jackknife, rel=0.05)


def test_alike_clusters_count_as_often_as_they_are_there():
    value, group, weight = np.array([1.0, 2.0, 4.0, 1.0, 3.0, 7.0]), np.array([0, 0, 0, 1, 1, 1]), np.array([5, 2, 3, 4, 4, 2])
    each = distance(np.repeat(value, weight), np.repeat(group, weight))
    alike = distance(value, group, weight=weight)
    assert (alike.value, alike.standard_error) == pytest.approx((each.value, each.standard_error))
    other = np.array([1.0, -2.0, 0.5, 1.0, -1.0, 0.25])
    assert alike.correlation(other) == pytest.approx(each.correlation(np.repeat(other, weight)))
    assert alike.correlation(alike.influence) == pytest.approx(1.0)


def test_each_different_truth_of_an_item_counts():
    truth, item = np.array([1.0, 5.0, 5.0, 2.0, 2.0, 9.0, np.nan]), np.array([0, 0, 0, 1, 1, 2, 2])
    found = distance(np.array([1.0, 90.0, 40.0, 2.0, 60.0, 9.0, 3.0]), np.array([0, 1, 0, 1, 0, 1, 0]), truth=truth, item=item)
    assert found.value == pytest.approx(np.std([1, 5, 2, 9], ddof=1))


def test_what_is_given_is_no_estimate():
    alike = distance(np.ones(8), np.array([0, 1] * 4))
    assert (alike.value, alike.standard_error, alike.correlation(np.ones(8))) == (1.0, 0.0, 0.0)
    share = msgspec.structs.replace(MEAN, kind="share")
    assert typical_distance(SET, share, readings([0.0, 1.0], groups={"a": [0, 1]}), np.arange(2)).standard_error == 0


def cleared(make, audits=150, design="matched", **changes):
    said = []
    for seed in range(audits):
        columns = make(np.random.default_rng(seed))
        labels = np.array(["ref", "g"])[columns.pop("group")]
        audited = of_labels(labels, reference="ref", design=design, changes=changes, **columns)
        compared = compare_all([audited], seed=seed, draws=49)
        said += [d.outcome for d in judge(compared.comparisons, POLICY, {"t": audited.set}) if d.family == "confirmatory"]
    return said.count("within_margin")


@pytest.mark.parametrize("items", [20, 100])
def test_a_tool_whose_changes_are_tiny_and_whose_gap_is_the_margin_is_cleared_in_5_percent_at_most(items):
    def make(rng, gap=0.1):
        base = rng.normal(size=items)
        return {
            "value": np.concatenate([base, base + 0.05 * rng.normal(size=items) + gap]), "group": np.repeat([0, 1], items),
            "item": np.tile(np.arange(items), 2),
        }

    assert cleared(make) <= stats.binom.ppf(0.999, 150, 0.05)
    assert cleared(lambda rng: make(rng, 0.02)) > 140


def test_a_scorer_near_to_people_whose_error_differs_by_the_margin_is_cleared_in_5_percent_at_most():
    def make(rng):
        truth, group = rng.normal(size=80), np.repeat([0, 1], 40)
        return {"value": truth + 0.03 * rng.normal(size=80) + 0.1 * group, "group": group, "truth": truth}

    assert cleared(make, design="sampled") <= stats.binom.ppf(0.999, 150, 0.05)
