"""CASE packages written by hand from the specification. The framework, its publisher and its addresses are invented."""

import json
from datetime import date

import pytest

from audit.evidence import case
from audit.evidence.specimen import Problems, Specimen

TODAY = date(2026, 11, 22)
AT = "2026-08-31T14:05:00+00:00"
BASE = "https://case.example.org/ims/case/v1p1"


def uid(n):
    return f"0f6c6a5e-3f0b-4a35-9a55-{n:012x}"


def link(n, kind="CFItems"):
    return {"title": f"Thing {n}", "identifier": uid(n), "uri": f"{BASE}/{kind}/{uid(n)}"}


def item(n, **more):
    return {"identifier": uid(n), "uri": f"{BASE}/CFItems/{uid(n)}", "fullStatement": f"Statement {n}", "lastChangeDateTime": AT, **more}


def association(n, origin, destination, kind="isChildOf", **more):
    return {
        "identifier": uid(n), "uri": f"{BASE}/CFAssociations/{uid(n)}", "associationType": kind, "originNodeURI": origin,
        "destinationNodeURI": destination, "lastChangeDateTime": AT, **more,
    }


def package(**more):
    document = {
        "identifier": uid(1), "uri": f"{BASE}/CFDocuments/{uid(1)}", "creator": "Invented Board of Example", "title": "Arithmetic, invented",
        "lastChangeDateTime": AT, "caseVersion": "1.1", "adoptionStatus": "Adopted", "language": "en", "subject": ["Mathematics"],
    }
    return {
        "CFDocument": document,
        "CFItems": [item(2, educationLevel=["03"], humanCodingScheme="3.A"), item(3, notes="A note.")],
        "CFAssociations": [association(10, link(2), link(1, "CFDocuments"), sequenceNumber=1), association(11, link(3), link(2))],
        "CFDefinitions": {"CFItemTypes": [{**item(20), "title": "Standard", "description": "A standard", "hierarchyCode": "1"}]},
        **more,
    }


def looked(tmp_path, tree):
    path = tmp_path / "framework.json"
    path.write_text(tree if isinstance(tree, str) else json.dumps(tree), encoding="utf-8")
    specimen, problems = Specimen(path, TODAY), Problems()
    facts = case.check(specimen, problems) if case.recognises(specimen) else None
    return facts, problems


def good():
    tree = package()
    tree["CFDefinitions"]["CFItemTypes"][0].pop("fullStatement")
    return tree


def rules(problems, level="error"):
    return {problem.rule for problem in problems.kept if problem.level == level}


def test_a_package_as_the_standard_wants_it_has_no_problems(tmp_path):
    facts, problems = looked(tmp_path, good())
    assert problems.kept == []
    assert facts == {
        "version": "1.1", "items": 2, "associations": 2, "external_associations": 0, "framework": "Arithmetic, invented",
        "publisher": "Invented Board of Example", "adoption_status": "Adopted",
    }


@pytest.mark.parametrize(("place", "member"), [
    (("CFDocument",), "creator"), (("CFDocument",), "title"), (("CFDocument",), "uri"), (("CFDocument",), "identifier"),
    (("CFDocument",), "lastChangeDateTime"), (("CFItems", 0), "fullStatement"), (("CFItems", 0), "uri"), (("CFItems", 1), "lastChangeDateTime"),
    (("CFAssociations", 0), "associationType"), (("CFAssociations", 0), "originNodeURI"), (("CFAssociations", 0), "destinationNodeURI"),
    (("CFDefinitions", "CFItemTypes", 0), "hierarchyCode"),
])
def test_each_required_member_that_is_missing_is_an_error_at_its_path(tmp_path, place, member):
    tree = good()
    one = tree
    for step in place:
        one = one[step]
    del one[member]
    _, problems = looked(tmp_path, tree)
    where = "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place) + f".{member}"
    assert [p.where for p in problems.kept if p.level == "error" and p.where == where] == [where]


