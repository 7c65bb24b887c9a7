"""A decision: 1.0 when the output counts as selected, 0.0 when it counts as not selected."""

import re
from contextlib import suppress

from audit.measures.reading import Asked, Unreadable, kind, number, rule
from audit.records import Json

_YES = {"true", "yes", "1"}
_NO = {"false", "no", "0"}
_NOT = ("not", "no", "non")
_LABEL = re.compile(r"^[^\W\d_][\w/-]*(?: [\w/-]+){0,2}$")
_LONGEST_LABEL = 40
_NO_ANSWER = {
    "i", "cannot", "cant", "unable", "sorry", "please", "error", "errors", "exception", "unknown", "unsure", "uncertain", "unclear",
    "undefined", "undetermined", "undecided", "timeout", "none", "null", "nil", "nan", "inf", "infinity", "na", "n/a", "maybe",
    "perhaps", "request", "access", "limit", "unavailable", "unauthorized", "loading",
}
"""Words that say that there is no decision: an error, a refusal or a doubt is never a 0.

A tool for which one of them is a label ("none" for nothing found) is read by `reply`, as in `label != 'none'`.
"""
_NOT_DECIDED = _NO_ANSWER | {
    "found", "available", "applicable", "sure", "certain", "answer", "decision", "response", "reply", "output", "result", "results",
    "idea", "enough", "data", "text", "input", "provided", "supported", "possible",
}


def measure(output: Json, asked: Asked) -> float:
    """Return 1.0 or 0.0.

    Read in this order: true and false; a number by the rule `positive_when`; the word `positive`;
    yes and no. With a `positive` word, any other short label counts as not selected; a longer text
    (an apology, an error page), and a label that says that there is no decision, is Unreadable.
    """
    reading, fixture_set = asked.reading, asked.fixture_set
    positive = _plain(reading.positive if reading.positive is not None else fixture_set.positive)
    when = reading.positive_when or fixture_set.positive_when
    if isinstance(output, bool):
        return float(output is positive if isinstance(positive, bool) else output)
    if when is not None:
        compare, bound = rule(when)
        if not isinstance(output, str):
            return float(compare(number(output), bound))
        with suppress(Unreadable):
            return float(compare(number(output), bound))
    return _from_word(output, positive)


def _plain(positive: Json) -> Json:
    """Return yes, 1 and "true" as true, and no, 0 and "false" as false: a selecting "no" turns all of them round."""
    word = _tidy(positive)
    return positive if word not in _YES | _NO else word in _YES


def _from_word(output: Json, positive: Json) -> float:
    if not isinstance(output, str | int | float):
        raise Unreadable(f"a decision was expected, not {kind(output)}")
    word = _tidy(output)
    if positive is not None and word == _tidy(positive):
        return 1.0
    if isinstance(positive, int | float) and not isinstance(positive, bool):
        return float(number(output) == positive)
    if word in _YES | _NO:
        return float((word in _YES) is (positive is not False))
    if isinstance(positive, str) and _is_other_label(word, _tidy(positive)):
        return 0.0
    raise Unreadable(f"a decision was expected, not {kind(output)}")


def _is_other_label(word: str, positive: str) -> bool:
    """Whether a short answer is a label other than `positive`: "ok", "human", "not flagged".

    A form of the positive word ("flagged", "flag it") is none: it would turn a yes into a no.
    """
    if len(word) > _LONGEST_LABEL or not _LABEL.match(word) or _is_number(word):
        return False
    first, *others = word.split()
    if first in _NOT:
        return bool(others) and not _NOT_DECIDED & set(others)
    parts = [first, *others]
    return not any(part.startswith(positive) for part in parts) and not _NO_ANSWER & set(parts)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _tidy(value: Json) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    with suppress(ValueError):
        return str(value).strip().strip(".!\"'*`").strip().casefold()
    return ""
