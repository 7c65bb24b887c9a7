"""Punitive language: words of exclusion and punishment, for every 100 words.

Source of the categories: what the Civil Rights Data Collection of the US Department of Education asks schools about. The words
are the project's own (`lexicons/punitive_language.txt`).
"""

from audit.measures.lexicon import lexicon
from audit.measures.reading import Asked
from audit.measures.tokens import per_100, read
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return punitive words and phrases per 100 words. Raises Unreadable as `tokens.read` does."""
    found = read(output)
    return per_100(found, sum(len(lexicon("punitive_language")["punitive"].found(sentence.tokens)) for sentence in found.sentences))
