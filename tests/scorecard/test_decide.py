"""The decision: the most cautious status that any rule calls for."""

import random

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from audit.records import Waiver
from audit.scorecard import RULES, decide, exit_code
from tests.scorecard.cases import ORDER, TODAY, a_card, a_case, a_finding, a_policy, a_row, decision, measured, some_findings, status, uses


@pytest.mark.parametrize(("finding", "expected"), [
    (a_finding("met"), "approve"),
    (a_finding("not_applicable"), "approve"),
    (a_finding("not_met"), "do_not_approve"),
    (a_finding("not_assessed"), "insufficient_evidence"),
    (a_finding("inconclusive"), "pilot"),
    (a_finding("inconclusive", contradictions=("The file says otherwise.",)), "insufficient_evidence"),
    (a_finding("not_met", required=False), "approve_with_conditions"),
    (a_finding("not_assessed", required=False), "approve_with_conditions"),
    (a_finding("not_met", measured=True, severe=True), "do_not_approve"),
    (a_finding("not_met", measured=True), "do_not_approve"),
    (a_finding("not_met", measured=True, required=False), "do_not_approve"),
    (a_finding("inconclusive", measured=True), "pilot"),
    (a_finding("not_assessed", measured=True), "insufficient_evidence"),
])
def test_one_finding_leads_to_its_status(finding, expected):
    assert status(a_finding("met", weight=5), finding) == expected


def test_a_vendors_own_audit_cannot_carry_an_approval():
    assert status(a_finding("met"), role="vendor") == "insufficient_evidence"
    assert status(a_finding("not_met"), role="vendor") == "do_not_approve"
    steps = decision(a_finding("met"), role="vendor").steps
    assert (steps[0].rule, steps[0].status) == ("self-test", "insufficient_evidence")


@pytest.mark.parametrize("role", ["district", "state", "independent"])
def test_an_audit_by_anybody_else_can_carry_one(role):
    assert status(a_finding("met"), role=role) == "approve"


def test_nothing_is_approved_where_nothing_was_asked_about_safety():
    assert decide(a_case()).status == "insufficient_evidence"
    only_measured = decide(a_case(a_finding("met", measured=True, indicator="inclusive")))
    assert only_measured.status == "insufficient_evidence"
    assert "safe" in only_measured.because[0]
    assert [c.text for c in only_measured.would_change] == ["Answers to the checklist: Safe."]


def test_every_step_names_the_findings_it_rests_on_and_the_first_is_the_decision():
    found = decision(a_finding("not_met", criterion="safe-a"), a_finding("not_assessed", criterion="safe-b", required=False), measured("inconclusive"))
    assert [(s.rule, s.status, s.findings) for s in found.steps if s.status != "approve"] == [
        ("gate-failed", "do_not_approve", (("safe-a", ""),)),
        ("gate-inconclusive", "pilot", (("inclusive-measured-outcomes", "Essays: Dialect"),)),
        ("band", "approve_with_conditions", (("inclusive-measured-outcomes", "Essays: Dialect"),)),   # 3 of 6
        ("band", "approve_with_conditions", (("safe-a", ""), ("safe-b", ""))),                        # 3 of 5
        ("coverage", "approve_with_conditions", (("inclusive-measured-outcomes", "Essays: Dialect"),)),
        ("coverage", "approve_with_conditions", (("safe-a", ""), ("safe-b", ""))),
        ("advisory-open", "approve_with_conditions", (("safe-b", ""),)),
    ]
    assert (found.steps[0].status, found.because[0]) == (found.status, "Is it so? Because.")


def test_reasons_are_at_most_eight_and_the_rest_is_counted():
    found = decision(*(a_finding("not_met", criterion=f"safe-{n}", because=f"No {n}.") for n in range(20)))
    assert len(found.because) == 8
    assert found.because[0] == "Is it so? No 0."
    assert found.because[-1] == "And 14 more, listed below under findings."   # 20 gates and the band of "safe", seven of which are told


def test_what_is_approved_says_so_in_one_sentence():
    assert decision().because == ("All 2 criteria that were judged are met, and no measured difference is beyond its margin.",)


WORSE = {"met": ["not_met", "inconclusive", "not_assessed"], "inconclusive": ["not_met"], "not_assessed": ["not_met"]}
waivers = st.sampled_from([(), (Waiver("safe-a", "A. Name", "A reason.", "2027-01-31"),), (Waiver("safe-a", "A. Name", "A reason.", "2026-01-31"),)])
roles = st.sampled_from(["district", "vendor"])


