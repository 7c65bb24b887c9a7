"""The ladder of assurance, the register of evidence, and what speaks against an answer."""


import json

import pytest
import tomli_w

from audit.checklists import Answered, Checklist, contradiction_rules, find_contradictions, registered
from audit.checklists.contradictions import OfEvidence, Rule, _speaks
from audit.records import Answer, EvidenceFile, FileCheck, Filed, Problem
from tests.builders import a_criterion
from tests.checklists.lists import TODAY, findings_of

LIST = Checklist("safe", "Safe", "1", (
    a_criterion(id="keys", checked_by=("jwks",)), a_criterion(id="paper", answer="date", good="within 12 months"),
    a_criterion(id="until", answer="date", good="in the future"), a_criterion(id="plain"),
))


def a_check(*, kind="jwks", errors=(), warnings=0, **facts):
    problems = tuple(Problem("error", "r", where, "it is wrong") for where in errors)
    return FileCheck("f.json", "0" * 64, 10, kind, "JSON Web Key Set", problems, len(errors), warnings, 0, facts)


def a_folder(tmp_path, answers, register=None, files=("f.pdf", "f.json"), content=b"x"):
    (tmp_path / "evidence").mkdir(exist_ok=True)
    for name in files:
        (tmp_path / "evidence" / name).write_bytes(content)
    path = tmp_path / "answers.toml"
    path.write_text(tomli_w.dumps({"answers": answers, "evidence": register or {}}), encoding="utf-8")
    return path


def finding(tmp_path, name, answer, register=None, **more):
    path = a_folder(tmp_path, {name: answer}, register)
    return findings_of(tmp_path, path, evidence=tmp_path / "evidence", checklist=LIST, **more)[name]


CERTIFICATE = {"what": "certificate", "issuer": "A registrar", "number": "12-3", "issued": "2026-01-01", "expires": "2027-01-01"}


@pytest.mark.parametrize(("evidence", "register", "rung"), [
    ("", None, "claimed"), ("Clause 3", None, "documented"), ("https://example.org/x", None, "documented"), ("f.pdf", None, "supplied"),
    ("f.pdf", CERTIFICATE, "certified"), ("f.pdf", CERTIFICATE | {"issuer": "Acme"}, "supplied"), ("f.pdf", CERTIFICATE | {"issuer": ""}, "supplied"),
    ("f.pdf", CERTIFICATE | {"number": ""}, "supplied"), ("f.pdf", CERTIFICATE | {"expires": ""}, "supplied"), ("f.pdf", CERTIFICATE | {"what": "report"}, "supplied"),
    ("Clause 3\nf.pdf", None, "supplied"),
])
def test_the_ladder(tmp_path, evidence, register, rung):
    """A vendor's own certificate is no third party's, whatever it is called."""
    found = finding(tmp_path, "plain", {"answer": "yes", "evidence": evidence}, {"f.pdf": register} if register else None, vendor="Acme")
    assert (found.outcome, found.assurance) == ("met", rung)


