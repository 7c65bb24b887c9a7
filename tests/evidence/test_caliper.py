"""Caliper envelopes written by hand from the specification. The people, the school and its addresses are invented."""

import json
from datetime import date

import pytest

from audit.evidence import caliper, case, cmi5, qti, xapi
from audit.evidence.specimen import Problems, Specimen

TODAY = date(2026, 11, 22)
CONTEXT = "http://purl.imsglobal.org/ctx/caliper/v1p2"
PERSON = "https://lms.example.org/users/7c1e0a"


def event(n=1, **more):
    return {
        "@context": CONTEXT, "id": f"urn:uuid:3a648e68-f00d-4c08-aa59-{n:012x}", "type": "AssessmentEvent", "profile": "AssessmentProfile",
        "actor": {"id": PERSON, "type": "Person"}, "action": "Started", "object": {"id": "https://lms.example.org/quiz/1", "type": "Assessment"},
        "eventTime": "2026-10-15T10:15:00.000Z", "edApp": "https://tool.example.org", **more,
    }


def envelope(*data, **more):
    return {"sensor": "https://tool.example.org/sensors/1", "sendTime": "2026-10-15T11:05:01.000Z", "dataVersion": CONTEXT, "data": list(data), **more}


def looked(tmp_path, tree, name="events.json"):
    path = tmp_path / name
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree), encoding="utf-8")
    specimen, problems = Specimen(path, TODAY), Problems()
    facts = caliper.check(specimen, problems) if caliper.recognises(specimen) else None
    return facts, problems


def rules(problems, level="error"):
    return {problem.rule for problem in problems.kept if problem.level == level}


def test_an_envelope_as_the_standard_wants_it_has_no_problems(tmp_path):
    entity = {"@context": CONTEXT, "id": "https://lms.example.org/quiz/1", "type": "Assessment", "name": "Quiz 1"}
    facts, problems = looked(tmp_path, envelope(event(), event(2, type="ViewEvent", action="Viewed", actor=PERSON), entity))
    assert problems.kept == []
    assert facts == {"events": 2, "entities": 1, "event_types": ["AssessmentEvent", "ViewEvent"], "version": "1.2"}


def test_version_1_1_asks_for_no_profile(tmp_path):
    old = "http://purl.imsglobal.org/ctx/caliper/v1p1"
    one = event(**{"@context": old})
    del one["profile"]
    facts, problems = looked(tmp_path, envelope(one, dataVersion=old))
    assert (facts["version"], problems.kept) == ("1.1", [])
    one = event()
    del one["profile"]
    assert rules(looked(tmp_path, envelope(one))[1], "warning") == {"event.profile"}


@pytest.mark.parametrize("name", ["sensor", "sendTime", "dataVersion", "data"])
def test_each_member_of_an_envelope_is_required(tmp_path, name):
    tree = envelope(event())
    del tree[name]
    assert f"envelope.{name}" in rules(looked(tmp_path, tree)[1])


@pytest.mark.parametrize("name", ["id", "type", "actor", "action", "object", "eventTime"])
def test_each_required_member_of_an_event_is_missed_at_its_path(tmp_path, name):
    one = event()
    del one[name]
    _, problems = looked(tmp_path, envelope(event(5), one))
    assert [(p.rule, p.where) for p in problems.kept if p.level == "error"] == [(f"event.{name}", f"$.data[1].{name}")]


@pytest.mark.parametrize(("more", "rule"), [
    ({"id": "3a648e68-f00d-4c08-aa59-8738e1884f2c"}, "event.id"), ({"id": "urn:uuid:1"}, "event.id"), ({"action": "Begun"}, "event.action"),
    ({"action": "Viewed"}, "event.action"), ({"type": "QuizEvent"}, "event.type"), ({"eventTime": "2026-10-15T10:15:00Z"}, "event.eventTime"),
    ({"eventTime": "2026-10-15T10:15:00.000+02:00"}, "event.eventTime"), ({"eventTime": "2026-13-15T10:15:00.000Z"}, "event.eventTime"),
    ({"actor": "student 7"}, "event.actor"), ({"actor": {"type": "Person"}}, "actor.id"), ({"object": {"id": "quiz", "type": "Assessment"}}, "object.id"),
    ({"object": [1]}, "event.object"), ({"@context": "https://schema.org"}, "event.context"), ({"@context": [CONTEXT, "https://other.example.org"]}, "event.context"),
    ({"@context": "http://purl.imsglobal.org/ctx/caliper/v1p1"}, "event.context"), ({"mood": "happy"}, "event.member"), ({"id": event(5)["id"]}, "event.id"),
])
def test_an_event_of_the_wrong_form_is_an_error(tmp_path, more, rule):
    assert rules(looked(tmp_path, envelope(event(5), event(**more)))[1]) == {rule}


