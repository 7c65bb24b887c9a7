"""xAPI statements written by hand from the specification. The people, the school and its addresses are invented."""

import json
from datetime import date

import pytest

from audit.errors import ChecklistError
from audit.evidence import caliper, case, cmi5, qti, xapi
from audit.evidence.specimen import Problems, Specimen

TODAY = date(2026, 11, 22)
ACCOUNT = {"homePage": "https://sis.example.org", "name": "7c1e0a"}
CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"


def statement(n=1, **more):
    return {
        "id": f"12345678-1234-5678-1234-{n:012x}", "actor": {"objectType": "Agent", "account": dict(ACCOUNT)},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en-US": "completed"}},
        "object": {"id": "https://tool.example.org/lessons/4", "definition": {"name": {"en-US": "Fractions"}, "type": "http://adlnet.gov/expapi/activities/lesson"}},
        "timestamp": "2026-10-15T10:15:00Z", **more,
    }


def looked(tmp_path, tree, name="statements.json"):
    path = tmp_path / name
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree), encoding="utf-8")
    specimen, problems = Specimen(path, TODAY), Problems()
    facts = xapi.check(specimen, problems) if xapi.recognises(specimen) else None
    return facts, problems


def rules(problems, level="error"):
    return {problem.rule for problem in problems.kept if problem.level == level}


def test_a_statement_as_the_standard_wants_it_has_no_problems(tmp_path):
    full = statement(
        2, version="2.0.0", result={"score": {"scaled": 0.8, "raw": 8, "min": 0, "max": 10}, "success": True, "completion": True, "duration": "PT4M30.5S"},
        context={
            "registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7", "language": "en-US", "platform": "Tool",
            "contextActivities": {"parent": [{"id": "https://tool.example.org/courses/1"}], "category": {"id": "https://tool.example.org/profile"}},
        },
        authority={"objectType": "Agent", "mbox": "mailto:lrs@vendor-record-store.com"},
    )
    facts, problems = looked(tmp_path, [statement(), full])
    assert problems.kept == []
    assert facts == {
        "statements": 2, "cmi5_statements": 0, "verbs": ["http://adlnet.gov/expapi/verbs/completed"], "identifiers": ["account"], "version": "2.0.0",
    }


@pytest.mark.parametrize("name", ["actor", "verb", "object"])
def test_each_required_member_is_missed_at_its_path(tmp_path, name):
    broken = statement(2)
    del broken[name]
    _, problems = looked(tmp_path, [statement(), broken])
    assert [(p.rule, p.where) for p in problems.kept] == [(f"statement.{name}", f"$[1].{name}")]


@pytest.mark.parametrize(("actor", "rule"), [
    ({}, "actor.identifier"), ({"name": "Ada Invented"}, "actor.identifier"), ({"mbox": "mailto:a@example.org", "account": ACCOUNT}, "actor.identifier"),
    ({"mbox": "a@example.org"}, "actor.mbox"), ({"mbox": "mailto:"}, "actor.mbox"), ({"mbox_sha1sum": "abc"}, "actor.mbox_sha1sum"),
    ({"openid": "ada"}, "actor.openid"), ({"account": {"name": "1"}}, "account.homePage"), ({"account": {"homePage": "https://sis.example.org"}}, "account.name"),
    ({"account": {**ACCOUNT, "grade": 4}}, "account.member"), ({"account": "7c1e0a"}, "account"), ({"account": ACCOUNT, "objectType": "Person"}, "actor.objectType"),
    ({"account": ACCOUNT, "grade": 4}, "actor.member"), ({"objectType": "Group"}, "actor.identifier"), ({"objectType": "Group", "member": [{}]}, "actor.identifier"),
    ({"objectType": "Group", "member": {}}, "actor.member"), ("ada", "actor"),
])
def test_an_actor_has_one_identifier_of_the_right_form(tmp_path, actor, rule):
    assert rule in rules(looked(tmp_path, statement(actor=actor))[1])


