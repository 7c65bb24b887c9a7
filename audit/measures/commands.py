"""Where a sentence tells its reader to do something."""

from collections.abc import Sequence

from audit.measures.lexicon import lexicon
from audit.measures.tokens import BREAK


def commands(tokens: Sequence[str]) -> list[int]:
    """Return the places of the verbs that are commands: at the start of a clause, past what may lead in."""
    starts = [0, *(at + 1 for at, token in enumerate(tokens) if token == BREAK)]
    found = [verb for start in starts if (verb := _command(tokens, start)) is not None]
    return sorted(set(found))


def is_verb(tokens: Sequence[str], at: int) -> bool:
    """Return whether a verb of action stands at a place."""
    return any(lexicon("action")[section].at(tokens, at) is not None for section in ("verbs", "verbs or nouns"))


def _command(tokens: Sequence[str], start: int) -> int | None:
    """Return the place of a command that begins at `start`. A verb that may be a noun, or an item of a list, must have more behind it."""
    words = lexicon("action")
    at = start
    while (past := words["lead-ins"].at(tokens, at)) is not None:
        at = past
    verb = words["verbs"].at(tokens, at)
    if verb is not None and start == 0:
        return at
    behind = verb or words["verbs or nouns"].at(tokens, at)
    if behind is None:
        return None
    return at if words["follows"].at(tokens, behind) is not None else None
