"""What holds for every table: no NaN, no certainty for nothing, alike rows counted as copies, clusters as what is independent."""

import dataclasses
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.disparity import compare_all
from audit.disparity.regression import Rows, csd, osa, osd
from audit.records import Attribute
from tests.disparity.columns import estimates, of_labels, values

FEW = 19
GROUPS = ["g", "h", "ref"]


def check(compared):
    for c in [*compared.comparisons, *compared.missingness]:
        ends = [v for v in (c.estimate, c.low, c.high, c.low90, c.high90, c.standard_error, c.p_value, c.detectable, c.scale_sd) if v is not None]
        assert np.isfinite(ends).all(), c
        assert c.estimate is None or c.low is not None, c
        if c.low is not None and c.high is not None:
            assert c.low < c.high, c
            assert c.estimate is None or c.low <= c.estimate <= c.high, c
        assert c.p_value is None or 0 <= c.p_value <= 1, c
    for g in compared.groups:
        assert (g.value is None) == (g.low is None) == (g.high is None), g
        assert g.value is None or (np.isfinite([g.value, g.low, g.high]).all() and g.low < g.high and g.low <= g.value <= g.high), g
    for o in compared.omnibus:
        assert np.isfinite([v for v in (o.value, o.between_sd, o.p_value, o.p_cluster) if v is not None]).all(), o


