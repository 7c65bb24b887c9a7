"""Course structures written by hand from the cmi5 specification. The course and its addresses are invented."""

import zipfile
from datetime import date

import pytest

from audit.errors import ChecklistError
from audit.evidence import caliper, case, cmi5, qti, xapi
from audit.evidence.specimen import Problems, Specimen

TODAY = date(2026, 11, 22)
SPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
ID = "https://tool.example.org/ids"


def words(name):
    return "".join(f'<{tag}><langstring lang="en-US">{name} {tag}</langstring></{tag}>' for tag in ("title", "description"))


def unit(n=1, url="lesson/index.html?mode=1#top", attributes='moveOn="Passed" masteryScore="0.8" launchMethod="OwnWindow"', more=""):
    return f'<au id="{ID}/au/{n}" {attributes}>\n{words(f"Unit {n}")}{more}<url>{url}</url></au>'


def course(body=None, head=None, space=SPACE):
    head = f'<course id="{ID}/course/1">{words("Fractions")}</course>' if head is None else head
    return f'<?xml version="1.0"?>\n<courseStructure xmlns="{space}">\n{head}\n{unit() if body is None else body}\n</courseStructure>'


def packed(tmp_path, xml, name="cmi5.xml", files=("lesson/index.html",)):
    path = tmp_path / "course.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.writestr(file, "<p>Lesson</p>")
        archive.writestr(name, xml)
    return path


def looked(path):
    specimen, problems = Specimen(path, TODAY), Problems()
    facts = cmi5.check(specimen, problems) if cmi5.recognises(specimen) else None
    return facts, problems


def alone(tmp_path, xml):
    path = tmp_path / "cmi5.xml"
    path.write_text(xml, encoding="utf-8")
    return looked(path)


def rules(problems, level="error"):
    return {problem.rule for problem in problems.kept if problem.level == level}


def test_a_package_as_the_standard_wants_it_has_no_problems(tmp_path):
    objectives = f'<objectives><objective id="{ID}/o/1">{words("Adding")}</objective></objectives>'
    inner = f'<block id="{ID}/b/2">{words("Part")}{unit(2, "https://tool.example.org/2")}</block>'
    body = f'{objectives}<block id="{ID}/b/1">{words("Chapter")}<objectives><objective idref="{ID}/o/1"/></objectives>{unit()}{inner}</block>'
    facts, problems = looked(packed(tmp_path, course(body)))
    assert problems.kept == []
    assert facts == {"version": "1.0", "units": 2, "launch_addresses": 1, "course": "Fractions title", "https_only": True}


def test_a_structure_alone_needs_whole_addresses(tmp_path):
    assert alone(tmp_path, course(unit(url="https://tool.example.org/1")))[1].kept == []
    _, problems = alone(tmp_path, course())
    assert [(p.rule, p.where) for p in problems.kept] == [("au.url", "cmi5.xml line 5, url")]


@pytest.mark.parametrize(("attributes", "rule"), [
    ('moveOn="passed" masteryScore="1"', "au.moveOn"), ('launchMethod="NewWindow"', "au.launchMethod"), ('masteryScore="80"', "au.masteryScore"),
    ('masteryScore="-0.1"', "au.masteryScore"), ('masteryScore="1.0001"', "au.masteryScore"), ('masteryScore="0.12345"', "au.masteryScore"),
    ('masteryScore="1e-1"', "au.masteryScore"), ('masteryScore="high"', "au.masteryScore"), ('masteryScore=""', "au.masteryScore"),
    ('activityType="quiz"', "au.activityType"), ('url="x.html"', "au.attribute"),
])
def test_an_attribute_of_the_wrong_form_is_an_error(tmp_path, attributes, rule):
    _, problems = looked(packed(tmp_path, course(unit(attributes=attributes))))
    assert [(p.rule, p.where) for p in problems.kept if p.level == "error"] == [(rule, "cmi5.xml line 4, au")]


@pytest.mark.parametrize("score", ["0", "1", "1.0", "0.8500", ".5", "0.12340"])
def test_a_mastery_score_lies_from_0_to_1(tmp_path, score):
    assert looked(packed(tmp_path, course(unit(attributes=f'moveOn="Passed" masteryScore="{score}"'))))[1].kept == []


