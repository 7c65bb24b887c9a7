"""Praise: the share of sentences that praise the person or the work.

Sources of the construct: Brophy (1981), Teacher Praise, Review of Educational Research 51; Hattie & Timperley (2007), The Power
of Feedback, Review of Educational Research 77. The words are the project's own (`lexicons/feedback.txt`).
"""

from bisect import bisect_left
from collections.abc import Sequence

from audit.measures.commands import commands
from audit.measures.lexicon import Found, lexicon
from audit.measures.reading import Asked
from audit.measures.tokens import BREAK, Sentence, read, share
from audit.records import Json

REACH = 4
"""Words in front of a word in which a negation reaches it."""
_LONGEST_CLAUSE = 25
"""Words. A bound, so that the time stays linear in a text without any punctuation."""


def measure(output: Json, asked: Asked) -> float:
    """Return the share of sentences with praise, 0 to 1. Raises Unreadable as `tokens.read` does."""
    found = read(output)
    return share(found, sum(praises(sentence) for sentence in found.sentences))


def praises(sentence: Sentence) -> bool:
    """Return whether a sentence praises: a word of praise that is neither negated nor asked for."""
    words, said = lexicon("feedback"), sentence.tokens
    if any(not negated(said, hit) for hit in words["praise"].found(said)):
        return True
    asked = commands(said)
    return any(not negated(said, hit) and not _asked_for(said, hit, asked) for hit in words["praise words"].found(said))


def negated(said: Sequence[str], hit: Found) -> bool:
    """Return whether one of the four words before, in the same clause, negates."""
    start = max(_clause(said, hit), hit.start - REACH)
    return bool(lexicon("feedback")["negators"].found(said[start:hit.start]))


def _asked_for(said: Sequence[str], hit: Found, asked: Sequence[int]) -> bool:
    """Return whether a command or a wish stands before the word in the same clause."""
    start = _clause(said, hit)
    if lexicon("feedback")["asks"].found(said[start:hit.start]):
        return True
    return bisect_left(asked, hit.start) > bisect_left(asked, start)


def _clause(said: Sequence[str], hit: Found) -> int:
    """Return where the clause of a word begins, at most 25 words before it."""
    breaks = lexicon("feedback")["breaks"]
    first = max(0, hit.start - _LONGEST_CLAUSE)
    return next((at + 1 for at in range(hit.start - 1, first - 1, -1) if said[at] == BREAK or breaks.has(said[at])), first)
