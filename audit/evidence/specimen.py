"""What a checker is given, and where it says what it found."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from audit import untrusted
from audit.errors import AuditError, ChecklistError
from audit.records import Json, Problem
from audit.wording import one_line

Facts = dict[str, Json]
"""What a file says, by the names in docs/evidence.md; only what is there."""

_MOST_OF_A_RULE = 5
_HEAD = 65_536
_LONGEST = 300


class Entry(NamedTuple):
    """A kind of evidence: where its checker lives, what it is called, and the specification that it is held to."""

    module: str
    title: str
    specification: str


class Specimen:
    """A file to look at: its bytes, text, JSON, YAML, XML or zip members, each read once and within limits.

    today: the day to judge dates by. watch: called with the share done (0 to 1) by checks that take long.
    """

    def __init__(self, path: Path, today: date, watch: Callable[[float], None] = lambda _: None) -> None:
        self.path, self.today, self.watch = path, today, watch
        self.where = path.name

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB."""
        try:
            with self.path.open("rb") as file:
                return file.read(_HEAD)
        except OSError as bad:
            raise ChecklistError(f"cannot be read: {bad.strerror}", where=str(self.path)) from None

    @cached_property
    def raw(self) -> bytes:
        """All bytes, at most 100 MB."""
        return untrusted.bytes_of(self.path, ChecklistError)

    @cached_property
    def text(self) -> str:
        """UTF-8 text."""
        return untrusted.text_of(self.raw, self.where, ChecklistError)

    @cached_property
    def json(self) -> Any:
        """The value of a JSON file."""
        return untrusted.json_of(self.raw, self.where, ChecklistError)

    @cached_property
    def yaml(self) -> tuple[Any, untrusted.Lines]:
        """The value of a YAML file, and the lines of its parts."""
        return untrusted.yaml_of(self.raw, self.where, ChecklistError)

    @cached_property
    def xml(self) -> untrusted.Markup:
        """The elements of an XML file."""
        return untrusted.xml_of(self.raw, self.where, ChecklistError)

    @cached_property
    def members(self) -> tuple[str, ...]:
        """The names in a zip; none for any other file. A zip that is not safe to open is an error."""
        if not self.head.startswith(b"PK"):
            return ()
        with untrusted.open_zip(self.path, ChecklistError) as archive:
            return archive.names

    @cached_property
    def tree(self) -> Any:
        """The value of a JSON or YAML file as a quick look sees it: None for any other, and for a broken one."""
        start = self.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        try:
            if start in (b"{", b"["):
                return self.json
            return self.yaml[0] if self.path.suffix.lower() in (".yaml", ".yml") else None
        except AuditError:
            return None

    @cached_property
    def root(self) -> str:
        """The local name of an XML file's root element; empty for any other file, and for a broken one."""
        if not self.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            return ""
        try:
            return self.xml.root.tag.rpartition("}")[2]
        except AuditError:
            return ""


class Problems:
    """Where a checker puts what it finds. Of one rule the first five are kept, and all are counted.

    rule: a short stable name, "users.role"; where: the line or field, "users.csv line 14, role".
    """

    def __init__(self) -> None:
        self.kept: list[Problem] = []
        self.counts: Counter[str] = Counter()
        self.personal: list[Problem] = []
        self._of_rule: Counter[str] = Counter()

    def error(self, rule: str, where: str, what: str, fix: str = "") -> None:
        """Note what the standard does not allow."""
        self._add("error", rule, where, what, fix)

    def warning(self, rule: str, where: str, what: str, fix: str = "") -> None:
        """Note what the standard allows and a careful reader would ask about."""
        self._add("warning", rule, where, what, fix)

    def note(self, rule: str, where: str, what: str) -> None:
        """Note what is worth knowing and no fault."""
        self._add("note", rule, where, what, "")

    def student_data(self, where: str, what: str) -> None:
        """Note what looks like a real person's data: the file is then refused and not copied. `what` names the kind, never the value."""
        self._add("personal", "personal-data", where, what, "Give a sample with invented people instead (addresses at example.org, telephones 555-01xx).")

    def of(self, rule: str) -> int:
        """Return how often a rule was broken so far."""
        return self._of_rule[rule]

    def _add(self, level: Any, rule: str, where: str, what: str, fix: str) -> None:
        self.counts[level] += 1
        self._of_rule[rule] += 1
        if self._of_rule[rule] <= _MOST_OF_A_RULE:
            self.kept.append(Problem(level, rule, one_line(where), one_line(what, _LONGEST), one_line(fix, _LONGEST)))

    def listed(self) -> tuple[Problem, ...]:
        """Return what was kept, the worst first, with a line for what was not."""
        order = ("personal", "error", "warning", "note")
        kept = sorted(self.kept, key=lambda p: order.index(p.level))
        more = [
            Problem(next(p.level for p in kept if p.rule == rule), rule, "", f"and {n - _MOST_OF_A_RULE:,} more like this")
            for rule, n in self._of_rule.items() if n > _MOST_OF_A_RULE
        ]
        return (*kept, *more)
