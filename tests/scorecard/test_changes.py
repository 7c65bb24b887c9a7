"""What would change a decision: verified by deciding again."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from audit.scorecard.case import turned
from audit.scorecard.changes import AUDITOR, lifted, lifts
from tests.scorecard.cases import ORDER, a_case, a_finding, a_row, decision, measured, some_findings
from tests.scorecard.cases import decide as decide_case


def level(case):
    return ORDER.index(decide_case(case).status)


def an_open_gate(n, **fields):
    return a_finding("not_assessed", criterion=f"safe-{n}", question=f"Question {n}?", **fields)


def test_one_open_gate_is_one_change_with_the_status_it_would_give():
    (change,) = decision(an_open_gate(1)).would_change
    assert (change.kind, change.criterion, change.would_be, change.text) == ("answer", "safe-1", "approve", "A good answer to: Question 1?")


def test_two_open_gates_change_it_only_together():
    changes = decision(an_open_gate(1), an_open_gate(2)).would_change
    assert [(c.criterion, c.would_be) for c in changes] == [("safe-1", "approve"), ("safe-2", "approve")]
    assert all(c.text.endswith("(Together with the other 1 named here.)") for c in changes)


def test_what_does_not_hold_the_decision_back_is_not_named():
    changes = decision(an_open_gate(1), a_finding("not_met", criterion="safe-2", required=False)).would_change
    assert [(c.criterion, c.would_be) for c in changes] == [("safe-1", "approve_with_conditions")]


def test_an_inconclusive_measurement_needs_items_as_many_as_the_neediest_comparison():
    rows = [a_row(outcome="inconclusive", items_needed=140), a_row(group="CE", outcome="inconclusive", items_needed=90), a_row(attribute="name", items_needed=900)]
    (change,) = decision(measured("inconclusive"), a_finding(indicator="inclusive", weight=5), rows=rows).would_change
    assert (change.kind, change.needed, change.would_be) == ("items", 140, "approve")
    assert change.text.startswith("About 140 base items of the set essays (audit fixtures draw essays --seed N --items N")


def test_a_gap_needs_a_new_version_and_a_contradiction_a_document():
    assert [c.kind for c in decision(measured("not_met")).would_change] == ["version"]
    against = a_finding("inconclusive", contradictions=("The file says no.",))
    assert [(c.kind, c.text) for c in decision(against).would_change] == [("document", "What contradicts itself is cleared up: Is it so? The file says no.")]


def test_a_self_test_needs_another_auditor_and_what_else_holds_it():
    assert [(c.kind, c.would_be) for c in decision(role="vendor").would_change] == [("auditor", "approve")]
    assert [c.kind for c in decision(an_open_gate(1), role="vendor").would_change] == ["auditor", "answer"]
    assert [c.kind for c in decision(a_finding("not_met"), role="vendor").would_change] == ["document"]


def test_what_is_approved_needs_nothing():
    assert decision().would_change == ()


def test_many_that_change_it_only_together_are_counted():
    changes = decision(*(an_open_gate(n) for n in range(30))).would_change
    assert [(c.text, c.would_be) for c in changes] == [("30 answers under Safe, listed under findings.", "approve")]


@settings(max_examples=150, deadline=None)
@given(some_findings, st.sampled_from(["district", "vendor"]))
def test_every_change_lifts_the_decision_to_what_it_says_and_no_part_of_it_does(some, role):
    case = a_case(*some, role=role)
    base, found = level(case), lifts(case)
    assert bool(found) == (base < len(ORDER) - 1)
    for lift in found:
        assert level(lifted(case, lift.places)) == ORDER.index(lift.status) > base
        for place in lift.places:
            assert level(lifted(case, lift.places - {place})) == base
    told = decide_case(case).would_change
    assert {c.would_be for c in told} == {lift.status for lift in found}


@settings(max_examples=60, deadline=None)
@given(some_findings)
def test_no_smaller_set_of_findings_lifts_the_decision(some):
    """By trying every set of findings."""
    case = a_case(*some[:5])
    found, base = lifts(case), level(case)
    places = [place for place, f in enumerate(case.everything) if f.outcome != "not_applicable"]
    for size in range(1, min((len(lift.places) for lift in found), default=1)):
        assert not any(level(turned(case, chosen)) > base for chosen in itertools.combinations(places, size))
    if found and len(found[0].places) == 1:
        assert {min(lift.places) for lift in found} == {p for p in places if level(turned(case, [p])) > base}


def test_the_auditor_is_no_place_among_the_findings():
    assert AUDITOR < 0
