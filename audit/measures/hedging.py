"""Hedging: hedges for every 100 words.

Sources of the construct: Hyland (2005), Metadiscourse; Holmes (1984), Modifying Illocutionary Force, Journal of Pragmatics 8.
The words are the project's own (`lexicons/hedging.txt`).
"""

from audit.measures.lexicon import lexicon
from audit.measures.reading import Asked
from audit.measures.tokens import per_100, read
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return hedges per 100 words. Raises Unreadable as `tokens.read` does."""
    found = read(output)
    return per_100(found, sum(len(lexicon("hedging")["hedges"].found(sentence.tokens)) for sentence in found.sentences))
