"""Groups from a side file: OneRoster demographics.csv, Clever students.csv, Ed-Fi associations, or any table.

Formats: OneRoster CSV 1.1 and 1.2 (1EdTech), Clever SFTP students.csv, Ed-Fi StudentEducationOrganizationAssociation as
JSON Lines or as a flat table. Race follows the federal categories (OMB 1997): Hispanic of any race first, then two or more.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from audit.errors import FixtureError
from audit.samples.layout import DemographicsSection
from audit.samples.table import Cells, Table, opened_table, plain
from audit.wording import one_line

_MOST_NAMED = 5
Facts = Mapping[str, str]
"""Demographic → group; what is not said is not there."""
RACES = {
    "american_indian": "American Indian or Alaska Native", "asian": "Asian", "black": "Black or African American",
    "pacific_islander": "Native Hawaiian or Other Pacific Islander", "white": "White", "two_or_more": "Two or more races",
}
TITLES: Mapping[str, tuple[str, Mapping[str, str], str | None]] = {
    "race_ethnicity": ("Race and ethnicity (federal categories)", {"hispanic": "Hispanic or Latino", **RACES}, None),
    "race": ("Race", RACES, None),
    "hispanic": ("Ethnicity", {"hispanic": "Hispanic or Latino", "not_hispanic": "Not Hispanic or Latino"}, "not_hispanic"),
    "sex": ("Sex", {"female": "Female", "male": "Male", "x": "Another sex or gender marker"}, "male"),
    "ell": ("English learners", {"ell": "English learner", "not_ell": "Not an English learner", "former_ell": "Former English learner"}, "not_ell"),
    "frl": ("Free or reduced-price lunch", {"frl": "Eligible", "not_frl": "Not eligible"}, "not_frl"),
    "iep": ("Individualized education program", {"iep": "With an IEP", "not_iep": "Without an IEP"}, "not_iep"),
}
"""Demographic → its title, its groups with theirs, and the reference. All that the three formats give."""
_YES, _NO = {"true", "t", "1", "yes", "y"}, {"false", "f", "0", "no", "n"}
_KEYS = {"oneroster": "sourcedId", "clever": "Student_id", "edfi": "studentUniqueId"}
_ONEROSTER_RACES = {
    "americanindianoralaskanative": "american_indian", "asian": "asian", "blackorafricanamerican": "black",
    "nativehawaiianorotherpacificislander": "pacific_islander", "white": "white", "demographicracetwoormoreraces": "two_or_more",
}
_RACE_WORDS = (
    ("two or more", "two_or_more"), ("multi", "two_or_more"), ("indian", "american_indian"), ("alaska", "american_indian"), ("black", "black"),
    ("african", "black"), ("hawaiian", "pacific_islander"), ("pacific", "pacific_islander"), ("asian", "asian"), ("white", "white"), ("caucasian", "white"),
)
_RACE_LETTERS = {"a": "asian", "b": "black", "i": "american_indian", "m": "two_or_more", "p": "pacific_islander", "w": "white"}
_SEXES = {"m": "male", "male": "male", "f": "female", "female": "female", "x": "x", "other": "x", "nonbinary": "x", "non binary": "x"}
_LUNCH = {"f": "frl", "free": "frl", "r": "frl", "reduced": "frl", "p": "not_frl", "paid": "not_frl"}


class Person(NamedTuple):
    """A student of the side file: the groups, and the names."""

    facts: Facts
    given: frozenset[str]
    family: frozenset[str]


class Roster(NamedTuple):
    """The students by their number. files: name → SHA-256. merged: rows that repeat another; unread: (demographic, value) → rows."""

    people: Mapping[str, Person]
    files: Mapping[str, str]
    merged: int
    unread: Mapping[tuple[str, str], int]


class _Reading:
    """One pass over a side file; remembers the values that no rule knows."""

    def __init__(self) -> None:
        self.unread: dict[tuple[str, str], int] = {}

    def lookup(self, what: str, value: str, known: Mapping[str, str]) -> str | None:
        """Return the group of a cell; an empty one is not said, an unknown one is counted."""
        text = " ".join(re.sub(r"[^a-z0-9]+", " ", value.casefold()).split())
        if text and text not in known:
            self.unread[what, one_line(value, 60)] = self.unread.get((what, one_line(value, 60)), 0) + 1
        return known.get(text)

    def flag(self, what: str, value: str) -> bool | None:
        """Return a true or false in any of its spellings; None where it is empty or unknown."""
        found = self.lookup(what, value, dict.fromkeys(_YES, "yes") | dict.fromkeys(_NO, "no"))
        return None if found is None else found == "yes"

    def race(self, value: str) -> str | None:
        """Return the federal category of a race in words or as Clever's letter."""
        text = value.casefold().strip()
        found = next((race for word, race in _RACE_WORDS if word in text), _RACE_LETTERS.get(text))
        return self.lookup("race", value, {" ".join(re.sub(r"[^a-z0-9]+", " ", text).split()): found} if found else {})


