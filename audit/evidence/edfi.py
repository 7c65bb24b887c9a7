"""Ed-Fi: the root document of an API (Ed-Fi API Guidelines 4.0, Discovery API 1.0) or descriptors, XML or JSON (Data Standard 3 to 5).

Facts of its own: suite, api_mode, data_standard (version of the Ed-Fi data model), extensions (other data models), and
for descriptors: descriptors (how many), descriptor_types, namespaces.
"""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET  # only its types: audit.untrusted parses

from audit.evidence.fields import DATE, WEB, Part, part_of
from audit.evidence.specimen import Facts, Problems, Specimen
from audit.wording import one_line

_URLS = ("dependencies", "openApiMetadata", "oauth", "dataManagementApi")
_LONGEST = {"codeValue": 50, "shortDescription": 75, "namespace": 255, "description": 1024}
_NAMESPACE = re.compile(r"uri://[^\s/#]+/([^\s#]+)")
_VERSION = re.compile(r"(\d{1,3})\.\d{1,3}(?:\.\d{1,3})?(?:-[\w.]{1,20})?")
_OLDEST = 4
_MOST_NAMES = 60
_PLAIN = re.compile(r"[A-Za-z]\w{0,99}")


def recognises(specimen: Specimen) -> bool:
    """Return whether a file is an Ed-Fi API's root document or holds descriptors."""
    tree = specimen.tree
    if isinstance(tree, dict):
        urls = tree.get("urls")
        return ("dataModels" in tree and "urls" in tree) or (isinstance(urls, dict) and "dataManagementApi" in urls) or _describes(tree)
    return specimen.root == "InterchangeDescriptors" or (isinstance(tree, list) and bool(tree) and _describes(tree[0]))


def _describes(value: object) -> bool:
    return isinstance(value, dict) and {"codeValue", "namespace"} <= value.keys()


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return what an Ed-Fi file says, and note what the guidelines or the data standard object to."""
    if specimen.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return _descriptors(_from_xml(specimen, problems), problems)
    if isinstance(specimen.json, list) or _describes(specimen.json):
        return _descriptors(_from_json(specimen.json, problems), problems)
    root = part_of(specimen.json, "$", "root", problems)
    return {} if root is None else _root(root)


def _root(root: Part) -> Facts:
    facts: Facts = {}
    for name, fact in (("version", "version"), ("suite", "suite"), ("apiMode", "api_mode")):
        text = root.text(name, required=name != "apiMode")
        facts |= {fact: one_line(text, 80)} if text else {}
    models = {}
    for model in root.parts("dataModels", "dataModel", required=True):
        label, version = model.text("name", required=True), model.text("version", required=True)
        if label and version:
            models[label] = version
            if not _VERSION.fullmatch(version):
                model.warning("version", "is not written as a version such as 5.1.0")
    standard = next((version for name, version in models.items() if name.lower() in ("ed-fi", "edfi")), None)
    if standard is None:
        root.error("dataModels", "the data model Ed-Fi is not among them")
    else:
        facts["data_standard"] = one_line(standard, 40)
        number = _VERSION.fullmatch(standard)
        if number and int(number[1]) < _OLDEST:
            root.warning("dataModels", f"the Ed-Fi data model is older than {_OLDEST}.0", "Ask when the product moves to a version that the Alliance supports.")
    others = [one_line(name, 60) for name in models if name.lower() not in ("ed-fi", "edfi")]
    return facts | ({"extensions": others[:_MOST_NAMES]} if others else {}) | _addresses(root)


def _addresses(root: Part) -> Facts:
    urls = root.part("urls", "urls", required=True)
    if urls is None:
        return {}
    plain = []
    for name in dict.fromkeys((*_URLS, *urls.members)):
        # A host of several years gives an address with a place for the year.
        text = urls.text(name, required=name in _URLS) if name in _URLS or isinstance(urls.members[name], str) else None
        if text is None:
            continue
        plain.append(not text.lower().startswith("https://"))
        if not WEB.fits(re.sub(r"\{\w{1,40}\}", "0", text)):
            urls.error(name, "must be a web address, https://…")
        elif plain[-1]:
            urls.warning(name, "the address is not https: tokens and student records can be read on the way", "Use https.")
    return {"https_only": not any(plain)} if plain else {}


def _from_json(value: Any, problems: Problems) -> Iterator[tuple[str, str, Part]]:
    """Yield (kind of descriptor or nothing, place, its members) for each object."""
    for i, one in enumerate(value if isinstance(value, list) else [value]):
        at = f"$[{i}]" if isinstance(value, list) else "$"
        part = part_of(one, at, "descriptor", problems)
        if part is not None:
            yield "", at, part


def _from_xml(specimen: Specimen, problems: Problems) -> Iterator[tuple[str, str, Part]]:
    """Yield the same for each element of an interchange; CodeValue is read as codeValue."""
    root = specimen.xml.root
    if specimen.root != "InterchangeDescriptors":
        problems.error("interchange.root", f"line {specimen.xml.line(root)}", "the root element must be InterchangeDescriptors")
        return
    for element in root:
        kind, at = _local(element), f"line {specimen.xml.line(element)}, {_named(element)}"
        if not kind.endswith("Descriptor"):
            problems.error("interchange.element", at, "only descriptors belong into this interchange")
            continue
        members = {}
        for child in element:
            name = _local(child)
            members[name[:1].lower() + name[1:]] = (child.text or "").strip()
        yield kind, at, Part(members, at, "descriptor", problems)


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _named(element: ET.Element) -> str:
    name = _local(element)
    return name if _PLAIN.fullmatch(name) else "an element"


def _descriptors(found: Iterator[tuple[str, str, Part]], problems: Problems) -> Facts:
    seen: set[tuple[str, str]] = set()
    kinds: set[str] = set()
    spaces: set[str] = set()
    count = 0
    for kind, at, part in found:
        count += 1
        texts = {name: part.text(name, required=name != "description") for name in _LONGEST}
        for name, text in texts.items():
            if text and len(text) > _LONGEST[name]:
                part.error(name, f"is longer than {_LONGEST[name]} characters")
        for name in ("effectiveBeginDate", "effectiveEndDate"):
            part.text(name, DATE)
        code, space = texts["codeValue"], texts["namespace"]
        if space is not None:
            kinds.add(_kind(part, kind, space))
            spaces.add(space.rpartition("/")[0])
        if code and space and (space, code.casefold()) in seen:
            problems.error("descriptor.twice", at, "the same codeValue stands twice in one namespace")
        seen.add((space or "", (code or "").casefold()))
    if not count:
        problems.warning("descriptor.none", "$", "the file holds no descriptor")
    names = [one_line(one, 100) for one in sorted(kinds - {""})[:_MOST_NAMES]]
    return {"descriptors": count, "descriptor_types": names, "namespaces": [one_line(one, 120) for one in sorted(spaces)[:_MOST_NAMES]]}


def _kind(part: Part, kind: str, space: str) -> str:
    """Return the kind of descriptor that a namespace names: uri://example.org/GradeLevelDescriptor."""
    match = _NAMESPACE.fullmatch(space)
    if match is None:
        part.error("namespace", "must be written as uri://example.org/GradeLevelDescriptor")
        return kind
    last = match[1].rpartition("/")[2]
    if not last.endswith("Descriptor") or (kind and last != kind):
        part.warning("namespace", "the last part of the namespace is not the kind of descriptor", f"End it with /{kind}." if _PLAIN.fullmatch(kind) else "")
    return kind or last
