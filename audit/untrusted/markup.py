"""XML without a document type, entities or anything fetched; each element knows its line."""

from typing import Any, NamedTuple
from xml.etree import ElementTree as ET  # only its types: defusedxml parses

from audit.errors import AuditError

_DEEPEST = 200


class Markup(NamedTuple):
    """A document: its root, and the line (from 1) of each element by `id(element)`."""

    root: ET.Element
    lines: dict[int, int]

    def line(self, element: ET.Element) -> int:
        """Return the line on which an element begins."""
        return self.lines.get(id(element), 0)


def xml_of(raw: bytes, where: str, error: type[AuditError]) -> Markup:
    """Return an XML file's elements. Raises `error`: no XML (with its line), a document type, an entity, nested too deeply."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    lines: dict[int, int] = {}
    parser: Any = DefusedXMLParser(target=_builder(lines, where, error), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    parser.target.expat = parser.parser
    try:
        parser.feed(raw)
        return Markup(parser.close(), lines)
    except DefusedXmlException:
        raise error(
            "the XML has a document type or an entity, which could fetch or grow", where=where, fix="Take the <!DOCTYPE …> out."
        ) from None
    except ET.ParseError as bad:
        raise error(f"not valid XML: {bad}", where=where) from None
    except (ValueError, LookupError) as bad:
        raise error(f"not readable XML: {' '.join(str(bad).split())[:120]}", where=where) from None


def _builder(lines: dict[int, int], where: str, error: type[AuditError]) -> Any:
    class Builder(ET.TreeBuilder):
        expat: Any = None
        depth = 0

        def start(self, tag: str, attrs: dict[str, str], /) -> Any:
            self.depth += 1
            if self.depth > _DEEPEST:
                raise error(f"nested more than {_DEEPEST} deep", where=where)
            element = super().start(tag, attrs)
            lines[id(element)] = self.expat.CurrentLineNumber if self.expat else 0
            return element

        def end(self, tag: str, /) -> Any:
            self.depth -= 1
            return super().end(tag)

    return Builder()
