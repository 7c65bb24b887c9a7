"""QTI 3.0 packages written by hand from the specification. The items and their content are invented."""

import zipfile
from datetime import date

import pytest

from audit.errors import ChecklistError
from audit.evidence import caliper, case, cmi5, qti, xapi
from audit.evidence.specimen import Problems, Specimen

TODAY = date(2026, 11, 22)
CP = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
ASI = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
CHOICE = (
    '<qti-choice-interaction response-identifier="RESPONSE" max-choices="1"><qti-prompt>How many?</qti-prompt>\n'
    '<qti-simple-choice identifier="A"><img src="../img/three%20apples.png" alt="three apples"/></qti-simple-choice>'
    '<qti-simple-choice identifier="B">4</qti-simple-choice></qti-choice-interaction>'
)
DECLARED = (
    '<qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier"><qti-correct-response><qti-value>A</qti-value>'
    '</qti-correct-response></qti-response-declaration>\n<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>'
)
SCORED = '<qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct"/>'


def item(body=CHOICE, declared=DECLARED, scored=SCORED, attributes='identifier="apples" title="Apples" time-dependent="false" xml:lang="en-US"', more=""):
    return (
        f'<?xml version="1.0"?>\n<qti-assessment-item xmlns="{ASI}" {attributes}>\n{declared}\n<qti-item-body>\n{body}\n</qti-item-body>'
        f"{more}{scored}</qti-assessment-item>"
    )


def resource(n, kind, href, files=(), inside=""):
    listed = "".join(f'<file href="{file}"/>' for file in (href, *files))
    return f'<resource identifier="r{n}" type="{kind}" href="{href}">{listed}{inside}</resource>\n'


def manifest(resources=None, head="<metadata><schema>QTI Package</schema><schemaversion>3.0.1</schemaversion></metadata><organizations/>", attributes=f'xmlns="{CP}" identifier="m1"'):
    if resources is None:
        resources = resource(1, "imsqti_test_xmlv3p0", "test.xml", inside='<dependency identifierref="r2"/>')
        resources += resource(2, "imsqti_item_xmlv3p0", "items/apples.xml", inside='<dependency identifierref="r3"/>')
        resources += resource(3, "webcontent", "img/three%20apples.png")
    return f'<?xml version="1.0"?>\n<manifest {attributes}>\n{head}\n<resources>\n{resources}</resources></manifest>'


TEST = (
    f'<qti-assessment-test xmlns="{ASI}" identifier="t1" title="A test"><qti-test-part identifier="p1" navigation-mode="linear" submission-mode="individual">'
    '<qti-assessment-section identifier="s1" title="Part" visible="true"><qti-assessment-item-ref identifier="i1" href="items/apples.xml"/>'
    "</qti-assessment-section></qti-test-part></qti-assessment-test>"
)


def files(**changed):
    found = {"imsmanifest.xml": manifest(), "test.xml": TEST, "items/apples.xml": item(), "img/three apples.png": "PNG"}
    return {**found, **changed}


def packed(tmp_path, found):
    path = tmp_path / "package.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in found.items():
            archive.writestr(name, text)
    return path


def looked(tmp_path, found):
    specimen, problems = Specimen(packed(tmp_path, found), TODAY), Problems()
    facts = qti.check(specimen, problems) if qti.recognises(specimen) else None
    return facts, problems


def of_item(tmp_path, xml):
    return looked(tmp_path, files(**{"items/apples.xml": xml}))


def rules(problems, level="error"):
    return {problem.rule for problem in problems.kept if problem.level == level}


def test_a_package_as_the_standard_wants_it_has_no_problems(tmp_path):
    facts, problems = looked(tmp_path, files())
    assert problems.kept == []
    assert facts == {
        "version": "3.0.1", "items": 1, "tests": 1, "stimuli": 0, "images": 1, "images_without_text": 0, "remote_references": 0,
        "interactions": ["choice"], "accessibility_supports": [],
    }


def test_accessibility_supports_are_gathered_from_the_catalog(tmp_path):
    more = (
        '<qti-catalog-info><qti-catalog id="c1"><qti-card support="keyword-translation"><qti-html-content>x</qti-html-content></qti-card>'
        '<qti-card support="spoken"><qti-html-content>y</qti-html-content></qti-card></qti-catalog></qti-catalog-info>'
    )
    facts, problems = of_item(tmp_path, item(CHOICE.replace("<qti-prompt>", '<qti-prompt data-catalog-idref="c1">'), more=more))
    assert (problems.kept, facts["accessibility_supports"]) == ([], ["keyword-translation", "spoken"])
    _, problems = of_item(tmp_path, item(CHOICE.replace("<qti-prompt>", '<qti-prompt data-catalog-idref="c9">'), more=more))
    assert [(p.rule, p.where) for p in problems.kept] == [("catalog.idref", "items/apples.xml line 6, qti-prompt")]