@pytest.mark.parametrize(("member", "value", "rule"), [
    ("identifier", "3.A", "item.identifier"), ("uri", "not an address", "item.uri"), ("lastChangeDateTime", "31 August", "item.lastChangeDateTime"),
    ("lastChangeDateTime", "2026-02-30T10:00:00Z", "item.lastChangeDateTime"), ("educationLevel", "03", "item.educationLevel"),
    ("educationLevel", [3], "item.educationLevel"), ("statusStartDate", "2026-8-1", "item.statusStartDate"), ("fullStatement", "  ", "item.fullStatement"),
    ("fullStatement", None, "item.fullStatement"), ("licenseURI", {"title": "A"}, "link.uri"), ("subjectURI", [1], "link"), ("colour", "red", "item.member"),
])
def test_a_member_of_the_wrong_form_is_an_error(tmp_path, member, value, rule):
    tree = good()
    tree["CFItems"][0][member] = value
    _, problems = looked(tmp_path, tree)
    assert rule in rules(problems)


def test_the_internal_format_of_a_tool_is_told_from_the_standard(tmp_path):
    _, problems = looked(tmp_path, {"cfDocument": {"sourcedId": uid(1), "title": "Arithmetic"}, "cfItems": []})
    assert {"package.internal", "document.CFDocument", "package.CFDocument"} & rules(problems) >= {"package.internal", "package.CFDocument"}
    tree = good()
    tree["CFItems"][0]["sourcedId"] = tree["CFItems"][0].pop("identifier")
    assert {"item.sourcedId", "item.identifier"} <= rules(looked(tmp_path, tree)[1])


def test_an_association_resolves_or_says_that_it_points_outside(tmp_path):
    elsewhere = {"title": "Other", "identifier": uid(99), "uri": "https://other.example.org/x"}
    tree = good()
    tree["CFAssociations"] += [association(12, link(2), {**elsewhere, "targetType": "CASE"}, "exactMatchOf")]
    facts, problems = looked(tmp_path, tree)
    assert (facts["external_associations"], problems.kept) == (1, [])
    tree["CFAssociations"] += [association(13, link(2), elsewhere, "isRelatedTo"), association(14, link(3), elsewhere)]
    facts, problems = looked(tmp_path, tree)
    assert facts["external_associations"] == 3
    assert [(p.rule, p.where) for p in problems.kept] == [
        ("association.external", "$.CFAssociations[3].destinationNodeURI"), ("association.unresolved", "$.CFAssociations[4].destinationNodeURI"),
    ]


def test_association_types_are_those_of_the_version(tmp_path):
    tree = good()
    tree["CFAssociations"][1]["associationType"] = "isParentOf"
    assert "association.associationType" in rules(looked(tmp_path, tree)[1])
    tree["CFAssociations"][1]["associationType"] = "ext:helps"
    assert rules(looked(tmp_path, tree)[1]) == set()
    old = json.loads(json.dumps(tree).replace("v1p1", "v1p0"))
    old["CFDocument"].pop("caseVersion")
    facts, problems = looked(tmp_path, old)
    assert facts["version"] == "1.0"
    assert rules(problems) == {"association.associationType"}


def test_an_identifier_may_stand_only_once(tmp_path):
    tree = good()
    tree["CFItems"][1]["identifier"] = uid(2).upper()
    _, problems = looked(tmp_path, tree)
    assert "identifier.twice" in rules(problems)
    assert "uuid.case" in rules(problems, "warning")


def test_circles_orphans_and_doubled_associations_are_found(tmp_path):
    tree = good()
    tree["CFItems"].append(item(4))
    tree["CFAssociations"][0] = association(10, link(2), link(3))
    tree["CFAssociations"].append(association(12, link(2), link(3)))
    _, problems = looked(tmp_path, tree)
    assert rules(problems) == {"association.circle"}
    assert {"item.orphan", "association.twice"} <= rules(problems, "warning")
    tree["CFAssociations"][0] = association(10, link(2), link(2))
    assert "association.self" in rules(looked(tmp_path, tree)[1])


