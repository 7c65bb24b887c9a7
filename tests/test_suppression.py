"""Small cells: a reader with everything published, integer programming and time cannot work out a small count.

All people are invented.
"""

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from audit.errors import TableError
from audit.records import Disparity, GroupValue, Omnibus, Results
from audit.suppression import suppress
from audit.verdicts import attribute_outcome

CROSSED = "race × gender"
YES, NO, LOST = 1, 0, None

# ---------------------------------------------------------------------------------------------------------------
# A table of invented people → the results that an audit of it would hold. Person: (race, gender, truth, outcome).


def people(**rows: tuple[int, ...]) -> Counter:
    """race_gender=(selected, not selected, missing), truth None."""
    found = Counter()
    for name, counts in rows.items():
        race, _, gender = name.partition("_")
        for outcome, count in zip((YES, NO, LOST), counts, strict=False):
            found[race, gender or "F", None, outcome] += count
    return found


def group_of(person, attribute):
    race, gender = person[:2]
    if attribute == CROSSED:
        return f"{race} × {gender}" if race and gender else None
    return race if attribute == "race" else gender


KINDS = {
    "selection_rate": (lambda _: True, lambda p: p[3] == YES),
    "false_positive_rate": (lambda p: p[2] == NO, lambda p: p[3] == YES),
    "false_negative_rate": (lambda p: p[2] == YES, lambda p: p[3] == NO),
    "true_positive_rate": (lambda p: p[2] == YES, lambda p: p[3] == YES),
    "accuracy": (lambda p: p[2] is not None, lambda p: p[3] == p[2]),
    "missing_rate": (lambda _: True, lambda p: p[3] is LOST),
}


def kinds_of(table):
    truths = {p[2] for p in table} - {None}
    return ["selection_rate", "missing_rate", *(
        name for name, truth in (
            ("false_positive_rate", {NO}), ("false_negative_rate", {YES}), ("true_positive_rate", {YES}), ("accuracy", {YES, NO})
        ) if truth & truths
    )]


def tally(table, attribute, groups, kind):
    """(people with a number, people counted, people without a number) of these groups together."""
    rows, counts = KINDS[kind]
    own = {p: n for p, n in table.items() if group_of(p, attribute) in groups and rows(p)}
    there = {p: n for p, n in own.items() if p[3] is not LOST or kind == "missing_rate"}
    return sum(there.values()), sum(n for p, n in there.items() if counts(p)), sum(own.values()) - sum(there.values())


def results_of(table: Counter, attributes=("race", "gender", CROSSED), *, reference=False, by=None, kinds=None) -> Results:
    table = Counter({p: n for p, n in table.items() if n})
    groups, disparities, missingness = [], [], []
    for attribute, kind in itertools.product(attributes, kinds or kinds_of(table)):
        names = sorted({g for p in table if (g := group_of(p, attribute))})
        for name in names:
            n, counted, lost = tally(table, attribute, {name}, kind)
            share = counted / n if n else None
            groups.append(GroupValue("s", by or {}, attribute, name, "decision", kind, share, share, share, n, n, lost))
        pairs = [(g, names[0]) for g in names[1:] if reference] + [(g, "others") for g in names if len(names) > 2 or not reference]
        for g, ref in pairs:
            against = set(names) - {g} if ref == "others" else {ref}
            (n, a, lost), (m, b, lost_too) = tally(table, attribute, {g}, kind), tally(table, attribute, against, kind)
            missing = a + b if kind == "missing_rate" else lost + lost_too
            (missingness if kind == "missing_rate" else disparities).append(a_disparity(
                attribute, g, ref, kind, estimate=a / n - b / m if n and m else None, items=min(n, m), responses=n + m, missing=missing, by=by or {},
            ))
    omnibus = [Omnibus("s", by or {}, "decision", "selection_rate_difference", a, 2, sum(table.values()), 0.031, 0.062, 0.3, "A", "B", 0.1) for a in attributes]
    return Results("edtech-equity-audit/results/1", tuple(disparities), tuple(groups), tuple(missingness), "", (), tuple(omnibus))