@pytest.mark.parametrize(("xml", "rule"), [
    (manifest(attributes=f'xmlns="{CP}"'), "manifest.identifier"), (manifest(attributes='xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="m"'), "manifest.namespace"),
    (manifest(head="<organizations/>"), "manifest.schema"), (manifest().replace("QTI Package", "IMS Content"), "manifest.schema"),
    (manifest().replace("3.0.1", "2.2"), "manifest.version"), (manifest(head="<organizations/>"), "manifest.version"),
    (manifest().replace('"r3"/>', '"r9"/>'), "resource.dependency"), (manifest().replace('identifier="r3"', 'identifier="r2"'), "resource.identifier"),
    (manifest().replace(' identifier="r3"', ""), "resource.identifier"), (manifest().replace("item_xmlv3p0", "item_xmlv2p2"), "resource.type"),
    (manifest().replace(' type="webcontent"', ""), "resource.type"), (manifest().replace('<file href="items/apples.xml"/>', ""), "resource.file"),
    (manifest().replace("three%20apples", "four"), "resource.missing"), (manifest().replace(' href="test.xml">', ">"), "resource.href"),
])
def test_a_manifest_of_the_wrong_form_is_an_error(tmp_path, xml, rule):
    assert rule in rules(looked(tmp_path, files(**{"imsmanifest.xml": xml}))[1])


def test_files_and_manifest_agree_both_ways(tmp_path):
    found = files(**{"notes/draft.docx": "x", "__MACOSX/._test.xml": "x", "xsd/imsqti.xsd": "x"})
    del found["test.xml"]
    _, problems = looked(tmp_path, found)
    assert [(p.level, p.rule) for p in problems.kept] == [("error", "resource.missing"), ("warning", "package.unlisted"), ("note", "package.litter")]
    assert problems.kept[1].where == "notes/draft.docx"


def test_the_manifest_stands_at_the_root_of_the_zip(tmp_path):
    facts, problems = looked(tmp_path, {f"package/{name}": text for name, text in files().items()})
    assert rules(problems) == {"package.place"}
    assert facts["items"] == 1


