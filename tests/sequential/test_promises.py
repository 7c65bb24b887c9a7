"""The promises in short, on stand-ins whose gap is known; benchmarks/adaptive.py asks more of them. All from measurements on is the package's own."""

import msgspec
import numpy as np
import pytest

from audit import disparity
from audit.pipeline.looking import Sight, interim, looks_of
from audit.plan import DesignSection
from benchmarks.adaptive import POLICY, SHORT, one_audit
from benchmarks.calibration.standins import Cell, a_set, measures, readings, replies

REACHABLE = Cell("scores of two groups", outcome="score", groups=2, items=400, repeats=1, icc=0.9, shared=1.0)


@pytest.fixture(scope="module")
def alike():
    return [one_audit(SHORT[0], 0.0, seed, draws=99) for seed in range(10)]


def test_a_tool_that_is_alike_is_hardly_ever_accused_and_never_more_often_than_by_naive_looks(alike) -> None:
    adaptive, naive = (sum(said.gap[n] for said in alike) for n in (0, 1))
    assert adaptive <= 1
    assert adaptive <= naive


def test_no_audit_asks_more_than_the_fixed_design(alike) -> None:
    assert max(said.used for said in alike) <= 1


def test_a_gap_of_twice_the_margin_takes_at_most_half_of_the_calls() -> None:
    said = [one_audit(REACHABLE, 2.0, seed, beside=False, draws=99) for seed in range(8)]
    assert all(one.gap[0] for one in said)
    assert np.mean([one.used for one in said]) <= 0.5


def test_a_tool_that_is_alike_takes_clearly_fewer_calls_where_it_can_be_cleared_at_all() -> None:
    said = [one_audit(REACHABLE, 0.0, seed, beside=False, draws=99) for seed in range(8)]
    assert np.mean([one.used for one in said]) <= 0.8


def seen(cell: Cell, look: int | None, draws: int = 199) -> disparity.Audited:
    at = interim(looks_of(DesignSection(fixtures=("s",), looks=5)), look) if look is not None else None
    r = replies(cell, 0.4, np.random.default_rng(5))
    return disparity.Audited(a_set(cell), measures(cell)[0], "points", readings(r, 0), interim=at)


def test_what_a_look_decides_is_what_the_whole_comparison_says() -> None:
    audited = [seen(SHORT[0], 2)]
    whole, short = disparity.compare_all(audited, seed=1, draws=199), disparity.decide(audited, seed=1, draws=199)
    assert [c for c in whole.comparisons if c.family == "confirmatory"] == short.comparisons
    assert whole.missingness == short.missingness


def test_intervals_of_a_look_are_wider_and_p_values_larger_than_those_of_a_fixed_design_and_the_last_hardly() -> None:
    fixed = disparity.decide([seen(SHORT[0], None)], seed=1, draws=199).comparisons[0]
    looks = [disparity.decide([seen(SHORT[0], k)], seed=1, draws=199).comparisons[0] for k in range(5)]
    widths = [c.high - c.low for c in looks]
    inner = [c.high90 - c.low90 for c in looks]
    assert widths == sorted(widths, reverse=True)
    assert inner == sorted(inner, reverse=True)
    assert fixed.high - fixed.low < widths[-1] < 1.06 * (fixed.high - fixed.low)
    assert fixed.high90 - fixed.low90 < inner[-1] < 1.1 * (fixed.high90 - fixed.low90)
    assert [c.p_value for c in looks] == sorted((c.p_value for c in looks), reverse=True)
    assert [c.estimate for c in looks] == [fixed.estimate] * 5


def test_an_early_look_can_decide_although_its_level_is_below_what_so_few_draws_can_show() -> None:
    huge = Cell("a huge gap", outcome="score", groups=2, items=60, repeats=1, icc=0.9, shared=1.0)
    r = replies(huge, 3.0, np.random.default_rng(5))
    at = interim(looks_of(DesignSection(fixtures=("s",))), 0)
    audited = disparity.Audited(a_set(huge), "score", "points", readings(r, 0), interim=at)
    assert disparity.decide([audited], seed=1, draws=99).comparisons[0].p_adjusted < 0.001


@pytest.mark.parametrize(("items", "look", "found"), [(29, 1, False), (30, 1, True), (29, 4, True)])
def test_a_look_before_the_last_finds_no_gap_with_fewer_than_thirty_independent_items(items: int, look: int, found: bool) -> None:
    huge = Cell("a huge gap", outcome="score", groups=2, items=items, repeats=1, icc=0.9, shared=1.0)
    r = replies(huge, 3.0, np.random.default_rng(5))
    at = interim(looks_of(DesignSection(fixtures=("s",))), look)
    audited = disparity.Audited(a_set(huge), "score", "points", readings(r, 0), interim=at)
    comparison = disparity.decide([audited], seed=1, draws=99).comparisons[0]
    assert (comparison.p_adjusted < 0.001) is found
    assert (comparison.p_value == 1.0) is not found


def test_a_gap_that_ended_the_asking_of_an_attribute_stays_found_whatever_later_looks_at_others_add_to_the_family() -> None:
    found = disparity.decide([seen(SHORT[0], 2)], seed=1, draws=99).comparisons
    sight = Sight({}, POLICY, DesignSection(fixtures=("s",)), lambda _set, _probes: [])
    first = found[0]
    sight.reached[first.set, first.measure, first.statistic, first.attribute, first.group, first.reference] = 1e-5
    assert [c.p_adjusted for c in sight.kept(found)] == [1e-5, *(c.p_adjusted for c in found[1:])]
    exploratory = msgspec.structs.replace(first, family="exploratory")
    assert sight.kept([exploratory]) == [exploratory]


def test_attributes_of_one_set_may_rest_on_different_looks_and_still_make_one_family() -> None:
    cell = msgspec.structs.replace(SHORT[0], second=2)
    r, whole = replies(cell, 0.0, np.random.default_rng(6)), a_set(cell)
    looks = looks_of(DesignSection(fixtures=("s",)))
    pieces = [
        disparity.Audited(msgspec.structs.replace(whole, attributes={name: whole.attributes[name]}), "score", "points", readings(r, 0), interim=interim(looks, look))
        for name, look in (("a", 1), ("b", 3))
    ]
    found = disparity.decide(pieces, seed=1, draws=99)
    assert {(c.attribute, c.group) for c in found.comparisons} == {("a", "g0"), ("a", "g1"), ("a", "g2"), ("b", "g1")}
    assert {c.attribute for c in found.missingness} == {"a", "b"}
    assert {c.family_size for c in found.comparisons} == {12}
