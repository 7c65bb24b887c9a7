"""A decision: 1.0 when the output counts as selected, 0.0 when it counts as not selected."""

import re

from audit.measures.reading import Reading, Unreadable, kind, number, rule
from audit.records import FixtureSet, Json

_YES = {"true", "yes", "1"}
_NO = {"false", "no", "0"}
_LABEL = re.compile(r"^[\w][\w /-]{0,39}$")
_MOST_LABEL_WORDS = 3


def measure(output: Json, fixture_set: FixtureSet, reading: Reading) -> float:
    """Return 1.0 or 0.0.

    Read in this order: true and false; a number by the rule `positive_when`; the word `positive`;
    yes and no. With a `positive` word, any other short label counts as not selected; a longer text
    (an apology, an error page) is Unreadable, never a 0.
    """
    positive = reading.positive if reading.positive is not None else fixture_set.positive
    when = reading.positive_when or fixture_set.positive_when
    if isinstance(output, bool):
        return float(output is positive if isinstance(positive, bool) else output)
    if when is not None:
        try:
            compare, bound = rule(when)
            return float(compare(number(output), bound))
        except Unreadable:
            if not isinstance(output, str):
                raise
    return _from_word(output, positive)


def _from_word(output: Json, positive: Json) -> float:
    if not isinstance(output, str | int | float):
        raise Unreadable(f"a decision was expected, not {kind(output)}")
    word = _tidy(output)
    if positive is not None and word == _tidy(positive):
        return 1.0
    if word in _YES:
        return 1.0
    if word in _NO:
        return 0.0
    if isinstance(positive, str) and _LABEL.match(word) and len(word.split()) <= _MOST_LABEL_WORDS:
        return 0.0
    raise Unreadable(f"a decision was expected, not {kind(output)}")


def _tidy(value: Json) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip().strip(".!\"'").strip().casefold()
