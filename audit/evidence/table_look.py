"""What one row of a table shows: the kinds of data that its column names tell of, in English and Spanish, and what its cells hold.

Kinds of column are known by their names; a value counts when it can be what the name says. E-mail addresses in the reserved
domains (RFC 2606, RFC 6761), telephone numbers 555-01xx and social security numbers that were never issued show that a row is invented.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from audit.evidence.places import snake
from audit.personal import find_personal_data

NAME, ANY_NAME, STUDENT = "a person's name", "a name", "a student"
SECRET = frozenset((
    "a birth date", "special education", "disability or health", "meals or income", "discipline", "race or ethnicity", "a social security number", "language status",
))
PEOPLE = SECRET | {STUDENT, "a student number", "a parent"}
"""Kinds of column that only a table about students has."""
CONTACT = frozenset(("an e-mail address", "a telephone number"))
_MOST_CELLS = 1_000
_LONGEST_CELL = 10_000
_LONGEST_NAME = 100
_PROSE = 40
_DIGITS = 7

_PART = r"(?:first|last|given|family|middle|full|preferred|legal)"
_CHILD = r"(?:students?|pupil|child|learner)"
_NINO = r"(?:estudiante|alumn[oa]|nin[oa]|hij[oa]|menor)"
_NAMES = re.compile(
    rf"(?:.*_)?(?:{_PART}_?names?|names?_{_PART}|surname|[fl]_?name)|(?:.*_)?{_CHILD}(?:_?names?|_{_PART})?(?:_{_PART})?|{_CHILD}_?names?_.*"
    rf"|(?:.*_)?(?:apellidos?(?:_s)?(?:_.*)?|(?:primer|segundo)_nombre)|nombres?(?:_s)?(?:_y_apellidos?|_completo|_legal)?(?:_(?:del?_)?(?:la_|el_)?{_NINO})?|{_NINO}"
)
_NO_PERSON = re.compile(r".*(?:training|course|workshop|webinar|module|curso|taller|capacitacion|(?:^|_)per_).*")
"""A staff member's "IEP training" is no student's IEP, and a price per student no student."""
_STUDENT = re.compile(rf"(?:.*_)?(?:{_CHILD}(?:_?names?|_{_PART}(?:_?name)?)?|{_NINO}|grade(?:_?level)?|homeroom|grado)")
_COLUMNS: Mapping[str, re.Pattern[str]] = {NAME: _NAMES, STUDENT: _STUDENT} | {kind: re.compile(rf"(?:.*_)?(?:{words})(?:_.*)?") for kind, words in {
    "a birth date": "dob|d_o_b|birth_?date|birth_?day|date_of_birth|born|fecha_(?:de_)?nac(?:imiento)?|f_nac|nacimiento|nacid[oa]",
    "a social security number": "ssn|social_security(?:_number)?|seguro_social|nss",
    "special education": "iep|sped|special_ed(?:ucation)?|504|section_?504|educacion_especial|pei",
    "disability or health": "disabilit(?:y|ies)|medical|diagnos[ie]s|health|allerg(?:y|ies)|medications?|discapacidad(?:es)?|alergias?|medicamentos?|diagnosticos?|enfermedad(?:es)?|salud",
    "meals or income": "lunch|frl|frpl|free_reduced|income|homeless|econ(?:omic(?:ally)?)?_?dis(?:advantaged)?|comidas?|almuerzos?|ingresos?|sin_hogar",
    "discipline": "discipline|suspension|suspended|expulsion|incident|suspensiones|sancion(?:es)?",
    "race or ethnicity": "race|ethnicity|hispanic|raza|etnia|etnicidad|hispan[oa]",
    "language status": "ell|english_learner|lep|home_language|migrant|immigra(?:nt|tion)|(?:idioma|lengua)_(?:(?:del?|en)_)?(?:el_|la_)?(?:hogar|casa|matern[oa])|aprendiz_de_ingles|migrante",
    "a parent": "parent|guardian|mother|father|padres?|madre|tutor_legal|acudiente|apoderad[oa]",
    "an address": "street|home_address|address|direccion|domicilio",
    "an e-mail address": "e_?mail|correo",
    "a telephone number": "phone|telephone|mobile|cell|telefono|celular",
    "a student number": "(?:student|pupil|state|local)_?(?:unique_?)?(?:id|number|no)|ssid|lasid|sasid|matricula|(?:id|numero)_(?:del?_)?(?:estudiante|alumn[oa])",
}.items()}
_EMPTY = frozenset(("", "no", "n", "false", "0", "none", "null", "n/a", "na", "-", "not applicable", "ninguno", "ninguna", "no aplica"))
_DESCRIBES = frozenset((
    "string", "text", "varchar", "char", "boolean", "bool", "integer", "int", "number", "date", "datetime", "object", "array", "enum", "required", "optional", "mandatory",
    "collected", "not collected", "stored", "not stored", "shared", "not shared",
))
"""Values of a list of fields: no person has them."""
_NOT_A_NAME = frozenset((
    "yes", "true", "read", "write", "included", "free", "all",
    "any", "unknown", "full", "name", "names", "first name", "last name", "full name", "first and last", "student", "students", "student name", "sí", "si", "nombre", "apellido",
))
_A_NAME = re.compile(r"(?=.{2})[^\W\d_][^\W\d_'’.-]*(?:[ ,'’.-]+[^\W\d_][^\W\d_'’.-]*){0,7}\.?")
_INVENTED = re.compile(r"\b(?:sample|test (?:student|pupil|user|person)|demo|dummy|fake|fictitious|fictional|invented|synthetic|example|placeholder|lorem|doe|mustermann)\b", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@([\w-]+(?:\.[\w-]+)*)")
_RESERVED = re.compile(r"(?:.*\.)?(?:example(?:\.\w+)?|test|invalid|localhost)", re.IGNORECASE)
_SSN = re.compile(r"(?<![\d-])(\d{3})-(\d{2})-(\d{4})(?![\d-])")
_SSN_DIGITS = re.compile(r"(\d{3})[- ]?(\d{2})[- ]?(\d{4})")
_ORDINARY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?|-?\d+\.\d+|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_NEVER_ISSUED = ("000", "666")
_MADE_UP_SSN = ("078051120", "219099999", "123456789", "111111111")
_MADE_UP_PHONE = re.compile(r"555\D{0,2}01\d\d(?!\d)")
_MONTH = r"[^\W\d_]{3,10}\.?"
_DATES = (
    re.compile(r"(\d{4})[-/.]\d{1,2}[-/.]\d{1,2}(?!\d).*"), re.compile(r"(\d{4})(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"),
    re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ](\d{4}|\d\d)(?: \d.*)?"), re.compile(rf"\d{{1,2}}(?:[-/. ]+(?:de )?){_MONTH}[-/., ]+(?:del? )?(\d{{4}}|\d\d)"),
    re.compile(rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? (\d{{4}})"),
)
_A_GRADE = re.compile(r"(?:grad[eo] )?(?:p?k|tk|\d{1,2})(?:st|nd|rd|th)?(?: grade)?", re.IGNORECASE)
_OLDEST, _YOUNGEST = 24, 2
_CENTURY = 100
_STREET = "a street address"
_LOOKED_FOR = ("an e-mail address", "a telephone number", _STREET)


class Seen(NamedTuple):
    """What one row shows. real: kinds of data that are a real person's by themselves; kinds: of columns that are filled."""

    real: frozenset[str]
    kinds: frozenset[str]
    invented: bool


