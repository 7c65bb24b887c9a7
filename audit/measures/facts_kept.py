"""How many of a message's facts are still in the reply, in any language. It looks for strings: what is said of them it cannot see.

A time, date, amount, telephone number or address in the reply that the message does not have counts like one more fact that was lost,
so that a wrong time is worse than none. A number that is written as a word, or a date of another calendar, counts as lost.
The definition is the project's own. What counts as a mention: `mentions.py`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from audit.measures.mentions import Meaning, meant, normal, search
from audit.measures.reading import Asked, Unreadable, text
from audit.records import Json

_LONGEST = 200_000


def measure(output: Json, asked: Asked) -> float:
    """Return facts kept / (facts + wrong ones added), 0 to 1. Raises Unreadable for a probe without facts or over 200,000 characters."""
    if asked.probe is None or not asked.probe.facts:
        raise Unreadable("the probe has no facts")
    reply = text(output)
    if len(reply) > _LONGEST:
        raise Unreadable(f"a text of {len(reply):,} characters is too long to look for facts")
    said = normal(reply)
    found = search(said, asked.probe.language)
    facts = {_read(fact) for fact in asked.probe.facts}
    kept = sum(bool(fact & found.any) if isinstance(fact, frozenset) else _has(said, fact) for fact in facts)
    message = _message("\n".join(_texts([asked.probe.prompt, asked.probe.input, list(asked.probe.facts)])))
    return kept / (len(facts) + len({meanings for meanings in found.sure if not meanings & message}))


@lru_cache(maxsize=1024)
def _read(fact: str) -> frozenset[Meaning] | str:
    """Return what a fact means; its words where they are of no kind that is read."""
    whole = normal(fact)
    return meant(whole) or whole.casefold()


@lru_cache(maxsize=64)
def _message(message: str) -> frozenset[Meaning]:
    return search(normal(message), "en").any


def _has(said: str, words: str) -> bool:
    """Return whether the words stand in a text as they are; a space or hyphen may part a letter from a digit."""
    spelled = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", words)
    pattern = "[ -]?".join(map(re.escape, spelled.split(" ")))
    return re.search(rf"(?<![a-z0-9]){pattern}(?![a-z0-9])", said.casefold()) is not None


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