@pytest.mark.parametrize(("xml", "rule"), [
    (item(attributes='title="Apples" time-dependent="false" xml:lang="en"'), "assessment-item.identifier"), (item(attributes='identifier="a" time-dependent="false"'), "assessment-item.title"),
    (item(attributes='identifier="a" title="A" xml:lang="en"'), "assessment-item.time-dependent"), (item(attributes='identifier="a" title="A" time-dependent="no"'), "assessment-item.time-dependent"),
    (item(attributes='identifier="1 a" title="A" time-dependent="false"'), "assessment-item.identifier"), (item().replace(ASI, "http://www.imsglobal.org/xsd/imsqti_v2p2"), "content.namespace"),
    ('<assessmentItem identifier="a"/>', "content.root"), (item(declared=""), "interaction.response"), (item(CHOICE.replace(' response-identifier="RESPONSE"', "")), "interaction.response"),
    (item(CHOICE + CHOICE), "interaction.response"), (item(declared=DECLARED + DECLARED), "declaration.twice"), (item(declared=DECLARED.replace(' cardinality="single"', "", 1)), "response-declaration.cardinality"),
    (item(declared=DECLARED.replace(' base-type="float"', "")), "outcome-declaration.base-type"), (item(declared=DECLARED.replace('"SCORE"', '"POINTS"')), "processing.template"),
    (item(CHOICE.replace(' alt="three apples"', "")), "img.alt"), (item(CHOICE.replace("three%20apples", "four")), "content.missing"), (item(CHOICE.replace("../img", "../../img")), "content.missing"),
    (item(CHOICE + "<script>1</script>"), "content.script"), (item(CHOICE + '<p onclick="x()">a</p>'), "content.script"), (item(CHOICE.replace("../img/three%20apples.png", "javascript:x")), "content.scheme"),
    (item(scored='<qti-response-processing><qti-set-outcome-value identifier="POINTS"><qti-variable identifier="RESPONSE"/></qti-set-outcome-value></qti-response-processing>'), "processing.undeclared"),
    (item(scored='<qti-response-processing><qti-set-outcome-value identifier="SCORE"><qti-map-response identifier="R2"/></qti-set-outcome-value></qti-response-processing>'), "processing.undeclared"),
    (item(more='<qti-modal-feedback outcome-identifier="FEEDBACK" identifier="f" show-hide="show"/>'), "processing.undeclared"), (item()[:-10], "content.xml"),
    (item().replace("<qti-assessment-item", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><qti-assessment-item'), "content.xml"),
])
def test_an_item_of_the_wrong_form_is_an_error(tmp_path, xml, rule):
    assert rule in rules(of_item(tmp_path, xml)[1])


def test_scoring_rules_may_use_what_is_declared_and_what_is_built_in(tmp_path):
    scored = (
        '<qti-response-processing><qti-response-condition><qti-response-if><qti-match><qti-variable identifier="RESPONSE"/><qti-correct identifier="RESPONSE"/></qti-match>'
        '<qti-set-outcome-value identifier="SCORE"><qti-variable identifier="duration"/></qti-set-outcome-value>'
        '<qti-set-outcome-value identifier="completionStatus"><qti-base-value base-type="identifier">completed</qti-base-value></qti-set-outcome-value>'
        "</qti-response-if></qti-response-condition></qti-response-processing>"
    )
    assert of_item(tmp_path, item(scored=scored))[1].kept == []


@pytest.mark.parametrize(("body", "rule", "counted"), [
    (CHOICE.replace("../img/three%20apples.png", "https://cdn.example.org/a.png"), "content.remote", {"remote_references": 1}),
    (CHOICE.replace("../img/three%20apples.png", "//cdn.example.org/a.png"), "content.remote", {"remote_references": 1}),
    (CHOICE.replace("three apples", "three_apples.png"), "img.alt", {"images_without_text": 1}), (CHOICE + '<video src="../img/three%20apples.png"/>', "video.track", {}),
    (CHOICE + '<audio src="../img/three%20apples.png"/>', "audio.track", {}), (CHOICE + '<object data="../img/three%20apples.png" type="image/png"/>', "object.text", {}),
])
def test_what_a_careful_reader_would_ask_is_a_warning(tmp_path, body, rule, counted):
    facts, problems = of_item(tmp_path, item(body))
    assert (rules(problems), rules(problems, "warning")) == (set(), {rule})
    assert counted.items() <= facts.items()


def test_links_anchors_and_inline_data_are_not_loaded_from_elsewhere(tmp_path):
    body = CHOICE.replace("../img/three%20apples.png", "data:image/png;base64,AAAA") + '<p><a href="https://example.org">more</a> <a href="#x">x</a></p>'
    assert rules(of_item(tmp_path, item(body))[1], "warning") == set()


def test_an_item_that_nobody_can_get_right_is_a_warning(tmp_path):
    declared = DECLARED.replace("<qti-correct-response><qti-value>A</qti-value></qti-correct-response>", "")
    assert rules(of_item(tmp_path, item(declared=declared))[1], "warning") == {"processing.correct"}


def test_a_template_may_set_the_correct_response_and_print_its_variables(tmp_path):
    declared = DECLARED.replace("<qti-correct-response><qti-value>A</qti-value></qti-correct-response>", "")
    declared += '<qti-template-declaration identifier="N" cardinality="single" base-type="integer"/><qti-template-processing>'
    declared += '<qti-set-correct-response identifier="RESPONSE"><qti-variable identifier="N"/></qti-set-correct-response></qti-template-processing>'
    assert of_item(tmp_path, item(CHOICE + '<p><qti-printed-variable identifier="N"/></p>', declared))[1].kept == []
    assert rules(of_item(tmp_path, item(CHOICE + '<p><qti-printed-variable identifier="M"/></p>', declared))[1]) == {"processing.undeclared"}


def test_a_sign_language_video_in_the_catalog_needs_no_captions(tmp_path):
    more = (
        '<qti-catalog-info><qti-catalog id="c1"><qti-card support="sign-language"><qti-card-entry xml:lang="ase"><qti-html-content>'
        '<video><source src="../img/three%20apples.png#t=1,10"/></video></qti-html-content></qti-card-entry></qti-card></qti-catalog></qti-catalog-info>'
    )
    facts, problems = of_item(tmp_path, item(more=more))
    assert (problems.kept, facts["accessibility_supports"]) == ([], ["sign-language"])


def test_a_content_without_language_or_with_a_repeated_identifier_is_a_warning(tmp_path):
    assert rules(of_item(tmp_path, item().replace(' xml:lang="en-US"', ""))[1], "warning") == {"content.language"}
    resources = manifest().replace("</resources>", resource(4, "imsqti_item_xmlv3p0", "items/two.xml") + "</resources>")
    assert rules(looked(tmp_path, files(**{"imsmanifest.xml": resources, "items/two.xml": item()}))[1], "warning") == {"item.identifier"}


def test_an_empty_alt_is_decoration_and_a_note(tmp_path):
    _, problems = of_item(tmp_path, item(CHOICE.replace("three apples\"", "\"")))
    assert [(p.level, p.rule) for p in problems.kept] == [("note", "img.alt")]


@pytest.mark.parametrize(("old", "new", "rule"), [
    ('href="items/apples.xml"', 'href="items/pears.xml"', "test.item-ref"), (' navigation-mode="linear"', "", "test-part.navigation-mode"),
    ('submission-mode="individual"', 'submission-mode="all"', "test-part.submission-mode"), (' visible="true"', "", "assessment-section.visible"),
    (' title="A test"', "", "assessment-test.title"), ('href="items/apples.xml"', "", "assessment-item-ref.href"),
])
def test_a_test_of_the_wrong_form_is_an_error(tmp_path, old, new, rule):
    assert rules(looked(tmp_path, files(**{"test.xml": TEST.replace(old, new)}))[1]) == {rule}


def test_an_item_alone_is_checked_and_said_to_be_no_package(tmp_path):
    path = tmp_path / "apples.xml"
    path.write_text(item(), encoding="utf-8")
    specimen, problems = Specimen(path, TODAY), Problems()
    assert qti.recognises(specimen)
    assert qti.check(specimen, problems)["items"] == 1
    assert [(p.level, p.rule) for p in problems.kept] == [("warning", "package")]


def test_a_package_of_qti_2_is_claimed_and_refused(tmp_path):
    xml = manifest(resource(1, "imsqti_item_xmlv2p1", "items/apples.xml"), head="<organizations/>", attributes='xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="m"')
    facts, problems = looked(tmp_path, files(**{"imsmanifest.xml": xml, "items/apples.xml": '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"/>'}))
    assert {"resource.type", "manifest.version", "content.root"} <= rules(problems)
    assert "version" not in facts


@pytest.mark.parametrize("xml", [
    "<manifest><resources><resource type='imsqti_item_xmlv3p0'/></resources></manifest>", "<resource type='imsqti_item_xmlv3p0'><file/></resource>",
    "<manifest><metadata><schema>QTI&#x202e;</schema></metadata><resources><resource type='&#x202e;'><file href='../../etc/passwd'/></resource></resources></manifest>",
    "<manifest><resources xml:base='../..'><resource identifier='' type='imsqti_test_xmlv3p0' href='%00%ff//'/><resource/></resources></manifest>",
])
def test_any_shape_is_errors_and_never_a_traceback(tmp_path, xml):
    _, problems = looked(tmp_path, files(**{"imsmanifest.xml": xml}))
    assert problems.counts["error"] > 0
    assert not any(ord(c) < 32 or c == "\u202e" for p in problems.listed() for c in p.where + p.what)


@pytest.mark.parametrize("found", [
    {"readme.txt": "x"}, {"imsmanifest.xml": "<manifest"}, {"imsmanifest.xml": "<manifest><metadata><schema>IMS Common Cartridge</schema></metadata></manifest>"},
    {"imsmanifest.xml": "<manifest><resources><resource type='imsqti_xmlv1p2/imscc_xmlv1p1/assessment'/></resources></manifest>"},
])
def test_other_packages_are_not_claimed(tmp_path, found):
    assert looked(tmp_path, found)[0] is None


def test_another_file_asked_for_by_name_cannot_be_checked(tmp_path):
    with pytest.raises(ChecklistError, match=r"has no imsmanifest\.xml"):
        qti.check(Specimen(packed(tmp_path, {"a.txt": "x"}), TODAY), Problems())
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ChecklistError, match="not a QTI package"):
        qti.check(Specimen(tmp_path / "a.json", TODAY), Problems())


def test_no_other_checker_claims_a_package(tmp_path):
    specimen = Specimen(packed(tmp_path, files()), TODAY)
    assert [module.__name__ for module in (case, cmi5, caliper, xapi) if module.recognises(specimen)] == []


def test_the_manifest_has_its_root_its_resources_and_an_empty_organizations(tmp_path):
    assert "manifest" in rules(looked(tmp_path, files(**{"imsmanifest.xml": manifest().replace("manifest", "package")}))[1])
    assert "manifest.resources" in rules(looked(tmp_path, files(**{"imsmanifest.xml": manifest("")}))[1])
    bare = manifest().replace("<organizations/>", "")
    assert rules(looked(tmp_path, files(**{"imsmanifest.xml": bare}))[1], "warning") == {"manifest.organizations"}
