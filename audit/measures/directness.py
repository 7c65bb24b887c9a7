"""Directness: the share of sentences that command, or say what should or must be, without a hedge before it.

Source of the construct: directness of requests in Blum-Kulka, House & Kasper (1989), Cross-Cultural Pragmatics. The words are
the project's own (`lexicons/action.txt`, `lexicons/hedging.txt`).
"""

from audit.measures.commands import commands
from audit.measures.lexicon import lexicon
from audit.measures.reading import Asked
from audit.measures.tokens import Sentence, read, share
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return the share of direct sentences, 0 to 1. Raises Unreadable as `tokens.read` does."""
    found = read(output)
    return share(found, sum(_is_direct(sentence) for sentence in found.sentences))


def _is_direct(sentence: Sentence) -> bool:
    words, said = lexicon("action"), sentence.tokens
    direct = [at for at in commands(said) if words["mitigated"].at(said, at) is None]
    direct += [hit.start for hit in words["obligations"].found(said)]
    first_hedge = min((hit.start for hit in lexicon("hedging")["hedges"].found(said)), default=len(said))
    return any(at < first_hedge for at in direct)
