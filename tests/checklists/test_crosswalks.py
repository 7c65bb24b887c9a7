"""The shipped maps to other frameworks, and the shipped rules on contradictions. Frameworks' identifiers are typed in here from their own tables."""

import datetime as dt
from itertools import pairwise

import pytest

from audit.checklists import Profile, contradiction_rules, find_contradictions, load_checklists
from audit.checklists.answers import Answered
from audit.checklists.foreign import ForeignAnswer, carry, load_crosswalk
from audit.checklists.judge import Papers, documentary_findings
from audit.checklists.rules import is_good
from audit.errors import ChecklistError
from audit.library import read_toml, shipped
from audit.plan import INDICATORS
from audit.records import Answer, EvidenceFile, FileCheck, Filed
from tests.test_suppression import a_disparity

TODAY = dt.date(2026, 11, 30)
LISTS = load_checklists(INDICATORS, (), shipped("checklists"))
CRITERIA = {c.id: c for checklist in LISTS for c in checklist.criteria}
RULES = {rule.id: rule for rule in contradiction_rules()}

COUNTS = {"GOVERN": (7, 3, 2, 3, 2, 2), "MAP": (6, 3, 5, 2, 2), "MEASURE": (3, 13, 3, 3), "MANAGE": (4, 4, 2, 3)}
"""NIST AI 100-1, tables 1 to 4: subcategories in each category, 72 in all."""
ANNEX_A = {
    "A.2": (2, 3, 4), "A.3": (2, 3), "A.4": (2, 3, 4, 5, 6), "A.5": (2, 3, 4, 5), "A.6.1": (2, 3), "A.6.2": (2, 3, 4, 5, 6, 7, 8), "A.7": (2, 3, 4, 5, 6),
    "A.8": (2, 3, 4, 5), "A.9": (2, 3, 4), "A.10": (2, 3, 4),
}
"""ISO/IEC 42001:2023, Annex A: 38 controls; the number 1 is each objective itself."""
REFERENCES = {
    "nist-ai-rmf": [f"{function} {i}.{j}" for function, counts in COUNTS.items() for i, n in enumerate(counts, 1) for j in range(1, n + 1)],
    "nist-genai-profile": [f"2.{n}" for n in range(1, 13)],
    "nist-privacy-framework": [
        "ID.IM-P", "ID.BE-P", "ID.RA-P", "ID.DE-P", "GV.PO-P", "GV.RM-P", "GV.AT-P", "GV.MT-P", "CT.PO-P", "CT.DM-P", "CT.DP-P", "CM.PO-P", "CM.AW-P",
        "PR.PO-P", "PR.AC-P", "PR.DS-P", "PR.MA-P", "PR.PT-P",
    ],
    "ai-bill-of-rights": [
        "Safe and effective systems", "Algorithmic discrimination protections", "Data privacy", "Notice and explanation",
        "Human alternatives, consideration, and fallback",
    ],
    "edsafe-safe": ["Safety", "Accountability", "Fairness and transparency", "Efficacy"],
    "five-quality-indicators": ["Safe", "Evidence-based", "Inclusive", "Usable", "Interoperable"],
    "k12-genai-readiness": ["Executive leadership", "Operational", "Data", "Technical", "Security", "Legal and risk management"],
    "iso-42001": ["6.1.2", "6.1.3", "6.1.4", "7.2", "7.3", *(f"{objective}.{n}" for objective, numbers in ANNEX_A.items() for n in numbers)],
    "openacr": ["issued", "product_version", "coverage", "a_score", "aa_score", "blockers"],
}
WHOLE = ("nist-genai-profile", "ai-bill-of-rights", "edsafe-safe", "five-quality-indicators", "k12-genai-readiness")
"""Those of which every reference stands in the map, also one that none of our questions speaks to."""
FACTS = {
    "requests_demographics": "yes_no", "requests_email": "yes_no", "requests_names": "yes_no", "private_keys": "number", "weak_keys": "number",
    "https_only": "yes_no", "coverage": "number", "a_score": "number", "aa_score": "number", "a_blockers": "number", "export_fee": "yes_no",
    "self_service": "yes_no", "deprovisions": "yes_no",
}
"""The shared facts that a rule may rest on (docs/evidence.md), by what they hold."""


