"""Assessment content held to QTI 3.0 (1EdTech, final release of 1 May 2022): the content package, its manifest and its files.

What is inside an item, a test or a stimulus is `qti_content`'s business.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree import ElementTree as ET  # only its types: defusedxml has parsed

from audit.errors import AuditError, ChecklistError
from audit.evidence.fields import shown
from audit.evidence.qti_content import ROOTS, Content, Seen, check_content
from audit.evidence.specimen import Facts, Problems, Specimen
from audit.untrusted import Archive, Markup, open_zip, xml_of

_MANIFEST = "imsmanifest.xml"
_NAMESPACE = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
_QTI_TYPE = re.compile(r"imsqti_([a-z]+)_xmlv(\d)p(\d)")
_OTHER_TYPES = re.compile(r"webcontent|css\d|associatedcontent/.+|learning-application-resource|controlfile/.+|pls|resourcemetadata/.+|extension/.+|imslti_.+|ext:.+")
_VERSION = re.compile(r"3\.0(?:\.\d+)?")
_UNLISTED = (".xsd", ".dtd")
_LITTER = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|~\$)")
_LARGEST = 10_000_000
_XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"


class _Resource(NamedTuple):
    """A resource of the manifest: its element, id, type, main file and files, as paths in the zip."""

    element: ET.Element
    identifier: str
    kind: str
    main: str
    files: tuple[str, ...]


def recognises(specimen: Specimen) -> bool:
    """Return whether the file is a zip whose manifest lists QTI content of any version, or one QTI 3 XML file."""
    if specimen.root in ROOTS.values():
        return True
    name = _manifest(specimen)
    if name is None:
        return False
    try:
        with open_zip(specimen.path, ChecklistError) as archive:
            root = _xml(archive, name, specimen).root
    except AuditError:
        return False
    types = (one.get("type", "") for one in root.iter() if _local(one) == "resource")
    return any(_QTI_TYPE.fullmatch(one) for one in types) or _text(root, "schema").startswith("QTI")


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return the version, the items and tests, their interactions and accessibility supports, and images without a text."""
    seen = Seen(problems)
    if not specimen.members:
        if specimen.root not in ROOTS.values():
            raise ChecklistError("not a QTI package", where=specimen.where, fix="Give the zip with imsmanifest.xml.")
        problems.warning("package", specimen.where, "this is one XML file, not a content package: its references cannot be checked")
        check_content(Content(specimen.xml, specimen.where, specimen.root, None), seen)
        return seen.facts()
    name = _manifest(specimen)
    if name is None:
        raise ChecklistError("has no imsmanifest.xml", where=specimen.where, fix="Put the manifest at the root of the zip.")
    if name != _MANIFEST:
        problems.error("package.place", name, "the manifest must stand at the root of the zip", "Zip the folder's contents, not the folder.")
    with open_zip(specimen.path, ChecklistError) as archive:
        markup = _xml(archive, name, specimen)
        facts = _head(markup, name, problems)
        resources = _resources(markup, name, problems)
        _files(markup, name, resources, archive, problems)
        _contents(resources, archive, specimen, seen)
    return facts | seen.facts()


def _manifest(specimen: Specimen) -> str | None:
    """Return the zip's manifest, the least deep of several."""
    found = [name for name in specimen.members if posixpath.basename(name) == _MANIFEST and not _LITTER.search(name)]
    return min(found, key=lambda name: (name.count("/"), name)) if found else None


def _xml(archive: Archive, name: str, specimen: Specimen) -> Markup:
    return xml_of(archive.read(name, _LARGEST), f"{specimen.where}: {name}", ChecklistError)


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element if _local(child) == name]


def _text(root: ET.Element, name: str) -> str:
    """Return the text of the manifest's metadata/schema or metadata/schemaversion."""
    return next(((one.text or "").strip() for box in _children(root, "metadata") for one in _children(box, name)), "")


def _head(markup: Markup, name: str, problems: Problems) -> Facts:
    """Check the manifest's root and metadata."""
    root, at = markup.root, f"{name} line {markup.line(markup.root)}"
    if _local(root) != "manifest":
        problems.error("manifest", at, "the root element must be manifest")
    elif root.tag != f"{{{_NAMESPACE}}}manifest":
        problems.error("manifest.namespace", at, f"the namespace must be {_NAMESPACE}")
    if not root.get("identifier"):
        problems.error("manifest.identifier", at, "the manifest has no identifier")
    schema, version = _text(root, "schema"), _text(root, "schemaversion")
    if not schema.startswith("QTI"):
        problems.error("manifest.schema", f"{name}, metadata", "schema must be there and say QTI Package" if not schema else "schema must say QTI Package")
    if not _VERSION.fullmatch(version):
        problems.error("manifest.version", f"{name}, metadata", "schemaversion must be there, and 3.0.0 or 3.0.1", "Older QTI: convert the content, do not only rename it.")
    if not _children(root, "organizations"):
        problems.warning("manifest.organizations", at, "organizations is missing; QTI wants it there and empty")
    return {"version": version} if _VERSION.fullmatch(version) else {}


