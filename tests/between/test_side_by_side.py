"""Whole comparisons of stand-ins: who is ranked, who is tied, what is refused."""

import msgspec
import numpy as np
import pytest

from audit.between import compare_tools
from tests.between.stand_ins import RULE, a_disparity, a_set, a_tool

SEED = 1
NAN = float("nan")


def scores(items, gap, seed, *, groups=("a", "b"), own=0.5, shared=0.5, repeats=2):
    """(rows, repeats): scores of matched items; the first group's are `gap` higher. The items are the same for each tool, its noise is not."""
    rng, base = np.random.default_rng(seed), np.random.default_rng(0).normal(size=items) * shared
    rows = [base[i] + (gap if g == 0 else 0.0) + own * rng.normal(size=repeats) for i in range(items) for g in range(len(groups))]
    return np.array(rows)


def score_tool(label, gap, seed, *, items=60, outcome="inconclusive", **fields):
    own = a_set(items, outcome="score", scale=(-5, 5))
    about = a_disparity(measure="score", statistic="mean_difference", unit="points", outcome=outcome)
    return a_tool(label, own, scores(items, gap, seed), deciding=(about,), outcome=outcome, measure="score", ranges=(-5.0, 5.0), **fields)


def replies(found):
    return next(r for r in found.rankings if r.kind == "replies")


def test_a_tool_with_a_gap_stands_below_one_without():
    found = compare_tools([score_tool("with", 0.6, 1), score_tool("without", 0.0, 2)], SEED)
    d = found.differences[0]
    assert d.smaller == "without"
    assert d.low < 0.6 < d.high
    assert d.magnitude_low > 0
    assert replies(found).tiers == (("without",), ("with",))
    assert found.overall.tiers == (("without",), ("with",))


def test_two_tools_with_the_same_gap_are_tied_although_each_has_one():
    found = compare_tools([score_tool("one", 0.6, 1, outcome="gap_found"), score_tool("other", 0.6, 2, outcome="gap_found")], SEED)
    assert found.differences[0].smaller is None
    assert found.overall.tiers == (("one", "other"),)


def test_gaps_of_the_same_size_on_opposite_sides_differ_and_are_tied():
    found = compare_tools([score_tool("one", 0.6, 1), score_tool("other", -0.6, 2)], SEED)
    d = found.differences[0]
    assert d.differs
    assert d.changes_sign
    assert d.smaller is None
    assert "opposite sides" in d.because
    assert found.overall.tiers == (("one", "other"),)


def test_a_small_gap_on_one_side_is_smaller_than_a_large_one_on_the_other():
    found = compare_tools([score_tool("large", 0.9, 1), score_tool("small", -0.1, 2)], SEED)
    assert found.differences[0].smaller == "small"
    assert found.differences[0].magnitude == pytest.approx(abs(found.differences[0].gap_a) - abs(found.differences[0].gap_b))


def test_the_order_in_which_tools_are_given_changes_nothing():
    tools = [score_tool(name, gap, seed) for name, gap, seed in (("b", 0.4, 1), ("a", 0.0, 2), ("c", 0.1, 3))]
    first = msgspec.json.encode(compare_tools(tools, SEED))
    assert msgspec.json.encode(compare_tools(tools[::-1], SEED)) == first


def test_a_tool_within_the_margin_stands_above_one_with_a_gap_where_the_difference_itself_is_not_shown():
    tools = [score_tool("cleared", 0.0, 1, items=12, outcome="within_margin"), score_tool("accused", 0.1, 2, items=12, outcome="gap_found")]
    found = compare_tools(tools, SEED)
    assert found.differences[0].smaller is None
    assert replies(found).pairs[0].above == "cleared"
    assert "within the margin" in replies(found).pairs[0].because


def test_where_nothing_is_settled_nothing_is_ranked():
    found = compare_tools([score_tool("a", 0.0, 1, items=12), score_tool("b", 0.1, 2, items=12)], SEED)
    assert found.overall.tiers == (("a", "b"),)
    assert replies(found).pairs[0].because == "no difference shown"


def test_missing_replies_that_could_undo_it_leave_the_tools_tied_and_say_so():
    own = a_set(60, outcome="score", scale=(-5, 5))
    about = a_disparity(measure="score", statistic="mean_difference", unit="points")
    values = scores(60, 0.6, 1)
    values[::4] = NAN  # half of the items have no reply in group a
    lossy = a_tool("lossy", own, values, deciding=(about,), measure="score", ranges=(-5.0, 5.0))
    d = compare_tools([lossy, score_tool("whole", 0.0, 2)], SEED).differences[0]
    assert (d.missing, d.items) == (60, 30)
    assert d.smaller is None
    assert d.undermined
    assert "missing replies (60)" in d.because


def test_a_few_missing_replies_that_change_nothing_do_not_stand_in_the_way():
    own = a_set(200)
    rng = np.random.default_rng(3)
    values = np.array([rng.random(2) < (0.8 if i % 2 == 0 else 0.1) for i in range(400)], dtype=float)
    values[0, 0] = NAN
    other = (rng.random((400, 2)) < 0.1).astype(float)
    d = compare_tools([a_tool("gap", own, values), a_tool("none", own, other)], SEED).differences[0]
    assert (d.missing, d.smaller, d.undermined) == (1, "none", False)


