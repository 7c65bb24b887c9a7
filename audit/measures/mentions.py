"""Where a text in any language names a time, date, amount, number, telephone number or address, and what each may mean.

Months are named as CLDR names them; words for dollars, morning and afternoon are the project's own, for the languages of the shipped sets.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from audit.measures.months import Months, months, plain

Meaning = tuple[str, object]
"""A kind, and a value in a form that is the same in every language."""


class Mention(NamedTuple):
    """A place in a text: where it begins and ends, and what it may mean."""

    start: int
    end: int
    meanings: frozenset[Meaning]


class Kind(NamedTuple):
    """A kind of fact: what a fact of the kind looks like as a whole, how a text is searched, and whether a find is nothing else."""

    whole: re.Pattern[str]
    search: Callable[[str, Months], Iterator[Mention]]
    sure: bool


class Found(NamedTuple):
    """The mentions that can be of one kind only, each with its meanings, and all meanings of all mentions."""

    sure: frozenset[frozenset[Meaning]]
    any: frozenset[Meaning]


_NOON = 12 * 60
_FULL_HOUR = re.compile(r"(?P<hour>\d{1,2})(?::00)? ?(?P<half>[ap])\.? ?m\.?", re.IGNORECASE)
_TAKEN = "\0"
_MARKS = str.maketrans({**dict.fromkeys("‐‑‒–—−", "-"), "٫": ".", "٬": ",", "،": ",", "∶": ":", "’": "'", "\0": " "})
_LISTED = re.compile(r"^\(?\d{1,2}[.)](?=\s)", re.MULTILINE)

_ADDRESS = re.compile(
    r"[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}|https?://[\w.~/?#=&%+-]{1,200}|(?<![\w.])(?:[a-z0-9-]{1,63}\.){1,4}(?:com|edu|gov|net|org|us)(?!\w)"
    r"(?:/[\w.~/?#=&%+-]{0,200})?", re.IGNORECASE | re.ASCII,
)
_PHONE = re.compile(r"(?<!\d)(?:\+?1[ .-]?)?(?:\(?\d{3}\)?[ .-]?)?\d{3}[ .-]?\d{4}(?!\d)")
_TIME = re.compile(
    r"(?<![\d:])(?<!\d[.,/])(?P<hour>\d{1,2}) ?(?:(?P<half>点半|點半|時半|时半|시 ?반|giờ rưỡi)|(?::|h|點|点|時|时|시|giờ|heures?|horas|è|час\w{0,2}|ч\.?|год\w{0,3}\.?) ?(?P<minute>\d{2})(?!\d|:\d))", re.IGNORECASE
)
_NUMBERED_DATE = re.compile(r"(?<![\d:])(?P<month>\d{1,2}) ?(?:月|월|hlis?\b(?: ntuj)?) ?(?:hnub )?(?:tim )?(?P<day>\d{1,2})(?!\d|:\d)|\btim (?P<d>\d{1,2}) (?:lub )?(?P<m>\d{1,2}) hlis?\b")
_SLASHED_DATE = re.compile(r"(?<![\d/])(?:\d{4}[-/.])?(?P<one>\d{1,2})[/](?P<other>\d{1,2})(?:/\d{2,4})?(?![\d/])")
_NUMBER = r"\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?"
_PLAIN = re.compile(rf"(?<![\dA-Z])(?<!\d[.,:/])(?:{_NUMBER})(?!\d|[:/]\d|[A-Z])")
_DOLLAR = (
    r"(?:us ?\$|\$|usd\b|(?:us )?d[oóòô]l+[aà]\w*|doolar\w*|долл?(?:ар\w*|\.)|دولار\w*|دالر\w*|ډالر\w*|دلار\w*|ڈالر\w*|美元|美金|元|块|달러|불|đô(?: ?la)?|duas? ?las"
    r"|ドル|डलर|डॉलर|ডলার)"
)
_AMOUNT = re.compile(rf"(?:us ?)?\$ ?(?P<after>{_NUMBER})|(?<!\d)(?<!\d[.,:/])(?P<before>{_NUMBER}) ?(?:de )?{plain(_DOLLAR)}", re.IGNORECASE)

_AM = (
    r"a\.? ?m\b|mañana|manhã|matin|maten|утра|ранку|sáng|(?-i:SA\b)|صباح|ص\b|صبح|قبل از ظهر|subax|aroor|umaga|sawv ntxov|上午|早上|早晨|오전|아침|午前"
)
_PM = (
    r"p\.? ?m\b|tarde|noche|noite|soir|après-midi|apremidi|midi|aswè|дня|вечера|вечора|chiều|tối|trưa|(?-i:CH\b)|مساء|ظهر|م\b|بعد از ظهر|بعد الظهر|عصر|شب"
    r"|galab|duhur|fiid|hapon|gabi|tanghali|tav su|yav tsaus|hnub qaij|下午|晚上|中午|오후|저녁|午後"
)
_LINK = r"(?:(?:de|da|di|du|nan|ng|sa|giờ|phút|hrs?|h|ee|في|thaum|yav|les?|la|l'|минут\w*|хв\.?|분|分) ?){0,4}"
_AFTER = re.compile(plain(rf"\W{{0,3}}{_LINK}\W?(?:(?P<am>{_AM})|(?P<pm>{_PM}))"), re.IGNORECASE)
_BEFORE = re.compile(plain(r"(?:(?P<am>上午|早上|早晨|오전|아침|午前)|(?P<pm>下午|晚上|中午|오후|저녁|午後)) ?$"))
_FILLER = plain(r"(?:[ .,'°-]|st|nd|rd|th|de|del|da|do|di|of|the|ng|nga|er|è|yèm|го|е|ta|ka|bisha|la|م|من|شهر|ماه|ngày|hnub|tim|lub|ntuj){0,8}")
_DAY_BEFORE = re.compile(rf"(?<!\d)(?<!\d[.,:/])(\d{{1,2}}){_FILLER}$", re.IGNORECASE)
_DAY_AFTER = re.compile(rf"{_FILLER}(\d{{1,2}})(?!\d|[.,:/]\d)", re.IGNORECASE)
_MAY = re.compile(r"(?<!\w)May (\d{1,2})(?!\d|[.,:/]\d)")
"""A date, unless the reply is in Tagalog, where it may also say that there are so many: it is never a wrong date there."""
_NEAR = 24
"""Characters in which a month looks for its day, and a time for its half of the day."""


def normal(of: str) -> str:
    """Return a text with ASCII digits, one kind of dash and of space, and no marks of direction."""
    kept = "".join(char for char in plain(of).translate(_MARKS) if unicodedata.category(char) != "Cf")
    digits = {ord(char): str(unicodedata.digit(char)) for char in set(kept) if char.isdigit() and not char.isascii()}
    return "\n".join(" ".join(line.split()) for line in kept.translate(digits).splitlines())


def search(said: str, language: str | None) -> Found:
    """Return what a text mentions, `said` being normal. What one kind has taken no later kind reads."""
    names, sure, every = months(language), set[frozenset[Meaning]](), set[Meaning]()
    rest = _LISTED.sub("", said)
    for kind in KINDS:
        pieces, at = [], 0
        for start, end, meanings in kind.search(rest, names):
            every |= meanings
            if kind.sure:
                sure.add(meanings)
            pieces += [rest[at:start], _TAKEN * (end - start)]
            at = end
        rest = "".join([*pieces, rest[at:]])
    every |= {("date", (5, int(day))) for day in _MAY.findall(said)}
    return Found(frozenset(sure), frozenset(every))


def meant(fact: str) -> frozenset[Meaning] | None:
    """Return what a fact in English means, `fact` being normal; None for words that are of no kind. A full hour is also its number."""
    hour = _FULL_HOUR.fullmatch(fact)
    if hour:
        number = int(hour["hour"]) % 12 + (12 if hour["half"].lower() == "p" else 0)
        return frozenset({("time", 60 * number), ("hour", number), ("hour", number % 12 or 12)})
    kind = next((kind for kind in KINDS if kind.whole.fullmatch(fact)), None)
    found = next(kind.search(fact, months("en")), None) if kind else None
    return found.meanings if found else None


def _addresses(said: str, names: Months) -> Iterator[Mention]:
    for match in _ADDRESS.finditer(said):
        yield Mention(match.start(), match.end(), frozenset({("address", re.sub(r"^https?://|^www\.|[/.]+$", "", match[0].lower()))}))


def _phones(said: str, names: Months) -> Iterator[Mention]:
    for match in _PHONE.finditer(said):
        digits = re.sub(r"\D", "", match[0])
        yield Mention(match.start(), match.end(), frozenset({("phone", digits[-7:]), ("phone", digits[-10:])}))


def _times(said: str, names: Months) -> Iterator[Mention]:
    for match in _TIME.finditer(said):
        meanings = _clock(int(match["hour"]), 30 if match["half"] else int(match["minute"]), _half(said, match.start(), match.end()))
        if meanings:
            yield Mention(match.start(), match.end(), meanings)


def _clock(hour: int, minute: int, half: str | None) -> frozenset[Meaning]:
    """Return the minutes since midnight that a time may mean: both halves of the day where nothing says which."""
    if hour > 24 or minute > 59:  # noqa: PLR2004 - no clock shows them
        return frozenset()
    early = 60 * (hour % 12) + minute
    if hour > 12 or hour == 0:  # noqa: PLR2004 - noon
        return frozenset({("time", (60 * hour + minute) % (2 * _NOON))})
    return frozenset(("time", time) for time in (early, early + _NOON) if half is None or (half == "pm") == (time >= _NOON))


def _half(said: str, start: int, end: int) -> str | None:
    """Return the half of the day that the words before or behind a time name: am, pm, or None."""
    found = _BEFORE.search(said[max(0, start - 4):start]) or _AFTER.match(said[end:end + _NEAR])
    return found.lastgroup if found else None


def _dates(said: str, names: Months) -> Iterator[Mention]:
    taken = 0
    for match in names.pattern.finditer(said):
        before = _DAY_BEFORE.search(said[max(taken, match.start() - _NEAR):match.start()])
        after = _DAY_AFTER.match(said[match.end():match.end() + _NEAR])
        month = names.number[match[0].lower()]
        days = frozenset(("date", (month, int(day[1]))) for day in (before, after) if day)
        if days:
            start = match.start() - len(before[0]) if before and not after else match.start()
            taken = match.end() + len(after[0]) if after and not before else match.end()
            yield Mention(start, taken, days)


def _numbered_dates(said: str, names: Months) -> Iterator[Mention]:
    for match in _NUMBERED_DATE.finditer(said):
        month, day = match["month"] or match["m"], match["day"] or match["d"]
        yield Mention(match.start(), match.end(), frozenset({("date", (int(month), int(day)))}))


def _slashed_dates(said: str, names: Months) -> Iterator[Mention]:
    for match in _SLASHED_DATE.finditer(said):
        one, other = int(match["one"]), int(match["other"])
        yield Mention(match.start(), match.end(), frozenset({("date", (one, other)), ("date", (other, one))}))


def _amounts(said: str, names: Months) -> Iterator[Mention]:
    for match in _AMOUNT.finditer(said):
        yield Mention(match.start(), match.end(), frozenset(("amount", value) for value in _values(match["before"] or match["after"])))


def _numbers(said: str, names: Months) -> Iterator[Mention]:
    for match in _PLAIN.finditer(said):
        values = _values(match[0])
        meanings: set[Meaning] = {("number", value) for value in values} | {("hour", int(value)) for value in values if value in _HOURS}
        hour, dot, minute = match[0].partition(".")
        if dot and len(hour) <= 2 and len(minute) == 2:  # noqa: PLR2004 - 6.20 for 6:20
            meanings |= _clock(int(hour), int(minute), _half(said, match.start(), match.end()))
        yield Mention(match.start(), match.end(), frozenset(meanings))


def _values(number: str) -> set[Decimal]:
    """Return what a number may be: a mark before three digits is one of thousands, or a decimal mark where it stands alone."""
    bare = re.sub(r"[' ]", "", number)
    whole, mark, part = bare.rpartition(max(".,", key=bare.rfind))
    alone = bare.count(".") + bare.count(",") == 1
    values = set()
    if not mark or len(part) == 3:  # noqa: PLR2004 - thousands
        values.add(Decimal(re.sub(r"[.,]", "", bare)))
    if mark and (alone or len(part) != 3):  # noqa: PLR2004 - thousands
        values.add(Decimal(re.sub(r"[.,]", "", whole) + "." + part))
    return values


_HOURS = frozenset(map(Decimal, range(25)))
_AMOUNT_WHOLE = re.compile(rf"\$ ?(?:{_NUMBER})|(?:{_NUMBER}) dollars?", re.IGNORECASE)
KINDS: tuple[Kind, ...] = (
    Kind(_ADDRESS, _addresses, sure=True),
    Kind(_PHONE, _phones, sure=True),
    Kind(re.compile(r"\d{1,2}:\d{2}(?: ?[ap]\.? ?m\.?)?", re.IGNORECASE), _times, sure=True),
    Kind(re.compile(r"[A-Z][a-z]+\.? \d{1,2}(?:st|nd|rd|th)?(?:, \d{4})?|\d{1,2} [A-Z][a-z]+"), _dates, sure=True),
    Kind(re.compile(r"(?!)"), _numbered_dates, sure=True),
    Kind(re.compile(r"\d{1,2}/\d{1,2}(?:/\d{2,4})?"), _slashed_dates, sure=False),
    Kind(_AMOUNT_WHOLE, _amounts, sure=True),
    Kind(re.compile(rf"(?:{_NUMBER})(?:%| percent)?"), _numbers, sure=False),
)
"""In the order in which they take their place in a text."""