def a_disparity(attribute, group, reference, kind, *, estimate, items, responses, missing, by, **fields) -> Disparity:
    share = estimate or 0.0
    given = {
        "set": "s", "by": by, "measure": "decision", "statistic": kind if kind == "missing_rate" else f"{kind}_difference", "unit": "share",
        "attribute": attribute, "group": group, "reference": reference, "design": "sampled", "estimate": estimate, "low": share - 0.0234567,
        "high": share + 0.0234567, "level": 0.95, "simultaneous": True, "p_value": 0.0123, "p_adjusted": 0.0345, "margin": 0.05,
        "outcome": "within_margin", "certain": False, "detected": True, "items_needed": 77, "items": items, "clusters": items,
        "responses": responses, "missing": missing, "detectable": 0.0412345, "low90": share - 0.02, "high90": share + 0.02,
        "family": "confirmatory", "negative_control": False, "because": f"It differs. {missing} missing replies are counted apart.",
    }
    return Disparity(**(given | fields))


def value(results: Results, attribute, group, kind="selection_rate") -> GroupValue:
    return next(g for g in results.groups if (g.attribute, g.group, g.statistic) == (attribute, group, kind))


def contrast(results: Results, attribute, group, reference="others", kind="selection_rate_difference") -> Disparity:
    rows = results.missingness if kind == "missing_rate" else results.disparities
    return next(d for d in rows if (d.attribute, d.group, d.reference, d.statistic) == (attribute, group, reference, kind))


def hidden(results: Results, attribute, kind="selection_rate") -> set[str]:
    return {g.group for g in results.groups if (g.attribute, g.statistic) == (attribute, kind) and g.suppressed}


# ---------------------------------------------------------------------------------------------------------------
# The reader: one unknown whole number for each kind of person, and every published number as an equation.


class Reader:
    """Solves for what the published results allow. Nothing here comes from the code under test."""

    def __init__(self, published: Results, table: Counter, minimum: int) -> None:
        races, genders = ({p[i] for p in table} | {None} for i in (0, 1))
        truths = {p[2] for p in table}
        self.atoms = list(itertools.product(races, genders, truths, (YES, NO, LOST)))
        self.minimum = minimum
        listed = {(g.attribute, g.group) for g in published.groups}
        self.most = np.array([
            0 if any((g := group_of(p, a)) and (a, g) not in listed for a in {a for a, _ in listed}) else 400 for p in self.atoms
        ])
        self.equal: list[tuple[np.ndarray, float, float]] = [(np.zeros(len(self.atoms)), 0.0, 0.0)]
        for g in published.groups:
            self.read_group(g)
        for d in (*published.disparities, *published.missingness):
            self.read_contrast(d, published)

    def of(self, attribute, groups: Iterable[str] | None, kind, which) -> np.ndarray:
        """The atoms that a count adds up: which is people, counted or lost."""
        rows, counts = KINDS[kind]
        groups = None if groups is None else set(groups)
        return np.array([
            float(
                rows(p) and (group_of(p, attribute) in groups if groups is not None else group_of(p, attribute) is not None)
                and {
                    "people": p[3] is not LOST or kind == "missing_rate", "counted": counts(p) and (p[3] is not LOST or kind == "missing_rate"),
                    "lost": p[3] is LOST and kind != "missing_rate",
                }[which]
            ) for p in self.atoms
        ])

    def know(self, atoms: np.ndarray, low: float, high: float | None = None) -> None:
        self.equal.append((atoms, low - 1e-6, (low if high is None else high) + 1e-6))

    def read_group(self, g: GroupValue) -> None:
        for which, number in (("people", g.items), ("lost", g.missing)):
            if number is not None:
                self.know(self.of(g.attribute, [g.group], g.statistic, which), number)
        if g.items is not None and g.low is not None:
            low, high = (g.value, g.value) if g.value is not None else (g.low, g.high)
            self.know(self.of(g.attribute, [g.group], g.statistic, "counted"), low * g.items, high * g.items)

    def read_contrast(self, d: Disparity, published: Results) -> None:
        kind = d.statistic.removesuffix("_difference")
        own = value(published, d.attribute, d.group, kind)
        both = None if d.reference == "others" else [d.group, d.reference]
        if d.responses is not None:
            self.know(self.of(d.attribute, both, kind, "people"), d.responses)
        if d.missing is not None:
            self.know(self.of(d.attribute, both, kind, "counted" if kind == "missing_rate" else "lost"), d.missing)
        if d.estimate is not None:
            assert own.value is not None, "a comparison of a hidden group is shown"
            rest = self.of(d.attribute, both, kind, "counted") - self.of(d.attribute, [d.group], kind, "counted")
            self.know(rest, (own.value - d.estimate) * (d.responses - own.items))

    def is_known(self, atoms: np.ndarray, value: float) -> bool:
        """Whether the count, which is `value` in truth, can be nothing else: neither the least nor the most that is possible differs from it."""
        rows = LinearConstraint(np.array([e[0] for e in self.equal]), [e[1] for e in self.equal], [e[2] for e in self.equal])
        for sign in (1, -1):
            found = milp(sign * atoms, constraints=rows, integrality=np.ones(len(self.atoms)), bounds=Bounds(0, self.most))
            assert found.status == 0, found.message
            assert sign * (sign * found.fun - value) < 1e-6, "the truth is among what is possible"
            if abs(sign * found.fun - value) > 0.5:
                return False
        return True

    def revealed(self, table: Counter) -> Iterator[str]:
        """Every count of fewer than the minimum of people that has only one possible value."""
        truth = np.array([float(table[p]) for p in self.atoms])
        for attribute, kind in itertools.product(("race", "gender", CROSSED), kinds_of(table)):
            for name in sorted({group_of(p, attribute) for p in table if table[p]}, key=str):  # None: not recorded
                everybody, counted, lost = (self.of(attribute, [name], kind, w) for w in ("people", "counted", "lost"))
                asked = everybody @ truth
                targets = {"lost": lost} if kind != "missing_rate" else {"missing": counted}
                if kind != "missing_rate" and asked:
                    targets |= {"people": everybody, "counted": counted, "not counted": everybody - counted}
                for what, atoms in targets.items():
                    few = atoms @ truth < self.minimum
                    if few and (atoms @ truth or what not in {"lost", "missing"}) and self.is_known(atoms, atoms @ truth):
                        yield f"{attribute}={name}, {kind}, {what}: {atoms @ truth:g}"


