"""What the samples of learning activity (Caliper, xAPI) have in common: rows of JSON, and people who must not be in them."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from audit.errors import AuditError, ChecklistError
from audit.evidence.fields import IRI, TIME, UUID, below
from audit.evidence.specimen import Problems, Specimen
from audit.personal import personal_data_in
from audit.untrusted import json_of

_EMAIL = re.compile(r"[\w.+-]{1,64}(?:@|%40)((?:[\w-]{1,63}\.)+[A-Za-z]{2,24})")
_RESERVED = re.compile(r"(?:^|\.)(?:example\.(?:com|org|net|edu)|(?:example|test|invalid|localhost))$", re.IGNORECASE)
_NUMBER_ALONE = re.compile(r"\+?[\d(][\d() .-]{6,19}")
_FEWEST_DIGITS = 5
_REAL = ("a telephone number", "a social security number", "a street address")


def first_row(specimen: Specimen) -> Any:
    """Return the first value of a JSON file, list or JSON Lines file as a quick look sees it; None for any other file."""
    tree = specimen.tree
    if tree is not None:
        return tree[0] if isinstance(tree, list) and tree else tree
    return _row(specimen.head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0], specimen)


def rows(specimen: Specimen, problems: Problems) -> Iterator[tuple[str, Any]]:
    """Yield each value and its path ("$[3]", "line 4 $"). A line that is no JSON is an error, a file without any is ChecklistError."""
    if specimen.tree is not None or _row(specimen.text.strip().partition("\n")[0].encode(), specimen) is None:
        value = specimen.json
        yield from [(f"$[{i}]", one) for i, one in enumerate(value)] if isinstance(value, list) else [("$", value)]
        return
    lines = specimen.text.split("\n")
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield f"line {number} $", json_of(line.encode(), specimen.where, ChecklistError)
            except ChecklistError as bad:
                problems.error("lines.json", f"line {number}", bad.what.replace("line 1, ", ""))
        specimen.watch(number / len(lines))


def _row(line: bytes, specimen: Specimen) -> Any:
    if not line.startswith((b"{", b"[")):
        return None
    try:
        return json_of(line, specimen.where, ChecklistError)
    except AuditError:
        return None


def is_real_email(text: str) -> bool:
    """Return whether a text holds an e-mail address outside the domains that RFC 2606 and 6761 keep for examples."""
    return any(not _RESERVED.search(match.group(1)) for match in _EMAIL.finditer(text))


def has_email(text: str) -> bool:
    """Return whether a text holds any e-mail address."""
    return bool(_EMAIL.search(text))


def note_people(value: Any, path: str, problems: Problems) -> None:
    """Note every text in a JSON value that looks like a real person's: e-mail, telephone, social security number, street."""
    stack = [(value, path)]
    while stack:
        one, at = stack.pop()
        if isinstance(one, dict):
            stack.extend((inner, below(at, name)) for name, inner in one.items())
            for name in one:
                _note(name, f"{at}.*", problems)
        elif isinstance(one, list):
            stack.extend((inner, f"{at}[{i}]") for i, inner in enumerate(one))
        elif isinstance(one, str):
            _note(one, at, problems)


def _note(text: str, path: str, problems: Problems) -> None:
    for kind in kinds_of_person(text):
        problems.student_data(path, f"looks like {kind} of a real person")


@lru_cache(maxsize=20_000)
def kinds_of_person(text: str) -> tuple[str, ...]:
    """Return the kinds of real-looking personal data in a text. Identifiers are looked at for e-mail addresses only."""
    found = ["an e-mail address"] if ("@" in text or "%40" in text) and is_real_email(text) else []
    if sum(map(str.isdigit, text)) >= _FEWEST_DIGITS and _is_prose(text):
        kinds = personal_data_in(text)
        found += [kind for kind in _REAL if kind in kinds]
    return tuple(found)


def _is_prose(text: str) -> bool:
    """Return whether digits in a text may be a person's: not in an address, a UUID, a time or a token of one word."""
    if UUID.fits(text) or IRI.fits(text) or TIME.fits(text):
        return False
    return any(map(str.isspace, text)) or (bool(_NUMBER_ALONE.fullmatch(text)) and not text.isdigit())
