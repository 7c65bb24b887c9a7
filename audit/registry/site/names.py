"""What the site says in words: names of statuses' signs, roles, languages, grades, dates; texts of strangers made fit for a line."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from audit.errors import RegistryError
from audit.library import nearest
from audit.report.documents.parts import use_name
from audit.report.drawing import language
from audit.report.words import Words
from audit.wording import one_line

ENGLISH = Words("en")
LANGUAGES = ("en",)
"""Languages that the site's own words are written in."""
LONGEST = 120
"""Characters of a tool's name in a list or a heading."""
_SLUG = 60
_PLACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?")
_RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d|index|page-\d+")
"""What is no name of a file on some system, or is the name of a page of ours."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_RANGE = re.compile(r"(?i)(pk|pre-?k|k|1[0-2]|0?[1-9])(?:\s*[-–]\s*(k|1[0-2]|0?[1-9]))?")
_GRADES = ("pre-k", "k", *(str(n) for n in range(1, 13)))
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")

TONES: Mapping[str, str] = {
    "approved": "green", "approved_with_conditions": "amber", "teacher_use_only": "amber", "pilot": "amber",
    "denied": "red", "suspended": "red", "expired": "red", "withdrawn": "grey",
}
"""How a status is colored; what is not here is still under way. Its sign and its words say the same."""
SIGNS: Mapping[str, str] = {
    "approved": "●", "approved_with_conditions": "◐", "teacher_use_only": "◐", "pilot": "◐", "denied": "◆", "suspended": "◆", "expired": "◆",
    "withdrawn": "–",
}


def check_language(tag: str) -> None:
    """Raise RegistryError where the site's words are not written in that language."""
    if tag not in LANGUAGES:
        raise RegistryError(f"the site's words are not written in {one_line(tag, 40)!r} yet", where="registry.toml, language", fix=nearest(tag, LANGUAGES))


def named(text: str, longest: int = LONGEST) -> str:
    """Return a stranger's name on one line, cut; a word of ours where there is none."""
    return one_line(text, longest).strip() or "(no name given)"


def place(id: str) -> str:
    """Return the folder of a tool's page: its id where that is lowercase letters, digits and hyphens, else one made from it."""
    return id if _PLACE.fullmatch(id) and not _RESERVED.fullmatch(id) else f"{slug(id)}-{_short(id)}"


def slug(text: str) -> str:
    """Return a text as a part of an address: lowercase ASCII letters, digits and hyphens, never empty."""
    found = re.sub(r"[^a-z0-9]+", "-", folded(text)).strip("-")
    return found if 0 < len(found) <= _SLUG and not _RESERVED.fullmatch(found) else f"{found[:_SLUG].strip('-')}-{_short(text)}".strip("-")


def bundle_name(digest: str) -> str:
    """Return a bundle's digest as the name of its file; of anything else, something harmless."""
    return digest if _DIGEST.fullmatch(digest) else slug(digest)


def folded(text: str) -> str:
    """Return a text without case and accents: what search and order go by."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()


def _short(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]


def letter(text: str) -> str:
    """Return the letter under which a name stands: A to Z, "0-9" or "other"."""
    first = next((c for c in folded(text) if c.isalnum()), "")
    if first.isdigit():
        return "0-9"
    return first.upper() if "a" <= first <= "z" else "other"


def role_words(role: str) -> str:
    """Return who audited; a vendor's own test is called that."""
    return {
        "district": "Audit by a school district", "state": "Audit by a state", "vendor": "Vendor's own test of its product",
        "independent": "Audit by an independent organization",
    }.get(role) or named(role, 60)


@lru_cache(maxsize=2000)
def use_words(use: str) -> str:
    """Return a use as a title."""
    found = named(use_name(use, ENGLISH), 80)
    return found[:1].upper() + found[1:]


def data_words(kind: str) -> str:
    """Return which student data a tool holds."""
    return {
        "none": "No student data", "directory": "Names and classes only", "record": "School records", "sensitive": "Sensitive records",
        "": "Not stated",
    }.get(kind) or named(kind, 60)


@lru_cache(maxsize=2000)
def language_words(tag: str) -> str:
    """Return a language in English; a tag that names none, as it is."""
    from babel.core import Locale, UnknownLocaleError

    own, _ = language(tag)
    try:
        found = Locale.parse(tag.replace("-", "_")).get_display_name("en") if own else None
    except (UnknownLocaleError, ValueError, TypeError):
        found = None
    return found or named(tag, 40)


def language_tag(tag: str) -> str:
    """Return a tag for the `lang` attribute, empty where it is none."""
    return tag if language(tag)[0] else ""


def grades_of(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return single grades ("k", "1" … "12") of ranges like "6-8" or "K-2", in order; what is no grade stays as it is, after them."""
    known: set[str] = set()
    others: dict[str, None] = {}
    for text in texts:
        found = _RANGE.fullmatch(text.strip())
        if not found:
            others[named(text, 40)] = None
            continue
        first, last = _grade(found[1]), _grade(found[2] or found[1])
        known |= set(_GRADES[min(first, last):max(first, last) + 1])
    return (*(g for g in _GRADES if g in known), *others)


def _grade(text: str) -> int:
    plain = text.lower().lstrip("0")
    return 0 if plain.startswith("p") else _GRADES.index(plain)


def grade_words(grade: str) -> str:
    """Return a grade as a title."""
    return {"pre-k": "Pre-kindergarten", "k": "Kindergarten"}.get(grade) or (f"Grade {grade}" if grade in _GRADES else grade)


@lru_cache(maxsize=10_000)
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def date_words(text: str) -> str:
    """Return an ISO date as "October 5, 2026"; anything else as it is, on one line."""
    day = _day(text)
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}" if day else one_line(text, 60)


def is_date(text: str) -> bool:
    """Return whether a text is an ISO date: what `<time datetime>` may hold."""
    return _day(text) is not None


def month_words(year: int, month: int) -> str:
    """Return "July 2026"."""
    return f"{_MONTHS[month - 1]} {year}"


def listed(words: tuple[str, ...] | list[str]) -> str:
    """Return words as a list in a sentence."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
