"""Expectations: phrases that expect much minus phrases that expect little, for every 100 words.

Sources of the construct: Rosenthal & Jacobson (1968), Pygmalion in the Classroom; Cohen, Steele & Ross (1999), The Mentor's
Dilemma, Personality and Social Psychology Bulletin 25. The words are the project's own (`lexicons/expectations.txt`).
"""

from audit.measures.lexicon import lexicon
from audit.measures.reading import Asked
from audit.measures.tokens import per_100, read
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return high minus low phrases per 100 words. Raises Unreadable as `tokens.read` does."""
    found = read(output)
    high, low = (
        sum(len(lexicon("expectations")[section].found(sentence.tokens)) for sentence in found.sentences) for section in ("high", "low")
    )
    return per_100(found, high - low)
