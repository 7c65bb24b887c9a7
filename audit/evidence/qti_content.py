"""What is inside a QTI 3.0 item, test, section or stimulus: declarations, references, images' texts, accessibility supports."""

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree import ElementTree as ET  # only its types: defusedxml has parsed

from audit.evidence.fields import said, shown
from audit.evidence.specimen import Facts, Problems
from audit.untrusted import Markup

ROOTS = {
    "item": "qti-assessment-item", "test": "qti-assessment-test", "stimulus": "qti-assessment-stimulus", "section": "qti-assessment-section",
}
"""Kind of resource → the root element of its file."""

_NAMESPACE = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_NAME = re.compile(r"[^\W\d][\w.-]*")
_REQUIRED = {
    "qti-assessment-item": ("identifier", "title", "time-dependent"), "qti-assessment-test": ("identifier", "title"),
    "qti-assessment-stimulus": ("identifier", "title"), "qti-assessment-section": ("identifier", "title", "visible"),
    "qti-test-part": ("identifier", "navigation-mode", "submission-mode"), "qti-assessment-item-ref": ("identifier", "href"),
    "qti-assessment-section-ref": ("identifier", "href"), "qti-assessment-stimulus-ref": ("identifier", "href"),
    "qti-response-declaration": ("identifier", "cardinality"), "qti-outcome-declaration": ("identifier", "cardinality"),
    "qti-template-declaration": ("identifier", "cardinality"), "qti-card": ("support",), "qti-catalog": ("id",),
}
_VALUES = {
    "time-dependent": ("true", "false"), "visible": ("true", "false"), "navigation-mode": ("linear", "nonlinear"),
    "submission-mode": ("individual", "simultaneous"), "cardinality": ("single", "multiple", "ordered", "record"),
}
_BUILT_IN = frozenset(("completionStatus", "numAttempts", "duration"))
_READS = ("qti-variable", "qti-printed-variable", "qti-correct", "qti-default", "qti-map-response", "qti-map-response-point")
_STANDARD = re.compile(r".*/(match_correct|map_response|map_response_point)(?:\.xml)?")
_REFERENCES = ("src", "href", "data", "poster")
_REMOTE = re.compile(r"(?:https?:)?//|ftp:", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_FILE_NAME = re.compile(r"[\w -]+\.(?:png|jpe?g|gif|svg|webp|bmp)", re.IGNORECASE)


class Content(NamedTuple):
    """A file's elements, its path, the root element that it should have, and the zip's files (None for a file alone)."""

    markup: Markup
    path: str
    root: str
    files: frozenset[str] | None

    def at(self, element: ET.Element) -> str:
        """Return where an element stands: file, line, name."""
        return f"{self.path} line {self.markup.line(element)}, {_local(element)}"


class Seen:
    """What the files showed so far."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.counts: Counter[str] = Counter()
        self.supports: set[str] = set()
        self.interactions: set[str] = set()
        self.items: Counter[str] = Counter()
        self.referred: list[tuple[str, str]] = []

    def refer(self, items: set[str]) -> None:
        """Note the references of tests to files that are no items of the package."""
        for path, at in self.referred:
            if path not in items:
                self.problems.error("test.item-ref", at, "the manifest lists no item under this href")

    def facts(self) -> Facts:
        """Return the counts, and the names of interactions and accessibility supports."""
        names = ("items", "tests", "stimuli", "images", "images_without_text", "remote_references")
        return {name: self.counts[name] for name in names} | {
            "interactions": [*sorted(self.interactions)], "accessibility_supports": [*sorted(self.supports)],
        }


def check_content(content: Content, seen: Seen) -> None:
    """Check one file: an item, a test, a section or a stimulus."""
    root, problems = content.markup.root, seen.problems
    if _local(root) != content.root:
        old = _local(root) in ("assessmentItem", "assessmentTest", "assessmentSection")
        problems.error("content.root", content.at(root), f"the root element must be {content.root}", "This is QTI 2: convert it." if old else "")
        return
    if root.tag != f"{{{_NAMESPACE}}}{content.root}":
        problems.error("content.namespace", content.at(root), f"the namespace must be {_NAMESPACE}")
    seen.counts[{"qti-assessment-item": "items", "qti-assessment-test": "tests", "qti-assessment-stimulus": "stimuli"}.get(content.root, "sections")] += 1
    if content.root == ROOTS["item"]:
        seen.items[root.get("identifier", "")] += 1
        if seen.items[root.get("identifier", "")] == 2:  # noqa: PLR2004
            problems.warning("item.identifier", content.at(root), "another item of the package has the same identifier")
    if content.root in (ROOTS["item"], ROOTS["stimulus"]) and not root.get(_LANGUAGE):
        problems.warning("content.language", content.at(root), "has no xml:lang: a screen reader does not know how to read it aloud")
    supports = {id(inner) for box in root.iter() if _local(box) == "qti-catalog-info" for inner in box.iter()}
    for element in root.iter():
        _attributes(content, element, problems)
        if id(element) not in supports:
            _media(content, element, seen)
        _references(content, element, seen)
        _script(content, element, problems)
    _catalogs(content, seen)
    if content.root == ROOTS["item"]:
        _item(content, seen)


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _attributes(content: Content, element: ET.Element, problems: Problems) -> None:
    """Check the attributes that an element must have, and the values of those that have a fixed set."""
    kind = _local(element)
    for name in _REQUIRED.get(kind, ()):
        value = element.get(name)
        if value is None:
            problems.error(f"{kind.removeprefix('qti-')}.{name}", content.at(element), f"has no {name}")
        elif name in _VALUES and value.strip() not in _VALUES[name]:
            problems.error(f"{kind.removeprefix('qti-')}.{name}", content.at(element), f"{name} must be {' or '.join(_VALUES[name])}")
        elif name == "identifier" and not _NAME.fullmatch(value):
            problems.error(f"{kind.removeprefix('qti-')}.{name}", content.at(element), "the identifier must start with a letter and have no spaces")
        elif name == "title" and not value.strip():
            problems.warning(f"{kind.removeprefix('qti-')}.{name}", content.at(element), "the title is empty")
    if kind in ("qti-response-declaration", "qti-outcome-declaration") and not element.get("base-type") and element.get("cardinality") != "record":
        problems.error(f"{kind.removeprefix('qti-')}.base-type", content.at(element), "has no base-type")


def _media(content: Content, element: ET.Element, seen: Seen) -> None:
    """Check that what is seen or heard has a text."""
    kind, problems = _local(element), seen.problems
    if kind == "img":
        seen.counts["images"] += 1
        text = element.get("alt")
        if text is None:
            seen.counts["images_without_text"] += 1
            problems.error("img.alt", content.at(element), "the image has no alt", "Say what the image shows; alt=\"\" for decoration.")
        elif _FILE_NAME.fullmatch(text.strip()):
            seen.counts["images_without_text"] += 1
            problems.warning("img.alt", content.at(element), "the image's alt is a file name")
        elif not text.strip():
            problems.note("img.alt", content.at(element), "the image is marked as decoration (alt is empty)")
    elif kind in ("video", "audio") and not any(_local(one) == "track" for one in element) and not element.get("data-catalog-idref"):
        problems.warning(f"{kind}.track", content.at(element), f"the {kind} has no captions or transcript: no track, no catalog entry")
    elif kind == "object" and not "".join(element.itertext()).strip() and not len(element) and not element.get("aria-label"):
        problems.warning("object.text", content.at(element), "the object has no text in its place")


def _references(content: Content, element: ET.Element, seen: Seen) -> None:
    """Check that what an element loads is in the package, and note what comes from elsewhere."""
    kind = _local(element)
    found = [element.get(name, "") for name in _REFERENCES if kind != "a"] + ([element.text or ""] if kind == "qti-file-href" else [])
    for reference in (one.strip() for one in found if one.strip() and not one.strip().startswith(("#", "data:"))):
        if _REMOTE.match(reference):
            seen.counts["remote_references"] += 1
            seen.problems.warning("content.remote", content.at(element), "loads from another server while a student works", "Put the file into the package.")
            continue
        if _SCHEME.match(reference):
            seen.problems.error("content.scheme", content.at(element), f"refers by {shown(reference.partition(':')[0])}, which no player loads")
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(content.path), unquote(re.split(r"[?#]", reference, maxsplit=1)[0])))
        if kind == "qti-assessment-item-ref" and content.files is not None:
            seen.referred.append((path, content.at(element)))
        elif content.files is not None and path not in content.files:
            seen.problems.error("content.missing", content.at(element), "refers to a file that the zip does not have")


def _script(content: Content, element: ET.Element, problems: Problems) -> None:
    if _local(element) == "script" or any(name.lower().startswith("on") for name in element.attrib):
        problems.error("content.script", content.at(element), "holds a script; QTI has portable custom interactions for that")


def _catalogs(content: Content, seen: Seen) -> None:
    """Check that catalog entries are found, and gather what they support."""
    root = content.markup.root
    catalogs = {one.get("id", "") for one in root.iter() if _local(one) == "qti-catalog"}
    for one in root.iter():
        name = one.get("data-catalog-idref")
        if name is not None and not set(name.split()) <= catalogs:
            seen.problems.error("catalog.idref", content.at(one), "no catalog of this file has this id")
        if _local(one) == "qti-card" and one.get("support", "").strip():
            seen.supports.add(said(one.get("support", "")))


def _declared(root: ET.Element, kind: str) -> dict[str, ET.Element]:
    return {one.get("identifier", ""): one for one in root.iter() if _local(one) == f"qti-{kind}-declaration"}


def _item(content: Content, seen: Seen) -> None:
    """Check that what an item's interactions, scoring and feedback use is declared."""
    root, problems = content.markup.root, seen.problems
    responses, outcomes = _declared(root, "response"), _declared(root, "outcome")
    other = {*_declared(root, "template"), *_declared(root, "context")}
    twice = Counter(one.get("identifier", "") for one in root if _local(one).endswith("-declaration"))
    for name in (name for name, count in twice.items() if count > 1):
        problems.error("declaration.twice", content.at(root), f"declares {shown(name)} twice")
    _interactions(content, responses, seen)
    for element, name, known in _uses(root, responses, outcomes, other):
        if name not in known:
            problems.error("processing.undeclared", content.at(element), f"uses {shown(name)}, which the item does not declare")
    for one in root:
        match = _STANDARD.fullmatch(one.get("template", "")) if _local(one) == "qti-response-processing" else None
        if match is None:
            continue
        if "RESPONSE" not in responses or "SCORE" not in outcomes:
            problems.error("processing.template", content.at(one), f"the template {match[1]} needs a response RESPONSE and an outcome SCORE")
        elif match[1] == "match_correct" and not _has_key(root, responses["RESPONSE"]):
            problems.warning("processing.correct", content.at(one), "scores by match_correct, and RESPONSE has no correct response: nobody can be right")


def _has_key(root: ET.Element, response: ET.Element) -> bool:
    """Return whether RESPONSE has a correct response: declared, or set by the item's template."""
    declared = any(_local(one) == "qti-correct-response" for one in response)
    return declared or any(_local(one) == "qti-set-correct-response" and one.get("identifier") == "RESPONSE" for one in root.iter())


def _interactions(content: Content, responses: dict[str, ET.Element], seen: Seen) -> None:
    bound: Counter[str] = Counter()
    for one in content.markup.root.iter():
        kind = _local(one)
        if not (kind.startswith("qti-") and kind.endswith("-interaction")):
            continue
        seen.interactions.add(said(kind.removeprefix("qti-").removesuffix("-interaction")))
        name = one.get("response-identifier")
        bound[name or ""] += 1
        if not name:
            seen.problems.error("interaction.response", content.at(one), "has no response-identifier")
        elif name not in responses:
            seen.problems.error("interaction.response", content.at(one), f"answers to {shown(name)}, which the item does not declare")
        elif bound[name] > 1:
            seen.problems.error("interaction.response", content.at(one), f"another interaction also answers to {shown(name)}")


def _uses(
    root: ET.Element, responses: dict[str, ET.Element], outcomes: dict[str, ET.Element], other: set[str],
) -> Iterator[tuple[ET.Element, str, set[str]]]:
    """Yield each use of a variable: the element, the name, and the names that it may be."""
    every = {*responses, *outcomes, *other, *_BUILT_IN, "QTI_CONTEXT"}
    for one in root.iter():
        kind = _local(one)
        if kind in _READS:
            yield one, one.get("identifier", ""), every
        elif kind == "qti-set-outcome-value":
            yield one, one.get("identifier", ""), {*outcomes, "completionStatus"}
        elif one.get("outcome-identifier") is not None:
            yield one, one.get("outcome-identifier", ""), {*outcomes, "completionStatus"}
        elif kind.startswith("qti-template-") and one.get("template-identifier") is not None:
            yield one, one.get("template-identifier", ""), {*other, *_BUILT_IN}
