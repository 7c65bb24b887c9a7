"""Scores: what is met over all that applies, with the coverage beside it, and the band it lies in."""

import pytest

from audit.policy import Band
from tests.scorecard.cases import a_card, a_finding, a_policy, decision


def answers(met, rest, outcome="not_met", **fields):
    made = [a_finding("met", criterion=f"usable-{n}", indicator="usable", required=False, **fields) for n in range(met)]
    return made + [a_finding(outcome, criterion=f"usable-not-{n}", indicator="usable", required=False, **fields) for n in range(rest)]


def heavy(met, rest):
    """One question that is met and one that is not, of these weights; none where the weight is 0."""
    return [*answers(min(met, 1), 0, weight=met), *answers(0, min(rest, 1), weight=rest)]


def usable(*findings, **fields):
    return a_card(*findings, **fields).indicators["usable"]


def test_a_score_is_the_weight_met_over_all_that_applies():
    one = usable(*answers(1, 0, weight=3), *answers(0, 1), a_finding("not_applicable", indicator="usable", weight=3))
    assert (one.score, one.coverage) == (75.0, 1.0)


def test_an_unanswered_question_earns_nothing_and_few_answers_hide_the_score():
    shown = usable(*answers(4, 0), *answers(0, 1, "not_assessed"))
    hidden = usable(*answers(3, 0), *answers(0, 1, "not_assessed"))
    assert (shown.score, shown.coverage, shown.open) == (80.0, 0.8, 1)
    assert (hidden.score, hidden.coverage) == (None, 0.75)


def test_coverage_counts_questions_not_weights():
    assert usable(*answers(3, 0), *answers(0, 1, "not_assessed", weight=3)).coverage == 0.75


def test_where_nothing_applies_there_is_no_score():
    assert usable().score is None


def test_a_score_is_cut_and_never_rounded_up_to_an_edge():
    assert usable(*heavy(1499, 501)).score == 74.9     # 74.95
    assert usable(*answers(2, 1)).score == 66.6


@pytest.mark.parametrize(("met", "rest", "expected"), [
    (0, 4, "pilot"), (1, 3, "pilot"), (49, 51, "pilot"), (50, 50, "approve_with_conditions"), (2, 2, "approve_with_conditions"),
    (74, 26, "approve_with_conditions"), (1499, 501, "approve_with_conditions"), (75, 25, "approve"), (3, 1, "approve"), (4, 0, "approve"),
])
def test_a_score_at_an_edge_belongs_to_the_band_that_starts_there(met, rest, expected):
    (step,) = [s for s in decision(*heavy(met, rest)).steps if s.rule == "band" and "Usable" in s.because]
    assert step.status == expected


def test_an_edge_is_the_number_that_the_file_says():
    bands = (Band(0, "Low", "pilot"), Band(33.3, "High", "approve"))   # 33.3 as a float lies a little below 333/10
    (step,) = [s for s in decision(*heavy(333, 667), policy=a_policy(bands=bands)).steps if s.rule == "band" and "Usable" in s.because]
    assert step.status == "approve"


def test_too_few_answers_are_a_step_of_their_own():
    steps = decision(*answers(3, 0), *answers(0, 2, "not_assessed")).steps
    (step,) = [s for s in steps if s.rule == "coverage"]
    assert (step.status, step.because) == ("approve_with_conditions", "Usable: 3 of 5 questions are answered, too few for a score to be shown.")
    assert step.findings == (("usable-not-0", ""), ("usable-not-1", ""))


def test_the_policys_weights_count_instead_of_the_checklists():
    assert usable(*answers(1, 1), policy=a_policy(weights={"usable-0": 3})).score == 75.0


def test_a_gate_is_passed_failed_or_open():
    card = a_card(a_finding("met"), a_finding("not_met"), a_finding("not_assessed"), a_finding("met", required=False))
    assert [gate.passed for gate in card.gates] == [True, False, None]