@st.composite
def tables(draw, values, truths):
    """Rows of few items and clusters, some repeated, in all designs, with what is missing."""
    n = draw(st.integers(1, 24))
    def column(of):
        return np.array(draw(st.lists(of, min_size=n, max_size=n)))
    item = np.unique(column(st.integers(0, draw(st.sampled_from([1, 4, 30])))), return_inverse=True)[1]
    design = draw(st.sampled_from(["matched", "sampled"]))
    group = column(st.integers(0, 2))
    if design == "sampled" and draw(st.booleans()):
        group = item % 3
    truth = column(truths)[item] if draw(st.booleans()) else None
    second = None if truth is None else column(st.sampled_from([1.0, 2.0, 5.0, np.nan]))[item]
    cluster = np.unique(item // draw(st.sampled_from([1, 1, 3])), return_inverse=True)[1]
    return {
        "labels": np.array(GROUPS)[group], "value": column(values), "truth": truth, "second": second, "item": item, "cluster": cluster,
        "design": design, "reference": draw(st.sampled_from([None, "ref"])),
        "changes": {"attributes": {"a": Attribute(groups={g: g for g in GROUPS}, reference="ref")}},
    }


def everything(columns):
    labels = list(columns.pop("labels"))
    changes = columns.pop("changes")
    return compare_all(
        [with_all_groups(labels, changes, **columns)], seed=1, draws=FEW,
        confirm=("qwk_difference", "dsm_difference", "auc_difference", "qwk_beyond_human_difference", "standardized_mean_difference"),
    )


def with_all_groups(labels, changes, **columns):
    """An audit whose attribute has three groups, seen or not."""
    one = of_labels(labels, **columns)
    places = np.array([GROUPS.index(x) for x in labels], dtype=np.int64)
    fixture_set = one.set.__class__(**{f: getattr(one.set, f) for f in one.set.__struct_fields__} | changes)
    return dataclasses.replace(one, set=fixture_set, readings=dataclasses.replace(one.readings, groups={"a": places}))


MAYBE = st.one_of(st.just(np.nan), st.sampled_from([1.0, 2.0, 3.5, 5.0]), st.floats(0, 10))


@settings(max_examples=120, deadline=None)
@given(tables(MAYBE, st.sampled_from([1.0, 2.0, 5.0, np.nan])))
def test_no_table_of_scores_gives_a_nan_or_a_certainty_for_nothing(columns):
    check(everything(columns))


@settings(max_examples=80, deadline=None)
@given(tables(st.sampled_from([np.nan, 0.0, 0.2, 0.5, 0.9, 1.0]), st.sampled_from([0.0, 1.0, np.nan])))
def test_no_table_of_probabilities_gives_a_nan_or_a_certainty_for_nothing(columns):
    check(everything(columns))


@settings(max_examples=80, deadline=None)
@given(tables(st.sampled_from([np.nan, 0.0, 1.0]), st.sampled_from([0.0, 1.0, np.nan])), st.booleans())
def test_no_table_of_decisions_gives_a_nan_or_a_certainty_for_nothing(columns, adverse):
    columns["second"] = None
    columns["changes"] = columns["changes"] | {"adverse": adverse}
    check(everything(columns | {"measure": "decision"}))


def scored(n=240, seed=1, whole=True):
    rng = np.random.default_rng(seed)
    human = rng.integers(1, 6, n).astype(float)
    system = human + (rng.integers(-1, 2, n) if whole else rng.normal(0, 1, n))
    return {"value": system, "truth": human, "second": human + rng.integers(-1, 2, n)}, np.array(GROUPS)[rng.integers(0, 3, n)]


WITHOUT_DRAWS = {
    "qwk_difference", "dsm_difference", "standardized_mean_difference", "qwk_beyond_human_difference", "auc_difference", "osa", "osd", "csd",
}


def numbers(compared):
    found = {("group", g.statistic, g.group): (g.value, g.low, g.high, g.items) for g in compared.groups}
    found |= {
        (c.statistic, c.group, c.reference): (c.estimate, c.low90, c.high90, c.standard_error, c.items, c.clusters)
        for c in compared.comparisons if c.statistic in WITHOUT_DRAWS
    }
    return found | {("all", o.statistic): (o.value, o.between_sd, o.p_cluster) for o in compared.omnibus}


def same(few, many):
    assert few.keys() == many.keys()
    for key, row in few.items():
        assert [v is None for v in row] == [v is None for v in many[key]], key
        assert [v for v in row if v is not None] == pytest.approx([v for v in many[key] if v is not None], abs=1e-9, rel=1e-7), key


@pytest.mark.parametrize("kind", ["scores", "probabilities", "decisions", "bare scores"])
def test_a_row_that_stands_for_k_is_k_rows(kind):
    columns, labels = scored(80)
    if kind == "probabilities":
        columns = {"truth": (columns["truth"] > 3).astype(float), "value": columns["value"] / 10}
    if kind == "bare scores":
        columns = {"value": columns["value"]}
    measure = "decision" if kind == "decisions" else "score"
    if kind == "decisions":
        columns = {"value": (columns["value"] > 3).astype(float)}
    weight = np.random.default_rng(2).integers(1, 5, 80)
    copies = np.repeat(np.arange(80), weight)
    few = of_labels(labels, **columns, weight=weight.astype(float), measure=measure, reference="ref")
    many = of_labels(labels[copies], **{name: c[copies] for name, c in columns.items()}, measure=measure, reference="ref")
    same(numbers(compare_all([few], seed=1, draws=FEW)), numbers(compare_all([many], seed=1, draws=FEW)))


@lru_cache
def one_cluster_out(probabilities):
    """A table of 240 rows in 40 clusters, compared whole; and 40 times without one of them."""
    columns, labels = scored(240, seed=4)
    if probabilities:
        columns = {"truth": (columns["truth"] > 3).astype(float), "value": columns["value"] / 10}
    rng = np.random.default_rng(5)
    cluster = rng.integers(0, 40, 240)
    pulled = rng.normal(0, 0.8, 40)[cluster] * (0.1 if probabilities else 1)
    columns["value"] = columns["value"] + pulled

    def compared(rows):
        own = {name: c[rows] for name, c in columns.items()}
        table = of_labels(labels[rows], **own, cluster=np.unique(cluster[rows], return_inverse=True)[1], item=np.arange(rows.sum()), reference="ref")
        return compare_all([table], seed=1, draws=FEW)

    return compared(np.ones(240, dtype=bool)), [compared(cluster != c) for c in range(40)]


@pytest.mark.parametrize("statistic", ["qwk_difference", "dsm_difference", "qwk_beyond_human_difference", "standardized_mean_difference", "auc_difference"])
def test_a_standard_error_is_about_the_jackknifes_over_clusters(statistic):
    whole, without_one = one_cluster_out(statistic == "auc_difference")
    without = np.array([estimates(compared, statistic)["g", "ref"].estimate for compared in without_one])
    jackknife = np.sqrt(39 / 40 * ((without - without.mean()) ** 2).sum())
    error = estimates(whole, statistic)["g", "ref"].standard_error
    if statistic in ("dsm_difference", "standardized_mean_difference"):
        assert error == pytest.approx(jackknife, rel=0.1)
    else:  # and one cluster more that moves it by a step; the rarer truth is in 20 clusters and more of each group
        assert jackknife < error < 1.1 * np.hypot(jackknife, 1 / 20)


def test_guises_of_the_same_items_are_compared_more_closely_than_different_work():
    columns, _ = scored(60, seed=6)
    value = np.concatenate([columns["value"], columns["value"] + np.random.default_rng(7).normal(0, 0.1, 60)])
    both = {"value": value, "truth": np.tile(columns["truth"], 2), "reference": "ref"}
    labels = np.repeat(["g", "ref"], 60)
    matched = compare_all([of_labels(labels, **both, item=np.tile(np.arange(60), 2), design="matched")], seed=1, draws=FEW)
    apart = compare_all([of_labels(labels, **both)], seed=1, draws=FEW)
    other = int((columns["truth"] != np.bincount(columns["truth"].astype(int)).argmax()).sum())
    for statistic, items, closer in (("qwk_difference", other, 1.5), ("dsm_difference", 60, 3)):
        close, wide = (estimates(c, statistic)["g", "ref"] for c in (matched, apart))
        assert close.estimate == pytest.approx(wide.estimate, rel=0.01)  # an SD over 60 items, or over 120 rows
        assert close.standard_error < wide.standard_error / closer
        assert (close.items, close.clusters, close.design) == (items, items, "matched")


def test_an_item_that_one_guise_lacks_takes_no_part_in_a_matched_difference():
    columns, _ = scored(40, seed=8)
    both = {"value": np.concatenate([columns["value"], 6 - columns["value"]]), "truth": np.tile(columns["truth"], 2)}
    labels, item = np.repeat(["g", "ref"], 40), np.tile(np.arange(40), 2)
    lost = dict(both, value=np.where((labels == "ref") & (item < 10), np.nan, both["value"]))
    there = item >= 10
    one, other = (
        estimates(compare_all([of_labels(l, **c, item=i, design="matched", reference="ref")], seed=1, draws=FEW), "qwk_difference")["g", "ref"]
        for l, c, i in ((labels, lost, item), (labels[there], {k: v[there] for k, v in both.items()}, item[there] - 10))
    )
    assert (one.estimate, one.standard_error) == pytest.approx((other.estimate, other.standard_error), abs=1e-12)
    assert one.items == other.items < 30  # those whose human score is not the most common one
    assert (one.missing, other.missing) == (10, 0)


def test_perfect_agreement_is_not_certain():
    human = np.tile([1.0, 2, 3, 4, 5], 8)
    table = of_labels(np.repeat(["g", "ref"], 20), value=human, truth=human, reference="ref")
    compared = compare_all([table], seed=1, draws=FEW)
    for statistic, value in (("qwk", 1.0), ("corr", 1.0)):
        row = next(g for g in compared.groups if (g.statistic, g.group) == (statistic, "g"))
        # of 20 items none disagreed: 97.5% sure that no more than 1 - 0.025^(1/20) = 16.8% do (Clopper & Pearson)
        assert (row.value, row.high) == (pytest.approx(value), pytest.approx(1.0))
        assert row.low <= 1 - 0.168
    one = estimates(compared, "qwk_difference")["g", "ref"]
    assert (one.estimate, one.unchanged) == (pytest.approx(0.0), True)
    assert one.low < -0.16 < 0.16 < one.high


def test_repeats_are_averaged_before_agreement_is_judged():
    columns, labels = scored(60, seed=9)
    rng = np.random.default_rng(10)
    noise = rng.normal(0, 1, (60, 3))
    means = columns["value"] + noise.mean(axis=1)
    once = compare_all([of_labels(labels, value=means, truth=columns["truth"])], seed=1, draws=FEW)
    thrice = compare_all([of_labels(
        np.repeat(labels, 3), value=(columns["value"][:, None] + noise).ravel(), truth=np.repeat(columns["truth"], 3), item=np.repeat(np.arange(60), 3),
    )], seed=1, draws=FEW)
    for statistic in ("qwk", "dsm", "corr", "rmse", "smd"):
        assert values(thrice, statistic) == pytest.approx(values(once, statistic), abs=1e-9)
    assert estimates(thrice, "csd").keys() == estimates(once, "csd").keys()
    assert all(c.estimate is not None for c in estimates(thrice, "csd").values())


@lru_cache
def a_large_table():
    columns, labels = scored(20_001, seed=11, whole=False)
    del columns["second"]
    return columns, labels, compare_all([of_labels(labels, **columns, reference="ref")], seed=1, draws=FEW)


@pytest.mark.parametrize("name", ["osa", "osd", "csd"])
def test_the_regressions_of_a_large_table_are_those_of_its_rows(name):
    columns, labels, compared = a_large_table()
    group = np.array([GROUPS.index(x) for x in labels])
    n = np.arange(len(group))
    told = {"osa": osa, "osd": osd, "csd": csd}[name](columns["truth"], columns["value"], Rows(group, np.ones(len(n)), n, np.ones(len(n))), 2)
    row = next(o for o in compared.omnibus if o.statistic == name)
    assert (row.value, row.p_value, row.p_cluster) == pytest.approx((told.r2, told.classical.p, told.clustered.p), abs=1e-9)
    for c in told.clustered.coefficients[1:]:
        one = estimates(compared, name)[GROUPS[c.group], "ref"]
        assert (one.estimate, one.standard_error, one.p_value, one.low, one.high) == pytest.approx(
            (c.estimate, c.standard_error, c.p, c.low, c.high), abs=1e-9)


def test_a_human_score_that_is_no_category_makes_the_conditional_model_undefined_and_says_so():
    rng = np.random.default_rng(12)
    human = rng.random(300)
    compared = compare_all([of_labels(np.array(GROUPS)[np.arange(300) % 3], value=human + rng.normal(0, 1, 300), truth=human)], seed=1, draws=FEW)
    row = next(o for o in compared.omnibus if o.statistic == "csd")
    assert (row.value, row.p_value, row.p_cluster) == (None, None, None)
    assert all(c.estimate is None for c in estimates(compared, "csd").values())