def test_a_hierarchy_of_ten_thousand_levels_is_followed(tmp_path):
    tree = good()
    tree["CFItems"] = [item(n) for n in range(100, 10_100)]
    tree["CFAssociations"] = [association(n + 50_000, link(n), link(n - 1 if n > 100 else 1)) for n in range(100, 10_100)]
    tree["CFAssociations"][0]["destinationNodeURI"] = link(1, "CFDocuments")
    facts, problems = looked(tmp_path, tree)
    assert (facts["items"], problems.kept) == (10_000, [])


def test_a_framework_that_has_ended_is_a_warning(tmp_path):
    tree = good()
    tree["CFDocument"]["statusEndDate"] = "2024-06-30"
    facts, problems = looked(tmp_path, tree)
    assert facts["valid_until"] == "2024-06-30"
    assert rules(problems, "warning") == {"document.statusEndDate"}


def test_facts_can_be_written_whatever_the_title_holds(tmp_path):
    tree = good()
    tree["CFDocument"]["title"] = "A\ud800\u202e\u0007\n" + "x" * 1000
    facts, _ = looked(tmp_path, tree)
    assert len(facts["framework"].encode()) < 1000
    assert not any(ord(c) < 32 or c == "\u202e" for c in facts["framework"])


@pytest.mark.parametrize("tree", [
    {"CFDocument": None}, {"CFDocument": 7, "CFItems": {}, "CFAssociations": "x", "CFDefinitions": []},
    {"CFDocument": [], "CFItems": [None, 1, "x", []], "CFAssociations": [None, {"originNodeURI": 3, "destinationNodeURI": []}]},
    {"CFDocument": {"identifier": 10**300, "uri": True, "title": {}, "caseVersion": []}, "CFRubrics": [1]},
    {"CFPackage": {"CFDocument": {}}}, {"CFDocument": {"uri": "\u202e\u0007/case/v1p1/"}, "CFItems": [{"\u0000\u202e": "\u0007"}]},
    {"CFDocument": {}, "CFAssociations": [{"associationType": [], "originNodeURI": {"identifier": []}, "destinationNodeURI": {"identifier": {}}}]},
])
def test_any_shape_is_errors_and_never_a_traceback(tmp_path, tree):
    _, problems = looked(tmp_path, tree)
    assert problems.counts["error"] > 0
    assert not any(ord(c) < 32 for p in problems.listed() for c in p.where + p.what)


@pytest.mark.parametrize("text", ["[]", "{}", '{"data": []}', "not json", "CFDocument", '{"CFPackage": 3}', ""])
def test_other_files_are_not_claimed(tmp_path, text):
    assert looked(tmp_path, text)[0] is None


def test_a_package_wrapped_in_another_object_is_an_error_and_read_all_the_same(tmp_path):
    facts, problems = looked(tmp_path, {"CFPackage": good()})
    assert (rules(problems), facts["items"]) == ({"package.CFPackage"}, 2)


@pytest.mark.parametrize(("change", "rule"), [
    ({"targetType": "PDF"}, "link.targetType"), ({"identifier": uid(77)}, "link.identifier"), ({"title": None}, "link.title"),
])
def test_an_end_of_an_association_of_the_wrong_form_is_an_error(tmp_path, change, rule):
    tree = good()
    tree["CFAssociations"][1]["destinationNodeURI"].update(change)
    assert rules(looked(tmp_path, tree)[1]) == {rule}


def test_the_case_version_is_1_1_where_it_stands(tmp_path):
    tree = good()
    tree["CFDocument"]["caseVersion"] = "1.0"
    assert rules(looked(tmp_path, tree)[1]) == {"document.caseVersion"}
    del tree["CFDocument"]["caseVersion"]
    _, problems = looked(tmp_path, tree)
    assert (rules(problems), rules(problems, "note")) == (set(), {"document.caseVersion"})