def revealed(table: Counter, minimum=10, **how) -> list[str]:
    return list(Reader(suppress(results_of(table, **how), minimum), table, minimum).revealed(table))


SIZES = st.sampled_from([0, 0, 1, 2, 3, 5, 8, 9, 10, 11, 13, 20, 30, 60])


@st.composite
def tables(draw, *, truths=(None,), unrecorded=True):
    found = Counter()
    for race, gender in itertools.product("ABC", "FM"):
        for truth in truths:
            for outcome in (YES, NO):
                found[race, gender, truth, outcome] = draw(SIZES)
            found[race, gender, truth, LOST] = draw(st.sampled_from([0, 0, 0, 0, 1, 4, 12, 25]))
    if unrecorded and draw(st.booleans()):
        found[None, "F", truths[0], YES], found["B", None, truths[0], NO] = draw(st.integers(0, 4)), draw(st.integers(0, 14))
    return found


@settings(max_examples=60, deadline=None)
@given(tables(), st.booleans(), st.sampled_from([5, 10]))
def test_no_small_count_can_be_worked_out_from_everything_published(table, reference, minimum):
    assert revealed(table, minimum, reference=reference) == []


@settings(max_examples=25, deadline=None)
@given(tables(truths=(YES, NO)), st.booleans())
def test_no_small_count_can_be_worked_out_where_decisions_have_a_truth(table, reference):
    assert revealed(table, reference=reference) == []


@settings(max_examples=15, deadline=None)
@given(tables(truths=(YES, NO, None), unrecorded=False))
def test_no_small_count_can_be_worked_out_where_some_decisions_have_a_truth(table):
    assert revealed(table) == []


def test_the_reader_of_these_tests_finds_what_is_not_hidden():
    table = people(A_F=(3, 40), A_M=(30, 20), B_F=(50, 60), B_M=(50, 60))
    assert list(Reader(results_of(table), table, 10).revealed(table)) == [f"{CROSSED}=A × F, selection_rate, counted: 3"]


def test_the_reader_of_these_tests_subtracts_a_lone_hidden_cell_from_its_margins():
    table = people(A_F=(3, 40), A_M=(30, 20), B_F=(50, 60), B_M=(50, 60))
    open_results = results_of(table)
    lone = [msgspec.structs.replace(g, value=None, low=0.0, high=1.0) if g.group == "A × F" else g for g in open_results.groups]
    without = msgspec.structs.replace(open_results, groups=tuple(lone), disparities=(), missingness=())
    assert list(Reader(without, table, 10).revealed(table)) == [f"{CROSSED}=A × F, selection_rate, counted: 3"]


