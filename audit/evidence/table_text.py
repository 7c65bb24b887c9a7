"""The lines of a text of somebody else's in any of the usual encodings, the tables in it, and the lines that tell of a student.

A table in a text is found by its heading: a line of short cells, two of them names of columns about people. What follows it
with as many cells is its rows. All other lines are prose.
"""

import codecs
import csv
import html
import io
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, NamedTuple

from audit.errors import ChecklistError
from audit.evidence.specimen import Specimen
from audit.evidence.table_look import addresses, heading, known

Trust = Literal["table", "form", "text", "prose"]
"""How much a contact says. table: it is a student's; form: beside a column about people; text: beside a column about students; prose: see `students_in`."""

LONGEST_LINE = 1_000_000
_HEAD = 65_536
_FIRST = 5
_DELIMITERS = ("\t", "|", ";", ",", "  ")
_LONGEST_HEADING = 2_000
_LONGEST_NAME = 40
_LEAST_KNOWN = 2
_SHARE = 3
_LISTED = re.compile(r"\s*(?:[-*+•#>]|\d+[.)])\s|[^`]*`")
"""An entry of a list, and names of fields in a text."""
_BORN = re.compile(r"\b(?:dob|d\.o\.b|born|birth ?date|date of birth|fecha de nacimiento)\b", re.IGNORECASE)
_GRADE = re.compile(r"\b(?:grades?|gr\.?|grado)[ :#-]{0,3}(?:k|\d{1,2})\b|\b\d{1,2}(?:st|nd|rd|th)[ -]grade\b|\bkindergarten\b", re.IGNORECASE)
_STUDENT = re.compile(r"\b(?:students?|pupils?|estudiantes?|alumn[oa]s?|iep|homeroom|guardian)\b(?! (?:data|records?|services?|support|information|privacy|affairs|success|systems?))", re.IGNORECASE)
_OFFICE = re.compile(
    r"\b(?:officer|director|manager|coordinator|superintendent|principal|teachers?|counsel|representative|support|contacts?|vendor|provider|supplier|author|editor|maintainer|"
    r"sales|engineer|president|chief|attorney|copyright|licen[sc]e|help ?desk|staff|trainer|notify|questions?)\b", re.IGNORECASE,
)
_ROLE = re.compile(r"(?:privacy|security|support|help(?:desk)?|info|sales|legal|contact|contracts?|admin|office|notices?|abuse|dpo|team|hello|no-?reply|compliance|billing|accessibility)\b.*")


class Row(NamedTuple):
    """Where a row stands, its cells (column as `heading` makes it, or empty; text), and how much a contact in it says."""

    where: str
    cells: list[tuple[str, str]]
    trust: Trust = "table"


Rows = Generator[Row, None, None]


class Member(Specimen):
    """A file inside an archive, held in memory: a specimen whose bytes are there already."""

    def __init__(self, name: str, raw: bytes, of: Specimen) -> None:
        super().__init__(Path(name), of.today)
        self.raw = raw
        self.head = raw[:_HEAD]


def _or_windows(bad: UnicodeError) -> tuple[str, int]:
    """Decode what is no UTF-8 as Windows-1252, which older spreadsheet programs write."""
    if not isinstance(bad, UnicodeDecodeError):
        raise bad
    return bad.object[bad.start:bad.end].decode("cp1252", "replace"), bad.end


codecs.register_error("audit-windows", _or_windows)