@pytest.mark.parametrize(("kind", "action"), [
    ("MediaEvent", "EnabledClosedCaptioning"), ("MediaEvent", "JumpedTo"), ("SessionEvent", "LoggedIn"), ("Event", "Recommended"),
    ("ToolUseEvent", "Used"), ("GradeEvent", "Graded"), ("MessageEvent", "MarkedAsUnRead"), ("SurveyInvitationEvent", "Declined"),
])
def test_each_type_has_its_own_actions(tmp_path, kind, action):
    assert looked(tmp_path, envelope(event(type=kind, action=action)))[1].kept == []


@pytest.mark.parametrize(("more", "rule"), [
    ({"owner": 1}, "envelope.member"), ({"data": []}, "envelope.data"), ({"data": {}}, "envelope.data"), ({"data": [3]}, "data"),
    ({"sendTime": "now"}, "envelope.sendTime"), ({"dataVersion": "1.2"}, "envelope.dataVersion"),
    ({"dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p0"}, "envelope.dataVersion"),
])
def test_an_envelope_of_the_wrong_form_is_an_error(tmp_path, more, rule):
    assert rule in rules(looked(tmp_path, envelope(event(), **more))[1])


def test_an_event_without_an_envelope_is_an_error(tmp_path):
    facts, problems = looked(tmp_path, event())
    assert facts["events"] == 1
    assert rules(problems) == {"envelope"}


def test_times_that_cannot_be_are_warnings(tmp_path):
    _, problems = looked(tmp_path, envelope(event(eventTime="2026-10-15T12:00:00.000Z")))
    assert [p.what for p in problems.kept] == ["is later than the envelope's sendTime: is the clock right?"]
    late = envelope(event(eventTime="2027-10-15T12:00:00.000Z"), sendTime="2027-10-15T12:00:00.000Z")
    assert [p.what for p in looked(tmp_path, late)[1].kept] == ["lies in the future"]


@pytest.mark.parametrize(("actor", "facts"), [
    ({"id": PERSON, "type": "Person", "name": "Ada Invented"}, {"requests_names": True}),
    ({"id": "mailto:ada@school.example.org", "type": "Person"}, {"requests_email": True}),
    ("https://lms.example.org/users/ada@school.example", {"requests_email": True}),
    ({"id": PERSON, "type": "Person", "otherIdentifiers": [{"type": "SystemIdentifier", "identifierType": "EmailAddress", "identifier": "ada@example.org"}]},
     {"requests_email": True}),
    ({"id": PERSON, "type": "Person", "extensions": {"email": "ada@example.org"}}, {"requests_email": True}),
])
def test_what_tells_who_a_person_is_is_a_warning_and_a_fact(tmp_path, actor, facts):
    found, problems = looked(tmp_path, envelope(event(actor=actor)))
    assert rules(problems, "warning") == {"person.pseudonym"}
    assert problems.counts["personal"] == 0
    assert {name: value for name, value in found.items() if name.startswith("requests")} == facts
    assert not any("ada" in (p.what + p.where).lower() for p in problems.listed())


def test_people_are_found_in_other_places_than_the_actor(tmp_path):
    generated = {"id": "https://lms.example.org/a/1", "type": "Attempt", "assignee": "mailto:ada@example.org"}
    _, problems = looked(tmp_path, envelope(event(generated=generated)))
    assert [(p.rule, p.where) for p in problems.kept] == [("person.pseudonym", "$.data[0].generated.assignee")]


def test_a_name_of_a_member_that_is_a_persons_is_not_repeated(tmp_path):
    extensions = {"ada.invented@example.org": {"type": "Person", "name": "Ada Invented"}}
    _, problems = looked(tmp_path, envelope(event(extensions=extensions)))
    assert [(p.rule, p.where) for p in problems.kept] == [("person.pseudonym", "$.data[0].extensions.*.name")]


def test_an_application_may_have_a_name(tmp_path):
    assert looked(tmp_path, envelope(event(edApp={"id": "https://tool.example.org", "type": "SoftwareApplication", "name": "Tool"})))[1].kept == []


