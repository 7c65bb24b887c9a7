"""Parts, sittings and order: whole items, balanced groups, and no guise after another of the same item."""

from collections import Counter
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.vendors.worksheet.order import apart, item_of, pastes, share_out, sittings
from tests.builders import a_probe
from tests.vendors.worksheets import guises


def neighbours(order):
    return sum(item_of(a) == item_of(b) for a, b in pairwise(order))


def sampled(counts, truth=lambda n: n % 2):
    """Items in one group each, so many a group."""
    return [a_probe(f"{g}{n}", item=f"{g}{n}", group=g, truth=truth(n), id=f"{g}-{n}") for g, count in counts.items() for n in range(count)]


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_all_guises_and_repeats_of_an_item_are_in_one_part_and_parts_are_even(parts):
    probes = guises(20, repeats=2)
    shares = share_out(probes, parts)
    assert sorted(p.id for share in shares for p in share) == sorted(p.id for p in probes)
    where = Counter(item for share in shares for item in {item_of(p) for p in share})
    assert set(where.values()) == {1}
    sizes = [len(share) for share in shares]
    assert max(sizes) - min(sizes) <= 6, "one item more or less: 3 guises, twice"


def test_parts_of_a_set_with_other_items_in_each_group_have_each_group_and_truth_equally_often():
    shares = share_out(sampled({"native": 30, "learner": 18}), 3)
    for share in shares:
        assert Counter((p.groups["dialect"], p.truth) for p in share) == {("native", 0): 5, ("native", 1): 5, ("learner", 0): 3, ("learner", 1): 3}


def test_items_that_are_in_a_part_stay_there_and_new_ones_fill_the_emptier_one():
    probes = guises(12)
    held = {item_of(p): 1 for p in probes if p.item < "i04"}
    shares = share_out(probes, 2, held)
    assert {item_of(p) for p in shares[1]} >= held.keys()
    assert [len(share) for share in shares] == [18, 18]


def test_no_guise_follows_another_of_its_item_where_that_is_possible():
    probes = sorted(guises(8, repeats=2), key=item_of)
    assert neighbours(probes) == 40
    assert neighbours(apart(probes)) == 0
    assert item_of(apart(probes, item_of(probes[0]))[0]) != item_of(probes[0])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=16))
def test_an_order_keeps_every_probe_and_parts_neighbours_whenever_any_order_can(items):
    probes = [a_probe("x", item=f"i{i}", id=str(n)) for n, i in enumerate(items)]
    order = apart(probes)
    assert sorted(p.id for p in order) == sorted(p.id for p in probes)
    most = max(Counter(items).values())
    assert neighbours(order) == max(0, most - (len(items) - most) - 1), "of n rows, a value that fills more than every second place meets itself this often"


def test_an_order_that_is_right_already_is_left_as_it_was():
    probes = [p for p in guises(9) if p.groups["dialect"] == "SAE"]
    assert apart(probes) == probes


@pytest.mark.parametrize(("items", "repeats", "rows"), [(20, 1, 30), (20, 2, 30), (6, 1, 6), (8, 1, 7)])
def test_a_sitting_holds_whole_items_and_no_more_rows_than_asked(items, repeats, rows):
    groups = sittings(guises(items, repeats=repeats), rows)
    assert all(pastes(group) <= rows for group in groups)
    where = Counter(item for group in groups for item in {item_of(p) for p in group})
    assert set(where.values()) == {1}
    assert neighbours([p for group in groups for p in group]) == 0
    for group in groups:
        assert len(set(Counter(p.groups["dialect"] for p in group).values())) == 1


def test_an_item_that_is_left_over_is_spread_over_the_last_two_sittings():
    groups = sittings(guises(9), 7)
    assert [len(group) for group in groups] == [6, 6, 6, 7, 2]
    where = Counter(item for group in groups for item in {item_of(p) for p in group})
    assert sum(count == 1 for count in where.values()) >= 6, "three items lie in the last two sittings"
    assert neighbours([p for group in groups for p in group]) == 0


def test_where_two_items_do_not_fit_into_a_sitting_items_are_cut_and_still_never_adjacent():
    groups = sittings(guises(6, repeats=2), 10)
    assert [len(group) for group in groups] == [10, 10, 10, 6]
    assert neighbours([p for group in groups for p in group]) == 0


def test_a_conversation_stays_whole_in_a_sitting_and_counts_a_row_a_turn():
    probes = guises(6, turns=("Hi", "And?", "Why?"))
    groups = sittings(probes, 20)
    assert all(pastes(group) <= 20 for group in groups)
    assert sum(map(pastes, groups)) == 54
    assert sittings([msgspec.structs.replace(p, turns=("a",) * 5) for p in probes], 7) == [[p] for p in apart([msgspec.structs.replace(p, turns=("a",) * 5) for p in probes])]
