"""Blocks, settling, futility, and the walk from block to block."""

from collections import Counter

import msgspec
import pytest

from audit.records import Attribute, Disparity, FixtureSet, Probe
from audit.sequential import Finding, Levels, Looks, Standing, Walk, blocks_of, is_futile, is_settled, walk

SET = FixtureSet(
    id="s", title="", edition="1", use_case="", design="matched", outcome="decision", rows=(), digest="",
    attributes={"a": Attribute({"x": "", "y": ""}), "b": Attribute({"u": "", "v": ""})},
)
SETS = {"s": SET}


def probes(items: int = 40) -> list[Probe]:
    """Even items serve both attributes, odd ones only `a`."""
    return [
        Probe(f"{i}{x}{u}{r}", "s", f"i{i}", {"a": x} | ({"b": u} if u else {}), r, {}, "")
        for i in range(items) for x in "xy" for u in ("uv" if i % 2 == 0 else ("",)) for r in (1, 2)
    ]


def blocks(seed: int = 1, looks: int = 4) -> dict[tuple[str, str], int]:
    return blocks_of(probes(), SETS, Looks.even(looks).shares, seed)


def test_every_block_is_a_small_audit_with_its_share_of_each_stratum() -> None:
    found = blocks()
    assert len(found) == 40
    assert Counter((block, int(item[1:]) % 2) for (_, item), block in found.items()) == dict.fromkeys([(k, odd) for k in range(4) for odd in (0, 1)], 5)


def test_blocks_depend_on_the_seed_and_the_items_and_not_on_the_order_of_probes() -> None:
    assert blocks() == blocks_of(probes()[::-1], SETS, Looks.even(4).shares, 1)
    assert blocks() != blocks(seed=2)


def test_items_of_small_strata_are_spread_over_the_blocks() -> None:
    singles = [Probe(str(i), "s", f"i{i}", {"a": "x"}, 1, {}, "", truth=str(i)) for i in range(200)]
    assert min(Counter(blocks_of(singles, SETS, Looks.even(4).shares, 3).values()).values()) > 30


def settling_at(**looks: int) -> list[tuple[int, Walk]]:
    """Walk a whole run whose attributes are settled at these looks, and return each look as it was made."""
    made: list[tuple[int, Walk]] = []

    def see(look: int, so_far: Walk) -> Finding:
        made.append((look, so_far))
        return Finding(frozenset(("s", name) for name, at in looks.items() if look >= at))

    found = walk(probes(), blocks(), 4, {p.id for p in probes()}, see, SETS)
    return [*made, (99, found)]


def test_what_serves_only_settled_attributes_is_not_asked_and_what_serves_an_open_one_is() -> None:
    end = settling_at(a=0)[-1][1]
    counted = Counter((blocks()["s", p.item], "b" in p.groups) for p in end.counted)
    assert counted[0, False] == 20
    assert all(counted[k, False] == 0 and counted[k, True] == 40 for k in (1, 2, 3))
    assert end.stopped == {("s", "a"): 0}
    assert (end.look_of(("s", "a")), end.look_of(("s", "b"))) == (0, 3)
    assert len(end.seen(0)) == 60


def test_when_all_is_settled_nothing_more_is_asked_and_no_look_is_made() -> None:
    end = settling_at(a=0, b=1)[-1][1]
    assert [one.look for one in end.made] == [0, 1]
    assert end.todo == ()


def test_a_look_waits_for_the_last_probe_of_its_block_and_nothing_else() -> None:
    first = [p.id for p in probes() if blocks()["s", p.item] == 0]
    later = {p.id for p in probes() if blocks()["s", p.item] == 2}

    def none(_look: int, _so_far: Walk) -> Finding:
        return Finding(frozenset())

    waiting = walk(probes(), blocks(), 4, {*first[:-1], *later}, none, SETS)
    assert waiting.made == ()
    assert {p.id for p in waiting.todo} == set(first)
    assert [one.look for one in walk(probes(), blocks(), 4, {*first, *later}, none, SETS).made] == [0]


def test_what_can_hardly_be_settled_is_asked_on_unless_the_plan_stops_it() -> None:
    def futile(look: int, _so_far: Walk) -> Finding:
        return Finding(frozenset(), frozenset({("s", "b")}) if look == 1 else frozenset())

    every = {p.id for p in probes()}
    assert walk(probes(), blocks(), 4, every, futile, SETS).stopped == {}
    assert walk(probes(), blocks(), 4, every, futile, SETS, stop_futile=True).stopped == {("s", "b"): 1}


VERDICT = Disparity(
    set="s", by={}, measure="decision", statistic="selection_rate_difference", unit="share", attribute="a", group="y", reference="x", design="matched",
    estimate=0.0, low=-0.1, high=0.1, level=0.95, simultaneous=True, p_value=1.0, p_adjusted=1.0, margin=0.05, outcome="within_margin", certain=False,
    detected=False, items_needed=None, items=100, clusters=100, responses=200, missing=0, detectable=None, low90=-0.04, high90=0.04,
    family="confirmatory", negative_control=False, because="",
)


def verdict(outcome: str, **other: object) -> Disparity:
    return msgspec.structs.replace(VERDICT, outcome=outcome, **other)


WITHIN, OPEN, GAP = verdict("within_margin"), verdict("inconclusive"), verdict("gap_found")
LOST = verdict("inconclusive", statistic="missing_rate")


@pytest.mark.parametrize(("verdicts", "lost", "every", "settled"), [
    ([WITHIN, WITHIN], [WITHIN], False, True),
    ([WITHIN, OPEN], [WITHIN], False, False),
    ([WITHIN, WITHIN], [LOST], False, False),
    ([GAP, OPEN], [LOST], False, True),
    ([GAP, OPEN], [LOST], True, False),
    ([GAP, WITHIN], [WITHIN], True, True),
    ([GAP, OPEN], [msgspec.structs.replace(LOST, missing=3)], False, False),
    ([GAP, OPEN], [verdict("gap_found", statistic="missing_rate", missing=30)], False, True),
    ([verdict("gap_found", negative_control=True), WITHIN], [WITHIN], False, False),
    ([verdict("not_assessed"), WITHIN], [WITHIN], False, False),
    ([], [WITHIN], False, False),
])
def test_an_attribute_is_settled_when_its_verdict_cannot_change(verdicts: list[Disparity], lost: list[Disparity], every: bool, settled: bool) -> None:
    assert is_settled(verdicts, lost, every=every) is settled


LEVELS = Levels(gap=0.01, within=0.04)


@pytest.mark.parametrize(("standing", "share", "futile"), [
    (Standing(0.0, 0.06, 0.05), 0.6, True),                 # too few items for any verdict, and no difference in sight
    (Standing(0.0, 0.06, 0.05), 0.2, False),                # the same after a fifth: a gap is still possible
    (Standing(0.0, 0.02, 0.05), 0.6, False),                # will be cleared
    (Standing(0.09, 0.02, 0.05), 0.6, False),               # will be found
    (Standing(0.0, 0.06, 0.05, unsure=True), 0.6, False),
    (Standing(0.0, 0.06, 0.05), 1.0, False),                # the last look: nothing more is planned
])
def test_futility_is_said_where_neither_verdict_has_a_chance_left(standing: Standing, share: float, futile: bool) -> None:
    assert is_futile([standing], LEVELS, share) is futile


def test_one_comparison_that_may_yet_show_a_gap_keeps_an_attribute_open() -> None:
    assert not is_futile([Standing(0.0, 0.06, 0.05), Standing(0.15, 0.06, 0.05)], LEVELS, 0.6)
