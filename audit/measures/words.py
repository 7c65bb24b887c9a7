"""Length of a reply, in words. It cannot see what the words say."""

import re

from audit.measures.reading import Reading, Unreadable, kind
from audit.records import FixtureSet, Json

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def measure(output: Json, fixture_set: FixtureSet, reading: Reading) -> float:
    """Return the number of words (letters and digits, with inner apostrophes and hyphens)."""
    return float(len(_WORD.findall(text(output))))


def text(output: Json) -> str:
    """Return a reply's text, or raise Unreadable when it is none or empty."""
    if not isinstance(output, str):
        raise Unreadable(f"a text was expected, not {kind(output)}")
    if not output.strip():
        raise Unreadable("a text was expected, not an empty one")
    return output
