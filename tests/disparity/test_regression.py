"""RSMTool's fairness models, against its stored outputs and statsmodels, classical and clustered."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.anova import anova_lm

from audit.disparity.regression import Rows, csd, osa, osd

RSMTOOL = Path(__file__).parents[2] / "../shared/data/rsmtool"
MODELS = {"osa": osa, "osd": osd, "csd": csd}
FORMULA = {
    "osa": "squared ~ C(group, Treatment({base}))",
    "osd": "error ~ C(group, Treatment({base}))",
    "csd": "error ~ C(group, Treatment({base})) + C(human, Treatment({usual}))",
}
TITLES = {"osa": "Overall score accuracy", "osd": "Overall score difference", "csd": "Conditional score difference"}


def rows(group, cluster=None, weight=None, alike=None):
    n = len(group)
    cluster = np.arange(n) if cluster is None else np.asarray(cluster)
    return Rows(
        np.asarray(group), np.ones(n) if weight is None else weight, cluster,
        np.ones(int(cluster.max(initial=-1)) + 1) if alike is None else alike,
    )


def invented(seed, clusters=30, groups=3, each=6):
    """Invented scores, 1-5: `each` responses of a cluster share an effect; groups lie across clusters."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(clusters), each)
    n = len(cluster)
    human = rng.integers(1, 6, n).astype(float)
    system = human + rng.normal(0, 0.5, clusters)[cluster] + rng.normal(0, 0.6, n)
    return human, system, rng.integers(0, groups, n), cluster


def statsmodels_fit(name, human, system, group, cluster, base):
    table = pd.DataFrame({"human": human, "error": system - human, "squared": (system - human) ** 2, "group": group})
    usual = table["human"].value_counts().sort_index(kind="stable").idxmax()
    model = smf.ols(FORMULA[name].format(base=base, usual=usual), table)
    return model.fit() if cluster is None else model.fit(cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)


def numbers(inference):
    return [x for c in inference.coefficients for x in (c.estimate, c.standard_error, c.p, c.low, c.high)]


def of_statsmodels(fit, places):
    ends = fit.conf_int().to_numpy()
    columns = (fit.params, fit.bse, fit.pvalues)
    return [x for k in places for x in (*(float(c.iloc[k]) for c in columns), *ends[k])]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("attribute", ["L1", "QUESTION"])
def test_r2_p_and_every_coefficient_are_those_rsmtool_stored(attribute, name):
    if not RSMTOOL.exists():
        pytest.skip("RSMTool's files are not here: ../shared/data/rsmtool")
    table = pd.read_csv(RSMTOOL / "predictions_scaled_with_subgroups.csv")
    groups = sorted(table[attribute].unique())
    system = table["score"].clip(1 - 0.49998, 6 + 0.49998).to_numpy()
    told = MODELS[name](table["h1"].to_numpy(dtype=float), system, rows(table[attribute].map(groups.index).to_numpy()))
    overall = pd.read_csv(RSMTOOL / f"expected_fairness_metrics_by_{attribute}.csv", index_col=0)
    assert told.r2 == pytest.approx(float(overall.loc["R2", TITLES[name]]), abs=1e-9)
    assert told.classical.p == pytest.approx(float(overall.loc["sig", TITLES[name]]), abs=1e-9)
    assert groups[told.base] == overall.loc["R2", "base_category"]
    stored = pd.read_csv(RSMTOOL / f"expected_estimates_{name}_by_{attribute}.csv", index_col=0)
    assert len(stored) == len(told.classical.coefficients)
    for c in told.classical.coefficients:
        label = f"Intercept ({groups[c.group]})" if c.group == told.base else groups[c.group]
        assert [c.estimate, c.p, c.low, c.high] == pytest.approx(list(stored.loc[label]), abs=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", MODELS)
def test_classical_and_clustered_inference_are_statsmodels(name, seed):
    human, system, group, cluster = invented(seed)
    told = MODELS[name](human, system, rows(group, cluster), base=1)
    plain = statsmodels_fit(name, human, system, group, None, base=1)
    robust = statsmodels_fit(name, human, system, group, cluster, base=1)
    assert numbers(told.classical) == pytest.approx(of_statsmodels(plain, range(3)), abs=1e-9)
    assert numbers(told.clustered) == pytest.approx(of_statsmodels(robust, range(3)), abs=1e-9)
    joint = robust.wald_test(np.eye(len(robust.params))[1:3], use_f=True, scalar=True)
    assert told.clustered.f == pytest.approx(float(joint.statistic), abs=1e-9)
    assert told.clustered.df == (2, 29)
    assert told.clustered.p == pytest.approx(float(joint.pvalue), abs=1e-9)


def test_conditional_test_is_statsmodels_comparison_of_nested_models():
    human, system, group, _ = invented(3)
    table = pd.DataFrame({"human": human, "error": system - human, "group": group})
    small, large = (smf.ols(f, table).fit() for f in ("error ~ C(human)", "error ~ C(human) + C(group)"))
    told = csd(human, system, rows(group))
    assert told.classical.p == pytest.approx(anova_lm(small, large)["Pr(>F)"].iloc[1], abs=1e-10)
    assert told.r2 == pytest.approx(large.rsquared_adj - small.rsquared_adj, abs=1e-12)


def test_cluster_that_shares_an_effect_makes_a_group_of_its_own_less_certain():
    human, system, _, cluster = invented(4)
    group = cluster % 2
    told = osd(human, system, rows(group, cluster))
    assert told.clustered.coefficients[1].standard_error > 1.5 * told.classical.coefficients[1].standard_error


def test_single_responses_as_clusters_give_the_hc1_covariance_of_statsmodels():
    human, system, group, _ = invented(5)
    table = pd.DataFrame({"error": system - human, "group": group})
    robust = smf.ols("error ~ C(group, Treatment(0))", table).fit(cov_type="HC1", use_t=True)
    told = osd(human, system, rows(group), base=0)
    assert [c.standard_error for c in told.clustered.coefficients] == pytest.approx(list(robust.bse), abs=1e-9)


def same(few, many):
    assert few.r2 == pytest.approx(many.r2, abs=1e-9)
    for one, other in ((few.classical, many.classical), (few.clustered, many.clustered)):
        assert (one.f, one.p, *one.df) == pytest.approx((other.f, other.p, *other.df), abs=1e-7, rel=1e-7)
        assert numbers(one) == pytest.approx(numbers(other), abs=1e-7, rel=1e-7)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from(sorted(MODELS)))
