"""Warmth: words of warm address, for every 100 words.

Sources of the construct: Fiske, Cuddy, Glick & Xu (2002), Journal of Personality and Social Psychology 82; Madera, Hebl & Martin
(2009), Journal of Applied Psychology 94. The words are the project's own (`lexicons/warmth.txt`).
"""

from audit.measures.lexicon import lexicon
from audit.measures.reading import Asked
from audit.measures.tokens import per_100, read
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return warm words and phrases per 100 words. Raises Unreadable as `tokens.read` does."""
    found = read(output)
    return per_100(found, sum(len(lexicon("warmth")["warm"].found(sentence.tokens)) for sentence in found.sentences))