@settings(max_examples=300, deadline=None)
@given(some_findings, roles, waivers)
def test_a_worse_finding_never_improves_the_decision(some, role, waived):
    policy = a_policy(waivers=waived)
    before = ORDER.index(status(*some, role=role, policy=policy))
    for i, finding in enumerate(some):
        for outcome in WORSE.get(finding.outcome, []):
            worse = [*some[:i], msgspec.structs.replace(finding, outcome=outcome), *some[i + 1:]]
            assert ORDER.index(status(*worse, role=role, policy=policy)) <= before
        for change in ({"severe": True}, {"contradictions": ("No.",)}, {"required": True}):
            worse = [*some[:i], msgspec.structs.replace(finding, **change), *some[i + 1:]]
            assert ORDER.index(status(*worse, role=role, policy=policy)) <= before


@settings(max_examples=150, deadline=None)
@given(some_findings, roles, waivers, st.randoms())
def test_the_order_of_the_findings_and_of_the_waivers_does_not_matter(some, role, waived, rng: random.Random):
    rows = [a_row(), a_row(group="CE", outcome="inconclusive", items_needed=90)]
    twice = (*waived, Waiver("usable-d", "B. Name", "Another.", "2027-05-01"), Waiver("usable-d", "C. Name", "Another.", "2027-06-01"))
    some = [*some, measured("inconclusive"), measured("not_met")]
    one = decision(*some, role=role, policy=a_policy(waivers=twice), rows=rows)
    other = decision(*rng.sample(some, len(some)), role=role, policy=a_policy(waivers=twice[::-1]), rows=rng.sample(rows, len(rows)))
    assert one == other


@settings(max_examples=300, deadline=None)
@given(some_findings, roles, waivers)
def test_removing_an_answer_never_raises_a_score_or_allows_more(some, role, waived):
    """Measured findings that are not required are no answers: see docs/policy.md."""
    policy = a_policy(waivers=waived)
    before, card = status(*some, role=role, policy=policy), a_card(*some, role=role, policy=policy)
    for i, finding in enumerate(some):
        if finding.outcome == "not_applicable" or (finding.assurance == "measured" and not finding.required):
            continue
        removed = [*some[:i], msgspec.structs.replace(finding, outcome="not_assessed", contradictions=()), *some[i + 1:]]
        assert uses(status(*removed, role=role, policy=policy)) <= uses(before)
        for name, indicator in a_card(*removed, role=role, policy=policy).indicators.items():
            assert indicator.score is None or indicator.score <= card.indicators[name].score
            assert indicator.coverage <= card.indicators[name].coverage


@settings(max_examples=200, deadline=None)
@given(some_findings, roles)
def test_a_good_answer_more_never_lowers_the_decision_a_score_or_the_coverage(some, role):
    before, card = status(*some, role=role), a_card(*some, role=role)
    for i, finding in enumerate(some):
        if finding.outcome == "not_assessed":
            more = [*some[:i], msgspec.structs.replace(finding, outcome="met"), *some[i + 1:]]
            assert ORDER.index(status(*more, role=role)) >= ORDER.index(before)
            after = a_card(*more, role=role).indicators
            assert all(after[name].coverage >= one.coverage and (one.score is None or after[name].score >= one.score) for name, one in card.indicators.items())


@settings(max_examples=200, deadline=None)
@given(some_findings)
def test_no_score_makes_up_for_a_gate(some):
    assume(any(f.required and f.outcome == "not_met" for f in some))
    rich = [a_finding("met", criterion=f"usable-{n}", indicator=name, weight=5) for n in range(30) for name in ("safe", "inclusive", "usable")]
    assert status(*some, *rich) == "do_not_approve"


@settings(max_examples=100, deadline=None)
@given(some_findings, roles, waivers)
def test_every_rule_that_speaks_is_documented_and_its_findings_are_there(some, role, waived):
    there = {(f.criterion, f.subject) for f in some} | {("safe-base", ""), ("inclusive-base", "")}
    for step in decision(*some, role=role, policy=a_policy(waivers=waived)).steps:
        assert step.rule in RULES
        assert set(step.findings) <= there


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


def test_the_scope_is_what_the_plan_and_the_run_say():
    scope = a_card(a_finding()).decision.scope
    assert (scope.version, scope.use_cases, scope.grades, scope.models, scope.student_data) == ("4.2", ("essay-scoring",), ("6-8",), ("m-1",), None)


def test_the_day_of_the_scorecard_is_the_day_given():
    assert a_card().as_of == TODAY.isoformat()