def test_weight_of_k_is_k_copies_in_the_same_cluster(seed, name):
    human, system, group, cluster = invented(seed)
    times = np.random.default_rng(seed).integers(0, 4, len(human))
    few = MODELS[name](human, system, rows(group, cluster, times.astype(float)))
    many = MODELS[name](*(np.repeat(a, times) for a in (human, system)), rows(*(np.repeat(a, times) for a in (group, cluster))))
    same(few, many)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.sampled_from(sorted(MODELS)))
def test_cluster_that_stands_for_k_is_k_clusters(seed, name):
    human, system, group, cluster = invented(seed)
    alike = np.random.default_rng(seed).integers(1, 4, 30)
    few = MODELS[name](human, system, rows(group, cluster, alike[cluster].astype(float), alike.astype(float)))
    copies = [(i, c * 10 + k) for i, c in enumerate(cluster) for k in range(alike[c])]
    at, new = np.array(copies).T
    many = MODELS[name](human[at], system[at], rows(group[at], np.unique(new, return_inverse=True)[1]))
    same(few, many)


@pytest.mark.parametrize("name", MODELS)
def test_what_cannot_be_said_is_none_and_never_an_error(name):
    model = MODELS[name]
    none = np.empty(0)
    assert model(none, none, rows(np.empty(0, dtype=int))) is None
    human, system, group, cluster = invented(6)
    assert model(human, system, rows(np.zeros(180, dtype=int), cluster)) is None  # one group
    assert model(human, system, rows(group, cluster), base=7) is None  # a base that nobody is in
    assert model(human[:2], system[:2], rows(np.array([0, 1]))) is None  # as many parameters as responses
    assert model(human, human + 0.3, rows(group, cluster)) is None  # no error to explain
    assert model(human, human + group, rows(group, cluster)) is None  # and none left unexplained
    assert model(human, system, rows(group, cluster % 3)).clustered is None  # three clusters, three parameters or more


def test_group_and_human_score_that_coincide_cannot_be_told_apart():
    human = np.repeat([1.0, 2, 3], 10)
    system = human + np.random.default_rng(7).normal(0, 0.5, 30)
    group = np.repeat([0, 1, 2], 10)
    assert csd(human, system, rows(group)) is None
    assert osd(human, system, rows(group)) is not None


def test_group_within_one_cluster_has_no_clustered_coefficient():
    human, system, _, cluster = invented(8)
    group = np.where(cluster == 0, 2, cluster % 2)
    told = osd(human, system, rows(group, cluster))
    assert [c is None for c in told.clustered.coefficients] == [False, False, True]
    assert told.clustered.p is None
    assert told.classical.p is not None
    base = osd(human, system, rows(group, cluster), base=2)
    assert base.clustered.coefficients == (None, None, None)


def test_largest_group_is_the_base_and_of_equals_the_first():
    human, system, _, _ = invented(9)
    assert osd(human, system, rows(np.repeat([0, 1, 2], [50, 65, 65]))).base == 1
    assert osd(human, system, rows(np.repeat([2, 0, 1], [70, 60, 50]))).base == 2