def a_crosswalk(name):
    return load_crosswalk(shipped("checklists") / "crosswalks" / f"{name}.toml", ChecklistError)


def a_file(**facts):
    return EvidenceFile(FileCheck("a.json", "0" * 64, 1, "openacr", "A file", (), 0, 0, 0, facts), Filed("a.json"), None, expired=False)


def found(answers, *, disparities=(), **facts):
    """The ids of the rules that speak where these answers were given, beside a file with these facts."""
    answered = Answered({name: Answer(answer) for name, answer in answers.items()})
    return [c.rule for c in find_contradictions(CRITERIA, answered, {"a.json": a_file(**facts)} if facts else {}, disparities, TODAY)]


def a_comparison(**fields):
    return [a_disparity("race", "black", "white", "selection_rate", estimate=-0.1, items=60, responses=60, missing=0, by={"race": "black"}, **fields)]


def test_the_references_typed_in_here_are_as_many_as_their_frameworks_have():
    assert len(REFERENCES["nist-ai-rmf"]) == 72
    assert len(REFERENCES["nist-privacy-framework"]) == 18
    assert sum(len(numbers) for numbers in ANNEX_A.values()) == 38


@pytest.mark.parametrize("name", REFERENCES)
class TestAShippedMap:
    def test_it_says_what_it_maps_in_which_edition_from_when_and_that_the_reading_is_our_own(self, name):
        walk = a_crosswalk(name)
        assert walk.id == name
        assert walk.as_of == "2026-11-22"
        assert walk.edition
        assert "this project's own" in walk.about

    def test_its_references_exist_stand_in_their_own_order_and_appear_once(self, name):
        refs = [entry.ref for entry in a_crosswalk(name).entries]
        assert set(refs) <= set(REFERENCES[name])
        assert all(REFERENCES[name].index(one) < REFERENCES[name].index(other) for one, other in pairwise(refs))
        assert name not in WHOLE or refs == REFERENCES[name]

    def test_it_names_only_questions_that_exist_each_once_in_a_reference(self, name):
        for entry in a_crosswalk(name).entries:
            assert set(entry.criteria) <= set(CRITERIA), entry.ref
            assert len(set(entry.criteria)) == len(entry.criteria), entry.ref

    def test_a_reference_without_a_question_says_so_and_every_reference_says_what_it_asks(self, name):
        for entry in a_crosswalk(name).entries:
            assert 10 < len(entry.about) < 160, entry.ref
            assert bool(entry.criteria) != entry.about.endswith("not asked here"), entry.ref

    def test_it_uses_none_of_the_words_that_our_findings_do_not_use(self, name):
        text = (shipped("checklists") / "crosswalks" / f"{name}.toml").read_text(encoding="utf-8").casefold()
        assert not any(word in text for word in ("biased", "unfair", "violat", "illegal", "compliant"))


def test_every_question_stands_under_the_quality_indicator_of_its_checklist_and_under_no_other():
    placed = [(entry.ref.casefold(), name) for entry in a_crosswalk("five-quality-indicators").entries for name in entry.criteria]
    assert sorted(placed) == sorted((c.indicator, c.id) for c in CRITERIA.values())


def test_the_measured_differences_stand_where_nist_asks_for_them():
    entries = {entry.ref: entry.criteria for entry in a_crosswalk("nist-ai-rmf").entries}
    assert "inclusive-measured-outcomes" in entries["MEASURE 2.11"]
    assert "safe-off-switch" in entries["MANAGE 2.4"]
    assert "safe-risk-management" in entries["GOVERN 1.4"]


def test_only_the_accessibility_report_carries_answers():
    for name in REFERENCES:
        assert all(entry.carries is None for entry in a_crosswalk(name).entries) or name == "openacr"


