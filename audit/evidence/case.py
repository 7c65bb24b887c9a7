"""A competency framework held to CASE 1.0 and 1.1: the CFPackage in JSON (1EdTech, 1.0 of July 2017, 1.1 of 24 January 2025).

Some tools keep frameworks in a format of their own with `sourcedId` and names in lower case; that is not the standard.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from audit.evidence.fields import DATE, IRI, TIME, UUID, Form, Part, part_of, said, shown
from audit.evidence.specimen import Facts, Problems, Specimen

_EVERY = ("identifier", "uri", "lastChangeDateTime", "extensions")
_CHILD = "isChildOf"
_TYPES = frozenset((_CHILD, "isPeerOf", "isPartOf", "exactMatchOf", "precedes", "isRelatedTo", "replacedBy", "exemplar", "hasSkillLevel"))
_TYPES_1_1 = _TYPES | {"isTranslationOf"}
_NEW = {
    "CFDocument": ("frameworkType", "caseVersion", "extensions"), "CFItems": ("subject", "subjectURI", "extensions"),
    "CFAssociations": ("notes", "extensions"),
}
_INTERNAL = ("sourcedId", "cfDocument", "cfItems", "cfAssociations")


class _Class(NamedTuple):
    rule: str
    required: Mapping[str, Form | None]
    optional: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    links: tuple[str, ...] = ()

    def known(self) -> frozenset[str]:
        return frozenset((*_EVERY, *self.required, *self.optional, *self.lists, *self.dates, *self.links))


_DOCUMENT = _Class(
    "document", {"creator": None, "title": None},
    ("frameworkType", "caseVersion", "officialSourceURL", "publisher", "description", "language", "version", "adoptionStatus", "notes"),
    ("subject",), ("statusStartDate", "statusEndDate"), ("subjectURI", "licenseURI"),
)
_ITEM = _Class(
    "item", {"fullStatement": None},
    ("alternativeLabel", "CFItemType", "humanCodingScheme", "listEnumeration", "abbreviatedStatement", "notes", "language"),
    ("conceptKeywords", "subject", "educationLevel"), ("statusStartDate", "statusEndDate"),
    ("conceptKeywordsURI", "subjectURI", "CFItemTypeURI", "licenseURI"),
)
_ASSOCIATION = _Class("association", {"associationType": None}, ("notes", "sequenceNumber"), links=("originNodeURI", "destinationNodeURI", "CFAssociationGroupingURI"))
_DEFINITIONS = {
    "CFConcepts": _Class("concept", {"title": None, "hierarchyCode": None}, ("keywords", "description")),
    "CFSubjects": _Class("subject", {"title": None, "hierarchyCode": None}, ("description",)),
    "CFLicenses": _Class("license", {"title": None, "licenseText": None}, ("description",)),
    "CFItemTypes": _Class("item-type", {"title": None, "description": None, "hierarchyCode": None}, ("typeCode",)),
    "CFAssociationGroupings": _Class("grouping", {"title": None}, ("description",)),
}


def recognises(specimen: Specimen) -> bool:
    """Return whether the file is a JSON object with a CFDocument, or what a tool's internal format has in its place."""
    tree = specimen.tree
    tree = tree.get("CFPackage", tree) if isinstance(tree, dict) else None
    return isinstance(tree, dict) and any(name in tree for name in ("CFDocument", "CFItems", "cfDocument", "cfItems"))


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return the framework's version, title, counts and status, after noting what CASE does not allow."""
    package = _package(specimen.json, problems)
    if package is None:
        return {}
    new = _is_new(package)
    if any(name in package.members for name in _INTERNAL):
        problems.error("package.internal", package.path, "this is a tool's internal format (sourcedId, names in lower case), not CASE", "Export the CFPackage by the CASE service.")
    document = package.part("CFDocument", "document", required=True)
    package.only(("CFDocument", "CFItems", "CFAssociations", "CFDefinitions", "CFRubrics", "extensions"), "Put it into extensions.", error=new)
    seen: Counter[str] = Counter()
    known: set[str] = set()
    parts = [(document, _DOCUMENT)] if document else []
    parts += [(part, _ITEM) for part in package.parts("CFItems", "item")]
    parts += list(_definitions(package))
    for part, shape in parts:
        known |= _described(part, shape, seen, new=new)
    associations = list(package.parts("CFAssociations", "association"))
    external = _associations(associations, known, seen, problems, new=new)
    items = [part for part, shape in parts if shape is _ITEM]
    _hierarchy(items, associations, problems)
    facts: Facts = {"version": "1.1" if new else "1.0", "items": len(items), "associations": len(associations), "external_associations": external}
    return facts | (_of_document(document, specimen, problems, new=new) if document else {})


