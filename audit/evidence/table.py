"""A file that no standard claims: no specification, only the look for data about real students.

Tables (.csv, .tsv, .json, .jsonl, .xlsx, .ods), texts (.txt, .md, .tab, .dat, .log, .yaml, .xml, .html), and each such file in a .zip.
A row is taken for a real person's when it holds an e-mail address outside the reserved domains (RFC 2606, RFC 6761), a social
security number that could be issued or a telephone number other than 555-01xx (in a workbook, which may be a questionnaire,
addresses and numbers count only beside a column of people, and in a text only beside a column about students). So is one that holds
a street address, or a person's name together with something that nobody but the school should know (birth date, IEP, disability,
lunch, health, …), unless the row shows that it is invented: a reserved address, a 555-01xx number, a word such as "sample".
Prose is looked through for such social security numbers, and for three addresses in lines that tell of students: a contract names its contacts.
At most 20,000 rows and 20 million characters are looked at; a file that has more says so.
Facts: rows_looked_at (a heading is one of them), student_columns (kinds of column, in words).
"""

from contextlib import closing

from audit.errors import ChecklistError
from audit.evidence.specimen import Facts, Problems, Specimen
from audit.evidence.table_look import ANY_NAME, CONTACT, NAME, PEOPLE, SECRET, STUDENT, Seen, has_ssn, look
from audit.evidence.table_rows import TABLES, TEXTS, kind_of, rows_of
from audit.evidence.table_text import Row, students_in
from audit.evidence.table_zip import UNREAD, members_of, note_unread
from audit.personal import CANNOT_FIND

_MOST_ROWS = 20_000
_MOST_CHARACTERS = 20_000_000
_SHOW_EVERY = 500
_STUDENTS = 3
_STREET = "a street address"


def recognises(specimen: Specimen) -> bool:
    """Return whether a file ends as a table, a text or an archive does; asked last, after every standard."""
    return specimen.path.suffix.lower() in (*TABLES, *TEXTS, *UNREAD, ".zip")


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return how much was looked at, and note what looks like a real student's data. Raises ChecklistError: a file that cannot be read."""
    looked = _Looked(specimen, problems)
    kind = kind_of(specimen)
    if kind in UNREAD:
        note_unread(problems, "")
    elif kind == ".zip":
        for part in members_of(specimen, problems):
            try:
                looked.through(part.specimen, part.title, part.left)
            except ChecklistError:   # one damaged file does not hide the others
                note_unread(problems, part.title)
    else:
        looked.through(specimen, "", 1)
    return looked.told()


class _Looked:
    """What was looked at so far, of one file or of all those in a zip."""

    def __init__(self, specimen: Specimen, problems: Problems) -> None:
        self._specimen, self._problems = specimen, problems
        self._rows = self._characters = 0
        self._columns: set[str] = set()

    def through(self, specimen: Specimen, part: str, left: int) -> None:
        """Look through one file, within its share of what may still be looked at. part: which in the zip; left: how many are left, itself among them."""
        most = self._rows + (_MOST_ROWS - self._rows) // left
        longest = self._characters + (_MOST_CHARACTERS - self._characters) // left
        begun = self._rows
        addresses: set[str] = set()
        with closing(rows_of(specimen)) as rows:
            for row in rows:
                if self._rows >= most or self._characters > longest:
                    self._problems.warning("table.bounded", part, f"only the first {self._rows - begun:,} rows were looked at; the file holds more", "Give a short sample.")
                    return
                self._rows, self._characters = self._rows + 1, self._characters + sum(len(text) for _, text in row.cells)
                where = f"{part}, {row.where}" if part else row.where
                if row.trust == "prose":
                    self._prose(row.cells[0][1], where, addresses)
                else:
                    self._row(row._replace(where=where, trust="text" if part and row.where == "$" else row.trust))
                if self._rows % _SHOW_EVERY == 0:
                    self._specimen.watch(min(1.0, self._rows / _MOST_ROWS))

    def _row(self, row: Row) -> None:
        seen = look(row.cells, self._specimen.today, capitals=row.trust == "text")
        self._columns |= seen.kinds - {ANY_NAME, STUDENT}
        for kind in sorted(seen.real - _of_others(row, seen)):
            self._problems.student_data(row.where, f"looks like {kind} of a real person")
        beside = _beside(seen)
        if beside and not seen.real and not seen.invented:
            self._problems.student_data(row.where, f"a name stands beside {beside}, and nothing in the row says that it is invented")

    def _prose(self, line: str, where: str, addresses: set[str]) -> None:
        if has_ssn(line):
            self._problems.student_data(where, "looks like a social security number of a real person")
        before = len(addresses)
        addresses |= students_in(line) if before < _STUDENTS else set()
        if before < _STUDENTS <= len(addresses):
            self._problems.student_data(where, "the third e-mail address of a real person in a line that tells of a student")

    def told(self) -> Facts:
        """Return the facts, after noting which columns are about people, and what such a look cannot find."""
        if self._columns:
            self._problems.warning("table.columns", "", f"the columns hold {', '.join(sorted(self._columns))}", "Ask what each is for.")
        self._problems.note("table.limits", "", CANNOT_FIND)
        return {"rows_looked_at": self._rows, "student_columns": sorted(self._columns)}


def _of_others(row: Row, seen: Seen) -> frozenset[str]:
    """Return the kinds of data in a row that are no student's: a questionnaire names its vendor's contacts, a report whom it asked."""
    if row.trust == "text" and not seen.kinds & PEOPLE:
        return CONTACT | {_STREET}
    return CONTACT if row.trust == "form" and not seen.kinds else frozenset()


def _beside(seen: Seen) -> str:
    """Return what stands beside a person's name in a row and should not be known; empty for nothing."""
    secret = sorted(seen.kinds & SECRET)
    if NAME in seen.kinds and secret:
        return secret[0]
    if ANY_NAME in seen.kinds and secret and seen.kinds & {"a student number", "a parent"}:
        return secret[0]
    return "a birth date" if {ANY_NAME, "a birth date"} <= seen.kinds else ""
