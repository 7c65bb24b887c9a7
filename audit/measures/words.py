"""Length of a reply, in words. It cannot see what the words say."""

from audit.measures.reading import Asked, text
from audit.measures.tokens import words
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return the number of words (letters and digits, with inner apostrophes and hyphens)."""
    return float(len(words(text(output))))
