"""Names as a second random unit: a verdict about a group must hold for other names than those that were asked."""

import dataclasses

import numpy as np
import pytest
import statsmodels.api as sm

from audit.disparity import compare_all
from audit.disparity.frames import Audited
from audit.disparity.readings import Readings
from audit.records import Attribute
from tests.disparity.tables import a_set

ITEMS = 60


def readings(names: int, effect: float, seed: int, *, design: str, per_item: int = 1) -> Readings:
    """Scores of two groups alike on average, whose names have effects of their own; names are drawn anew for each reply."""
    rng = np.random.default_rng(seed)
    group = np.repeat([0, 1], ITEMS * per_item)
    item = np.tile(np.repeat(np.arange(ITEMS), per_item), 2) + (ITEMS * group if design == "sampled" else 0)
    name = rng.integers(0, names, len(group))
    value = (effect * rng.standard_normal((2, names)))[group, name] + rng.standard_normal(2 * ITEMS)[item] + rng.standard_normal(len(group))
    n = len(group)
    return Readings(
        value=value, truth=np.full(n, np.nan), item=item, cluster=item, times=np.ones(n), weight=np.ones(int(item.max()) + 1),
        asked=np.ones(n, dtype=bool), groups={"a": group}, variant=name,
    )


def compared(read: Readings, *, design: str, variants: str = "random"):
    about = Attribute(groups={"g": "g", "ref": "ref"}, reference="ref", variants=variants)
    fixture_set = a_set(design, "score", attributes={"a": about}, scale=None)
    return compare_all([Audited(fixture_set, "score", "points", read)], seed=1, draws=199).comparisons[0]


@pytest.mark.parametrize("design", ["matched", "sampled"])
def test_tools_without_a_gap_are_accused_for_a_few_names_when_names_are_taken_for_the_group(design):
    audits = [readings(6, 0.5, seed, design=design, per_item=2) for seed in range(120)]
    simple = np.mean([compared(read, design=design, variants="fixed").p_value <= 0.05 for read in audits])
    ours = np.mean([compared(read, design=design).p_value <= 0.05 for read in audits])
    assert simple > 0.15
    assert ours <= 0.115  # the 99.9% point of a binomial of 120 at 5%


def test_names_without_an_effect_cost_little_precision():
    read = readings(30, 0.0, 3, design="sampled")
    ours, simple = compared(read, design="sampled"), compared(read, design="sampled", variants="fixed")
    assert simple.standard_error <= ours.standard_error < 1.3 * simple.standard_error


def test_the_variance_is_that_of_statsmodels_two_way_clusters_but_for_its_small_sample_factors():
    read = readings(12, 1.0, 5, design="sampled", per_item=3)
    y, group, name = read.value, read.groups["a"], read.groups["a"] * 100 + read.variant
    robust = [
        sm.OLS(y, sm.add_constant((group == 0).astype(float))).fit(cov_type="cluster", cov_kwds={"groups": labels, "use_correction": False})
        for labels in (read.item, name, read.item * 1000 + name)
    ]
    item, by_name, both = (fit.bse[1] ** 2 for fit in robust)
    ours = compared(read, design="sampled").standard_error ** 2
    assert ours == pytest.approx(item + by_name - both, rel=0.15)


def test_one_name_says_nothing_about_its_group():
    read = readings(1, 0.5, 7, design="matched")
    one = compared(read, design="matched")
    assert (one.low, one.p_value) == (None, None)


def test_names_that_lie_each_in_one_cluster_are_the_clusters():
    read = readings(6, 0.5, 9, design="matched")
    by_item = np.arange(ITEMS) % 6
    nested = dataclasses.replace(read, variant=by_item[read.item], cluster=by_item[read.item], weight=np.ones(6))
    assert compared(nested, design="matched").clusters == 6
    assert compared(nested, design="matched").p_value == compared(nested, design="matched", variants="fixed").p_value