def test_a_file_that_its_checker_finds_clean_validates_only_what_it_can_prove(tmp_path):
    key = {"kty": "EC", "crv": "P-256", "kid": "a", "use": "sig", "alg": "ES256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}
    keys = json.dumps({"keys": [key]}).encode()
    path = a_folder(tmp_path, {"keys": {"answer": "yes", "evidence": "f.json"}, "plain": {"answer": "yes", "evidence": "f.json"}}, content=keys)
    found = findings_of(tmp_path, path, evidence=tmp_path / "evidence", checklist=LIST)
    assert (found["keys"].assurance, found["plain"].assurance) == ("validated", "supplied")
    assert found["keys"].evidence[0].checked.startswith("JSON Web Key Set")


def test_a_file_that_fails_its_check_makes_a_yes_not_met_and_an_unchecked_one_says_nothing(tmp_path):
    path = a_folder(tmp_path, {"keys": {"answer": "yes", "evidence": "f.json"}, "plain": {"answer": "yes", "evidence": "f.json"}}, content=b'{"keys": []}')
    found = findings_of(tmp_path, path, evidence=tmp_path / "evidence", checklist=LIST)
    assert (found["keys"].outcome, found["keys"].assurance) == ("not_met", "supplied")
    assert "The file f.json does not bear it out" in found["keys"].because
    assert found["plain"].outcome == "met"


def test_an_expired_paper_does_not_carry_an_answer(tmp_path):
    found = finding(tmp_path, "plain", {"answer": "yes", "evidence": "f.pdf"}, {"f.pdf": {"what": "agreement", "issued": "2020-01-01", "expires": "2026-11-29"}})
    assert (found.outcome, found.assurance) == ("not_met", "supplied")
    assert "it expired on 2026-11-29" in found.because
    good = finding(tmp_path, "plain", {"answer": "yes", "evidence": "f.pdf"}, {"f.pdf": {"what": "agreement", "issued": "2020-01-01", "expires": "2026-11-30"}})
    assert good.outcome == "met"


def test_a_wrong_entry_of_the_register_counts_behind_other_faults_of_the_file(tmp_path):
    path = a_folder(tmp_path, {"plain": {"answer": "yes", "evidence": "f.json"}}, {"f.json": {"issued": "2027-05-01"}}, content=b'{"keys": []}')
    found = findings_of(tmp_path, path, evidence=tmp_path / "evidence", checklist=LIST)["plain"]
    assert found.outcome == "not_met"
    assert "lies in the future" in found.because


def test_a_bad_paper_never_makes_a_bad_answer_better(tmp_path):
    found = finding(tmp_path, "plain", {"answer": "no", "evidence": "f.pdf"}, {"f.pdf": {"expires": "2020-01-01"}})
    assert found.outcome == "not_met"


def test_a_date_that_is_not_the_papers_does_not_fit_together(tmp_path):
    register = {"f.pdf": {"what": "report", "issuer": "X", "issued": "2026-03-01", "expires": "2027-06-30"}}
    assert finding(tmp_path, "paper", {"answer": "2026-03-01", "evidence": "f.pdf"}, register).outcome == "met"
    found = finding(tmp_path, "paper", {"answer": "2026-08-01", "evidence": "f.pdf"}, register)
    assert (found.outcome, found.contradictions) == ("inconclusive", ("The answer says 2026-08-01, and the file is of 2026-03-01 (file f.pdf)",))
    assert finding(tmp_path, "until", {"answer": "2027-06-30", "evidence": "f.pdf"}, register).outcome == "met"
    assert finding(tmp_path, "until", {"answer": "2028-06-30", "evidence": "f.pdf"}, register).outcome == "inconclusive"


# ---------------------------------------------------------------- the register


def problems(check=None, **fields):
    file = registered(check or a_check(), Filed(file="f", **fields), "Acme", "2.1", TODAY)
    return {p.rule for p in file.check.problems if p.rule.startswith("register.")}, file


@pytest.mark.parametrize(("fields", "rules"), [
    ({"what": "agreement", "issuer": "Lakeside and ACME Inc", "issued": "2026-01-01"}, set()), ({"what": "agreement", "issuer": "Lakeside", "issued": "2026-01-01"}, {"register.party"}),
    ({"what": "agreement", "issuer": "Acme"}, {"register.date"}), ({"what": "report", "issuer": "X", "issued": "2024-11-30"}, set()),
    ({"what": "report", "issuer": "X", "issued": "2024-10-29"}, {"register.old"}), ({"what": "report", "issued": "2026-01-01", "version": "1.9"}, {"register.version"}),
    ({"what": "report", "issued": "2026-01-01", "version": "2"}, set()), ({"what": "certificate"}, {"register.issuer", "register.number", "register.expires"}),
    ({"issued": "2026-12-01"}, {"register.issued"}), ({"received": "2026-12-01"}, {"register.received"}), ({"issued": "2026-02-01", "expires": "2026-01-01"}, {"register.dates", "register.expired"}),
    ({"expires": "2026-11-29"}, {"register.expired"}), ({"expires": "2026-11-30"}, set()), ({}, set()),
])
def test_what_the_register_says_is_held_against_the_tool_the_day_and_itself(fields, rules):
    assert problems(**fields)[0] == rules


def test_the_earlier_of_two_ends_counts():
    _, file = problems(check=a_check(valid_until="2026-12-31"), expires="2027-12-31")
    assert (file.expires, file.expired) == ("2026-12-31", False)
    _, file = problems(check=a_check(valid_until="2026-11-01"))
    assert (file.expires, file.expired) == ("2026-11-01", True)
    assert problems()[1].expires is None


# ---------------------------------------------------------------- contradictions


@pytest.mark.parametrize(("side", "fact", "answer", "speaks"), [
    (OfEvidence("x", equal=True), True, "no", True), (OfEvidence("x", equal=True), False, "no", False), (OfEvidence("x", at_least=1), 1, "yes", True),
    (OfEvidence("x", at_least=1), 0, "yes", False), (OfEvidence("x", at_least=1), True, "yes", False), (OfEvidence("x", at_most=5), 5.0, "yes", True),
    (OfEvidence("x", below_answer_by=2), 90, "95", True), (OfEvidence("x", below_answer_by=2), 94, "95", False), (OfEvidence("x", below_answer_by=2), 90, "most", False),
    (OfEvidence("x", at_least=1), "many", "yes", False),
])
def test_when_a_fact_of_a_file_speaks_against_an_answer(side, fact, answer, speaks):
    assert _speaks(side, fact, Answer(answer)) is speaks


def a_file(**facts):
    return EvidenceFile(a_check(**facts), Filed("f"), None, expired=False)


def test_demographics_no_beside_scopes_that_ask_for_them_is_found():
    criteria = {"safe-demographics": a_criterion(id="safe-demographics", good="no")}
    said = Answered({"safe-demographics": Answer("no")})
    (found,) = find_contradictions(criteria, said, {"scopes.json": a_file(requests_demographics=True)}, (), TODAY)
    assert (found.criterion, found.against) == ("safe-demographics", "evidence")
    assert "scopes.json" in found.because
    assert find_contradictions(criteria, said, {"scopes.json": a_file(requests_demographics=False)}, (), TODAY) == []
    assert find_contradictions(criteria, Answered({"safe-demographics": Answer("yes")}), {"scopes.json": a_file(requests_demographics=True)}, (), TODAY) == []


def test_every_shipped_rule_has_one_side_and_a_sentence():
    rules = contradiction_rules()
    assert len({r.id for r in rules}) == len(rules) >= 20
    assert all(isinstance(r, Rule) and r.because for r in rules)
    assert {bool(r.evidence) + bool(r.measured) + bool(r.other) for r in rules} == {1}
