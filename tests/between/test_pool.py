"""Differences of several audits of the same items: by hand, against NumPy, statsmodels and SciPy; and which audits can be pooled at all."""

import msgspec
import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from audit.between import Asker, Average, Pool, pooled_gaps, sort_out, titles_of
from audit.between.grids import Grid
from audit.between.pooling.same_items import same_items
from tests.between.stand_ins import RULE, a_disparity, a_set, a_tool

NAN = float("nan")
READ = "as the set says"


def grid(means, *, planned=True) -> Grid:
    means = np.asarray(means, dtype=float)
    there = (~np.isnan(means)).astype(float)
    return Grid(np.nan_to_num(means), there, np.ones_like(means) if planned else there)


def gaps(*tables, clusters=None, matched=True, columns=(0, 1)):
    clusters = np.arange(len(tables[0])) if clusters is None else clusters
    return same_items([grid(t, planned=matched) for t in tables], columns, clusters, matched=matched)


def halves(rng, items=24):
    """Items of which each is in one of two groups."""
    return np.where(np.arange(items)[:, None] % 2 == [0, 1], rng.normal(size=(items, 2)), NAN)


def asker(label, own, values, *, reading=READ, margins=None, **fields) -> Asker:
    tool = a_tool(label, own, values, **fields)
    return Asker(label, tool.sets[own.id], reading, tool.margins if margins is None else margins)


def test_each_audits_difference_is_taken_within_its_items():
    found = gaps([[1, 0], [1, 0], [0, 0], [1, 1]], [[0, 0], [1, 0], [0, 1], [1, 1]])
    assert found.estimates.tolist() == [0.5, 0.0]
    assert found.clusters == 4


def test_against_all_the_others_an_item_counts_the_mean_of_its_other_guises():
    found = gaps([[1, 0, 1], [1, 0, 0]], [[0, 0, 1], [0, 0, 0]], columns=(0, None))
    assert found.estimates == pytest.approx([0.75, -0.25])


def test_the_covariance_of_audits_of_the_same_items_is_that_of_their_means():
    rng = np.random.default_rng(1)
    tables = [rng.normal(size=(20, 2)) + rng.normal(size=(20, 1)) * [1, 0] for _ in range(3)]
    each = np.array([t[:, 0] - t[:, 1] for t in tables])
    assert gaps(*tables).covariance == pytest.approx(np.cov(each) / 20)


def test_the_covariance_between_different_items_adds_up_that_of_both_sides():
    rng = np.random.default_rng(2)
    tables = [halves(rng) for _ in range(3)]
    own, base = (np.cov(np.array([t[start::2, start] for t in tables])) / 12 for start in (0, 1))
    found = gaps(*tables, matched=False)
    assert found.covariance == pytest.approx(own + base)
    assert found.estimates == pytest.approx([np.nanmean(t[:, 0]) - np.nanmean(t[:, 1]) for t in tables])


def test_the_variance_with_clusters_is_the_cluster_robust_one():
    rng = np.random.default_rng(3)
    clusters = np.repeat(np.arange(8), 3)
    tables = [rng.normal(size=(24, 2)) + rng.normal(size=8)[clusters][:, None] * [1, 0] for _ in range(2)]
    found = gaps(*tables, clusters=clusters)
    for a, t in enumerate(tables):
        d = t[:, 0] - t[:, 1]
        fitted = sm.OLS(d, np.ones(24)).fit(cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False})
        assert found.covariance[a, a] == pytest.approx(fitted.bse[0] ** 2 * 8 / 7)


def test_an_item_that_one_audit_did_not_get_an_answer_to_counts_in_the_others():
    found = gaps([[1, 0], [1, 0], [NAN, 0]], [[1, 0], [0, 0], [0, 1]])
    assert found.estimates == pytest.approx([1.0, 0.0])


def test_an_audit_that_got_no_answer_on_a_side_cannot_be_compared():
    assert gaps([[NAN, 0], [NAN, 1]], [[1, 0], [0, 0]]) is None