def _resources(markup: Markup, name: str, problems: Problems) -> list[_Resource]:
    """Return the manifest's resources, after noting what is wrong with each entry."""
    found, ids = [], Counter[str]()
    for box in _children(markup.root, "resources"):
        for one in _children(box, "resource"):
            resource = _resource(one, posixpath.join(posixpath.dirname(name), box.get(_XML_BASE, ""), one.get(_XML_BASE, "")))
            ids[resource.identifier] += 1
            _entry(resource, f"{name} line {markup.line(one)}, resource", problems, twice=ids[resource.identifier] > 1)
            found.append(resource)
    if not found:
        problems.error("manifest.resources", name, "lists no resources")
    for resource in found:
        for one in _children(resource.element, "dependency"):
            if not ids[one.get("identifierref", "")]:
                problems.error("resource.dependency", f"{name} line {markup.line(one)}, dependency", "no resource has this identifier")
    return found


def _resource(one: ET.Element, base: str) -> _Resource:
    files = tuple(_path(base, file.get("href", "")) for file in _children(one, "file"))
    return _Resource(one, one.get("identifier", ""), one.get("type", ""), _path(base, one.get("href", "")) if one.get("href") else "", files)


def _entry(resource: _Resource, at: str, problems: Problems, *, twice: bool) -> None:
    if not resource.identifier:
        problems.error("resource.identifier", at, "has no identifier")
    elif twice:
        problems.error("resource.identifier", at, "another resource has the same identifier")
    _type(resource.kind, at, problems)
    if _QTI_TYPE.fullmatch(resource.kind) and not resource.main:
        problems.error("resource.href", at, "has no href: nobody knows where its content is")
    elif resource.main and resource.main not in resource.files and not _is_remote(resource.main):
        problems.error("resource.file", at, "its own href is not among its file elements")


def _type(kind: str, at: str, problems: Problems) -> None:
    match = _QTI_TYPE.fullmatch(kind)
    if not kind:
        problems.error("resource.type", at, "has no type")
    elif match and (match[2], match[3]) != ("3", "0"):
        problems.error("resource.type", at, f"is of QTI {match[2]}.{match[3]}, not 3.0")
    elif not match and not _OTHER_TYPES.fullmatch(kind):
        problems.warning("resource.type", at, f"{shown(kind)} is no type that QTI 3.0 packages use")


def _path(base: str, href: str) -> str:
    """Return a reference of the manifest as a path in the zip, or as it is when it lies elsewhere."""
    return href if _is_remote(href) else posixpath.normpath(posixpath.join(base, unquote(href.partition("?")[0].partition("#")[0])))


def _is_remote(href: str) -> bool:
    return bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:|//", href))


def _files(markup: Markup, name: str, resources: list[_Resource], archive: Archive, problems: Problems) -> None:
    """Compare the files that the manifest lists with those that are there."""
    present, listed = set(archive.names), {name}
    for resource in resources:
        at = f"{name} line {markup.line(resource.element)}, resource"
        for file in dict.fromkeys((*resource.files, *((resource.main,) if resource.main else ()))):
            listed.add(file)
            if _is_remote(file):
                problems.warning("resource.remote", at, "a file lies on another server, not in the package")
            elif file not in present:
                problems.error("resource.missing", at, f"the zip has no file {_file(file)}")
    for file in archive.names:
        if _LITTER.search(file):
            problems.note("package.litter", _file(file), "an operating system's own file, not part of the content")
        elif file not in listed and not file.lower().endswith(_UNLISTED):
            problems.warning("package.unlisted", _file(file), "no resource of the manifest lists this file: importers leave it out")


def _file(path: str) -> str:
    return path if len(path) <= 100 else f"…{path[-99:]}"  # noqa: PLR2004


def _contents(resources: list[_Resource], archive: Archive, specimen: Specimen, seen: Seen) -> None:
    """Check the items, tests, stimuli and sections that are there, each file once."""
    known = frozenset(archive.names)
    types: Mapping[str, str] = {one.main: one.kind for one in resources if (match := _QTI_TYPE.fullmatch(one.kind)) and match[1] in ROOTS}
    for number, (path, kind) in enumerate(types.items(), 1):
        specimen.watch(number / len(types))
        if path not in known:
            continue
        try:
            markup = _xml(archive, path, specimen)
        except AuditError as bad:
            seen.problems.error("content.xml", _file(path), bad.what, bad.fix)
            continue
        check_content(Content(markup, path, ROOTS[kind.split("_")[1]], known), seen)
    seen.refer({one.main for one in resources if one.kind.startswith("imsqti_item")})