def test_an_address_of_a_network_is_a_warning(tmp_path):
    session = {"id": "https://lms.example.org/s/1", "type": "Session", "client": {"id": "urn:x:1", "type": "SoftwareApplication", "ipAddress": "192.0.2.1"}}
    assert rules(looked(tmp_path, envelope(event(session=session)))[1], "warning") == {"person.ipAddress"}


@pytest.mark.parametrize(("more", "kind"), [
    ({"actor": {"id": "mailto:jordan.avery@oakhill-k12.us", "type": "Person"}}, "an e-mail address"),
    ({"extensions": {"note": "call 614-292-6446 at home"}}, "a telephone number"),
    ({"extensions": {"ssn": "219 09 9998 is it"}}, "a social security number"),
    ({"extensions": {"jordan.avery@oakhill-k12.us": 1}}, "an e-mail address"),
])
def test_what_looks_real_refuses_the_file_and_is_not_repeated(tmp_path, more, kind):
    _, problems = looked(tmp_path, envelope(event(**more)))
    assert {p.what for p in problems.kept if p.level == "personal"} == {f"looks like {kind} of a real person"}
    assert not any(text in p.what + p.where + p.fix for p in problems.listed() for text in ("oakhill", "292", "9998"))


@pytest.mark.parametrize("text", ["call 614-555-0123", "ada@example.com", "ada@school.test", "urn:uuid:3a648e68-f00d-4c08-aa59-219099998000", "6142926446", "2026-10-15T10:15:00.000Z"])
def test_what_is_made_up_or_opaque_is_let_through(tmp_path, text):
    assert looked(tmp_path, envelope(event(extensions={"note": text})))[1].counts["personal"] == 0


def test_lists_and_lines_of_envelopes_are_read(tmp_path):
    facts, problems = looked(tmp_path, [envelope(event(1)), envelope(event(2))])
    assert (facts["events"], problems.kept) == (2, [])
    lines = "\n".join((json.dumps(envelope(event(1))), "", json.dumps(envelope(event(2))), '{"sensor": '))
    facts, problems = looked(tmp_path, lines, "events.jsonl")
    assert facts["events"] == 2
    assert [(p.rule, p.where) for p in problems.kept] == [("lines.json", "line 4")]


@pytest.mark.parametrize("tree", [
    envelope(None, [], "x", 10**300), {"sensor": [], "sendTime": {}, "dataVersion": [], "data": "x"}, {"@context": CONTEXT, "type": [], "action": {}, "id": 3},
    envelope({"@context": {}, "type": {}, "action": [], "actor": 1, "object": None, "eventTime": 5, "id": []}), [envelope(), None, 7],
    envelope(event(actor={"id": {}, "type": [], "name": {"x": "\u0007"}, "extensions": 4, "identifierType": []}, **{"\u202e\u0007": "\u0000"})),
])
def test_any_shape_is_errors_and_never_a_traceback(tmp_path, tree):
    _, problems = looked(tmp_path, tree)
    assert problems.counts["error"] > 0
    assert not any(ord(c) < 32 for p in problems.listed() for c in p.where + p.what)


@pytest.mark.parametrize("text", ["[]", "{}", '{"data": []}', "not json", "", '{"actor": {}, "verb": {}}', "[[]]"])
def test_other_files_are_not_claimed(tmp_path, text):
    assert looked(tmp_path, text)[0] is None


def test_no_other_checker_claims_an_envelope(tmp_path):
    looked(tmp_path, envelope(event()))
    specimen = Specimen(tmp_path / "events.json", TODAY)
    assert [module.__name__ for module in (case, qti, xapi, cmi5) if module.recognises(specimen)] == []


def test_a_sensor_should_be_named_by_an_iri(tmp_path):
    assert rules(looked(tmp_path, envelope(event(), sensor="sensor 1"))[1], "warning") == {"envelope.sensor"}


def test_a_context_that_is_no_text_or_list_is_one_error(tmp_path):
    assert rules(looked(tmp_path, envelope(event(**{"@context": 7})))[1]) == {"event.context"}


def test_an_event_type_of_1_2_in_1_1_is_a_warning(tmp_path):
    old = "http://purl.imsglobal.org/ctx/caliper/v1p1"
    one = event(type="SearchEvent", action="Searched", **{"@context": old})
    assert rules(looked(tmp_path, envelope(one, dataVersion=old))[1], "warning") == {"event.type"}
