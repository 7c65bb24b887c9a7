"""A JSON or YAML file as a tree whose parts know their line: the place of a problem is "line 12, $.product.version"."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from audit.evidence.fields import kind_of
from audit.evidence.specimen import Problems, Specimen
from audit.untrusted import Lines

Place = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z_$][\w$-]{0,59}")
_KINDS: dict[type, str] = {str: "text", dict: "an object", list: "a list", bool: "true or false", int: "a whole number"}


class Tree(NamedTuple):
    """A file's value, the lines of its parts (YAML only), and where problems go."""

    value: Any
    lines: Lines
    problems: Problems

    def where(self, place: Place) -> str:
        """Return a part's line, where lines are known, and its path."""
        line = self.lines.of(place)
        return f"line {line}, {path(place)}" if line else path(place)

    def member(self, place: Place, kind: type, rule: str, *, required: bool = False) -> Any:
        """Return the member at a place when it is of this type, else None; a wrong type and a missing required one are errors.

        An empty text is as good as none where one is required. true and false are no numbers.
        """
        owner: Any = self.value
        for key in place[:-1]:
            owner = owner.get(key) if isinstance(owner, dict) else owner[key]
        if not isinstance(owner, dict):
            return None
        value = owner.get(str(place[-1]))
        if place[-1] not in owner or (required and isinstance(value, str) and not value.strip()):
            if required:
                self.problems.error(f"{rule}.required", self.where(place), f"{place[-1]} is missing or empty, and required")
            return None
        return value if self.is_kind(value, kind, place, rule) else None

    def is_kind(self, value: object, kind: type, place: Place, rule: str) -> bool:
        """Return whether a value is of a type; an error is noted when not."""
        if isinstance(value, kind) and (kind is bool) == isinstance(value, bool):
            return True
        number = kind is str and isinstance(value, int | float) and not isinstance(value, bool)
        fix = "Write it in quotation marks: without them 502.10 is read as the number 502.1." if number else ""
        self.problems.error(f"{rule}.type", self.where(place), f"must be {_KINDS[kind]}, and is {kind_of(value)}", fix)
        return False

    def objects(self, value: object, place: Place, rule: str) -> Iterator[tuple[dict[str, Any], Place]]:
        """Yield the objects of a list with their places; whatever is none is an error and left out."""
        for i, one in enumerate(value if isinstance(value, list) else ()):
            if self.is_kind(one, dict, (*place, i), rule):
                yield one, (*place, i)


def path(place: Place) -> str:
    """Return a place as a path: $.chapters.hardware.criteria[3].num."""
    return "$" + "".join(f"[{p}]" if isinstance(p, int) else f".{p}" if _PLAIN.fullmatch(p) else f"[{p[:60]!r}]" for p in place)


def tree_of(specimen: Specimen, problems: Problems) -> Tree:
    """Return a file's tree: JSON when it begins as JSON does, else YAML. Raises ChecklistError for neither."""
    if specimen.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return Tree(specimen.json, Lines(), problems)
    value, lines = specimen.yaml
    return Tree(value, lines, problems)


def snake(name: str) -> str:
    """Return a field's name in snake case: birthDate, BirthDate and birth-date are birth_date."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s.-]+", "_", name).lower()
