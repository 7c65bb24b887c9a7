"""The rows of an OpenDocument spreadsheet (.ods, OASIS OpenDocument 1.3, Part 3, section 9: tables), read in pieces within bounded memory."""

import io
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree as ET  # only its types: defusedxml parses

from audit.errors import AuditError, ChecklistError
from audit.evidence.specimen import Specimen
from audit.untrusted import Archive

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CONTENT = "content.xml"
_LARGEST = 200_000_000
_MOST_CELLS = 1_000
_DEEPEST = 100


class _Limited(io.RawIOBase):
    """A file that ends in an error after 200 MB, whatever the archive says of its size."""

    def __init__(self, file: IO[bytes], where: str) -> None:
        self._file, self._where, self._left = file, where, _LARGEST

    def read(self, size: int = -1, /) -> bytes:
        piece = self._file.read(65_536 if size < 0 else size)
        self._left -= len(piece)
        if self._left < 0:
            raise ChecklistError(f"the workbook unpacks to more than {_LARGEST // 1_000_000} MB", where=self._where, fix="Give a short sample.")
        return piece


def rows_of_ods(specimen: Specimen) -> Iterator[tuple[int, int, list[str]]]:
    """Yield (number of the sheet, of the row, texts) of every row that is not empty. Raises ChecklistError: no such file, locked, too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(specimen.raw)) as archive:
            content = Archive(archive, specimen.where, ChecklistError)
            with content.open(_CONTENT) as file:
                yield from _rows(_Limited(file, specimen.where), specimen.where)
    except AuditError:
        raise
    except Exception as bad:   # a damaged or locked file, and one without its content.xml, can raise anything: zip, XML, key and value errors
        raise ChecklistError(f"not a readable .ods workbook ({type(bad).__name__})", where=specimen.where, fix="Save it again without a password.") from None


def _rows(file: io.RawIOBase, where: str) -> Iterator[tuple[int, int, list[str]]]:
    from defusedxml.ElementTree import iterparse

    sheet = row = 0
    open_elements: list[ET.Element] = []
    for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
        if event == "start":
            open_elements.append(element)
            if len(open_elements) > _DEEPEST:
                raise ChecklistError(f"nested more than {_DEEPEST} deep", where=where)
            if element.tag == f"{_TABLE}table":
                sheet, row = sheet + 1, 0
            continue
        open_elements.pop()
        if element.tag == f"{_TABLE}table-row":
            row += 1
            texts = _texts(element)
            row_number, row = row, row + _times(element, "rows") - 1
            if open_elements:
                del open_elements[-1][:]   # what was read is let go
            if any(texts):
                yield sheet, row_number, texts


def _times(element: ET.Element, what: str) -> int:
    said = element.get(f"{_TABLE}number-{what}-repeated", "1")
    return max(1, int(said)) if said.isascii() and said.isdigit() and len(said) < 8 else 1   # noqa: PLR2004


def _texts(row: ET.Element) -> list[str]:
    texts: list[str] = []
    for cell in row:
        if cell.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            texts += [_text(cell)] * min(_times(cell, "columns"), _MOST_CELLS - len(texts))
    return texts


def _text(cell: ET.Element) -> str:
    """Return a cell's date as ISO text, else what it shows."""
    day = cell.get(f"{_OFFICE}date-value")
    return day[:10] if day else "\n".join("".join(part.itertext()) for part in cell.iter(f"{_TEXT}p"))
