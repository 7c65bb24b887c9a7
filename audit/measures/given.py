"""What the probe gave the tool: its texts, the work among them, and the stems of words."""

from collections.abc import Iterator
from functools import lru_cache

from audit.measures.lexicon import lexicon
from audit.measures.reading import Asked
from audit.measures.tokens import tokens
from audit.records import Json
from audit.slots import mask

_SHORTEST = 4
"""Letters. Shorter words are too common to point at anything."""
_ENDINGS = ("'s", "ing", "ed", "ers", "er", "ies", "es", "s", "ly", "y", "e")


def stem(word: str) -> str:
    """Return a word without one common ending, where at least three letters stay: good enough to know a word again."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST - 1:
            return word.removesuffix(ending)
    return word


def stems_given(asked: Asked) -> frozenset[str]:
    """Return the stems of all words in the probe's input; none without a probe."""
    return _stems("\n".join(_texts(asked.probe.input))) if asked.probe else frozenset()


def stems_of_work(asked: Asked) -> frozenset[str]:
    """Return the stems of the telling words in the work: the longest text of the input, the signal masked.

    Words that any feedback uses (`lexicons/function_words.txt`) and those under four letters tell nothing.
    """
    if asked.probe is None:
        return frozenset()
    work = max(_texts(asked.probe.input), key=len, default="")
    for signal in filter(None, (asked.probe.variant, *asked.probe.also)):
        work = mask(work, signal)
    return _telling(work)


@lru_cache(maxsize=64)
def _stems(of: str) -> frozenset[str]:
    return frozenset(map(stem, tokens(of)))


@lru_cache(maxsize=64)
def _telling(work: str) -> frozenset[str]:
    common = lexicon("function_words")
    return frozenset(
        stem(word) for word in tokens(work)
        if len(word) >= _SHORTEST and not any(section.has(word) for section in common.values())
    )


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
