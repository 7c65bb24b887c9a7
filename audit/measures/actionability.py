"""Actionability: the share of sentences that tell what to do next.

Sources of the construct: "feed forward" in Hattie & Timperley (2007), Review of Educational Research 77; solutions in Nelson &
Schunn (2009), Instructional Science 37. The words are the project's own (`lexicons/action.txt`).
"""

from audit.measures.commands import commands, is_verb
from audit.measures.lexicon import lexicon
from audit.measures.reading import Asked
from audit.measures.tokens import BREAK, Sentence, read, share
from audit.records import Json

_SHORTEST_QUESTION = 4
"""Words. Shorter ones ("How come?", "Why not?") ask for no revision."""


def measure(output: Json, asked: Asked) -> float:
    """Return the share of sentences that tell what to do next, 0 to 1. Raises Unreadable as `tokens.read` does."""
    found = read(output)
    return share(found, sum(asks_for_action(sentence) for sentence in found.sentences))


def asks_for_action(sentence: Sentence) -> bool:
    """Return whether a sentence commands, suggests, plans, or asks a question that sends its reader back to the work."""
    words, said = lexicon("action"), sentence.tokens
    return bool(
        commands(said) or words["suggestions"].found(said) or words["plans"].found(said) or _may(said) or (sentence.question and _prompts(said))
    )


def _may(said: tuple[str, ...]) -> bool:
    """Return whether a verb of action stands behind "you could" and the like."""
    words = lexicon("action")
    for hit in words["modals"].found(said):
        at = hit.end
        while (past := words["between"].at(said, at)) is not None:
            at = past
        if is_verb(said, at):
            return True
    return False


def _prompts(said: tuple[str, ...]) -> bool:
    """Return whether a question begins, in any clause, as one about the work does."""
    asking = lexicon("action")["asking"]
    starts = (0, *(at + 1 for at, token in enumerate(said) if token == BREAK))
    return len(said) >= _SHORTEST_QUESTION and any(asking.at(said, at) is not None for at in starts)
