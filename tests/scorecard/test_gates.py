"""Gates that a policy adds or drops, and waivers: a name, a reason and a last day."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.policy import Dropped, Gates
from audit.records import Waiver
from tests.scorecard.cases import ORDER, TODAY, a_card, a_finding, a_policy, decision, measured, some_findings, status, uses

LATER, BEFORE = "2027-01-31", "2026-11-20"


def waived(gate="safe-a", expires=LATER, **fields):
    return a_policy(waivers=(Waiver(gate, "A. Name", "A reason.", expires),), **fields)


def gates(add=(), drop=()):
    return a_policy(gates=Gates(tuple(add), tuple(Dropped(name, "The board says so.") for name in drop)))


def test_an_added_gate_counts_and_a_dropped_one_is_advice():
    advice, gate = a_finding("not_met", criterion="safe-a", required=False), a_finding("not_met", criterion="safe-a")
    assert (status(advice), status(advice, policy=gates(add=["safe-a"]))) == ("approve_with_conditions", "do_not_approve")
    dropped = decision(gate, policy=gates(drop=["safe-a"]))
    assert dropped.status == "approve_with_conditions"
    assert ("gate-dropped", "The policy takes safe-a out of the gates: The board says so.") in [(s.rule, s.because) for s in dropped.steps]


def test_an_added_gate_that_nobody_asked_about_is_open():
    found = decision(policy=gates(add=["usable-z"]))
    assert (found.status, found.because[0]) == ("insufficient_evidence", "The policy makes usable-z a gate, and it is on none of the checklists of this audit.")
    assert [(c.kind, c.criterion, c.would_be) for c in found.would_change] == [("answer", "usable-z", "approve")]


def test_an_added_gate_that_does_not_apply_stands_in_nobodys_way():
    assert status(a_finding("not_applicable", criterion="safe-a"), policy=gates(add=["safe-a"])) == "approve"


def test_a_dropped_measured_criterion_still_counts_when_a_gap_is_found():
    assert status(measured("not_met"), policy=gates(drop=["inclusive-measured-outcomes"])) == "do_not_approve"


@pytest.mark.parametrize("outcome", ["not_met", "inconclusive", "not_assessed"])
def test_a_waived_gate_allows_approval_with_a_condition_that_names_who_answers_for_it(outcome):
    found = decision(a_finding(outcome, criterion="safe-a"), policy=waived())
    assert found.status == "approve_with_conditions"
    assert [(s.rule, s.findings) for s in found.steps if s.rule == "waiver"] == [("waiver", (("safe-a", ""),))]
    condition = next(c for c in found.conditions if c.text.startswith("Waived by"))
    assert (condition.text, condition.owner, condition.due) == ("Waived by A. Name until 2027-01-31: A reason. (Is it so?)", "A. Name", LATER)
    assert [w.by for w in found.waivers] == ["A. Name"]


@pytest.mark.parametrize(("expires", "expected"), [
    (BEFORE, "do_not_approve"), (TODAY.isoformat(), "approve_with_conditions"), (LATER, "approve_with_conditions"),
])
def test_a_waiver_counts_through_its_last_day_and_not_after(expires, expected):
    assert status(a_finding("not_met", criterion="safe-a"), policy=waived(expires=expires)) == expected


def test_an_expired_waiver_is_said_to_be_expired():
    found = decision(a_finding("not_met", criterion="safe-a"), policy=waived(expires=BEFORE))
    assert "The waiver of safe-a by A. Name expired on 2026-11-20 and no longer counts." in [s.because for s in found.steps if s.rule == "waiver-expired"]
    assert found.waivers == ()


def test_a_waiver_of_a_gate_that_is_passed_says_nothing():
    found = decision(a_finding("met", criterion="safe-a"), policy=waived())
    assert (found.status, found.waivers, found.conditions) == ("approve", (), ())


def test_a_waiver_of_one_gate_leaves_the_others_standing():
    assert status(a_finding("not_met", criterion="safe-a"), a_finding("not_met", criterion="safe-b"), policy=waived()) == "do_not_approve"


def test_a_waiver_does_not_pass_the_gate_but_says_so_on_it():
    (gate, _) = a_card(a_finding("not_met", criterion="safe-a"), a_finding("met"), policy=waived()).gates
    assert (gate.passed, gate.because) == (False, "Because. Waived by A. Name until 2027-01-31: A reason.")


def test_a_waiver_does_not_carry_a_vendors_self_test():
    assert status(a_finding("not_met", criterion="safe-a"), policy=waived(), role="vendor") == "insufficient_evidence"


def test_the_audit_is_looked_at_again_when_a_waiver_ends():
    card = a_card(a_finding("not_met", criterion="safe-a"), policy=waived(expires="2026-12-01"))
    assert (card.review_by, card.review_because) == ("2026-12-01", ("The waiver of safe-a ends on 2026-12-01.",))


@settings(max_examples=200, deadline=None)
@given(some_findings, st.sampled_from(["safe-a", "usable-d"]), st.dates(dt.date(2026, 10, 1), dt.date(2027, 2, 1)))
def test_a_waiver_never_makes_a_decision_worse_and_never_gives_a_full_approval(some, gate, expires):
    before, after = status(*some), status(*some, policy=waived(gate, expires.isoformat()))
    assert ORDER.index(after) >= ORDER.index(before)
    if after != before:
        assert expires >= TODAY
        assert uses(after) <= uses("approve_with_conditions")
