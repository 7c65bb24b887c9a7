"""Where assessors disagree: told criterion by criterion, with who said what; what all agree on is counted."""

from audit.between import disagreements, shared_conditions
from audit.records import Condition, Evidence
from tests.between.stand_ins import a_finding

FILE = Evidence("file", "soc2.pdf", expires="2027-01-01")


def findings(**outcomes):
    return [a_finding(name, outcome) for name, outcome in outcomes.items()]


def test_what_all_agree_on_is_counted_and_not_listed():
    assert disagreements({"Hill": findings(a="met", b="not_met"), "Shore": findings(a="met", b="not_met")}) == ((), 2)


def test_an_outcome_that_differs_is_told_with_every_audits_word_and_evidence():
    hill = a_finding("a", "met", answer="yes", evidence=(FILE,), answered_by="R. Example", because="Yes, it is.")
    shore = a_finding("a", "not_met", answer="no", because="No.")
    (found,), agreed = disagreements({"Hill": [hill], "Shore": [shore]})
    assert (found.kind, agreed) == ("outcome", 0)
    assert [(s.audit, s.outcome, s.answer, s.because, s.answered_by) for s in found.said] == [
        ("Hill", "met", "yes", "Yes, it is.", "R. Example"), ("Shore", "not_met", "no", "No.", "")]
    assert found.said[0].evidence == (FILE,)


def test_the_same_outcome_from_another_answer_is_a_disagreement_and_another_spelling_is_none():
    audits = {"Hill": [a_finding("a", "met", answer="30 days"), a_finding("b", "met", answer="Yes")], "Shore": [a_finding("a", "met", answer="10 days"), a_finding("b", "met", answer=" yes ")]}
    (found,), agreed = disagreements(audits)
    assert (found.criterion, found.kind, agreed) == ("a", "answer", 1)


def test_a_criterion_that_only_some_were_asked_is_told_apart_from_a_disagreement():
    found, agreed = disagreements({"Hill": findings(a="met", b="met"), "Shore": findings(a="met")})
    assert [(d.criterion, d.kind, d.said[1].outcome) for d in found] == [("b", "asked", None)]
    assert agreed == 1


def test_required_disagreements_come_first_and_another_wording_is_marked():
    audits = {
        "Hill": [a_finding("a", "met"), a_finding("b", "met", required=True)],
        "Shore": [a_finding("a", "not_met"), a_finding("b", "not_met", required=True, question="Is b still so?")],
    }
    found, _ = disagreements(audits)
    assert [(d.criterion, d.required, d.reworded) for d in found] == [("b", True, True), ("a", False, False)]


def test_one_criterion_of_two_subjects_is_two_rows():
    audits = {"Hill": [a_finding("a", "met", subject="x"), a_finding("a", "met", subject="y")], "Shore": [a_finding("a", "met", subject="x"), a_finding("a", "not_met", subject="y")]}
    found, agreed = disagreements(audits)
    assert ([d.subject for d in found], agreed) == (["y"], 1)


def test_each_condition_stands_once_with_all_who_set_it():
    def condition(text, due="2027-01-01"):
        return Condition(text, "monitor", "district", due, "a")

    found = shared_conditions({"Hill": [condition("Watch it."), condition("Mend it.")], "Shore": [condition("Mend  it.", "2027-02-01")]})
    assert [(c.condition.text, c.audits) for c in found] == [("Mend it.", ("Hill", "Shore")), ("Watch it.", ("Hill",))]
