"""Vocabulary: the share of words beyond the few thousand most frequent of English. Names and misspellings count among them.

Source: the Zipf scale of van Heuven, Mandera, Keuleers & Brysbaert (2014), Quarterly Journal of Experimental Psychology 67(6);
frequencies from the package wordfreq (Speer 2022).
"""

from functools import lru_cache

from audit.measures.prose import prose
from audit.measures.reading import Asked, Unreadable, text
from audit.measures.tokens import read
from audit.records import Json

_FREQUENT = 4.0
"""Zipf: ten times in a million words, the border between low and high frequency."""


def measure(output: Json, asked: Asked) -> float:
    """Return the share of words below Zipf 4, 0 to 1; numbers are left out. Raises Unreadable for what is not English."""
    read(output)
    words = [part.removesuffix("'s") for word in prose(text(output)).words for part in word.split("-")]
    words = [word for word in words if any(map(str.isalpha, word)) and not any(map(str.isdigit, word))]
    if not words:
        raise Unreadable("a text without words")
    return sum(_zipf(word) < _FREQUENT for word in words) / len(words)


@lru_cache(maxsize=65_536)
def _zipf(word: str) -> float:
    from wordfreq import zipf_frequency

    return float(zipf_frequency(word, "en"))