# ---------------------------------------------------------------------------------------------------------------
# Worked by hand.

LARGE = people(A=(100, 100), B=(120, 80), C=(40, 30))


def test_a_table_without_small_cells_is_published_as_it_is():
    results = results_of(LARGE, ["race"])
    found = suppress(results)
    assert msgspec.structs.replace(found, notes=()) == results
    assert found.notes[0].startswith("Small cells: 0 of 6 group values and 0 of 6 comparisons are hidden")


def test_a_group_of_four_is_hidden_with_the_next_smallest_group():
    found = suppress(results_of(people(A=(2, 2), B=(15, 15), C=(50, 50), D=(90, 110)), ["race"]))
    assert hidden(found, "race") == {"A", "B"}
    for group in "AB":
        row = value(found, "race", group)
        assert (row.value, row.low, row.high, row.n, row.items, row.missing) == (None,) * 6
    assert value(found, "race", "C").value == 0.5


def test_what_is_left_is_compared_with_all_others_because_the_hidden_ones_are_thirty_four_people_together():
    found = suppress(results_of(people(A=(2, 2), B=(15, 15), C=(50, 50), D=(90, 110)), ["race"]))
    assert contrast(found, "race", "C").estimate == pytest.approx(0.5 - 107 / 234)
    assert contrast(found, "race", "C").responses == 334
    assert contrast(found, "race", "A").estimate is None


def test_two_small_groups_that_are_still_small_together_take_a_third_with_them():
    found = suppress(results_of(people(A=(2, 2), B=(1, 2), C=(50, 50), D=(90, 110)), ["race"]))
    assert hidden(found, "race") == {"A", "B", "C"}


def test_a_group_without_a_known_race_is_protected_like_a_named_one():
    table = people(A=(100, 100), B=(40, 60), C=(50, 50))
    table[None, "F", None, YES] = 3
    table["A", "M", None, NO] = table["A", "M", None, YES] = 100
    found = suppress(results_of(table, ["race", "gender"]))
    assert hidden(found, "race") == {"B"}  # race sums to 600 and gender to 603: B's 100 people could be any of the 103
    assert contrast(found, "race", "A").estimate is None
    assert hidden(found, "gender") == set()


def test_a_small_count_of_a_large_group_leaves_its_size_and_a_range():
    found = suppress(results_of(people(A=(3, 47), B=(30, 40), C=(100, 100)), ["race"]))
    a, b, c = (value(found, "race", g) for g in "ABC")
    assert (a.value, a.low, a.high, a.n, a.suppressed) == (None, 0.0, pytest.approx(9 / 50), 50, True)
    assert (b.value, b.low, b.high, b.n, b.suppressed) == (None, 0.0, 1.0, 70, True)
    assert (c.value, c.suppressed) == (0.5, False)


def test_a_rate_near_one_hundred_percent_is_hidden_too_and_its_range_is_at_that_end():
    a = value(suppress(results_of(people(A=(47, 3), B=(30, 40), C=(100, 100)), ["race"])), "race", "A")
    assert (a.value, a.low, a.high) == (None, pytest.approx(41 / 50), 1.0)


@pytest.mark.parametrize("counts", [(0, 60), (60, 0)])
def test_nobody_and_everybody_are_small_cells_for_they_tell_about_each_member(counts):
    assert value(suppress(results_of(people(A=counts, B=(30, 40), C=(100, 100)), ["race"])), "race", "A").value is None


def test_the_range_of_fifteen_people_does_not_say_which_side_is_small():
    for counts in ((3, 12), (12, 3), (7, 8), (0, 15)):
        a = value(suppress(results_of(people(A=counts, B=(30, 40), C=(100, 100)), ["race"])), "race", "A")
        assert (a.value, a.low, a.high, a.n) == (None, 0.0, 1.0, 15)


def test_the_range_is_the_same_for_every_count_below_the_minimum():
    ranges = {
        (a.low, a.high) for k in range(10)
        for a in [value(suppress(results_of(people(A=(k, 50 - k), B=(30, 40), C=(100, 100)), ["race"])), "race", "A")]
    }
    assert ranges == {(0.0, 9 / 50)}


def test_people_who_answered_twice_can_be_counted_in_halves_and_the_range_allows_for_it():
    results = results_of(people(A=(3, 47), B=(30, 40), C=(100, 100)), ["race"])
    twice = tuple(msgspec.structs.replace(g, n=2 * g.n, value=9.5 / 50 if g.group == "A" and g.value < 0.1 else g.value) for g in results.groups)
    a = value(suppress(msgspec.structs.replace(results, groups=twice)), "race", "A")
    assert (a.value, a.high) == (None, pytest.approx(10 / 50))