@pytest.mark.parametrize(("body", "rule"), [
    (f'<au id="{ID}/1">{words("A")}</au>', "au.url"), (f'<au>{words("A")}<url>lesson/index.html</url></au>', "au.id"),
    (f'<au id="one">{words("A")}<url>lesson/index.html</url></au>', "au.id"), (unit() + unit(), "au.id"), (f'<block id="{ID}/b">{words("A")}</block>' + unit(), "block.empty"),
    (f'<au id="{ID}/1"><title>Plain</title><url>lesson/index.html</url></au>', "au.title"), (f'<au id="{ID}/1"><title/><url>lesson/index.html</url></au>', "au.description"),
    (f"<block>{unit()}</block>", "block.id"), (unit(more="<moveOn>Passed</moveOn>"), "au.member"), ("", "course.au"), (unit(n="../course/1".replace("../", "")).replace("/au/course/1", "/course/1"), "au.id"),
    (unit(more=f'<objectives><objective idref="{ID}/o/9"/></objectives>'), "objective.idref"), (unit(url="lesson/other.html"), "au.url"),
    (unit(url="../index.html"), "au.url"), (unit(url=""), "au.url"), (unit(url="https://tool.example.org/a b"), "au.url"), (f"<course>{unit()}</course>", "course"),
])
def test_a_structure_of_the_wrong_form_is_an_error(tmp_path, body, rule):
    assert rule in rules(looked(packed(tmp_path, course(body)))[1])


def test_the_course_has_an_id_a_title_and_a_description(tmp_path):
    _, problems = looked(packed(tmp_path, course(head="<course/>")))
    assert rules(problems) == {"course.id", "course.title", "course.description"}
    assert rules(looked(packed(tmp_path, course(head="")))[1]) == {"course"}


def test_another_namespace_is_an_error(tmp_path):
    assert "course.namespace" in rules(looked(packed(tmp_path, course(space="https://example.org/other")))[1])
    assert "course.namespace" in rules(looked(packed(tmp_path, course().replace(f' xmlns="{SPACE}"', "")))[1])


def test_a_vendor_may_add_elements_of_its_own_namespace(tmp_path):
    more = '<x:colour xmlns:x="https://vendor.example.org/ns" x:tone="dark">red</x:colour>'
    assert looked(packed(tmp_path, course(unit(more=more))))[1].kept == []


def test_the_structure_stands_at_the_root_of_the_zip(tmp_path):
    _, problems = looked(packed(tmp_path, course(), "course/cmi5.xml"))
    assert rules(problems) == {"package.place"}


def test_what_a_careful_reader_would_ask_is_said(tmp_path):
    more = "<entitlementKey>xyz-123-9999</entitlementKey>"
    facts, problems = looked(packed(tmp_path, course(unit(url="http://tool.example.org/1", attributes="", more=more).replace(' lang="en-US"', ""))))
    assert facts["https_only"] is False
    assert rules(problems, "warning") == {"au.https", "au.entitlementKey", "au.lang"}
    assert rules(problems, "note") == {"au.moveOn"}
    assert not any("9999" in p.what for p in problems.listed())
    assert rules(looked(packed(tmp_path, course(unit(attributes='moveOn="Passed"'))))[1], "note") == {"au.masteryScore"}
    assert rules(looked(packed(tmp_path, course(unit(url="app://open/1"))))[1], "warning") == {"au.url"}


def test_a_document_type_is_refused(tmp_path):
    path = packed(tmp_path, course().replace("<courseStructure", '<!DOCTYPE x [<!ENTITY a "b">]>\n<courseStructure', 1))
    with pytest.raises(ChecklistError, match="document type"):
        cmi5.check(Specimen(path, TODAY), Problems())


def test_another_xml_or_zip_asked_for_by_name_cannot_be_checked(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text("<manifest/>", encoding="utf-8")
    with pytest.raises(ChecklistError, match="not a cmi5"):
        cmi5.check(Specimen(path, TODAY), Problems())
    with pytest.raises(ChecklistError, match=r"has no cmi5\.xml"):
        cmi5.check(Specimen(packed(tmp_path, course(), "other.xml"), TODAY), Problems())


@pytest.mark.parametrize("body", [
    "<au/>", "<block><block><au><url><b/></url></au></block></block>", '<au id="&#x202e;" moveOn="&#x202e;" masteryScore="' + "9" * 4000 + '"/>', "<objectives><objective/></objectives>" + unit(),
    '<course id=""/><course/>', "<au><title><langstring/></title></au>",
])
def test_any_shape_is_errors_and_never_a_traceback(tmp_path, body):
    _, problems = looked(packed(tmp_path, course(body)))
    assert problems.counts["error"] > 0
    assert not any(ord(c) < 32 for p in problems.listed() for c in p.where + p.what)


@pytest.mark.parametrize("text", ["", "{}", "<course/>", "<courseStructure", "cmi5"])
def test_other_files_are_not_claimed(tmp_path, text):
    assert alone(tmp_path, text)[0] is None


def test_no_other_checker_claims_a_course(tmp_path):
    alone(tmp_path, course())
    for path in (tmp_path / "cmi5.xml", packed(tmp_path, course())):
        assert [module.__name__ for module in (case, qti, caliper, xapi) if module.recognises(Specimen(path, TODAY))] == []
