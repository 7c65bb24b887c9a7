"""How much a reply speaks to the reader and includes itself: you and we, in all their forms. It cannot see who is meant.

Source of the construct: Pennebaker, Mehl & Niederhoffer (2003), Psychological aspects of natural language use, Annual Review of
Psychology 54.
"""

import re

from audit.measures.reading import Asked, Unreadable, text
from audit.measures.tokens import read, words
from audit.records import Json

_PRONOUNS = frozenset(
    ["you", "your", "yours", "yourself", "yourselves", "you're", "you've", "you'll", "you'd", "y'all", "we", "us", "our", "ours", "ourselves", "we're", "we've", "we'll", "we'd", "let's"]
)
_COUNTRY = re.compile(r"\bUS\b")


def measure(output: Json, asked: Asked) -> float:
    """Return second-person and first-person plural pronouns per 100 words. Raises Unreadable for what is not English."""
    read(output)
    found = words(_COUNTRY.sub("country", text(output)))
    if not found:
        raise Unreadable("a text without words")
    return 100 * sum(word in _PRONOUNS for word in found) / len(found)