def read_roster(section: DemographicsSection, folder: Path, wanted: Sequence[str]) -> Roster:
    """Return the students of the side file. wanted: the columns of a `table` that groups are made of.

    Raises FixtureError: a missing column, rows that contradict each other.
    """
    path = folder / section.file
    with opened_table(path) as table:
        reading = _Reading()
        make = _MAKERS[section.kind] if section.kind != "table" else _of_columns([table.column(name, "groups.….demographic") for name in wanted])
        people, merged = _merged(_facts(section, table, make, reading), union=section.kind == "edfi", path=path)
        files = {path.name: table.sha256}
    if section.users is not None:
        with opened_table(folder / section.users) as users:
            key = users.column("sourcedId", "demographics.users")
            for _, cells in users.rows():
                one = people.get(cells[key].strip())
                if one is not None:
                    people[cells[key].strip()] = one._replace(given=one.given | _words(cells, "givenname", "preferredgivenname"),
                                                              family=one.family | _words(cells, "familyname", "preferredfamilyname"))
            files[users.path.name] = users.sha256
    return Roster(people, files, merged, reading.unread)


_Row = tuple[int, str, dict[str, str], frozenset[str], frozenset[str], frozenset[str]]
_Maker = Callable[[Cells, _Reading], tuple[dict[str, str], frozenset[str]]]


def _facts(section: DemographicsSection, table: Table, make: _Maker, reading: _Reading) -> Iterator[_Row]:
    """Yield (row, student, facts, races, given names, family names)."""
    key = section.join.key or _KEYS[section.kind]
    if section.kind != "edfi":
        key = table.column(key, "demographics.join.key")
    for name in section.names:
        table.column(name, "demographics.names")
    for number, row in table.rows():
        cells = _leaves(row) if section.kind == "edfi" else row
        if cells.get("status", "").casefold() == "tobedeleted" and section.kind == "oneroster":
            continue
        student = cells.get(plain(key), "").strip()
        if section.kind == "edfi" and plain(key) not in cells:
            raise FixtureError(f"row {number} has no {key!r}", where=str(table.path), fix="Set demographics.join.key.")
        if student:
            facts, races = make(cells, reading)
            given = _words(cells, "first_name", "firstname", "givenname")
            family = _words(cells, "last_name", "lastsurname", "familyname")
            both = frozenset(word for name in section.names for word in cells[plain(name)].replace(",", " ").split())
            yield number, student, facts, races, given | both, family | both


def _merged(rows: Iterator[_Row], *, union: bool, path: Path) -> tuple[dict[str, Person], int]:
    """One entry a student. Identical rows are one; rows that contradict each other are an error that lists them.

    union: the races of several rows are put together (an Ed-Fi export may give a race a row).
    """
    first: dict[str, tuple[int, dict[str, str], frozenset[str], frozenset[str], frozenset[str]]] = {}
    merged, against = 0, []
    for number, student, facts, races, given, family in rows:
        if student not in first:
            first[student] = (number, facts, races, given, family)
            continue
        row, known, known_races, *names = first[student]
        if any(known.get(k, v) != v for k, v in facts.items()) or (not union and (known.keys() != facts.keys() or known_races != races)):
            against.append((row, number))
        merged += 1
        first[student] = (row, known | facts, known_races | races, names[0] | given, names[1] | family)
    if against:
        pairs = ", ".join(f"{one} and {other}" for one, other in against[:_MOST_NAMED])
        more = ", …" if len(against) > _MOST_NAMED else ""
        raise FixtureError(
            f"{len(against)} rows contradict another row of the same student: rows {pairs}{more}", where=str(path),
            fix="Keep the row that is right.",
        )
    return {student: Person(_with_race(facts, races), given, family) for student, (_, facts, races, given, family) in first.items()}, merged


def _with_race(facts: Mapping[str, str], races: frozenset[str]) -> Facts:
    race = "two_or_more" if len(races) > 1 else next(iter(races), None)
    both = "hispanic" if facts.get("hispanic") == "hispanic" else race
    return {**facts, **({"race": race} if race else {}), **({"race_ethnicity": both} if both else {})}