def test_nine_and_nine_hidden_beside_a_known_total_of_eighteen_would_be_nine_and_nine():
    found = suppress(results_of(people(A=(9, 41), B=(9, 51), C=(60, 40), D=(70, 60)), ["race"]))
    assert hidden(found, "race") == {"A", "B", "C"}


def test_a_hidden_crossing_takes_a_rectangle_with_it_and_leaves_the_margins():
    found = suppress(results_of(people(A_F=(3, 40), A_M=(30, 20), B_F=(50, 60), B_M=(50, 60), C_F=(90, 80), C_M=(100, 120))))
    assert hidden(found, CROSSED) == {"A × F", "A × M", "B × F", "B × M"}
    assert hidden(found, "race") == hidden(found, "gender") == set()


def test_of_two_groups_one_is_never_hidden_alone():
    assert hidden(suppress(results_of(people(A=(4, 60), B=(40, 60)), ["race"])), "race") == {"A", "B"}


def test_four_selected_in_all_are_hidden_everywhere_with_their_total():
    found = suppress(results_of(people(A_F=(1, 99), A_M=(0, 99), B_F=(1, 120), B_M=(2, 200))))
    assert hidden(found, "race") == {"A", "B"}
    assert hidden(found, "gender") == {"F", "M"}
    assert all(d.estimate is None for d in found.disparities)
    assert value(found, "race", "A").high == pytest.approx(9 / 199)


def with_truth(**rows: tuple[int, int, int, int]) -> Counter:
    """People by true positive, missed, false alarm, rightly not selected."""
    found = Counter()
    for race, counts in rows.items():
        for (truth, outcome), count in zip(((YES, YES), (YES, NO), (NO, YES), (NO, NO)), counts, strict=True):
            found[race, "F", truth, outcome] = count
    return found


def test_a_hidden_false_positive_rate_hides_what_it_could_be_worked_out_from_and_leaves_the_other_error_rate():
    found = suppress(results_of(with_truth(A=(60, 40, 4, 96), B=(60, 40, 30, 80), C=(60, 40, 50, 150)), ["race"]))
    assert hidden(found, "race", "false_positive_rate") == {"A", "B"}
    assert hidden(found, "race", "false_negative_rate") == hidden(found, "race", "true_positive_rate") == set()
    assert hidden(found, "race", "selection_rate") == hidden(found, "race", "accuracy") == {"A", "B"}
    assert value(found, "race", "A", "false_positive_rate").high == pytest.approx(0.09)


def test_a_small_denominator_hides_the_sum_that_it_is_part_of():
    found = suppress(results_of(with_truth(A=(3, 2, 40, 60), B=(20, 20, 60, 70), C=(60, 40, 50, 150)), ["race"]))
    for group in "AB":
        assert value(found, "race", group, "false_negative_rate").n is None
        assert value(found, "race", group, "selection_rate").n is None
        assert value(found, "race", group, "missing_rate").n is None
    assert value(found, "race", "A", "false_positive_rate").value == 0.4
    assert contrast(found, "race", "A", kind="false_positive_rate_difference").responses == 430


def test_a_few_missing_replies_are_hidden_with_how_many_were_asked_and_none_at_all_is_shown():
    found = suppress(results_of(people(A=(40, 50, 3), B=(40, 50, 20), C=(40, 50, 0), D=(60, 60, 44)), ["race"]))
    assert hidden(found, "race", "missing_rate") == {"A", "B"}
    assert [value(found, "race", g).missing for g in "ABCD"] == [None, None, 0, 44]
    assert [value(found, "race", g, "missing_rate").n for g in "ABCD"] == [None, None, 90, 164]
    assert value(found, "race", "A").value == pytest.approx(40 / 90)


def test_hidden_missing_replies_are_not_counted_in_the_sentence_either():
    found = suppress(results_of(people(A=(40, 50, 3), B=(40, 50, 20), C=(40, 50, 0)), ["race"], reference=True))
    row = contrast(found, "race", "B", "A")
    assert (row.missing, row.because) == (None, "It differs. Missing replies are counted apart.")
    assert row.estimate is not None