def heading(name: str) -> str:
    """Return a column's name in lower case without accents, its words joined with `_`: "Fecha de Nacimiento" is fecha_de_nacimiento."""
    plain = unicodedata.normalize("NFKD", name[:_LONGEST_NAME])
    return re.sub(r"[^\w]+|_+", "_", snake("".join(c for c in plain if not unicodedata.combining(c)).strip())).strip("_")


def known(cells: Iterable[str]) -> int:
    """Return how many of a row's cells are names of columns that are about people."""
    return sum(bool(kinds_of(heading(cell))) for cell in islice(cells, _MOST_CELLS) if len(cell) <= _LONGEST_NAME)


def look(cells: Iterable[tuple[str, str]], today: date, *, capitals: bool = False) -> Seen:
    """Return what a row's cells (column, text) show. capitals: whether a name must begin with one, as in texts that also describe fields."""
    real: set[str] = set()
    kinds: set[str] = set()
    invented = False
    for column, text in islice(cells, _MOST_CELLS):
        value = unicodedata.normalize("NFC", text[:_LONGEST_CELL]).strip()
        if value.casefold() in _EMPTY or value.casefold() in _DESCRIBES:
            continue
        named = kinds_of(column)
        kinds |= {kind for kind in named if _fits(kind, value, today) and not (capitals and kind in (NAME, STUDENT) and value[0].islower())}
        found, made_up = _personal(value, named)
        real |= found
        invented = invented or made_up or bool(_INVENTED.search(value))
    return Seen(frozenset(real - ({_STREET} if invented else set())), frozenset(kinds), invented)


@lru_cache(maxsize=5_000)
def kinds_of(column: str) -> frozenset[str]:
    """Return the kinds of data that a column's name tells of. `name` alone may be a course's: it counts beside few others only."""
    if column == "name":
        return frozenset([ANY_NAME])
    found = frozenset(kind for kind, pattern in _COLUMNS.items() if pattern.fullmatch(column))
    return found - SECRET - {NAME, STUDENT} if found and _NO_PERSON.fullmatch(column) else found


def _fits(kind: str, value: str, today: date) -> bool:
    """Return whether a value is what its column's name says: a name is words, a birth date that of somebody at school."""
    if kind in (NAME, ANY_NAME):
        return value.casefold() not in _NOT_A_NAME and bool(_A_NAME.fullmatch(value))
    if kind == STUDENT:
        return bool(_A_GRADE.fullmatch(value)) or _fits(NAME, value, today)
    if kind == "a birth date":
        years = [_year(match[1], today) for match in (pattern.fullmatch(value) for pattern in _DATES) if match]
        return bool(years) and _YOUNGEST <= today.year - years[0] <= _OLDEST
    return True


def _year(digits: str, today: date) -> int:
    """Return the year that is meant; one of two digits is the last such year that is past."""
    if len(digits) > 2:   # noqa: PLR2004
        return int(digits)
    return today.year - (today.year - int(digits)) % _CENTURY


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


def has_ssn(text: str) -> bool:
    """Return whether a text of any length holds a social security number that could be issued."""
    return any(_could_be_issued(*match.groups()) for match in _SSN.finditer(text))


def addresses(text: str) -> set[str]:
    """Return the e-mail addresses outside the reserved domains in a text of any length."""
    found = _EMAIL.finditer(text) if "@" in text else ()
    return {match[0].casefold() for match in found if "." in match[1] and not _RESERVED.fullmatch(match[1])}
