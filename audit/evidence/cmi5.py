"""A course held to cmi5 (ADL, Quartz, 1 June 2016): the course structure cmi5.xml, alone or in its zip."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree import ElementTree as ET  # only its types: defusedxml has parsed

from audit.errors import ChecklistError
from audit.evidence.fields import IRI, said, shown
from audit.evidence.specimen import Facts, Problems, Specimen
from audit.untrusted import Markup, open_zip, xml_of

_NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
_FILE = "cmi5.xml"
_MOVE_ON = ("NotApplicable", "Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed")
_LAUNCH = ("AnyWindow", "OwnWindow")
_SCORE = re.compile(r"\+?(?:\d{1,9}(?:\.\d*)?|\.\d+)")
_DECIMALS = 4
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BELONGS = {
    "courseStructure": ("course", "objectives", "block", "au"), "course": ("title", "description"),
    "block": ("title", "description", "objectives", "block", "au"),
    "au": ("title", "description", "objectives", "url", "launchParameters", "entitlementKey"),
}
_ATTRIBUTES = {"au": ("id", "activityType", "launchMethod", "masteryScore", "moveOn"), "block": ("id",), "course": ("id",), "objective": ("id",)}


class _Course(NamedTuple):
    """The structure, where it stands, the zip's other files (None for a file alone), and what was found so far."""

    markup: Markup
    name: str
    files: frozenset[str] | None
    problems: Problems
    ids: Counter[str]
    addresses: list[str]

    def at(self, element: ET.Element, more: str = "") -> str:
        return f"{self.name} line {self.markup.line(element)}, {_local(element)}{more}"

    def error(self, rule: str, element: ET.Element, what: str, fix: str = "") -> None:
        self.problems.error(rule, self.at(element), what, fix)


def recognises(specimen: Specimen) -> bool:
    """Return whether the file is a courseStructure, or a zip with a cmi5.xml."""
    return specimen.root == "courseStructure" or _member(specimen) is not None


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return the course's title and units and where they are launched, after noting what cmi5 does not allow."""
    course = _read(specimen, problems)
    root = course.markup.root
    if _local(root) != "courseStructure":
        raise ChecklistError("not a cmi5 course structure", where=specimen.where, fix="The root element of cmi5.xml is courseStructure.")
    if root.tag != f"{{{_NAMESPACE}}}courseStructure":
        course.error("course.namespace", root, f"the namespace must be {_NAMESPACE}")
    heads = _children(root, "course")
    if len(heads) != 1:
        course.error("course", root, f"has {len(heads)} course elements, and must have one")
    for head in heads:
        _head(course, head)
    objectives = {one.get("id", "").strip() for box in _children(root, "objectives") for one in _objectives(course, box)}
    units = list(_tree(course, root, objectives))
    if not units:
        course.error("course.au", root, "has no assignable unit (au)")
    facts: Facts = {"version": "1.0", "units": len(units), "launch_addresses": len(course.addresses)}
    title = next(iter(_strings(heads[0], "title")), "") if heads else ""
    facts |= {"course": said(title)} if title else {}
    return facts | ({"https_only": all(one.lower().startswith("https:") for one in course.addresses)} if course.addresses else {})


def _member(specimen: Specimen) -> str | None:
    """Return the zip's cmi5.xml, the least deep of several."""
    found = [name for name in specimen.members if posixpath.basename(name).lower() == _FILE]
    return min(found, key=lambda name: (name.count("/"), name)) if found else None


def _read(specimen: Specimen, problems: Problems) -> _Course:
    if not specimen.members:
        return _Course(specimen.xml, specimen.where, None, problems, Counter(), [])
    name = _member(specimen)
    if name is None:
        raise ChecklistError("has no cmi5.xml", where=specimen.where, fix="Put the course structure at the root of the zip.")
    if name != _FILE:
        problems.error("package.place", name, "the course structure must be cmi5.xml at the root of the zip")
    with open_zip(specimen.path, ChecklistError) as archive:
        markup = xml_of(archive.read(name), f"{specimen.where}: {name}", ChecklistError)
    return _Course(markup, name, frozenset(specimen.members), problems, Counter(), [])


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _own(element: ET.Element) -> bool:
    """Return whether an element is cmi5's, not an extension in a vendor's namespace."""
    return element.tag.startswith(f"{{{_NAMESPACE}}}") or not element.tag.startswith("{")


def _children(element: ET.Element, *names: str) -> list[ET.Element]:
    return [child for child in element if _local(child) in names]


def _strings(element: ET.Element, name: str) -> list[str]:
    """Return the texts of a title or description, in the order of its languages."""
    texts = [(one.text or "").strip() for box in _children(element, name) for one in _children(box, "langstring")]
    return [text for text in texts if text]