@pytest.mark.parametrize(("sentence", "left"), [
    ("It could be: not enough evidence, because the 7 missing replies could have changed the verdict.",
     "It could be: not enough evidence, because the missing replies could have changed the verdict."),
    ("Beyond the margin. The 1,007 missing replies could have changed this.", "Beyond the margin. The missing replies could have changed this."),
])
def test_every_sentence_about_missing_replies_loses_its_number(sentence, left):
    results = results_of(people(A=(40, 50, 3), B=(40, 50, 20), C=(40, 50, 0)), ["race"])
    told = tuple(msgspec.structs.replace(d, because=sentence) for d in results.disparities)
    assert contrast(suppress(msgspec.structs.replace(results, disparities=told)), "race", "C").because == left


def test_seven_missing_replies_in_all_are_in_no_total():
    found = suppress(results_of(people(A=(40, 50, 3), B=(40, 50, 4), C=(40, 50, 0)), ["race"]))
    assert [value(found, "race", g).missing for g in "ABC"] == [None, None, 0]
    assert [d.missing for d in (*found.disparities, *found.missingness)] == [None] * 6


def scores(table: Counter, statistics=("mean",), *, plus=1.5) -> Results:
    """The same people with scores in place of decisions: 1.5 and 2.5 points, or 0 and 1 without the plus."""
    results = results_of(table, ["race"], kinds=["selection_rate"])
    means = tuple(
        msgspec.structs.replace(g, measure="score", statistic=s, value=g.value + plus) for g in results.groups for s in statistics
    )
    told = tuple(
        msgspec.structs.replace(d, measure="score", statistic=f"{s}_difference", unit="points", standardized=0.3)
        for d in results.disparities for s in statistics
    )
    return msgspec.structs.replace(results, groups=means, disparities=told)


def test_a_mean_is_hidden_only_where_people_are_few():
    found = suppress(scores(people(A=(2, 2), B=(15, 15), C=(1, 99), D=(90, 110))))
    assert hidden(found, "race", "mean") == {"A", "B"}
    assert contrast(found, "race", "A", kind="mean_difference").standardized is None
    assert contrast(found, "race", "C", kind="mean_difference").standardized == 0.3


def test_a_mean_of_zeros_and_ones_is_a_share_and_what_else_is_said_of_such_scores_is_hidden():
    found = suppress(scores(people(A=(3, 47), B=(30, 40), C=(100, 100)), ["mean", "smd"], plus=0))
    assert hidden(found, "race", "mean") == {"A", "B"}
    assert value(found, "race", "A", "mean").high == pytest.approx(9 / 50)
    assert hidden(found, "race", "smd") == {"A", "B", "C"}


def test_a_statistic_that_leaves_out_three_people_does_not_say_of_how_many_it_is():
    results = scores(people(A=(20, 20), B=(30, 40), C=(100, 100)), ["mean", "qwk"])
    fewer = tuple(
        msgspec.structs.replace(g, n=37, items=37) if (g.group, g.statistic) == ("A", "qwk") else g for g in results.groups
    )
    found = suppress(msgspec.structs.replace(results, groups=fewer))
    assert [(g.n, g.value is None) for g in found.groups if g.statistic == "qwk"] == [(None, False)] * 3
    assert [g.n for g in found.groups if g.statistic == "mean"] == [40, 70, 200]
    assert contrast(found, "race", "A", kind="qwk_difference").responses is None


def test_ratios_between_groups_are_hidden_with_the_rates_they_are_made_of():
    results = results_of(people(A=(3, 47), B=(30, 40), C=(100, 100), D=(120, 100)), ["race"])
    names = ("impact_ratio", "risk_ratio", "alternate_risk_ratio")
    more = tuple(msgspec.structs.replace(g, statistic=name, value=0.7) for g in results.groups if g.statistic == "selection_rate" for name in names)
    found = suppress(msgspec.structs.replace(results, groups=results.groups + more))
    assert hidden(found, "race", "impact_ratio") == {"A", "B", "C", "D"}  # each is over the most selected group
    assert hidden(found, "race", "risk_ratio") == hidden(found, "race", "alternate_risk_ratio") == {"A", "B"}
    assert value(found, "race", "A", "risk_ratio").low is None


