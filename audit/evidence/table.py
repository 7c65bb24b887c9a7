"""A table that no standard claims (.csv, .tsv, .json, .jsonl, .xlsx): no specification, only the look for data about real students.

A row is taken for a real person's when it holds an e-mail address outside the reserved domains (RFC 2606, RFC 6761), a social
security number that could be issued or a telephone number other than 555-01xx (in a workbook, which may be a questionnaire,
addresses and numbers count only beside a column of people). So is one that holds a street address, or a
person's name together with something that nobody but the school should know (birth date, IEP, disability, lunch, health, …),
unless the row shows that it is invented: a reserved address, a 555-01xx number, a word such as "sample".
At most 20,000 rows and 20 million characters are looked at; a file that has more says so.
Facts: rows_looked_at (a heading is one of them), student_columns (kinds of column, in words).
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from audit.evidence.specimen import Facts, Problems, Specimen
from audit.evidence.table_rows import rows_of
from audit.personal import CANNOT_FIND, find_personal_data

_KINDS = (".csv", ".tsv", ".json", ".jsonl", ".xlsx")
_MOST_ROWS = 20_000
_MOST_CHARACTERS = 20_000_000
_MOST_CELLS = 1_000
_LONGEST_CELL = 10_000
_PROSE = 40
_DIGITS = 7
_SHOW_EVERY = 500

_NAME, _ANY_NAME = "a person's name", "a name"
_SECRET = ("a birth date", "special education", "disability or health", "meals or income", "discipline", "race or ethnicity", "a social security number", "language status")
_PART = r"(?:first|last|given|family|middle|full|preferred)"
_NAMES = re.compile(
    rf"(?:.*_)?(?:{_PART}_?names?|names?_{_PART}|surname)|(?:.*_)?(?:student|pupil|child|learner)(?:_?names?|_{_PART})?(?:_{_PART})?"
)
_COLUMNS: Mapping[str, re.Pattern[str]] = {_NAME: _NAMES} | {kind: re.compile(rf"(?:.*_)?(?:{words})(?:_.*)?") for kind, words in {
    "a birth date": "dob|birth_?date|birth_?day|date_of_birth|born",
    "a social security number": "ssn|social_security(?:_number)?",
    "special education": "iep|sped|special_ed(?:ucation)?|504|section_?504",
    "disability or health": "disabilit(?:y|ies)|medical|diagnos[ie]s|health|allerg(?:y|ies)|medication",
    "meals or income": "lunch|frl|frpl|free_reduced|income|homeless|econ(?:omic(?:ally)?)?_?dis(?:advantaged)?",
    "discipline": "discipline|suspension|suspended|expulsion|incident",
    "race or ethnicity": "race|ethnicity|hispanic",
    "language status": "ell|english_learner|lep|home_language|migrant|immigra(?:nt|tion)",
    "a parent": "parent|guardian|mother|father",
    "an address": "street|home_address|address",
    "an e-mail address": "e_?mail",
    "a telephone number": "phone|telephone|mobile|cell",
    "a student number": "(?:student|pupil|state|local)_?(?:unique_?)?(?:id|number|no)|ssid|lasid|sasid",
}.items()}
_EMPTY = frozenset(("", "no", "n", "false", "0", "none", "null", "n/a", "na", "-", "not applicable"))
_A_NAME = re.compile(r"(?=.{2})[^\W\d_][^\W\d_'’.-]*(?:[ ,'’.-]+[^\W\d_][^\W\d_'’.-]*){0,4}\.?")
_INVENTED = re.compile(r"\b(?:sample|test (?:student|pupil|user|person)|demo|dummy|fake|fictitious|fictional|invented|synthetic|example|placeholder|lorem|doe|mustermann)\b", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]{1,64}@([\w-]+(?:\.[\w-]+)*)")
_RESERVED = re.compile(r"(?:.*\.)?(?:example(?:\.\w+)?|test|invalid|localhost)", re.IGNORECASE)
_SSN = re.compile(r"(?<![\d-])(\d{3})-(\d{2})-(\d{4})(?![\d-])")
_SSN_DIGITS = re.compile(r"(\d{3})[- ]?(\d{2})[- ]?(\d{4})")
_ORDINARY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?|-?\d+\.\d+|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_NEVER_ISSUED = ("000", "666")
_MADE_UP_SSN = ("078051120", "219099999", "123456789", "111111111")
_MADE_UP_PHONE = re.compile(r"555\D{0,2}01\d\d(?!\d)")
_DATES = (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?!\d).*"), re.compile(r"\d{1,2}[/.]\d{1,2}[/.](\d{4})"))
_OLDEST, _YOUNGEST = 24, 2
_STREET = "a street address"
_LOOKED_FOR = ("an e-mail address", "a telephone number", _STREET)
_CONTACT = frozenset(("an e-mail address", "a telephone number"))
"""A workbook that is a questionnaire names its vendor's contacts: in a row with no column that is of people they are no student's."""


class Seen(NamedTuple):
    """What one row shows. real: kinds of data that are a real person's by themselves; kinds: of columns that are filled."""

    real: frozenset[str]
    kinds: frozenset[str]
    invented: bool


def recognises(specimen: Specimen) -> bool:
    """Return whether a file ends as a table does; asked last, after every standard."""
    return specimen.path.suffix.lower() in _KINDS


