"""The files of OneRoster 1.1 and 1.2: their columns in order, what each may hold, and what it refers to.

Notation of a column: `name`, then `!` where a value is required, `:kind`, `=words` (an enumeration), `>file` (refers to
one record of it) or `>>file` (a list of references). Without any of these a column is free text.

Sources: CSV Tables 1.1.1 and CSV Binding 1.2.1 (1EdTech, 22 August 2023), held against independent implementations;
files in `_SINGLE` were found complete in only one of these, so a breach of their headers or required values is a warning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

VERSIONS = ("1.1", "1.2")
MODES = ("bulk", "delta", "absent")
PEOPLE = frozenset({"users", "userProfiles", "roles", "enrollments", "demographics", "results"})
"""Files whose rows are about a person."""

OLDER = "resourceSourcedIds"
"""A column of users.csv in 1.2, which 1.2.1 moved to userResources.csv; both are found."""

_USERS_11 = (
    "enabledUser!:boolean orgSourcedIds!>>orgs role!=user username! userIds givenName! familyName! middleName identifier email sms:telephone"
    " phone:telephone agentSourcedIds>>users grades:grades password:secret"
)
_USERS_12 = (
    "enabledUser!:boolean username! userIds givenName! familyName! middleName identifier email sms:telephone phone:telephone"
    " agentSourcedIds>>users grades:grades password:secret userMasterIdentifier preferredGivenName preferredMiddleName"
    " preferredFamilyName primaryOrgSourcedId>orgs pronouns"
)
_BOTH = {
    "academicSessions": "title! type!=session startDate!:date endDate!:date parentSourcedId>academicSessions schoolYear!:year",
    "orgs": "name! type!=org identifier parentSourcedId>orgs",
    "courses": "schoolYearSourcedId>academicSessions title! courseCode grades:grades orgSourcedId!>orgs subjects subjectCodes",
    "classes": (
        "title! grades:grades courseSourcedId!>courses classCode classType!=class location schoolSourcedId!>orgs"
        " termSourcedIds!>>academicSessions subjects subjectCodes periods"
    ),
    "resources": "vendorResourceId! title roles==resource importance=rank vendorId applicationId",
    "enrollments": (
        "classSourcedId!>classes schoolSourcedId!>orgs userSourcedId!>users role!=enrolled primary:boolean beginDate:date endDate:date"
    ),
    "demographics": (
        "birthDate:date sex=sex americanIndianOrAlaskaNative:boolean asian:boolean blackOrAfricanAmerican:boolean"
        " nativeHawaiianOrOtherPacificIslander:boolean white:boolean demographicRaceTwoOrMoreRaces:boolean"
        " hispanicOrLatinoEthnicity:boolean countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus"
    ),
    "classResources": "title classSourcedId!>classes resourceSourcedId!>resources",
    "courseResources": "title courseSourcedId!>courses resourceSourcedId!>resources",
}
_LINE_ITEM = "title! description assignDate!:date dueDate!:date classSourcedId!>classes categorySourcedId!>categories"
_RESULT = "lineItemSourcedId!>lineItems studentSourcedId!>users scoreStatus!=scored score:number scoreDate!:date comment"
_ONLY: Mapping[str, dict[str, str]] = {
    "1.1": {
        "users": _USERS_11,
        "categories": "title!",
        "lineItems": f"{_LINE_ITEM} gradingPeriodSourcedId!>academicSessions resultValueMin!:number resultValueMax!:number",
        "results": _RESULT,
    },
    "1.2": {
        "users": _USERS_12,
        "userProfiles": "userSourcedId!>users profileType! vendorId! applicationId description credentialType! username! password:secret",
        "roles": (
            "userSourcedId!>users roleType!=rank role!=user beginDate:date endDate:date orgSourcedId!>orgs userProfileSourcedId>userProfiles"
        ),
        "categories": "title! weight:number",
        "scoreScales": "title! type! orgSourcedId!>orgs courseSourcedId!>courses classSourcedId!>classes scoreScaleValue!",
        "lineItems": f"{_LINE_ITEM} academicSessionSourcedId!>academicSessions resultValueMin:number resultValueMax:number schoolSourcedId!>orgs",
        "lineItemLearningObjectiveIds": "lineItemSourcedId!>lineItems source!=objectives learningObjectiveId!",
        "lineItemScoreScales": "title lineItemSourcedId!>lineItems scoreScaleSourcedId!>scoreScales",
        "results": f"{_RESULT} textScore classSourcedId>classes inProgress:boolean incomplete:boolean late:boolean missing:boolean",
        "resultLearningObjectiveIds": "resultSourcedId!>results source!=objectives learningObjectiveId! score:number textScore",
        "resultScoreScales": "title resultSourcedId!>results scoreScaleSourcedId!>scoreScales",
        "userResources": "userSourcedId!>users orgSourcedId>orgs classSourcedId>classes resourceSourcedId!>resources",
    },
}
_ORDER = (
    "academicSessions", "orgs", "courses", "classes", "resources", "users", "userProfiles", "roles", "enrollments", "demographics",
    "classResources", "courseResources", "userResources", "categories", "scoreScales", "lineItems", "lineItemLearningObjectiveIds",
    "lineItemScoreScales", "results", "resultLearningObjectiveIds", "resultScoreScales",
)
"""What is referred to comes before what refers to it."""

_SINGLE: Mapping[str, frozenset[str]] = {
    "1.1": frozenset({"categories", "resources", "results", "classResources", "courseResources"}),
    "1.2": frozenset({"scoreScales"}),
}
_BOTH_USER = frozenset({"aide", "guardian", "parent", "proctor", "relative", "student", "teacher"})
_USER_12 = _BOTH_USER | {"counselor", "districtAdministrator", "principal", "siteAdministrator", "systemAdministrator"}
_WORDS: Mapping[str, frozenset[str]] = {
    "session": frozenset({"gradingPeriod", "semester", "schoolYear", "term"}),
    "org": frozenset({"department", "school", "district", "local", "state", "national"}),
    "class": frozenset({"homeroom", "scheduled"}),
    "enrolled": frozenset({"administrator", "proctor", "student", "teacher"}),
    "rank": frozenset({"primary", "secondary"}),
    "scored": frozenset({"exempt", "fully graded", "not submitted", "partially graded", "submitted"}),
    "objectives": frozenset({"case", "unknown"}),
}
_WORDS_OF: Mapping[str, Mapping[str, frozenset[str]]] = {
    "1.1": {"user": _BOTH_USER | {"administrator"}, "resource": _BOTH_USER | {"administrator"}, "sex": frozenset({"male", "female"})},
    "1.2": {
        "user": _USER_12,
        "resource": _USER_12 | {"administrator"},
        "sex": frozenset({"male", "female", "other", "unspecified"}),
    },
}
_CLOSED = frozenset({"rank"})
"""Enumerations that cannot be extended."""


@dataclass(frozen=True)
class Column:
    """A column. kind: text, boolean, date, year, number, grades, telephone, secret, words or reference; many: a list of them.

    words: the enumeration; extended: a word that starts with "ext:" is one too (1.2); to: the file referred to.
    """

    name: str
    kind: str = "text"
    required: bool = False
    many: bool = False
    words: frozenset[str] = frozenset()
    extended: bool = False
    to: str = ""


@dataclass(frozen=True)
class Table:
    """A file: its columns after sourcedId, status, dateLastModified. sure: confirmed by more than one source."""

    name: str
    columns: tuple[Column, ...]
    sure: bool

    @property
    def header(self) -> tuple[str, ...]:
        """The exact header."""
        return ("sourcedId", "status", "dateLastModified", *(column.name for column in self.columns))


@cache
def tables(version: str) -> dict[str, Table]:
    """Return every file of a version by its name without ".csv", what is referred to before what refers to it."""
    written = _BOTH | _ONLY[version]
    return {
        name: Table(name, tuple(_column(text, version) for text in written[name].split()), name not in _SINGLE[version])
        for name in _ORDER if name in written
    }


def _column(text: str, version: str) -> Column:
    """Return the column that a piece of the notation names."""
    rest, sign, value = text, "", ""
    for mark in (">>", ">", "==", "=", ":"):
        if mark in text:
            rest, sign, value = *text.partition(mark)[:2], text.partition(mark)[2]
            break
    name, required = rest.removesuffix("!"), rest.endswith("!")
    if sign in (">", ">>"):
        return Column(name, "reference", required, many=sign == ">>", to=value)
    if sign in ("=", "=="):
        words = _WORDS.get(value) or _WORDS_OF[version][value]
        return Column(name, "words", required, sign == "==", words, extended=version != "1.1" and value not in _CLOSED)
    return Column(name, value or "text", required)
