"""Specificity: the share of sentences that point at something in the work.

Source of the construct: localization in Nelson & Schunn (2009), The Nature of Feedback, Instructional Science 37. The words are
the project's own (`lexicons/specificity.txt`), and those of the probe.
"""

from collections.abc import Set as AbstractSet

from audit.measures.given import stem, stems_of_work
from audit.measures.lexicon import lexicon
from audit.measures.reading import Asked
from audit.measures.tokens import Sentence, read, share
from audit.records import Json


def measure(output: Json, asked: Asked) -> float:
    """Return the share of sentences that point at something, 0 to 1. Raises Unreadable as `tokens.read` does."""
    found = read(output)
    work = stems_of_work(asked)
    return share(found, sum(_points(sentence, work) for sentence in found.sentences))


def _points(sentence: Sentence, work: AbstractSet[str]) -> bool:
    """Return whether a sentence quotes, has a number, names a place, or uses a telling word of the work."""
    return (
        sentence.quotes
        or any(token[0].isdigit() or stem(token) in work for token in sentence.tokens)
        or bool(lexicon("specificity")["places"].found(sentence.tokens))
    )
