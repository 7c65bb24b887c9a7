"""What looks like a real person's data in a text: patterns, telephone numbers (libphonenumber), and names that are known.

No pattern knows a name from a word: of names only those are found that the writer introduces ("my name is …") and those
that a roster gives (`Names`). Everything runs on this machine; nothing is downloaded.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

NAME_GIVEN = "a name that the writer gives"
NAME_KNOWN = "a name from the roster"
CANNOT_FIND = (
    "Such a scan cannot find a name that nobody introduces and no roster gives, a nickname, or what a story tells of a person: read the texts."
)

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_YEAR = r"(?:19[2-9]\d|20\d\d)"
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Terrace|Place|Circle|Way|Parkway|Pkwy|Highway|Hwy)"
)
_HOUSE = r"(?!(?:1[5-9]|20)\d\d (?:\w+ ){1,3}(?:Drive|Dr|Court|Ct|Place|Way)\b)\d{1,5}[A-Za-z]?"
_LIVES = (
    r"\b(?:(?:live[sd]?|living|stay|staying|located|moved|party is|send (?:it|them)) (?:\w+ )?(?:at|to|on)|(?:house|home|address) is(?: at)?)\b\W{0,3}"
)
_DOT = r"\s*(?:\.|[\[(]\s*dot\s*[\])]|\sdot\s)\s*"
_AT = r"\s*(?:[\[(]\s*at\s*[\])]|\sat\s)\s*"
_MADE_UP = r"(?!(?:[\w-]+\.)*example\.)"
_EMAILS = (
    re.compile(rf"[\w.+-]{{1,64}}@{_MADE_UP}[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{{2,}}"),
    re.compile(rf"\b[\w.+-]{{1,64}}{_AT}(?!example\b)[\w-]+{_DOT}(?:com|org|net|edu|gov|us)\b", re.IGNORECASE),
)
_PHONES = (
    re.compile(r"(?<![\d-])(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])(?!555[ .-]?01)\d{3}[ .-]\d{4}(?![\d-])"),
    re.compile(r"(?<!\w)\+(?!1[ .-])\d{1,3}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,4}){2,4}(?!\d)"),
    re.compile(r"\b(?:call|text|dial(?:ed)?|phone|tel|cell|mobile|fax|number)\b\D{0,20}(?<!\d)(?!555[ .-]?01)[2-9]\d{2}[ .-]\d{4}(?!\d)", re.IGNORECASE),
)
_BORN = r"\b(?:born|birthday|birth ?date|b-?day|date of birth|dob)\b\W{0,3}(?:(?:is|was|on|of|the|in)\W+){0,3}"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_BIRTHS = (
    re.compile(rf"{_BORN}(?:{_MONTH} {_DAY}|{_DAY} (?:of )?{_MONTH})\b(?!,? \d{{4}})", re.IGNORECASE),
    re.compile(rf"{_BORN}(?:{_MONTH} {_DAY}|{_DAY} (?:of )?{_MONTH}),? {_YEAR}\b", re.IGNORECASE),
    re.compile(rf"{_BORN}(?:\d{{1,2}}[-/.]\d{{1,2}}(?:[-/.](?:{_YEAR}|\d\d))?|{_YEAR}-\d\d-\d\d)\b", re.IGNORECASE),
)
_STREETS = (
    re.compile(rf"\b{_HOUSE} (?:[NSEW]\.? )?(?:(?:[A-Z][\w'-]+\.?|\d{{1,3}}(?:st|nd|rd|th)) ){{1,4}}{_STREET}\b"),
    re.compile(rf"{_LIVES}\d{{1,5}}[a-z]? (?:[nsew]\.? )?(?:[\w'-]+\.? ){{1,4}}{_STREET}\b", re.IGNORECASE),
    re.compile(r"\bP\.? ?O\.? ?Box \d+", re.IGNORECASE),
)
_IDENTITIES = (
    re.compile(
        r"\b(?:student|lunch|school|card|locker|registration|medicaid|passport|license|licence|case|account|member|state|employee)"
        r"(?: (?:id|i\.d\.|identification))?(?: (?:number|no\.?|num|code|pin|#))?,? ?(?:is|was|:|#|=)* ?#?(?=[A-Z]{0,3}\d)[A-Z]{0,3}\d[\d -]{3,}\d", re.IGNORECASE,
    ),
    re.compile(r"\b(?:id|pin|ssid)(?: (?:number|no\.?))? ?(?:is|was|:|#|=) ?#?[A-Z]{0,3}\d{4,}\b", re.IGNORECASE),
    re.compile(r"\bA[ -]?\d{3}[ -]?\d{3}[ -]?\d{3}\b"),
    re.compile(r"(?<![\d-])(?:\d{4}[ -]){3}\d{4}(?![\d-])"),
)
_WEBS = (
    re.compile(rf"(?:https?://|\bwww\.){_MADE_UP}[^\s\"'<>)]+", re.IGNORECASE),
    re.compile(
        r"\b(?:youtube|tiktok|instagram|facebook|twitter|x|twitch|soundcloud|deviantart|roblox|github|linkedin|pinterest|reddit)\.com/[^\s\"'<>)]+",
        re.IGNORECASE,
    ),
)
_NETWORK = r"(?:insta(?:gram)?|snap(?:chat)?|tik ?tok|twitter|discord|facebook|roblox|kik|twitch|youtube channel|gamer ?tag|user ?name)"
_HANDLES = (
    re.compile(r"(?<![\w@.])@(?=[\w.]{0,29}[A-Za-z])[\w.]{3,30}(?<!\.)(?![\w@])"),
    re.compile(rf"\bmy {_NETWORK}(?: (?:name|handle|account|user(?:name)?))? ?(?:is|:|=) ?(?!the\b|a\b|an\b|my\b|not\b)[\w.]{{0,29}}[\d_.][\w.]{{0,29}}\w", re.IGNORECASE),
)
_LATER = r"(?!(?:not|so|the|a|an|important|special|very|really|on|in|from|also|what|spelled|pronounced|hard|too|always|never|one|how|and)\b)"
_CAPITAL = r"[A-Z][\w'’-]+"
_NAMES_GIVEN = (
    re.compile(rf"\b[Mm]y (?:full |first |last |middle )?name(?:['’]?s| is|:)(?: is)? {_LATER}[\w'’-]+(?: {_CAPITAL}){{0,3}}"),
    re.compile(rf"\b[Ii](?:['’]?m| am) called {_CAPITAL}"),
    re.compile(rf"(?m)^\W*(?:(?:[Ss]tudent )?[Nn]ame|NAME)[ \t]*:[ \t]*{_CAPITAL}(?:[ \t]{_CAPITAL}){{0,3}}"),
    re.compile(rf"(?m)\b(?:Sincerely|Respectfully|Yours truly|Your (?:friend|student)|Best regards|Love),?\s*\n\s*{_CAPITAL}(?: {_CAPITAL}){{0,3}}[ \t]*$"),
    re.compile(rf"(?m)^[Bb]y:? {_CAPITAL}(?: [A-Z]\.)? {_CAPITAL}[ \t]*$"),
)
_PERSONAL: dict[str, tuple[re.Pattern[str], ...]] = {
    "an e-mail address": _EMAILS,
    "a telephone number": _PHONES,
    "a social security number": (re.compile(r"(?<![\d-])\d{3}([- ])\d{2}\1\d{4}(?![\d-])"),),
    "a street address": _STREETS,
    "a birth date": _BIRTHS,
    "a web address": _WEBS,
    "a social media name": _HANDLES,
    "an identity number": _IDENTITIES,
    "a long identity number": (re.compile(r"(?<![\d.,$])(?<!\d[ -])(?!\d*000\b)\d{7,}(?!\d|[.,]\d)"),),
    NAME_GIVEN: _NAMES_GIVEN,
}
_DIGITS_OF_A_NUMBER = 7
_MADE_UP_NUMBER = re.compile(r"555\D?01\d\d$")
_WORD = re.compile(r"[^\W\d_]+(?:['’-](?!s\b)[^\W\d_]+)*")
_SHORTEST_NAME = 2
_SENTENCE_END = re.compile(r"(?<!\b\w)[.!?]\s")


class Found(NamedTuple):
    """What looks like personal data, and where: text[start:end]."""

    kind: str
    start: int
    end: int


class Names:
    """The names of people that are known: each a tuple of given names and one of family names, in lower case.

    A given name before a family name of the same person is found in any text and in any case, the other order only with a
    capital; a single name only in its owner's own text (`own`), and only with a capital: "will" and "rose" are words.
    """

    def __init__(self, people: Iterable[tuple[Collection[str], Collection[str]]]) -> None:
        self._after: dict[str, set[str]] = {}
        self._turned: dict[str, set[str]] = {}
        for given, family in people:
            for one in given:
                for other in family:
                    self._after.setdefault(one.casefold(), set()).add(other.casefold())
                    self._turned.setdefault(other.casefold(), set()).add(one.casefold())

    def find(self, text: str, own: Collection[str] = ()) -> Iterator[Found]:
        """Yield the names in a text; a middle name or its letter may lie between the two that belong together."""
        words = [(m.group().casefold(), m) for m in _WORD.finditer(text) if m.group() != "s"]
        mine = {name.casefold() for name in own if len(name) >= _SHORTEST_NAME}
        for i, (word, match) in enumerate(words):
            turned = self._turned.get(word, set()) if match.group()[0].isupper() else set()
            near = _beside(self._after.get(word, set()) | turned, words[i + 1:i + 3])
            if near is not None and not _SENTENCE_END.search(text, match.end(), near.start()):
                yield Found(NAME_KNOWN, match.start(), near.end())
            elif word in mine and match.group()[0].isupper():
                yield Found(NAME_KNOWN, match.start(), match.end())


def _beside(others: Collection[str], following: Sequence[tuple[str, re.Match[str]]]) -> re.Match[str] | None:
    """Return the other name of the pair: the next word, or the one after a middle name or initial."""
    if not others or not following:
        return None
    if following[0][0] in others:
        return following[0][1]
    middle = following[0][1].group()
    apart = len(following) > 1 and following[1][0] in others and (len(middle) == 1 or middle[0].isupper())
    return following[1][1] if apart else None


def find_personal_data(text: str) -> list[Found]:
    """Return what looks like personal data, in the order of the text.

    Made-up data is let through: example.com and its like, telephone numbers 555-01xx; so are
    birthdays before 1920, amounts of dollars and round numbers.
    """
    found = [Found(kind, *match.span()) for kind, patterns in _PERSONAL.items() for pattern in patterns for match in pattern.finditer(text)]
    return sorted({*found, *_telephone_numbers(text)}, key=lambda f: (f.start, -f.end, f.kind))


def _telephone_numbers(text: str) -> Iterator[Found]:
    """Yield the numbers that libphonenumber finds to be valid, read as from the United States."""
    if sum(map(str.isdigit, text)) < _DIGITS_OF_A_NUMBER:
        return
    for match in phonenumbers.PhoneNumberMatcher(text, "US"):
        if not _MADE_UP_NUMBER.search(match.raw_string):
            yield Found("a telephone number", match.start, match.end)


@lru_cache(maxsize=20_000)
def personal_data_in(text: str) -> frozenset[str]:
    """Return the kinds of personal data that a text seems to hold (`find_personal_data`)."""
    return frozenset(found.kind for found in find_personal_data(text))


def masked(text: str, found: Iterable[Found]) -> str:
    """Return the text with each find replaced by its kind in brackets: [telephone number]. Of two that overlap, one bracket."""
    end = len(text)
    merged: list[Found] = []
    for one in sorted(found, key=lambda f: (f.start, -f.end)):
        if merged and one.start < merged[-1].end:
            merged[-1] = Found(merged[-1].kind, merged[-1].start, max(one.end, merged[-1].end))
        else:
            merged.append(one)
    parts: list[str] = []
    for one in reversed(merged):
        parts += [text[one.end:end], f"[{_LABELS.get(one.kind, one.kind.removeprefix('an ').removeprefix('a '))}]"]
        end = one.start
    return text[:end] + "".join(reversed(parts))


_LABELS: Mapping[str, str] = {NAME_GIVEN: "name", NAME_KNOWN: "name"}
