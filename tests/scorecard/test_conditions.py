"""Conditions: what has to be done, by whom and until when; and the day of the next look."""

import pytest

from audit.records import Attribute, EvidenceFile, FileCheck, Filed
from audit.scorecard import BEFORE_USE, Papers, decide
from tests.builders import a_set
from tests.scorecard.cases import PINNED, a_card, a_case, a_finding, a_row, decision, measured

GAP = a_row(outcome="gap_found", estimate=-0.4, low=-0.6, high=-0.3)
LATER = "2027-02-19"   # 90 days after 2026-11-21
SETS = {"essays": a_set(id="essays", attributes={"dialect": Attribute({"AAE": "African American English (AAE)", "SAE": "Standard English"})})}


def told(*findings, rows=(), sets=None):
    return [(c.kind, c.owner, c.due, c.text) for c in decide(a_case(*findings), rows, sets).conditions]


def test_a_certain_gap_asks_for_no_such_use_until_it_is_repaired():
    assert told(measured("not_met", severe=True), rows=[GAP]) == [
        ("limit_use", "district", BEFORE_USE, "Not used for this until it is repaired and measured again: Essays: Dialect."),
        ("repair", "vendor", LATER, "Mend it. (Essays: Dialect)"),
    ]


def test_a_gap_asks_for_a_person_who_looks_a_repair_and_another_measurement():
    kinds = told(measured("not_met"), rows=[GAP, a_row(group="CE", outcome="within_margin")], sets=SETS)
    assert [kind[:3] for kind in kinds] == [("human_review", "district", BEFORE_USE), ("repair", "vendor", LATER), ("monitor", "district", LATER)]
    assert kinds[0][3] == (
        "A person looks at the work itself before a result counts, without relying on the tool (Essays: Dialect; African American English)."
    )


def test_a_gap_in_answering_asks_for_a_person_who_does_the_task():
    evidence = measured("not_met").evidence[0]
    lost = measured("not_met", evidence=(type(evidence)("run", "results.json: missingness, set essays, attribute dialect"),))
    assert told(lost, rows=[GAP])[0][3] == "Where the tool gives no result, a person does the task instead (Essays: Dialect; AAE)."


def test_what_is_inconclusive_is_measured_again():
    assert [one[:3] for one in told(measured("inconclusive"))] == [("monitor", "district", LATER)]


def test_measuring_again_is_one_condition_for_all_that_needs_it():
    some = [measured("inconclusive", subject=f"Essays: {n}") for n in range(7)]
    (condition,) = decision(*some).conditions
    assert condition.text == (
        "Measured again, with more items and on the version in use: Essays: 0; Essays: 1; Essays: 2; Essays: 3; Essays: 4; and 2 more."
    )
    assert condition.subject == ""


@pytest.mark.parametrize(("required", "owner", "expected"), [
    (True, "vendor", ("agreement", "vendor", BEFORE_USE)), (False, "vendor", ("agreement", "vendor", LATER)),
    (True, "either", ("repair", "district", BEFORE_USE)), (False, "district", ("repair", "district", LATER)),
])
def test_what_is_not_met_is_put_right_by_whom_it_is_asked_of(required, owner, expected):
    (condition,) = decision(a_finding("not_met", required=required, owner=owner)).conditions
    assert ((condition.kind, condition.owner, condition.due), condition.text) == (expected, "Is it so? Mend it.")


def test_open_advisory_questions_are_one_condition_for_each_indicator_and_owner():
    some = [a_finding("not_assessed", criterion=f"safe-{n}", required=False, owner=owner) for n, owner in enumerate(["vendor", "vendor", "district"])]
    assert [(c.owner, c.text, c.criterion) for c in decision(*some).conditions] == [
        ("district", "An answer is needed: Is it so?", "safe-2"), ("vendor", "2 open questions under Safe are answered.", ""),
    ]


def test_an_open_gate_is_answered_before_use():
    (condition,) = decision(a_finding("not_assessed")).conditions
    assert (condition.text, condition.due) == ("An answer is needed: Is it so?", BEFORE_USE)


def a_file(expires, *, expired=False):
    check = FileCheck("agreement.pdf", "0" * 64, 1, None, "", (), 0, 0, 0, {})
    return EvidenceFile(check, Filed("agreement.pdf"), expires, expired)


PINNED_MODEL = a_finding("met", criterion=PINNED, indicator="evidence-based", required=False)


def review(*findings, evidence=(), **fields):
    card = a_card(*findings, papers=Papers(evidence=tuple(evidence)), **fields)
    return card.review_by, card.review_because


def test_a_pinned_model_is_looked_at_again_after_the_policys_months():
    assert review(PINNED_MODEL) == ("2027-11-21", ("The policy asks for a new look after 12 months.",))


@pytest.mark.parametrize("findings", [
    (), (a_finding("not_met", criterion=PINNED),), (a_finding("not_assessed", criterion=PINNED),), (a_finding("inconclusive", criterion=PINNED),),
])
def test_a_model_that_may_change_is_looked_at_again_after_90_days(findings):
    day, because = review(*findings)
    assert day == LATER
    assert "90 days (evidence-based-version-pinned)" in because[0]


def test_a_tool_without_a_model_needs_none_pinned():
    assert review(a_finding("not_applicable", criterion=PINNED))[0] == "2027-11-21"


@pytest.mark.parametrize(("expires", "day"), [
    ("2027-03-31", "2027-03-01"), ("2026-12-01", "2026-11-21"), ("2028-01-01", "2027-11-21"), ("soon", "2027-11-21"), (None, "2027-11-21"),
])
def test_an_agreement_is_looked_at_30_days_before_it_ends_and_never_in_the_past(expires, day):
    assert review(PINNED_MODEL, evidence=[a_file(expires)])[0] == day


def test_an_agreement_that_has_ended_sets_no_day_because_it_already_counts_against_the_answer():
    assert review(PINNED_MODEL, evidence=[a_file("2026-01-01", expired=True)])[0] == "2027-11-21"


def test_two_reasons_for_the_same_day_are_both_said():
    assert review(evidence=[a_file("2027-03-21")]) == (LATER, (
        "Nobody has shown that the model stays the same: the results are good for 90 days (evidence-based-version-pinned).",
        "agreement.pdf expires on 2027-03-21.",
    ))