def _said(**facts: str | None) -> dict[str, str]:
    return {name: group for name, group in facts.items() if group is not None}


def _either(flag: bool | None, yes: str, no: str) -> str | None:
    return None if flag is None else yes if flag else no


def _oneroster(cells: Cells, reading: _Reading) -> tuple[dict[str, str], frozenset[str]]:
    races = frozenset(race for column, race in _ONEROSTER_RACES.items() if reading.flag(column, cells.get(column, "")))
    return _said(
        hispanic=_either(reading.flag("hispanicOrLatinoEthnicity", cells.get("hispanicorlatinoethnicity", "")), "hispanic", "not_hispanic"),
        sex=reading.lookup("sex", cells.get("sex", ""), _SEXES),
    ), races


def _clever(cells: Cells, reading: _Reading) -> tuple[dict[str, str], frozenset[str]]:
    race, lunch = reading.race(cells.get("race", "")), cells.get("frl_status", "")
    spelled = dict.fromkeys(_YES, "frl") | dict.fromkeys(_NO, "not_frl") | _LUNCH   # F is free here, not false
    return _said(
        hispanic=_either(reading.flag("Hispanic_Latino", cells.get("hispanic_latino", "")), "hispanic", "not_hispanic"),
        sex=reading.lookup("Gender", cells.get("gender", ""), _SEXES), frl=reading.lookup("Frl_status", lunch, spelled),
        ell=_either(reading.flag("Ell_status", cells.get("ell_status", "")), "ell", "not_ell"),
        iep=_either(reading.flag("Iep_status", cells.get("iep_status", "")), "iep", "not_iep"),
    ), frozenset({race} if race else ())


def _edfi(cells: Cells, reading: _Reading) -> tuple[dict[str, str], frozenset[str]]:
    races = frozenset(filter(None, (reading.race(_code(value)) for value in cells.get("racedescriptor", "").split("\n"))))
    language = _code(cells.get("limitedenglishproficiencydescriptor", "")).casefold().replace(" ", "")
    ell = "former_ell" if "monitored" in language or "exited" in language else "not_ell" if language.startswith("not") else "ell"
    return _said(
        hispanic=_either(reading.flag("hispanicLatinoEthnicity", cells.get("hispaniclatinoethnicity", "")), "hispanic", "not_hispanic"),
        sex=reading.lookup("sexDescriptor", _code(cells.get("sexdescriptor", "")), _SEXES),
        ell=reading.lookup("limitedEnglishProficiencyDescriptor", language, dict.fromkeys(
            ("limited", "notlimited", "limitedmonitored1", "limitedmonitored2", "limitedmonitored", "exited"), ell)),
    ), races


def _of_columns(columns: Sequence[str]) -> _Maker:
    """Return a maker that takes the cells of these columns as they are."""

    def make(cells: Cells, _: _Reading) -> tuple[dict[str, str], frozenset[str]]:
        return {column: cells[column].strip() for column in columns}, frozenset()

    return make


_MAKERS: Mapping[str, _Maker] = {"oneroster": _oneroster, "clever": _clever, "edfi": _edfi}


def _code(descriptor: str) -> str:
    """Return the code value of an Ed-Fi descriptor: what follows # in uri://ed-fi.org/RaceDescriptor#White."""
    return descriptor.rpartition("#")[2].strip()


def _leaves(row: Cells) -> Cells:
    """Return the innermost values of a row by their last name, several on lines of one text.

    Columns such as studentReference.studentUniqueId or races.0.raceDescriptor, and cells that hold JSON, come to the same.
    """
    found: dict[str, list[str]] = {}

    def collect(name: str, value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                collect(str(key), inner)
        elif isinstance(value, list):
            for inner in value:
                collect(name, inner)
        elif value is not None and str(value).strip():
            key = re.sub(r"[_ ]?\d+$", "", re.split(r"[./\[\]]+", name.rstrip("]0123456789.["))[-1])
            found.setdefault(plain(key), []).append(str(value).strip())

    for name, text in row.items():
        collect(name, _json(text) if text.lstrip().startswith(("{", "[")) else text)
    return {name: "\n".join(dict.fromkeys(values)) for name, values in found.items()}


def _json(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def _words(cells: Cells, *columns: str) -> frozenset[str]:
    """Return the words of the name columns that are there."""
    return frozenset(word for column in columns for word in cells.get(column, "").split())