def _package(tree: Any, problems: Problems) -> Part | None:
    package = part_of(tree, "$", "package", problems)
    if package is not None and "CFPackage" in package.members and "CFDocument" not in package.members:
        package.error("CFPackage", "the package is wrapped in another object", "CFDocument, CFItems … stand at the top.")
        return package.part("CFPackage", "package")
    return package


def _is_new(package: Part) -> bool:
    """Return whether the package is of 1.1: it says so, its addresses do, or it uses what only 1.1 has."""
    document = package.members.get("CFDocument")
    uri = document.get("uri") if isinstance(document, dict) else None
    if isinstance(uri, str) and "/case/v1p" in uri:
        return "/case/v1p1/" in uri
    for name, new in _NEW.items():
        value = package.members.get(name)
        rows = value if isinstance(value, list) else [value]
        if any(isinstance(row, dict) and any(member in row for member in new) for row in rows):
            return True
    return False


def _definitions(package: Part) -> Iterator[tuple[Part, _Class]]:
    definitions = package.part("CFDefinitions", "definitions")
    if definitions is not None:
        definitions.only((*_DEFINITIONS, "extensions"), "Put it into extensions.")
        for name, shape in _DEFINITIONS.items():
            yield from ((part, shape) for part in definitions.parts(name, shape.rule))
    for rubric in package.parts("CFRubrics", "rubric"):
        yield rubric, _Class("rubric", {}, ("title", "description", "CFRubricCriteria"))


def _described(part: Part, shape: _Class, seen: Counter[str], *, new: bool) -> set[str]:
    """Check one object's members, and return the identifier and address that it can be found by."""
    if "sourcedId" in part.members and "identifier" not in part.members:
        part.error("sourcedId", "CASE names an object by identifier, not by sourcedId", "Export the CFPackage by the CASE service.")
    identifier = part.text("identifier", UUID, required=True)
    uri = part.text("uri", IRI, required=True)
    part.text("lastChangeDateTime", TIME, required=True)
    for name, form in shape.required.items():
        part.text(name, form, required=True)
    for name in shape.optional:
        if name not in ("sequenceNumber", "CFRubricCriteria"):
            part.text(name)
    for name in shape.lists:
        part.texts(name)
    for name in shape.dates:
        part.text(name, DATE)
    _links(part, shape)
    part.only(shape.known(), "Put what is your own into extensions.", error=new)
    if identifier is not None:
        _once(part, identifier, seen)
    return {one for one in (identifier and identifier.lower(), uri) if one}


def _once(part: Part, identifier: str, seen: Counter[str]) -> None:
    if identifier != identifier.lower():
        part.problems.warning("uuid.case", part.at("identifier"), "the UUID has capitals; CASE writes them small, and some systems compare letter by letter")
    seen[identifier.lower()] += 1
    if seen[identifier.lower()] > 1:
        part.problems.error("identifier.twice", part.at("identifier"), "another object of this package has the same identifier")


def _links(part: Part, shape: _Class) -> None:
    """Check the references other than an association's two ends: each a title, a UUID and an address."""
    for name in shape.links:
        if name in ("originNodeURI", "destinationNodeURI"):
            continue
        links = part.parts(name, "link") if name == "subjectURI" else [part.part(name, "link")]
        for link in links:
            if link is not None:
                link.text("title", required=True)
                link.text("identifier", UUID, required=True)
                link.text("uri", IRI, required=True)