def test_a_group_may_be_its_members(tmp_path):
    assert looked(tmp_path, statement(actor={"objectType": "Group", "name": "Table 4", "member": [{"account": ACCOUNT}]}))[1].kept == []


@pytest.mark.parametrize(("more", "rule"), [
    ({"id": "1"}, "statement.id"), ({"verb": {"id": "completed"}}, "verb.id"), ({"verb": {"display": {}}}, "verb.id"), ({"verb": "completed"}, "verb"),
    ({"verb": {"id": "urn:x:done", "display": {"american english": "done"}}}, "verb.display"), ({"object": {"id": "lesson 4"}}, "object.id"), ({"object": {}}, "object.id"),
    ({"object": {"objectType": "StatementRef", "id": "x"}}, "object.id"), ({"object": {"objectType": "Thing", "id": "urn:x:1"}}, "object.objectType"),
    ({"timestamp": "2026-10-15T10:15:00"}, "statement.timestamp"), ({"timestamp": "2026-10-15T10:15:00-00:00"}, "statement.timestamp"), ({"timestamp": 3}, "statement.timestamp"),
    ({"version": "3.0"}, "statement.version"), ({"mood": 1}, "statement.member"), ({"result": {"score": {"scaled": 1.5}}}, "score.scaled"),
    ({"result": {"score": {"raw": 11, "max": 10}}}, "score.raw"), ({"result": {"score": {"min": 5, "max": 5}}}, "score.min"), ({"result": {"score": {"raw": True}}}, "score.raw"),
    ({"result": {"success": "yes"}}, "result.success"), ({"result": {"duration": "4 minutes"}}, "result.duration"), ({"result": {"duration": "P"}}, "result.duration"),
    ({"result": None}, "statement.result"), ({"context": {"registration": "1"}}, "context.registration"), ({"context": {"contextActivities": {"mother": []}}}, "contextActivities.member"),
    ({"context": {"contextActivities": {"parent": [{"id": "x"}]}}}, "object.id"), ({"context": {"contextActivities": {"parent": 3}}}, "contextActivities.parent"),
    ({"object": {"objectType": "Agent", "account": ACCOUNT}, "context": {"platform": "Tool"}}, "context.platform"), ({"context": {"language": "American"*3}}, "context.language"),
    ({"object": {"objectType": "SubStatement", "id": "x"}}, "object.member"), ({"attachments": [{"usageType": "urn:x:1"}]}, "attachment.sha2"),
    ({"context": {"contextAgents": [{"objectType": "contextAgent"}]}}, "contextAgents.agent"),
])
def test_a_statement_of_the_wrong_form_is_an_error(tmp_path, more, rule):
    assert rule in rules(looked(tmp_path, statement(**more))[1])


def test_a_statement_within_a_statement_has_no_other_within(tmp_path):
    inner = {"objectType": "SubStatement", **{name: statement()[name] for name in ("actor", "verb", "object", "timestamp")}}
    assert looked(tmp_path, statement(object=inner))[1].kept == []
    assert rules(looked(tmp_path, statement(object={**inner, "object": inner}))[1]) == {"object.objectType"}


def test_the_same_id_twice_is_an_error_and_none_is_a_warning(tmp_path):
    assert rules(looked(tmp_path, [statement(), statement()])[1]) == {"statement.id"}
    bare = statement()
    del bare["id"], bare["timestamp"]
    assert rules(looked(tmp_path, [bare, bare])[1], "warning") == {"statement.id", "statement.timestamp"}


@pytest.mark.parametrize(("actor", "facts"), [
    ({"mbox": "mailto:ada@school.example.org"}, {"requests_email": True}), ({"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"}, {}),
    ({"account": ACCOUNT, "name": "Ada Invented"}, {"requests_names": True}), ({"account": {**ACCOUNT, "name": "ada@example.org"}}, {"requests_email": True}),
])
def test_what_tells_who_a_person_is_is_a_warning_and_a_fact(tmp_path, actor, facts):
    found, problems = looked(tmp_path, statement(actor=actor))
    assert rules(problems, "warning") == {"person.pseudonym"}
    assert problems.counts["personal"] == problems.counts["error"] == 0
    assert {name: value for name, value in found.items() if name.startswith("requests")} == facts


