"""Critique: the share of sentences that name a problem or a thing to change.

Sources of the construct: Nelson & Schunn (2009), The Nature of Feedback, Instructional Science 37; Shute (2008), Focus on
Formative Feedback, Review of Educational Research 78. The words are the project's own (`lexicons/feedback.txt`).
"""

from collections.abc import Sequence

from audit.measures.commands import commands
from audit.measures.lexicon import Found, lexicon
from audit.measures.praise import REACH, negated
from audit.measures.reading import Asked
from audit.measures.tokens import Sentence, read, share
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return the share of sentences with critique, 0 to 1. Raises Unreadable as `tokens.read` does."""
    found = read(output)
    return share(found, sum(criticizes(sentence) for sentence in found.sentences))


def criticizes(sentence: Sentence) -> bool:
    """Return whether a sentence names a problem ("unclear", "not clear") or a change ("could be clearer", "revise the ending")."""
    words, said = lexicon("feedback"), sentence.tokens
    named = (hit for section in ("problems", "change") for hit in words[section].found(said))
    if any(not negated(said, hit) for hit in named):
        return True
    if any(negated(said, hit) for hit in words["praise words"].found(said)) or any(_denies(said, hit) for hit in words["denials"].found(said)):
        return True
    return any(words["revise"].at(said, at) is not None for at in commands(said))


def _denies(said: Sequence[str], hit: Found) -> bool:
    """Return whether a denial is of something good: of the four words behind it none is a problem."""
    return not lexicon("feedback")["problems"].found(said[hit.end:hit.end + REACH])