def test_missing_replies_without_a_bound_show_nothing():
    own = a_set(60, outcome="score")
    about = a_disparity(measure="score", statistic="mean_difference", unit="points")
    values = scores(60, 0.6, 1)
    values[0] = NAN
    one, other = (a_tool(name, own, v, deciding=(about,), measure="score", ranges=None) for name, v in (("a", values), ("b", scores(60, 0.0, 2))))
    assert compare_tools([one, other], SEED).differences[0].smaller is None


def test_a_tool_that_fails_for_one_group_stands_below_on_missing_replies():
    own = a_set(60)
    lost = a_disparity(statistic="missing_rate")
    rng = np.random.default_rng(5)
    failing = np.array([[NAN if i % 2 == 0 and rng.random() < 0.6 else 0.0] for i in range(120)])
    tools = [a_tool("failing", own, failing, deciding=(lost,)), a_tool("sound", own, np.zeros((120, 1)), deciding=(lost,))]
    found = compare_tools(tools, SEED)
    assert [r.kind for r in found.rankings[:1]] == ["missing"]
    assert found.rankings[0].tiers == (("sound",), ("failing",))


def test_different_items_by_group_are_compared_too():
    own = a_set(200, design="sampled", outcome="score", scale=(-5, 5))
    about = a_disparity(measure="score", statistic="mean_difference", unit="points", design="sampled")
    rng, base = np.random.default_rng(1), np.random.default_rng(0).normal(size=200)
    tools = [
        a_tool(name, own, (base + gap * (np.arange(200) % 2 == 0) + height + 0.3 * rng.normal(size=200))[:, None], deciding=(about,), measure="score", ranges=(-5.0, 5.0))
        for name, gap, height in (("with", 1.5, 0.0), ("without", 0.0, 2.0))
    ]
    d = compare_tools(tools, SEED).differences[0]
    assert d.design == "sampled"
    assert d.difference == pytest.approx(1.5, abs=0.15)
    assert d.smaller == "without"


def test_a_control_word_ranks_nobody():
    own = a_set(60, outcome="score", scale=(-5, 5), controls=("a",))
    about = a_disparity(measure="score", statistic="mean_difference", unit="points", control=True)
    tools = [a_tool(name, own, scores(60, gap, seed), deciding=(about,), measure="score", ranges=(-5.0, 5.0)) for name, gap, seed in (("x", 0.6, 1), ("y", 0.0, 2))]
    found = compare_tools(tools, SEED)
    assert found.differences[0].smaller == "y"
    assert found.overall.tiers == (("x", "y"),)


def test_too_few_independent_items_are_not_compared():
    found = compare_tools([score_tool("a", 3.0, 1, items=8, minimum=10), score_tool("b", 0.0, 2, items=8, minimum=10)], SEED)
    assert found.differences[0].magnitude is None
    assert "8 independent base items" in found.differences[0].because
    assert found.overall.tiers == (("a", "b"),)


@pytest.mark.parametrize(("change", "word"), [
    ({"digest": "d2"}, "content differs"), ({"margins": {"mean_difference": RULE | {"value": 0.1}}}, "margins differ"), ({"repeats": 3}, "3 times"),
    ({"statistic": "mean_error_difference"}, "decides only for"),
])
def test_what_differs_is_refused_by_name_and_never_pooled(change, word):
    own = a_set(60, outcome="score", scale=(-5, 5), digest=change.get("digest", "d1"))
    about = a_disparity(measure="score", statistic=change.get("statistic", "mean_difference"), unit="points")
    other = a_tool(
        "other", own, scores(60, 0.6, 1), deciding=(about,), measure="score", ranges=(-5.0, 5.0), margins=change.get("margins"), repeats=change.get("repeats"),
    )
    found = compare_tools([score_tool("one", 0.0, 2), other], SEED)
    assert found.differences == ()
    assert word in found.refused[0].because
    assert found.overall.tiers == (("one", "other"),)


def test_tools_without_a_difference_are_ranked_in_at_most_5_percent_of_comparisons():
    """Two hundred pairs with the same gap: with a standard error of 0.015, no more than 0.05 + 2 of these."""
    alarms = 0
    for k in range(200):
        found = compare_tools([score_tool("a", 0.5, 2 * k + 10, items=25), score_tool("b", 0.5, 2 * k + 11, items=25)], k)
        alarms += found.differences[0].smaller is not None
    assert alarms <= 200 * (0.05 + 2 * 0.015)
    assert alarms >= 1  # it is a test at 5%, and not one that never says anything


def test_the_intervals_hold_the_true_difference_in_95_percent_of_comparisons():
    held = 0
    for k in range(200):
        d = compare_tools([score_tool("a", 0.5, 2 * k + 10, items=25), score_tool("b", 0.1, 2 * k + 11, items=25)], k).differences[0]
        held += d.low <= 0.4 <= d.high and d.magnitude_low <= 0.4 <= d.magnitude_high
    assert held >= 200 * (0.95 - 2.5 * 0.0154)
