"""What people say and supply, before it is judged: Criterion · Answer, EvidenceFile, Claim → (documentary) Finding."""

from typing import Literal

from msgspec import Struct

from audit.records.probes import Json


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a criterion or a margin comes from: title, clause, date, and how sure we are of it. as_of: the day it was looked at."""

    title: str
    date: str
    confidence: Literal["verified", "general knowledge", "unresolved"] = "general knowledge"
    as_of: str = ""
    clause: str = ""


class When(Struct, frozen=True, forbid_unknown_fields=True):
    """Which products a criterion applies to: each key that is given must hold, by one of its values. answers: criterion → the answer it follows from."""

    student_data: tuple[str, ...] = ()
    ages: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    use_cases: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    answers: dict[str, str] = {}


class Criterion(Struct, frozen=True, forbid_unknown_fields=True):
    """One question of a checklist (checklists/*.toml), and the rule that a good answer meets.

    since, revised: the editions in which it appeared and last changed its meaning. checked_by: the kinds of evidence whose clean
    check validates the answer. edition, indicator and set_by (which law or agreement set the rule) are filled in by the loader.
    """

    id: str
    question: str
    why: str
    answered_by: Literal["vendor", "district", "either", "audit"]
    answer: Literal["yes_no", "choice", "number", "date", "text", "file", "measured"]
    evidence: str
    required: bool
    weight: int
    remedy: str
    source: tuple[Source, ...]
    good: str | tuple[str, ...] = ""
    choices: tuple[str, ...] = ()
    unit: str = ""
    measured: Literal["disparities", "missingness"] | None = None
    when: When = When()
    not_applicable_ok: bool = False
    topic: str = ""
    since: str = ""
    revised: str = ""
    checked_by: tuple[str, ...] = ()
    indicator: str = ""
    edition: str = ""
    set_by: str = ""


class Answer(Struct, frozen=True, omit_defaults=True):
    """One answer as given. edition: of the question that was answered; origin: the form it was carried from; where: its place in the file."""

    answer: str
    evidence: str = ""
    note: str = ""
    by: str = ""
    date: str = ""
    edition: str = ""
    origin: str = ""
    where: str = ""


class Filed(Struct, frozen=True, omit_defaults=True):
    """What the register of evidence says of a file: what it is, who made it, of which version, from when until when."""

    file: str
    what: str = ""
    kind: str = ""
    issuer: str = ""
    number: str = ""
    version: str = ""
    issued: str = ""
    expires: str = ""
    supplied_by: str = ""
    received: str = ""
    confidential: str = ""
    note: str = ""
    where: str = ""


class Claim(Struct, frozen=True, omit_defaults=True):
    """One sentence that a vendor says of its product, and where; set, attribute, criterion: what it is to be read beside."""

    claim: str
    said_in: str = ""
    date: str = ""
    by: str = ""
    set: str = ""
    attribute: str = ""
    criterion: str = ""
    note: str = ""
    where: str = ""


class Problem(Struct, frozen=True):
    """One thing that a checker found in a file. rule: its stable name; where: the line or field; personal: looks like a real person's data."""

    level: Literal["personal", "error", "warning", "note"]
    rule: str
    where: str
    what: str
    fix: str = ""


class FileCheck(Struct, frozen=True):
    """What a machine found in one file. kind: the standard it was held to, None where none claims it; facts: what the file says."""

    file: str
    sha256: str
    size: int
    kind: str | None
    title: str
    problems: tuple[Problem, ...]
    errors: int
    warnings: int
    personal: int
    facts: dict[str, Json]


class EvidenceFile(Struct, frozen=True):
    """A file that answers point at: its register entry, what a machine found in it, and until when it can be relied on (None: no date known).

    path: inside the evidence folder, with forward slashes; two spellings of a name are one file.
    """

    check: FileCheck
    filed: Filed
    expires: str | None
    expired: bool
    path: str = ""


class Contradiction(Struct, frozen=True):
    """Two things that cannot both be so. against: "evidence", "measured" or "answer"."""

    rule: str
    criterion: str
    against: Literal["evidence", "measured", "answer"]
    because: str