def check(specimen: Specimen, problems: Problems) -> Facts:
    """Return how much was looked at, and note what looks like a real student's data. Raises ChecklistError: a file that cannot be read."""
    columns: set[str] = set()
    is_form = specimen.path.suffix.lower() == ".xlsx"
    count = characters = 0
    with closing(rows_of(specimen)) as rows:
        for where, cells in rows:
            if count == _MOST_ROWS or characters > _MOST_CHARACTERS:
                problems.warning("table.bounded", "", f"only the first {count:,} rows were looked at; the file holds more", "Give a short sample.")
                break
            count, characters = count + 1, characters + sum(len(text) for _, text in cells)
            seen = _look(cells, specimen.today)
            columns |= seen.kinds - {_ANY_NAME}
            for kind in sorted(seen.real - (_CONTACT if is_form and not seen.kinds else frozenset())):
                problems.student_data(where, f"looks like {kind} of a real person")
            beside = _beside(seen)
            if beside and not seen.real and not seen.invented:
                problems.student_data(where, f"a name stands beside {beside}, and nothing in the row says that it is invented")
            if count % _SHOW_EVERY == 0:
                specimen.watch(min(1.0, count / _MOST_ROWS))
    if columns:
        problems.warning("table.columns", "", f"the columns hold {', '.join(sorted(columns))}", "Ask what each is for.")
    problems.note("table.limits", "", CANNOT_FIND)
    return {"rows_looked_at": count, "student_columns": sorted(columns)}


def _beside(seen: Seen) -> str:
    """Return what stands beside a person's name in a row and should not be known; empty for nothing."""
    secret = sorted(seen.kinds.intersection(_SECRET))
    if _NAME in seen.kinds and secret:
        return secret[0]
    return "a birth date" if {_ANY_NAME, "a birth date"} <= seen.kinds else ""


def _look(cells: Iterable[tuple[str, str]], today: date) -> Seen:
    real: set[str] = set()
    kinds: set[str] = set()
    invented = False
    for column, text in islice(cells, _MOST_CELLS):
        value = text[:_LONGEST_CELL].strip()
        if value.casefold() in _EMPTY:
            continue
        named = _named(column)
        kinds |= {kind for kind in named if _fits(kind, value, today)}
        found, made_up = _personal(value, named)
        real |= found
        invented = invented or made_up or bool(_INVENTED.search(value))
    return Seen(frozenset(real - ({_STREET} if invented else set())), frozenset(kinds), invented)


@lru_cache(maxsize=5_000)
def _named(column: str) -> frozenset[str]:
    """Return the kinds of data that a column's name tells of. `name` alone may be a course's: it counts with a birth date only."""
    return frozenset([_ANY_NAME] if column == "name" else [kind for kind, pattern in _COLUMNS.items() if pattern.fullmatch(column)])


def _fits(kind: str, value: str, today: date) -> bool:
    """Return whether a value is what its column's name says: a name is words, a birth date that of somebody at school."""
    if kind in (_NAME, _ANY_NAME):
        return bool(_A_NAME.fullmatch(value))
    if kind == "a birth date":
        years = [int(match[1]) for match in (pattern.fullmatch(value) for pattern in _DATES) if match]
        return bool(years) and _YOUNGEST <= today.year - years[0] <= _OLDEST
    return True


def _personal(value: str, named: frozenset[str]) -> tuple[set[str], bool]:
    """Return the kinds of data in a cell that are a real person's, and whether it holds a reserved address or number."""
    found: set[str] = set()
    domains = [match[1] for match in _EMAIL.finditer(value)] if "@" in value else []
    made_up = any(_RESERVED.fullmatch(one) for one in domains) or bool(_MADE_UP_PHONE.search(value))
    if any(not _RESERVED.fullmatch(one) and "." in one for one in domains):
        found.add("an e-mail address")
    if _ORDINARY.fullmatch(value):
        return found, made_up
    own = _SSN_DIGITS.fullmatch(value) if "a social security number" in named else None
    numbers = [own.groups()] if own else [match.groups() for match in _SSN.finditer(value)]
    if any(_could_be_issued(*number) for number in numbers):
        found.add("a social security number")
    made_up = made_up or bool(numbers and not found)
    digits = sum(map(str.isdigit, value))
    if len(value) > _PROSE or digits >= _DIGITS or (digits and "an address" in named):
        kinds = {one.kind for one in find_personal_data(value) if one.kind in _LOOKED_FOR and not _reserved(value[one.start:one.end])}
        bare = value.isdigit() and "a telephone number" not in named   # a long number is an id as well
        found |= kinds - ({"a telephone number"} if bare or numbers else set())
    return found, made_up


def _reserved(text: str) -> bool:
    match = _EMAIL.search(text)
    return bool(match and _RESERVED.fullmatch(match[1])) or bool(_MADE_UP_PHONE.search(text))


def _could_be_issued(area: str, group: str, serial: str) -> bool:
    """Return whether the Social Security Administration could have issued a number: no 000, 666, 9xx, -00-, -0000, none of its advertisements."""
    if area in _NEVER_ISSUED or area.startswith("9") or group == "00" or serial == "0000":
        return False
    return area + group + serial not in _MADE_UP_SSN
