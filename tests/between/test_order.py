"""Tiers, and the order of scores under all weights, against a search over every corner."""

import itertools

import numpy as np

from audit.between.answers import Weighed, decision_ranking, indicator_rankings, weigh
from audit.between.order import tiers
from audit.records.comparisons import PairOrder
from tests.between.stand_ins import a_finding, a_set, a_tool


def pairs(labels, above):
    return [PairOrder(a, b, a if (a, b) in above else b if (b, a) in above else None, "") for a, b in itertools.combinations(labels, 2)]


def test_tools_without_a_shown_difference_are_in_one_tier():
    assert tiers("ab", pairs("ab", set())) == (("a", "b"),)


def test_a_tool_above_all_others_is_alone_in_the_first_tier():
    assert tiers("abc", pairs("abc", {("c", "a"), ("c", "b")})) == (("c",), ("a", "b"))


def test_a_tie_with_both_ends_keeps_all_three_in_one_tier():
    """A is above C, and B is tied with both: no place of B is supported, so that no tier is."""
    assert tiers("abc", pairs("abc", {("a", "c")})) == (("a", "b", "c"),)


def test_pairs_that_contradict_each_other_are_tied():
    assert tiers("abc", pairs("abc", {("a", "b"), ("b", "c"), ("c", "a")})) == (("a", "b", "c"),)


def test_every_pair_across_two_tiers_is_shown_whatever_the_pairs_are():
    rng = np.random.default_rng(1)
    for _ in range(300):
        labels = "abcde"
        above = {rng.choice([x, x[::-1]]) for x in ("".join(p) for p in itertools.combinations(labels, 2)) if rng.random() < 0.7}
        above = {(x[0], x[1]) for x in above}
        found = tiers(labels, pairs(labels, above))
        assert sorted(t for tier in found for t in tier) == list(labels)
        for high, low in itertools.combinations(found, 2):
            assert all((x, y) in above for x in high for y in low)


def test_the_order_of_scores_holds_for_all_weights_where_it_holds_at_every_corner():
    rng = np.random.default_rng(2)
    seen = set()
    for _ in range(400):
        n = int(rng.integers(1, 6))
        weights, a, b = rng.integers(1, 6, n), rng.integers(0, 2, n), rng.integers(0, 2, n)
        one, other = ({("c", str(i)): a_finding("c", "met" if x else "not_met", int(w)) for i, (x, w) in enumerate(zip(side, weights, strict=True))} for side in (a, b))
        corners = np.array(list(itertools.product((0.5, 2.0), repeat=n))) * weights
        always = bool(((corners @ a) / corners.sum(axis=1) > (corners @ b) / corners.sum(axis=1) + 1e-12).all())
        assert weigh(one, other).holds(2.0) == always
        seen.add(always)
    assert seen == {True, False}


def test_an_order_that_open_answers_could_change_is_a_tie():
    one = {("x", ""): a_finding("x", "met", 5), ("y", ""): a_finding("y", "not_assessed", 2)}
    other = {("x", ""): a_finding("x", "not_met", 5), ("y", ""): a_finding("y", "met", 2)}
    assert weigh(one, other) == Weighed(5, 0, 2)
    assert not weigh(one, other).holds(2.0)
    assert weigh(one, other).holds(2.0, whatever_is_open=False)
    settled = one | {("y", ""): a_finding("y", "met", 2)}
    assert weigh(settled, other).holds(2.0)


def test_leaving_a_question_open_never_lifts_a_tool_over_another():
    """Whatever A says, to leave it open instead never turns a tie, or a place below, into a place above."""
    outcomes = ("met", "not_met", "not_assessed")
    for given in itertools.product(outcomes, repeat=4):
        one = {("x", ""): a_finding("x", given[0], 3), ("y", ""): a_finding("y", given[1], 1)}
        other = {("x", ""): a_finding("x", given[2], 3), ("y", ""): a_finding("y", given[3], 1)}
        less = one | {("x", ""): a_finding("x", "not_assessed", 3)}
        assert weigh(one, other).holds(2.0) or not weigh(less, other).holds(2.0)


def tool(label, outcomes, **fields):
    own = a_set(2)
    return a_tool(label, own, [[0], [0], [0], [0]], findings=[a_finding(f"c{i}", o) for i, o in enumerate(outcomes)], **fields)


def test_nearly_equal_scores_are_tied_and_clearly_different_ones_are_not():
    alike = {frozenset("ab"): True}
    near, _ = indicator_rankings([tool("a", ["met", "not_met", "met"]), tool("b", ["not_met", "met", "met"])], alike, 2.0)
    assert near[0].tiers == (("a", "b"),)
    assert "weights" in near[0].pairs[0].because
    far, _ = indicator_rankings([tool("a", ["not_met", "not_met", "met"]), tool("b", ["met", "met", "met"])], alike, 2.0)
    assert far[0].tiers == (("b",), ("a",))


def test_other_editions_of_a_checklist_are_refused_by_name():
    found, refused = indicator_rankings([tool("a", ["met"]), tool("b", ["not_met"], editions={"safe": "2"})], {frozenset("ab"): True}, 2.0)
    assert found[0].tiers == (("a", "b"),)
    assert "editions differ (1 and 2)" in refused[0].because


def test_decisions_are_ordered_only_on_the_same_basis_and_too_little_evidence_never():
    ask = lambda **fields: decision_ranking([tool("a", ["met"], **fields.get("a", {})), tool("b", ["met"], **fields.get("b", {}))], "Decision").tiers  # noqa: E731
    assert ask(a={"decision": "pilot"}, b={"decision": "approve"}) == (("b",), ("a",))
    assert ask(a={"decision": "pilot"}, b={"decision": "approve", "basis": "other"}) == (("a", "b"),)
    assert ask(a={"decision": "insufficient_evidence"}, b={"decision": "do_not_approve"}) == (("a", "b"),)