def encoding_of(head: bytes) -> tuple[str, str]:
    """Return a text's encoding and what to do with bytes that are none. UTF-16 without a mark is known by its zeros."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16", "replace"
    pairs = head[: len(head) // 2 * 2]
    even, odd, half = pairs[::2].count(0), pairs[1::2].count(0), len(pairs) // 2
    if half and (odd * 2 > half > even * 4):
        return "utf-16-le", "replace"
    return ("utf-16-be", "replace") if half and (even * 2 > half > odd * 4) else ("utf-8-sig", "audit-windows")


def decoded(raw: bytes) -> str:
    """Return the text of bytes that may be cut in the middle of a character."""
    encoding, errors = encoding_of(raw[:_HEAD])
    return codecs.getincrementaldecoder(encoding)(errors).decode(raw).lstrip("\ufeff")


@contextmanager
def opened(specimen: Specimen) -> Iterator[IO[bytes]]:
    """Open a file, or a member of an archive that is in memory. Raises ChecklistError: unreadable."""
    try:
        with io.BytesIO(specimen.raw) if isinstance(specimen, Member) else specimen.path.open("rb") as file:
            yield file
    except (OSError, UnicodeError) as bad:
        raise ChecklistError(f"cannot be read: {getattr(bad, 'strerror', None) or type(bad).__name__}", where=specimen.where) from None


def lines_of(specimen: Specimen) -> Generator[str, None, None]:
    """Yield lines with their ends, a longer one than a million characters in pieces, without the NUL that the csv module cannot read."""
    encoding, errors = encoding_of(specimen.head)
    with opened(specimen) as file:
        text = io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")
        while line := text.readline(LONGEST_LINE):
            yield line.replace("\0", "\N{REPLACEMENT CHARACTER}")


def first_lines(specimen: Specimen) -> list[str]:
    """Return the first lines that are not blank, five at most."""
    return [line for line in decoded(specimen.head).splitlines() if line.strip()][:_FIRST]


def delimiter_of(lines: list[str], offered: Iterable[str] = ",;\t|") -> str:
    """Return what parts the cells: what a line "sep=;" says, what parts known column names, else what is most often in the first line."""
    if lines and (said := re.fullmatch(r'"?sep=([,;:\t| ^~])"?\s*', lines[0], re.IGNORECASE)):
        return said[1]
    start = lines[0] if lines else ""
    return max(offered, key=lambda one: (max([known(cells_of(line, one)) for line in lines], default=0) >= _LEAST_KNOWN, start.count(one), sum(line.count(one) for line in lines)))


def cells_of(line: str, delimiter: str) -> list[str]:
    """Return one line's cells; two blanks or more part those of a table that is set with blanks."""
    line = line.strip("\r\n")
    if delimiter == "  ":
        return re.split(r" {2,}", line.strip())
    line = line.strip(" |") if delimiter == "|" else line
    try:
        return next(csv.reader([line[:LONGEST_LINE]], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def text_rows(lines: Iterable[str]) -> Rows:
    """Yield the rows of the tables in a text, and each other line as one cell of prose."""
    names: list[str] = []
    delimiter = ""
    for number, line in enumerate(lines, 1):
        cells = cells_of(line, delimiter) if names else []
        if len(cells) > 1 and abs(len(cells) - len(names)) <= (delimiter != ","):   # commas are in prose, too
            yield Row(f"line {number}", list(zip([*names, ""], cells, strict=False)), "text")
            continue
        names, delimiter = _heading(line)
        yield Row(f"line {number}", [("", line)], "prose")


def _heading(line: str) -> tuple[list[str], str]:
    """Return the columns that a line names, and what parts them; none for a line that is no heading."""
    if len(line) > _LONGEST_HEADING or _LISTED.match(line):
        return [], ""
    for delimiter in _DELIMITERS:
        if delimiter in line:
            cells = cells_of(line, delimiter)
            found = known(cells)
            if found >= _LEAST_KNOWN and found * _SHARE >= len(cells) and all(len(cell) <= _LONGEST_NAME for cell in cells):
                return [heading(cell) for cell in cells], delimiter
    return [], ""


def is_table(specimen: Specimen) -> str:
    """Return what parts the cells of a text that is one table: one of its first five lines is a heading, and most others have as many cells; else nothing."""
    lines = [line for line in decoded(specimen.head).splitlines() if line.strip()]
    for at, line in enumerate(lines[:_FIRST]):
        names, delimiter = _heading(line)
        if names and delimiter != "  ":
            rest = lines[at + 1:]
            alike = sum(abs(len(cells_of(one, delimiter)) - len(names)) <= 1 < len(names) for one in rest)
            return delimiter if rest and alike * 4 >= len(rest) * 3 else ""
    return ""


_BLOCK = re.compile(r"<\s*/?\s*(?:tr|p|div|li|h[1-6]|br|table|dt|dd|pre|section|title)\b[^<>]{0,2000}>", re.IGNORECASE)
_CELL = re.compile(r"<\s*/\s*t[dh]\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")


_PAGE = 1_000_000
_NEXT = re.compile(r"<\s*(?:tr|p|div|h[1-6]|table)\b", re.IGNORECASE)


def from_html(lines: Iterable[str]) -> Generator[str, None, None]:
    """Yield the lines that an HTML page shows; the cells of a table's row are parted by tabs. Nothing is fetched or run. Memory: some pieces of a million characters."""
    waiting: list[str] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= _PAGE:
            text = "".join(waiting)
            cut = max([match.start() for match in _NEXT.finditer(text)], default=0) or len(text)   # a row of a table is not cut in two
            yield from _shown(text[:cut])
            waiting, size = [text[cut:]], 0
    yield from _shown("".join(waiting))


def _shown(text: str) -> Iterator[str]:
    lines = _TAG.sub(" ", _BLOCK.sub("\n", _CELL.sub("\t", re.sub(r"\s+", " ", text)))).split("\n")
    return (re.sub(r" *\t *", "\t", html.unescape(line)).strip(" ").removesuffix("\t") for line in lines if line.strip())


def students_in(line: str) -> set[str]:
    """Return the e-mail addresses of a line that tells of a student: a birth date, a grade, the word; not those of an office."""
    if "@" not in line:
        return set()
    if not _BORN.search(line) and (_OFFICE.search(line) or not (_GRADE.search(line) or _STUDENT.search(line))):
        return set()
    return {one for one in addresses(line) if not _ROLE.match(one)}