def test_a_hidden_comparison_holds_no_number_of_the_people_behind_it():
    found = suppress(results_of(people(A=(2, 2), B=(15, 15), C=(50, 50), D=(90, 110)), ["race"], reference=True))
    row = json.loads(msgspec.json.encode(contrast(found, "race", "B", "A")))
    numbers = {k: v for k, v in row.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    assert numbers == {"level": 0.95, "margin": 0.05}
    assert (row["outcome"], row["certain"], row["detected"], row["suppressed"]) == ("not_assessed", False, False, True)
    assert row["because"] == (
        "B against A: not assessed in public, because fewer than 10 people stand behind a number here, or behind one that could be "
        "worked out from it. Suppressed is not zero."
    )


def test_a_gap_measured_on_private_numbers_is_not_told():
    results = results_of(people(A=(3, 47), B=(30, 40), C=(100, 100)), ["race"])
    gaps = tuple(msgspec.structs.replace(d, outcome="gap_found", certain=True) for d in results.disparities)
    found = suppress(msgspec.structs.replace(results, disparities=gaps))
    assert {d.group: d.outcome for d in found.disparities} == {"A": "not_assessed", "B": "not_assessed", "C": "gap_found"}


@settings(max_examples=40, deadline=None)
@given(tables())
def test_hiding_never_makes_an_attribute_pass(table):
    results = results_of(table)
    found = suppress(results)
    for attribute in ("race", "gender", CROSSED):
        before, after = ([d for d in r.disparities if d.attribute == attribute] for r in (results, found))
        assert len(before) == len(after)
        if any(d.suppressed for d in after):
            assert attribute_outcome(after) != "within_margin"


def test_what_a_hidden_comparison_had_a_part_in_is_rounded_outward():
    row = contrast(suppress(results_of(people(A=(3, 47), B=(30, 40), C=(100, 100)), ["race"])), "race", "C")
    estimate = 0.5 - 33 / 120  # 0.225; its interval 0.2015433 to 0.2484567 is 0.0469134 wide: steps of 0.0001
    assert row.estimate == pytest.approx(estimate)
    assert (row.low, row.high) == (pytest.approx(0.2015, abs=1e-12), pytest.approx(0.2485, abs=1e-12))
    assert (row.p_adjusted, row.p_value, row.detectable) == (0.05, 0.0123, pytest.approx(0.0413, abs=1e-12))


def test_a_test_of_all_groups_is_hidden_where_a_group_is():
    found = suppress(results_of(people(A_F=(3, 40), A_M=(30, 20), B_F=(50, 60), B_M=(50, 60), C_F=(90, 80), C_M=(100, 120))))
    assert {o.attribute: (o.p_value, o.p_adjusted) for o in found.omnibus} == {
        "race": (0.031, 0.1), "gender": (0.031, 0.1), CROSSED: (None, None)
    }
    assert {o.attribute: (o.value, o.highest, o.lowest, o.between_sd) for o in found.omnibus}[CROSSED] == (None,) * 4


def test_a_group_hidden_under_one_value_of_by_is_hidden_under_all():
    few = results_of(people(A=(4, 5), B=(15, 15), C=(50, 50), D=(90, 110)), ["race"], by={"detector": "one"})
    more = results_of(people(A=(5, 5), B=(15, 15), C=(50, 50), D=(90, 110)), ["race"], by={"detector": "two"})
    found = suppress(msgspec.structs.replace(few, groups=few.groups + more.groups, disparities=few.disparities + more.disparities))
    assert {(g.by["detector"], g.group) for g in found.groups if g.n is None} == {(d, g) for d in ("one", "two") for g in "AB"}


def test_the_note_counts_what_is_hidden_and_nothing_else():
    found = suppress(results_of(people(A=(3, 47), B=(30, 40), C=(100, 100)), ["race"]))
    assert found.notes[0] == (
        "Small cells: 2 of 6 group values and 2 of 6 comparisons are hidden, because fewer than 10 people stand behind a number, or behind "
        "one that could be worked out from it. Hidden is not zero. Where comparisons are hidden, the adjusted p-values and intervals of the "
        "others are rounded outward."
    )


def test_another_minimum_hides_less():
    results = results_of(people(A=(6, 44), B=(30, 40), C=(100, 100)), ["race"])
    assert hidden(suppress(results, 5), "race") == set()
    assert hidden(suppress(results, 10), "race") == {"A", "B"}


def test_a_group_whose_name_holds_the_sign_of_a_crossing_is_refused():
    with pytest.raises(TableError, match="cannot be told apart"):
        suppress(results_of(people(**{"A × B": (30, 40), "C": (30, 40)})))
