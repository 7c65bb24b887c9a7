"""The decision: the most cautious status that any finding calls for."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.policy import read_policy
from audit.records import Finding, Results
from audit.scorecard import Papers, decide, exit_code, make_scorecard

POLICY = read_policy(None)[0]


def a_finding(outcome="met", *, required=True, measured=False, severe=False, **changes) -> Finding:
    fields = {
        "criterion": "safe-x", "indicator": "safe", "question": "Is it so?", "outcome": outcome, "because": "Because.", "required": required,
        "weight": 1, "assurance": "measured" if measured else "claimed", "evidence": (), "remedy": "Mend it.", "severe": severe,
    }
    return Finding(**(fields | changes))


BOTH = (a_finding("met", indicator="safe"), a_finding("met", indicator="inclusive"))


def status(*findings, role="district"):
    """The status of findings beside one met under each indicator that the policy wants asked."""
    return decide((*BOTH, *findings), (), POLICY, role).status


@pytest.mark.parametrize(("finding", "expected"), [
    (a_finding("met"), "approve"),
    (a_finding("not_applicable"), "approve"),
    (a_finding("not_met"), "do_not_approve"),
    (a_finding("not_assessed"), "insufficient_evidence"),
    (a_finding("not_met", required=False), "approve_with_conditions"),
    (a_finding("not_assessed", required=False), "approve"),
    (a_finding("not_met", measured=True, severe=True), "do_not_approve"),
    (a_finding("not_met", measured=True), "do_not_approve"),
    (a_finding("inconclusive", measured=True), "pilot"),
    (a_finding("not_assessed", measured=True), "insufficient_evidence"),
])
def test_one_finding_leads_to_its_status(finding, expected):
    assert status(a_finding("met"), finding) == expected


def test_a_vendors_own_audit_cannot_carry_an_approval():
    assert status(a_finding("met"), role="vendor") == "insufficient_evidence"
    assert status(a_finding("not_met"), role="vendor") == "do_not_approve"


def test_a_self_test_that_ends_in_a_pilot_carries_no_pilot():
    assert status(a_finding("inconclusive", measured=True), role="vendor") == "insufficient_evidence"


def test_nothing_is_approved_where_nothing_was_asked_about_safety():
    assert decide((), (), POLICY, "district").status == "insufficient_evidence"
    only_measured = decide((a_finding("met", measured=True, indicator="inclusive"),), (), POLICY, "district")
    assert only_measured.status == "insufficient_evidence"
    assert "safe" in only_measured.because[0]


ORDER = ["do_not_approve", "insufficient_evidence", "pilot", "approve_with_conditions", "approve"]
WORSE = {"met": ["not_met", "inconclusive", "not_assessed"], "inconclusive": ["not_met"], "not_assessed": ["not_met"]}
findings = st.lists(
    st.builds(a_finding, st.sampled_from(["met", "not_met", "inconclusive", "not_assessed", "not_applicable"]),
              required=st.booleans(), measured=st.booleans(), severe=st.booleans()),
    min_size=1, max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(findings, st.randoms())
def test_a_worse_finding_never_improves_the_decision_and_order_does_not_matter(some, rng: random.Random):
    shuffled = rng.sample(some, len(some))
    assert status(*shuffled) == status(*some)
    for i, finding in enumerate(some):
        for outcome in WORSE.get(finding.outcome, []):
            worse = [*some[:i], msgspec.structs.replace(finding, outcome=outcome), *some[i + 1:]]
            assert ORDER.index(status(*worse)) <= ORDER.index(status(*some))


def a_card(*some, today=None):
    from datetime import date

    return make_scorecard(
        tool={"name": "T"}, auditor={"role": "district"}, titles={"safe": "Safe"}, findings=some,
        results=Results("r", (), (), (), ""), policy=POLICY, today=today or date(2026, 11, 21), provenance={}, papers=Papers(),
    )


@pytest.mark.parametrize(("some", "code"), [
    ([a_finding("met")], 0),
    ([], 0),
    ([a_finding("not_met")], 1),
    ([a_finding("not_met", required=False)], 0),
    ([a_finding("not_met", required=False, measured=True)], 1),
    ([a_finding("not_assessed")], 3),
    ([a_finding("inconclusive", measured=True)], 3),
    ([a_finding("not_met"), a_finding("not_assessed")], 1),
])
def test_the_exit_code_says_met_not_met_or_open(some, code):
    assert exit_code(a_card(*some)) == code


def test_an_unanswered_question_earns_nothing_and_hides_the_score():
    card = a_card(a_finding("met"), a_finding("not_assessed"))
    assert (card.indicators["safe"].score, card.indicators["safe"].coverage) == (None, 0.5)


def test_a_score_is_the_weighted_share_met_among_the_answered():
    card = a_card(a_finding("met", weight=3), a_finding("not_met", weight=1), a_finding("not_applicable", weight=3))
    assert (card.indicators["safe"].score, card.indicators["safe"].coverage) == (75.0, 1.0)


def test_a_gate_is_passed_failed_or_open():
    card = a_card(a_finding("met"), a_finding("not_met"), a_finding("not_assessed"), a_finding("met", required=False))
    assert [gate.passed for gate in card.gates] == [True, False, None]


def test_the_next_review_is_due_after_the_policys_months():
    from datetime import date

    assert a_card(today=date(2026, 3, 31)).review_by == "2027-03-31"