def _head(course: _Course, element: ET.Element) -> None:
    """Check what a course, block, au and objective have in common: an id of their own, a title, a description."""
    kind = _local(element)
    identifier = element.get("id", "").strip()
    if not identifier:
        course.error(f"{kind}.id", element, "has no id")
    elif not IRI.fits(identifier):
        course.error(f"{kind}.id", element, f"the id must be {IRI.what}")
    course.ids[identifier] += 1
    if identifier and course.ids[identifier] > 1:
        course.error(f"{kind}.id", element, "another element has the same id")
    for name in ("title", "description"):
        if not _children(element, name):
            course.error(f"{kind}.{name}", element, f"has no {name}")
        elif not _strings(element, name):
            course.error(f"{kind}.{name}", element, f"the {name} has no text in a langstring", "<langstring lang=\"en-US\">…</langstring>")
    for box in _children(element, "title", "description"):
        if any(not one.get("lang") for one in _children(box, "langstring")):
            course.problems.warning(f"{kind}.lang", course.at(box), "a text does not say its language")
    _strange(course, element)


def _strange(course: _Course, element: ET.Element) -> None:
    """Note elements and attributes that stand where cmi5 has none: the frequent slip is moveOn as an element."""
    kind = _local(element)
    for child in element:
        if kind in _BELONGS and _own(child) and _local(child) not in _BELONGS[kind]:
            name = _local(child)
            course.error(f"{kind}.member", child, f"cmi5 has no such element in {kind}", f"{name} is an attribute of au." if name in _ATTRIBUTES["au"] else "")
    for name in element.attrib:
        if kind in _ATTRIBUTES and not name.startswith("{") and name not in _ATTRIBUTES[kind]:
            course.error(f"{kind}.attribute", element, f"cmi5 has no attribute {shown(name)} here", "url is an element of au." if name == "url" else "")


def _objectives(course: _Course, box: ET.Element) -> Iterator[ET.Element]:
    for one in _children(box, "objective"):
        _head(course, one)
        yield one


def _tree(course: _Course, parent: ET.Element, objectives: set[str]) -> Iterator[ET.Element]:
    """Check blocks and units from the outside in, and yield the units."""
    if _local(parent) == "courseStructure":
        _strange(course, parent)
    for element in _children(parent, "block", "au"):
        _head(course, element)
        for box in _children(element, "objectives"):
            for one in _children(box, "objective"):
                if one.get("idref", "").strip() not in objectives:
                    course.error("objective.idref", one, "no objective of the course has this id")
        if _local(element) == "au":
            _unit(course, element)
            yield element
            continue
        if not _children(element, "block", "au"):
            course.error("block.empty", element, "holds no unit and no block")
        yield from _tree(course, element, objectives)


def _unit(course: _Course, unit: ET.Element) -> None:
    move, launch, score = (unit.get(name) for name in ("moveOn", "launchMethod", "masteryScore"))
    if move is not None and move not in _MOVE_ON:
        course.error("au.moveOn", unit, f"moveOn must be one of {', '.join(_MOVE_ON)}")
    if launch is not None and launch not in _LAUNCH:
        course.error("au.launchMethod", unit, f"launchMethod must be {' or '.join(_LAUNCH)}")
    kind = unit.get("activityType")
    if kind is not None and not IRI.fits(kind.strip()):
        course.error("au.activityType", unit, f"activityType must be {IRI.what}")
    if score is not None:
        _score(course, unit, score.strip())
    elif move in ("Passed", "CompletedAndPassed", "CompletedOrPassed"):
        course.problems.note("au.masteryScore", course.at(unit), "passing counts, and no masteryScore says from which score on: the unit decides by itself")
    if move in (None, "NotApplicable"):
        course.problems.note("au.moveOn", course.at(unit), "counts as done without being opened (moveOn NotApplicable, which is the default)")
    if any((one.text or "").strip() for one in _children(unit, "entitlementKey")):
        course.problems.warning("au.entitlementKey", course.at(unit), "a key for using the content is in the file", "Ask whether it is a secret of yours.")
    _address(course, unit)


def _score(course: _Course, unit: ET.Element, score: str) -> None:
    if not _SCORE.fullmatch(score) or float(score) > 1:
        course.error("au.masteryScore", unit, "masteryScore must be a decimal number from 0 to 1", "80 % is 0.8.")
    elif len(score.partition(".")[2].rstrip("0")) > _DECIMALS:
        course.error("au.masteryScore", unit, "masteryScore has more than four decimal places")


def _address(course: _Course, unit: ET.Element) -> None:
    """Check where a unit is launched: a file of the zip, or a whole address."""
    found = _children(unit, "url")
    address = (found[0].text or "").strip() if found else ""
    if len(found) != 1 or not address:
        course.error("au.url", unit, "must have one url")
        return
    if _SCHEME.match(address):
        course.addresses.append(address)
        if address.lower().startswith("http:"):
            course.problems.warning("au.https", course.at(found[0]), "the unit is launched without encryption", "Use https.")
        elif not IRI.fits(address):
            course.error("au.url", found[0], "is no well-formed address")
        elif not address.lower().startswith("https:"):
            course.problems.warning("au.url", course.at(found[0]), "is not a web address: only a device with the right app can open it")
        return
    path = posixpath.normpath(unquote(re.split(r"[?#]", address, maxsplit=1)[0]))
    if course.files is None:
        course.error("au.url", found[0], "must be a whole address: there is no zip that the file could be in")
    elif path.startswith(("../", "/")) or path == "..":
        course.error("au.url", found[0], "leaves the package")
    elif path not in course.files:
        course.error("au.url", found[0], "the zip has no such file")
