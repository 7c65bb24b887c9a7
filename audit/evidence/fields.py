"""A JSON object's members: a wrong type or form is one error with its path (`$.CFItems[3].uri`), never a traceback.

Forms are those of RFC 9562 (UUID), RFC 3987 (IRI), RFC 3339 (date, time) and ISO 8601 (duration).
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from audit.evidence.specimen import Problems
from audit.wording import one_line

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+")
_WEB = re.compile(r"https?://[^\s/?#<>\"{}|\\^`\x00-\x20\x7f]+(?:[/?#][^\s<>\"{}|\\^`\x00-\x20\x7f]*)?", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})")
_UTC_MS = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
_DURATION = re.compile(r"P(?=\d|T\d)(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?[WD])?(?:T(?=\d)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?")
_PLAIN = re.compile(r"@?[A-Za-z_][A-Za-z0-9_.-]{0,39}")
_LEAP_SECOND = re.compile(r":60(?=[.Zz+-])")


class Form(NamedTuple):
    """How a text is written. what: the form in words, after "must be"."""

    fits: Callable[[str], bool]
    what: str


def _is_date(text: str) -> bool:
    return bool(_DATE.fullmatch(text)) and _is_moment(text, date.fromisoformat)


def _is_time(text: str) -> bool:
    return bool(_TIME.fullmatch(text)) and _is_moment(_LEAP_SECOND.sub(":59", text.upper()), datetime.fromisoformat)


def _is_moment(text: str, read: Callable[[str], object]) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


UUID = Form(lambda t: bool(_UUID.fullmatch(t)), "a UUID, 8-4-4-4-12 hexadecimal digits")
URN_UUID = Form(lambda t: t.startswith("urn:uuid:") and bool(_UUID.fullmatch(t[9:])), "a UUID as a URN, urn:uuid:8-4-4-4-12 hexadecimal digits")
IRI = Form(lambda t: bool(_IRI.fullmatch(t)), "a whole IRI with its scheme, such as https://example.org/x")
WEB = Form(lambda t: bool(_WEB.fullmatch(t)), "a web address, https://…")
DATE = Form(_is_date, "a date as 2026-08-31")
TIME = Form(_is_time, "a date and time with its offset from UTC, as 2026-08-31T14:05:00Z")
UTC_MS = Form(lambda t: bool(_UTC_MS.fullmatch(t)) and _is_time(t), "a UTC time with milliseconds, as 2026-08-31T14:05:00.000Z")
DURATION = Form(lambda t: bool(_DURATION.fullmatch(t)), "an ISO 8601 duration, as PT4M30S")


def shown(text: object) -> str:
    """Return a name from the file in quotation marks when it is a plain one, else words: it could be anybody's data."""
    return f"'{text}'" if isinstance(text, str) and _PLAIN.fullmatch(text) else "a value that is not printed here"


def said(text: str) -> str:
    """Return a text of the file as a fact: on one line, cut, without control characters and halves of characters."""
    return one_line(text.encode("utf-8", "replace").decode(), 200)


def below(path: str, name: str) -> str:
    """Return the path of a member with any name; one that is no plain name is not repeated."""
    return f"{path}.{name}" if _PLAIN.fullmatch(name) else f"{path}.*"


def kind_of(value: object) -> str:
    """Return what a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


class Part(NamedTuple):
    """A JSON object, its path ("$.data[0]"), the start of its rules' names ("event"), and where problems go."""

    members: Mapping[str, Any]
    path: str
    rule: str
    problems: Problems

    def at(self, name: str) -> str:
        """Return a member's path."""
        return f"{self.path}.{name}"

    def error(self, name: str, what: str, fix: str = "") -> None:
        """Note an error of a member: the rule is "event.action"."""
        self.problems.error(f"{self.rule}.{name.lstrip('@')}", self.at(name), what, fix)

    def warning(self, name: str, what: str, fix: str = "") -> None:
        """Note a warning about a member."""
        self.problems.warning(f"{self.rule}.{name.lstrip('@')}", self.at(name), what, fix)

    def has(self, name: str, *, required: bool = False) -> bool:
        """Return whether a member is there and not null; note an error where it must be, and for null."""
        if name in self.members and self.members[name] is None:
            self.error(name, "is null", "Give a value or leave the member out.")
        elif name not in self.members and required:
            self.error(name, f"{name} is missing and required")
        return self.members.get(name) is not None

    def text(self, name: str, form: Form | None = None, *, required: bool = False) -> str | None:
        """Return a text that is there, not empty and of its form; else None, and an error is noted."""
        if not self.has(name, required=required):
            return None
        value = self.members[name]
        if not isinstance(value, str):
            self.error(name, f"must be a text, and is {kind_of(value)}")
        elif not value.strip():
            if required:
                self.error(name, f"{name} is empty and required")
        elif form is not None and not form.fits(value):
            self.error(name, f"must be {form.what}")
        else:
            return value
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the texts of a list; whatever is not a text is an error and left out."""
        found = []
        for i, one in enumerate(self.list(name)):
            if isinstance(one, str):
                found.append(one)
            else:
                self.problems.error(f"{self.rule}.{name}", f"{self.at(name)}[{i}]", f"must be a text, and is {kind_of(one)}")
        return tuple(found)

    def list(self, name: str, *, required: bool = False) -> list[Any]:
        """Return a list, empty where there is none or something else, which is an error."""
        value = self.members[name] if self.has(name, required=required) else []
        if isinstance(value, list):
            return value
        self.error(name, f"must be a list, and is {kind_of(value)}")
        return []

    def of(self, name: str, kinds: type | tuple[type, ...], what: str) -> Any:
        """Return a member of the given types (true and false are no numbers), else None, and an error is noted. what: "a number"."""
        if not self.has(name):
            return None
        value = self.members[name]
        if isinstance(value, kinds) and isinstance(value, bool) == (kinds is bool):
            return value
        self.error(name, f"must be {what}, and is {kind_of(value)}")
        return None

    def part(self, name: str, rule: str, *, required: bool = False) -> "Part | None":
        """Return an object within this one."""
        return part_of(self.members[name], self.at(name), rule, self.problems) if self.has(name, required=required) else None

    def parts(self, name: str, rule: str, *, required: bool = False) -> Iterator["Part"]:
        """Yield the objects of a list; whatever is none is an error and left out."""
        for i, one in enumerate(self.list(name, required=required)):
            found = part_of(one, f"{self.at(name)}[{i}]", rule, self.problems)
            if found is not None:
                yield found

    def only(self, known: Collection[str], fix: str, *, error: bool = True) -> None:
        """Note the members that the standard does not know, in one line."""
        strange = [name for name in self.members if name not in known]
        if strange:
            note = self.problems.error if error else self.problems.warning
            what = ", ".join(shown(name) for name in strange[:3]) + (f" and {len(strange) - 3} more" if len(strange) > 3 else "")  # noqa: PLR2004
            note(f"{self.rule}.member", self.path, f"the standard knows no member {what}", fix)


def part_of(value: object, path: str, rule: str, problems: Problems) -> Part | None:
    """Return a value as a Part; None for anything but an object, which is an error."""
    if isinstance(value, dict):
        return Part(value, path, rule, problems)
    problems.error(rule, path, f"must be an object, and is {kind_of(value)}")
    return None