def test_an_accessibility_report_answers_its_date_and_its_coverage_and_leaves_the_rest_to_a_person():
    given = [
        ForeignAnswer("issued", "2026-05-01", where="$.report_date"), ForeignAnswer("coverage", "96.4"), ForeignAnswer("aa_score", "88.5"),
        ForeignAnswer("blockers", "1.4.3"), ForeignAnswer("product_version", "4.2"),
    ]
    carried, left = carry(given, a_crosswalk("openacr"), CRITERIA, "OpenACR")
    assert {one.criterion: one.answer for one in carried} == {"inclusive-report-date": "2026-05-01", "inclusive-report-coverage": "96.4"}
    assert [one.ref for one in left] == ["aa_score", "blockers", "blockers", "product_version"]


def test_there_is_one_edition_of_the_rules_with_ids_of_their_own():
    raw = read_toml(shipped("checklists") / "contradictions.toml", ChecklistError, "rules")
    assert raw["edition"] == "2026-11-22"
    assert 25 <= len(raw["rules"]) == len(RULES) <= 40


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
class TestAShippedRule:
    def test_it_is_about_a_question_that_people_answer_and_an_answer_that_it_takes(self, rule):
        assert CRITERIA[rule.criterion].answer != "measured"
        assert not rule.answer or possible(rule.criterion, rule.answer)

    def test_its_other_side_can_be_so(self, rule):
        if rule.other is not None:
            assert rule.other.criterion != rule.criterion
            assert possible(rule.other.criterion, rule.other.answer)
        if rule.evidence is not None:
            ops = [one for one in (rule.evidence.equal, rule.evidence.at_least, rule.evidence.at_most, rule.evidence.below_answer_by) if one is not None]
            assert len(ops) == 1
            assert isinstance(ops[0], bool) == (FACTS[rule.evidence.fact] == "yes_no")
            assert rule.evidence.below_answer_by is None or CRITERIA[rule.criterion].answer == "number"

    def test_only_a_file_settles_that_an_answer_is_not_met(self, rule):
        assert rule.outcome == "inconclusive" or rule.evidence is not None

    def test_it_would_change_an_answer_that_is_otherwise_good(self, rule):
        if rule.answer:
            assert is_good(CRITERIA[rule.criterion], rule.answer, TODAY)[0]

    def test_its_sentence_names_both_sides_without_accusing_anybody_and_ends_open_for_the_file_name(self, rule):
        assert rule.because.startswith("The answer ")
        assert rule.because[-1].isalnum()
        assert rule.because.count(". ") == 0
        assert not any(word in rule.because.casefold() for word in ("lie", "false", "wrong", "mislead", "violat", "biased", "fail"))
        side = ("another answer",) if rule.other else ("this audit measured",) if rule.measured else ("the file", "the scim file", "manifest", "the report")
        assert any(one in rule.because.casefold() for one in side)