@pytest.mark.parametrize("more", [
    {"actor": {"mbox": "mailto:jordan.avery@oakhill-k12.us"}}, {"result": {"response": "write to jordan.avery@oakhill-k12.us"}},
    {"context": {"instructor": {"mbox": "mailto:jordan.avery@oakhill-k12.us"}}}, {"result": {"response": "my number is (614) 292-6446"}},
])
def test_what_looks_real_refuses_the_file_and_is_not_repeated(tmp_path, more):
    _, problems = looked(tmp_path, statement(**more))
    assert problems.counts["personal"] == 1
    assert not any(text in p.what + p.where + p.fix for p in problems.listed() for text in ("oakhill", "292"))


def test_a_statement_that_claims_cmi5_is_held_to_it(tmp_path):
    context = {
        "registration": "ec531277-b57b-4c15-8d91-d292c5b2b8f7", "contextActivities": {"category": [{"id": CMI5}]},
        "extensions": {"https://w3id.org/xapi/cmi5/context/extensions/sessionid": "s1"},
    }
    facts, problems = looked(tmp_path, statement(context=context))
    assert (facts["cmi5_statements"], problems.kept) == (1, [])
    del context["registration"]
    _, problems = looked(tmp_path, statement(context=context, actor={"mbox": "mailto:ada@example.org"}))
    assert rules(problems) == {"cmi5.actor", "cmi5.members"}


def test_a_result_of_statements_and_json_lines_are_read(tmp_path):
    facts, problems = looked(tmp_path, {"statements": [statement()], "more": ""})
    assert (facts["statements"], problems.kept) == (1, [])
    lines = "\ufeff" + "\n".join((json.dumps(statement(1)), json.dumps(statement(2)), "{", json.dumps(statement(3, mood=1)))) + "\n"
    facts, problems = looked(tmp_path, lines, "statements.jsonl")
    assert facts["statements"] == 3
    assert [(p.rule, p.where) for p in problems.kept] == [("lines.json", "line 3"), ("statement.member", "line 4 $")]


def test_a_file_that_is_no_json_cannot_be_checked(tmp_path):
    path = tmp_path / "statements.json"
    path.write_text("actor, verb, object\n1, 2, 3\n", encoding="utf-8")
    with pytest.raises(ChecklistError, match="not valid JSON"):
        xapi.check(Specimen(path, TODAY), Problems())


@pytest.mark.parametrize("tree", [
    {"actor": None, "verb": 3, "object": []}, {"statements": [None, 1, "x", {}]}, [statement(), None, 7, []],
    statement(result={"score": {"scaled": 10**350, "raw": "x", "min": [], "max": {}}}), statement(context={"contextActivities": {"parent": [None]}, "team": [], "registration": {}}),
    statement(actor={"objectType": [], "account": [], "mbox": {}, "member": 3, "name": 4, "mbox_sha1sum": 1, "openid": []}), statement(attachments=[1, {}]),
    statement(verb={"id": "urn:x:\u0007", "display": {"\u202e\u0007": 1}}), statement(object={"objectType": {}, "id": []}, **{"\u0007\u202e": 1}),
])
def test_any_shape_is_errors_and_never_a_traceback(tmp_path, tree):
    _, problems = looked(tmp_path, tree)
    assert problems.counts["error"] > 0
    assert not any(ord(c) < 32 for p in problems.listed() for c in p.where + p.what)


@pytest.mark.parametrize("text", ["[]", "{}", '{"statements": 3}', "not json", "", '{"verb": {}}', '{"statements": [], "title": ""}', "[3]"])
def test_other_files_are_not_claimed(tmp_path, text):
    assert looked(tmp_path, text)[0] is None


def test_no_other_checker_claims_a_statement(tmp_path):
    looked(tmp_path, statement())
    specimen = Specimen(tmp_path / "statements.json", TODAY)
    assert [module.__name__ for module in (case, qti, caliper, cmi5) if module.recognises(specimen)] == []