def _associations(associations: list[Part], known: set[str], seen: Counter[str], problems: Problems, *, new: bool) -> int:
    """Check every association, and return how many point outside this package."""
    external, twice = 0, Counter[tuple[str, str, str]]()
    for part in associations:
        _described(part, _ASSOCIATION, seen, new=new)
        part.of("sequenceNumber", int, "a whole number")
        kind = part.members.get("associationType")
        if isinstance(kind, str) and kind.strip() and kind not in (_TYPES_1_1 if new else _TYPES) and not (new and kind.startswith("ext:")):
            part.error("associationType", f"{shown(kind)} is no association type of CASE {'1.1' if new else '1.0'}", "" if new else "Own types (ext:…) exist from 1.1 on.")
        ends = [_end(part, name, known, kind) for name in ("originNodeURI", "destinationNodeURI")]
        external += any(outside for _, outside in ends)
        key = (str(kind), ends[0][0], ends[1][0])
        twice[key] += 1
        if all(key) and twice[key] > 1:
            problems.warning("association.twice", part.path, "the same association stands here a second time")
        if key[1] and key[1] == key[2]:
            problems.error("association.self", part.path, "the association joins an object with itself")
    return external


def _end(part: Part, name: str, known: set[str], kind: object) -> tuple[str, bool]:
    """Return one end's identifier, and whether it lies outside the package: marked by targetType, or plainly elsewhere."""
    end = part.part(name, "link", required=True)
    if end is None:
        return "", False
    end.text("title", required=True)
    uri = end.text("uri", IRI, required=True)
    identifier = (end.text("identifier", required=True) or "").lower()
    target = end.text("targetType")
    if target is not None and target != "CASE" and not target.startswith("ext:"):
        end.error("targetType", "must be CASE, or an own type that starts with ext:")
    if not identifier or identifier in known:
        return identifier, False
    if uri in known:
        end.error("identifier", "the address is that of an object of this package, the identifier is not")
    elif kind == _CHILD and target is None:
        part.problems.error("association.unresolved", end.path, "no object of this package has this identifier: the hierarchy is broken here", "Add the object, or take the association out.")
    elif target is None and kind != "exemplar":
        part.problems.warning("association.external", end.path, "points outside this package and is not marked so", "From 1.1 on, targetType says what lies at the other end.")
    return identifier, uri not in known


def _hierarchy(items: list[Part], associations: list[Part], problems: Problems) -> None:
    """Note items that no isChildOf puts anywhere, and circles of parents."""
    parents: dict[str, str] = {}
    for part in associations:
        ends = [part.members.get(name) for name in ("originNodeURI", "destinationNodeURI")]
        if part.members.get("associationType") == _CHILD and all(isinstance(end, dict) for end in ends):
            origin, destination = (str(end.get("identifier")).lower() for end in ends if isinstance(end, dict))
            parents.setdefault(origin, destination)
    done: set[str] = set()
    for part in items:
        name = str(part.members.get("identifier")).lower()
        if name not in parents and parents:
            problems.warning("item.orphan", part.path, "no isChildOf says where this item belongs: a reader of the tree will not see it")
        path: dict[str, None] = {}
        while name in parents and name not in done and name not in path:
            path[name] = None
            name = parents[name]
        if name in path and parents[name] != name:
            problems.error("association.circle", part.path, "following isChildOf from here comes back to the same item")
        done.update(path)


def _of_document(document: Part, specimen: Specimen, problems: Problems, *, new: bool) -> Facts:
    """Return what the CFDocument says of itself."""
    version = document.members.get("caseVersion")
    if version is not None and version != "1.1":
        document.error("caseVersion", "must be 1.1 where it stands", "Leave it out for 1.0.")
    elif version is None and new:
        problems.note("document.caseVersion", document.path, "is CASE 1.1 by its address or members, and does not say caseVersion 1.1")
    facts: Facts = {}
    for fact, name in (("framework", "title"), ("publisher", "creator"), ("adoption_status", "adoptionStatus"), ("valid_until", "statusEndDate")):
        value = document.members.get(name)
        if isinstance(value, str) and value.strip() and (fact != "valid_until" or DATE.fits(value)):
            facts[fact] = said(value)
    ended = facts.get("valid_until")
    if isinstance(ended, str) and ended < specimen.today.isoformat():
        document.warning("statusEndDate", f"the framework's status ended on {ended}", "Ask which framework is in use now.")
    return facts