def possible(criterion, answer):
    """Whether people can give this answer to this question."""
    if answer == "not applicable":
        return CRITERIA[criterion].not_applicable_ok
    try:
        is_good(CRITERIA[criterion], answer, TODAY)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(("answers", "facts", "rules"), [
    ({"safe-demographics": "No"}, {"requests_demographics": True}, ["demographics-requested"]),
    ({"safe-demographics": "no"}, {"requests_demographics": False}, []),
    ({"safe-demographics": "yes"}, {"requests_demographics": True}, []),
    ({"interoperable-least-data": "yes"}, {"requests_email": True, "requests_names": False}, ["least-data-email"]),
    ({"interoperable-signing-keys": "yes"}, {"private_keys": 0, "weak_keys": 0}, []),
    ({"interoperable-signing-keys": "yes"}, {"private_keys": 1, "weak_keys": 2}, ["private-key-shown", "weak-key"]),
    ({"interoperable-signing-keys": "no"}, {"private_keys": 1}, []),
    ({"safe-encryption-transit": "1.2"}, {"https_only": False}, ["address-without-encryption"]),
    ({"safe-encryption-transit": "1.2"}, {"https_only": True}, []),
    ({"inclusive-report-coverage": "96 percent"}, {"coverage": 94.9}, ["coverage-by-report"]),
    ({"inclusive-report-coverage": "96"}, {"coverage": 95.2}, []),
    ({"inclusive-report-coverage": "90"}, {"coverage": 100}, []),
    ({"inclusive-wcag-aa": "Meets it in full"}, {"a_score": 100, "aa_score": 97.9}, ["full-aa-level-aa-score"]),
    ({"inclusive-wcag-aa": "meets it in full"}, {"a_score": 100, "aa_score": 100.0}, []),
    ({"inclusive-level-a-barriers": "yes"}, {"a_blockers": 0, "blockers": ["1.4.3"]}, []),
    ({"interoperable-export-fee": "no", "interoperable-export": "yes"}, {"export_fee": True}, ["export-fee-in-manifest", "export-costs-by-manifest"]),
    ({"interoperable-export": "yes"}, {"self_service": False}, ["export-on-request-only"]),
    ({"interoperable-deprovisioning": "yes"}, {"deprovisions": False}, ["accounts-stay-on"]),
])
def test_a_file_speaks_against_an_answer_only_where_it_does(answers, facts, rules):
    assert found(answers, **facts) == rules


@pytest.mark.parametrize(("answers", "rules"), [
    ({"safe-no-training": "yes", "safe-product-improvement": "student content linked to students"}, ["training-and-improvement"]),
    ({"safe-no-training": "yes", "safe-product-improvement": "no student content"}, []),
    ({"safe-flow-down": "no", "safe-no-training": "yes"}, ["training-down-the-line"]),
    ({"safe-flow-down": "no", "safe-no-training": "no"}, []),
    ({"evidence-based-version-pinned": "yes", "safe-model-named": "not applicable"}, ["pinned-without-a-model"]),
    ({"evidence-based-version-pinned": "yes", "safe-model-named": "model Otter 3 of 2026-05-01, hosted by the vendor"}, []),
    ({"evidence-based-tier": "tier 2 (moderate)", "evidence-based-independent": "no study"}, ["tier-2-without-study"]),
    ({"evidence-based-tier": "tier 4 (rationale)", "evidence-based-independent": "no study"}, []),
    ({"inclusive-keyboard": "no", "inclusive-level-a-barriers": "yes", "inclusive-wcag-aa": "meets it in full"}, ["level-a-and-keyboard", "full-aa-and-keyboard"]),
    ({"safe-ppra-topics": "no", "safe-emotion-inference": "yes"}, ["moods-and-protected-topics"]),
])
def test_answers_contradict_each_other_only_where_they_do(answers, rules):
    assert found(answers) == rules


@pytest.mark.parametrize(("fields", "rules"), [
    ({"outcome": "gap_found"}, ["tested-and-measured"]),
    ({"outcome": "gap_found", "negative_control": True}, []),
    ({"outcome": "gap_found", "family": "exploratory"}, []),
    ({"outcome": "inconclusive"}, []),
])
def test_a_measured_difference_is_held_beside_the_vendors_own_testing(fields, rules):
    assert found({"inclusive-vendor-group-testing": "yes"}, disparities=a_comparison(**fields)) == rules


def test_a_private_key_in_a_file_turns_the_finding_and_a_slower_export_leaves_it_open():
    answered = Answered({"interoperable-signing-keys": Answer("yes"), "interoperable-export": Answer("yes")})
    file = a_file(private_keys=1, self_service=False)
    papers = Papers({"a.json": file}, find_contradictions(CRITERIA, answered, {"a.json": file}, (), TODAY))
    findings = {f.criterion: f for f in documentary_findings(LISTS, answered, profile=Profile(), papers=papers, today=TODAY)}
    assert findings["interoperable-signing-keys"].outcome == "not_met"
    assert findings["interoperable-export"].outcome == "inconclusive"
    assert "the file holds one" in findings["interoperable-signing-keys"].because