def test_the_p_value_of_two_audits_is_that_of_all_exchanges():
    rng = np.random.default_rng(4)
    a, b = rng.normal(size=(10, 2)) + np.array([0.9, 0]), rng.normal(size=(10, 2))
    own, other = (t[:, 0] - t[:, 1] for t in (a, b))
    exact = stats.permutation_test((own, other), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", vectorized=True, n_resamples=np.inf)
    assert gaps(a, b).p_value(9_999, np.random.default_rng(1)) == pytest.approx(exact.pvalue, abs=0.02)


def test_the_p_value_of_many_items_is_that_of_hotellings_test():
    """T² of the contrasts, with C - k + 1 degrees of freedom below; statsmodels' test of the same contrasts' mean."""
    from statsmodels.stats.multivariate import test_mvmean

    rng = np.random.default_rng(6)
    each = rng.normal(size=(150, 1)) + 0.5 * rng.normal(size=(150, 4)) + [0, 0, 0, 0.22]
    tables = [np.column_stack([d, np.zeros(150)]) for d in each.T]
    wanted = test_mvmean(each[:, 1:] - each[:, :1], np.zeros(3)).pvalue
    assert 0.001 < wanted < 0.2
    assert gaps(*tables).p_value(9_999, np.random.default_rng(1)) == pytest.approx(wanted, rel=0.2)


def test_a_district_in_which_the_tool_is_stricter_with_everybody_does_not_differ():
    rng = np.random.default_rng(7)
    table = halves(rng, 60)
    found = gaps(table, table + 3.0, table - 2.0, matched=False)
    assert not found.varies
    assert found.p_value(199, rng) == 1.0


def test_audits_with_the_very_same_replies_do_not_differ():
    table = np.random.default_rng(8).normal(size=(30, 2))
    found = gaps(table, table, table)
    assert not found.varies
    assert found.p_value(199, np.random.default_rng(1)) == 1.0


def test_a_district_that_adds_the_same_to_every_item_differs_however_little_varies():
    table = np.random.default_rng(9).normal(size=(30, 2))
    found = gaps(table, table, table + np.array([0.5, 0.0]))
    assert found.p_value(1_999, np.random.default_rng(1)) <= 0.001


def test_audits_that_differ_in_one_item_only_are_not_shown_to_differ():
    table = np.zeros((60, 2))
    other = table.copy()
    other[0, 0] = 1.0
    assert gaps(table, other).p_value(1_999, np.random.default_rng(1)) > 0.9


def values(own, seed, gap=0.0):
    rng, base = np.random.default_rng(seed), np.random.default_rng(0).normal(size=len(own.rows) // 2)
    return np.array([base[i // 2] + (gap if i % 2 == 0 else 0.0) + 0.5 * rng.normal(size=2) for i in range(len(own.rows))])


ABOUT = a_disparity(measure="score", statistic="mean_difference", unit="points")
SCORES = {"measure": "score", "deciding": (ABOUT,), "ranges": (-5.0, 5.0)}


def score_set(items=30, **fields):
    return a_set(items, outcome="score", scale=(-5, 5), **fields)


def pooled(*seeds, gap=0.0, error=0.1):
    own = score_set()
    pool = Pool([asker(f"district {s}", own, values(own, s, gap if s == seeds[-1] else 0.0), **SCORES) for s in seeds])
    return next(iter(pooled_gaps([Average(pool, ABOUT, error)], 1)))


def test_beside_an_average_stand_the_audits_with_what_they_stated_themselves():
    found = pooled(1, 2)
    assert [o.audit for o in found.audits] == ["district 1", "district 2"]
    assert {(o.low, o.high, o.outcome) for o in found.audits} == {(-1.0, 1.0, "inconclusive")}
    assert (found.q_df, found.elsewhere) == (1, None)


def test_from_three_audits_up_there_is_something_to_say_of_other_districts():
    found = pooled(1, 2, 3)
    assert found.elsewhere.predicted_low < found.elsewhere.low < found.elsewhere.mean < found.elsewhere.high < found.elsewhere.predicted_high


def test_a_district_with_a_gap_of_its_own_is_told_apart():
    assert pooled(1, 2, 3).p_differ > 0.05
    assert pooled(1, 2, 3, gap=0.8).p_differ <= 0.001
    assert pooled(1, 2, 3, gap=0.8).elsewhere.tau > 0.2


def test_where_nothing_can_be_estimated_nothing_is_said_of_other_districts():
    assert pooled(1, 2, 3, error=None).elsewhere is None


def test_sampling_errors_go_together_where_items_do():
    assert pooled(1, 2, 3).correlation == pytest.approx(0.0, abs=0.35)  # within items, what these share falls out
    own = score_set(groups=("a", "b"))
    same = values(own, 1)
    pool = Pool([asker(name, own, same, **SCORES) for name in ("x", "y")])
    found = next(iter(pooled_gaps([Average(pool, ABOUT, 0.1)], 1)))
    assert found.correlation == pytest.approx(1.0)
    assert (found.q, found.p_differ) == (0.0, None)


def test_audits_of_the_same_items_read_and_judged_alike_are_one_group_whatever_their_repeats():
    own = score_set()
    rows = [asker("x", own, values(own, 1), **SCORES), asker("y", own, values(own, 2)[:, :1], **SCORES)]
    groups, why = sort_out(rows, ["x", "y"])
    assert ([[a.label for a in g] for g in groups], why) == ([["x", "y"]], [])


UNLIKE = {
    "the fixtures are not the same": lambda own: asker("z", msgspec.structs.replace(own, digest="d2"), values(own, 3), **SCORES),
    "the same digest, but not the same items": lambda _: asker("z", other := score_set(20), values(other, 3), **SCORES),
    "read differently": lambda own: asker("z", own, values(own, 3), reading="reply = score", **SCORES),
    "not the same statistics decide": lambda own: asker("z", own, values(own, 3), **SCORES | {"deciding": (ABOUT, a_disparity(statistic="mean_error_difference", measure="score"))}),
    "the margins differ (of mean difference: 0.05 share, at least 1% of the scale and 0.05 share)": lambda own: asker(
        "z", own, values(own, 3), **SCORES, margins={"mean_difference": RULE}),
}


@pytest.mark.parametrize("why", UNLIKE)
def test_what_is_not_alike_is_never_pooled_and_the_reason_is_told(why):
    own = score_set()
    margins = {"mean_difference": RULE | {"at_least_of_scale": 0.01}} if "margins" in why else {"mean_difference": RULE}
    alike = [asker(name, own, values(own, seed), **SCORES, margins=margins) for seed, name in enumerate("xy")]
    other = UNLIKE[why](own)
    other = other if "margins" in why else msgspec.structs.replace(other, margins=margins)
    groups, told = sort_out([other, *alike], ["z", "x", "y"])
    assert [[a.label for a in g] for g in groups] == [["x", "y"]]
    assert why in told[0].because
    assert told[0].audits == ("x", "y", "z")


def test_two_pairs_with_other_items_are_two_groups_and_a_set_of_one_audit_is_none():
    own, other = score_set(), score_set(20, digest="d2")
    rows = [asker(name, s, values(s, seed), **SCORES) for seed, (name, s) in enumerate((("a", own), ("b", other), ("c", own), ("d", other)))]
    groups, told = sort_out(rows, ["a", "b", "c", "d", "e"])
    assert [[a.label for a in g] for g in groups] == [["a", "c"], ["b", "d"]]
    assert [(t.audits, t.because[:10]) for t in told] == [(("a", "c", "b", "d"), "the fixtur"), (("e",), "asked only")]
    assert sort_out(rows[:1], ["a", "b"])[0] == []


def test_titles_are_those_of_the_sets_for_people():
    assert titles_of([score_set()])["tiny/attr/a"] == "A"
