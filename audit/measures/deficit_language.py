"""Deficit language: framings of a person by what is lacking, for every 100 words.

Sources of the construct: Valencia (1997), The Evolution of Deficit Thinking; bias-free language in the Publication Manual of the
American Psychological Association (7th edition, 2020). The words are the project's own (`lexicons/deficit_language.txt`).
"""

from audit.measures.lexicon import lexicon
from audit.measures.reading import Asked
from audit.measures.tokens import per_100, read
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return deficit framings per 100 words. Raises Unreadable as `tokens.read` does."""
    found = read(output)
    return per_100(found, sum(len(lexicon("deficit_language")["deficits"].found(sentence.tokens)) for sentence in found.sentences))
